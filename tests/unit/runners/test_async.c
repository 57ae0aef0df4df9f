/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The AsyncRunner: what it may change is when something happens, never what. Most tests compare the
 * output of an asynchronous pipeline with that of the same pipeline without asynchrony.
 */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/pipeline.h"
#include "support/test.h"

#define SOURCE(count) "\"source\":{\"type\":\"t.source\",\"settings\":{\"count\":" count "}}"
#define SINK(inputs)  "\"sink\":{\"type\":\"t.sink\",\"inputs\":[" inputs "]}"
#define NODE(name, type, inputs, more) \
	"\"" name "\":{\"type\":\"" type "\",\"inputs\":[" inputs "]" more "}"
#define MANIFEST(runtime, nodes, adapters)                                                       \
	"{\"version\":1,\"runtime\":{" runtime "},\"nodes\":{" nodes "},\"adapters\":{" adapters \
	"}}"

static struct pipeline p;

static struct node_counters *counters(const char *name) {
	return &pipeline_node(&p, name)->counters;
}

/* Runs it and returns the output, to be freed. */
static char *output_of(const char *manifest) {
	char *output;

	pipeline_build(&p, manifest, true);
	pipeline_run(&p);
	expect_int(p.result.state, RUNNER_STOPPED);
	pipeline_expect_account(&p);
	output = strdup(strbuf_text(&p.output));
	pipeline_fini(&p);
	return output;
}

static void expect_same(const char *manifest, const char *other) {
	char *a = output_of(manifest), *b = output_of(other);

	ck_assert_msg(*a != '\0', "no output");
	expect_str(a, b);
	free(a);
	free(b);
}

/* -- one message at a time ------------------------------------------------------------------ */

/*
 * A burst goes two ways that meet again; `a` is asynchronous or not. Queues of four. What comes over
 * `d` comes first, though `d` stands behind `b` in the plan.
 */
#define DIAMOND(a_type, more)                                                                   \
	MANIFEST("\"queues\":{\"max_items\":4}",                                                \
		 NODE("x", "t.burst", "\"source\"", ",\"config\":{\"n\":23}") "," NODE(         \
			 "a", a_type, "\"x\"",                                                  \
			 more) "," NODE("b", "t.mark", "\"x\"",                                 \
					"") "," NODE("d", "t.pass", "\"a\"",                    \
						     "") "," NODE("c", "t.pass", "\"d\",\"b\"", \
								  ""),                          \
		 SOURCE("7") "," SINK("\"c\""))

START_TEST(with_one_in_flight_the_order_is_that_of_the_sync_runner)
{ expect_same(DIAMOND("t.later", ""), DIAMOND("t.pass", "")); }
END_TEST

/* While `a` has a message, nothing else runs: not even what leads elsewhere. */
#define TWO_SINKS(a_type)                                                                       \
	MANIFEST("",                                                                            \
		 NODE("a", a_type, "\"source\"", "") "," NODE("b", "t.mark", "\"source\"", ""), \
		 SOURCE("9") "," SINK(                                                          \
			 "\"a\"") ",\"other\":{\"type\":\"t.sink\",\"inputs\":[\"b\"]}")

START_TEST(with_one_in_flight_the_other_branch_waits)
{ expect_same(TWO_SINKS("t.later"), TWO_SINKS("t.pass")); }
END_TEST

START_TEST(a_retry_suspends_the_run_and_changes_nothing)
{
	expect_same(DIAMOND("t.later", ",\"config\":{\"every\":3,\"attempts\":2},\"on_error\":{"
				       "\"policy\":\"retry\",\"backoff_ms\":1,\"max_retries\":2}"),
		    DIAMOND("t.pass", ""));
}
END_TEST

/* On the async runner the synchronous node's retries do not block the loop, and change nothing. */
START_TEST(a_synchronous_node_retries_on_the_loop)
{
	static const char retrying[] = MANIFEST(
		"\"platform\":{\"process_groups\":[{\"name\":\"g\",\"runner_profile\":\"async\","
		"\"nodes\":[\"source\",\"f\",\"sink\"]}]}",
		NODE("f", "t.fail", "\"source\"",
		     ",\"config\":{\"every\":2,\"attempts\":2},\"on_error\":{\"policy\":\"retry\","
		     "\"backoff_ms\":1,\"max_retries\":2}"),
		SOURCE("6") "," SINK("\"f\""));

	pipeline_build(&p, retrying, false);
	pipeline_run(&p);
	pipeline_expect_account(&p);
	expect_str(strbuf_text(&p.output), "1,2,3,4,5,6");
	expect_int(counters("f")->retries, 6);
	pipeline_fini(&p);
}
END_TEST

/* -- several in flight ---------------------------------------------------------------------- */

#define LATER(name, inputs, flight, more) \
	NODE(name, "t.later", inputs,     \
	     ",\"max_in_flight\":" flight ",\"config\":{\"batch\":" flight more "}")
#define REVERSE ",\"reverse\":true"

START_TEST(an_ordered_node_keeps_the_order_of_its_inputs)
{
	char *output = output_of(MANIFEST("", LATER("a", "\"source\"", "4", REVERSE),
					  SOURCE("10") "," SINK("\"a\"")));

	expect_str(output, "1,2,3,4,5,6,7,8,9,10");
	free(output);
}
END_TEST

#define UNORDERED(mode)                                                                        \
	MANIFEST("\"ordering\":{\"sink_mode\":\"" mode "\"}",                                  \
		 NODE("a", "t.later", "\"source\"",                                            \
		      ",\"max_in_flight\":4,\"ordered\":false,\"config\":{\"batch\":4" REVERSE \
		      "}"),                                                                    \
		 SOURCE("8") "," SINK("\"a\""))

START_TEST(an_unordered_node_lets_go_as_it_completes)
{
	char *output = output_of(UNORDERED("completion"));

	expect_str(output, "4,3,2,1,8,7,6,5");
	free(output);
}
END_TEST

/* Two ways of different speed meet at `c`; whoever is faster, c sees the same. */
#define MEETING(flight, more, n)                                                               \
	MANIFEST("\"queues\":{\"max_items\":8}",                                               \
		 NODE("x", "t.burst", "\"source\"", ",\"config\":{\"n\":" n "}") "," LATER(    \
			 "a", "\"x\"", flight, more) "," NODE("b", "t.mark", "\"x\"",          \
							      "") "," NODE("c", "t.pass",      \
									   "\"b\",\"a\"", ""), \
		 SOURCE("40") "," SINK("\"c\""))

START_TEST(where_ways_meet_timing_does_not_show)
{
	expect_same(MEETING("5", "", "3"), MEETING("5", REVERSE, "3"));
	expect_same(MEETING("5", "", "3"), MEETING("2", "", "3"));
	expect_same(MEETING("64", REVERSE, "1"), MEETING("2", "", "1"));
	/* More of one message than queues hold: outputs are parked on the way. */
	expect_same(MEETING("3", REVERSE, "50"), MEETING("4", "", "50"));
}
END_TEST

/* The same at a sink, and with another asynchronous node below the meeting point. */
#define MEETING_TWICE(more)                                                                       \
	MANIFEST("\"queues\":{\"max_items\":4}",                                                  \
		 LATER("a", "\"source\"", "6", more) "," NODE(                                    \
			 "b", "t.mark", "\"source\"",                                             \
			 "") "," LATER("c", "\"a\",\"b\"", "3", more) "," NODE("d", "t.mark",     \
									       "\"source\"", ""), \
		 SOURCE("50") "," SINK("\"c\",\"d\""))

START_TEST(merges_follow_one_another)
{ expect_same(MEETING_TWICE(""), MEETING_TWICE(REVERSE)); }
END_TEST

START_TEST(a_retried_task_keeps_its_place)
{
	pipeline_build(&p,
		       MANIFEST("",
				NODE("a", "t.later", "\"source\"",
				     ",\"max_in_flight\":4,\"config\":{\"batch\":4,\"every\":3,"
				     "\"attempts\":2},\"on_error\":{\"policy\":\"retry\","
				     "\"backoff_ms\":1,\"max_retries\":3}"),
				SOURCE("20") "," SINK("\"a\"")),
		       false);
	pipeline_run(&p);
	pipeline_expect_account(&p);
	expect_str(strbuf_text(&p.output), "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20");
	expect_int(counters("a")->retries, 12);
	pipeline_fini(&p);
}
END_TEST

START_TEST(a_node_that_holds_stands_behind_one_in_flight)
{
	expect_same(MANIFEST("",
			     LATER("a", "\"source\"", "4", REVERSE) "," NODE(
				     "h", "t.hold", "\"a\"", ",\"config\":{\"n\":3}"),
			     SOURCE("10") "," SINK("\"h\"")),
		    MANIFEST("",
			     NODE("a", "t.pass", "\"source\"",
				  "") "," NODE("h", "t.hold", "\"a\"", ",\"config\":{\"n\":3}"),
			     SOURCE("10") "," SINK("\"h\"")));
}
END_TEST

/* -- failure -------------------------------------------------------------------------------- */

START_TEST(what_came_before_the_failing_message_is_completed)
{
	pipeline_build(&p,
		       MANIFEST("", LATER("a", "\"source\"", "4", REVERSE ",\"every\":6"),
				SOURCE("20") "," SINK("\"a\"")),
		       true);
	pipeline_run(&p);
	pipeline_expect_account(&p);
	expect_int(p.result.state, RUNNER_FAILED);
	expect_int(p.result.error, -EIO);
	expect_int(p.result.source_seq, 6);
	expect_str(strbuf_text(&p.output), "1,2,3,4,5");
	expect_int(pipeline_node(&p, "source")->source->counters.failed, 1);
	pipeline_fini(&p);
}
END_TEST

START_TEST(drop_and_dead_letter_need_no_turn_of_their_own)
{
	pipeline_build(&p,
		       MANIFEST("",
				NODE("a", "t.later", "\"source\"",
				     ",\"max_in_flight\":4,\"config\":{\"batch\":4,\"every\":2"
				     "},\"on_error\":\"drop\""),
				SOURCE("9") "," SINK("\"a\"")),
		       false);
	pipeline_run(&p);
	pipeline_expect_account(&p);
	expect_str(strbuf_text(&p.output), "1,3,5,7,9");
	expect_int(counters("a")->dropped, 4);
	pipeline_fini(&p);
}
END_TEST

/* -- time limits ---------------------------------------------------------------------------- */

static void run_stuck(const char *settings) {
	struct strbuf text = STRBUF_INIT;

	strbuf_printf(&text,
		      MANIFEST("\"platform\":{\"lifecycle\":{\"term_timeout_ms\":20}}",
			       NODE("a", "t.stuck", "\"source\"", ",\"timeout_ms\":20%s"),
			       SOURCE("3") "," SINK("\"a\"")),
		      settings);
	pipeline_build(&p, text.text, true);
	pipeline_run(&p);
	pipeline_expect_account(&p);
	strbuf_fini(&text);
}

START_TEST(a_task_that_takes_too_long_is_cancelled)
{
	run_stuck(",\"on_error\":\"drop\"");
	expect_int(p.result.state, RUNNER_STOPPED);
	expect_int(counters("a")->dropped, 3);
	expect_int(pipeline_node(&p, "a")->drops[0].error, ETIMEDOUT);
	pipeline_fini(&p);
}
END_TEST

START_TEST(one_that_is_not_ended_then_is_abandoned)
{
	run_stuck(",\"max_in_flight\":2,\"config\":{\"obeys\":false},\"on_error\":\"drop\"");
	expect_int(p.result.state, RUNNER_STOPPED);
	expect_int(counters("a")->abandoned, 3);
	expect_int(pipeline_node(&p, "source")->source->counters.abandoned, 3);
	pipeline_fini(&p);
	run_stuck(",\"config\":{\"obeys\":false}");
	expect_int(p.result.state, RUNNER_FAILED);
	expect_int(p.result.error, -ETIMEDOUT);
	expect_int(counters("a")->abandoned, 1);
	pipeline_fini(&p);
}
END_TEST

START_TEST(a_time_limit_is_retried_like_any_failure)
{
	run_stuck(",\"on_error\":{\"policy\":\"retry\",\"backoff_ms\":1,\"max_retries\":1,"
		  "\"then\":\"drop\"}");
	expect_int(counters("a")->retries, 3);
	expect_int(counters("a")->dropped, 3);
	pipeline_fini(&p);
}
END_TEST

/* -- stopping ------------------------------------------------------------------------------- */

static void stop(struct pipeline *pipeline, int request) {
	const uint64_t one = 1;

	atomic_store(&pipeline->control.stop, request);
	ck_assert_int_eq(write(pipeline->control.wake_fd, &one, sizeof(one)), sizeof(one));
}

static void drain_at_first(struct pipeline *pipeline, uint64_t nth) {
	if (nth == 1)
		stop(pipeline, STOP_DRAIN);
}

static void stop_at_first(struct pipeline *pipeline, uint64_t nth) {
	if (nth == 1)
		stop(pipeline, STOP_NOW);
}

static void run_stopped(void (*on_write)(struct pipeline *pipeline, uint64_t nth)) {
	p.on_write = on_write;
	pipeline_build(&p,
		       MANIFEST("", LATER("a", "\"source\"", "4", ""),
				"\"source\":{\"type\":\"t.source\",\"settings\":{\"count\":10,"
				"\"ends\":false}}," SINK("\"a\"")),
		       false);
	pipeline_run(&p);
	pipeline_expect_account(&p);
}

START_TEST(a_drain_completes_what_was_accepted)
{
	run_stopped(drain_at_first);
	expect_int(p.result.state, RUNNER_STOPPED);
	expect_str(strbuf_text(&p.output), "1,2,3,4,5,6,7,8,9,10");
	expect_int(p.result.abandoned, 0);
	pipeline_fini(&p);
}
END_TEST

START_TEST(a_stop_at_once_abandons_and_counts)
{
	run_stopped(stop_at_first);
	ck_assert(p.result.stopped_now);
	ck_assert_uint_gt(p.result.abandoned, 0);
	expect_int(p.result.abandoned + pipeline_node(&p, "source")->source->counters.completed,
		   10);
	pipeline_fini(&p);
}
END_TEST

START_TEST(a_drain_ends_at_its_deadline)
{
	p.drain_timeout_ns = 20 * NS_PER_MS;
	p.on_write = drain_at_first;
	pipeline_build(
		&p,
		MANIFEST(
			"",
			NODE("a", "t.stuck", "\"source\"",
			     ",\"max_in_flight\":2,\"config\":{\"obeys\":false}") "," NODE("b",
											   "t.pass",
											   "\"sourc"
											   "e\"",
											   ""),
			SOURCE("100") "," SINK("\"a\",\"b\"") ",\"other\":{\"type\":\"t.sink\","
							      "\"inputs\":[\"b\"]}"),
		true);
	pipeline_run(&p);
	pipeline_expect_account(&p);
	ck_assert(p.result.late);
	expect_int(counters("a")->abandoned, counters("a")->taken);
	ck_assert_uint_gt(p.result.abandoned, 2);
	expect_int(p.result.abandoned, pipeline_node(&p, "source")->source->counters.accepted);
	pipeline_fini(&p);
}
END_TEST

/* -- no more than is asked for -------------------------------------------------------------- */

START_TEST(no_more_than_max_in_flight_are_pending)
{
	pipeline_build(
		&p,
		MANIFEST("", LATER("a", "\"source\"", "3", ""), SOURCE("100") "," SINK("\"a\"")),
		false);
	pipeline_run(&p);
	/* Its queue never needs to hold more than is in work at once. */
	ck_assert_uint_le(pipeline_node(&p, "a")->queue.highest, 3);
	expect_int(counters("a")->completed, 100);
	pipeline_fini(&p);
}
END_TEST

TEST_MAIN("runners/async", with_one_in_flight_the_order_is_that_of_the_sync_runner,
	  with_one_in_flight_the_other_branch_waits, a_retry_suspends_the_run_and_changes_nothing,
	  a_synchronous_node_retries_on_the_loop, an_ordered_node_keeps_the_order_of_its_inputs,
	  an_unordered_node_lets_go_as_it_completes, where_ways_meet_timing_does_not_show,
	  merges_follow_one_another, a_retried_task_keeps_its_place,
	  a_node_that_holds_stands_behind_one_in_flight,
	  what_came_before_the_failing_message_is_completed,
	  drop_and_dead_letter_need_no_turn_of_their_own, a_task_that_takes_too_long_is_cancelled,
	  one_that_is_not_ended_then_is_abandoned, a_time_limit_is_retried_like_any_failure,
	  a_drain_completes_what_was_accepted, a_stop_at_once_abandons_and_counts,
	  a_drain_ends_at_its_deadline, no_more_than_max_in_flight_are_pending)
