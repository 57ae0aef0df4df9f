/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/propagation.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "support/test.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN  "00f067aa0ba902b7"
#define OTHER "80f198ee56343ba864fe8b2a57d3eff7"
#define W3C   "00-" TRACE "-" SPAN "-01"
#define ALL   0x1fu

/* Names and values in turn, up to NULL. */
static const char *get(void *user, const char *name, uint32_t index) {
	const char *const *headers = user;

	for (; *headers; headers += 2)
		if (strcasecmp(headers[0], name) == 0 && index-- == 0)
			return headers[1];
	return NULL;
}

static char buf[RY_TRACE_CONTEXT_MAX];
static struct ry_emit_options options = {.size = sizeof(options)};

static int extract(uint32_t formats, const char *const *headers) {
	return propagation_extract(formats, get, (void *)(uintptr_t)headers, buf, sizeof(buf),
				   &options);
}

#define HEADERS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void expect_text(const char *got, const char *want) {
	if (!want)
		ck_assert_ptr_null(got);
	else
		ck_assert_str_eq(got ? got : "(none)", want);
}

static void expect_options(const char *traceparent, const char *tracestate, const char *baggage) {
	expect_text(options.traceparent, traceparent);
	expect_text(options.tracestate, tracestate);
	expect_text(options.baggage, baggage);
}

START_TEST(the_default_is_w3c_and_baggage)
{
	expect_int(extract(0, HEADERS("Traceparent", W3C, "tracestate", "a=1", "TraceState", "b=2",
				      "baggage", "userId=alice", "b3", "0", "Baggage",
				      "serverNode=DF%2028,isProduction=false")),
		   1);
	expect_options(W3C, "a=1,b=2", "userId=alice,serverNode=DF%2028,isProduction=false");
	expect_int(extract(0, HEADERS("b3", OTHER "-" SPAN "-1", "baggage", "a=1")), 0);
	expect_options(NULL, NULL, "a=1");
	expect_int(extract(RY_TRACE_W3C, HEADERS("traceparent", W3C, "baggage", "a=1")), 1);
	expect_options(W3C, NULL, NULL);
	expect_int(extract(0, HEADERS("tracestate", "a=1")), 0);
	expect_options(NULL, NULL, NULL);
}
END_TEST

START_TEST(each_format_becomes_a_traceparent)
{
	expect_int(extract(ALL, HEADERS("B3", TRACE "-" SPAN "-1-" SPAN)), 1);
	expect_options(W3C, NULL, NULL);
	expect_int(extract(ALL, HEADERS("X-B3-TraceId", TRACE, "X-B3-SpanId", SPAN, "X-B3-Sampled",
					"1")),
		   1);
	expect_options(W3C, NULL, NULL);
	expect_int(extract(ALL,
			   HEADERS("X-B3-TraceId", TRACE, "X-B3-SpanId", SPAN, "X-B3-Flags", "1")),
		   1);
	expect_options(W3C, NULL, NULL);
	expect_int(extract(ALL, HEADERS("uber-trace-id", TRACE ":" SPAN ":0:1")), 1);
	expect_options(W3C, NULL, NULL);
	expect_int(extract(ALL & ~RY_TRACE_UBER_TRACE_ID,
			   HEADERS("uber-trace-id", TRACE ":" SPAN ":0:1")),
		   0);
}
END_TEST

START_TEST(the_first_valid_format_holds)
{
	expect_int(extract(ALL, HEADERS("uber-trace-id", OTHER ":" SPAN ":0:1", "b3",
					OTHER "-" SPAN "-1", "traceparent", W3C)),
		   1);
	expect_options(W3C, NULL, NULL);
	/* One header before several (b3-propagation, "Http Encodings"); the first of its name. */
	expect_int(extract(ALL, HEADERS("x-b3-traceid", OTHER, "x-b3-spanid", SPAN, "b3",
					TRACE "-" SPAN "-1", "b3", "0")),
		   1);
	expect_options(W3C, NULL, NULL);
	/* What is malformed does not hide the next; its tracestate goes with it. */
	expect_int(extract(ALL, HEADERS("traceparent", "00-x", "tracestate", "a=1", "b3", "0",
					"uber-trace-id", TRACE ":" SPAN ":0:1")),
		   1);
	expect_options(W3C, NULL, NULL);
	/* Two of which only one may be there. */
	expect_int(extract(ALL, HEADERS("traceparent", W3C, "traceparent", W3C)), 0);
	expect_int(extract(ALL, HEADERS("uber-trace-id", TRACE ":" SPAN ":0:1", "uber-trace-id",
					OTHER ":" SPAN ":0:1")),
		   0);
	expect_options(NULL, NULL, NULL);
}
END_TEST

START_TEST(lists_out_of_bounds_are_cut_or_dropped)
{
	static char big[16000];

	memset(big, 'x', sizeof(big) - 1);
	memcpy(big, "a=", 2);
	expect_int(extract(0, HEADERS("traceparent", W3C, "tracestate", "a=1", "tracestate", big,
				      "baggage", big, "baggage", "b=2")),
		   1);
	expect_options(W3C, NULL, "b=2");
	expect_int(extract(0, HEADERS("baggage", big, "baggage", big)), 0);
	expect_options(NULL, NULL, NULL);
	expect_int(extract(0, HEADERS("traceparent", W3C, "tracestate", "=", "baggage", "")), 1);
	expect_options(W3C, NULL, NULL);
}
END_TEST

static int extract_in(uint32_t cap, const char *const *headers) {
	char *exact = malloc(cap ? cap : 1);
	int r = propagation_extract(0, get, (void *)(uintptr_t)headers, exact, cap, &options);

	if (r >= 0) { /* the strings move to where they stay */
		const char **texts[] = {&options.traceparent, &options.tracestate,
					&options.baggage};

		memcpy(buf, exact, cap);
		for (size_t i = 0; i < 3; i++)
			*texts[i] = *texts[i] ? buf + (*texts[i] - exact) : NULL;
	}
	free(exact);
	return r;
}

START_TEST(little_room_costs_members)
{
	const char *const *headers =
		HEADERS("traceparent", W3C, "tracestate", "a=1,b=2", "baggage", "c=3,d=4");

	expect_int(extract_in(56 + 8 + 8, headers), 1);
	expect_options(W3C, "a=1,b=2", "c=3,d=4");
	expect_int(extract_in(56 + 8 + 7, headers), 1);
	expect_options(W3C, "a=1,b=2", "c=3");
	expect_int(extract_in(56 + 7, headers), 1);
	expect_options(W3C, "a=1", NULL);
	expect_int(extract_in(56, headers), 1);
	expect_options(W3C, NULL, NULL);
	options.traceparent = "kept";
	expect_errno(extract_in(55, headers), ENOSPC);
	expect_errno(propagation_extract(1u << 5, get, (void *)(uintptr_t)headers, buf, sizeof(buf),
					 &options),
		     EINVAL);
	options.size--;
	expect_errno(extract(0, headers), EINVAL);
	expect_text(options.traceparent, "kept");
}
END_TEST

/* -- inject --------------------------------------------------------------------------------- */

static struct ry_trace_headers injected = {.size = sizeof(injected)};

static const char *value(const char *name) {
	for (uint32_t i = 0; i < injected.n; i++)
		if (!strcmp(injected.header[i].name, name))
			return injected.header[i].value;
	return NULL;
}

START_TEST(all_headers_at_once)
{
	struct trace_parent parent;

	expect_ok(traceparent_parse(W3C, 55, &parent));
	expect_int(propagation_inject(ALL, &parent, "a=1", "b=2", &injected), 8);
	expect_int(injected.n, 8);
	expect_text(value("traceparent"), W3C);
	expect_text(value("tracestate"), "a=1");
	expect_text(value("baggage"), "b=2");
	expect_text(value("b3"), TRACE "-" SPAN "-1");
	expect_text(value("x-b3-traceid"), TRACE);
	expect_text(value("x-b3-spanid"), SPAN);
	expect_text(value("x-b3-sampled"), "1");
	expect_text(value("uber-trace-id"), TRACE ":" SPAN ":0:1");
}
END_TEST

START_TEST(only_what_is_asked_for)
{
	struct trace_parent parent;

	expect_ok(traceparent_parse("00-" TRACE "-" SPAN "-02", 55, &parent));
	expect_int(propagation_inject(0, &parent, NULL, NULL, &injected), 1);
	expect_text(value("traceparent"), "00-" TRACE "-" SPAN "-02");
	expect_int(propagation_inject(0, &parent, "a=1", "b=2", &injected), 3);
	expect_int(propagation_inject(RY_TRACE_BAGGAGE, &parent, "a=1", NULL, &injected), 0);
	expect_int(propagation_inject(RY_TRACE_B3, &parent, "a=1", "b=2", &injected), 1);
	expect_text(value("b3"), TRACE "-" SPAN "-0");
	expect_errno(propagation_inject(1u << 5, &parent, NULL, NULL, &injected), EINVAL);
	injected.size--;
	expect_errno(propagation_inject(0, &parent, NULL, NULL, &injected), EINVAL);
	expect_int(injected.n, 1);
}
END_TEST

TEST_MAIN("trace/propagation", the_default_is_w3c_and_baggage, each_format_becomes_a_traceparent,
	  the_first_valid_format_holds, lists_out_of_bounds_are_cut_or_dropped,
	  little_room_costs_members, all_headers_at_once, only_what_is_asked_for)
