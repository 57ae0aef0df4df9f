/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"

#define FIRST_BYTES 4096u

void text_fini(struct text *text) {
	free(text->data);
	*text = (struct text){.limit = text->limit};
}

bool text_grow(struct text *text, size_t more) {
	const size_t limit = text->limit ? text->limit : SIZE_MAX / 4;
	size_t capacity = text->capacity ? text->capacity : FIRST_BYTES;
	char *data;

	if (text->failed)
		return false;
	if (text->length > limit || more > limit - text->length) {
		text->full = true;
		return false;
	}
	while (capacity - text->length < more)
		capacity *= 2;
	if (capacity > limit)
		capacity = limit;
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
	const char *at = from, *end = from + strlen(from);

	while (at < end) {
		const char *start = at;
		size_t n;

		while (plain[(unsigned char)*at])
			at++;
		text_put(text, start, (size_t)(at - start));
		if (at == end)
			return;
		n = utf8_sequence(at, (size_t)(end - at));
		if (n > 1)
			text_put(text, at, n);
		else if (n == 1)
			put_escaped(text, (unsigned char)*at);
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
	} else if (number == 0 && signbit(number)) {
		text_literal(text, "-0.0"); /* readers take -0 for an integer and lose its sign */
	} else {
		n = snprintf(digits, sizeof(digits), "%.17g", number);
		/* A locale may have another decimal point. */
		for (int i = 0; i < n; i++)
			if (digits[i] == ',')
				digits[i] = '.';
		text_put(text, digits, (size_t)n);
	}
}
