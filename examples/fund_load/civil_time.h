/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3339 times and UTC days and weeks (RULES.md, T1-T8), without the C library's calendar. */
#ifndef FUND_LOAD_CIVIL_TIME_H
#define FUND_LOAD_CIVIL_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct civil_time {
	int64_t seconds; /* since 1970-01-01T00:00:00Z; negative before it */
	uint32_t nanoseconds;
};

/* False: not a time in the form that the rules demand. */
bool civil_time_parse(const char *text, size_t length, struct civil_time *ret);

/* Days since 1970-01-01 in UTC, rounded down. */
int64_t civil_day(int64_t seconds);

/* 0 Monday .. 6 Sunday */
unsigned civil_weekday(int64_t day);

/* A number that all days of one week share; weeks start on that weekday. */
int64_t civil_week(int64_t day, unsigned week_start);

#endif
