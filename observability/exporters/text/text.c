/* SPDX-License-Identifier: Apache-2.0 */
#include "exporters/text/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_BYTES 4096u

void text_fini(struct text *text) {
	free(text->data);
	*text = (struct text){0};
}

bool text_grow(struct text *text, size_t more) {
	size_t capacity = text->capacity ? text->capacity : FIRST_BYTES;
	char *data;

	if (text->failed)
		return false;
	while (capacity - text->length < more)
		capacity *= 2;
	data = realloc(text->data, capacity);
	if (!data) {
		text->failed = true;
		return false;
	}
	text->data = data;
	text->capacity = capacity;
	return true;
}

void text_unsigned(struct text *text, uint64_t number) {
	char digits[20];
	size_t n = sizeof(digits);

	do
		digits[--n] = (char)('0' + number % 10);
	while (number /= 10);
	text_put(text, digits + n, sizeof(digits) - n);
}

void text_signed(struct text *text, int64_t number) {
	if (number < 0)
		text_literal(text, "-");
	text_unsigned(text, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void text_hex(struct text *text, const uint8_t *bytes, size_t n) {
	static const char digits[] = "0123456789abcdef";

	if (!text_room(text, 2 * n))
		return;
	for (size_t i = 0; i < n; i++) {
		text->data[text->length++] = digits[bytes[i] >> 4];
		text->data[text->length++] = digits[bytes[i] & 15];
	}
}

static bool continues(unsigned char c) {
	return (c & 0xc0) == 0x80;
}

/* Bytes of the UTF-8 sequence of several bytes at s (RFC 3629, shortest forms only); 0: none. */
static size_t sequence(const unsigned char *s) {
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		return continues(s[1]) ? 2 : 0;
	if (s[0] >= 0xe0 && s[0] <= 0xef) {
		if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f))
			return 0;
		return continues(s[1]) && continues(s[2]) ? 3 : 0;
	}
	if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
			return 0;
		return continues(s[1]) && continues(s[2]) && continues(s[3]) ? 4 : 0;
	}
	return 0;
}

/* What stands in a JSON string as it is: a look-up, as this is most of what an exporter does. */
static const bool plain[256] = {
	[' ' ... '!'] = true,
	['#' ... '['] = true,
	[']' ... '~'] = true,
};

static void put_escaped(struct text *text, unsigned char c) {
	char escape[8];

	switch (c) {
	case '"':
		text_literal(text, "\\\"");
		break;
	case '\\':
		text_literal(text, "\\\\");
		break;
	case '\n':
		text_literal(text, "\\n");
		break;
	case '\t':
		text_literal(text, "\\t");
		break;
	default:
		text_put(text, escape, (size_t)snprintf(escape, sizeof(escape), "\\u%04x", c));
	}
}

void text_json_chars(struct text *text, const char *from) {
	const unsigned char *at = (const unsigned char *)from;

	while (*at) {
		const unsigned char *start = at;
		size_t n;

		while (plain[*at])
			at++;
		text_put(text, (const char *)start, (size_t)(at - start));
		if (!*at)
			return;
		n = sequence(at);
		if (n)
			text_put(text, (const char *)at, n);
		else if (*at < 0x80)
			put_escaped(text, *at);
		else
			text_literal(text, "\xef\xbf\xbd");
		at += n ? n : 1;
	}
}

void text_json_double(struct text *text, double number) {
	char digits[32];
	int n;

	if (isnan(number)) {
		text_literal(text, "\"NaN\"");
	} else if (isinf(number)) {
		if (number > 0)
			text_literal(text, "\"Infinity\"");
		else
			text_literal(text, "\"-Infinity\"");
	} else {
		n = snprintf(digits, sizeof(digits), "%.17g", number);
		/* A locale may have another decimal point. */
		for (int i = 0; i < n; i++)
			if (digits[i] == ',')
				digits[i] = '.';
		text_put(text, digits, (size_t)n);
	}
}
