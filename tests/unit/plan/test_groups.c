/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#define REST                \
	"]}}, 'nodes': {\n" \
	"'upper': {}},\n"   \
	"'adapters': {'kv': {'type': 'in.kv'}, 'out': {'type': 'out'}}}"
#define GROUPS "{'version': 1, 'runtime': {'platform': {'process_groups': [\n"

static void expect_bad(const char *groups, enum diag_code code, uint32_t line, uint32_t column,
		       const char *part) {
	struct fixture f;

	fixture_bad(&f, groups, code, line, column, part);
	fixture_end(&f);
}

START_TEST(without_groups_there_is_one)
{
	struct fixture f;

	fixture_good(&f, "{'version': 1, 'nodes': {'upper': {}},"
			 "'adapters': {'in': {'type': 'in'}, 'out': {'type': 'out'}}}");
	expect_int(f.plan.n_groups, 1);
	expect_str(f.plan.groups[0].name, "default");
	expect(f.plan.groups[0].manifest == NULL);
	expect_int(f.plan.groups[0].workers, 1);
	expect_int(f.plan.groups[0].n_nodes, 3);
	expect(f.plan.inline_mode);
	fixture_end(&f);
}
END_TEST

START_TEST(sources_and_sinks_may_be_named_as_such)
{
	struct fixture f;

	fixture_good(&f, GROUPS "{'name': 'a', 'nodes': ['source:kv', 'upper'], 'workers': 3},"
				"{'name': 'b', 'nodes': ['sink:out']}" REST);
	expect_int(f.plan.groups[0].n_nodes, 2);
	expect_int(f.plan.groups[0].workers, 3);
	expect_int(plan_node_named(&f.plan, "out")->group, 1);
	expect(!f.plan.inline_mode); /* as soon as there is more than one group */
	fixture_end(&f);
	fixture_good(&f, GROUPS "{'name': 'a', 'nodes': ['kv', 'upper', 'out']}" REST);
	expect(f.plan.inline_mode);
	fixture_end(&f);
}
END_TEST

START_TEST(the_mode_can_be_said)
{
	const struct manifest_options forced = {.force_inline = true};
	const char text[] = "{'version': 1, 'runtime': {'platform': {'bootstrap': {'mode': "
			    "'process_supervisor'}}},"
			    "'nodes': {'upper': {}}, 'adapters': {'in': {'type': 'in'}, 'out': "
			    "{'type': 'out'}}}";
	struct fixture f;

	fixture_good(&f, text);
	expect(!f.plan.inline_mode);
	fixture_end(&f);
	fixture_begin(&f, text, &forced);
	expect(f.plan.inline_mode);
	fixture_end(&f);
}
END_TEST

START_TEST(a_node_in_no_group)
{
	struct fixture f;
	const struct finding *found =
		fixture_bad(&f, GROUPS "{'name': 'a', 'nodes': ['kv', 'out']}" REST, DIAG_RYG001, 3,
			    1, "`upper` stands in no group");

	expect_int(found->second.line, 1);
	fixture_end(&f);
	expect_bad(GROUPS "{'name': 'a', 'nodes': ['kv', 'upper']}" REST, DIAG_RYG001, 4, 39,
		   "`out` stands in no group");
}
END_TEST

START_TEST(a_node_in_two_groups)
{
	struct fixture f;
	const struct finding *found =
		fixture_bad(&f,
			    GROUPS "{'name': 'a', 'nodes': ['kv', 'upper']},"
				   "{'name': 'b', 'nodes': ['out', 'upper']}" REST,
			    DIAG_RYG002, 2, 72, "in group `a` and in `b`");

	expect_int(found->second.column, 31);
	fixture_end(&f);
	expect_bad(GROUPS "{'name': 'a', 'nodes': ['kv', 'upper', 'out', 'source:kv']}" REST,
		   DIAG_RYG002, 2, 47, "again in");
}
END_TEST

START_TEST(what_is_not_there)
{
	struct fixture f;
	const struct finding *found = fixture_bad(
		&f, GROUPS "{'name': 'a', 'nodes': ['kv', 'upper', 'out', 'uper']}" REST,
		DIAG_RYG003, 2, 47, "names `uper`");

	expect_str(found->fix, "\"upper\"");
	fixture_end(&f);
	expect_bad(GROUPS "{'name': 'a', 'nodes': ['kv', 'upper', 'out', 'sink:kv']}" REST,
		   DIAG_RYG003, 2, 47, "`sink:kv`");
}
END_TEST

START_TEST(an_adapter_has_no_place)
{
	expect_bad(
		"{'version': 1, 'runtime': {'platform': {'process_groups': [{'name': 'a',\n"
		"'nodes': ['in', 'store', 'out', 'kv']}]}}, 'nodes': {'store': {}}, 'adapters': {"
		"'in': {'type': 'in'}, 'out': {'type': 'out'}, 'kv': {'type': 'kv'}}}",
		DIAG_RYG004, 2, 33, "adapter `kv`, which is no source or sink");
}
END_TEST

START_TEST(two_groups_of_one_name)
{
	struct fixture f;
	const struct finding *found =
		fixture_bad(&f,
			    GROUPS "{'name': 'a', 'nodes': ['kv', 'upper']},\n"
				   "{'name': 'a', 'nodes': ['out']}" REST,
			    DIAG_RYG005, 3, 10, "called `a`");

	expect_int(found->second.line, 2);
	fixture_end(&f);
}
END_TEST

START_TEST(a_group_without_nodes)
{
	expect_bad(GROUPS "{'name': 'a', 'nodes': ['kv', 'upper', 'out']},\n"
			  "{'name': 'b', 'nodes': []}" REST,
		   DIAG_RYG006, 3, 24, "group `b` has no nodes");
}
END_TEST

START_TEST(a_node_of_unknown_type_may_be_named)
{
	struct fixture f;

	fixture_bad(&f,
		    "{'version': 1, 'runtime': {'platform': {'process_groups': [{'name': 'a',"
		    "'nodes': ['in', 'x', 'out', 'upper']}]}}, 'nodes': {'x':\n{'type': 'zzz'},"
		    "'upper': {}}, 'adapters': {'in': {'type': 'in'}, 'out': {'type': 'out'}}}",
		    DIAG_RYW001, 2, 10, "`zzz`");
	fixture_end(&f);
}
END_TEST

TEST_MAIN("plan/groups", without_groups_there_is_one, sources_and_sinks_may_be_named_as_such,
	  the_mode_can_be_said, a_node_in_no_group, a_node_in_two_groups, what_is_not_there,
	  an_adapter_has_no_place, two_groups_of_one_name, a_group_without_nodes,
	  a_node_of_unknown_type_may_be_named)
