/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

static void expect_edges(const char *manifest, const char *wanted) {
	struct fixture f;
	char *text;

	fixture_good(&f, manifest);
	text = edges_text(&f.plan);
	expect_str(text, wanted);
	free(text);
	fixture_end(&f);
}

static void expect_bad(const char *manifest, enum diag_code code, uint32_t line, uint32_t column,
		       const char *part) {
	struct fixture f;

	fixture_bad(&f, manifest, code, line, column, part);
	fixture_end(&f);
}

#define IN_OUT "'adapters': {'in': {'type': 'in'}, 'out': {'type': 'out'}}"

START_TEST(types_find_one_another)
{
	expect_edges("{'version': 1, 'nodes': {'print': {}, 'make': {}}, " IN_OUT "}",
		     "in.lines>make make.out>print print.out>out");
}
END_TEST

START_TEST(fan_out_is_in_manifest_order)
{
	expect_edges("{'version': 1, 'nodes': {"
		     "'z': {'type': 'swallow'}, 'make': {}, 'a': {'type': 'print'}},"
		     "'adapters': {'out': {'type': 'out'}, 'items': {'type': 'out.items'},"
		     "'in': {'type': 'in'}}}",
		     "in.lines>make make.out>z make.out>a make.out>items a.out>out");
}
END_TEST

START_TEST(a_diamond)
{
	struct fixture f;
	char *text;

	fixture_good(
		&f,
		"{'version': 1, 'nodes': {'make': {}, 'l': {'type': 'ping', 'inputs': ['make']},"
		"'r': {'type': 'print', 'inputs': ['make']}, 'join': {'type': 'pong'},"
		"'end': {'type': 'swallow', 'inputs': ['join', 'make']}}," IN_OUT "}");
	text = edges_text(&f.plan);
	expect_str(text, "in.lines>make make.out>l make.out>r make.out>end l.out>join r.out>out "
			 "join.out>end");
	free(text);
	fixture_end(&f);
}
END_TEST

START_TEST(a_chain_of_filters_is_written_with_inputs)
{
	expect_edges(
		"{'version': 1, 'nodes': {"
		"'b': {'type': 'upper', 'inputs': ['a']},"
		"'a': {'type': 'upper', 'inputs': ['in']}},"
		"'adapters': {'in': {'type': 'in'}, 'out': {'type': 'out', 'inputs': ['b.out']}}}",
		"in.lines>a a.out>b b.out>out");
}
END_TEST

START_TEST(core_types_go_from_source_to_node_to_sink_alone)
{
	expect_edges(
		"{'version': 1, 'nodes': {'a': {'type': 'upper'}, 'b': {'type': 'upper'}}, " IN_OUT
		"}",
		"in.lines>a in.lines>b a.out>out b.out>out");
	expect_edges("{'version': 1, 'nodes': {}, 'adapters': {'in': {'type': 'in'},"
		     "'out': {'type': 'out', 'inputs': ['source:in']}}}",
		     "in.lines>out");
}
END_TEST

START_TEST(a_port_is_there_by_its_configuration)
{
	struct fixture f;

	expect_edges("{'version': 1, 'nodes': {'split': {'config': {'mode': 'split'}},"
		     "'report': {}, 'swallow': {}}, " IN_OUT "}",
		     "in.lines>split split.good>swallow split.errors>report report.out>out");
	fixture_good(&f, "{'version': 1, 'nodes': {'split': {}, 'print': {}}, " IN_OUT "}");
	expect(!plan_node_named(&f.plan, "split")->ports[1].active);
	expect(plan_node_named(&f.plan, "split")->ports[0].active);
	fixture_end(&f);
}
END_TEST

START_TEST(an_edge_knows_its_input)
{
	struct fixture f;

	fixture_good(&f, "{'version': 1, 'nodes': {'split': {'config': {'mode': 'split'}},"
			 "'both': {}}, " IN_OUT "}");
	expect_int(f.plan.nodes[1].ports[0].edges[0].input, 0);
	expect_int(f.plan.nodes[1].ports[1].edges[0].input, 1);
	expect_int(f.plan.nodes[2].n_upstream, 1);
	expect_int(f.plan.nodes[2].upstream[0], 1);
	expect_int(f.plan.nodes[2].accept_types[1], f.plan.nodes[1].ports[1].type_id);
	fixture_end(&f);
}
END_TEST

START_TEST(unknown_types)
{
	struct fixture f;
	const struct finding *found;

	found = fixture_bad(&f, "{'version': 1, 'nodes': {\n'make': {'type': 'maek'}}, " IN_OUT "}",
			    DIAG_RYW001, 2, 18, "`maek`");
	expect_str(found->help, "did you mean `make`?");
	expect_str(found->fix, "\"make\"");
	/* What follows from it is folded under it. */
	expect_finding(&f.diag, DIAG_RYW005, 0, 0);
	expect(find_finding(&f.diag, DIAG_RYW005)->cause == found);
	fixture_end(&f);

	found = fixture_bad(&f, "{'version': 1, 'nodes': {\n'kv': {}}, " IN_OUT "}", DIAG_RYW001, 2,
			    1, "`kv`");
	expect(strstr(found->help, "under `adapters`") != NULL);
	fixture_end(&f);

	expect_bad("{'version': 1, 'nodes': {'upper': {}},\n'adapters': {'in': {'type': 'in'},\n"
		   "'out': {'type': 'outt'}}}",
		   DIAG_RYW002, 3, 17, "`outt`");
	expect_bad(
		"{'version': 1, 'nodes': {\n'foreign': {}},\n'adapters': {'in': {'type': 'in'}}}",
		DIAG_RYW003, 2, 1, "`nobody.knows`");
}
END_TEST

START_TEST(an_unknown_type_is_folded_under_a_missing_plugin)
{
	const char text[] = "{\"version\": 1, \"nodes\": {\"x\": {\"type\": \"gone.x\"}}}";
	struct diag diag = DIAG_INIT;
	struct manifest manifest = {0};
	struct catalog catalog = CATALOG_INIT;
	struct plan plan = {0};
	const struct finding *missing = diag_add(&diag, DIAG_RYP001, NULL, "missing");

	expect_ok(manifest_parse(&manifest, "m.json", text, strlen(text), NULL, &diag));
	catalog.incomplete = true;
	catalog.incomplete_cause = missing;
	expect_errno(plan_build(&plan, &manifest, &catalog, &diag), 22);
	expect(find_finding(&diag, DIAG_RYW001)->cause == missing);
	plan_fini(&plan);
	manifest_fini(&manifest);
	catalog_fini(&catalog);
	diag_fini(&diag);
}
END_TEST

START_TEST(a_node_that_would_feed_itself)
{
	struct fixture f;
	const struct finding *found = fixture_bad(
		&f, "{'version': 1, 'nodes': {'make': {},\n'filter': {}, 'print': {}}, " IN_OUT "}",
		DIAG_RYW006, 2, 1, "its own `item` messages");

	expect(strstr(found->help, "\"inputs\"") != NULL);
	fixture_end(&f);
	expect_bad("{'version': 1, 'nodes': {'make': {},\n'filter': {'inputs': ['make', 'filter']},"
		   "'print': {'inputs': ['filter']}}, " IN_OUT "}",
		   DIAG_RYW006, 2, 31, "is itself");
}
END_TEST

START_TEST(two_that_would_feed_themselves_are_no_cycle_on_top)
{
	struct fixture f;

	fixture_bad(&f,
		    "{'version': 1, 'nodes': {'make': {},\n'f': {'type': 'filter'},\n"
		    "'g': {'type': 'filter'}, 'print': {}}, " IN_OUT "}",
		    DIAG_RYW006, 3, 1, "`f`");
	expect(!f.plan.cyclic);
	fixture_end(&f);
}
END_TEST

START_TEST(a_cycle_is_shown_whole)
{
	struct fixture f;
	const struct finding *found =
		fixture_bad(&f,
			    "{'version': 1, 'nodes': {'make': {}, 'print': {'inputs': ['make']},\n"
			    "'ping': {}, \n'pong': {}}, " IN_OUT "}",
			    DIAG_RYW007, 2, 1, "`ping` -> `pong` -> `ping`");

	expect_int(found->second.line, 3);
	expect(f.plan.cyclic);
	expect_int(f.plan.n_nodes, 6);
	expect(plan_reaches(&f.plan, plan_node_named(&f.plan, "ping")->index,
			    plan_node_named(&f.plan, "ping")->index));
	fixture_end(&f);
}
END_TEST

START_TEST(before_and_after_a_filter_is_ambiguous)
{
	struct fixture f;
	const struct finding *found =
		fixture_bad(&f,
			    "{'version': 1, 'nodes': {'make': {}, 'filter': {'inputs': ['make']},\n"
			    "'print': {}}, " IN_OUT "}",
			    DIAG_RYW008, 2, 1, "from `make` and again from `filter`");

	expect(strstr(found->help, "\"inputs\": [\"filter\"]") != NULL);
	fixture_end(&f);
	/* The same with a core type at a sink. */
	expect_bad(
		"{'version': 1, 'nodes': {'a': {'type': 'upper'},"
		"'b': {'type': 'upper', 'inputs': ['a']}},\n 'adapters': {'in': {'type': 'in'},\n"
		"'out': {'type': 'out'}}}",
		DIAG_RYW008, 3, 1, "from `a` and again from `b`");
	/* Said with inputs it is fine. */
	expect_edges("{'version': 1, 'nodes': {'make': {}, 'filter': {'inputs': ['make']},"
		     "'print': {'inputs': ['make', 'filter']}}, " IN_OUT "}",
		     "in.lines>make make.out>filter make.out>print filter.out>print print.out>out");
}
END_TEST

START_TEST(inputs_that_name_nothing)
{
	struct fixture f;
	const struct finding *found;

	found = fixture_bad(&f,
			    "{'version': 1, 'nodes': {'make': {},\n"
			    "'print': {'inputs': ['mak']}}, " IN_OUT "}",
			    DIAG_RYW010, 2, 22, "names nothing");
	expect_str(found->fix, "\"make\"");
	fixture_end(&f);
	found = fixture_bad(&f,
			    "{'version': 1, 'nodes': {'split': {},\n"
			    "'print': {'inputs': ['split.godo']}}, " IN_OUT "}",
			    DIAG_RYW010, 2, 22, "a port that is not there");
	expect_str(found->fix, "\"split.good\"");
	fixture_end(&f);
}
END_TEST

START_TEST(inputs_that_do_not_fit)
{
	expect_bad("{'version': 1, 'nodes': {'make': {},\n"
		   "'print': {'inputs': ['in', 'make']}}, " IN_OUT "}",
		   DIAG_RYW011, 2, 22, "emits nothing that it accepts");
	expect_bad("{'version': 1, 'nodes': {'make': {},\n"
		   "'print': {'inputs': ['in.lines', 'make']}}, " IN_OUT "}",
		   DIAG_RYW011, 2, 22, "a type that it does not accept");
	expect_bad("{'version': 1, 'nodes': {'split': {},\n"
		   "'both': {'inputs': ['split.errors', 'split.good']}}, " IN_OUT "}",
		   DIAG_RYW011, 2, 21, "not there as configured");
	expect_bad("{'version': 1, 'nodes': {'make': {},\n"
		   "'print': {'inputs': ['out', 'make']}}, " IN_OUT "}",
		   DIAG_RYW011, 2, 22, "emits nothing");
	expect_bad(
		"{'version': 1, 'nodes': {'store': {'inputs':\n['in', 'kv']}},"
		"'adapters': {'in': {'type': 'in'}, 'out': {'type': 'out'}, 'kv': {'type': 'kv'}}}",
		DIAG_RYW011, 2, 8, "is an adapter that emits nothing");
	expect_bad("{'version': 1, 'nodes': {'upper': {}}, 'adapters': {\n"
		   "'in': {'type': 'in', 'inputs': ['upper']}, 'out': {'type': 'out'}}}",
		   DIAG_RYW011, 2, 32, "it takes no messages");
}
END_TEST

START_TEST(inputs_that_name_an_output_twice)
{
	expect_bad("{'version': 1, 'nodes': {'make': {},\n"
		   "'print': {'inputs': ['make', 'make.out']}}, " IN_OUT "}",
		   DIAG_RYW012, 2, 30, "is there already");
}
END_TEST

START_TEST(node_references)
{
	struct fixture f;

	fixture_good(&f, "{'version': 1, 'nodes': {'refers': {'config': {'target': 'refers',"
			 "'inner': {'target': 'refers'}, 'list': [{'target': 'refers'}]}}}, " IN_OUT
			 "}");
	fixture_end(&f);
	expect_bad("{'version': 1, 'nodes': {'refers': {'config':\n{'target': 'refer'}}}, " IN_OUT
		   "}",
		   DIAG_RYW013, 2, 12, "`refer`, which is no node");
	expect_bad("{'version': 1, 'nodes': {'refers': {'config': {'inner':\n{'target': "
		   "'in'}}}}, " IN_OUT "}",
		   DIAG_RYW013, 2, 12, "an adapter and no node");
	expect_bad("{'version': 1, 'nodes': {'refers': {'config': {'list': [{},\n{'target': "
		   "'x'}]}}}, " IN_OUT "}",
		   DIAG_RYW013, 2, 12, "`x`, which is no node");
}
END_TEST

START_TEST(names_that_can_mean_two_things)
{
	expect_bad("{'version': 1, 'nodes': {'in': {'type': 'upper', 'inputs': ['source:in']}},\n"
		   "'adapters': {\n'in': {'type': 'in'}, 'out': {'type': 'out'}}}",
		   DIAG_RYW015, 3, 1, "both called `in`");
	expect_bad("{'version': 1, 'nodes': {'split': {}, 'split.good': {'type': 'make'},\n"
		   "'print': {'inputs': ['split.good']}}, " IN_OUT "}",
		   DIAG_RYW015, 2, 22, "can mean two things");
}
END_TEST

START_TEST(nothing_to_run)
{ expect_bad("{'version': 1}", DIAG_RYW016, 1, 1, "nothing to run"); }
END_TEST

START_TEST(a_source_and_sink_at_once)
{
	expect_bad("{'version': 1, 'nodes': {'upper': {}}, 'adapters': {\n'x': {'type': 'inout'},"
		   "'out': {'type': 'out'}}}",
		   DIAG_RYW018, 2, 15, "a source and a sink at once");
}
END_TEST

TEST_MAIN("plan/wire", types_find_one_another, fan_out_is_in_manifest_order, a_diamond,
	  a_chain_of_filters_is_written_with_inputs,
	  core_types_go_from_source_to_node_to_sink_alone, a_port_is_there_by_its_configuration,
	  an_edge_knows_its_input, unknown_types, an_unknown_type_is_folded_under_a_missing_plugin,
	  a_node_that_would_feed_itself, two_that_would_feed_themselves_are_no_cycle_on_top,
	  a_cycle_is_shown_whole, before_and_after_a_filter_is_ambiguous, inputs_that_name_nothing,
	  inputs_that_do_not_fit, inputs_that_name_an_output_twice, node_references,
	  names_that_can_mean_two_things, nothing_to_run, a_source_and_sink_at_once)
