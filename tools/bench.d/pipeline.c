/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline.h"

#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <railyard/plugin.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "emit/emit.h"
#include "emit/reader.h"
#include "loop/loop.h"
#include "node/log.h"
#include "runner.h"

#define PAYLOAD 64
#define WARM	1000

/* -- the components ------------------------------------------------------------------------- */

static struct {
	uint64_t messages; /* to emit */
	uint64_t emitted;
	uint64_t received;
	struct unit *unit; /* to read its allocations when warm */
	uint64_t warm_allocations;
	struct emit_reader reader;
	bool traced;
	uint64_t spans;
} state;

static int create(const struct ry_create *with, void **ret) {
	(void)with;
	*ret = &state;
	return 0;
}

static void destroy(void *self) {
	(void)self;
}

static uint64_t allocations(void) {
	return state.unit->pool.allocations + state.unit->task_allocations;
}

/* Stands for the exporter thread, so that the ring is never full; not in the figure of a hop. */
static void drain_spans(void) {
	const struct emit_span *span;
	const uint8_t *extras;

	if (!state.traced)
		return;
	while (emit_reader_next(&state.reader, &span, &extras) > 0)
		state.spans++;
	emit_reader_release(&state.reader);
}

static int pull(void *self, struct ry_emitter *emitter, uint32_t max) {
	uint64_t rest = state.messages - state.emitted;
	int n = (int)(rest < max ? rest : max), error;

	(void)self;
	if (state.emitted == WARM - WARM % max)
		state.warm_allocations = allocations();
	drain_spans();
	for (int i = 0; i < n; i++) {
		void *to = ry_source_stage(emitter, 0, PAYLOAD, NULL, &error);

		if (!to)
			return error;
		memset(to, i, PAYLOAD);
	}
	state.emitted += (uint64_t)n;
	return n ? n : RY_EOS;
}

static int forward(void *self, struct ry_task *task, const struct ry_message *message) {
	(void)self;
	return ry_forward(task, 0, message);
}

static int copy(void *self, struct ry_task *task, const struct ry_message *message) {
	(void)self;
	return ry_emit(task, 0, message->data, PAYLOAD);
}

static int complete(void *self, struct ry_task *task, const struct ry_message *message) {
	int r = ry_forward(task, 0, message);

	(void)self;
	return r < 0 || (r = ry_task_complete(task, 0)) < 0 ? r : RY_PENDING;
}

static void cancel(void *self, struct ry_task *task) {
	(void)self;
	(void)task; /* none is ever pending */
}

static int count(void *self, const struct ry_message *message, uint32_t input) {
	(void)self;
	(void)message;
	(void)input;
	state.received++;
	return 0;
}

static const char *const accepts[] = {"bench.m", NULL};
static const struct ry_port out_port = {RY_SIZE(ry_port), .name = "out", .type = "bench.m"};
static const struct ry_port *const ports[] = {&out_port, NULL};
static const struct ry_port *const no_ports[] = {NULL};
static const char *const no_names[] = {NULL};
static const struct ry_slot *const no_slots[] = {NULL};
static const struct ry_provides *const no_provides[] = {NULL};
static const struct ry_config_key *const no_keys[] = {NULL};

static const struct ry_node_ops forward_ops = {RY_SIZE(ry_node_ops), .create = create,
					       .process = forward, .destroy = destroy};
static const struct ry_node_ops copy_ops = {RY_SIZE(ry_node_ops), .create = create, .process = copy,
					    .destroy = destroy};
static const struct ry_node_ops async_ops = {RY_SIZE(ry_node_ops), .create = create,
					     .process = complete, .cancel = cancel,
					     .destroy = destroy};
static const struct ry_adapter_ops adapter_ops = {RY_SIZE(ry_adapter_ops), .create = create,
						  .destroy = destroy};
static const struct ry_source_ops source_ops = {RY_SIZE(ry_source_ops), .pull = pull};
static const struct ry_sink_ops sink_ops = {RY_SIZE(ry_sink_ops), .write = count};

#define NODE(node_name, node_flags, node_ops)                                                      \
	{                                                                                          \
		RY_SIZE(ry_node_type), .flags = node_flags, .name = node_name,                     \
				       .summary = "passes on", .accepts = accepts, .ports = ports, \
				       .slots = no_slots, .keys = no_keys, .ops = node_ops         \
	}
static const struct ry_node_type forward_type = NODE("bench.forward", 0, &forward_ops);
static const struct ry_node_type copy_type = NODE("bench.copy", 0, &copy_ops);
static const struct ry_node_type async_type = NODE("bench.async", RY_NODE_ASYNC, &async_ops);
static const struct ry_node_type *const nodes[] = {&forward_type, &copy_type, &async_type, NULL};

static const struct ry_adapter_type source_type = {
	RY_SIZE(ry_adapter_type), .name = "bench.source", .summary = "emits", .ops = &adapter_ops,
	.provides = no_provides,  .slots = no_slots,	  .keys = no_keys,    .ports = ports,
	.source = &source_ops,	  .accepts = no_names,	  .writes = no_names, .reads = no_names};
static const struct ry_adapter_type sink_type = {
	RY_SIZE(ry_adapter_type), .name = "bench.sink", .summary = "counts", .ops = &adapter_ops,
	.provides = no_provides,  .slots = no_slots,	.keys = no_keys,     .ports = no_ports,
	.accepts = accepts,	  .sink = &sink_ops,	.writes = no_names,  .reads = no_names};
static const struct ry_adapter_type *const adapters[] = {&source_type, &sink_type, NULL};

static const struct ry_message_type message_type = {RY_SIZE(ry_message_type),
						    .kind = RY_MESSAGE_BYTES, .version = 1,
						    .name = "bench.m", .summary = "64 bytes"};
static const struct ry_message_type *const messages[] = {&message_type, NULL};

static const struct ry_plugin plugin = {RY_PLUGIN_HEADER,     .name = "bench",
					.version = "1",	      .nodes = nodes,
					.adapters = adapters, .messages = messages};

/* -- the manifest --------------------------------------------------------------------------- */

static void write_manifest(const struct bench_pipeline *p, struct strbuf *out) {
	static const char *const types[] = {"bench.forward", "bench.copy", "bench.async"};
	const char *type = types[p->node];

	strbuf_add(out, "{\"version\":1,");
	if (p->async)
		strbuf_add(out, "\"runtime\":{\"platform\":{\"process_groups\":[{\"name\":\"g\","
				"\"runner_profile\":\"async\",\"nodes\":[\"source\",\"sink\"");
	for (uint32_t i = 0; p->async && i < p->n_nodes; i++)
		strbuf_printf(out, ",\"n%u\"", i);
	strbuf_add(out, p->async ? "]}]}},\"nodes\":{" : "\"nodes\":{");
	for (uint32_t i = 0; i < p->n_nodes; i++) {
		strbuf_printf(out, "%s\"n%u\":{\"type\":\"%s\",\"inputs\":[", i ? "," : "", i,
			      type);
		if (i)
			strbuf_printf(out, "\"n%u\"]}", i - 1);
		else
			strbuf_add(out, "\"source\"]}");
	}
	strbuf_printf(out,
		      "},\"adapters\":{\"source\":{\"type\":\"bench.source\"},"
		      "\"sink\":{\"type\":\"bench.sink\",\"inputs\":[\"n%u\"]}}}",
		      p->n_nodes - 1);
}

/* -- a run ---------------------------------------------------------------------------------- */

static void must(bool condition, const char *what) {
	if (condition)
		return;
	fprintf(stderr, "bench: %s\n", what);
	exit(70);
}

static void print_findings(const struct diag *diag) {
	for (size_t i = 0; i < diag->n_findings; i++)
		fprintf(stderr, "bench: %s: %s\n", diag_info(diag->findings[i]->code)->code,
			diag->findings[i]->text);
	must(diag->n_errors == 0, "the pipeline is refused");
}

static double run_unit(struct unit *unit, bool async) {
	struct runner_control control = {.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	struct runner_options options = {.control = &control};
	struct runner_result result;
	struct runner *runner;
	uint64_t before;

	must(runner_new(async ? &runner_async : &runner_sync, unit, &options, &runner) == 0,
	     "no runner");
	must(runner_start(runner) == 0, "the runner does not start");
	before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	runner_run(runner, &result);
	before = clock_ns(CLOCK_THREAD_CPUTIME_ID) - before;
	must(result.state == RUNNER_STOPPED, "the run failed");
	runner_free(runner);
	fd_close(&control.wake_fd);
	return (double)before / 1e9;
}

struct bench_result bench_pipeline_run(const struct bench_pipeline *p) {
	static const struct place nowhere = {.file = "bench"};
	struct strbuf text = STRBUF_INIT;
	struct diag diag = DIAG_INIT;
	struct catalog catalog = CATALOG_INIT;
	struct manifest manifest = {0};
	struct manifest_options options = {.force_inline = true};
	struct plan plan = {0};
	struct emit *emit = NULL;
	struct loop *loop = NULL;
	struct trace_sampler sampler;
	struct component_log *log = log_new(STDERR_FILENO, RY_LOG_WARNING);
	struct unit_options unit_options = {.sampler = &sampler, .log = log};
	struct bench_result result;

	memset(&state, 0, sizeof(state));
	state.messages = p->messages;
	write_manifest(p, &text);
	catalog_add(&catalog, &plugin, NULL, &nowhere, &diag);
	(void)manifest_parse(&manifest, "bench", text.text, text.length, &options, &diag);
	(void)plan_build(&plan, &manifest, &catalog, &diag);
	print_findings(&diag);
	trace_sampler_init(&sampler, TRACE_ALWAYS_ON, true, 1.0);
	if (p->traced) {
		must(emit_new(8u << 20, &emit) == 0, "no emit ring");
		must(emit_reader_init(&state.reader, emit) == 0, "no reader");
		state.traced = true;
	}
	unit_options.emit = emit;
	if (p->async)
		must(loop_new(LOOP_PRECISE, &loop) == 0, "no loop");
	unit_options.loop = loop;
	must(unit_new(&plan, &unit_options, &state.unit) == 0, "the unit cannot be built");
	result.seconds = run_unit(state.unit, p->async);
	drain_spans();
	must(state.received == p->messages, "messages were lost");
	result.allocations = allocations() - state.warm_allocations;
	result.spans = state.spans;
	unit_free(state.unit);
	loop_free(loop);
	emit_free(emit);
	log_free(log);
	plan_fini(&plan);
	manifest_fini(&manifest);
	catalog_fini(&catalog);
	diag_fini(&diag);
	strbuf_fini(&text);
	return result;
}
