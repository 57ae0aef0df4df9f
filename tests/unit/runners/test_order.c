/* SPDX-License-Identifier: Apache-2.0 */
/* Order, completion and accounting of the core, driven by the SyncRunner. */
#include "support/pipeline.h"
#include "support/test.h"

#define SOURCE(count) "\"source\":{\"type\":\"t.source\",\"settings\":{\"count\":" count "}}"
#define SINK(inputs)  "\"sink\":{\"type\":\"t.sink\",\"inputs\":[" inputs "]}"

static struct pipeline p;

static void run(const char *manifest) {
	pipeline_build(&p, manifest, false);
	pipeline_run(&p);
	expect_int(p.result.state, RUNNER_STOPPED);
	pipeline_expect_account(&p);
}

START_TEST(a_chain_keeps_the_order)
{
	run("{\"version\":1,\"nodes\":{"
	    "\"a\":{\"type\":\"t.pass\",\"inputs\":[\"source\"]},"
	    "\"b\":{\"type\":\"t.pass\",\"inputs\":[\"a\"]}},"
	    "\"adapters\":{" SOURCE("5") "," SINK("\"b\"") "}}");
	expect_str(strbuf_text(&p.output), "1,2,3,4,5");
	expect_int(pipeline_node(&p, "source")->source->counters.completed, 5);
	expect_int(pipeline_node(&p, "sink")->counters.completed, 5);
	pipeline_fini(&p);
}
END_TEST

/* Each arriving message is run to completion, over both branches, before the next is taken. */
START_TEST(a_diamond_finishes_one_message_before_the_next)
{
	run("{\"version\":1,\"nodes\":{"
	    "\"a\":{\"type\":\"t.pass\",\"inputs\":[\"source\"]},"
	    "\"b\":{\"type\":\"t.burst\",\"inputs\":[\"source\"],\"config\":{\"n\":2}},"
	    "\"c\":{\"type\":\"t.pass\",\"inputs\":[\"a\",\"b\"]}},"
	    "\"adapters\":{" SOURCE("3") "," SINK("\"c\"") "}}");
	expect_str(strbuf_text(&p.output), "1,1,1,2,2,2,3,3,3");
	pipeline_fini(&p);
}
END_TEST

/* Siblings run in manifest order, each with all that derives from it; in either order. */
START_TEST(fan_out_follows_the_manifest)
{
	run("{\"version\":1,\"nodes\":{"
	    "\"a\":{\"type\":\"t.mark\",\"inputs\":[\"source\"]},"
	    "\"b\":{\"type\":\"t.burst\",\"inputs\":[\"source\"],\"config\":{\"n\":2}},"
	    "\"c\":{\"type\":\"t.mark\",\"inputs\":[\"a\",\"b\"]}},"
	    "\"adapters\":{" SOURCE("2") "," SINK("\"c\"") "}}");
	expect_str(strbuf_text(&p.output), "1mm,1m,1m,2mm,2m,2m");
	pipeline_fini(&p);
	run("{\"version\":1,\"nodes\":{"
	    "\"b\":{\"type\":\"t.burst\",\"inputs\":[\"source\"],\"config\":{\"n\":2}},"
	    "\"a\":{\"type\":\"t.mark\",\"inputs\":[\"source\"]},"
	    "\"c\":{\"type\":\"t.mark\",\"inputs\":[\"a\",\"b\"]}},"
	    "\"adapters\":{" SOURCE("2") "," SINK("\"c\"") "}}");
	expect_str(strbuf_text(&p.output), "1m,1m,1mm,2m,2m,2mm");
	pipeline_fini(&p);
}
END_TEST

START_TEST(ports_lead_to_their_own_consumers)
{
	run("{\"version\":1,\"nodes\":{"
	    "\"s\":{\"type\":\"t.split\",\"inputs\":[\"source\"]},"
	    "\"odd\":{\"type\":\"t.pass\",\"inputs\":[\"s.odd\"]},"
	    "\"even\":{\"type\":\"t.drop\",\"inputs\":[\"s.even\"]}},"
	    "\"adapters\":{" SOURCE("6") "," SINK("\"odd\"") "}}");
	expect_str(strbuf_text(&p.output), "1,3,5");
	expect_int(pipeline_node(&p, "even")->counters.completed, 3);
	expect_int(pipeline_node(&p, "source")->source->counters.completed, 6);
	pipeline_fini(&p);
}
END_TEST

/* 60000 messages from one input, through queues of 8: no queue passes its bound. */
START_TEST(a_burst_stays_within_the_bounds_of_queues)
{
	run("{\"version\":1,\"runtime\":{\"queues\":{\"max_items\":8}},\"nodes\":{"
	    "\"a\":{\"type\":\"t.burst\",\"inputs\":[\"source\"],\"config\":{\"n\":60000}},"
	    "\"b\":{\"type\":\"t.burst\",\"inputs\":[\"a\"],\"config\":{\"n\":3}},"
	    "\"c\":{\"type\":\"t.drop\",\"inputs\":[\"b\"]}},"
	    "\"adapters\":{" SOURCE("2") "}}");
	expect_int(pipeline_node(&p, "a")->counters.emitted, 120000);
	expect_int(pipeline_node(&p, "b")->counters.completed, 120000);
	expect_int(pipeline_node(&p, "c")->counters.completed, 360000);
	expect_int(pipeline_node(&p, "source")->source->counters.completed, 2);
	ck_assert_uint_le(pipeline_node(&p, "c")->queue.highest, 8);
	pipeline_fini(&p);
}
END_TEST

START_TEST(more_than_max_outputs_fails_the_task)
{
	pipeline_build(&p,
		       "{\"version\":1,\"nodes\":{"
		       "\"a\":{\"type\":\"t.burst\",\"inputs\":[\"source\"],"
		       "\"config\":{\"n\":101},\"max_outputs\":100}},"
		       "\"adapters\":{" SOURCE("2") "," SINK("\"a\"") "}}",
		       false);
	pipeline_run(&p);
	expect_int(p.result.state, RUNNER_FAILED);
	expect_int(p.result.error, -ENOBUFS);
	expect_int(p.written, 0);
	pipeline_expect_account(&p);
	pipeline_fini(&p);
}
END_TEST

START_TEST(held_messages_become_one_and_the_rest_is_flushed_at_the_end)
{
	run("{\"version\":1,\"nodes\":{"
	    "\"h\":{\"type\":\"t.hold\",\"inputs\":[\"source\"],\"config\":{\"n\":3}}},"
	    "\"adapters\":{" SOURCE("8") "," SINK("\"h\"") "}}");
	expect_str(strbuf_text(&p.output), "1+2+3,4+5+6,7+8");
	expect_int(pipeline_node(&p, "h")->counters.completed, 8);
	expect_int(pipeline_node(&p, "source")->source->counters.completed, 8);
	pipeline_fini(&p);
}
END_TEST

/* Half of a queue's items, here 8, may be held; then the node is asked to flush. */
START_TEST(a_node_that_holds_too_much_is_flushed)
{
	run("{\"version\":1,\"runtime\":{\"queues\":{\"max_items\":16}},\"nodes\":{"
	    "\"h\":{\"type\":\"t.hold\",\"inputs\":[\"source\"],\"config\":{\"n\":1000}}},"
	    "\"adapters\":{" SOURCE("20") "," SINK("\"h\"") "}}");
	expect_str(strbuf_text(&p.output), "1+2+3+4+5+6+7+8,9+10+11+12+13+14+15+16,17+18+19+20");
	pipeline_fini(&p);
}
END_TEST

START_TEST(what_a_node_keeps_at_the_end_is_abandoned_and_counted)
{
	pipeline_build(
		&p,
		"{\"version\":1,\"nodes\":{\"k\":{\"type\":\"t.keep\",\"inputs\":[\"source\"],"
		"\"config\":{\"how\":\"keep\"}}},"
		"\"adapters\":{" SOURCE("4") "," SINK("\"k\"") "}}",
		true);
	pipeline_run(&p);
	expect_int(pipeline_node(&p, "k")->counters.abandoned, 4);
	expect_int(pipeline_node(&p, "k")->counters.plugin_errors, 1);
	expect_int(pipeline_node(&p, "source")->source->counters.abandoned, 4);
	expect_int(p.result.abandoned, 4);
	expect_int(p.result.state, RUNNER_FAILED);
	expect_int(p.result.error, -EPROTO);
	pipeline_expect_account(&p);
	pipeline_fini(&p);
}
END_TEST

#define ODD_HELD(mode)                                                                       \
	"{\"version\":1,\"runtime\":{\"ordering\":{\"sink_mode\":\"" mode "\"}},\"nodes\":{" \
	"\"s\":{\"type\":\"t.split\",\"inputs\":[\"source\"]},"                              \
	"\"h\":{\"type\":\"t.hold\",\"inputs\":[\"s.odd\"],\"config\":{\"n\":100}},"         \
	"\"e\":{\"type\":\"t.pass\",\"inputs\":[\"s.even\"]}},"                              \
	"\"adapters\":{" SOURCE("8") "," SINK("\"e\",\"h\"") "}}"

/* The joined message carries the sequence 7, and is made after 8 has passed by. */
START_TEST(a_sink_waits_for_what_is_held_above_it)
{
	run(ODD_HELD("source_seq"));
	expect_str(strbuf_text(&p.output), "2,4,6,1+3+5+7,8");
	pipeline_fini(&p);
}
END_TEST

START_TEST(a_sink_in_completion_mode_does_not_wait)
{
	run(ODD_HELD("completion"));
	expect_str(strbuf_text(&p.output), "2,4,6,8,1+3+5+7");
	pipeline_fini(&p);
}
END_TEST

/* 20 messages wait for one that is held, in a list of 16: the holder is made to let go. */
START_TEST(a_full_waiting_list_makes_the_holder_flush)
{
	run("{\"version\":1,\"runtime\":{\"queues\":{\"max_items\":16}},\"nodes\":{"
	    "\"s\":{\"type\":\"t.split\",\"inputs\":[\"source\"]},"
	    "\"h\":{\"type\":\"t.hold\",\"inputs\":[\"s.odd\"],\"config\":{\"n\":100}},"
	    "\"e\":{\"type\":\"t.burst\",\"inputs\":[\"s.even\"],\"config\":{\"n\":5}}},"
	    "\"adapters\":{" SOURCE("8") "," SINK("\"e\",\"h\"") "}}");
	expect_str(strbuf_text(&p.output), "2,2,2,2,2,4,4,4,4,4,6,6,6,6,6,1+3+5+7,8,8,8,8,8");
	pipeline_fini(&p);
}
END_TEST

START_TEST(two_sources_take_turns)
{
	run("{\"version\":1,\"nodes\":{"
	    "\"a\":{\"type\":\"t.pass\",\"inputs\":[\"source\",\"other\"]}},"
	    "\"adapters\":{" SOURCE("3") ",\"other\":{\"type\":\"t.source\",\"settings\":{"
					 "\"count\":3}}," SINK("\"a\"") "}}");
	expect_str(strbuf_text(&p.output), "1,1,2,2,3,3");
	pipeline_fini(&p);
}
END_TEST

/* What is emitted where nobody listens is counted, and the message is completed. */
START_TEST(a_port_that_leads_nowhere_is_counted)
{
	run("{\"version\":1,\"runtime\":{\"strict\":false},\"nodes\":{"
	    "\"s\":{\"type\":\"t.split\",\"inputs\":[\"source\"]}},"
	    "\"adapters\":{" SOURCE("5") "," SINK("\"s.even\"") "}}");
	expect_str(strbuf_text(&p.output), "2,4");
	expect_int(pipeline_node(&p, "s")->counters.unrouted, 3);
	pipeline_fini(&p);
}
END_TEST

START_TEST(rude_nodes_are_refused_and_counted)
{
	static const struct {
		const char *how;
		int error; /* of the run; 0: it goes on */
		uint64_t plugin_errors;
	} cases[] = {
		{"twice", 0, 6}, {"pending", -EPROTO, 1}, {"held", -EPROTO, 1},
		{"port", 0, 0},	 {"big", -ENOBUFS, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct strbuf text = STRBUF_INIT;
		struct pipeline rude = {0};

		strbuf_printf(&text,
			      "{\"version\":1,\"nodes\":{\"r\":{\"type\":\"t.rude\",\"inputs\":["
			      "\"source\"],\"config\":{\"how\":\"%s\"}}},"
			      "\"adapters\":{" SOURCE("3") "," SINK("\"r\"") "}}",
			      cases[i].how);
		pipeline_build(&rude, text.text, false);
		pipeline_run(&rude);
		expect_int(rude.result.error, cases[i].error);
		expect_int(pipeline_node(&rude, "r")->counters.plugin_errors,
			   cases[i].plugin_errors);
		pipeline_expect_account(&rude);
		pipeline_fini(&rude);
		strbuf_fini(&text);
	}
}
END_TEST

TEST_MAIN("runners/order", a_chain_keeps_the_order, a_diamond_finishes_one_message_before_the_next,
	  fan_out_follows_the_manifest, ports_lead_to_their_own_consumers,
	  a_burst_stays_within_the_bounds_of_queues, more_than_max_outputs_fails_the_task,
	  held_messages_become_one_and_the_rest_is_flushed_at_the_end,
	  a_node_that_holds_too_much_is_flushed,
	  what_a_node_keeps_at_the_end_is_abandoned_and_counted,
	  a_sink_waits_for_what_is_held_above_it, a_sink_in_completion_mode_does_not_wait,
	  a_full_waiting_list_makes_the_holder_flush, two_sources_take_turns,
	  a_port_that_leads_nowhere_is_counted, rude_nodes_are_refused_and_counted)
