/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "support/test.h"
#include "trace/propagation.h"

/* The examples of github.com/openzipkin/b3-propagation. */
#define TRACE  "80f198ee56343ba864fe8b2a57d3eff7"
#define SPAN   "05e3ac9a4f6e3b90"
#define PARENT "e457b5a2e4d86bd1"

static int parse(const char *text, struct trace_parent *ret) {
	/* A copy of just its size, so that reading beyond it is noticed by the address sanitizer. */
	size_t length = strlen(text);
	char *copy = malloc(length ? length : 1);
	int r;

	memcpy(copy, text, length);
	r = b3_parse(copy, length, ret);
	free(copy);
	return r;
}

static void expect_context(const struct trace_parent *parent, const char *traceparent) {
	char text[TRACEPARENT_LENGTH + 1];

	traceparent_format(parent, text);
	expect_str(text, traceparent);
}

START_TEST(the_decision_may_be_anything)
{
	static const struct {
		const char *text, *traceparent;
	} good[] = {
		{TRACE "-" SPAN, "00-" TRACE "-" SPAN "-00"},
		{TRACE "-" SPAN "-0", "00-" TRACE "-" SPAN "-00"},
		{TRACE "-" SPAN "-1", "00-" TRACE "-" SPAN "-01"},
		{TRACE "-" SPAN "-d", "00-" TRACE "-" SPAN "-01"},
		{TRACE "-" SPAN "-1-" PARENT, "00-" TRACE "-" SPAN "-01"},
	};
	struct trace_parent parent;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		expect_ok(parse(good[i].text, &parent));
		expect_context(&parent, good[i].traceparent);
	}
}
END_TEST

START_TEST(a_short_trace_id_is_filled_up)
{
	struct trace_parent parent;
	char text[B3_LENGTH + 1];

	expect_ok(parse("64fe8b2a57d3eff7-" SPAN "-1", &parent));
	expect_context(&parent, "00-000000000000000064fe8b2a57d3eff7-" SPAN "-01");
	b3_format(&parent, text);
	expect_str(text, "000000000000000064fe8b2a57d3eff7-" SPAN "-1");
}
END_TEST

START_TEST(a_decision_alone_has_no_ids)
{
	struct trace_parent parent = {.flags = 77};

	expect_errno(parse("0", &parent), ENODATA);
	expect_errno(parse("1", &parent), ENODATA);
	expect_errno(parse("d", &parent), ENODATA);
	expect_errno(parse("2", &parent), EINVAL);
	expect_int(parent.flags, 77);
}
END_TEST

START_TEST(what_is_malformed_is_refused)
{
	static const char *const bad[] = {
		"",
		"-",
		"--",
		TRACE,
		TRACE "-",
		TRACE "-" SPAN "-",
		TRACE "-" SPAN "-2",
		TRACE "-" SPAN "-D",
		TRACE "-" SPAN "-true",
		TRACE "-" SPAN "-1-",
		TRACE "-" SPAN "-1-" PARENT "-",
		TRACE "-" SPAN "-1-" PARENT "0",
		TRACE "-" SPAN "-1-e457b5a2e4d86bdg",
		TRACE "-" SPAN "-" PARENT,
		TRACE "-" SPAN "x1",
		TRACE "-" SPAN "-1x" PARENT,
		TRACE "-05e3ac9a4f6e3b9",
		TRACE "0-" SPAN "-1",
		"f198ee56343ba864fe8b2a57d3eff7-" SPAN "-1",
		"00000000000000000000000000000000-" SPAN "-1",
		"0000000000000000-" SPAN "-1",
		TRACE "-0000000000000000-1",
		TRACE "-" SPAN "-1-0000000000000000",
		"80F198EE56343BA864FE8B2A57D3EFF7-" SPAN "-1",
		" " TRACE "-" SPAN "-1",
		TRACE "-" SPAN "-1 ",
		"-" SPAN "-1",
	};
	struct trace_parent parent = {.flags = 77};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(parse(bad[i], &parent) == -EINVAL, "accepted: %s", bad[i]);
	expect_errno(b3_parse(TRACE "\0" SPAN "-1", 51, &parent), EINVAL);
	expect_int(parent.flags, 77);
}
END_TEST

/* -- several headers ------------------------------------------------------------------------ */

START_TEST(several_headers_round_trip)
{
	const struct b3_headers headers = {TRACE, PARENT, .sampled = "1"};
	struct trace_parent parent;
	struct b3_texts texts;

	expect_ok(b3_multi_parse(&headers, &parent));
	expect_context(&parent, "00-" TRACE "-" PARENT "-01");
	b3_multi_format(&parent, &texts);
	expect_str(texts.trace_id, TRACE);
	expect_str(texts.span_id, PARENT);
	expect_str(texts.sampled, "1");
	parent.flags = TRACE_FLAG_RANDOM;
	b3_multi_format(&parent, &texts);
	expect_str(texts.sampled, "0");
}
END_TEST

START_TEST(sampled_and_flags_say_whether)
{
	static const struct {
		const char *sampled, *flags;
		int r;
		unsigned want;
	} cases[] = {
		{NULL, NULL, 0, 0},	   {"0", NULL, 0, 0},	     {"1", NULL, 0, 1},
		{"true", NULL, 0, 1},	   {"false", NULL, 0, 0},    {NULL, "1", 0, 1},
		{"0", "1", 0, 1},	   {NULL, "0", 0, 0},	     {"1", "0", 0, 1},
		{NULL, "2", 0, 0},	   {"2", NULL, -EINVAL, 9},  {"", NULL, -EINVAL, 9},
		{"TRUE", "1", -EINVAL, 9}, {"1 ", NULL, -EINVAL, 9}, {"d", NULL, -EINVAL, 9},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct b3_headers headers = {TRACE, SPAN, cases[i].sampled, cases[i].flags};
		struct trace_parent parent = {.flags = 9};

		expect_int(b3_multi_parse(&headers, &parent), cases[i].r);
		expect_int(parent.flags, cases[i].want);
	}
}
END_TEST

START_TEST(both_ids_must_be_there)
{
	static const struct {
		struct b3_headers headers;
		int r;
	} bad[] = {
		{{NULL, NULL, NULL, NULL}, -ENODATA},
		{{NULL, NULL, "0", NULL}, -ENODATA},
		{{NULL, NULL, NULL, "1"}, -ENODATA},
		{{TRACE, NULL, "1", NULL}, -EINVAL},
		{{NULL, SPAN, "1", NULL}, -EINVAL},
		{{TRACE, "", "1", NULL}, -EINVAL},
		{{"", SPAN, "1", NULL}, -EINVAL},
		{{TRACE "0", SPAN, "1", NULL}, -EINVAL},
		{{TRACE, SPAN "0", "1", NULL}, -EINVAL},
		{{TRACE, "05E3AC9A4F6E3B90", "1", NULL}, -EINVAL},
		{{"0000000000000000", SPAN, "1", NULL}, -EINVAL},
		{{TRACE, "0000000000000000", "1", NULL}, -EINVAL},
	};
	struct trace_parent parent = {.flags = 77};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_int(b3_multi_parse(&bad[i].headers, &parent), bad[i].r);
	expect_int(parent.flags, 77);
}
END_TEST

TEST_MAIN("trace/b3", the_decision_may_be_anything, a_short_trace_id_is_filled_up,
	  a_decision_alone_has_no_ids, what_is_malformed_is_refused, several_headers_round_trip,
	  sampled_and_flags_say_whether, both_ids_must_be_there)
