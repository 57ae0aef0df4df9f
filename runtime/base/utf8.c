/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <stdint.h>

static bool is_tail(unsigned char c) {
	return (c & 0xc0) == 0x80;
}

/* The second byte narrows what the first one leaves open: RFC 3629 section 4. */
static bool second_fits(unsigned char first, unsigned char second) {
	switch (first) {
	case 0xe0:
		return second >= 0xa0 && second <= 0xbf;
	case 0xed:
		return second >= 0x80 && second <= 0x9f;
	case 0xf0:
		return second >= 0x90 && second <= 0xbf;
	case 0xf4:
		return second >= 0x80 && second <= 0x8f;
	default:
		return is_tail(second);
	}
}

size_t utf8_sequence(const char *text, size_t length) {
	const unsigned char *s = (const unsigned char *)text;
	size_t n;

	if (!length)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (length < n || !second_fits(s[0], s[1]))
		return 0;
	for (size_t i = 2; i < n; i++)
		if (!is_tail(s[i]))
			return 0;
	return n;
}

bool utf8_valid(const char *text, size_t length) {
	while (length) {
		size_t n = utf8_sequence(text, length);

		if (!n)
			return false;
		text += n;
		length -= n;
	}
	return true;
}

struct range {
	uint32_t first, last;
};

/* Combining marks and other characters of no width (Unicode general categories Mn, Me, Cf). */
static const struct range zero_width[] = {
	{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd},	{0x0610, 0x061a}, {0x064b, 0x065f},
	{0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x2064},	{0x20d0, 0x20f0}, {0xfe00, 0xfe0f},
	{0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef},
};

/* East Asian Wide and Fullwidth (Unicode Standard Annex 11), and the emoji blocks. */
static const struct range double_width[] = {
	{0x1100, 0x115f},   {0x2e80, 0x303e},	{0x3041, 0x33ff}, {0x3400, 0x4dbf},
	{0x4e00, 0x9fff},   {0xa000, 0xa4cf},	{0xac00, 0xd7a3}, {0xf900, 0xfaff},
	{0xfe30, 0xfe4f},   {0xff00, 0xff60},	{0xffe0, 0xffe6}, {0x1f300, 0x1f64f},
	{0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

static bool in_ranges(uint32_t c, const struct range *ranges, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

static uint32_t decode(const char *text, size_t n) {
	const unsigned char *s = (const unsigned char *)text;
	uint32_t c;

	if (n == 1)
		return s[0];
	c = s[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (s[i] & 0x3f);
	return c;
}

size_t utf8_columns(const char *text, size_t length) {
	size_t columns = 0;

	while (length) {
		size_t n = utf8_sequence(text, length);
		uint32_t c = n ? decode(text, n) : 0xfffd;

		if (in_ranges(c, double_width, sizeof(double_width) / sizeof(double_width[0])))
			columns += 2;
		else if (!in_ranges(c, zero_width, sizeof(zero_width) / sizeof(zero_width[0])))
			columns++;
		text += n ? n : 1;
		length -= n ? n : 1;
	}
	return columns;
}
