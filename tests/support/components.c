/* SPDX-License-Identifier: Apache-2.0 */
/* The components that support/pipeline.h lists. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <railyard/plugin.h>

#include "support/async_components.h"
#include "support/pipeline.h"
#include "support/test.h"

/* -- configuration: one struct for all ------------------------------------------------------ */

struct settings {
	int64_t count, every, error, attempts, n, fail_at;
	uint8_t ends;
	int32_t how;
	const char *traceparent, *tracestate, *baggage;
};

enum { RUDE_TWICE, RUDE_PENDING, RUDE_HELD, RUDE_PORT, RUDE_BIG, RUDE_KEEP };

static const char *const how_words[] = {"twice", "pending", "held", "port", "big", "keep", NULL};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct settings, count, RY_CONFIG_INT, "messages", .fallback = "0"),
	RY_KEY(struct settings, every, RY_CONFIG_INT, "which fail", .fallback = "1"),
	RY_KEY(struct settings, error, RY_CONFIG_INT, "errno", .fallback = "5"),
	RY_KEY(struct settings, attempts, RY_CONFIG_INT, "failing ones", .fallback = "1000000"),
	RY_KEY(struct settings, n, RY_CONFIG_INT, "how many", .fallback = "2"),
	RY_KEY(struct settings, fail_at, RY_CONFIG_INT, "0: never", .fallback = "0"),
	RY_KEY(struct settings, ends, RY_CONFIG_BOOL, "or waits", .fallback = "true"),
	RY_KEY(struct settings, how, RY_CONFIG_ENUM, "to be rude", .fallback = "twice",
	       .choices = how_words),
	RY_KEY(struct settings, traceparent, RY_CONFIG_STRING, "of every message",
	       .fallback = NULL),
	RY_KEY(struct settings, tracestate, RY_CONFIG_STRING, "of every message", .fallback = NULL),
	RY_KEY(struct settings, baggage, RY_CONFIG_STRING, "of every message", .fallback = NULL),
	NULL,
};

struct component {
	struct settings settings;
	const struct ry_host *host;
	uint64_t n;
	struct ry_task *held[4096];
	uint32_t n_held;
};

static int create(const struct ry_create *with, void **ret) {
	struct component *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->settings = *(const struct settings *)with->config;
	c->host = with->host;
	*ret = c;
	return 0;
}

static void destroy(void *self) {
	free(self);
}

/* -- source and sink ------------------------------------------------------------------------ */

static int pull(void *self, struct ry_emitter *emitter, uint32_t max) {
	struct component *c = self;
	const struct ry_emit_options options = {
		RY_SIZE(ry_emit_options), .traceparent = c->settings.traceparent,
		.tracestate = c->settings.tracestate, .baggage = c->settings.baggage};
	int n = 0, error = 0;

	while ((uint32_t)n < max && c->n < (uint64_t)c->settings.count) {
		char text[32];
		int length = snprintf(text, sizeof(text), "%llu", (unsigned long long)++c->n);
		void *to = ry_source_stage(emitter, 0, (uint64_t)length, &options, &error);

		if (!to)
			return error;
		memcpy(to, text, (size_t)length);
		n++;
	}
	if (n)
		return n;
	return c->settings.ends ? RY_EOS : RY_WAIT;
}

static int wait_fd(void *self, uint32_t *ret_wait_ms) {
	(void)self;
	*ret_wait_ms = 5;
	return -1;
}

static int sink_write(void *self, const struct ry_message *message, uint32_t input) {
	struct component *c = self;
	struct pipeline *p = components_pipeline;

	(void)input;
	c->n++;
	if (c->settings.fail_at && c->n >= (uint64_t)c->settings.fail_at)
		return -(int)c->settings.error;
	if (p->output.length)
		strbuf_add_char(&p->output, ',');
	strbuf_add_bytes(&p->output, message->data, message->length);
	p->written++;
	if (p->on_write)
		p->on_write(p, p->written);
	return 0;
}

/* -- nodes ---------------------------------------------------------------------------------- */

static int pass(void *self, struct ry_task *task, const struct ry_message *message) {
	(void)self;
	return ry_forward(task, 0, message);
}

static int drop(void *self, struct ry_task *task, const struct ry_message *message) {
	(void)self;
	(void)task;
	(void)message;
	return 0;
}

/* The text with an m behind it, to tell branches apart. */
static int mark(void *self, struct ry_task *task, const struct ry_message *message) {
	int error = 0;
	char *to = ry_stage(task, 0, message->length + 1, &error);

	(void)self;
	if (!to)
		return error;
	memcpy(to, message->data, message->length);
	to[message->length] = 'm';
	return 0;
}

/* The headers that go on with the trace, a line each; then again the traceparent alone. */
static int headers(void *self, struct ry_task *task, const struct ry_message *message) {
	struct component *c = self;
	const struct ry_trace_service *trace = c->host->get(c->host, RY_TRACE, 1);
	struct ry_trace_headers of = {.size = RY_SIZE(ry_trace_headers)};
	char text[1024] = "";
	size_t n = 0;

	(void)message;
	expect_errno(trace->inject_headers(task, 1u << 31, &of), EINVAL);
	expect_int(trace->inject_headers(task, (uint32_t)c->settings.n, &of), of.n);
	for (uint32_t i = 0; i < of.n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s=%s\n", of.header[i].name,
				      of.header[i].value);
	expect(n + 56 < sizeof(text));
	expect_errno(trace->inject(task, text + n, 55), ENOSPC);
	expect_int(trace->inject(task, text + n, 56), 55);
	return ry_emit(task, 0, text, n + 55);
}

/* Stages first, so that a failure has something to discard. */
static int fail_some(void *self, struct ry_task *task, const struct ry_message *message) {
	struct component *c = self;
	int r = ry_forward(task, 0, message);

	if (r < 0)
		return r;
	if (task->attempt == 1)
		c->n++;
	if (c->n % (uint64_t)c->settings.every == 0 &&
	    task->attempt <= (uint64_t)c->settings.attempts)
		return -(int)c->settings.error;
	return 0;
}

static int burst(void *self, struct ry_task *task, const struct ry_message *message) {
	struct component *c = self;
	int r = 0;

	for (int64_t i = 0; i < c->settings.n && r == 0; i++)
		r = ry_emit(task, 0, message->data, message->length);
	return r;
}

static int split(void *self, struct ry_task *task, const struct ry_message *message) {
	const char *text = message->data;

	(void)self;
	return ry_forward(task, (uint32_t)(text[message->length - 1] & 1), message);
}

/* Joins what is held, and the running one if there is one, into one message. */
static int join(struct component *c, struct ry_task *task) {
	uint64_t length = 0;
	int error = 0;
	char *to;

	if (task)
		c->held[c->n_held++] = task;
	for (uint32_t i = 0; i < c->n_held; i++)
		length += c->held[i]->message->length + 1;
	to = c->held[0]->ops->stage_from(c->held, c->n_held, 0, length - 1, &error);
	if (!to)
		return error;
	for (uint32_t i = 0; i < c->n_held; i++) {
		if (i)
			*to++ = '+';
		memcpy(to, c->held[i]->message->data, c->held[i]->message->length);
		to += c->held[i]->message->length;
	}
	error = c->held[0]->ops->release(c->held, c->n_held - (task ? 1 : 0));
	c->n_held = 0;
	return error;
}

static int hold(void *self, struct ry_task *task, const struct ry_message *message) {
	struct component *c = self;

	(void)message;
	if (c->n_held + 1 < (uint64_t)c->settings.n) {
		c->held[c->n_held++] = task;
		return RY_HELD;
	}
	return join(c, task);
}

static int hold_flush(void *self) {
	struct component *c = self;

	return c->n_held ? join(c, NULL) : 0;
}

static int keep(void *self) {
	(void)self;
	return 0;
}

static int rude(void *self, struct ry_task *task, const struct ry_message *message) {
	struct component *c = self;
	int error = 0;

	switch (c->settings.how) {
	case RUDE_TWICE:
		ry_task_complete(task, 0);
		ck_assert_int_eq(ry_task_complete(task, 0), -EALREADY);
		ck_assert_int_eq(ry_forward(task, 0, message), -EALREADY);
		return 0;
	case RUDE_PENDING:
		return RY_PENDING;
	case RUDE_HELD:
	case RUDE_KEEP:
		return RY_HELD;
	case RUDE_PORT:
		ck_assert_int_eq(ry_forward(task, 7, message), -EINVAL);
		ck_assert_int_eq(ry_emit_object(task, 0, c), -EINVAL);
		return 0;
	default: /* RUDE_BIG */
		ck_assert(!ry_stage(task, 0, 65ull * 1024 * 1024, &error));
		return error;
	}
}

/* -- tables --------------------------------------------------------------------------------- */

static const char *const lines[] = {"railyard.line", NULL};
static const char *const no_names[] = {NULL};
static const struct ry_port out = {RY_SIZE(ry_port), .name = "out", .type = "railyard.line"};
static const struct ry_port even = {RY_SIZE(ry_port), .name = "even", .type = "railyard.line"};
static const struct ry_port odd = {RY_SIZE(ry_port), .name = "odd", .type = "railyard.line"};
static const struct ry_port *const one_port[] = {&out, NULL};
static const struct ry_port *const two_ports[] = {&even, &odd, NULL};
static const struct ry_port *const no_ports[] = {NULL};
static const struct ry_slot *const no_slots[] = {NULL};
static const struct ry_provides *const no_provides[] = {NULL};

#define NODE(id, op, node_flags, node_ports, flush_op)                                        \
	static const struct ry_node_ops id##_ops = {RY_SIZE(ry_node_ops), .create = create,   \
						    .process = op, .flush = flush_op,         \
						    .destroy = destroy};                      \
	static const struct ry_node_type id##_type = {RY_SIZE(ry_node_type),                  \
						      .flags = node_flags,                    \
						      .config_size = sizeof(struct settings), \
						      .name = "t." #id,                       \
						      .summary = "a test's node",             \
						      .accepts = lines,                       \
						      .ports = node_ports,                    \
						      .slots = no_slots,                      \
						      .keys = keys,                           \
						      .ops = &id##_ops}

NODE(pass, pass, 0, one_port, NULL);
NODE(fail, fail_some, 0, one_port, NULL);
NODE(mark, mark, 0, one_port, NULL);
NODE(headers, headers, 0, one_port, NULL);
NODE(burst, burst, 0, one_port, NULL);
NODE(drop, drop, 0, no_ports, NULL);
NODE(split, split, 0, two_ports, NULL);
NODE(hold, hold, RY_NODE_HOLDS, one_port, hold_flush);
NODE(rude, rude, 0, one_port, NULL);
NODE(keep, rude, RY_NODE_HOLDS, one_port, keep);

static const struct ry_node_type *const nodes[] = {
	&headers_type, &pass_type, &mark_type, &fail_type,  &burst_type, &drop_type, &split_type,
	&hold_type,    &rude_type, &keep_type, &later_type, &stuck_type, NULL};

static const struct ry_adapter_ops adapter_ops = {RY_SIZE(ry_adapter_ops), .create = create,
						  .destroy = destroy};
static const struct ry_source_ops source_ops = {RY_SIZE(ry_source_ops), .pull = pull,
						.wait_fd = wait_fd};
static const struct ry_sink_ops sink_ops = {RY_SIZE(ry_sink_ops), .write = sink_write};
static const struct ry_adapter_type source_type = {
	RY_SIZE(ry_adapter_type), .config_size = sizeof(struct settings),
	.name = "t.source",	  .summary = "a test's source",
	.ops = &adapter_ops,	  .provides = no_provides,
	.slots = no_slots,	  .keys = keys,
	.ports = one_port,	  .source = &source_ops,
	.accepts = no_names,	  .writes = no_names,
	.reads = no_names};
static const struct ry_adapter_type sink_type = {
	RY_SIZE(ry_adapter_type), .config_size = sizeof(struct settings),
	.name = "t.sink",	  .summary = "a test's sink",
	.ops = &adapter_ops,	  .provides = no_provides,
	.slots = no_slots,	  .keys = keys,
	.ports = no_ports,	  .accepts = lines,
	.sink = &sink_ops,	  .writes = no_names,
	.reads = no_names};
static const struct ry_adapter_type *const adapters[] = {&source_type, &sink_type, NULL};
static const struct ry_message_type *const messages[] = {NULL};

const struct ry_plugin components_plugin = {
	RY_PLUGIN_HEADER, .name = "t",		.version = "1",
	.nodes = nodes,	  .adapters = adapters, .messages = messages,
};
