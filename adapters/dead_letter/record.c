/* SPDX-License-Identifier: Apache-2.0 */
/* Formatting of dead letters. */
#include "dead_letter/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* -- text ----------------------------------------------------------------------------------- */

static char *reserve(struct record_text *out, size_t n) {
	size_t capacity = (out->length + n) * 2;
	char *grown;

	if (out->error)
		return NULL;
	if (out->length + n <= out->capacity)
		return out->text + out->length;
	grown = realloc(out->text, capacity);
	if (!grown) {
		out->error = -ENOMEM;
		return NULL;
	}
	out->text = grown;
	out->capacity = capacity;
	return out->text + out->length;
}

static void add(struct record_text *out, const char *text, size_t n) {
	char *to = reserve(out, n);

	if (!to || !n)
		return;
	memcpy(to, text, n);
	out->length += n;
}

static void add_text(struct record_text *out, const char *text) {
	add(out, text, strlen(text));
}

static void add_number(struct record_text *out, const char *name, uint64_t value) {
	char text[64];
	int n = snprintf(text, sizeof(text), ",\"%s\":%" PRIu64, name, value);

	add(out, text, (size_t)n);
}

/* -- strings -------------------------------------------------------------------------------- */

/* The least code point that needs n bytes, by n. */
static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

/* Length of the valid UTF-8 sequence at the start of n bytes (RFC 3629); 0: none. */
static size_t sequence(const unsigned char *at, size_t n) {
	size_t length = at[0] < 0x80		 ? 1
			: (at[0] & 0xe0) == 0xc0 ? 2
			: (at[0] & 0xf0) == 0xe0 ? 3
			: (at[0] & 0xf8) == 0xf0 ? 4
						 : 0;
	uint32_t code = length == 1 ? at[0] : at[0] & (0x7fu >> length);

	if (!length || length > n)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (length > 1 && (code < least[length] || code > 0x10ffff || (code >> 11) == 0x1b))
		return 0;
	return length;
}

static bool is_text(const unsigned char *at, size_t n) {
	while (n) {
		size_t length = sequence(at, n);

		if (!length)
			return false;
		at += length;
		n -= length;
	}
	return true;
}

static void add_string(struct record_text *out, const char *text, size_t n) {
	size_t from = 0;

	add_text(out, "\"");
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		char escape[8];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		add(out, text + from, i - from);
		from = i + 1;
		if (c >= 0x20)
			snprintf(escape, sizeof(escape), "\\%c", c);
		else
			snprintf(escape, sizeof(escape), "\\u%04x", c);
		add_text(out, escape);
	}
	add(out, text + from, n - from);
	add_text(out, "\"");
}

static void add_member(struct record_text *out, const char *name, const char *value) {
	const char *text = value ? value : "";

	add_text(out, ",\"");
	add_text(out, name);
	add_text(out, "\":");
	if (is_text((const unsigned char *)text, strlen(text)))
		add_string(out, text, strlen(text));
	else
		add_text(out, "\"?\"");
}

static void add_hex(struct record_text *out, const char *name, const uint8_t *bytes, size_t n) {
	static const char digits[] = "0123456789abcdef";
	char text[33] = "";

	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	add_member(out, name, text);
}

/* RFC 4648, with padding. */
static void add_base64(struct record_text *out, const unsigned char *at, size_t n) {
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t group = (uint32_t)at[i] << 16;
		char text[4];

		group |= i + 1 < n ? (uint32_t)at[i + 1] << 8 : 0;
		group |= i + 2 < n ? at[i + 2] : 0;
		for (int j = 0; j < 4; j++)
			text[j] = digits[group >> (18 - 6 * j) & 63];
		if (i + 2 >= n)
			text[3] = '=';
		if (i + 1 >= n)
			text[2] = '=';
		add(out, text, sizeof(text));
	}
}

/* -- the record ----------------------------------------------------------------------------- */

static void add_time(struct record_text *out, uint64_t unix_ns) {
	time_t seconds = (time_t)(unix_ns / 1000000000u);
	struct tm tm;
	char text[64];
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(text, sizeof(text), "{\"time\":\"%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(text + n, sizeof(text) - n, ".%09uZ\"",
			      (unsigned)(unix_ns % 1000000000u));
	add(out, text, n);
}

int record_format(const struct ry_dead_letter_record *record, struct record_text *out) {
	out->length = 0;
	out->error = 0;
	add_time(out, record->failed_unix_ns);
	add_member(out, "node", record->node);
	add_member(out, "error", record->error);
	add_number(out, "attempts", record->attempts);
	add_member(out, "type", record->message_type);
	add_number(out, "type_version", record->message_version);
	add_number(out, "source", record->source_id);
	add_number(out, "seq", record->source_seq);
	add_hex(out, "trace_id", record->trace_id, sizeof(record->trace_id));
	add_hex(out, "span_id", record->span_id, sizeof(record->span_id));
	if (is_text(record->payload, record->length)) {
		add_text(out, ",\"payload\":");
		add_string(out, record->payload, record->length);
		add_text(out, "}\n");
	} else {
		add_text(out, ",\"payload_base64\":\"");
		add_base64(out, record->payload, record->length);
		add_text(out, "\"}\n");
	}
	return out->error;
}
