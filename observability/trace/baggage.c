/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header `baggage`: W3C Baggage, "HTTP header format". Members are separated by commas; each is
 * a key, a value, and properties behind semicolons. Equal keys are allowed and keep their order.
 * An entry that is not in the format may be removed, and so may entries beyond the limits
 * ("Mutating baggage"); both is done here, so that the header that goes on is well-formed.
 */
#include <errno.h>
#include <string.h>

#include "trace/propagation.h"
#include "trace/text.h"

/* RFC 7230, section 3.2.6: tchar. */
static bool is_key_char(char c) {
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return true;
	return c && strchr("!#$%&'*+-.^_`|~", c);
}

static bool is_value_char(char c) {
	return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
}

/* Where a member is written to, as far as there is room. */
struct output {
	char *at;
	char *end;
};

static bool put(struct output *output, const char *text, uint64_t length) {
	if (length > (uint64_t)(output->end - output->at))
		return false;
	memcpy(output->at, text, length);
	output->at += length;
	return true;
}

/* key [= value], with white space anywhere around the two. */
static bool put_part(struct output *output, const char *text, uint64_t length, bool needs_value) {
	const char *value;
	uint64_t key = 0, left;

	text_trim(&text, &length);
	while (key < length && is_key_char(text[key]))
		key++;
	if (key == 0 || !put(output, text, key))
		return false;
	value = text + key;
	left = length - key;
	text_trim(&value, &left);
	if (left == 0)
		return !needs_value;
	if (*value != '=')
		return false;
	value++;
	left--;
	text_trim(&value, &left);
	for (uint64_t i = 0; i < left; i++)
		if (!is_value_char(value[i]))
			return false;
	return put(output, "=", 1) && put(output, value, left);
}

static bool put_member(struct output *output, const char *text, uint64_t length) {
	for (bool first = true;; first = false) {
		const char *semicolon = length ? memchr(text, ';', length) : NULL;
		uint64_t part = semicolon ? (uint64_t)(semicolon - text) : length;

		if (!first && !put(output, ";", 1))
			return false;
		if (!put_part(output, text, part, first))
			return false;
		if (!semicolon)
			return true;
		text += part + 1;
		length -= part + 1;
	}
}

int baggage_parse(const char *text, uint64_t length, char *buf, uint32_t cap) {
	struct output output = {.at = buf};
	uint32_t members = 0;

	if (cap == 0)
		return -EINVAL;
	output.end = buf + (cap - 1 < BAGGAGE_LENGTH ? cap - 1 : BAGGAGE_LENGTH);
	for (uint64_t start = 0; start < length && members < BAGGAGE_MEMBERS;) {
		const char *comma = memchr(text + start, ',', length - start);
		uint64_t end = comma ? (uint64_t)(comma - text) : length;
		struct output before = output;

		if ((members == 0 || put(&output, ",", 1)) &&
		    put_member(&output, text + start, end - start))
			members++;
		else
			output = before;
		start = end + 1;
	}
	*output.at = '\0';
	return (int)(output.at - buf);
}
