/* SPDX-License-Identifier: Apache-2.0 */
#include "fund_load/civil_time.h"

#include <string.h>
#include <time.h>

#include "support/test.h"

static bool parse(const char *text, struct civil_time *ret) {
	return civil_time_parse(text, strlen(text), ret);
}

static int64_t seconds_of(const char *text) {
	struct civil_time time = {0};

	ck_assert_msg(parse(text, &time), "\"%s\" was refused", text);
	return time.seconds;
}

START_TEST(times_are_converted_to_utc)
{
	expect_int(seconds_of("1970-01-01T00:00:00Z"), 0);
	expect_int(seconds_of("2000-02-29T12:34:56Z"), 951827696);
	expect_int(seconds_of("2000-01-01T01:30:00+01:30"), 946684800);
	expect_int(seconds_of("1999-12-31T00:01:00-23:59"), 946684800);
	expect_int(seconds_of("1970-01-01T00:00:00-00:00"), 0);
	expect_int(seconds_of("0000-01-01T00:00:00+01:00"), INT64_C(-62167219200) - 3600);
	expect_int(seconds_of("9999-12-31T23:59:59-23:59"), INT64_C(253402300799) + 86340);
}
END_TEST

START_TEST(fractions_are_kept_to_the_nanosecond)
{
	struct civil_time time;

	expect(parse("2000-01-01T00:00:00.5Z", &time));
	expect_int(time.nanoseconds, 500000000);
	expect(parse("2000-01-01T00:00:00.000000001Z", &time));
	expect_int(time.nanoseconds, 1);
	expect(parse("2000-01-01T00:00:00.123456789+00:00", &time));
	expect_int(time.nanoseconds, 123456789);
}
END_TEST

START_TEST(what_is_no_time_is_refused)
{
	static const char *const bad[] = {
		"",
		"2000-01-01",
		"2000-01-01T00:00:00",
		"2000-01-01T00:00Z",
		"2000-01-01t00:00:00Z",
		"2000-01-01T00:00:00z",
		"2000-01-01 00:00:00Z",
		"2000-01-01T00:00:60Z",
		"2000-01-01T00:60:00Z",
		"2000-01-01T24:00:00Z",
		"2000-00-01T00:00:00Z",
		"2000-13-01T00:00:00Z",
		"2000-01-00T00:00:00Z",
		"2000-01-32T00:00:00Z",
		"2001-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"2000-04-31T00:00:00Z",
		"2000-01-01T00:00:00.Z",
		"2000-01-01T00:00:00.1234567890Z",
		"2000-01-01T00:00:00+24:00",
		"2000-01-01T00:00:00+00:60",
		"2000-01-01T00:00:00+0000",
		"2000-01-01T00:00:00Z ",
		" 2000-01-01T00:00:00Z",
		"+200-01-01T00:00:00Z",
		"2000-1-01T00:00:00Z",
		"20000-01-01T00:00:00Z",
	};
	struct civil_time time;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!parse(bad[i], &time), "\"%s\" was read", bad[i]);
}
END_TEST

/* Every day of the four-digit years against the C library. */
START_TEST(the_calendar_is_the_c_librarys)
{
	for (int64_t day = -719528; day <= 2932896; day++) {
		time_t seconds = day * 86400;
		struct tm tm;
		char text[40];

		gmtime_r(&seconds, &tm);
		snprintf(text, sizeof(text), "%04d-%02d-%02dT00:00:00Z", tm.tm_year + 1900,
			 tm.tm_mon + 1, tm.tm_mday);
		if (seconds_of(text) != seconds || civil_day(seconds + 86399) != day ||
		    civil_weekday(day) != (unsigned)(tm.tm_wday + 6) % 7)
			ck_abort_msg("%s is wrong", text);
	}
}
END_TEST

START_TEST(weeks_start_where_they_are_told)
{
	for (unsigned start = 0; start < 7; start++)
		for (int64_t day = -1000; day < 1000; day++) {
			int64_t step = civil_week(day, start) - civil_week(day - 1, start);

			expect_int(step, civil_weekday(day) == start);
		}
	expect_int(civil_day(-1), -1);
}
END_TEST

TEST_MAIN("fund_load/civil_time", times_are_converted_to_utc, fractions_are_kept_to_the_nanosecond,
	  what_is_no_time_is_refused, the_calendar_is_the_c_librarys,
	  weeks_start_where_they_are_told)
