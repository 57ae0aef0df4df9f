/* SPDX-License-Identifier: Apache-2.0 */
/* RUN-AUTO-01, -03 to -07: which runner a group gets. (-02 has no counterpart in C.) */
#include "fixture.h"

#define STREAMS "'in': {'type': 'in'}, 'out': {'type': 'out'}"

static enum runner_profile profile_of(const char *text) {
	enum runner_profile profile;
	struct fixture f;

	fixture_good(&f, text);
	expect_int(f.plan.inline_profile, f.plan.groups[0].profile);
	profile = f.plan.groups[0].profile;
	fixture_end(&f);
	return profile;
}

START_TEST(run_auto_01_the_qualifier_is_respected)
{
	expect_int(profile_of("{'version': 1, 'nodes': {'store': {'bind': {'kv': 'plain'}},"
			      "'other': {'type': 'store', 'bind': {'kv': 'plain'}}},"
			      "'runtime': {'strict': false}, 'adapters': {" STREAMS ","
			      "'plain': {'type': 'kv'}}}"),
		   RUNNER_SYNC);
	expect_int(
		profile_of("{'version': 1, 'nodes': {'a': {'type': 'cached', 'bind': "
			   "{'cache': 'far'}}, 'b': {'type': 'cached', 'bind': {'cache': 'near'}}},"
			   "'adapters': {" STREAMS ", 'near': {'type': 'cache'},"
			   "'far': {'type': 'cache.http'}, 'kv': {'type': 'kv'},"
			   "'http': {'type': 'http'}}}"),
		RUNNER_ASYNC);
}
END_TEST

START_TEST(run_auto_01_what_is_not_bound_does_not_decide)
{
	struct fixture f;

	/* The asynchronous one is there, and unused. */
	fixture_begin(&f,
		      "{'version': 1, 'runtime': {'strict': false},"
		      "'nodes': {'cached': {'bind': {'cache': 'near'}}},"
		      "'adapters': {" STREAMS ", 'near': {'type': 'cache'},"
		      "'far': {'type': 'cache.http'}, 'kv': {'type': 'kv'},"
		      "'http': {'type': 'http'}}}",
		      NULL);
	expect_ok(f.r);
	expect_int(f.plan.groups[0].profile, RUNNER_SYNC);
	fixture_end(&f);
}
END_TEST

START_TEST(run_auto_03_a_missing_binding_decides_nothing)
{
	struct fixture f;

	fixture_bad(&f, "{'version': 1, 'nodes': {\n'fetch': {}}, 'adapters': {" STREAMS "}}",
		    DIAG_RYD001, 2, 1, "`http`");
	expect_int(f.plan.groups[0].profile, RUNNER_SYNC);
	fixture_end(&f);
	expect_int(profile_of("{'version': 1, 'nodes': {'maybe': {}}, 'adapters': {" STREAMS "}}"),
		   RUNNER_SYNC);
}
END_TEST

START_TEST(run_auto_04_one_async_need_is_enough)
{
	expect_int(
		profile_of(
			"{'version': 1, 'nodes': {'upper': {}, 'fetch': {}}, 'adapters': {" STREAMS
			", 'http': {'type': 'http'}}}"),
		RUNNER_ASYNC);
	expect_int(
		profile_of(
			"{'version': 1, 'nodes': {'upper': {}, 'later': {}}, 'adapters': {" STREAMS
			"}}"),
		RUNNER_ASYNC);
	expect_int(
		profile_of("{'version': 1, 'nodes': {'looping': {}}, 'adapters': {" STREAMS "}}"),
		RUNNER_ASYNC);
	expect_int(profile_of("{'version': 1, 'nodes': {'timer': {}, 'print': {}}, 'adapters': {"
			      "'out': {'type': 'out'}}}"),
		   RUNNER_ASYNC);
	expect_int(profile_of("{'version': 1, 'nodes': {'upper': {}}, 'adapters': {"
			      "'in': {'type': 'in.loop'}, 'out': {'type': 'out'}}}"),
		   RUNNER_ASYNC);
}
END_TEST

START_TEST(run_auto_05_only_sync)
{
	expect_int(
		profile_of(
			"{'version': 1, 'nodes': {'upper': {}, 'store': {}}, 'adapters': {" STREAMS
			", 'kv': {'type': 'kv'}}}"),
		RUNNER_SYNC);
}
END_TEST

#define GROUP(profile)                                                                        \
	"{'version': 1, 'runtime': {'platform': {'process_groups': [{'name': 'g',\n"          \
	"'runner_profile': '" profile "',\n'nodes': ['in', 'later', 'looping', 'out']}]}},\n" \
	"'nodes': {'looping': {},\n'later': {}}, 'adapters': {" STREAMS "}}"

START_TEST(run_auto_06_an_explicit_profile_is_not_overridden)
{
	struct fixture f;
	const struct finding *found =
		fixture_bad(&f, GROUP("sync"), DIAG_RYR001, 2, 19,
			    "group `g` is to run synchronously, but `looping` needs the async");

	expect_int(found->second.line, 4);
	expect_str(found->why, "so does another node of the group");
	expect_int(f.plan.groups[0].profile, RUNNER_SYNC);
	fixture_end(&f);
	expect_int(profile_of(GROUP("async")), RUNNER_ASYNC);
	expect_int(profile_of(GROUP("auto")), RUNNER_ASYNC);
	/* async where sync would do is no contradiction. */
	expect_int(
		profile_of(
			"{'version': 1, 'runtime': {'platform': {'process_groups': ["
			"{'name': 'g', 'runner_profile': 'async', 'nodes': ['in', 'upper', 'out']"
			"}]}}, 'nodes': {'upper': {}}, 'adapters': {" STREAMS "}}"),
		RUNNER_ASYNC);
}
END_TEST

START_TEST(run_auto_07_through_adapters)
{
	struct fixture f;

	expect_int(profile_of("{'version': 1, 'nodes': {'cached': {}}, 'adapters': {" STREAMS ","
			      "'cache': {'type': 'cache.http'}, 'http': {'type': 'http'}}}"),
		   RUNNER_ASYNC);
	/* Over two adapters, of which the last lives on the loop. */
	expect_int(profile_of("{'version': 1, 'nodes': {'cached': {}}, 'adapters': {" STREAMS ","
			      "'cache': {'type': 'cache'}, 'kv': {'type': 'kv.loop'}}}"),
		   RUNNER_ASYNC);
	/* A wait bridge gives it a loop of its own. */
	expect_int(profile_of("{'version': 1, 'nodes': {'store': {'bind': {'kv': {'adapter': 'kv',"
			      "'bridge': 'wait'}}}}, 'adapters': {" STREAMS ","
			      "'kv': {'type': 'kv.loop'}}}"),
		   RUNNER_SYNC);
	/* A cycle among them has its finding, and does not hide the need. */
	fixture_bad(&f,
		    "{'version': 1, 'nodes': {'ring': {}}, 'adapters': {" STREAMS ","
		    "'a': {'type': 'ring_a'}, 'b': {'type': 'ring_b'}, 'http': {'type': 'http'}}}",
		    DIAG_RYD006, 0, 0, "`a` -> `b` -> `a`");
	expect_int(f.plan.groups[0].profile, RUNNER_ASYNC);
	fixture_end(&f);
	fixture_bad(&f,
		    "{'version': 1, 'nodes': {'ring': {}}, 'adapters': {" STREAMS ","
		    "'a': {'type': 'ring_a'}, 'b': {'type': 'ring_b'}}}",
		    DIAG_RYD006, 0, 0, "`a` -> `b` -> `a`");
	expect_int(f.plan.groups[0].profile, RUNNER_SYNC);
	fixture_end(&f);
}
END_TEST

START_TEST(run_auto_07_the_finding_names_the_adapter)
{
	struct fixture f;
	const struct finding *found = fixture_bad(
		&f,
		"{'version': 1, 'runtime': {'platform': {'process_groups': [{'name': 'g',"
		"'nodes': ['in', 'cached', 'out'], 'runner_profile':\n'sync'}]}},"
		"'nodes': {'cached': {}}, 'adapters': {" STREAMS ","
		"'cache': {'type': 'cache.http'}, 'http': {'type': 'http'}}}",
		DIAG_RYR001, 2, 1, "`cached` needs the async runner");

	expect_str(found->second_text, "slot `http` of adapter `cache` is called asynchronously");
	fixture_end(&f);
}
END_TEST

#define MIXED                                                                            \
	"'process_groups': [{'name': 'a', 'nodes': ['in', 'upper'], 'runner_profile':\n" \
	"'sync'}, {'name': 'b', 'nodes': ['later', 'out']}]}}, 'nodes': {'upper': {"     \
	"'inputs': ['in']}, 'later': {'inputs': ['upper']}}, 'adapters': {"              \
	"'in': {'type': 'in'}, 'out': {'type': 'out', 'inputs': ['later']}}}"

START_TEST(inline_is_the_union)
{
	const struct manifest_options forced = {.force_inline = true};
	struct fixture f;

	fixture_good(&f, "{'version': 1, 'runtime': {'platform': {" MIXED);
	expect_int(f.plan.groups[0].profile, RUNNER_SYNC);
	expect_int(f.plan.groups[1].profile, RUNNER_ASYNC);
	expect_int(f.plan.inline_profile, RUNNER_ASYNC);
	fixture_end(&f);
	fixture_bad(
		&f,
		"{'version': 1, 'runtime': {'platform': {'bootstrap': {'mode': 'inline'}," MIXED,
		DIAG_RYR002, 2, 1, "group `a` is to run synchronously");
	fixture_end(&f);
	fixture_begin(&f, "{'version': 1, 'runtime': {'platform': {" MIXED, &forced);
	expect_ok(f.r);
	expect_int(find_finding(&f.diag, DIAG_RYR002)->severity, SEVERITY_NOTE);
	fixture_end(&f);
}
END_TEST

TEST_MAIN("plan/runner", run_auto_01_the_qualifier_is_respected,
	  run_auto_01_what_is_not_bound_does_not_decide,
	  run_auto_03_a_missing_binding_decides_nothing, run_auto_04_one_async_need_is_enough,
	  run_auto_05_only_sync, run_auto_06_an_explicit_profile_is_not_overridden,
	  run_auto_07_through_adapters, run_auto_07_the_finding_names_the_adapter,
	  inline_is_the_union)
