/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/trace.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/test.h"

static char result[4096];

static int parse(const char *text) {
	return tracestate_parse(text, strlen(text), result, sizeof(result));
}

static void expect_kept(const char *text, const char *want) {
	expect_int(parse(text), strlen(want));
	expect_str(result, want);
}

START_TEST(members_are_kept_in_order)
{
	expect_kept("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
		    "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
	expect_kept("a@b=c d", "a@b=c d");
	expect_kept("0tenant/x_y-z*=!\"#~", "0tenant/x_y-z*=!\"#~");
	expect_kept("", "");
}
END_TEST

START_TEST(white_space_and_empty_members_go)
{
	expect_kept(" a=1 ,\tb=2\t, ,,c=3,", "a=1,b=2,c=3");
	expect_kept(",", "");
	expect_kept("  \t ", "");
}
END_TEST

START_TEST(the_newest_of_equal_keys_stays)
{
	expect_kept("a=1,b=2,a=3", "a=1,b=2");
	expect_kept("a=1,aa=2", "a=1,aa=2");
}
END_TEST

START_TEST(what_is_malformed_is_refused)
{
	static const char *const bad[] = {
		"a",	 "a=",	    "=1",     "A=1",  "a =1",	    "a=1=2", "_a=1",	"@a=1",
		"a=1;b", "a=b\x7f", "a=\x1f", "a=\n", "a=\xc3\xa9", "a=1,b", "a=1\x01",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (strcmp(bad[i], "a=1;b") != 0) /* a semicolon is an ordinary character */
			ck_assert_msg(parse(bad[i]) == -EINVAL, "accepted: %s", bad[i]);
	expect_kept("a=1;b", "a=1;b");
	expect_errno(tracestate_parse("a=\0b", 4, result, sizeof(result)), EINVAL);
}
END_TEST

/* n members "kNN=..." whose values have `value` characters. */
static const char *members(char *buf, int n, int value) {
	char *at = buf;

	for (int i = 0; i < n; i++)
		at += sprintf(at, "%sk%02d=%0*d", i ? "," : "", i, value, i);
	return buf;
}

START_TEST(at_most_32_members)
{
	char text[4096];

	expect_kept(members(text, 32, 1), text);
	expect_errno(parse(members(text, 33, 1)), EINVAL);
}
END_TEST

START_TEST(keys_and_values_have_limits)
{
	char text[1024];

	memset(text, 'a', sizeof(text));
	text[256] = '=';
	memset(text + 257, 'v', 256);
	text[257 + 256] = '\0';
	expect_kept(text, text);
	strcpy(text + 257 + 256, "v");
	expect_errno(parse(text), EINVAL);
	memset(text, 'a', 257);
	strcpy(text + 257, "=v");
	expect_errno(parse(text), EINVAL);
}
END_TEST

START_TEST(what_is_too_long_loses_long_members_first_then_the_last)
{
	char text[4096], small[32];

	sprintf(text, "a=1,long=%0200d,b=2,c=3", 0);
	expect_int(tracestate_parse(text, strlen(text), small, sizeof(small)), 11);
	expect_str(small, "a=1,b=2,c=3");
	expect_int(tracestate_parse(text, strlen(text), small, 11), 7);
	expect_str(small, "a=1,b=2");
	expect_int(tracestate_parse(text, strlen(text), small, 3), 0);
	expect_str(small, "");
	expect_int(tracestate_parse(text, strlen(text), small, 1), 0);
	expect_errno(tracestate_parse(text, strlen(text), small, 0), EINVAL);
}
END_TEST

TEST_MAIN("trace/tracestate", members_are_kept_in_order, white_space_and_empty_members_go,
	  the_newest_of_equal_keys_stays, what_is_malformed_is_refused, at_most_32_members,
	  keys_and_values_have_limits, what_is_too_long_loses_long_members_first_then_the_last)
