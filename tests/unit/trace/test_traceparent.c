/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/trace.h"

#include <errno.h>
#include <string.h>

#include "support/test.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN  "00f067aa0ba902b7"
#define GOOD  "00-" TRACE "-" SPAN "-01"

static int parse(const char *text, struct trace_parent *ret) {
	/* A copy of just its size, so that reading beyond it is noticed by the address sanitizer. */
	size_t length = strlen(text);
	char *copy = malloc(length ? length : 1);
	int r;

	memcpy(copy, text, length);
	r = traceparent_parse(copy, length, ret);
	free(copy);
	return r;
}

START_TEST(it_round_trips)
{
	struct trace_parent parent;
	char text[TRACEPARENT_LENGTH + 1];

	expect_ok(parse(GOOD, &parent));
	expect_int(parent.trace_id.bytes[0], 0x4b);
	expect_int(parent.trace_id.bytes[15], 0x36);
	expect_int(parent.span_id.bytes[7], 0xb7);
	expect_int(parent.flags, TRACE_FLAG_SAMPLED);
	traceparent_format(&parent, text);
	expect_str(text, GOOD);
}
END_TEST

START_TEST(unknown_flags_are_cleared)
{
	struct trace_parent parent;
	char text[TRACEPARENT_LENGTH + 1];

	expect_ok(parse("00-" TRACE "-" SPAN "-ff", &parent));
	expect_int(parent.flags, TRACE_FLAG_SAMPLED | TRACE_FLAG_RANDOM);
	expect_ok(parse("00-" TRACE "-" SPAN "-fc", &parent));
	expect_int(parent.flags, 0);
	parent.flags = UINT32_MAX;
	traceparent_format(&parent, text);
	expect_str(text, "00-" TRACE "-" SPAN "-03");
}
END_TEST

START_TEST(later_versions_may_be_longer)
{
	struct trace_parent parent;

	expect_ok(parse("cc-" TRACE "-" SPAN "-01", &parent));
	expect_ok(parse("cc-" TRACE "-" SPAN "-01-what-the-future-will-be-like", &parent));
	expect_ok(parse("cc-" TRACE "-" SPAN "-01-", &parent));
	expect_errno(parse("cc-" TRACE "-" SPAN "-01.what", &parent), EINVAL);
	expect_errno(parse("cc-" TRACE "-" SPAN "-010", &parent), EINVAL);
}
END_TEST

START_TEST(what_is_malformed_is_refused)
{
	static const char *const bad[] = {
		"",
		"00",
		GOOD "-",
		GOOD "0",
		GOOD " ",
		" " GOOD,
		"ff-" TRACE "-" SPAN "-01",
		"00-00000000000000000000000000000000-" SPAN "-01",
		"00-" TRACE "-0000000000000000-01",
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01",
		"00-" TRACE "-00F067AA0BA902B7-01",
		"0X-" TRACE "-" SPAN "-01",
		"00-" TRACE "-" SPAN "-0g",
		"00-" TRACE "-" SPAN "-0",
		"00_" TRACE "-" SPAN "-01",
		"00-" TRACE "_" SPAN "-01",
		"00-" TRACE "-" SPAN "_01",
		"00-" TRACE SPAN "--01",
	};
	struct trace_parent parent = {.flags = 77};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(parse(bad[i], &parent) == -EINVAL, "accepted: %s", bad[i]);
	expect_int(parent.flags, 77);
}
END_TEST

TEST_MAIN("trace/traceparent", it_round_trips, unknown_flags_are_cleared,
	  later_versions_may_be_longer, what_is_malformed_is_refused)
