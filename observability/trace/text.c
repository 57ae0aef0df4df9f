/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal digits and white space; see text.h. */
#include "trace/text.h"

#include <errno.h>

#include "trace/trace.h"

static const char digits[] = "0123456789abcdef";

void trace_hex(const void *bytes, uint32_t n, char *buf) {
	const uint8_t *from = bytes;

	for (uint32_t i = 0; i < n; i++) {
		buf[2 * i] = digits[from[i] >> 4];
		buf[2 * i + 1] = digits[from[i] & 15];
	}
	buf[2 * n] = '\0';
}

/* Lower case only. -1: not a digit. */
static int digit_value(char c) {
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int text_unhex(const char *text, uint32_t n, uint8_t *ret) {
	for (uint32_t i = 0; i < n; i++) {
		int high = digit_value(text[2 * i]), low = digit_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

bool text_all_zero(const uint8_t *bytes, uint32_t n) {
	uint8_t any = 0;

	for (uint32_t i = 0; i < n; i++)
		any |= bytes[i];
	return !any;
}

static bool is_blank(char c) {
	return c == ' ' || c == '\t';
}

void text_trim(const char **text, uint64_t *length) {
	while (*length && is_blank(**text)) {
		++*text;
		--*length;
	}
	while (*length && is_blank((*text)[*length - 1]))
		--*length;
}
