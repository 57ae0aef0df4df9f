/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All nodes in a chain, from file.source to file.sink, over generated data and every configuration:
 * the output must be the oracle's, byte for byte.
 *
 * Arguments: the root of the checkout, the Python interpreter.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters.h"
#include "base/fd.h"
#include "message/core_types.h"
#include "message/json.h"
#include "fund_load/nodes.h"
#include "support/fake_host.h"
#include "support/test.h"

enum { NODES = 7 };

static const struct ry_node_type *const types[NODES] = {
	&fl_parse_load_attempt, &fl_compute_time_keys, &fl_idempotency_gate, &fl_compute_features,
	&fl_evaluate_policies,	&fl_update_windows,    &fl_format_output,
};

static const char *root, *python;
static char folder[] = "/tmp/railyard-chain-XXXXXX";

/* -- the chain ------------------------------------------------------------------------------ */

struct chain {
	struct fake_adapter source, sink, seen_ids, windows, primes;
	struct ry_binding b[3];
	const struct ry_binding *bound[3];
	struct fake_node nodes[NODES];
	struct fake_task tasks[NODES];
	uint64_t lines;
};

static struct fake_adapter open_file(const struct ry_adapter_type *type, const char *name,
				     const char *more) {
	char json[256];

	snprintf(json, sizeof(json), "{\"path\":\"%s/%s\"%s}", folder, name, more);
	return fake_adapter_open(type, json);
}

/* What a node is bound to: an index into `bound`. */
static int binding_of(int node) {
	return types[node] == &fl_idempotency_gate   ? 0
	       : types[node] == &fl_compute_features ? 2
						     : 1;
}

static void open_node(struct chain *chain, int i, const struct ry_json *configs) {
	const char *name = strchr(types[i]->name, '.') + 1;
	const struct ry_json *config = json_service.member(configs, name);
	char json[1024] = "{}";

	if (config) {
		int64_t n = json_service.format(config, json, sizeof(json) - 1);

		expect(n > 0 && n < (int64_t)sizeof(json));
		json[n] = 0;
	}
	chain->nodes[i] = fake_node_open(types[i], json, &chain->bound[binding_of(i)], 1);
	chain->tasks[i] = fake_task_new(types[i]->ports);
}

static void chain_open(struct chain *chain, const char *config) {
	struct ry_json *configs;

	*chain = (struct chain){0};
	chain->source = open_file(&ry_adapter_file_source, "input.jsonl",
				  ",\"format\":\"text/jsonl\",\"max_line_bytes\":16777216");
	chain->sink = open_file(&ry_adapter_file_sink, "output.jsonl", "");
	chain->seen_ids = fake_adapter_open(&ry_adapter_kv_memory, NULL);
	chain->windows = fake_adapter_open(&ry_adapter_kv_memory, NULL);
	chain->primes = fake_adapter_open(&fl_primes, NULL);
	chain->b[0] = fake_adapter_binding(&chain->seen_ids, 0);
	chain->b[1] = fake_adapter_binding(&chain->windows, 0);
	chain->b[2] = fake_adapter_binding(&chain->primes, 0);
	for (int i = 0; i < 3; i++)
		chain->bound[i] = &chain->b[i];
	expect_ok(json_service.parse(config, strlen(config), &configs, NULL, 0));
	for (int i = 0; i < NODES; i++)
		open_node(chain, i, configs);
	json_service.unref(configs);
}

static void chain_close(struct chain *chain) {
	for (int i = 0; i < NODES; i++) {
		fake_task_fini(&chain->tasks[i]);
		expect_ok(fake_node_close(&chain->nodes[i]));
	}
	expect_ok(fake_adapter_close(&chain->source));
	expect_ok(fake_adapter_close(&chain->sink));
	expect_ok(fake_adapter_close(&chain->seen_ids));
	expect_ok(fake_adapter_close(&chain->windows));
	expect_ok(fake_adapter_close(&chain->primes));
}

/* One line through all nodes. Every node emits exactly one message for it. */
static void run_line(struct chain *chain, const struct ry_message *line) {
	const struct ry_message *message = line;
	int r;

	for (int i = 0; i < NODES; i++) {
		r = fake_node_process(&chain->nodes[i], &chain->tasks[i], message);
		if (r != 0 || chain->tasks[i].n_outputs != 1)
			ck_abort_msg("%s: %s, %u outputs", types[i]->name, errno_text(r),
				     chain->tasks[i].n_outputs);
		message = &chain->tasks[i].outputs[0].message;
	}
	r = chain->sink.type->sink->write(chain->sink.self, message, 0);
	if (r < 0)
		ck_abort_msg("the sink: %s", errno_text(r));
	chain->lines++;
}

static void run_all(struct chain *chain) {
	struct fake_task pulled = fake_task_new(chain->source.type->ports);
	int n;

	while ((n = chain->source.type->source->pull(chain->source.self, &pulled.task.emitter,
						     64)) != RY_EOS) {
		expect(n > 0);
		for (int i = 0; i < n; i++)
			run_line(chain, &pulled.outputs[i].message);
		fake_task_reset(&pulled);
	}
	fake_task_fini(&pulled);
}

/* -- against the oracle --------------------------------------------------------------------- */

/* Commands of this file's own making; nothing in them comes from outside. */
static int run(const char *command) {
	return system(command); /* NOLINT(cert-env33-c) */
}

static void shell(const char *command) {
	ck_assert_msg(run(command) == 0, "failed: %s", command);
}

static void oracle(const char *options) {
	char command[2048];

	snprintf(command, sizeof(command),
		 "'%s' '%s/tests/fund_load/oracle.py' %s --output '%s/expected.jsonl' "
		 "'%s/input.jsonl'",
		 python, root, options, folder, folder);
	shell(command);
}

static void expect_same_files(const char *left, const char *right) {
	char path[256];
	char *a, *b;
	size_t a_length, b_length, line = 1;

	snprintf(path, sizeof(path), "%s/%s", folder, left);
	expect_ok(fd_read_file(path, SIZE_MAX / 4, &a, &a_length));
	snprintf(path, sizeof(path), "%s/%s", folder, right);
	expect_ok(fd_read_file(path, SIZE_MAX / 4, &b, &b_length));
	for (size_t i = 0; i < a_length && i < b_length; i++) {
		if (a[i] != b[i])
			ck_abort_msg("%s and %s differ in line %zu", left, right, line);
		line += a[i] == '\n';
	}
	expect_int(a_length, b_length);
	free(a);
	free(b);
}

/* Runs the chain and the oracle in one configuration, written for both. */
static void compare(const char *config, const char *options) {
	struct chain chain;

	chain_open(&chain, config);
	run_all(&chain);
	expect(chain.lines > 0);
	chain_close(&chain);
	oracle(options);
	expect_same_files("output.jsonl", "expected.jsonl");
}

/* Once for all tests, each of which runs in a process of its own. */
static int generate(void) {
	char command[1024];

	if (!mkdtemp(folder))
		return -1;
	snprintf(command, sizeof(command),
		 "'%s' '%s/examples/fund_load/generate.py' --seed 1 --lines 20000 --scenario both "
		 "--output '%s/input.jsonl'",
		 python, root, folder);
	return run(command);
}

static int remove_folder(void) {
	char command[256];

	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	return run(command);
}

/* One configuration in both forms: for the nodes, and for the oracle. */
#define CONFIGURATION(name, config, options) \
	START_TEST(name)                     \
	{ compare(config, options); }        \
	END_TEST

CONFIGURATION(the_baseline, "{}", "--scenario baseline")

CONFIGURATION(the_experiment,
	      "{\"compute_features\":{\"monday_multiplier\":{\"enabled\":true},\"prime_gate\":{"
	      "\"enabled\":true}},\"evaluate_policies\":{\"prime_gate\":{\"enabled\":true}}}",
	      "--scenario experiment")

CONFIGURATION(weeks_that_start_on_sunday, "{\"compute_time_keys\":{\"week_start\":\"SUN\"}}",
	      "--scenario baseline --set compute_time_keys.week_start=SUN")

CONFIGURATION(a_multiplier_on_limits,
	      "{\"compute_time_keys\":{\"week_start\":\"THU\"},\"compute_features\":{"
	      "\"monday_multiplier\":{\"enabled\":true,\"apply_to\":\"limits\"},\"prime_gate\":{"
	      "\"enabled\":true}},\"evaluate_policies\":{\"prime_gate\":{\"enabled\":true}}}",
	      "--scenario experiment --set compute_time_keys.week_start=THU "
	      "--set compute_features.monday_multiplier.apply_to=limits")

CONFIGURATION(
	a_multiplier_with_nine_decimals,
	"{\"compute_features\":{\"monday_multiplier\":{\"enabled\":true,\"multiplier\":"
	"\"1.000000005\",\"apply_to\":\"limits\"},\"prime_gate\":{\"enabled\":true}},"
	"\"evaluate_policies\":{\"prime_gate\":{\"enabled\":true}}}",
	"--scenario experiment --set compute_features.monday_multiplier.multiplier=1.000000005 "
	"--set compute_features.monday_multiplier.apply_to=limits")

CONFIGURATION(
	small_limits,
	"{\"compute_features\":{\"monday_multiplier\":{\"enabled\":true,\"multiplier\":"
	"\"0.125\"},\"prime_gate\":{\"enabled\":true}},\"evaluate_policies\":{\"prime_gate\":{"
	"\"enabled\":true,\"global_per_day\":2,\"amount_cap\":\"100.5\"},\"limits\":{"
	"\"daily_amount\":\"700\",\"weekly_amount\":\"1500.10\",\"daily_attempts\":2}}}",
	"--scenario experiment --set compute_features.monday_multiplier.multiplier=0.125 "
	"--set evaluate_policies.prime_gate.global_per_day=2 "
	"--set evaluate_policies.prime_gate.amount_cap=100.5 "
	"--set evaluate_policies.limits.daily_amount=700 "
	"--set evaluate_policies.limits.weekly_amount=1500.10 "
	"--set evaluate_policies.limits.daily_attempts=2")

CONFIGURATION(a_multiplier_of_zero_and_limits_out_of_reach,
	      "{\"compute_features\":{\"monday_multiplier\":{\"enabled\":true,\"multiplier\":\"0\","
	      "\"apply_to\":\"limits\"},\"prime_gate\":{\"enabled\":true}},\"evaluate_policies\":{"
	      "\"limits\":{\"daily_attempts\":1000000,\"daily_amount\":\"46116860184273879.03\","
	      "\"weekly_amount\":\"46116860184273879.03\"},\"prime_gate\":{\"enabled\":true,"
	      "\"global_per_day\":1000000}}}",
	      "--scenario experiment --set compute_features.monday_multiplier.multiplier=0 "
	      "--set compute_features.monday_multiplier.apply_to=limits "
	      "--set evaluate_policies.limits.daily_attempts=1000000 "
	      "--set evaluate_policies.limits.daily_amount=46116860184273879.03 "
	      "--set evaluate_policies.limits.weekly_amount=46116860184273879.03 "
	      "--set evaluate_policies.prime_gate.global_per_day=1000000")

CONFIGURATION(the_greatest_multiplier_and_no_primes,
	      "{\"compute_features\":{\"monday_multiplier\":{\"enabled\":true,\"multiplier\":"
	      "\"999999999.999999999\"},\"prime_gate\":{\"enabled\":true}},\"evaluate_policies\":{"
	      "\"prime_gate\":{\"enabled\":true,\"global_per_day\":0}}}",
	      "--scenario experiment "
	      "--set compute_features.monday_multiplier.multiplier=999999999.999999999 "
	      "--set evaluate_policies.prime_gate.global_per_day=0")

CONFIGURATION(windows_without_counts,
	      "{\"compute_features\":{\"prime_gate\":{\"enabled\":true}},\"evaluate_policies\":{"
	      "\"prime_gate\":{\"enabled\":true}},\"update_windows\":{\"daily_attempts\":{"
	      "\"enabled\":false},\"daily_prime_gate\":{\"enabled\":false}}}",
	      "--scenario experiment --set compute_features.monday_multiplier.enabled=false "
	      "--set update_windows.daily_attempts.enabled=false "
	      "--set update_windows.daily_prime_gate.enabled=false")

CONFIGURATION(
	windows_without_amounts,
	"{\"update_windows\":{\"daily_accepted_amount\":{\"enabled\":false},"
	"\"weekly_accepted_amount\":{\"enabled\":false}},\"evaluate_policies\":{\"prime_gate\":{"
	"\"enabled\":true}}}",
	"--scenario baseline --set update_windows.daily_accepted_amount.enabled=false "
	"--set update_windows.weekly_accepted_amount.enabled=false "
	"--set evaluate_policies.prime_gate.enabled=true")

CONFIGURATION(no_attempts_at_all, "{\"evaluate_policies\":{\"limits\":{\"daily_attempts\":0}}}",
	      "--scenario baseline --set evaluate_policies.limits.daily_attempts=0")

/* Real data with the right answers, which is not published: input.jsonl, baseline.expected.jsonl. */
START_TEST(real_data_is_decided_as_it_should_be)
{
	const char *data = getenv("RAILYARD_FUND_LOAD_DATA");
	char command[1024];

	if (!data)
		skip_test("RAILYARD_FUND_LOAD_DATA names no folder");
	snprintf(command, sizeof(command), "cp '%s/input.jsonl' '%s/baseline.expected.jsonl' '%s'",
		 data, data, folder);
	shell(command);
	compare("{}", "--scenario baseline");
	expect_same_files("output.jsonl", "baseline.expected.jsonl");
}
END_TEST

int main(int argc, char **argv) {
	const TTest *const tests[] = {
		the_baseline,
		the_experiment,
		weeks_that_start_on_sunday,
		a_multiplier_on_limits,
		a_multiplier_with_nine_decimals,
		small_limits,
		a_multiplier_of_zero_and_limits_out_of_reach,
		the_greatest_multiplier_and_no_primes,
		windows_without_counts,
		windows_without_amounts,
		no_attempts_at_all,
		real_data_is_decided_as_it_should_be,
	};
	int failed;

	if (argc != 3) {
		fprintf(stderr, "usage: test_fund_load_chain ROOT PYTHON\n");
		return EXIT_FAILURE;
	}
	root = argv[1];
	python = argv[2];
	if (generate() != 0) {
		fprintf(stderr, "the data could not be generated\n");
		return EXIT_FAILURE;
	}
	failed = run_tests("fund_load/chain", tests, sizeof(tests) / sizeof(tests[0]));
	return remove_folder() == 0 ? failed : EXIT_FAILURE;
}
