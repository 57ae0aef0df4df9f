/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing buffer of text or bytes for exporters, with an optional limit. What finds no room is
 * left out and sets `full` (the limit) or `failed` (memory): checked once, at the end.
 */
#ifndef OTLP_TEXT_H
#define OTLP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
	char *data; /* not NUL-terminated */
	size_t length;
	size_t capacity;
	size_t limit; /* capacity never grows beyond it; 0: no limit */
	bool failed;
	bool full;
};

void text_fini(struct text *text);

static inline void text_clear(struct text *text) {
	text->length = 0;
	text->failed = text->full = false;
}

/* Makes room for that many more bytes. Slow path of text_room. */
bool text_grow(struct text *text, size_t more);

static inline bool text_room(struct text *text, size_t more) {
	return text->capacity - text->length >= more || text_grow(text, more);
}

static inline void text_put(struct text *text, const char *from, size_t length) {
	if (!text_room(text, length))
		return;
	memcpy(text->data + text->length, from, length);
	text->length += length;
}

#define text_literal(text, literal) text_put((text), (literal), sizeof(literal) - 1)

void text_unsigned(struct text *text, uint64_t number);
void text_signed(struct text *text, int64_t number);
void text_hex(struct text *text, const uint8_t *bytes, size_t n); /* lower case */

/*
 * The characters of a JSON string, without quotes. Control characters are escaped as RFC 8259 says
 * and DEL too, for terminals; bytes that are not UTF-8 become U+FFFD.
 */
void text_json_chars(struct text *text, const char *from);

/* A number that JSON can hold, else the strings of the protobuf mapping: "NaN", "Infinity", … */
void text_json_double(struct text *text, double number);

#endif
