/* SPDX-License-Identifier: Apache-2.0 */
/* The calendar: times to seconds, seconds to days and weeks. */
#include "civil_time.h"

#include <string.h>

#define SECONDS_PER_DAY 86400

struct reader {
	const char *at, *end;
};

/* n digits. */
static bool read_number(struct reader *in, int n, int *ret) {
	int value = 0;

	if (in->end - in->at < n)
		return false;
	for (; n; n--, in->at++) {
		if (*in->at < '0' || *in->at > '9')
			return false;
		value = value * 10 + (*in->at - '0');
	}
	*ret = value;
	return true;
}

static bool read_char(struct reader *in, char c) {
	if (in->at == in->end || *in->at != c)
		return false;
	in->at++;
	return true;
}

static bool is_leap_year(int year) {
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month) {
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap_year(year));
}

/*
 * Days from 1970-01-01 to a day of the proleptic Gregorian calendar: years are counted from March
 * on, so that the leap day is the last one, in eras of 400 years with 146097 days.
 */
static int64_t days_from_civil(int year, int month, int day) {
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

static bool read_date(struct reader *in, int64_t *ret_days) {
	int year, month, day;

	if (!read_number(in, 4, &year) || !read_char(in, '-') || !read_number(in, 2, &month) ||
	    !read_char(in, '-') || !read_number(in, 2, &day))
		return false;
	if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
		return false;
	*ret_days = days_from_civil(year, month, day);
	return true;
}

static bool read_time_of_day(struct reader *in, int *ret_seconds) {
	int hour, minute, second;

	if (!read_number(in, 2, &hour) || !read_char(in, ':') || !read_number(in, 2, &minute) ||
	    !read_char(in, ':') || !read_number(in, 2, &second))
		return false;
	if (hour > 23 || minute > 59 || second > 59)
		return false;
	*ret_seconds = hour * 3600 + minute * 60 + second;
	return true;
}

/* A point and 1 to 9 digits, or nothing. */
static bool read_fraction(struct reader *in, uint32_t *ret_nanoseconds) {
	uint32_t value = 0, unit = 100000000;
	int digits = 0;

	*ret_nanoseconds = 0;
	if (!read_char(in, '.'))
		return true;
	for (; in->at < in->end && *in->at >= '0' && *in->at <= '9'; in->at++) {
		if (++digits > 9)
			return false;
		value += (uint32_t)(*in->at - '0') * unit;
		unit /= 10;
	}
	*ret_nanoseconds = value;
	return digits > 0;
}

/* `Z`, or an offset, in seconds east of UTC. */
static bool read_zone(struct reader *in, int *ret_offset) {
	bool west = false;
	int hour, minute;

	*ret_offset = 0;
	if (read_char(in, 'Z'))
		return true;
	if (!read_char(in, '+')) {
		west = read_char(in, '-');
		if (!west)
			return false;
	}
	if (!read_number(in, 2, &hour) || !read_char(in, ':') || !read_number(in, 2, &minute))
		return false;
	if (hour > 23 || minute > 59)
		return false;
	*ret_offset = (hour * 3600 + minute * 60) * (west ? -1 : 1);
	return true;
}

bool civil_time_parse(const char *text, size_t length, struct civil_time *ret) {
	struct reader in = {text, text + length};
	struct civil_time time;
	int64_t days;
	int seconds, offset;

	if (!read_date(&in, &days) || !read_char(&in, 'T') || !read_time_of_day(&in, &seconds) ||
	    !read_fraction(&in, &time.nanoseconds) || !read_zone(&in, &offset) || in.at != in.end)
		return false;
	time.seconds = days * SECONDS_PER_DAY + seconds - offset;
	*ret = time;
	return true;
}

static int64_t floor_divide(int64_t value, int64_t by) {
	return value / by - (value % by < 0);
}

int64_t civil_day(int64_t seconds) {
	return floor_divide(seconds, SECONDS_PER_DAY);
}

/* 1970-01-01, day 0, was a Thursday: three days after a Monday. */
unsigned civil_weekday(int64_t day) {
	int64_t since_monday = day + 3;

	return (unsigned)(since_monday - floor_divide(since_monday, 7) * 7);
}

int64_t civil_week(int64_t day, unsigned week_start) {
	return floor_divide(day + 3 - (int64_t)week_start, 7);
}
