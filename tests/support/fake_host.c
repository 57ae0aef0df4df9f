/* SPDX-License-Identifier: Apache-2.0 */
/* The fake host: services, tasks, and components opened in one call. */
#include "support/fake_host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "message/core_types.h"
#include "message/json.h"
#include "support/fake_loop.h"
#include "support/test.h"
#include "trace/propagation.h"

static struct fake_host *fake_of(const struct ry_host *host) {
	return (struct fake_host *)host;
}

/* -- ry.log --------------------------------------------------------------------------------- */

static int print_field(char *to, size_t cap, const struct ry_field *field) {
	if (field->type == RY_VALUE_STRING)
		return snprintf(to, cap, " %s=%s", field->name, field->v.string);
	if (field->type == RY_VALUE_DOUBLE)
		return snprintf(to, cap, " %s=%g", field->name, field->v.number);
	return snprintf(to, cap, " %s=%lld", field->name, (long long)field->v.integer);
}

static void log_write(const struct ry_host *host, uint32_t level, const char *message,
		      const struct ry_field *const *fields, uint32_t n) {
	struct fake_host *fake = fake_of(host);
	struct fake_log_line *line;
	size_t used;

	if (fake->n_log++ >= FAKE_LOG_LINES)
		return;
	line = &fake->log[fake->n_log - 1];
	line->level = level;
	used = (size_t)snprintf(line->text, sizeof(line->text), "%s", message);
	for (uint32_t i = 0; i < n && used < sizeof(line->text); i++)
		used += (size_t)print_field(line->text + used, sizeof(line->text) - used,
					    fields[i]);
}

static int log_enabled(const struct ry_host *host, uint32_t level) {
	(void)host, (void)level;
	return 1;
}

static const struct ry_log_service log_service = {
	RY_SIZE(ry_log_service),
	.write = log_write,
	.enabled = log_enabled,
};

const char *fake_host_logged(const struct fake_host *fake, uint32_t level, const char *text) {
	for (uint32_t i = 0; i < fake->n_log && i < FAKE_LOG_LINES; i++)
		if (fake->log[i].level >= level && strstr(fake->log[i].text, text))
			return fake->log[i].text;
	return NULL;
}

/* -- ry.metrics ----------------------------------------------------------------------------- */

struct ry_metric {
	char name[64];
	uint32_t kind;
	int64_t value;
};

static struct ry_metric *find_metric(const struct fake_host *fake, const char *name) {
	for (uint32_t i = 0; i < fake->n_metrics; i++)
		if (!strcmp(fake->metrics[i]->name, name))
			return fake->metrics[i];
	return NULL;
}

static int metrics_define(const struct ry_host *host, const char *name, uint32_t kind,
			  const char *unit, const char *help, struct ry_metric **ret) {
	struct fake_host *fake = fake_of(host);
	struct ry_metric *metric = find_metric(fake, name);

	expect(unit && help && *help);
	if (!metric) {
		expect(fake->n_metrics < FAKE_METRICS);
		metric = must_calloc(1, sizeof(*metric));
		snprintf(metric->name, sizeof(metric->name), "%s", name);
		metric->kind = kind;
		fake->metrics[fake->n_metrics++] = metric;
	}
	*ret = metric;
	return 0;
}

static void metrics_add(struct ry_metric *metric, int64_t delta) {
	if (metric->kind == RY_METRIC_COUNTER && delta < 0)
		ck_abort_msg("%s: a counter went down", metric->name);
	metric->value += delta;
}

static void metrics_set(struct ry_metric *metric, int64_t value) {
	expect_int(metric->kind, RY_METRIC_GAUGE);
	metric->value = value;
}

static const struct ry_metrics_service metrics_service = {
	RY_SIZE(ry_metrics_service),
	.define = metrics_define,
	.add = metrics_add,
	.set = metrics_set,
};

int64_t fake_host_metric(const struct fake_host *fake, const char *name) {
	const struct ry_metric *metric = find_metric(fake, name);

	ck_assert_msg(metric, "no metric %s", name);
	return metric->value;
}

/* -- ry.memory ------------------------------------------------------------------------------ */

/* Stands before each block. */
struct block {
	uint64_t size;
	uint64_t magic;
};

#define BLOCK_MAGIC 0x6b636f6c62796c72ull

static void *memory_resize(const struct ry_host *host, void *memory, uint64_t size) {
	struct fake_host *fake = fake_of(host);
	struct block *block = memory ? (struct block *)memory - 1 : NULL;
	uint64_t old = block ? block->size : 0;

	if (block && block->magic != BLOCK_MAGIC)
		ck_abort_msg("not a block of ry.memory");
	if (fake->memory_limit && fake->live_bytes - old + size > fake->memory_limit)
		return NULL;
	fake->live_bytes += size - old;
	fake->live_blocks += !block;
	block = must_realloc(block, 1, sizeof(*block) + size);
	block->size = size;
	block->magic = BLOCK_MAGIC;
	return block + 1;
}

static void *memory_alloc(const struct ry_host *host, uint64_t size) {
	return memory_resize(host, NULL, size);
}

static void memory_release(const struct ry_host *host, void *memory) {
	struct fake_host *fake = fake_of(host);
	struct block *block = memory ? (struct block *)memory - 1 : NULL;

	if (!block)
		return;
	expect(block->magic == BLOCK_MAGIC);
	fake->live_bytes -= block->size;
	fake->live_blocks--;
	block->magic = 0;
	free(block);
}

static const struct ry_memory_service memory_service = {
	RY_SIZE(ry_memory_service),
	.alloc = memory_alloc,
	.resize = memory_resize,
	.release = memory_release,
};

/* -- ry.trace: for sources, and for tasks that are not recorded ------------------------------ */

static int trace_recording(const struct ry_task *task) {
	(void)task;
	return 0;
}

static int trace_set_attribute(struct ry_task *task, const struct ry_field *field) {
	(void)task;
	expect(field->name && *field->name);
	return 0;
}

static int trace_add_event(struct ry_task *task, const char *name,
			   const struct ry_field *const *fields, uint32_t n) {
	(void)task;
	expect(name && (fields || !n));
	return 0;
}

static void trace_set_error(struct ry_task *task, const char *message) {
	(void)task;
	(void)message;
}

static struct ry_span_handle *trace_start_child(struct ry_task *task, const char *name) {
	(void)task;
	expect(name);
	return NULL;
}

static void trace_end_child(struct ry_span_handle *child) {
	expect(!child);
}

static const struct trace_parent fake_parent = {{{1}}, {{1}}, 0};

static int trace_inject(const struct ry_task *task, char *buf, uint32_t cap) {
	(void)task;
	if (cap < TRACEPARENT_LENGTH + 1)
		return -ENOSPC;
	traceparent_format(&fake_parent, buf);
	return TRACEPARENT_LENGTH;
}

static int trace_inject_headers(struct ry_task *task, uint32_t formats,
				struct ry_trace_headers *ret) {
	(void)task;
	return propagation_inject(formats, &fake_parent, NULL, NULL, ret);
}

static int trace_extract(const struct ry_host *host, uint32_t formats,
			 const char *(*get)(void *user, const char *name, uint32_t index),
			 void *user, char *buf, uint32_t cap, struct ry_emit_options *ret) {
	(void)host;
	expect_int(ret->size, sizeof(*ret));
	return propagation_extract(formats, get, user, buf, cap, ret);
}

static const struct ry_trace_service trace_service = {
	RY_SIZE(ry_trace_service),
	.recording = trace_recording,
	.set_attribute = trace_set_attribute,
	.add_event = trace_add_event,
	.set_error = trace_set_error,
	.start_child = trace_start_child,
	.end_child = trace_end_child,
	.inject = trace_inject,
	.inject_headers = trace_inject_headers,
	.extract = trace_extract,
};

/* -- the host ------------------------------------------------------------------------------- */

static const void *host_get(const struct ry_host *host, const char *name, uint32_t major) {
	static const struct {
		const char *name;
		const void *table;
	} services[] = {
		{RY_LOG, &log_service},	    {RY_METRICS, &metrics_service},
		{RY_TRACE, &trace_service}, {RY_MEMORY, &memory_service},
		{RY_JSON, &json_service},
	};

	if (major == 1 && !strcmp(name, RY_LOOP))
		return fake_of(host)->loop ? &fake_loop_service : NULL;
	for (size_t i = 0; major == 1 && i < sizeof(services) / sizeof(services[0]); i++)
		if (!strcmp(services[i].name, name))
			return services[i].table;
	return NULL;
}

struct fake_host *fake_host_new(const char *component) {
	struct fake_host *fake = must_calloc(1, sizeof(*fake));

	fake->host = (struct ry_host){
		RY_SIZE(ry_host),	    .abi = RY_ABI_VERSION,   .component = component,
		.process_group = "default", .scenario = "unit-test", .get = host_get,
	};
	return fake;
}

void fake_host_free(struct fake_host *fake) {
	fake_loop_leave(fake);
	expect_int(fake->live_blocks, 0);
	expect_int(fake->live_bytes, 0);
	for (uint32_t i = 0; i < fake->n_metrics; i++)
		free(fake->metrics[i]);
	free(fake);
}

/* -- tasks ---------------------------------------------------------------------------------- */

static const struct ry_message_type *core_type(const char *name) {
	static const struct ry_message_type *const types[] = {&core_line, &core_bytes, &core_json,
							      &core_tick};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i]->name, name))
			return types[i];
	return NULL;
}

static const struct ry_message_type *port_type(const struct fake_task *task, uint32_t port) {
	const struct ry_message_type *type;

	if (!task->ports)
		return &core_bytes;
	for (uint32_t i = 0; i <= port; i++)
		if (!task->ports[i]) /* an assertion would cost a system call each time */
			ck_abort_msg("no port %u", port);
	type = core_type(task->ports[port]->type);
	return type ? type : &core_bytes;
}

/* Room for one more output, or NULL when the limit is reached. */
static struct fake_output *add_output(struct fake_task *task, uint32_t port) {
	struct fake_output *output;

	if (task->max_outputs && task->n_outputs == task->max_outputs)
		return NULL;
	if (task->n_outputs == task->capacity) {
		task->capacity = task->capacity ? task->capacity * 2 : 8;
		task->outputs = must_realloc(task->outputs, task->capacity, sizeof(*output));
	}
	output = &task->outputs[task->n_outputs++];
	*output = (struct fake_output){.port = port};
	output->message = fake_message(port_type(task, port), NULL, 0);
	if (task->task.message) {
		output->message.source_seq = task->task.message->source_seq;
		output->message.source_id = task->task.message->source_id;
		output->message.hop = task->task.message->hop + 1;
	}
	return output;
}

static void note_trace(struct fake_output *output, const struct ry_emit_options *options) {
	if (options && options->traceparent)
		snprintf(output->traceparent, sizeof(output->traceparent), "%s",
			 options->traceparent);
	if (options && options->tracestate)
		snprintf(output->tracestate, sizeof(output->tracestate), "%s", options->tracestate);
	if (options && options->baggage)
		snprintf(output->baggage, sizeof(output->baggage), "%s", options->baggage);
}

static void *stage(struct ry_emitter *emitter, uint32_t port, uint64_t length,
		   const struct ry_emit_options *options, int *ret_error) {
	struct fake_task *task = (struct fake_task *)emitter;
	struct fake_output *output = add_output(task, port);
	void *payload;

	if (!output) {
		*ret_error = -ENOBUFS;
		return NULL;
	}
	note_trace(output, options);
	/* Exactly as long as asked for, so that a write beyond it is seen. */
	payload = must_alloc(length ? length : 1);
	output->message.data = payload;
	output->message.length = length;
	return payload;
}

static int stage_object(struct ry_emitter *emitter, uint32_t port, void *object,
			const struct ry_emit_options *options) {
	struct fake_task *task = (struct fake_task *)emitter;
	const struct ry_message_type *type = port_type(task, port);
	struct fake_output *output;

	expect_int(type->kind, RY_MESSAGE_CUSTOM);
	output = add_output(task, port);
	if (!output) {
		type->destroy(object);
		return -ENOBUFS;
	}
	output->message.data = object;
	note_trace(output, options);
	return 0;
}

static int stage_message(struct ry_emitter *emitter, uint32_t port,
			 const struct ry_message *message) {
	int error = 0;
	void *to;

	expect(message->type->kind != RY_MESSAGE_CUSTOM);
	to = stage(emitter, port, message->length, NULL, &error);
	if (!to)
		return error;
	memcpy(to, message->data, message->length);
	return 0;
}

static int source_end(struct ry_emitter *emitter) {
	((struct fake_task *)emitter)->ended = true;
	return 0;
}

static int complete(struct ry_task *task, int status) {
	struct fake_task *fake = (struct fake_task *)task;

	if (fake->completed)
		return -EALREADY;
	fake->completed = true;
	fake->status = status;
	return 0;
}

static void *stage_from(struct ry_task *const *tasks, uint32_t n, uint32_t port, uint64_t length,
			int *ret_error) {
	struct ry_task *newest = tasks[0];

	for (uint32_t i = 1; i < n; i++)
		if (tasks[i]->message->source_seq > newest->message->source_seq)
			newest = tasks[i];
	return stage(&newest->emitter, port, length, NULL, ret_error);
}

static int stage_object_from(struct ry_task *const *tasks, uint32_t n, uint32_t port,
			     void *object) {
	(void)n;
	return stage_object(&tasks[0]->emitter, port, object, NULL);
}

static int release(struct ry_task *const *tasks, uint32_t n) {
	for (uint32_t i = 0; i < n; i++)
		((struct fake_task *)tasks[i])->released = true;
	return 0;
}

/* Messages belong to the test and outlive its tasks. */
static void keep(struct ry_task *task, const struct ry_message *message) {
	(void)task, (void)message;
}

static const struct ry_emit_ops emit_ops = {
	RY_SIZE(ry_emit_ops),		.stage = stage,	   .stage_object = stage_object,
	.stage_message = stage_message, .end = source_end,
};

static const struct ry_task_ops task_ops = {
	RY_SIZE(ry_task_ops),	  .complete = complete,
	.stage_from = stage_from, .stage_object_from = stage_object_from,
	.release = release,	  .message_ref = keep,
	.message_unref = keep,
};

struct fake_task fake_task_new(const struct ry_port *const *ports) {
	return (struct fake_task){
		.task = {.emitter = {RY_SIZE(ry_emitter), .ops = &emit_ops},
			 .attempt = 1,
			 .ops = &task_ops},
		.ports = ports,
	};
}

void fake_task_reset(struct fake_task *task) {
	for (uint32_t i = 0; i < task->n_outputs; i++) {
		const struct ry_message *message = &task->outputs[i].message;

		if (message->type->kind == RY_MESSAGE_CUSTOM)
			message->type->destroy((void *)message->data);
		else
			free((void *)message->data);
	}
	task->n_outputs = 0;
	task->completed = task->released = task->ended = false;
	task->status = 0;
}

void fake_task_fini(struct fake_task *task) {
	fake_task_reset(task);
	free(task->outputs);
	task->outputs = NULL;
	task->capacity = 0;
}

struct ry_message fake_message(const struct ry_message_type *type, const void *data,
			       uint64_t length) {
	return (struct ry_message){
		RY_SIZE(ry_message), .type = type ? type : &core_bytes,
		.data = data,	     .length = length,
		.source_seq = 1,     .source_id = 1,
	};
}

/* -- components ----------------------------------------------------------------------------- */

enum fake_group { GROUP_SYNC, GROUP_ASYNC };

static struct fake_host *host_for(const char *component, enum fake_group group,
				  const struct fake_host *other) {
	struct fake_host *fake = fake_host_new(component);

	if (other)
		fake_host_join(fake, other);
	else if (group == GROUP_ASYNC)
		fake_host_loop(fake);
	return fake;
}

static struct fake_adapter adapter_on(struct fake_host *fake, const struct ry_adapter_type *type,
				      const char *json) {
	struct fake_adapter adapter = {.type = type, .fake = fake};
	struct ry_create create = {RY_SIZE(ry_create), .host = &adapter.fake->host};

	if (type->keys)
		adapter.config = fake_config_new(type->keys, type->config_size, json);
	create.config = adapter.config;
	expect_ok(type->ops->create(&create, &adapter.self));
	return adapter;
}

static struct fake_adapter started(struct fake_adapter adapter) {
	if (adapter.type->ops->start)
		expect_ok(adapter.type->ops->start(adapter.self));
	return adapter;
}

struct fake_adapter fake_adapter_create(const struct ry_adapter_type *type, const char *json) {
	return adapter_on(host_for(type->name, GROUP_SYNC, NULL), type, json);
}

struct fake_adapter fake_adapter_open(const struct ry_adapter_type *type, const char *json) {
	return started(fake_adapter_create(type, json));
}

struct fake_adapter fake_adapter_create_async(const struct ry_adapter_type *type, const char *json,
					      const struct fake_host *other) {
	return adapter_on(host_for(type->name, GROUP_ASYNC, other), type, json);
}

struct fake_adapter fake_adapter_open_async(const struct ry_adapter_type *type, const char *json,
					    const struct fake_host *other) {
	return started(fake_adapter_create_async(type, json, other));
}

int fake_adapter_close(struct fake_adapter *adapter) {
	int r = adapter->type->ops->stop ? adapter->type->ops->stop(adapter->self) : 0;

	adapter->type->ops->destroy(adapter->self);
	fake_config_free(adapter->config);
	fake_host_free(adapter->fake);
	*adapter = (struct fake_adapter){0};
	return r;
}

struct ry_binding fake_adapter_binding(const struct fake_adapter *adapter, uint32_t n) {
	const struct ry_provides *provides = adapter->type->provides[n];

	return (struct ry_binding){
		RY_SIZE(ry_binding),	  .op_count = provides->op_count, .ops = provides->ops,
		.self = adapter->self,	  .adapter = adapter->type->name, .major = provides->major,
		.minor = provides->minor,
	};
}

static struct fake_node node_on(struct fake_host *fake, const struct ry_node_type *type,
				const char *json, const struct ry_binding *const *bindings,
				uint32_t n) {
	struct fake_node node = {.type = type, .fake = fake};
	struct ry_create create = {RY_SIZE(ry_create), .n_bindings = n, .host = &node.fake->host,
				   .bindings = bindings};

	if (type->keys)
		node.config = fake_config_new(type->keys, type->config_size, json);
	create.config = node.config;
	expect_ok(type->ops->create(&create, &node.self));
	if (type->ops->start)
		expect_ok(type->ops->start(node.self));
	return node;
}

struct fake_node fake_node_open(const struct ry_node_type *type, const char *json,
				const struct ry_binding *const *bindings, uint32_t n) {
	return node_on(host_for(type->name, GROUP_SYNC, NULL), type, json, bindings, n);
}

struct fake_node fake_node_open_async(const struct ry_node_type *type, const char *json,
				      const struct ry_binding *const *bindings, uint32_t n,
				      const struct fake_host *other) {
	return node_on(host_for(type->name, GROUP_ASYNC, other), type, json, bindings, n);
}

int fake_node_close(struct fake_node *node) {
	int r = node->type->ops->stop ? node->type->ops->stop(node->self) : 0;

	node->type->ops->destroy(node->self);
	fake_config_free(node->config);
	fake_host_free(node->fake);
	*node = (struct fake_node){0};
	return r;
}

int fake_node_process(struct fake_node *node, struct fake_task *task,
		      const struct ry_message *message) {
	fake_task_reset(task);
	task->task.message = message;
	task->task.user = NULL;
	return node->type->ops->process(node->self, &task->task, message);
}
