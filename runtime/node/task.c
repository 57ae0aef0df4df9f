/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Staging: what a node calls while it runs. Nothing here routes; the runner does, when the task
 * has succeeded. The header of an output is written once, at staging: its sequence and trace come
 * from the task that it derives from.
 */
#include "node/task.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emit/extras.h"
#include "node/node.h"
#include "node/offloaded.h"

static struct task *task_alloc(struct unit *unit) {
	struct task *task = calloc(1, sizeof(*task));

	if (!task)
		return NULL;
	unit->task_allocations++;
	task->head.emitter.size = RY_SIZE(ry_task);
	task->head.emitter.ops = &task_emit_ops;
	task->head.ops = &task_ops;
	task->staged_end = &task->staged;
	return task;
}

/* A free task has nothing staged and no marks: task_free sees to it. */
struct task *task_new(struct node *node, struct message *message, uint32_t input) {
	struct unit *unit = node->unit;
	struct task *task = unit->free_tasks;

	if (task)
		unit->free_tasks = task->next;
	else if (!(task = task_alloc(unit)))
		return NULL;
	task->head.input = input;
	task->head.attempt = 1;
	task->head.message = message ? &message->head : NULL;
	task->head.user = NULL;
	task->node = node;
	task->message = message;
	task->state = message ? TASK_RUNNING : TASK_FRAME;
	return task;
}

void task_discard(struct task *task) {
	struct message_pool *pool = &task->node->unit->pool;

	while (task->staged) {
		struct message *message = task->staged;

		task->staged = message->next;
		message_unref(pool, message);
	}
	task->staged_end = &task->staged;
	task->n_staged = 0;
	task->staged_bytes = 0;
	while (task->releases) {
		task->releases->releasing = false;
		task->releases = task->releases->next_release;
	}
	if (task->extras)
		extras_reset(task->extras);
	task->error_set = false;
	task->completed = false;
	task->next_target = 0;
}

void task_free(struct task *task) {
	struct unit *unit = task->node->unit;

	if (task->staged || task->releases || task->extras || task->error_set || task->completed)
		task_discard(task);
	message_unref(&unit->pool, task->message);
	task->message = NULL;
	task->state = TASK_FREE;
	task->recording = false;
	task->releasing = false;
	task->timed_out = false;
	task->given_up = false;
	task->deserted = false;
	task->queued = false;
	task->next = unit->free_tasks;
	unit->free_tasks = task;
}

void unit_completed(struct unit *unit, struct task *task) {
	task->queued = true;
	task->next_done = NULL;
	*unit->completions_end = task;
	unit->completions_end = &task->next_done;
}

void task_give_up(struct task *task) {
	struct unit *unit = task->node->unit;

	task->state = TASK_ABANDONED;
	task->prev = NULL;
	task->next = unit->abandoned_tasks;
	if (task->next)
		task->next->prev = task;
	unit->abandoned_tasks = task;
}

void task_forget(struct task *task) {
	struct unit *unit = task->node->unit;

	if (task->prev)
		task->prev->next = task->next;
	else
		unit->abandoned_tasks = task->next;
	if (task->next)
		task->next->prev = task->prev;
	task_free(task);
}

/* Where this task's outputs come from: a thread of the pool has a pool of its own. */
static struct message_pool *pool_of(const struct task *task) {
	return task->offloaded ? offloaded_pool(task->offloaded) : &task->node->unit->pool;
}

/* The task whose call is running, in whose frame staging happens. */
static struct task *frame_of(struct node *node) {
	return node->current;
}

/* May this task stage now? Late emits are plugin errors. */
static int may_stage(struct task *task) {
	if ((task->state == TASK_RUNNING || task->state == TASK_PENDING) && !task->completed)
		return 0;
	if (task->state == TASK_HELD)
		return -EINVAL; /* stage_from */
	if (task->offloaded)
		offloaded_misused(task->offloaded);
	else if (task->state != TASK_ABANDONED || task->deserted)
		node_misused(task->node);
	return -EALREADY;
}

static int check_room(struct task *frame, uint64_t length) {
	if (frame->n_staged >= frame->node->max_outputs ||
	    length > TASK_MAX_BYTES - frame->staged_bytes)
		return -ENOBUFS;
	return 0;
}

static const struct node_port *port_of(const struct node *node, uint32_t port) {
	return port < node->n_ports ? &node->ports[port] : NULL;
}

/* Writes what an output inherits and puts it at the end of the frame's list. */
static void stage(struct task *frame, const struct task *origin, uint32_t port,
		  struct message *message, uint64_t length) {
	const struct ry_message *from = &origin->message->head;
	struct ry_message *head = &message->head;

	head->source_seq = from->source_seq;
	head->source_id = from->source_id;
	head->hop = from->hop + 1;
	head->trace_flags = from->trace_flags;
	memcpy(head->trace_id, from->trace_id, sizeof(head->trace_id));
	memcpy(head->span_id, from->span_id, sizeof(head->span_id));
	if (origin->recording)
		memcpy(head->span_id, origin->span_id.bytes, sizeof(head->span_id));
	message->ingress = origin->message->ingress;
	message->from = origin->node->index;
	message->port = port;
	message->next = NULL;
	*frame->staged_end = message;
	frame->staged_end = &message->next;
	frame->n_staged++;
	frame->staged_bytes += length;
}

/* A new message for a port, not yet staged; NULL with *ret_error. */
static struct message *new_output(struct task *frame, uint32_t port_index, uint64_t length,
				  int *ret_error) {
	const struct node_port *port = port_of(frame->node, port_index);
	struct message *message;
	int r;

	if (!port || port->type->kind == RY_MESSAGE_CUSTOM)
		r = -EINVAL;
	else if (length < port->type->data_size || length > port->max_bytes)
		r = -EMSGSIZE;
	else
		r = check_room(frame, length);
	if (r < 0) {
		*ret_error = r;
		return NULL;
	}
	message = message_new(pool_of(frame), port->type, length);
	if (!message)
		*ret_error = -ENOMEM;
	return message;
}

static void *task_stage(struct ry_emitter *emitter, uint32_t port, uint64_t length,
			const struct ry_emit_options *options, int *ret_error) {
	struct task *task = (struct task *)emitter;
	struct message *message;
	int r = may_stage(task);

	(void)options;
	if (r < 0) {
		*ret_error = r;
		return NULL;
	}
	message = new_output(task, port, length, ret_error);
	if (!message)
		return NULL;
	stage(task, task, port, message, length);
	return message + 1;
}

/* The port of an object; NULL: nothing is known about how to destroy it, so it stays the caller's. */
static const struct node_port *object_port(const struct node *node, uint32_t port_index) {
	const struct node_port *port = port_of(node, port_index);

	return port && port->type->kind == RY_MESSAGE_CUSTOM ? port : NULL;
}

static int stage_object(struct task *frame, const struct task *origin, uint32_t port_index,
			void *object) {
	const struct node_port *port = &frame->node->ports[port_index];
	struct message *message;
	int r;

	r = check_room(frame, 0);
	if (r < 0) {
		port->type->destroy(object);
		return r;
	}
	message = message_new_object(pool_of(frame), port->type, object);
	if (!message)
		return -ENOMEM;
	stage(frame, origin, port_index, message, 0);
	return 0;
}

static int task_stage_object(struct ry_emitter *emitter, uint32_t port, void *object,
			     const struct ry_emit_options *options) {
	struct task *task = (struct task *)emitter;
	const struct node_port *object_at = object_port(task->node, port);
	int r = object_at ? may_stage(task) : -EINVAL;

	(void)options;
	if (r < 0 && r != -EINVAL)
		object_at->type->destroy(object);
	return r < 0 ? r : stage_object(task, task, port, object);
}

static int task_stage_message(struct ry_emitter *emitter, uint32_t port_index,
			      const struct ry_message *received) {
	struct task *task = (struct task *)emitter;
	const struct node_port *port = port_of(task->node, port_index);
	struct message *of_payload = (struct message *)(uintptr_t)received, *message;
	int r = may_stage(task);

	if (r < 0)
		return r;
	if (!port || port->type != received->type)
		return -EINVAL;
	r = check_room(task, 0);
	if (r < 0)
		return r;
	message = task->offloaded ? offloaded_share(task->offloaded, of_payload)
				  : message_share(pool_of(task), of_payload);
	if (!message)
		return -ENOMEM;
	stage(task, task, port_index, message, 0);
	return 0;
}

static int task_end(struct ry_emitter *emitter) {
	(void)emitter;
	return -EINVAL;
}

const struct ry_emit_ops task_emit_ops = {
	RY_SIZE(ry_emit_ops),
	.stage = task_stage,
	.stage_object = task_stage_object,
	.stage_message = task_stage_message,
	.end = task_end,
};

/* -- task operations ------------------------------------------------------------------------ */

/* The run could not wait for it; it is a mistake only after the time that a node has for that. */
static int end_abandoned(struct task *task) {
	struct node *node = task->node;
	bool late = task->deserted;

	task_forget(task);
	if (!late)
		return 0;
	node_misused(node);
	return -EALREADY;
}

static int task_complete(struct ry_task *head, int status) {
	struct task *task = (struct task *)head;
	struct node *node = task->node;
	struct unit *unit = node->unit;

	if (!unit_on_thread(unit)) {
		atomic_fetch_add_explicit(&node->foreign_calls, 1, memory_order_relaxed);
		return -EPERM;
	}
	if (task->state == TASK_ABANDONED)
		return end_abandoned(task);
	if (task->completed || (task->state != TASK_RUNNING && task->state != TASK_PENDING)) {
		node_misused(node);
		return -EALREADY;
	}
	if (status > 0) {
		node_misused(node);
		return -EINVAL;
	}
	task->completed = true;
	task->status = status;
	if (task->state == TASK_PENDING && !task->queued)
		unit_completed(unit, task);
	return 0;
}

/* The held task, or the running one, with the highest source sequence: the one to derive from. */
static struct task *latest_of(struct ry_task *const *tasks, uint32_t n, struct node **ret_node) {
	struct task *latest = NULL;

	for (uint32_t i = 0; i < n; i++) {
		struct task *task = (struct task *)tasks[i];

		if ((task->state != TASK_HELD && task->state != TASK_RUNNING) ||
		    (latest && task->node != latest->node))
			return NULL;
		if (!latest || task->message->head.source_seq > latest->message->head.source_seq)
			latest = task;
	}
	if (latest)
		*ret_node = latest->node;
	return latest;
}

static void link_others(struct task *latest, struct ry_task *const *tasks, uint32_t n) {
	for (uint32_t i = 0; i < n; i++)
		if ((struct task *)tasks[i] != latest)
			task_link(latest, (struct task *)tasks[i]);
}

static void *task_stage_from(struct ry_task *const *tasks, uint32_t n, uint32_t port,
			     uint64_t length, int *ret_error) {
	struct node *node = NULL;
	struct task *latest = latest_of(tasks, n, &node), *frame;
	struct message *message;

	if (!latest || !node->current) {
		*ret_error = -EINVAL;
		return NULL;
	}
	frame = frame_of(node);
	message = new_output(frame, port, length, ret_error);
	if (!message)
		return NULL;
	stage(frame, latest, port, message, length);
	link_others(latest, tasks, n);
	return message + 1;
}

static int task_stage_object_from(struct ry_task *const *tasks, uint32_t n, uint32_t port,
				  void *object) {
	struct node *node = NULL;
	struct task *latest = latest_of(tasks, n, &node);
	int r;

	if (!latest || !node->current || !object_port(node, port))
		return -EINVAL;
	r = stage_object(frame_of(node), latest, port, object);
	if (r == 0)
		link_others(latest, tasks, n);
	return r;
}

static int task_release(struct ry_task *const *tasks, uint32_t n) {
	struct node *node = n ? ((struct task *)tasks[0])->node : NULL;
	struct task *frame = node ? frame_of(node) : NULL;

	if (n == 0)
		return 0;
	if (!frame)
		return -EINVAL;
	for (uint32_t i = 0; i < n; i++) {
		struct task *task = (struct task *)tasks[i];

		if (task->node != node || task->state != TASK_HELD || task->releasing)
			return -EINVAL;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct task *task = (struct task *)tasks[i];

		if (task->releasing)
			continue; /* named twice */
		task->releasing = true;
		task->next_release = frame->releases;
		frame->releases = task;
	}
	return 0;
}

static void task_message_ref(struct ry_task *task, const struct ry_message *message) {
	(void)task;
	message_ref((struct message *)(uintptr_t)message);
}

static void task_message_unref(struct ry_task *task, const struct ry_message *message) {
	message_unref(&((struct task *)task)->node->unit->pool,
		      (struct message *)(uintptr_t)message);
}

const struct ry_task_ops task_ops = {
	RY_SIZE(ry_task_ops),
	.complete = task_complete,
	.stage_from = task_stage_from,
	.stage_object_from = task_stage_object_from,
	.release = task_release,
	.message_ref = task_message_ref,
	.message_unref = task_message_unref,
};
