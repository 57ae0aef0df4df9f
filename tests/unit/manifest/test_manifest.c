/* SPDX-License-Identifier: Apache-2.0 */
/* The model: what each block holds, its defaults, and what follows from absence. */
#include "manifest/manifest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/diag.h"

static struct manifest m;
static struct diag diag;

static void parse_with(const char *text, const struct manifest_options *options) {
	expect_ok(manifest_parse(&m, "/etc/railyard/m.json", text, strlen(text), options, &diag));
}

static void parse(const char *text) {
	parse_with(text, NULL);
	expect_no_findings(&diag);
}

static void done(void) {
	manifest_fini(&m);
	diag_fini(&diag);
}

/* Everything that manifest.md gives a default for. */
START_TEST(an_empty_manifest_holds_the_defaults)
{
	parse("{\"version\": 1}");
	const struct manifest_platform *p = &m.runtime.platform;
	const struct manifest_observability *o = &m.runtime.observability;

	expect_str(m.dir, "/etc/railyard");
	expect_int(m.runtime.strict, 1);
	expect_int(m.runtime.ordering.sink_mode, SINK_SOURCE_SEQ);
	expect_int(m.runtime.queues.max_items, 1024);
	expect_int(m.runtime.stall_warning_ms, 100);
	expect_int(m.runtime.offload.threads, 4);
	expect_int(m.runtime.offload.queue, 64);
	expect_int(p->bootstrap.mode, BOOTSTRAP_UNSET);
	expect_int(p->lifecycle.ready_timeout_ms, 30000);
	expect_int(p->lifecycle.drain_timeout_ms, 30000);
	expect_int(p->lifecycle.term_timeout_ms, 5000);
	expect_int(p->restart.policy, RESTART_ON_FAILURE);
	expect_int(p->restart.backoff_ms, 100);
	expect_int(p->restart.backoff_max_ms, 30000);
	expect_int(p->restart.max_restarts, 5);
	expect_int(p->restart.window_ms, 60000);
	expect_int(p->restart.on_crash_loop, CRASH_LOOP_RETRY);
	expect_int(p->links.capacity_bytes, 4194304);
	expect_int(p->links.max_message_bytes, 1048576);
	expect_int(p->poison.max_deaths, 3);
	expect(p->poison.dead_letter == NULL);
	expect(p->state_dir == NULL);
	expect_int(p->process_groups.count, 0);
	expect_int(o->shutdown_timeout_ms, 5000);
	expect_int(o->tracing.sampler, SAMPLER_PARENTBASED_ALWAYS_ON);
	expect_int(o->tracing.emit_capacity_bytes, 8388608);
	expect_int(o->logging.mode, LOG_MODE_BUFFERED);
	expect_int(o->logging.queue.max_items, 4096);
	expect_int(o->logging.backpressure, LOG_DROP_NEWEST);
	expect_int(o->logging.lifecycle_events.enabled, 1);
	expect_int(o->logging.lifecycle_events.level, 1);
	done();
}
END_TEST

START_TEST(nodes_and_adapters_keep_their_order_and_names)
{
	parse("{\"version\": 1, \"plugins\": [\"a\", \"./b.so\"], \"nodes\": {"
	      "\"zeta\": {}, \"alpha\": {\"type\": \"t\", \"config\": {\"k\": 1}, \"inputs\": [],"
	      "\"bind\": {\"s\": \"x\", \"u\": {\"adapter\": \"y\", \"bridge\": \"wait\"}},"
	      "\"bridge\": \"offload\", \"on_error\": \"drop\", \"timeout_ms\": 0}},"
	      "\"adapters\": {\"x\": {\"type\": \"kv.memory\", \"scope\": \"group\"}}}");
	const struct manifest_node *nodes = m.nodes.items;
	const struct manifest_adapter *adapters = m.adapters.items;
	const struct manifest_binding *bind = nodes[1].bind.items;

	expect_int(m.nodes.count, 2);
	expect_str(nodes[0].head.name, "zeta");
	expect_str(nodes[0].type, "zeta");
	expect(!nodes[0].has_inputs);
	expect_int(nodes[0].timeout_ms, -1);
	expect_int(nodes[0].max_in_flight, 1);
	expect_int(nodes[0].max_outputs, 65536);
	expect_int(nodes[0].ordered, 1);
	expect_int(nodes[0].bridge, BRIDGE_NONE);
	expect_int(nodes[0].on_error.policy, ON_ERROR_FAIL);
	expect_str(nodes[1].type, "t");
	expect(nodes[1].has_inputs);
	expect_int(nodes[1].inputs.count, 0);
	expect_int(nodes[1].timeout_ms, 0);
	expect_int(nodes[1].bridge, BRIDGE_OFFLOAD);
	expect_int(nodes[1].on_error.policy, ON_ERROR_DROP);
	expect_int(doc_member(nodes[1].config, "k")->integer, 1);
	expect_str(bind[0].head.name, "s");
	expect_str(bind[0].adapter, "x");
	expect_int(bind[0].bridge, BRIDGE_NONE);
	expect_str(bind[1].head.name, "u");
	expect_str(bind[1].adapter, "y");
	expect_int(bind[1].bridge, BRIDGE_WAIT);
	expect_int(adapters[0].scope, SCOPE_GROUP);
	expect_str(m.plugins.items[1], "./b.so");
	done();
}
END_TEST

START_TEST(a_group_inherits_the_restart_settings_that_it_does_not_have)
{
	parse("{\"version\": 1, \"runtime\": {\"platform\": {"
	      "\"restart\": {\"policy\": \"never\", \"backoff_ms\": 7, \"max_restarts\": 9},"
	      "\"process_groups\": [{\"name\": \"a\", \"nodes\": [\"n\"]},"
	      "{\"name\": \"b\", \"nodes\": [], \"runner_profile\": \"async\", \"workers\": 256,"
	      "\"restart\": {\"policy\": \"always\", \"backoff_ms\": 8},"
	      "\"limits\": {\"open_files\": 64, \"user\": \"nobody\"}, \"env\": {\"K\": "
	      "\"v\"}}]}}}");
	const struct manifest_group *groups = m.runtime.platform.process_groups.items;

	expect_str(groups[0].name, "a");
	expect_str(groups[0].nodes.items[0], "n");
	expect_int(groups[0].restart.policy, RESTART_NEVER);
	expect_int(groups[0].restart.backoff_ms, 7);
	expect_int(groups[0].workers, 1);
	expect_int(groups[0].runner_profile, RUNNER_AUTO);
	expect_int(groups[0].heartbeat_ms, 1000);
	expect_int(groups[0].heartbeat_timeout_ms, 60000);
	expect_int(groups[1].restart.policy, RESTART_ALWAYS);
	expect_int(groups[1].restart.backoff_ms, 8);
	expect_int(groups[1].restart.max_restarts, 9);
	expect_int(groups[1].runner_profile, RUNNER_ASYNC);
	expect_int(groups[1].workers, 256);
	expect_int(groups[1].limits.open_files, 64);
	expect_str(groups[1].limits.user, "nobody");
	expect_str(groups[1].env.keys[0], "K");
	expect_str(groups[1].env.values[0], "v");
	expect_int(groups[1].head.doc->kind, DOC_OBJECT);
	done();
}
END_TEST

#define EXPORTERS(list)                                                                          \
	"{\"version\": 1, \"runtime\": {\"observability\": {\"tracing\": {\"exporters\": [" list \
	"]}}}}"

/* OBS-CFG-A-04: without `backend` the default holds and nothing else changes. */
START_TEST(obs_cfg_a_04_an_exporter_has_its_defaults)
{
	parse(EXPORTERS(
		"{\"kind\": \"otel_otlp\"}, {\"kind\": \"otel_otlp\", \"backend\": \"otel_sdk\"},"
		"{\"kind\": \"otel_otlp\", \"backend\": \"curl_multi\"}"));
	const struct manifest_exporter *e = m.runtime.observability.tracing.exporters.items;
	const void *first = &e[0].settings, *third = &e[2].settings;

	expect(e[0].backend == NULL);
	expect_int(e[0].enabled, 1);
	expect_int(e[0].slice, SLICE_ALL);
	expect_int(e[0].placement, PLACEMENT_THREAD);
	expect_int(e[0].settings.protocol, 0);
	expect_int(e[0].settings.compression, 0);
	expect_int(e[0].settings.timeout_ms, 10000);
	expect_int(e[0].settings.batch.max_items, 512);
	expect_int(e[0].settings.batch.flush_interval_ms, 1000);
	expect_int(e[0].settings.queue.max_items, 16384);
	expect_int(e[0].settings.queue.max_bytes, 4 << 20);
	expect_int(e[0].settings.queue.drop_policy, DROP_NEWEST);
	expect_int(e[0].settings.queue.block_timeout_ms, 100);
	expect_int(e[0].settings.retry.max_retries, 4);
	expect_int(e[0].settings.retry.backoff_ms, 500);
	expect_int(e[0].settings.retry.backoff_max_ms, 30000);
	expect_int(e[0].settings.bridge, 0);
	/* Both were filled in zeroed memory: padding is equal too. */
	expect(memcmp(first, third, sizeof(e[0].settings)) == 0);
	expect_int(e[1].settings.queue.max_items, 2048);
	done();
}
END_TEST

START_TEST(the_blocks_of_the_backends_are_bound)
{
	parse(EXPORTERS(
		"{\"kind\": \"otel_otlp\", \"settings\": {\"curl_multi\": {\"mode\": \"sync\","
		"\"http2\": true, \"max_connections\": 2}, \"headers\": {\"a\": \"b\"}}},"
		"{\"kind\": \"otel_otlp\", \"backend\": \"grpc\", \"settings\": {\"grpc\": "
		"{\"insecure\": true, \"retryable_status_codes\": [\"ABORTED\"]}}}"));
	const struct manifest_exporter *e = m.runtime.observability.tracing.exporters.items;

	expect_int(e[0].settings.curl_multi.mode, 1);
	expect_int(e[0].settings.curl_multi.http2, 1);
	expect_int(e[0].settings.curl_multi.max_connections, 2);
	expect_str(e[0].settings.headers.values[0], "b");
	expect(e[0].settings_doc == doc_member(e[0].head.doc, "settings"));
	expect_int(e[1].settings.grpc.insecure, 1);
	expect_str(e[1].settings.grpc.retryable_status_codes.items[0], "ABORTED");
	done();
}
END_TEST

START_TEST(sets_are_applied_before_binding)
{
	const char *const sets[] = {"/runtime/platform/state_dir=state", "/runtime/strict=false"};
	struct manifest_options options = {.sets = sets, .n_sets = 2, .force_inline = true};
	char *want;

	parse_with("{\"version\": 1, \"runtime\": {\"strict\": true}}", &options);
	expect_no_findings(&diag);
	expect(asprintf(&want, "%s/state", m.working_dir) > 0);
	expect_str(m.runtime.platform.state_dir, want);
	expect_int(m.runtime.strict, 0);
	expect(m.inline_forced);
	free(want);
	done();
}
END_TEST

START_TEST(a_manifest_is_loaded_from_a_file)
{
	char dir[] = "/tmp/railyard-m-XXXXXX", path[64];
	FILE *file;

	expect(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/m.json", dir);
	file = fopen(path, "we");
	fputs("{\"version\": 1, \"runtime\": {\"platform\": {\"state_dir\": \"s\"}}}", file);
	fclose(file);
	expect_ok(manifest_load(&m, path, NULL, &diag));
	expect_no_findings(&diag);
	expect_str(m.dir, dir);
	expect(strncmp(m.runtime.platform.state_dir, dir, strlen(dir)) == 0);
	remove(path);
	remove(dir);
	done();
	expect_errno(manifest_load(&m, path, NULL, &diag), EBADMSG);
	expect_finding(&diag, DIAG_RYS001, 0, 0);
	done();
}
END_TEST

START_TEST(unset_variables_are_one_note_also_those_in_config)
{
	const char *text =
		"{\"version\": 1, \"scenario\": {\"name\": \"${env:RY_T_A}\"}, \"nodes\": "
		"{\"n\": {\"max_in_flight\": \"${env:RY_T_B}\", \"config\": {\"x\": "
		"[\"${env:RY_T_A}${env:RY_T_C}${env:RY_T_D:-d}\", \"$${env:RY_T_E}\"]}}}}";

	unsetenv("RY_T_A");
	parse_with(text, NULL);
	expect_int(diag.n_findings, 1);
	expect_int(diag.n_errors + diag.n_warnings, 0);
	expect_int(diag.findings[0]->code, DIAG_RYC010);
	expect(strstr(diag.findings[0]->text, "`RY_T_A`, `RY_T_B`, `RY_T_C`") != NULL);
	expect_int(m.n_unknown_env, 3);
	expect(bind_unknown(m.scenario.name));
	expect_int(((struct manifest_node *)m.nodes.items)->max_in_flight, 1);
	done();
}
END_TEST

/* CPU milliseconds for a manifest of n nodes; the least of five. */
static double cost_of(int nodes) {
	size_t size = 4 << 20, n = 0;
	char *text = malloc(size);
	struct timespec from, to;
	double best = 1e9;

	n += (size_t)snprintf(text, size, "{\"version\": 1, \"nodes\": {\n");
	for (int i = 0; i < nodes; i++)
		n += (size_t)snprintf(
			text + n, size - n,
			"\"node_%d\": {\"type\": \"t.x\", \"config\": {\"limit\": %d, "
			"\"name\": \"n\"}, \"bind\": {\"store\": \"kv\"}, \"inputs\": "
			"[\"node_%d\"]}%s\n",
			i, i, i - 1, i < nodes - 1 ? "," : "");
	snprintf(text + n, size - n, "}}");
	for (int i = 0; i < 5; i++) {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
		parse(text);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
		expect_int(m.nodes.count, nodes);
		done();
		double ms = (double)(to.tv_sec - from.tv_sec) * 1e3 +
			    (double)(to.tv_nsec - from.tv_nsec) / 1e6;
		best = ms < best ? ms : best;
	}
	free(text);
	return best;
}

/* Ten times the nodes cost about ten times as much; a quadratic step would make it a hundred. */
START_TEST(cost_grows_with_the_nodes_and_no_faster)
{
	double few = cost_of(1000), many = cost_of(10000);

	fprintf(stderr, "# 1000 nodes in %.2f ms, 10000 in %.2f ms\n", few, many);
	expect(many < 40 * few);
}
END_TEST

TEST_MAIN("manifest/manifest", an_empty_manifest_holds_the_defaults,
	  nodes_and_adapters_keep_their_order_and_names,
	  a_group_inherits_the_restart_settings_that_it_does_not_have,
	  obs_cfg_a_04_an_exporter_has_its_defaults, the_blocks_of_the_backends_are_bound,
	  sets_are_applied_before_binding, a_manifest_is_loaded_from_a_file,
	  unset_variables_are_one_note_also_those_in_config,
	  cost_grows_with_the_nodes_and_no_faster)
