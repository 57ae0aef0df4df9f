/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#define IN  "'in': {'type': 'in'}"
#define OUT "'out': {'type': 'out'}"

static void expect_bad(const char *manifest, enum diag_code code, uint32_t line, uint32_t column,
		       const char *part) {
	struct fixture f;

	fixture_bad(&f, manifest, code, line, column, part);
	fixture_end(&f);
}

START_TEST(an_input_that_nobody_feeds)
{
	struct fixture f;

	expect_bad("{'version': 1, 'nodes': {'upper': {},\n'swallow': {}},"
		   "'adapters': {" IN ", " OUT "}}",
		   DIAG_RYW004, 2, 1, "nobody sends it `item`");
	/* One of one's own types among others. */
	expect_bad("{'version': 1, 'nodes': {'make': {},\n'both': {}}, 'adapters': {" IN ", " OUT
		   "}}",
		   DIAG_RYW004, 2, 1, "accepts `fault`, which nobody emits");
	/* With `inputs` it is meant. */
	fixture_good(&f, "{'version': 1, 'nodes': {'make': {}, 'both': {'inputs': ['make']}},"
			 "'adapters': {" IN ", " OUT "}}");
	fixture_end(&f);
}
END_TEST

START_TEST(empty_inputs)
{
	expect_bad("{'version': 1, 'nodes': {'upper': {'inputs': ['in']},\n"
		   "'swallow': {'inputs': []}}, 'adapters': {" IN ", " OUT "}}",
		   DIAG_RYW004, 2, 23, "its inputs are empty");
}
END_TEST

START_TEST(the_help_for_core_types_names_who_has_them)
{
	struct fixture f;
	const struct finding *found;

	fixture_begin(&f, "{'version': 1, 'nodes': {},\n'adapters': {" IN ",\n" OUT "}}", NULL);
	expect_finding(&f.diag, DIAG_RYW005, 2, 14);
	expect_finding(&f.diag, DIAG_RYW004, 3, 1);
	found = find_finding(&f.diag, DIAG_RYW004);
	expect(strstr(found->help, "\"in\"") != NULL);
	found = find_finding(&f.diag, DIAG_RYW005);
	expect(strstr(found->help, "\"in.lines\"") != NULL);
	expect(strstr(found->help, "\"out\"") != NULL);
	fixture_end(&f);
}
END_TEST

START_TEST(an_output_that_nobody_takes)
{
	struct fixture f;
	const struct finding *found =
		fixture_bad(&f, "{'version': 1, 'nodes': {\n'upper': {}}, 'adapters': {" IN "}}",
			    DIAG_RYW005, 2, 1, "nobody receives `out` of `upper`");

	expect_str(found->second_text, "plugin `test` declares the port");
	fixture_end(&f);
}
END_TEST

START_TEST(a_wrong_input_is_the_cause_of_an_output_that_nobody_takes)
{
	struct fixture f;
	const struct finding *wrong =
		fixture_bad(&f,
			    "{'version': 1, 'nodes': {'make': {}, 'print': {'inputs': ['maek']}},"
			    "'adapters': {" IN ", " OUT "}}",
			    DIAG_RYW010, 1, 0, "names nothing");

	expect(find_finding(&f.diag, DIAG_RYW005)->cause == wrong);
	fixture_end(&f);
}
END_TEST

START_TEST(where_no_source_leads)
{
	struct fixture f;
	const struct finding *first, *second;

	fixture_begin(&f,
		      "{'version': 1, 'nodes': {\n'deaf': {},\n'print': {}},"
		      "'adapters': {" OUT "}}",
		      NULL);
	expect_finding(&f.diag, DIAG_RYW009, 2, 1);
	expect_finding(&f.diag, DIAG_RYW009, 3, 1);
	first = f.diag.findings[0];
	second = f.diag.findings[1];
	expect(first->cause == NULL && second->cause == first);
	expect_int(f.diag.n_findings, 3); /* and the sink */
	fixture_end(&f);
}
END_TEST

START_TEST(what_is_not_strict_is_a_warning)
{
	struct fixture f;
	const struct finding *found =
		fixture_bad(&f,
			    "{'version': 1, 'runtime': {'strict': false}, 'nodes': {\n'upper': {}},"
			    "'adapters': {" IN "}}",
			    DIAG_RYW005, 2, 1, "nobody receives");

	expect_int(found->severity, SEVERITY_WARNING);
	expect_int(f.diag.n_errors, 0);
	expect_int(f.diag.n_warnings, 1);
	fixture_end(&f);
}
END_TEST

START_TEST(an_adapter_that_nobody_uses)
{
	struct fixture f;
	const struct finding *found =
		fixture_bad(&f,
			    "{'version': 1, 'nodes': {'upper': {}}, 'adapters': {" IN ", " OUT ",\n"
			    "'store': {'type': 'kv'},\n'cache': {'type': 'cache'}}}",
			    DIAG_RYW014, 3, 1, "nobody uses adapter `cache`");

	/* What only that one uses follows from it. */
	expect_int(f.diag.n_findings, 2);
	expect_str(f.diag.findings[1]->text, "nobody uses adapter `store`");
	expect(f.diag.findings[1]->cause == found);
	fixture_end(&f);
	expect_bad("{'version': 1, 'nodes': {'upper': {}}, 'adapters': {" IN ", " OUT ",\n"
		   "'x': {'type': 'useless'}}}",
		   DIAG_RYW014, 2, 1, "provides nothing");
}
END_TEST

START_TEST(what_is_unknown_offline_hides_nothing_and_is_not_guessed_at)
{
	struct fixture f;

	unsetenv("RY_TEST_UNSET");
	fixture_begin(&f,
		      "{'version': 1, 'nodes': {'make': {}, 'x': {'type': '${env:RY_TEST_UNSET}'},"
		      "'store': {'bind': {'kv': '${env:RY_TEST_UNSET}'}}},"
		      "'adapters': {" IN ", " OUT ", 'kv': {'type': 'kv'}}}",
		      NULL);
	expect_int(f.diag.n_errors, 0);
	expect_int(f.diag.n_warnings, 0);
	expect_ok(f.r);
	fixture_end(&f);
	/* A port that depends on what is unknown may be there, or not. */
	fixture_begin(
		&f,
		"{'version': 1, 'nodes': {'split': {'config': {'mode': '${env:RY_TEST_UNSET}'}},"
		"'both': {'inputs': ['split.good', 'split.errors']}},"
		"'adapters': {" IN ", " OUT "}}",
		NULL);
	expect_ok(f.r);
	fixture_end(&f);
	fixture_begin(
		&f,
		"{'version': 1, 'nodes': {'split': {'config': {'mode': '${env:RY_TEST_UNSET}'}},"
		"'print': {}}, 'adapters': {" IN ", " OUT "}}",
		NULL);
	expect_ok(f.r);
	fixture_end(&f);
}
END_TEST

TEST_MAIN("plan/reach", an_input_that_nobody_feeds, empty_inputs,
	  the_help_for_core_types_names_who_has_them, an_output_that_nobody_takes,
	  a_wrong_input_is_the_cause_of_an_output_that_nobody_takes, where_no_source_leads,
	  what_is_not_strict_is_a_warning, an_adapter_that_nobody_uses,
	  what_is_unknown_offline_hides_nothing_and_is_not_guessed_at)
