/* SPDX-License-Identifier: Apache-2.0 */
/* Every message carries a trace: one trace id per arriving message and a chain of parents. */
#include <stdio.h>
#include <string.h>

#include "emit/extras.h"
#include "emit/reader.h"
#include "support/pipeline.h"
#include "support/test.h"

#define SOURCE(count) "\"source\":{\"type\":\"t.source\",\"settings\":{\"count\":" count "}}"
#define SINK(inputs)  "\"sink\":{\"type\":\"t.sink\",\"inputs\":[" inputs "]}"

#define MAX_SPANS 64

static struct pipeline p;
static struct emit_span spans[MAX_SPANS];
static uint32_t extra_lengths[MAX_SPANS];
static char tracestates[MAX_SPANS][64]; /* "": the span has none */
static size_t n_spans;

static void read_tracestate(const uint8_t *extras, uint32_t length, char ret[64]) {
	struct extra extra;
	uint32_t at = 0;

	while (extras_next(extras, length, &at, &extra) == 1)
		if (extra.kind == EXTRA_TRACESTATE)
			snprintf(ret, 64, "%s", (const char *)extra.value);
}

static void run(const char *manifest) {
	struct emit_reader reader;
	const struct emit_span *span;
	const uint8_t *extras;

	pipeline_build(&p, manifest, true);
	pipeline_run(&p);
	pipeline_expect_account(&p);
	expect_ok(emit_reader_init(&reader, p.emit));
	while (n_spans < MAX_SPANS && emit_reader_next(&reader, &span, &extras) == 1) {
		extra_lengths[n_spans] = span->extra_length;
		read_tracestate(extras, span->extra_length, tracestates[n_spans]);
		spans[n_spans++] = *span;
	}
}

static const struct emit_span *span_of(const char *node, uint64_t seq) {
	for (size_t i = 0; i < n_spans; i++)
		if (spans[i].node == pipeline_node(&p, node)->index && spans[i].source_seq == seq)
			return &spans[i];
	ck_abort_msg("no span of %s for %llu", node, (unsigned long long)seq);
}

static void expect_parent(const struct emit_span *child, const struct emit_span *parent) {
	ck_assert_mem_eq(child->parent_id.bytes, parent->span_id.bytes, 8);
	ck_assert_mem_eq(child->trace_id.bytes, parent->trace_id.bytes, 16);
	ck_assert_uint_ge(child->end_ns, child->start_ns);
	ck_assert_uint_ge(child->start_ns, parent->start_ns);
}

START_TEST(a_message_has_one_trace_and_a_chain_of_parents)
{
	static const struct span_id none = {{0}};

	run("{\"version\":1,\"nodes\":{"
	    "\"a\":{\"type\":\"t.pass\",\"inputs\":[\"source\"]},"
	    "\"b\":{\"type\":\"t.pass\",\"inputs\":[\"a\"]}},"
	    "\"adapters\":{" SOURCE("3") "," SINK("\"b\"") "}}");
	expect_int(n_spans, 12);
	for (uint64_t seq = 1; seq <= 3; seq++) {
		const struct emit_span *source = span_of("source", seq);

		ck_assert_mem_eq(source->parent_id.bytes, none.bytes, 8);
		expect_parent(span_of("a", seq), source);
		expect_parent(span_of("b", seq), span_of("a", seq));
		expect_parent(span_of("sink", seq), span_of("b", seq));
		expect_int(span_of("sink", seq)->hop, 2);
		expect_int(span_of("b", seq)->from_node, pipeline_node(&p, "a")->index);
	}
	expect(memcmp(span_of("source", 1)->trace_id.bytes, span_of("source", 2)->trace_id.bytes,
		      16) != 0);
	pipeline_fini(&p);
}
END_TEST

START_TEST(each_attempt_has_a_span_and_only_the_last_one_is_good)
{
	size_t failed = 0, good = 0;

	run("{\"version\":1,\"nodes\":{\"f\":{\"type\":\"t.fail\",\"inputs\":[\"source\"],"
	    "\"config\":{\"every\":1,\"attempts\":2},"
	    "\"on_error\":{\"policy\":\"retry\",\"max_retries\":2,\"backoff_ms\":1}}},"
	    "\"adapters\":{" SOURCE("1") "," SINK("\"f\"") "}}");
	for (size_t i = 0; i < n_spans; i++) {
		if (spans[i].node != pipeline_node(&p, "f")->index)
			continue;
		if (spans[i].status == RY_SPAN_ERROR) {
			failed++;
			expect_int(spans[i].error, -EIO);
			expect_int(spans[i].attempt, failed);
		} else {
			good++;
			expect_int(spans[i].attempt, 3);
			expect_parent(span_of("sink", 1), &spans[i]);
		}
	}
	expect_int(failed, 2);
	expect_int(good, 1);
	pipeline_fini(&p);
}
END_TEST

/* The joined message continues the latest one's trace and links to the others. */
START_TEST(a_joined_message_continues_the_latest_trace)
{
	const struct emit_span *sink;

	run("{\"version\":1,\"nodes\":{"
	    "\"h\":{\"type\":\"t.hold\",\"inputs\":[\"source\"],\"config\":{\"n\":3}}},"
	    "\"adapters\":{" SOURCE("3") "," SINK("\"h\"") "}}");
	sink = span_of("sink", 3);
	expect_parent(sink, span_of("h", 3));
	ck_assert_uint_gt(extra_lengths[span_of("h", 3) - spans], 0);
	expect_int(extra_lengths[span_of("h", 1) - spans], 0);
	pipeline_fini(&p);
}
END_TEST

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"

/* W3C Trace Context: members pass through, a malformed header does not spoil the trace. */
static void run_from_outside(const char *tracestate) {
	char manifest[512];

	n_spans = 0;
	memset(tracestates, 0, sizeof(tracestates));
	snprintf(manifest, sizeof(manifest),
		 "{\"version\":1,\"nodes\":{\"a\":{\"type\":\"t.pass\",\"inputs\":[\"source\"]}},"
		 "\"adapters\":{\"source\":{\"type\":\"t.source\",\"settings\":{\"count\":1,"
		 "\"traceparent\":\"00-" TRACE
		 "-00f067aa0ba902b7-01\",\"tracestate\":\"%s\"}}," SINK("\"a\"") "}}",
		 tracestate);
	run(manifest);
	expect_int(n_spans, 3);
}

START_TEST(a_tracestate_from_outside_stands_in_every_span)
{
	static const uint8_t trace[] = {0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6,
					0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36};

	run_from_outside("rojo=00f0 , congo=t61");
	for (size_t i = 0; i < n_spans; i++) {
		expect_str(tracestates[i], "rojo=00f0,congo=t61");
		ck_assert_mem_eq(spans[i].trace_id.bytes, trace, sizeof(trace));
	}
	pipeline_fini(&p);
}
END_TEST

START_TEST(a_malformed_tracestate_is_dropped_and_the_trace_goes_on)
{
	run_from_outside("=broken");
	for (size_t i = 0; i < n_spans; i++) {
		expect_str(tracestates[i], "");
		expect_int(extra_lengths[i], 0);
		expect_int(spans[i].trace_id.bytes[0], 0x4b);
	}
	pipeline_fini(&p);
}
END_TEST

/* -- what goes on to others ----------------------------------------------------------------- */

/* t.headers as the only node; source: more settings of the source. Returns what it says. */
static const char *headers_of(unsigned formats, const char *source, bool traced) {
	char manifest[700];

	n_spans = 0;
	snprintf(manifest, sizeof(manifest),
		 "{\"version\":1,\"nodes\":{\"a\":{\"type\":\"t.headers\",\"inputs\":[\"source\"],"
		 "\"config\":{\"n\":%u}}},\"adapters\":{\"source\":{\"type\":\"t.source\","
		 "\"settings\":{\"count\":1%s}}," SINK("\"a\"") "}}",
		 formats, source);
	if (traced) {
		run(manifest);
	} else {
		pipeline_build(&p, manifest, false);
		pipeline_run(&p);
	}
	return p.output.text;
}

#define OUTSIDE                                                                               \
	",\"traceparent\":\"00-" TRACE "-00f067aa0ba902b7-%s\",\"tracestate\":\"rojo=00f0 , " \
	"congo=t61\",\"baggage\":\"userId = alice , broken , n=1;p\""

START_TEST(state_and_baggage_go_on_under_the_span_of_the_task)
{
	char own[17], want[256], source[256];
	const char *got;

	snprintf(source, sizeof(source), OUTSIDE, "01");
	got = headers_of(0, source, true);
	trace_hex(span_of("a", 1)->span_id.bytes, 8, own);
	snprintf(want, sizeof(want),
		 "traceparent=00-" TRACE "-%s-01\ntracestate=rojo=00f0,congo=t61\n"
		 "baggage=userId=alice,n=1;p\n00-" TRACE "-%s-01",
		 own, own);
	expect_str(got, want);
	pipeline_fini(&p);
	got = headers_of(RY_TRACE_B3 | RY_TRACE_UBER_TRACE_ID, source, true);
	trace_hex(span_of("a", 1)->span_id.bytes, 8, own);
	snprintf(want, sizeof(want),
		 "b3=" TRACE "-%s-1\nuber-trace-id=" TRACE ":%s:0:1\n00-" TRACE "-%s-01", own, own,
		 own);
	expect_str(got, want);
	pipeline_fini(&p);
}
END_TEST

START_TEST(they_go_on_unsampled_too)
{
	char source[256];

	/* Without a span of its own the task hands on the parent that it was given. */
	snprintf(source, sizeof(source), OUTSIDE, "00");
	expect_str(headers_of(0, source, false),
		   "traceparent=00-" TRACE "-00f067aa0ba902b7-00\n"
		   "tracestate=rojo=00f0,congo=t61\nbaggage=userId=alice,n=1;p\n"
		   "00-" TRACE "-00f067aa0ba902b7-00");
	pipeline_fini(&p);
}
END_TEST

START_TEST(baggage_needs_no_trace_from_outside)
{
	struct trace_parent parent;
	const char *got = headers_of(0, ",\"tracestate\":\"a=1\",\"baggage\":\"b=2\"", false);

	ck_assert_msg(strncmp(got, "traceparent=", 12) == 0, "%s", got);
	expect_ok(traceparent_parse(got + 12, 55, &parent)); /* no span, yet a valid context */
	expect_int(parent.flags, TRACE_FLAG_RANDOM);
	ck_assert_msg(strncmp(got + 67, "\nbaggage=b=2\n00-", 16) == 0, "%s", got);
	pipeline_fini(&p);
}
END_TEST

TEST_MAIN("runners/spans", state_and_baggage_go_on_under_the_span_of_the_task,
	  they_go_on_unsampled_too, baggage_needs_no_trace_from_outside,
	  a_tracestate_from_outside_stands_in_every_span,
	  a_malformed_tracestate_is_dropped_and_the_trace_goes_on,
	  a_message_has_one_trace_and_a_chain_of_parents,
	  each_attempt_has_a_span_and_only_the_last_one_is_good,
	  a_joined_message_continues_the_latest_trace)
