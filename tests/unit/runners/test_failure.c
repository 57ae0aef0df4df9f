/* SPDX-License-Identifier: Apache-2.0 */
/* on_error, stopping and draining. Each way must end in an account that adds up. */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/pipeline.h"
#include "support/test.h"

#define SOURCE(count) "\"source\":{\"type\":\"t.source\",\"settings\":{\"count\":" count "}}"
#define SINK(inputs)  "\"sink\":{\"type\":\"t.sink\",\"inputs\":[" inputs "]}"

static struct pipeline p;

/* One node `f` that fails each third message as `config` says, under `on_error`. */
static void run_failing(const char *config, const char *on_error) {
	struct strbuf text = STRBUF_INIT;

	strbuf_printf(
		&text,
		"{\"version\":1,\"nodes\":{\"f\":{\"type\":\"t.fail\",\"inputs\":[\"source\"],"
		"\"config\":{\"every\":3%s},\"on_error\":%s}},"
		"\"adapters\":{" SOURCE("7") "," SINK("\"f\"") "}}",
		config, on_error);
	pipeline_build(&p, text.text, false);
	pipeline_run(&p);
	pipeline_expect_account(&p);
	strbuf_fini(&text);
}

START_TEST(fail_completes_earlier_messages_and_abandons_later_ones)
{
	run_failing("", "\"fail\"");
	expect_int(p.result.state, RUNNER_FAILED);
	expect_int(p.result.error, -EIO);
	expect_str(p.result.node->plan->name, "f");
	expect_int(p.result.source_seq, 3);
	expect_str(strbuf_text(&p.output), "1,2");
	expect_int(pipeline_node(&p, "source")->source->counters.completed, 2);
	expect_int(pipeline_node(&p, "source")->source->counters.failed, 1);
	expect_int(pipeline_node(&p, "source")->source->counters.abandoned, 4);
	expect_int(p.result.abandoned, 4);
	pipeline_fini(&p);
}
END_TEST

START_TEST(drop_counts_with_its_reason)
{
	run_failing(",\"error\":28", "\"drop\"");
	expect_int(p.result.state, RUNNER_STOPPED);
	expect_str(strbuf_text(&p.output), "1,2,4,5,7");
	expect_int(pipeline_node(&p, "f")->counters.dropped, 2);
	expect_int(pipeline_node(&p, "f")->drops[0].error, ENOSPC);
	expect_int(pipeline_node(&p, "f")->drops[0].count, 2);
	expect_int(pipeline_node(&p, "source")->source->counters.completed, 7);
	pipeline_fini(&p);
}
END_TEST

START_TEST(retry_repeats_nothing_downstream)
{
	run_failing(",\"attempts\":2", "{\"policy\":\"retry\",\"max_retries\":3,\"backoff_ms\":1}");
	expect_int(p.result.state, RUNNER_STOPPED);
	expect_str(strbuf_text(&p.output), "1,2,3,4,5,6,7");
	expect_int(pipeline_node(&p, "f")->counters.retries, 4);
	expect_int(pipeline_node(&p, "f")->counters.completed, 7);
	pipeline_fini(&p);
}
END_TEST

START_TEST(retries_used_up_lead_to_then)
{
	run_failing(",\"attempts\":9", "{\"policy\":\"retry\",\"max_retries\":2,\"backoff_ms\":1,"
				       "\"then\":\"drop\"}");
	expect_int(p.result.state, RUNNER_STOPPED);
	expect_str(strbuf_text(&p.output), "1,2,4,5,7");
	expect_int(pipeline_node(&p, "f")->counters.retries, 4);
	expect_int(pipeline_node(&p, "f")->counters.dropped, 2);
	pipeline_fini(&p);
}
END_TEST

/* 4 + 8 + 16 ms: the wait before a further attempt doubles. */
START_TEST(retries_back_off)
{
	uint64_t before = clock_monotonic_ns();

	run_failing(",\"attempts\":3", "{\"policy\":\"retry\",\"max_retries\":3,\"backoff_ms\":4}");
	ck_assert_uint_ge(clock_monotonic_ns() - before, 2 * 28 * NS_PER_MS);
	expect_int(pipeline_node(&p, "f")->counters.retries, 6);
	pipeline_fini(&p);
}
END_TEST

START_TEST(a_sink_that_fails_ends_the_run)
{
	pipeline_build(&p,
		       "{\"version\":1,\"nodes\":{"
		       "\"a\":{\"type\":\"t.pass\",\"inputs\":[\"source\"]}},\"adapters\":{" SOURCE(
			       "100") ",\"sink\":{\"type\":\"t.sink\",\"inputs\":[\"a\"],"
				      "\"settings\":{\"fail_at\":11,\"error\":28}}}}",
		       false);
	pipeline_run(&p);
	expect_int(p.result.state, RUNNER_FAILED);
	expect_int(p.result.error, -ENOSPC);
	expect_int(p.written, 10);
	expect_int(pipeline_node(&p, "source")->source->counters.completed, 10);
	expect_int(pipeline_node(&p, "source")->source->counters.failed, 1);
	pipeline_expect_account(&p);
	pipeline_fini(&p);
}
END_TEST

/* Held messages that came before the failing one are still let out. */
START_TEST(a_failure_drains_what_was_held_before)
{
	pipeline_build(
		&p,
		"{\"version\":1,\"nodes\":{"
		"\"h\":{\"type\":\"t.hold\",\"inputs\":[\"source\"],\"config\":{\"n\":100}},"
		"\"f\":{\"type\":\"t.fail\",\"inputs\":[\"source\"],\"config\":{\"every\":5}}},"
		"\"adapters\":{" SOURCE("9") "," SINK("\"h\",\"f\"") "}}",
		false);
	pipeline_run(&p);
	expect_int(p.result.state, RUNNER_FAILED);
	expect(strstr(strbuf_text(&p.output), "1+2+3+4") != NULL);
	pipeline_expect_account(&p);
	pipeline_fini(&p);
}
END_TEST

static void stop_at_ten(struct pipeline *pipeline, uint64_t nth) {
	if (nth == 10)
		atomic_store(&pipeline->control.stop, STOP_DRAIN);
}

/* A stop in the middle: what a source has emitted by then is completed, nothing more is pulled. */
START_TEST(a_stop_drains)
{
	p.on_write = stop_at_ten;
	pipeline_build(&p,
		       "{\"version\":1,\"runtime\":{\"ordering\":{\"sink_mode\":\"completion\"}},"
		       "\"nodes\":{\"h\":{\"type\":\"t.hold\",\"inputs\":[\"source\"],\"config\":{"
		       "\"n\":100}},"
		       "\"a\":{\"type\":\"t.pass\",\"inputs\":[\"source\"]}},"
		       "\"adapters\":{" SOURCE("100000") "," SINK("\"a\",\"h\"") "}}",
		       false);
	pipeline_run(&p);
	expect_int(p.result.state, RUNNER_STOPPED);
	expect(!p.result.late && !p.result.stopped_now);
	expect_int(p.result.abandoned, 0);
	expect_int(pipeline_node(&p, "source")->source->counters.accepted, PULL_MAX);
	expect_int(pipeline_node(&p, "source")->source->counters.completed, PULL_MAX);
	pipeline_expect_account(&p);
	pipeline_fini(&p);
}
END_TEST

static void stop_now_at_ten(struct pipeline *pipeline, uint64_t nth) {
	if (nth == 10)
		atomic_store(&pipeline->control.stop, STOP_NOW);
}

START_TEST(a_second_stop_abandons_and_counts)
{
	p.on_write = stop_now_at_ten;
	pipeline_build(&p,
		       "{\"version\":1,\"nodes\":{"
		       "\"a\":{\"type\":\"t.pass\",\"inputs\":[\"source\"]}},"
		       "\"adapters\":{" SOURCE("1000") "," SINK("\"a\"") "}}",
		       false);
	pipeline_run(&p);
	expect(p.result.stopped_now);
	expect_int(p.written, 10);
	expect_int(p.result.abandoned, PULL_MAX - 10);
	pipeline_expect_account(&p);
	pipeline_fini(&p);
}
END_TEST

/* Asks for a drain while the first message waits for its next attempt, in an hour. */
static void stop_on_retry(struct pipeline *pipeline, uint64_t nth) {
	(void)nth;
	atomic_store(&pipeline->control.stop, STOP_DRAIN);
}

/* The branch that writes stops the run; the other one then retries into the deadline. */
START_TEST(the_drain_deadline_ends_retries)
{
	p.drain_timeout_ns = 20 * NS_PER_MS;
	p.on_write = stop_on_retry;
	pipeline_build(&p,
		       "{\"version\":1,\"nodes\":{"
		       "\"a\":{\"type\":\"t.pass\",\"inputs\":[\"source\"]},"
		       "\"f\":{\"type\":\"t.fail\",\"inputs\":[\"source\"],"
		       "\"config\":{\"every\":1},\"on_error\":{\"policy\":\"retry\","
		       "\"max_retries\":1000,\"backoff_ms\":60000,\"then\":\"drop\"}}},"
		       "\"adapters\":{" SOURCE("50") "," SINK("\"a\",\"f\"") "}}",
		       false);
	pipeline_run(&p);
	expect(p.result.late);
	expect_int(p.written, 1);
	expect_int(pipeline_node(&p, "f")->counters.dropped, 1);
	expect_int(p.result.abandoned, 49);
	pipeline_expect_account(&p);
	pipeline_fini(&p);
}
END_TEST

/* The limit of links holds where an edge leaves its group, in one process too. */
START_TEST(a_message_too_long_for_a_link_fails_at_its_node)
{
	pipeline_build(&p,
		       "{\"version\":1,\"runtime\":{\"queues\":{\"max_items\":4096},\"platform\":{"
		       "\"links\":{"
		       "\"max_message_bytes\":4096},\"process_groups\":["
		       "{\"name\":\"g\",\"nodes\":[\"source\",\"h\"]},"
		       "{\"name\":\"o\",\"nodes\":[\"sink\"]}]}},"
		       "\"nodes\":{\"h\":{\"type\":\"t.hold\",\"inputs\":[\"source\"],"
		       "\"config\":{\"n\":4000},\"on_error\":\"drop\"}},"
		       "\"adapters\":{" SOURCE("2000") "," SINK("\"h\"") "}}",
		       false);
	pipeline_run(&p);
	expect_int(p.result.error, -EMSGSIZE);
	pipeline_expect_account(&p);
	pipeline_fini(&p);
}
END_TEST

TEST_MAIN("runners/failure", fail_completes_earlier_messages_and_abandons_later_ones,
	  drop_counts_with_its_reason, retry_repeats_nothing_downstream,
	  retries_used_up_lead_to_then, retries_back_off, a_sink_that_fails_ends_the_run,
	  a_failure_drains_what_was_held_before, a_stop_drains, a_second_stop_abandons_and_counts,
	  the_drain_deadline_ends_retries, a_message_too_long_for_a_link_fails_at_its_node)
