/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "base/strbuf.h"

static const char fund_load[] =
	"{'version': 1, 'runtime': {'platform': {'bootstrap': {'mode': 'process_supervisor'},"
	"'process_groups': ["
	"{'name': 'execution.ingress', 'nodes': ['source', 'parse']},"
	"{'name': 'execution.features', 'nodes': ['keys', 'gate', 'features']},"
	"{'name': 'execution.policy', 'nodes': ['policies', 'windows']},"
	"{'name': 'execution.egress', 'nodes': ['format', 'sink:sink']}]}},"
	"'nodes': {"
	"'format': {'type': 'fl.format'},"
	"'windows': {'type': 'fl.windows', 'bind': {'windows': 'window_store'}},"
	"'policies': {'type': 'fl.policies', 'bind': {'windows': {'adapter': 'window_store'}}},"
	"'features': {'type': 'fl.features'},"
	"'gate': {'type': 'fl.gate', 'bind': {'seen': 'ids'}},"
	"'keys': {'type': 'fl.keys'},"
	"'parse': {'type': 'fl.parse'}},"
	"'adapters': {"
	"'sink': {'type': 'out'},"
	"'window_store': {'type': 'kv'}, 'ids': {'type': 'kv'}, 'primes': {'type': 'primes'},"
	"'source': {'type': 'in'}}}";

START_TEST(the_order_follows_the_messages)
{
	const char *const names[] = {"source",	 "parse",   "keys",   "gate", "features",
				     "policies", "windows", "format", "sink"};
	struct fixture f;

	fixture_good(&f, fund_load);
	expect_int(f.plan.n_nodes, 9);
	for (uint32_t i = 0; i < 9; i++) {
		expect_str(f.plan.nodes[i].name, names[i]);
		expect_int(f.plan.nodes[i].index, i);
		expect(plan_node_named(&f.plan, names[i]) == &f.plan.nodes[i]);
		expect_int(f.plan.nodes[i].n_upstream, i > 0);
		if (i)
			expect_int(f.plan.nodes[i].upstream[0], i - 1);
	}
	expect_int(f.plan.nodes[0].kind, PLAN_SOURCE);
	expect_int(f.plan.nodes[0].source_id, 1);
	expect_int(f.plan.nodes[1].source_id, 0);
	expect_int(f.plan.nodes[8].kind, PLAN_SINK);
	expect_int(f.plan.n_edges, 8);
	fixture_end(&f);
}
END_TEST

START_TEST(groups_and_their_borders)
{
	struct fixture f;

	fixture_good(&f, fund_load);
	expect(!f.plan.inline_mode);
	expect_int(f.plan.n_groups, 4);
	expect_str(f.plan.groups[1].name, "execution.features");
	expect_int(f.plan.groups[1].n_nodes, 3);
	expect_int(f.plan.groups[1].nodes[0], 2);
	expect_int(f.plan.groups[1].nodes[2], 4);
	expect_int(f.plan.groups[3].nodes[1], 8);
	for (uint32_t i = 0; i < 8; i++)
		expect_int(f.plan.edges[i].crosses_group, i == 1 || i == 4 || i == 6);
	for (uint32_t i = 0; i < 4; i++)
		expect_int(f.plan.groups[i].profile, RUNNER_SYNC);
	fixture_end(&f);
}
END_TEST

START_TEST(slots_and_bindings)
{
	struct fixture f;
	const struct plan_node *gate, *policies;
	uint32_t store;

	fixture_good(&f, fund_load);
	gate = plan_node_named(&f.plan, "gate");
	policies = plan_node_named(&f.plan, "policies");
	store = plan_adapter_named(&f.plan, "window_store")->index;
	expect_int(f.plan.n_adapters, 3); /* neither source nor sink */
	expect(!plan_adapter_named(&f.plan, "sink"));
	expect_int(gate->n_slots, 1);
	expect_int(gate->slots[0].adapter, plan_adapter_named(&f.plan, "ids")->index);
	expect_int(policies->slots[0].adapter, store);
	expect_int(plan_node_named(&f.plan, "windows")->slots[0].adapter, store);
	expect_str(policies->slots[0].binding->adapter, "window_store");
	expect_str(policies->slots[0].provides->contract, "kv");
	expect(plan_node_named(&f.plan, "features")->slots[0].binding == NULL);
	for (uint32_t i = 0; i < 3; i++)
		expect(f.plan.adapters[i].used && f.plan.adapters[i].plan_node == PLAN_NONE);
	fixture_end(&f);
}
END_TEST

START_TEST(reaching)
{
	struct fixture f;

	fixture_good(&f, fund_load);
	for (uint32_t i = 0; i < 9; i++)
		for (uint32_t j = 0; j < 9; j++)
			expect_int(plan_reaches(&f.plan, i, j), i < j);
	fixture_end(&f);
	fixture_good(&f, "{'version': 1, 'nodes': {'a': {'type': 'upper'}, 'b': {'type': 'upper'}},"
			 "'adapters': {'in': {'type': 'in'}, 'out': {'type': 'out'}}}");
	expect(!plan_reaches(&f.plan, 1, 2));
	expect(plan_reaches(&f.plan, 0, 2));
	expect(plan_reaches(&f.plan, 2, 3));
	fixture_end(&f);
}
END_TEST

START_TEST(among_equals_the_manifest_decides)
{
	const char *const names[] = {"s2", "s1", "z", "a", "m", "o2", "o1"};
	struct fixture f;

	fixture_good(&f, "{'version': 1, 'nodes': {'z': {'type': 'upper'}, 'a': {'type': 'upper'},"
			 "'m': {'type': 'upper'}}, 'adapters': {"
			 "'o2': {'type': 'out'}, 's2': {'type': 'in'}, 's1': {'type': 'in'},"
			 "'o1': {'type': 'out'}}}");
	for (uint32_t i = 0; i < 7; i++)
		expect_str(f.plan.nodes[i].name, names[i]);
	expect_int(f.plan.nodes[0].source_id, 1);
	expect_int(f.plan.nodes[1].source_id, 2);
	/* And the edges of a port are in manifest order of its consumers. */
	expect_int(f.plan.nodes[0].ports[0].n_edges, 3);
	for (uint32_t i = 0; i < 3; i++)
		expect_int(f.plan.nodes[0].ports[0].edges[i].to, 2 + i);
	expect_int(f.plan.nodes[2].n_upstream, 2);
	expect_int(f.plan.nodes[2].upstream[1], 1);
	fixture_end(&f);
}
END_TEST

START_TEST(adapters_are_in_construction_order)
{
	struct fixture f;

	fixture_good(&f, "{'version': 1, 'nodes': {'cached': {}}, 'adapters': {"
			 "'in': {'type': 'in'}, 'out': {'type': 'out'},"
			 "'cache': {'type': 'cache'}, 'store': {'type': 'kv'}}}");
	expect_int(f.plan.n_adapters, 2);
	expect_str(f.plan.adapters[0].name, "store");
	expect_str(f.plan.adapters[1].name, "cache");
	expect_int(f.plan.adapters[1].slots[0].adapter, 0);
	fixture_end(&f);
}
END_TEST

START_TEST(settings_of_nodes)
{
	struct fixture f;

	fixture_good(&f,
		     "{'version': 1, 'nodes': {"
		     "'a': {'type': 'later', 'max_in_flight': 4, 'max_outputs': 7},"
		     "'b': {'type': 'upper', 'on_error': {'policy': 'retry', 'then': 'dead_letter',"
		     "'dead_letter': 'letters'}},"
		     "'c': {'type': 'upper', 'timeout_ms': 5, 'on_error': 'drop'}},"
		     "'adapters': {'in': {'type': 'in'}, 'out': {'type': 'out'},"
		     "'letters': {'type': 'letters'}}}");
	expect_int(plan_node_named(&f.plan, "a")->timeout_ms, 30000);
	expect_int(plan_node_named(&f.plan, "a")->max_in_flight, 4);
	expect_int(plan_node_named(&f.plan, "a")->max_outputs, 7);
	expect_int(plan_node_named(&f.plan, "a")->dead_letter, PLAN_NONE);
	expect_int(plan_node_named(&f.plan, "b")->timeout_ms, 0);
	expect_int(plan_node_named(&f.plan, "b")->dead_letter, 0);
	expect_int(plan_node_named(&f.plan, "b")->on_error.then, ON_ERROR_DEAD_LETTER);
	expect_int(plan_node_named(&f.plan, "c")->timeout_ms, 5);
	expect_int(plan_node_named(&f.plan, "c")->on_error.policy, ON_ERROR_DROP);
	expect_int(plan_node_named(&f.plan, "in")->on_error.policy, ON_ERROR_FAIL);
	expect_int(f.plan.n_adapters, 1);
	expect(f.plan.adapters[0].used);
	fixture_end(&f);
}
END_TEST

START_TEST(a_node_that_emits_by_itself_is_a_source)
{
	struct fixture f;

	fixture_good(&f, "{'version': 1, 'nodes': {'timer': {}, 'print': {}},"
			 "'adapters': {'out': {'type': 'out'}}}");
	expect_str(f.plan.nodes[0].name, "timer");
	expect_int(f.plan.nodes[0].source_id, 1);
	fixture_end(&f);
}
END_TEST

START_TEST(an_adapter_may_stream_and_provide)
{
	struct fixture f;
	const struct plan_adapter *adapter;

	fixture_good(&f, "{'version': 1, 'nodes': {'store': {}}, 'adapters': {"
			 "'both': {'type': 'in.kv'}, 'out': {'type': 'out'}}}");
	adapter = plan_adapter_named(&f.plan, "both");
	expect_int(adapter->plan_node, plan_node_named(&f.plan, "both")->index);
	expect_int(plan_node_named(&f.plan, "store")->slots[0].adapter, adapter->index);
	fixture_end(&f);
}
END_TEST

/* Backwards in the text, so that the order has something to do. */
START_TEST(a_chain_of_ten_thousand)
{
	enum { N = 10000 };
	struct strbuf text = STRBUF_INIT;
	struct fixture f;

	strbuf_add(&text, "{'version': 1, 'nodes': {");
	for (int i = N - 1; i >= 0; i--)
		strbuf_printf(&text, "'n%d': {'type': 'upper', 'inputs': ['%s%d']}%s", i,
			      i ? "n" : "in", i ? i - 1 : 0, i ? "," : "},");
	strbuf_printf(&text,
		      "'adapters': {'in0': {'type': 'in'},"
		      "'out': {'type': 'out', 'inputs': ['n%d']}}}",
		      N - 1);
	fixture_good(&f, strbuf_text(&text));
	expect_int(f.plan.n_nodes, N + 2);
	expect_int(f.plan.n_edges, N + 1);
	for (uint32_t i = 1; i < N + 2; i++)
		expect_int(f.plan.nodes[i].upstream[0], i - 1);
	expect(plan_reaches(&f.plan, 0, N + 1));
	fixture_end(&f);
	strbuf_fini(&text);
}
END_TEST

START_TEST(a_cycle_of_ten_thousand)
{
	enum { N = 10000 };
	struct strbuf text = STRBUF_INIT;
	struct fixture f;

	strbuf_add(&text, "{'version': 1, 'nodes': {\n");
	for (int i = 0; i < N; i++)
		strbuf_printf(&text, "'n%d': {'type': 'upper', 'inputs': ['n%d']}%s", i,
			      i ? i - 1 : N - 1, i + 1 < N ? "," : "}}");
	fixture_bad(&f, strbuf_text(&text), DIAG_RYW007, 2, 1, "9900 more");
	fixture_end(&f);
	strbuf_fini(&text);
}
END_TEST

START_TEST(everything_with_everything_is_refused)
{
	enum { N = 1500 };
	struct strbuf text = STRBUF_INIT;
	struct fixture f;

	strbuf_add(&text, "{'version': 1, 'nodes': {");
	for (int i = 0; i < N; i++)
		strbuf_printf(&text, "'m%d': {'type': 'make'}, 's%d': {'type': 'swallow'}%s", i, i,
			      i + 1 < N ? "," : "}, 'adapters': {'in': {'type': 'in'}}}");
	fixture_begin(&f, strbuf_text(&text), NULL);
	expect_finding(&f.diag, DIAG_RYW017, 0, 0);
	expect_int(f.plan.n_edges, 1 << 20);
	fixture_end(&f);
	strbuf_fini(&text);
}
END_TEST

TEST_MAIN("plan/order", the_order_follows_the_messages, groups_and_their_borders,
	  slots_and_bindings, reaching, among_equals_the_manifest_decides,
	  adapters_are_in_construction_order, settings_of_nodes,
	  a_node_that_emits_by_itself_is_a_source, an_adapter_may_stream_and_provide,
	  a_chain_of_ten_thousand, a_cycle_of_ten_thousand, everything_with_everything_is_refused)
