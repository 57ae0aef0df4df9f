/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "support/test.h"
#include "trace/propagation.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN  "00f067aa0ba902b7"

static int parse(const char *text, struct trace_parent *ret) {
	size_t length = strlen(text);
	char *copy = malloc(length ? length : 1);
	int r;

	memcpy(copy, text, length);
	r = uber_parse(copy, length, ret);
	free(copy);
	return r;
}

START_TEST(what_clients_send_is_read)
{
	static const struct {
		const char *text, *traceparent;
	} good[] = {
		{TRACE ":" SPAN ":0:1", "00-" TRACE "-" SPAN "-01"},
		{TRACE ":" SPAN ":0:01", "00-" TRACE "-" SPAN "-01"},
		{TRACE ":" SPAN ":0:0", "00-" TRACE "-" SPAN "-00"},
		{TRACE ":f067aa0ba902b7:a3ce929d0e0e4736:3", "00-" TRACE "-" SPAN "-01"},
		{TRACE ":" SPAN ":0:2", "00-" TRACE "-" SPAN "-00"}, /* debug without sampled */
		{TRACE ":" SPAN ":0:ff", "00-" TRACE "-" SPAN "-01"},
		{"4BF92F3577B34DA6A3CE929D0E0E4736:00F067AA0BA902B7:0:1",
		 "00-" TRACE "-" SPAN "-01"},
		{TRACE "%3A" SPAN "%3a0%3A1", "00-" TRACE "-" SPAN "-01"},
		{"51729f13a64c2ef3:258169797d519815:51729f13a64c2ef3:1",
		 "00-000000000000000051729f13a64c2ef3-258169797d519815-01"},
		{"000000000000000000000000deadbeef:00000000deadbef0:00000000:01",
		 "00-000000000000000000000000deadbeef-00000000deadbef0-01"},
		{"abc:d:0:1", "00-00000000000000000000000000000abc-000000000000000d-01"},
	};
	char text[TRACEPARENT_LENGTH + 1];
	struct trace_parent parent;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		expect_ok(parse(good[i].text, &parent));
		traceparent_format(&parent, text);
		expect_str(text, good[i].traceparent);
	}
}
END_TEST

START_TEST(it_round_trips)
{
	struct trace_parent parent;
	char text[UBER_LENGTH + 1];

	expect_ok(parse(TRACE ":" SPAN ":0:1", &parent));
	uber_format(&parent, text);
	expect_str(text, TRACE ":" SPAN ":0:1");
	parent.flags = TRACE_FLAG_RANDOM;
	uber_format(&parent, text);
	expect_str(text, TRACE ":" SPAN ":0:0");
}
END_TEST

START_TEST(what_is_malformed_is_refused)
{
	static const char *const bad[] = {
		"",
		":::",
		TRACE,
		TRACE ":",
		TRACE ":" SPAN,
		TRACE ":" SPAN ":0",
		TRACE ":" SPAN ":0:",
		TRACE ":" SPAN "::1",
		TRACE "::0:1",
		":" SPAN ":0:1",
		TRACE ":" SPAN ":0:001",
		TRACE ":" SPAN ":0:1:",
		TRACE ":" SPAN ":0:1 ",
		" " TRACE ":" SPAN ":0:1",
		TRACE ":" SPAN ":0:g",
		TRACE "0:" SPAN ":0:1",
		TRACE ":" SPAN "0:0:1",
		TRACE ":" SPAN ":" SPAN "0:1",
		TRACE "%3" SPAN ":0:1",
		TRACE ":" SPAN ":0%3",
		TRACE "%3B" SPAN ":0:1",
		TRACE "-" SPAN "-0-1",
		"0:" SPAN ":0:1",
		TRACE ":0:0:1",
		TRACE ":0000000000000000:0:1",
	};
	struct trace_parent parent = {.flags = 77};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(parse(bad[i], &parent) == -EINVAL, "accepted: %s", bad[i]);
	expect_int(parent.flags, 77);
}
END_TEST

TEST_MAIN("trace/uber", what_clients_send_is_read, it_round_trips, what_is_malformed_is_refused)
