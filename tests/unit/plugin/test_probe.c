/* SPDX-License-Identifier: Apache-2.0 */
/* Plugins that misbehave in every way, opened by the real probe. */
#include "plugin/probe.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "support/test.h"

static int open_descriptors(void) {
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	expect(dir != NULL);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static const char *path_of(const char *name, struct arena *arena) {
	return arena_printf(arena, "%s/%s.so", getenv("RAILYARD_PLUGIN_PATH"), name);
}

static enum plugin_fault probe(const char *name, unsigned timeout_ms, struct arena *arena,
			       const struct ry_plugin **ret, struct plugin_error *error) {
	const struct probe_request request = {path_of(name, arena), timeout_ms};

	probe_plugins(&request, 1, 1, arena, ret, error);
	expect((*ret != NULL) == (error->fault == PLUGIN_OK));
	return error->fault;
}

/* The fault, and all of the texts must be in its sentence. */
static void expect_fault(const char *name, unsigned timeout_ms, enum plugin_fault fault,
			 const char *text, const char *text2) {
	struct arena arena = ARENA_INIT;
	const struct ry_plugin *plugin;
	struct plugin_error error;

	probe(name, timeout_ms, &arena, &plugin, &error);
	ck_assert_msg(error.fault == fault, "%s: fault %d, expected %d: %s", name, error.fault,
		      fault, error.text);
	ck_assert_msg(strstr(error.text, text) != NULL, "%s: no `%s` in: %s", name, text,
		      error.text);
	ck_assert_msg(strstr(error.text, text2) != NULL, "%s: no `%s` in: %s", name, text2,
		      error.text);
	arena_fini(&arena);
}

START_TEST(a_sound_plugin_is_described)
{
	struct arena arena = ARENA_INIT;
	const struct ry_plugin *plugin;
	struct plugin_error error;

	expect_int(probe("good", 0, &arena, &plugin, &error), PLUGIN_OK);
	expect_str(plugin->name, "good");
	expect_str(plugin->version, "1.2.3");
	expect_str(plugin->nodes[0]->name, "good.pass");
	expect_str(plugin->nodes[0]->accepts[0], RY_TYPE_LINE);
	expect_str(plugin->nodes[0]->ports[0]->type, RY_TYPE_LINE);
	expect_int(plugin->nodes[0]->flags, RY_NODE_DETERMINISTIC);
	expect(!plugin->adapters[0] && !plugin->messages[0]);
	arena_fini(&arena);
}
END_TEST

START_TEST(few_open_files_are_enough)
{
	const struct rlimit few = {48, 48};
	struct arena arena = ARENA_INIT;
	const struct ry_plugin *plugin;
	struct plugin_error error;

	expect_ok(setrlimit(RLIMIT_NOFILE, &few));
	ck_assert_msg(probe("good", 0, &arena, &plugin, &error) == PLUGIN_OK, "%s", error.text);
	arena_fini(&arena);
}
END_TEST

START_TEST(slow_and_noisy_plugins_are_described_too)
{
	struct arena arena = ARENA_INIT;
	const struct ry_plugin *plugin;
	struct plugin_error error;

	expect_int(probe("slow_query", 0, &arena, &plugin, &error), PLUGIN_OK);
	expect_int(probe("noisy", 0, &arena, &plugin, &error), PLUGIN_OK);
	expect_str(plugin->name, "noisy");
	arena_fini(&arena);
}
END_TEST

START_TEST(what_cannot_be_opened)
{
	expect_fault("not_there", 0, PLUGIN_NOT_LOADABLE, "not_there.so", "cannot open");
	expect_fault("not_elf", 0, PLUGIN_NOT_LOADABLE, "not_elf.so", "");
	expect_fault("foreign_arch", 0, PLUGIN_NOT_LOADABLE, "foreign_arch.so", "");
	expect_fault("no_symbol", 0, PLUGIN_NO_SYMBOL, "ry_plugin_query", "this host");
}
END_TEST

START_TEST(other_abis_are_refused_naming_both_sides)
{
	expect_fault("null_query", 0, PLUGIN_QUERY_NULL, "NULL", "ABI 1.0 of this host");
	expect_fault("abi_major", 0, PLUGIN_ABI_MAJOR, "built for ABI 2.4",
		     "this host speaks ABI 1.0");
	expect_fault("abi_minor", 0, PLUGIN_ABI_MINOR, "built for ABI 1.1", "this host's ABI 1.0");
	expect_fault("bad_magic", 0, PLUGIN_BAD_MAGIC, "0x31594c52", "this host (ABI 1.0)");
}
END_TEST

START_TEST(bad_tables_are_refused_at_their_member)
{
	expect_fault("short_table", 0, PLUGIN_SHORT_TABLE,
		     "struct ry_node_type says that it has 48 bytes, ABI 1.0 needs 80",
		     "(plugin: ABI 1.0, host: ABI 1.0)");
	expect_fault("missing_op", 0, PLUGIN_MISSING_MEMBER, "node type `missing_op.node`",
		     "`process` is missing");
	expect_fault("missing_cancel", 0, PLUGIN_MISSING_MEMBER, "`cancel` is missing",
		     "RY_NODE_ASYNC");
	expect_fault("unknown_flag", 0, PLUGIN_BAD_VALUE, "unknown bits 0x40000000", "host: ABI");
	expect_fault("endless_list", 0, PLUGIN_BAD_VALUE, "`nodes` has more than 4096 items",
		     "NULL");
	expect_fault("wrong_prefix", 0, PLUGIN_BAD_VALUE, "`wrong_prefix.`", "other.node");
}
END_TEST

START_TEST(crashes_and_hangs_stay_in_the_probe)
{
	uint64_t before = clock_monotonic_ns();

	expect_fault("crashing_query", 0, PLUGIN_CRASHED, "SIGSEGV", "");
	expect_fault("aborting_query", 0, PLUGIN_CRASHED, "SIGABRT", "");
	expect_fault("garbage_pointers", 0, PLUGIN_CRASHED, "SIGSEGV", "");
	expect_fault("hanging_query", 100, PLUGIN_HUNG, "100 ms", "");
	expect(clock_monotonic_ns() - before < 10 * NS_PER_SECOND);
}
END_TEST

START_TEST(no_answer_is_a_fault)
{
	expect_fault("exiting_query", 0, PLUGIN_BAD_OUTPUT, "exit code 0", "exit");
	expect_fault("failing_query", 0, PLUGIN_BAD_OUTPUT, "exit code 7", "exit");
	expect_fault("writes_to_fds", 0, PLUGIN_BAD_OUTPUT, "something else", "");
	expect_fault("floods_fds", 0, PLUGIN_BAD_OUTPUT, "more than 4194304 bytes", "");
	expect_fault("closes_fds", 0, PLUGIN_BAD_OUTPUT, "went on running", "");
}
END_TEST

START_TEST(many_at_a_time_keep_their_places_and_leave_nothing_behind)
{
	static const char *const names[] = {"good",	     "crashing_query", "hanging_query",
					    "testnodes",     "not_elf",	       "noisy",
					    "exiting_query", "good",	       "closes_fds"};
	enum { N = sizeof(names) / sizeof(names[0]) };
	static const enum plugin_fault faults[N] = {
		PLUGIN_OK, PLUGIN_CRASHED,    PLUGIN_HUNG, PLUGIN_OK,	      PLUGIN_NOT_LOADABLE,
		PLUGIN_OK, PLUGIN_BAD_OUTPUT, PLUGIN_OK,   PLUGIN_BAD_OUTPUT,
	};
	struct arena arena = ARENA_INIT;
	struct probe_request requests[N];
	const struct ry_plugin *results[N];
	struct plugin_error errors[N];
	int before = open_descriptors();

	for (int i = 0; i < N; i++)
		requests[i] = (struct probe_request){path_of(names[i], &arena), i == 2 ? 300 : 0};
	probe_plugins(requests, N, 3, &arena, results, errors);
	for (int i = 0; i < N; i++) {
		expect_int(errors[i].fault, faults[i]);
		expect((results[i] != NULL) == (faults[i] == PLUGIN_OK));
	}
	expect_str(results[3]->name, "testnodes");
	expect_int(open_descriptors(), before);
	expect(waitpid(-1, NULL, WNOHANG) == -1); /* no child is left */
	arena_fini(&arena);
}
END_TEST

START_TEST(without_a_probe_program_every_plugin_has_a_fault)
{
	struct arena arena = ARENA_INIT;
	const struct ry_plugin *plugin;
	struct plugin_error error;

	setenv("RAILYARD_PROBE", "/nowhere/railyard-probe", 1);
	expect_int(probe("good", 0, &arena, &plugin, &error), PLUGIN_BAD_OUTPUT);
	expect(strstr(error.text, "cannot run /nowhere/railyard-probe") != NULL);
	expect(strstr(error.text, "ENOENT") != NULL);
	arena_fini(&arena);
}
END_TEST

static int check(const char *plugin, const char *type, const char *settings, char *why,
		 size_t cap) {
	struct arena arena = ARENA_INIT;
	int r = probe_check(path_of(plugin, &arena), type, settings, why, cap);

	arena_fini(&arena);
	return r;
}

START_TEST(an_adapters_check_runs_with_its_settings)
{
	int before = open_descriptors();
	char why[256];

	expect_ok(check("testnodes", "testnodes.checker", "{\"banned\": \"x\"}", why, sizeof(why)));
	expect_errno(check("testnodes", "testnodes.checker", "{\"banned\": \"missing\"}", why,
			   sizeof(why)),
		     ENOENT);
	expect_str(why, "the list of banned texts is missing");
	/* Without the op there is nothing to check. */
	expect_ok(check("testnodes", "testnodes.generator", "{}", why, sizeof(why)));
	expect_int(open_descriptors(), before);
}
END_TEST

START_TEST(what_cannot_be_checked_says_why)
{
	char why[256];

	expect_errno(check("testnodes", "testnodes.nothing", "{}", why, sizeof(why)), ENOENT);
	expect(strstr(why, "no adapter type `testnodes.nothing`") != NULL);
	expect_errno(
		check("testnodes", "testnodes.checker", "{\"delay_us\": -1}", why, sizeof(why)),
		EINVAL);
	expect(strstr(why, "`delay_us`") != NULL);
	expect_errno(check("crashing_query", "x.y", "{}", why, sizeof(why)), EBADMSG);
	expect(strstr(why, "SIGSEGV") != NULL);
	expect_errno(check("not_elf", "x.y", "{}", why, sizeof(why)), EBADMSG);
	expect(strstr(why, "not_elf.so") != NULL);
}
END_TEST

TEST_MAIN("plugin/probe", a_sound_plugin_is_described, few_open_files_are_enough,
	  slow_and_noisy_plugins_are_described_too, what_cannot_be_opened,
	  other_abis_are_refused_naming_both_sides, bad_tables_are_refused_at_their_member,
	  crashes_and_hangs_stay_in_the_probe, no_answer_is_a_fault,
	  many_at_a_time_keep_their_places_and_leave_nothing_behind,
	  without_a_probe_program_every_plugin_has_a_fault,
	  an_adapters_check_runs_with_its_settings, what_cannot_be_checked_says_why)
