/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header `tracestate`: W3C Trace Context Level 2, section 3.3. Members are separated by commas
 * with optional white space; empty ones are allowed and dropped. A malformed member or a 33rd one
 * makes the header invalid as a whole. Of members with equal keys the first, the newest, stays.
 *
 * When the result is too long for the caller, members of more than 128 characters go first, then
 * those at the end, always whole ones (section 3.3.1.5).
 */
#include "trace/trace.h"

#include <errno.h>
#include <string.h>

#include "trace/text.h"

#define MAX_MEMBERS 32
#define MAX_KEY	    256
#define MAX_VALUE   256
#define LONG_MEMBER 128

struct member {
	const char *text;
	uint32_t key;	 /* characters */
	uint32_t length; /* of the whole member */
};

static bool is_lower_or_digit(char c) {
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_key_char(char c) {
	return is_lower_or_digit(c) || c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
}

/* Printable ASCII without comma and equals; a blank only inside. */
static bool is_value_char(char c) {
	return c >= 0x20 && c <= 0x7e && c != ',' && c != '=';
}

/* text is without white space around it and not empty. */
static int parse_member(const char *text, uint64_t length, struct member *ret) {
	uint64_t key = 0;

	if (length > MAX_KEY + 1 + MAX_VALUE || !is_lower_or_digit(text[0]))
		return -EINVAL;
	while (key < length && is_key_char(text[key]))
		key++;
	if (key > MAX_KEY || key == length || text[key] != '=')
		return -EINVAL;
	if (length - key - 1 == 0 || length - key - 1 > MAX_VALUE)
		return -EINVAL;
	for (uint64_t i = key + 1; i < length; i++)
		if (!is_value_char(text[i]))
			return -EINVAL;
	*ret = (struct member){text, (uint32_t)key, (uint32_t)length};
	return 0;
}

static bool has_key(const struct member *members, uint32_t n, const struct member *wanted) {
	for (uint32_t i = 0; i < n; i++)
		if (members[i].key == wanted->key &&
		    !memcmp(members[i].text, wanted->text, wanted->key))
			return true;
	return false;
}

static int split(const char *text, uint64_t length, struct member members[MAX_MEMBERS]) {
	uint32_t n = 0, seen = 0;

	for (uint64_t start = 0; start <= length;) {
		const char *comma =
			start < length ? memchr(text + start, ',', length - start) : NULL;
		uint64_t end = comma ? (uint64_t)(comma - text) : length, size = end - start;
		const char *at = text + start;
		struct member member;

		text_trim(&at, &size);
		start = end + 1;
		if (size == 0)
			continue;
		if (parse_member(at, size, &member) < 0 || ++seen > MAX_MEMBERS)
			return -EINVAL;
		if (!has_key(members, n, &member))
			members[n++] = member;
	}
	return (int)n;
}

/* With the commas between them. */
static uint64_t joined_length(const struct member *members, uint32_t n) {
	uint64_t length = n ? n - 1 : 0;

	for (uint32_t i = 0; i < n; i++)
		length += members[i].length;
	return length;
}

/* Drops members until they fit into room characters; returns how many are left. */
static uint32_t make_fit(struct member *members, uint32_t n, uint64_t room) {
	for (uint32_t i = n; i > 0 && joined_length(members, n) > room; i--) {
		if (members[i - 1].length <= LONG_MEMBER)
			continue;
		memmove(members + i - 1, members + i, (n - i) * sizeof(*members));
		n--;
	}
	while (n && joined_length(members, n) > room)
		n--;
	return n;
}

int tracestate_parse(const char *text, uint64_t length, char *buf, uint32_t cap) {
	struct member members[MAX_MEMBERS];
	uint32_t at = 0;
	int n;

	if (cap == 0)
		return -EINVAL;
	n = split(text, length, members);
	if (n < 0)
		return n;
	n = (int)make_fit(members, (uint32_t)n, cap - 1);
	for (int i = 0; i < n; i++) {
		if (i)
			buf[at++] = ',';
		memcpy(buf + at, members[i].text, members[i].length);
		at += members[i].length;
	}
	buf[at] = '\0';
	return (int)at;
}
