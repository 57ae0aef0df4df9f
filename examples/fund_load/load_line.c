/* SPDX-License-Identifier: Apache-2.0 */
/* The parser of input lines: recursive descent over one line, with at most 128 levels. */
#include "load_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAIRWISE_KEYS 24 /* up to so many keys are compared with each other, more are sorted */

struct cursor {
	struct load_line_parser *parser;
	const char *at, *end;
	size_t decoded;	  /* bytes used of parser->decoded */
	size_t n_keys;	  /* of parser->keys */
	uint64_t objects; /* so far */
	struct load_line *line;
};

/* -- strings -------------------------------------------------------------------------------- */

/* Length of the valid UTF-8 sequence at `at` (RFC 3629); 0: none. */
static size_t utf8_sequence(const unsigned char *at, const unsigned char *end) {
	size_t length = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	unsigned char low = 0x80, high = 0xbf; /* of the second byte */

	if (length == 1)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4 || (size_t)(end - at) < length)
		return 0;
	if (at[0] == 0xe0)
		low = 0xa0; /* shortest form only */
	else if (at[0] == 0xed)
		high = 0x9f; /* no surrogates */
	else if (at[0] == 0xf0)
		low = 0x90;
	else if (at[0] == 0xf4)
		high = 0x8f; /* up to U+10FFFF */
	if (at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

static size_t utf8_encode(uint32_t code, char *to) {
	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char)(0xc0 | code >> 6);
		to[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		to[0] = (char)(0xe0 | code >> 12);
		to[1] = (char)(0x80 | (code >> 6 & 0x3f));
		to[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | code >> 18);
	to[1] = (char)(0x80 | (code >> 12 & 0x3f));
	to[2] = (char)(0x80 | (code >> 6 & 0x3f));
	to[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* Four hex digits behind `\u`. */
static bool read_hex(struct cursor *c, uint32_t *ret) {
	uint32_t code = 0;

	if (c->end - c->at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		unsigned char digit = (unsigned char)*c->at++;

		if (digit >= '0' && digit <= '9')
			code = code << 4 | (digit - '0');
		else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
			code = code << 4 | ((digit | 0x20) - 'a' + 10u);
		else
			return false;
	}
	*ret = code;
	return true;
}

/* A code point behind `\u`: two escapes where the first is a high surrogate. */
static bool read_unicode(struct cursor *c, uint32_t *ret) {
	uint32_t high, low;

	if (!read_hex(c, &high))
		return false;
	*ret = high;
	if (high < 0xd800 || high > 0xdfff)
		return true;
	if (high > 0xdbff || c->end - c->at < 2 || c->at[0] != '\\' || c->at[1] != 'u')
		return false;
	c->at += 2;
	if (!read_hex(c, &low) || low < 0xdc00 || low > 0xdfff)
		return false;
	*ret = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

/* What stands behind a backslash, decoded to `to`. */
static bool read_escape(struct cursor *c, char *to, size_t *length) {
	static const char from[] = "\"\\/bfnrt", meaning[] = "\"\\/\b\f\n\r\t";
	const char *found;
	uint32_t code;

	if (c->at == c->end || !*c->at)
		return false;
	found = strchr(from, *c->at);
	if (found) {
		to[(*length)++] = meaning[found - from];
		c->at++;
		return true;
	}
	if (*c->at++ != 'u' || !read_unicode(c, &code))
		return false;
	*length += utf8_encode(code, to + *length);
	return true;
}

/* Moves over bytes that stand for themselves. False: they are not valid. */
static bool skip_plain(struct cursor *c) {
	while (c->at < c->end) {
		unsigned char byte = (unsigned char)*c->at;
		size_t n;

		if (byte < 0x20)
			return false;
		if (byte == '"' || byte == '\\')
			return true;
		if (byte < 0x80) {
			c->at++;
			continue;
		}
		n = utf8_sequence((const unsigned char *)c->at, (const unsigned char *)c->end);
		if (!n)
			return false;
		c->at += n;
	}
	return false; /* no end of the string */
}

/* The rest of a string in which the first backslash was seen. Decoding never makes it longer. */
static bool read_escaped(struct cursor *c, const char *from, struct text *ret) {
	char *to = c->parser->decoded + c->decoded;
	size_t length = 0;

	for (;;) {
		memcpy(to + length, from, (size_t)(c->at - from));
		length += (size_t)(c->at - from);
		if (*c->at++ == '"')
			break;
		if (!read_escape(c, to, &length))
			return false;
		from = c->at;
		if (!skip_plain(c))
			return false;
	}
	c->decoded += length;
	*ret = (struct text){to, length};
	return true;
}

static bool read_string(struct cursor *c, struct text *ret) {
	const char *from = c->at + 1;

	if (c->at == c->end || *c->at != '"')
		return false;
	c->at++;
	if (!skip_plain(c))
		return false;
	if (*c->at == '\\')
		return read_escaped(c, from, ret);
	*ret = (struct text){from, (size_t)(c->at - from)};
	c->at++;
	return true;
}

/* -- numbers and words ---------------------------------------------------------------------- */

static bool skip_digits(struct cursor *c) {
	const char *from = c->at;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
		c->at++;
	return c->at > from;
}

static bool next_is(const struct cursor *c, char byte) {
	return c->at < c->end && *c->at == byte;
}

static bool skip_number(struct cursor *c) {
	if (next_is(c, '-'))
		c->at++;
	if (next_is(c, '0'))
		c->at++;
	else if (!skip_digits(c))
		return false;
	if (next_is(c, '.')) {
		c->at++;
		if (!skip_digits(c))
			return false;
	}
	if (next_is(c, 'e') || next_is(c, 'E')) {
		c->at++;
		if (next_is(c, '+') || next_is(c, '-'))
			c->at++;
		return skip_digits(c);
	}
	return true;
}

static bool skip_word(struct cursor *c, const char *word) {
	size_t n = strlen(word);

	if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
		return false;
	c->at += n;
	return true;
}

static void skip_blanks(struct cursor *c) {
	while (c->at < c->end &&
	       (*c->at == ' ' || *c->at == '\t' || *c->at == '\r' || *c->at == '\n'))
		c->at++;
}

/* -- keys ----------------------------------------------------------------------------------- */

static int remember_key(struct cursor *c, uint64_t object, const struct text *key) {
	struct load_line_parser *parser = c->parser;

	if (c->n_keys == parser->keys_capacity) {
		size_t capacity = parser->keys_capacity ? parser->keys_capacity * 2 : 16;
		struct seen_key *grown = realloc(parser->keys, capacity * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		parser->keys = grown;
		parser->keys_capacity = capacity;
	}
	parser->keys[c->n_keys++] = (struct seen_key){object, *key};
	return LOAD_LINE_OK;
}

static int compare_keys(const void *left, const void *right) {
	const struct seen_key *a = left, *b = right;

	if (a->object != b->object)
		return a->object < b->object ? -1 : 1;
	if (a->key.length != b->key.length)
		return a->key.length < b->key.length ? -1 : 1;
	return memcmp(a->key.bytes, b->key.bytes, a->key.length);
}

/* Any key twice in one object? Keys are compared after decoding. */
static bool has_duplicate(const struct cursor *c) {
	struct seen_key *keys = c->parser->keys;

	if (c->n_keys > PAIRWISE_KEYS) {
		qsort(keys, c->n_keys, sizeof(*keys), compare_keys);
		for (size_t i = 1; i < c->n_keys; i++)
			if (compare_keys(&keys[i - 1], &keys[i]) == 0)
				return true;
		return false;
	}
	for (size_t i = 1; i < c->n_keys; i++)
		for (size_t j = 0; j < i; j++)
			if (compare_keys(&keys[i], &keys[j]) == 0)
				return true;
	return false;
}

static enum load_line_field field_of(const struct text *key) {
	static const char *const names[LOAD_LINE_FIELDS] = {
		[LOAD_LINE_ID] = "id",
		[LOAD_LINE_CUSTOMER_ID] = "customer_id",
		[LOAD_LINE_AMOUNT] = "load_amount",
		[LOAD_LINE_TIME] = "time",
	};
	enum load_line_field field = 0;

	while (field < LOAD_LINE_FIELDS && (strlen(names[field]) != key->length ||
					    memcmp(names[field], key->bytes, key->length) != 0))
		field++;
	return field;
}

/* -- values --------------------------------------------------------------------------------- */

static int read_value(struct cursor *c, unsigned depth, struct text *ret);

/* `"key": value`, at that depth of objects. */
static int read_member(struct cursor *c, unsigned depth, uint64_t object) {
	struct text key, value = {NULL, 0};
	enum load_line_field field;
	int r;

	if (!read_string(c, &key))
		return LOAD_LINE_MALFORMED;
	r = remember_key(c, object, &key);
	if (r < 0)
		return r;
	skip_blanks(c);
	if (!next_is(c, ':'))
		return LOAD_LINE_MALFORMED;
	c->at++;
	skip_blanks(c);
	r = read_value(c, depth, &value);
	if (r != LOAD_LINE_OK || depth > 1)
		return r;
	field = field_of(&key);
	if (field < LOAD_LINE_FIELDS)
		c->line->fields[field] = value;
	return LOAD_LINE_OK;
}

/* An array or an object, from its bracket on. */
static int read_container(struct cursor *c, unsigned depth) {
	const bool object = *c->at == '{';
	const char close = object ? '}' : ']';
	const uint64_t number = object ? ++c->objects : 0;
	struct text value;

	if (depth > LOAD_LINE_MAX_DEPTH)
		return LOAD_LINE_MALFORMED;
	c->at++;
	skip_blanks(c);
	if (next_is(c, close)) {
		c->at++;
		return LOAD_LINE_OK;
	}
	for (;;) {
		int r = object ? read_member(c, depth, number) : read_value(c, depth, &value);

		if (r != LOAD_LINE_OK)
			return r;
		skip_blanks(c);
		if (next_is(c, close)) {
			c->at++;
			return LOAD_LINE_OK;
		}
		if (!next_is(c, ','))
			return LOAD_LINE_MALFORMED;
		c->at++;
		skip_blanks(c);
	}
}

static int result(bool ok) {
	return ok ? LOAD_LINE_OK : LOAD_LINE_MALFORMED;
}

/* A value inside `depth` containers; *ret is set for strings only. */
static int read_value(struct cursor *c, unsigned depth, struct text *ret) {
	if (c->at == c->end)
		return LOAD_LINE_MALFORMED;
	switch (*c->at) {
	case '"':
		return result(read_string(c, ret));
	case '{':
	case '[':
		return read_container(c, depth + 1);
	case 't':
		return result(skip_word(c, "true"));
	case 'f':
		return result(skip_word(c, "false"));
	case 'n':
		return result(skip_word(c, "null"));
	default:
		return result(skip_number(c));
	}
}

/* Room for all strings of a line with escapes, so that none moves. */
static int reserve_decoded(struct load_line_parser *parser, const char *line, size_t length) {
	char *grown;

	if (length <= parser->decoded_capacity || !memchr(line, '\\', length))
		return LOAD_LINE_OK;
	grown = realloc(parser->decoded, length);
	if (!grown)
		return -ENOMEM;
	parser->decoded = grown;
	parser->decoded_capacity = length;
	return LOAD_LINE_OK;
}

int load_line_parse(struct load_line_parser *parser, const char *line, size_t length,
		    struct load_line *ret) {
	struct load_line found = {0};
	struct cursor c = {.parser = parser, .at = line, .end = line + length, .line = &found};
	int r = reserve_decoded(parser, line, length);

	if (r < 0)
		return r;
	skip_blanks(&c);
	if (!next_is(&c, '{'))
		return LOAD_LINE_MALFORMED;
	r = read_container(&c, 1);
	if (r != LOAD_LINE_OK)
		return r;
	skip_blanks(&c);
	if (c.at != c.end || has_duplicate(&c))
		return LOAD_LINE_MALFORMED;
	*ret = found;
	return LOAD_LINE_OK;
}

void load_line_parser_fini(struct load_line_parser *parser) {
	free(parser->decoded);
	free(parser->keys);
	*parser = (struct load_line_parser){0};
}
