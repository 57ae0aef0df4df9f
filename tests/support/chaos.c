/* SPDX-License-Identifier: Apache-2.0 */
/* The components that support/chaos.h lists. */
#include "support/chaos.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <railyard/dead_letter.h>
#include <railyard/plugin.h>

#include "support/pipeline.h"
#include "support/test.h"

struct chaos chaos;

/* splitmix64 */
static uint64_t scrambled(uint64_t x) {
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

uint64_t chaos_below(uint64_t *state, uint64_t n) {
	return scrambled(*state += 0x9e3779b97f4a7c15u) % n;
}

void chaos_fini(void) {
	for (uint32_t i = 0; i < CHAOS_SINKS; i++)
		strbuf_fini(&chaos.sinks[i].lines);
	chaos = (struct chaos){0};
}

/* Something happens: if it is time, the run is stopped. */
static void tick(void) {
	const uint64_t one = 1;

	if (++chaos.events != chaos.stop_at)
		return;
	atomic_store(&components_pipeline->control.stop, chaos.stop);
	ck_assert_int_eq(write(components_pipeline->control.wake_fd, &one, sizeof(one)),
			 sizeof(one));
}

struct settings {
	int64_t count, kinds, errors, attempts, outputs, obeys;
};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct settings, count, RY_CONFIG_INT, "messages", .fallback = "0"),
	RY_KEY(struct settings, kinds, RY_CONFIG_INT, "CHAOS_...", .fallback = "31"),
	RY_KEY(struct settings, errors, RY_CONFIG_INT, "percentage", .fallback = "0"),
	RY_KEY(struct settings, attempts, RY_CONFIG_INT, "that fail", .fallback = "1000000"),
	RY_KEY(struct settings, outputs, RY_CONFIG_INT, "at most", .fallback = "1"),
	RY_KEY(struct settings, obeys, RY_CONFIG_INT, "percentage", .fallback = "100"),
	NULL,
};

struct job;

struct component {
	struct settings settings;
	const struct ry_host *host;
	const struct ry_loop_service *loop;
	struct job *jobs;
	/* t.hold */
	struct ry_task *held[4096];
	uint32_t n_held;
	/* sources and sinks */
	struct ry_emitter *emitter;
	struct ry_timer *timer;
	uint64_t n;
	bool paused, full;
	struct chaos_sink *sink;
	uint64_t unwritten;
};

static int create(const struct ry_create *with, void **ret) {
	struct component *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->settings = *(const struct settings *)with->config;
	c->host = with->host;
	c->loop = with->host->get(with->host, RY_LOOP, 1);
	*ret = c;
	return 0;
}

static void destroy(void *self) {
	free(self);
}

/* -- what becomes of a message: the same in every run --------------------------------------- */

static uint64_t draw(const struct component *c, const struct ry_task *task, uint64_t what) {
	const char *text = task->message->data;
	uint64_t x = chaos.content + what;

	for (const char *p = c->host->component; *p; p++)
		x = scrambled(x + (unsigned char)*p);
	for (uint64_t i = 0; i < task->message->length; i++)
		x = scrambled(x + (unsigned char)text[i]);
	return x;
}

/* Emits, and then fails or not: a failure has something to discard. */
static int act(const struct component *c, struct ry_task *task) {
	const struct ry_message *message = task->message;
	uint64_t most = (uint64_t)c->settings.outputs;
	/* Seldom many, and seldom none. */
	uint64_t n = draw(c, task, 1) % 8 || most < 2 ? 1 : draw(c, task, 2) % (most + 1);
	int r = 0;

	for (uint64_t i = 0; i < n && r == 0; i++) {
		char text[512];
		int length = snprintf(text, sizeof(text), "%.*s/%s", (int)message->length,
				      (const char *)message->data, c->host->component);

		if (n > 1)
			length += snprintf(text + length, sizeof(text) - (size_t)length, ".%u",
					   (unsigned)i);
		if (length >= (int)sizeof(text))
			length = sizeof(text) - 1;
		r = ry_emit(task, 0, text, (uint64_t)length);
	}
	if (r == 0 && draw(c, task, 3) % 100 < (uint64_t)c->settings.errors &&
	    task->attempt <= (uint64_t)c->settings.attempts)
		return -EIO;
	return r;
}

static int calm(void *self, struct ry_task *task, const struct ry_message *message) {
	(void)message;
	tick();
	return act(self, task);
}

/* -- when: jobs ----------------------------------------------------------------------------- */

struct job {
	struct job *next, **link; /* among those of the node */
	struct job *next_outside;
	struct component *node;
	struct ry_task *task; /* NULL: has been completed */
	struct ry_timer *timer;
	bool outside; /* a posted call will come */
	bool cancelled;
};

static void job_free(struct job *job) {
	*job->link = job->next;
	if (job->next)
		job->next->link = job->link;
	free(job);
}

static struct job *job_new(struct component *c, struct ry_task *task) {
	struct job *job = calloc(1, sizeof(*job));

	ck_assert_ptr_nonnull(job);
	job->node = c;
	job->task = task;
	job->next = c->jobs;
	job->link = &c->jobs;
	if (job->next)
		job->next->link = &job->next;
	c->jobs = job;
	ck_assert_ptr_null(task->user);
	task->user = job;
	return job;
}

static void complete(struct job *job, int status) {
	struct ry_task *task = job->task;

	job->task = NULL;
	task->user = NULL;
	job->node->loop->timer_stop(job->timer);
	job->timer = NULL;
	if (ry_task_complete(task, status) < 0)
		chaos.n_late++;
	if (!job->outside)
		job_free(job);
}

static void due(struct job *job) {
	tick();
	if (job->task)
		complete(job, job->cancelled ? -ECANCELED : act(job->node, job->task));
	else
		job_free(job);
}

static void on_due(void *user) {
	due(user);
}

static void on_posted(void *user) {
	struct job *job = user;

	job->outside = false;
	due(job);
}

static void post(struct job *job) {
	job->outside = true;
	expect_ok(job->node->loop->post(job->node->host, on_posted, job));
}

/* -- another thread ------------------------------------------------------------------------- */

static struct {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t come;
	struct job *first, **end;
	bool running, ending;
} outside = {.lock = PTHREAD_MUTEX_INITIALIZER, .come = PTHREAD_COND_INITIALIZER};

static struct job *next_outside(void) {
	struct job *job;

	pthread_mutex_lock(&outside.lock);
	while (!outside.first && !outside.ending)
		pthread_cond_wait(&outside.come, &outside.lock);
	job = outside.first;
	if (job && !(outside.first = job->next_outside))
		outside.end = &outside.first;
	pthread_mutex_unlock(&outside.lock);
	return job;
}

static void *run_outside(void *user) {
	uint64_t random = *(uint64_t *)user;
	struct job *job;

	free(user);
	while ((job = next_outside())) {
		if (!chaos_below(&random, 8))
			usleep((useconds_t)chaos_below(&random, 100));
		expect_ok(job->node->loop->post(job->node->host, on_posted, job));
	}
	return NULL;
}

static void send_outside(struct job *job) {
	job->outside = true;
	job->next_outside = NULL;
	pthread_mutex_lock(&outside.lock);
	*outside.end = job;
	outside.end = &job->next_outside;
	pthread_cond_signal(&outside.come);
	pthread_mutex_unlock(&outside.lock);
}

static int start_outside(void *self) {
	uint64_t *seed;

	(void)self;
	if (outside.running)
		return 0;
	seed = malloc(sizeof(*seed));
	ck_assert_ptr_nonnull(seed);
	*seed = chaos.timing;
	outside.end = &outside.first;
	outside.ending = false;
	outside.running = true;
	ck_assert_int_eq(pthread_create(&outside.thread, NULL, run_outside, seed), 0);
	return 0;
}

static void end_outside(void) {
	if (!outside.running)
		return;
	pthread_mutex_lock(&outside.lock);
	outside.ending = true;
	pthread_cond_signal(&outside.come);
	pthread_mutex_unlock(&outside.lock);
	pthread_join(outside.thread, NULL);
	outside.running = false;
}

/* -- t.chaos -------------------------------------------------------------------------------- */

static uint32_t draw_kind(const struct component *c) {
	uint32_t kind;

	do
		kind = 1u << chaos_below(&chaos.timing, 6);
	while (!(kind & (uint32_t)c->settings.kinds));
	return kind;
}

static int begin(struct component *c, struct ry_task *task, uint32_t kind) {
	struct job *job = job_new(c, task);
	uint64_t delay_us = chaos_below(&chaos.timing, chaos.max_delay_us + 1);

	/* Timers are counted in milliseconds: most of these tasks do not wait for one. */
	if (kind == CHAOS_NEXT_TURN || (kind == CHAOS_TIMER && chaos_below(&chaos.timing, 6)))
		post(job);
	else if (kind == CHAOS_TIMER)
		expect_ok(c->loop->timer_start(c->host, delay_us * 1000, 0, on_due, job,
					       &job->timer));
	else if (kind == CHAOS_THREAD)
		send_outside(job);
	return RY_PENDING;
}

static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	struct component *c = self;
	uint32_t kind = draw_kind(c);
	int r;

	ck_assert_ptr_eq(task->message, message);
	tick();
	if (kind > CHAOS_COMPLETES)
		return begin(c, task, kind);
	r = act(c, task);
	if (kind == CHAOS_RETURNS)
		return r;
	expect_ok(ry_task_complete(task, r));
	return chaos_below(&chaos.timing, 2) ? RY_PENDING : 0;
}

/* Obeys now, or in the next turn; or the task ends when it would have ended anyway, if at all. */
static void cancel(void *self, struct ry_task *task) {
	struct component *c = self;
	struct job *job = task->user;

	tick();
	chaos.n_cancelled++;
	ck_assert_ptr_nonnull(job);
	ck_assert(!job->cancelled);
	job->cancelled = true;
	if (chaos_below(&chaos.timing, 100) >= (uint64_t)c->settings.obeys)
		return;
	if (chaos_below(&chaos.timing, 2)) {
		complete(job, -ECANCELED);
	} else if (!job->outside) {
		c->loop->timer_stop(job->timer);
		job->timer = NULL;
		post(job);
	}
}

/* What the runner has given up is given back. */
static int stop(void *self) {
	struct component *c = self;

	end_outside();
	while (c->jobs) {
		struct job *job = c->jobs;

		job->outside = false;
		if (job->task)
			complete(job, -ECANCELED);
		else
			job_free(job);
	}
	return 0;
}

/* -- t.hold --------------------------------------------------------------------------------- */

static int join(struct component *c, struct ry_task *running) {
	uint64_t length = 0;
	int error = 0;
	char *to;

	if (running)
		c->held[c->n_held++] = running;
	for (uint32_t i = 0; i < c->n_held; i++)
		length += c->held[i]->message->length + 1;
	to = c->held[0]->ops->stage_from(c->held, c->n_held, 0, length - 1, &error);
	ck_assert_msg(to != NULL, "stage_from: %s", errno_text(error));
	for (uint32_t i = 0; i < c->n_held; i++) {
		if (i)
			*to++ = '+';
		memcpy(to, c->held[i]->message->data, c->held[i]->message->length);
		to += c->held[i]->message->length;
	}
	error = c->held[0]->ops->release(c->held, c->n_held - (running ? 1 : 0));
	c->n_held = 0;
	return error;
}

static int hold(void *self, struct ry_task *task, const struct ry_message *message) {
	struct component *c = self;

	(void)message;
	tick();
	if (c->n_held + 1 < (uint64_t)c->settings.outputs) {
		c->held[c->n_held++] = task;
		return RY_HELD;
	}
	return join(c, task);
}

static int flush_held(void *self) {
	struct component *c = self;

	return c->n_held ? join(c, NULL) : 0;
}

/* -- sources -------------------------------------------------------------------------------- */

static int emit_next(struct component *c, struct ry_emitter *emitter) {
	char text[64];
	int error = 0, length = snprintf(text, sizeof(text), "%s:%u", c->host->component,
					 (unsigned)(c->n + 1));
	void *to = ry_source_stage(emitter, 0, (uint64_t)length, NULL, &error);

	if (!to)
		return error;
	memcpy(to, text, (size_t)length);
	c->n++;
	return 0;
}

static int pull(void *self, struct ry_emitter *emitter, uint32_t max) {
	struct component *c = self;
	uint64_t n = chaos_below(&chaos.timing, max) + 1, emitted = 0;

	tick();
	if (c->n == (uint64_t)c->settings.count)
		return RY_EOS;
	if (!chaos_below(&chaos.timing, 4))
		return RY_WAIT;
	for (; emitted < n && c->n < (uint64_t)c->settings.count; emitted++)
		expect_ok(emit_next(c, emitter));
	return (int)emitted;
}

static int wait_fd(void *self, uint32_t *ret_wait_ms) {
	(void)self;
	*ret_wait_ms = (uint32_t)chaos_below(&chaos.timing, 2);
	return -1;
}

static void on_live(void *user);

/* Emits some; goes on by a timer, or when there is room. */
static void live(struct component *c) {
	uint64_t n = chaos_below(&chaos.timing, 100);

	while (n-- && c->n < (uint64_t)c->settings.count && !c->full) {
		int r = emit_next(c, c->emitter);

		c->full = r == -ENOBUFS;
		if (c->full)
			chaos.n_refused++;
		else
			expect_ok(r);
	}
	if (c->n == (uint64_t)c->settings.count)
		expect_ok(ry_source_end(c->emitter));
	else if (!c->full && !c->timer)
		expect_ok(c->loop->timer_start(c->host, chaos_below(&chaos.timing, 500000), 0,
					       on_live, c, &c->timer));
}

static void on_live(void *user) {
	struct component *c = user;

	tick();
	c->loop->timer_stop(c->timer);
	c->timer = NULL;
	live(c);
}

static int resume(void *self, struct ry_emitter *emitter) {
	struct component *c = self;

	tick();
	ck_assert(!c->paused);
	ck_assert(!c->emitter || c->full); /* once at first, and then only after a refusal */
	chaos.n_resumed++;
	c->emitter = emitter;
	c->full = false;
	if (chaos_below(&chaos.timing, 2))
		live(c);
	else
		expect_ok(c->loop->timer_start(c->host, 0, 0, on_live, c, &c->timer));
	return 0;
}

static int pause_live(void *self) {
	struct component *c = self;
	int error = 0;

	ck_assert(!c->paused);
	c->paused = true;
	c->loop->timer_stop(c->timer);
	c->timer = NULL;
	ck_assert_ptr_null(ry_source_stage(c->emitter, 0, 1, NULL, &error));
	expect_int(error, -ESHUTDOWN);
	return 0;
}

static void accepted(void *self, uint64_t total) {
	const struct component *c = self;

	ck_assert_uint_gt(total, chaos.accepted);
	ck_assert_uint_le(total, c->n);
	chaos.accepted = total;
}

/* -- sinks ---------------------------------------------------------------------------------- */

static int start_sink(void *self) {
	struct component *c = self;
	uint32_t i = 0;

	while (i < CHAOS_SINKS && chaos.sinks[i].name)
		i++;
	ck_assert_uint_lt(i, CHAOS_SINKS);
	c->sink = &chaos.sinks[i];
	c->sink->name = c->host->component;
	return 0;
}

static int write_sink(void *self, const struct ry_message *message, uint32_t input) {
	struct component *c = self;

	(void)input;
	tick();
	strbuf_add_bytes(&c->sink->lines, message->data, message->length);
	strbuf_add_char(&c->sink->lines, '\n');
	c->unwritten++;
	return 0;
}

static int flush_sink(void *self) {
	struct component *c = self;

	c->unwritten = 0;
	return 0;
}

static uint64_t unwritten(void *self) {
	const struct component *c = self;

	return c->unwritten;
}

static int put(void *self, const void *request, void *result, struct ry_call *call) {
	(void)self;
	(void)request;
	(void)result;
	(void)call;
	chaos.n_letters++;
	return 0;
}

/* -- tables --------------------------------------------------------------------------------- */

static const char *const lines[] = {"railyard.line", NULL};
static const char *const no_names[] = {NULL};
static const struct ry_port out = {RY_SIZE(ry_port), .name = "out", .type = "railyard.line"};
static const struct ry_port *const ports[] = {&out, NULL};
static const struct ry_port *const no_ports[] = {NULL};
static const struct ry_slot *const no_slots[] = {NULL};
static const struct ry_provides *const no_provides[] = {NULL};
static const struct ry_provides letters_provides = {
	RY_SIZE(ry_provides),
	.flags = RY_OFFERS_CONSUME,
	.major = RY_DEAD_LETTER_MAJOR,
	.contract = RY_DEAD_LETTER,
	.ops = (ry_op *const[]){[RY_DEAD_LETTER_PUT] = put},
	.op_count = RY_DEAD_LETTER_OP_COUNT,
};

static const struct ry_node_ops calm_ops = {RY_SIZE(ry_node_ops), .create = create, .process = calm,
					    .destroy = destroy};
static const struct ry_node_ops hold_ops = {RY_SIZE(ry_node_ops), .create = create, .process = hold,
					    .flush = flush_held, .destroy = destroy};
static const struct ry_node_ops chaos_ops = {
	RY_SIZE(ry_node_ops), .create = create, .start = start_outside, .process = process,
	.cancel = cancel,     .stop = stop,	.destroy = destroy};

#define NODE(id, node_flags)                                                                  \
	static const struct ry_node_type id##_type = {RY_SIZE(ry_node_type),                  \
						      .flags = node_flags,                    \
						      .config_size = sizeof(struct settings), \
						      .name = "t." #id,                       \
						      .summary = "a test's node",             \
						      .accepts = lines,                       \
						      .ports = ports,                         \
						      .slots = no_slots,                      \
						      .keys = keys,                           \
						      .ops = &id##_ops}

NODE(calm, 0);
NODE(hold, RY_NODE_HOLDS);
NODE(chaos, RY_NODE_ASYNC | RY_NODE_NEEDS_LOOP);

static const struct ry_node_type *const nodes[] = {&calm_type, &hold_type, &chaos_type, NULL};

static const struct ry_adapter_ops adapter_ops = {RY_SIZE(ry_adapter_ops), .create = create,
						  .destroy = destroy};
static const struct ry_adapter_ops sink_adapter_ops = {RY_SIZE(ry_adapter_ops), .create = create,
						       .start = start_sink, .destroy = destroy};
static const struct ry_source_ops source_ops = {RY_SIZE(ry_source_ops), .pull = pull,
						.wait_fd = wait_fd};
static const struct ry_source_ops live_ops = {RY_SIZE(ry_source_ops), .pause = pause_live,
					      .resume = resume, .accepted = accepted};
static const struct ry_sink_ops sink_ops = {RY_SIZE(ry_sink_ops), .write = write_sink};
static const struct ry_sink_ops late_sink_ops = {RY_SIZE(ry_sink_ops), .write = write_sink,
						 .flush = flush_sink, .unwritten = unwritten};

#define ADAPTER(id, ops_table, ...)                                                          \
	static const struct ry_adapter_type id##_adapter = {RY_SIZE(ry_adapter_type),        \
							    .config_size =                   \
								    sizeof(struct settings), \
							    .name = "t." #id,                \
							    .summary = "a test's adapter",   \
							    .ops = &(ops_table),             \
							    .slots = no_slots,               \
							    .keys = keys,                    \
							    .writes = no_names,              \
							    .reads = no_names,               \
							    __VA_ARGS__}

ADAPTER(source, adapter_ops, .provides = no_provides, .ports = ports, .source = &source_ops,
	.accepts = no_names);
ADAPTER(live, adapter_ops, .provides = no_provides, .ports = ports, .source = &live_ops,
	.accepts = no_names, .flags = RY_ADAPTER_NEEDS_LOOP);
ADAPTER(sink, sink_adapter_ops, .provides = no_provides, .ports = no_ports, .accepts = lines,
	.sink = &sink_ops);
ADAPTER(late_sink, sink_adapter_ops, .provides = no_provides, .ports = no_ports, .accepts = lines,
	.sink = &late_sink_ops);
ADAPTER(letters, adapter_ops,
	.provides = (const struct ry_provides *const[]){&letters_provides, NULL}, .ports = no_ports,
	.accepts = no_names);

static const struct ry_adapter_type *const adapters[] = {
	&source_adapter, &live_adapter, &sink_adapter, &late_sink_adapter, &letters_adapter, NULL};
static const struct ry_message_type *const messages[] = {NULL};

const struct ry_plugin components_plugin = {
	RY_PLUGIN_HEADER, .name = "t",		.version = "1",
	.nodes = nodes,	  .adapters = adapters, .messages = messages,
};
