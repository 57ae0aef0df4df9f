/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of an offloaded task:
 *
 *	loop	process: the shadow is filled, the job submitted; or the task waits, for room in the
 *		pool or for a thread that is still inside the task before it (which the runner gave up)
 *	pool	run: the node's own `process` is called with the shadow
 *	loop	done: the shadow's outputs, span and result are taken over, the task is completed; or,
 *		if the runner has given the task up meanwhile, dropped
 *
 * `cancel` takes a task back that has not begun. It cannot end one that has: the runner waits for it
 * as it does for a node that is slow to let go (flight.c in runners/), and no longer than that.
 */
#include "node/offloaded.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "emit/extras.h"
#include "node/span_handle.h"

/* A reference that the node took or gave back on the thread. */
struct reference {
	struct message *message;
	bool taken;
};

struct offloaded {
	struct offload_job job; /* must be first */
	struct offload_client *client;
	struct offload_waiter waiter;
	struct node *node;
	struct task *task; /* whose the job is; NULL: none */
	struct task *next; /* waits; at most one, as one is in flight */
	/* The shadow's; the thread's while the job runs. */
	struct task shadow;
	int result; /* of process */
	uint64_t n_misused;
	struct message_pool pool;
	struct trace_random random;
	struct ry_span_handle *ended, **ended_end; /* children, in that order */
	struct reference *references;
	size_t n_references, references_capacity;
};

static _Thread_local struct task *current;

struct task *offloaded_task(void) {
	return current;
}

struct message_pool *offloaded_pool(struct offloaded *offloaded) {
	return &offloaded->pool;
}

struct trace_random *offloaded_random(struct offloaded *offloaded) {
	return &offloaded->random;
}

void offloaded_misused(struct offloaded *offloaded) {
	offloaded->n_misused++;
}

/* -- the thread: operations of the shadow --------------------------------------------------- */

static struct offloaded *offloaded_of(const struct ry_task *head) {
	return ((const struct task *)head)->node->offloaded;
}

static int complete_shadow(struct ry_task *head, int status) {
	struct task *shadow = (struct task *)head;
	struct offloaded *o = offloaded_of(head);

	if (shadow != current)
		return -EPERM; /* another thread, or later */
	if (shadow->completed || status > 0) {
		o->n_misused++;
		return status > 0 ? -EINVAL : -EALREADY;
	}
	shadow->completed = true;
	shadow->status = status;
	return 0;
}

/* Nodes that hold messages are not offloaded. */
static void *no_stage_from(struct ry_task *const *tasks, uint32_t n, uint32_t port, uint64_t length,
			   int *ret_error) {
	(void)tasks;
	(void)n;
	(void)port;
	(void)length;
	*ret_error = -EINVAL;
	return NULL;
}

static int no_stage_object_from(struct ry_task *const *tasks, uint32_t n, uint32_t port,
				void *object) {
	(void)tasks;
	(void)n;
	(void)port;
	(void)object;
	return -EINVAL;
}

static int no_release(struct ry_task *const *tasks, uint32_t n) {
	(void)tasks;
	return n ? -EINVAL : 0;
}

/*
 * The counts are the loop's thread's. Taking a reference cannot fail, so that without memory for the
 * note this thread waits for some: it may block.
 */
static void note(struct offloaded *o, const struct ry_message *message, bool taken) {
	const struct timespec pause = {.tv_nsec = (long)NS_PER_MS};

	while (o->n_references == o->references_capacity) {
		size_t capacity = o->references_capacity ? o->references_capacity * 2 : 16;
		struct reference *grown = realloc(o->references, capacity * sizeof(*grown));

		if (!grown) {
			nanosleep(&pause, NULL);
			continue;
		}
		o->references = grown;
		o->references_capacity = capacity;
	}
	o->references[o->n_references++] =
		(struct reference){(struct message *)(uintptr_t)message, taken};
}

static void note_ref(struct ry_task *task, const struct ry_message *message) {
	note(offloaded_of(task), message, true);
}

static void note_unref(struct ry_task *task, const struct ry_message *message) {
	note(offloaded_of(task), message, false);
}

static const struct ry_task_ops shadow_ops = {
	RY_SIZE(ry_task_ops),	     .complete = complete_shadow,
	.stage_from = no_stage_from, .stage_object_from = no_stage_object_from,
	.release = no_release,	     .message_ref = note_ref,
	.message_unref = note_unref,
};

struct message *offloaded_share(struct offloaded *offloaded, struct message *other) {
	struct message *owner = other->shared ? other->shared : other;
	struct message *message = message_new(&offloaded->pool, other->head.type, 0);

	if (!message)
		return NULL;
	message->head.data = owner->head.data;
	message->head.length = owner->head.length;
	message->shared = owner; /* without a reference yet: take_over */
	return message;
}

void offloaded_child_ended(struct ry_span_handle *child) {
	struct offloaded *o = child->task->node->offloaded;

	child->end_ns = clock_monotonic_ns();
	child->next = NULL;
	*o->ended_end = child;
	o->ended_end = &child->next;
}

static void run(struct offload_job *job, uint32_t thread) {
	struct offloaded *o = (struct offloaded *)job;
	struct node *node = o->node;

	(void)thread;
	current = &o->shadow;
	o->result = node->ops->process(node->self, &o->shadow.head, &o->shadow.message->head);
	current = NULL;
	o->shadow.state = TASK_FREE;
}

/* -- the loop's thread ---------------------------------------------------------------------- */

/* Lends the shadow what the task has. */
static void lend(struct offloaded *o, struct task *task) {
	struct task *shadow = &o->shadow;

	shadow->head.input = task->head.input;
	shadow->head.attempt = task->head.attempt;
	shadow->head.message = task->head.message;
	shadow->head.user = task->head.user;
	shadow->message = task->message;
	shadow->state = TASK_RUNNING;
	shadow->recording = task->recording;
	shadow->span_id = task->span_id;
	shadow->extras = task->extras;
	task->extras = NULL;
}

/* Spans whose parent may have ended: their records follow it. */
static void write_children(struct offloaded *o, struct task *task) {
	while (o->ended) {
		struct ry_span_handle *child = o->ended;

		o->ended = child->next;
		span_handle_end(child);
	}
	o->ended_end = &o->ended;
	while (o->shadow.children) {
		struct ry_span_handle *child = o->shadow.children;

		o->shadow.children = child->next;
		child->task = task;
		child->next = task->children;
		task->children = child;
	}
}

static void settle_references(struct offloaded *o) {
	struct message_pool *pool = &o->node->unit->pool;

	for (struct message *m = o->shadow.staged; m; m = m->next)
		if (m->shared)
			message_ref(m->shared);
	for (size_t i = 0; i < o->n_references; i++) {
		if (o->references[i].taken)
			message_ref(o->references[i].message);
		else
			message_unref(pool, o->references[i].message);
	}
	o->n_references = 0;
}

/* Moves everything from the shadow to the task that it was lent by. */
static void take_over(struct offloaded *o, struct task *task) {
	struct unit *unit = o->node->unit;
	struct task *shadow = &o->shadow;

	unit->pool.live += o->pool.live;
	unit->pool.allocations += o->pool.allocations;
	o->pool.live = o->pool.allocations = 0;
	settle_references(o);
	task->extras = shadow->extras;
	shadow->extras = NULL;
	write_children(o, task);
	task->head.user = shadow->head.user;
	task->error_set = task->error_set || shadow->error_set;
	shadow->error_set = false;
	if (shadow->staged) {
		*task->staged_end = shadow->staged;
		task->staged_end = shadow->staged_end;
		task->n_staged += shadow->n_staged;
		task->staged_bytes += shadow->staged_bytes;
	}
	shadow->staged = NULL;
	shadow->staged_end = &shadow->staged;
	shadow->n_staged = 0;
	shadow->staged_bytes = 0;
	for (; o->n_misused; o->n_misused--)
		node_misused(o->node);
}

/* What `process` came to. */
static int outcome(struct offloaded *o) {
	bool completed = o->shadow.completed;

	o->shadow.completed = false;
	if (o->result < 0)
		return o->result;
	if (completed && (o->result == 0 || o->result == RY_PENDING))
		return o->shadow.status;
	if (o->result > 0) { /* it can neither pend nor hold */
		node_misused(o->node);
		return -EPROTO;
	}
	return 0;
}

/* To the runner; or it has gone on without. */
static void end_task(struct task *task, int status) {
	if (task->state != TASK_ABANDONED) {
		(void)ry_task_complete(&task->head, status);
		return;
	}
	task_end_children(task);
	task_forget(task);
}

static int begin(struct offloaded *o, struct task *task) {
	int r;

	lend(o, task);
	o->task = task;
	r = offload_submit(o->client, &o->job);
	if (r == 0)
		return RY_PENDING;
	take_over(o, task);
	o->task = NULL;
	if (r != -EAGAIN)
		return -ECANCELED; /* the pool has been stopped */
	o->next = task;
	offload_wait_room(o->client, &o->waiter);
	return RY_PENDING;
}

static void begin_next(struct offloaded *o) {
	struct task *task = o->next;
	int r;

	if (!task)
		return;
	o->next = NULL;
	r = begin(o, task);
	if (r < 0)
		end_task(task, r);
}

static void on_room(struct offload_waiter *waiter) {
	begin_next((struct offloaded *)((char *)waiter - offsetof(struct offloaded, waiter)));
}

static void done(struct offload_job *job, int status) {
	struct offloaded *o = (struct offloaded *)job;
	struct task *task = o->task;

	take_over(o, task);
	if (status == 0)
		status = outcome(o);
	o->task = NULL;
	end_task(task, status);
	begin_next(o);
}

static int process(void *self, struct ry_task *head, const struct ry_message *message) {
	struct task *task = (struct task *)head;
	struct offloaded *o = task->node->offloaded;

	(void)self;
	(void)message;
	if (!o->task)
		return begin(o, task);
	o->next = task; /* a thread is still inside one that was given up */
	return RY_PENDING;
}

static void cancel(void *self, struct ry_task *head) {
	struct task *task = (struct task *)head;
	struct offloaded *o = task->node->offloaded;

	(void)self;
	if (task == o->next) {
		o->next = NULL;
		offload_unwait(o->client, &o->waiter);
	} else if (task == o->task && offload_withdraw(&o->job)) {
		take_over(o, task);
		o->task = NULL;
	} else {
		return; /* it completes when the thread comes back */
	}
	end_task(task, -ECANCELED);
}

/* -- life ----------------------------------------------------------------------------------- */

int offloaded_new(struct node *node, struct offload_client *client) {
	struct offloaded *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return -ENOMEM;
	r = trace_random_init(&o->random);
	if (r < 0) {
		free(o);
		return r;
	}
	o->job.run = run;
	o->job.done = done;
	o->client = client;
	o->waiter.on_room = on_room;
	o->node = node;
	o->shadow.head.emitter.size = RY_SIZE(ry_task);
	o->shadow.head.emitter.ops = &task_emit_ops;
	o->shadow.head.ops = &shadow_ops;
	o->shadow.node = node;
	o->shadow.offloaded = o;
	o->shadow.staged_end = &o->shadow.staged;
	o->ended_end = &o->ended;
	node->offloaded = o;
	node->process = process;
	node->cancel = cancel;
	node->may_pend = true;
	return 0;
}

struct offloaded *offloaded_free(struct offloaded *offloaded) {
	if (!offloaded)
		return NULL;
	free(offloaded->references);
	free(offloaded);
	return NULL;
}

bool offloaded_running(struct offloaded *offloaded) {
	return offload_running(&offloaded->job);
}
