/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#define STREAMS "'in': {'type': 'in'}, 'out': {'type': 'out'}"

static void expect_bad(const char *manifest, enum diag_code code, uint32_t line, uint32_t column,
		       const char *part) {
	struct fixture f;

	fixture_bad(&f, manifest, code, line, column, part);
	fixture_end(&f);
}

/* RUN-AUTO-03, first half: a missing binding is a finding of its own. */
START_TEST(nobody_provides_it)
{
	struct fixture f;
	const struct finding *found = fixture_bad(
		&f, "{'version': 1, 'nodes': {\n'store': {}}, 'adapters': {" STREAMS "}}",
		DIAG_RYD001, 2, 1, "needs the contract `kv` 1.0, and no adapter provides it");

	expect_str(found->second_text, "plugin `test` declares the slot");
	expect_str(found->help, "add an adapter of type `in.kv` or `kv` or `kv.loop`");
	fixture_end(&f);
}
END_TEST

START_TEST(several_provide_it)
{
	struct fixture f;
	const struct finding *found =
		fixture_bad(&f,
			    "{'version': 1, 'nodes': {\n'store': {}}, 'adapters': {" STREAMS ",\n"
			    "'a': {'type': 'kv'}, 'b': {'type': 'kv'}}}",
			    DIAG_RYD002, 2, 1, "each of 2 adapters: `a`, `b`");

	expect_int(found->second.line, 3);
	expect_str(found->help, "say which: \"bind\": {\"kv\": \"a\"}");
	fixture_end(&f);
}
END_TEST

START_TEST(bind_names_no_adapter)
{
	struct fixture f;
	const struct finding *found =
		fixture_bad(&f,
			    "{'version': 1, 'nodes': {'store': {'bind':\n{'kv': 'stoer'}}},"
			    "'adapters': {" STREAMS ", 'stoer2': {'type': 'in'}}}",
			    DIAG_RYD003, 2, 8, "`stoer`, which is no adapter");

	expect_str(found->fix, "\"stoer2\"");
	fixture_end(&f);
	expect_bad("{'version': 1, 'nodes': {'store': {'bind': {'kv': \n{'adapter': 'store'}}}},"
		   "'adapters': {" STREAMS "}}",
		   DIAG_RYD003, 2, 13, "`store`, which is no adapter");
}
END_TEST

START_TEST(bind_names_what_does_not_provide_it)
{
	struct fixture f;
	const struct finding *found = fixture_bad(
		&f,
		"{'version': 1, 'nodes': {'store': {'bind': {'kv':\n'p'}}}, 'adapters': {" STREAMS
		",\n'p': {'type': 'primes'}}}",
		DIAG_RYD004, 2, 1, "`p`, which does not provide `kv`");

	expect_int(found->second.line, 3);
	expect_str(found->second_text, "provides `prime` 1.0");
	fixture_end(&f);
	expect_bad(
		"{'version': 1, 'nodes': {'store': {'bind': {'kv':\n'in'}}}, 'adapters': {" STREAMS
		"}}",
		DIAG_RYD004, 2, 1, "`in`, which does not provide `kv`");
}
END_TEST

START_TEST(versions)
{
	struct fixture f;
	const struct finding *found =
		fixture_bad(&f,
			    "{'version': 1, 'nodes': {\n'store': {}}, 'adapters': {" STREAMS ",\n"
			    "'x': {'type': 'kv2'}}}",
			    DIAG_RYD005, 2, 1, "needs `kv` 1.0, and `x` provides `kv` 2.0");

	expect_int(found->second.line, 3);
	fixture_end(&f);
	expect_bad(
		"{'version': 1, 'nodes': {'newer': {'bind': {'kv':\n'x'}}}, 'adapters': {" STREAMS
		", 'x': {'type': 'kv.loop'}}}",
		DIAG_RYD005, 2, 1, "needs `kv` 1.9, and `x` provides `kv` 1.2");
	fixture_good(&f, "{'version': 1, 'nodes': {'store': {}}, 'adapters': {" STREAMS ","
			 "'x': {'type': 'kv.loop'}}}");
	fixture_end(&f);
}
END_TEST

START_TEST(adapters_in_a_cycle)
{
	struct fixture f;
	const struct finding *found =
		fixture_bad(&f,
			    "{'version': 1, 'nodes': {'ring': {}}, 'adapters': {" STREAMS ",\n"
			    "'b': {'type': 'ring_b'},\n'a': {'type': 'ring_a'}}}",
			    DIAG_RYD006, 2, 1, "`b` -> `a` -> `b`");

	expect_int(found->second.line, 3);
	fixture_end(&f);
}
END_TEST

START_TEST(scopes)
{
	struct fixture f;
	const struct finding *found =
		fixture_bad(&f,
			    "{'version': 1, 'nodes': {'cached': {}}, 'adapters': {" STREAMS ",\n"
			    "'c': {'type': 'cache'}, 's': {'type': 'kv',\n'scope': 'group'}}}",
			    DIAG_RYD007, 2, 1, "needs `s`, of which there is one for each group");

	expect_int(found->second.line, 3);
	fixture_end(&f);
	fixture_good(&f, "{'version': 1, 'nodes': {'cached': {}}, 'adapters': {" STREAMS ","
			 "'c': {'type': 'cache', 'scope': 'node'},"
			 "'s': {'type': 'kv', 'scope': 'group'}}}");
	fixture_end(&f);
	expect_bad("{'version': 1, 'nodes': {'upper': {}}, 'adapters': {'out': {'type': 'out'},"
		   "'in': {'type': 'in',\n'scope': 'node'}}}",
		   DIAG_RYD010, 2, 10, "it has one instance, in its group");
}
END_TEST

START_TEST(bind_names_no_slot)
{
	struct fixture f;
	const struct finding *found =
		fixture_bad(&f,
			    "{'version': 1, 'nodes': {'cached': {'bind': {\n'cahce': 'c'}}},"
			    "'adapters': {" STREAMS ", 'c': {'type': 'cache.http'},"
			    "'h': {'type': 'http'}}}",
			    DIAG_RYD008, 2, 1, "no slot `cahce`");

	expect_str(found->fix, "\"cache\"");
	fixture_end(&f);
	expect_bad("{'version': 1, 'nodes': {'upper': {}}, 'adapters': {" STREAMS ","
		   "'kv': {'type': 'kv', 'bind':\n{'x': 'kv'}}}}",
		   DIAG_RYD008, 2, 2, "`kv` has no slot `x`");
	/* The open slot is the one that was meant. */
	found = fixture_bad(
		&f,
		"{'version': 1, 'nodes': {'store': {'bind': {\n'vk': 'a'}}}, 'adapters': {" STREAMS
		", 'a': {'type': 'kv'}, 'b': {'type': 'kv'}}}",
		DIAG_RYD008, 2, 1, "no slot `vk`");
	expect(find_finding(&f.diag, DIAG_RYD002)->cause == found);
	fixture_end(&f);
	found = fixture_bad(&f,
			    "{'version': 1, 'nodes': {'store': {'bind': {\n'prices': 'a'}}},"
			    "'adapters': {" STREAMS ", 'a': {'type': 'kv'}}}",
			    DIAG_RYD008, 2, 1, "no slot `prices`");
	expect_str(found->help, "known is `kv`");
	fixture_end(&f);
}
END_TEST

START_TEST(dead_letters)
{
	struct fixture f;

	expect_bad("{'version': 1, 'nodes': {'upper': {'on_error': {'policy': 'dead_letter',\n"
		   "'dead_letter': 'x'}}}, 'adapters': {" STREAMS "}}",
		   DIAG_RYD009, 2, 16, "the dead letter of `upper` is bound to `x`");
	expect_bad("{'version': 1, 'nodes': {'upper': {'on_error': {'policy': 'retry',"
		   "'then': 'dead_letter',\n'dead_letter': 'kv'}}, 'store': {}},"
		   "'adapters': {" STREAMS ", 'kv': {'type': 'kv'}}}",
		   DIAG_RYD009, 2, 16, "does not provide `dead_letter`");
	expect_bad("{'version': 1, 'runtime': {'platform': {'poison': {\n'dead_letter': 'x'}}},"
		   "'nodes': {'upper': {}}, 'adapters': {" STREAMS "}}",
		   DIAG_RYD009, 2, 16, "`x`, which is no adapter");
	expect_bad("{'version': 1, 'runtime': {'platform': {'poison': {\n'dead_letter': 'out'}}},"
		   "'nodes': {'upper': {}}, 'adapters': {" STREAMS "}}",
		   DIAG_RYD009, 2, 16, "does not provide `dead_letter` 1.0");
	fixture_good(&f, "{'version': 1, 'runtime': {'platform': {'poison': {'dead_letter': 'l'}}},"
			 "'nodes': {'upper': {}}, 'adapters': {" STREAMS ","
			 "'l': {'type': 'letters'}}}");
	expect_int(f.plan.poison_dead_letter, 0);
	fixture_end(&f);
}
END_TEST

START_TEST(an_optional_slot_stays_open)
{
	struct fixture f;

	fixture_good(&f, "{'version': 1, 'nodes': {'maybe': {}}, 'adapters': {" STREAMS "}}");
	expect_int(plan_node_named(&f.plan, "maybe")->slots[0].adapter, PLAN_NONE);
	fixture_end(&f);
}
END_TEST

START_TEST(a_bridge_is_kept)
{
	struct fixture f;

	fixture_good(&f,
		     "{'version': 1, 'nodes': {'store': {'bind': {'kv': {'adapter': 'kv',"
		     "'bridge': 'offload'}}}}, 'adapters': {" STREAMS ", 'kv': {'type': 'kv'}}}");
	expect_int(plan_node_named(&f.plan, "store")->slots[0].bridge, BRIDGE_OFFLOAD);
	fixture_end(&f);
}
END_TEST

START_TEST(a_missing_one_may_be_that_of_an_unknown_type)
{
	struct fixture f;
	const struct finding *unknown =
		fixture_bad(&f,
			    "{'version': 1, 'nodes': {'store': {}}, 'adapters': {" STREAMS ",\n"
			    "'kv': {'type': 'kw'}}}",
			    DIAG_RYW002, 2, 16, "`kw`");

	expect(find_finding(&f.diag, DIAG_RYD001)->cause == unknown);
	fixture_end(&f);
	/* Bound to it by name, there is nothing more to say. */
	fixture_bad(
		&f,
		"{'version': 1, 'nodes': {'store': {'bind': {'kv': 'kv'}}}, 'adapters': {" STREAMS
		",\n'kv': {'type': 'kw'}}}",
		DIAG_RYW002, 2, 16, "`kw`");
	expect(find_finding(&f.diag, DIAG_RYD001) == NULL);
	fixture_end(&f);
}
END_TEST

TEST_MAIN("plan/depend", nobody_provides_it, several_provide_it, bind_names_no_adapter,
	  bind_names_what_does_not_provide_it, versions, adapters_in_a_cycle, scopes,
	  bind_names_no_slot, dead_letters, an_optional_slot_stays_open, a_bridge_is_kept,
	  a_missing_one_may_be_that_of_an_unknown_type)
