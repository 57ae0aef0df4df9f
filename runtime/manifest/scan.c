/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tokenizer that keeps positions. It goes once over the text, without recursion: containers
 * that are open stand on a stack of at most DOC_MAX_DEPTH frames, their children so far at the
 * end of one growing list, from which they are cut off when the container closes.
 *
 * It accepts RFC 8259 and comments, and is as strict as jansson, so that what is wrong is said in
 * our words and at its place. One mistake leaves no doubt about what was meant and is mended on
 * the way, so that the rest is checked too: a comma before a closing bracket.
 *
 * Text is valid UTF-8 without NUL here (doc_parse), and ends in a NUL, on which every look ahead
 * stops.
 */
#include "manifest/scan.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"

struct frame {
	struct doc_value *value;
	size_t first; /* of its children, in scanner.pending */
};

struct scanner {
	struct doc *doc;
	struct diag *diag;
	char *plain;
	const char *at, *end;
	const char *line_start;
	uint32_t line, inner_bytes; /* of this line: bytes that begin no character */
	struct frame frames[DOC_MAX_DEPTH];
	size_t depth;
	struct doc_value **pending;
	size_t n_pending, capacity;
	size_t n_values;
};

static struct place here(const struct scanner *s) {
	return (struct place){
		.file = s->doc->file,
		.line = s->line,
		.column = (uint32_t)(s->at - s->line_start) - s->inner_bytes + 1,
		.length = 1,
		.offset = (uint32_t)(s->at - s->doc->text),
	};
}

/* Steps over one byte. */
static void advance(struct scanner *s) {
	if (*s->at == '\n') {
		s->line++;
		s->line_start = s->at + 1;
		s->inner_bytes = 0;
	} else if (((unsigned char)*s->at & 0xc0) == 0x80) {
		s->inner_bytes++;
	}
	s->at++;
}

static void blank(struct scanner *s, const char *at) {
	char *c = s->plain + (at - s->doc->text);

	if (*c != '\n' && *c != '\r')
		*c = ' ';
}

static int skip_line_comment(struct scanner *s) {
	while (s->at < s->end && *s->at != '\n') {
		blank(s, s->at);
		advance(s);
	}
	return 0;
}

static int skip_block_comment(struct scanner *s) {
	struct place start = here(s);
	struct finding *finding;

	blank(s, s->at++);
	blank(s, s->at++);
	while (s->at < s->end && !(s->at[0] == '*' && s->at[1] == '/')) {
		blank(s, s->at);
		advance(s);
	}
	if (s->at < s->end) {
		blank(s, s->at++);
		blank(s, s->at++);
		return 0;
	}
	start.length = 2;
	finding = diag_add(s->diag, DIAG_RYS012, &start, "this comment is never closed");
	finding_help(s->diag, finding, "close it with `*/`");
	return -EBADMSG;
}

static int skip_space(struct scanner *s) {
	int r = 0;

	while (r == 0 && s->at < s->end) {
		if (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r')
			advance(s);
		else if (s->at[0] == '/' && s->at[1] == '/')
			r = skip_line_comment(s);
		else if (s->at[0] == '/' && s->at[1] == '*')
			r = skip_block_comment(s);
		else
			break;
	}
	return r;
}

/* -- what is wrong ------------------------------------------------------------------------------ */

/* The word or the character at this point, for messages: its bytes; *ret_length in characters. */
static int word_here(const struct scanner *s, uint32_t *ret_length) {
	const char *c = s->at;
	uint32_t n = 0;

	while (isalnum((unsigned char)*c) || *c == '_' || *c == '-' || *c == '.' || *c == '+')
		c++;
	n = (uint32_t)(c - s->at);
	if (!n) {
		c++;
		while (((unsigned char)*c & 0xc0) == 0x80)
			c++;
		n = 1;
	}
	*ret_length = n > 40 ? 40 : n;
	return c - s->at > 40 ? 40 : (int)(c - s->at);
}

static int unclosed(struct scanner *s) {
	const struct doc_value *open = s->frames[s->depth - 1].value;
	const char *closer = open->kind == DOC_OBJECT ? "}" : "]";
	struct place end = here(s);
	struct finding *finding;

	finding = diag_add(s->diag, DIAG_RYS007, &open->place,
			   "this `%s` is never closed: the text ends without its `%s`",
			   open->kind == DOC_OBJECT ? "{" : "[", closer);
	finding_second(s->diag, finding, &end, "the text ends here");
	finding_help(s->diag, finding, "add the missing `%s`", closer);
	return -EBADMSG;
}

static int wrong_closer(struct scanner *s, const struct doc_value *open) {
	const char *closer = open->kind == DOC_OBJECT ? "}" : "]";
	struct place place = here(s);
	struct finding *finding;

	finding = diag_add(s->diag, DIAG_RYS007, &place, "`%c` closes what `%s` opened", *s->at,
			   open->kind == DOC_OBJECT ? "{" : "[");
	finding_second(s->diag, finding, &open->place, "opened here");
	finding_help(s->diag, finding, "write `%s`, or close what was opened in between", closer);
	finding_fix(s->diag, finding, "%s", closer);
	return -EBADMSG;
}

static void help_single_quotes(struct scanner *s, struct finding *finding) {
	const char *close = strpbrk(s->at + 1, "'\n");

	finding_help(s->diag, finding, "strings stand in double quotes: \"…\"");
	if (close && *close == '\'' && !memchr(s->at, '"', (size_t)(close - s->at))) {
		finding->place.length = 2;
		for (const char *c = s->at + 1; c < close; c++)
			finding->place.length += ((unsigned char)*c & 0xc0) != 0x80;
		finding_fix(s->diag, finding, "\"%.*s\"", (int)(close - s->at - 1), s->at + 1);
	}
}

/* Words of other languages, and what JSON has instead. */
static const char *json_word(const char *word, size_t length) {
	static const char *const words[][2] = {
		{"True", "true"},      {"TRUE", "true"},   {"yes", "true"},  {"on", "true"},
		{"False", "false"},    {"FALSE", "false"}, {"no", "false"},  {"off", "false"},
		{"None", "null"},      {"NULL", "null"},   {"Null", "null"}, {"nil", "null"},
		{"undefined", "null"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i][0]) == length && strncmp(words[i][0], word, length) == 0)
			return words[i][1];
	return NULL;
}

static int unexpected(struct scanner *s, const char *wanted) {
	struct place place = here(s);
	int bytes = word_here(s, &place.length);
	const char *word = json_word(s->at, (size_t)bytes);
	struct finding *finding;

	finding = diag_add(s->diag, DIAG_RYS005, &place, "%s expected here, not `%.*s`", wanted,
			   bytes, s->at);
	if (*s->at == '\'') {
		help_single_quotes(s, finding);
	} else if (*s->at == '#') {
		finding_help(s->diag, finding, "comments are written `// …` or `/* … */`");
	} else if (word) {
		finding_help(s->diag, finding, "JSON writes `%s`", word);
		finding_fix(s->diag, finding, "%s", word);
	} else if (isalpha((unsigned char)*s->at) || *s->at == '_') {
		finding_help(s->diag, finding, "keys and strings stand in double quotes");
		finding_fix(s->diag, finding, "\"%.*s\"", bytes, s->at);
	}
	return -EBADMSG;
}

/* -- scalars ------------------------------------------------------------------------------------ */

static int bad_string(struct scanner *s, const struct place *place, const char *text,
		      const char *help) {
	struct finding *finding = diag_add(s->diag, DIAG_RYS008, place, "%s", text);

	finding_help(s->diag, finding, "%s", help);
	return -EBADMSG;
}

/* The four digits after \u, or -1. */
static int hex4(const char *c) {
	int value = 0;

	for (int i = 0; i < 4; i++) {
		int digit = hex_value(c[i]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

static int scan_unicode_escape(struct scanner *s) {
	struct place place = here(s);
	int unit = hex4(s->at + 2), second;

	place.length = 6;
	if (unit < 0) {
		place.length = 2;
		return bad_string(s, &place, "`\\u` needs four hexadecimal digits",
				  "write a backslash itself as `\\\\`");
	}
	if (unit == 0)
		return bad_string(s, &place, "a NUL character inside a string",
				  "strings of a manifest cannot hold U+0000");
	if (unit >= 0xd800 && unit <= 0xdfff) {
		second = s->at[6] == '\\' && s->at[7] == 'u' ? hex4(s->at + 8) : -1;
		if (unit >= 0xdc00 || second < 0xdc00 || second > 0xdfff)
			return bad_string(s, &place, "half of a surrogate pair",
					  "write both halves, or the character itself");
		s->at += 6;
	}
	s->at += 6;
	return 0;
}

static int scan_escape(struct scanner *s) {
	struct place place = here(s);

	if (s->at[1] == 'u')
		return scan_unicode_escape(s);
	if (s->at[1] && strchr("\"\\/bfnrt", s->at[1])) {
		s->at += 2;
		return 0;
	}
	place.length = 2;
	return bad_string(
		s, &place, "this escape does not exist in JSON",
		"known are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX; a backslash itself is "
		"written `\\\\`");
}

/* From the opening quote to behind the closing one. */
static int scan_string(struct scanner *s, struct place *ret_place) {
	struct place place = here(s), bad;
	int r = 0;

	s->at++;
	while (r == 0 && *s->at != '"') {
		unsigned char c = (unsigned char)*s->at;

		if (c == '\n' || s->at == s->end) {
			place.length = here(s).column - place.column;
			return bad_string(s, &place, "this string is not closed on its line",
					  "add the missing `\"`; a line break is written `\\n`");
		}
		bad = here(s);
		if (c < 0x20)
			r = bad_string(s, &bad, "a control character inside a string",
				       "write it as an escape, a tab as `\\t`");
		else if (c == '\\')
			r = scan_escape(s);
		else
			advance(s);
	}
	if (r < 0)
		return r;
	s->at++;
	place.length = here(s).column - place.column;
	*ret_place = place;
	return 0;
}

static const char *skip_digits(const char *c) {
	while (isdigit((unsigned char)*c))
		c++;
	return c;
}

/* The end of the number at c by RFC 8259 section 6, or NULL. */
static const char *number_end(const char *c, bool *ret_real) {
	const char *digits;

	*ret_real = false;
	if (*c == '-')
		c++;
	digits = c;
	c = skip_digits(c);
	if (c == digits || (*digits == '0' && c > digits + 1))
		return NULL;
	if (*c == '.') {
		*ret_real = true;
		digits = ++c;
		c = skip_digits(c);
		if (c == digits)
			return NULL;
	}
	if (*c == 'e' || *c == 'E') {
		*ret_real = true;
		c++;
		if (*c == '+' || *c == '-')
			c++;
		digits = c;
		c = skip_digits(c);
		if (c == digits)
			return NULL;
	}
	return c;
}

static int bad_number(struct scanner *s, const char *text, const char *help) {
	struct place place = here(s);
	int bytes = word_here(s, &place.length);
	struct finding *finding =
		diag_add(s->diag, DIAG_RYS009, &place, "`%.*s` %s", bytes, s->at, text);

	if (help)
		finding_help(s->diag, finding, "%s", help);
	return -EBADMSG;
}

/* Digits with an optional minus: what strtoll would read, without a look at the whole rest. */
static int read_integer(const char *at, const char *end, int64_t *ret) {
	bool negative = *at == '-';
	int64_t value = 0;

	for (at += negative; at < end; at++) {
		int64_t digit = negative ? '0' - *at : *at - '0';

		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return -ERANGE;
	}
	*ret = value;
	return 0;
}

static int scan_number(struct scanner *s, struct doc_value *value) {
	bool real;
	const char *end = number_end(s->at, &real);

	if (!end || isalnum((unsigned char)*end) || *end == '.' || *end == '_')
		return bad_number(s, "is not a JSON number",
				  "no leading zero or `+`, digits on both sides of the point, no "
				  "hexadecimal, no separators; versions and amounts are strings");
	value->kind = real ? DOC_REAL : DOC_INT;
	if (!real && read_integer(s->at, end, &value->integer) < 0)
		return bad_number(s, "does not fit in 64 bits", NULL);
	value->place.length = (uint32_t)(end - s->at);
	s->at = end;
	return 0;
}

static int scan_word(struct scanner *s, struct doc_value *value) {
	static const char *const words[] = {"null", "true", "false"};
	size_t length = 0;

	while (isalnum((unsigned char)s->at[length]) || s->at[length] == '_')
		length++;
	for (size_t i = 0; i < 3; i++) {
		if (strlen(words[i]) != length || memcmp(s->at, words[i], length) != 0)
			continue;
		value->kind = i == 0 ? DOC_NULL : DOC_BOOL;
		value->place.length = (uint32_t)length;
		s->at += length;
		return 0;
	}
	return unexpected(s, "a value is");
}

/* -- containers --------------------------------------------------------------------------------- */

static int open_container(struct scanner *s, struct doc_value *value) {
	struct finding *finding;

	if (s->depth == DOC_MAX_DEPTH) {
		finding = diag_add(s->diag, DIAG_RYS010, &value->place,
				   "more than %d brackets are open here", DOC_MAX_DEPTH);
		finding_help(s->diag, finding, "a manifest is never nested so deep");
		return -EBADMSG;
	}
	value->kind = *s->at == '{' ? DOC_OBJECT : DOC_ARRAY;
	s->at++;
	s->frames[s->depth++] = (struct frame){.value = value, .first = s->n_pending};
	return 0;
}

static void close_container(struct scanner *s) {
	struct frame *frame = &s->frames[--s->depth];
	struct doc_value *value = frame->value;

	s->at++;
	value->n_items = s->n_pending - frame->first;
	value->items = arena_array(&s->doc->arena, struct doc_value *, value->n_items);
	assert(!value->n_items || s->pending);
	if (value->n_items)
		memcpy(value->items, s->pending + frame->first,
		       value->n_items * sizeof(value->items[0]));
	s->n_pending = frame->first;
}

/* Places the new value under its parent before it is looked at. */
static int add_value(struct scanner *s, const struct place *key_place,
		     struct doc_value **ret_value) {
	struct place place = here(s);
	struct doc_value *value;

	if (++s->n_values > DOC_MAX_VALUES) {
		diag_add(s->diag, DIAG_RYS010, &place, "more than %d values", DOC_MAX_VALUES);
		return -EBADMSG;
	}
	value = arena_new(&s->doc->arena, struct doc_value);
	value->place = place;
	value->key_place = key_place ? *key_place : place;
	if (s->depth) {
		value->parent = s->frames[s->depth - 1].value;
		s->pending = must_grow(s->pending, s->n_pending, &s->capacity,
				       sizeof(struct doc_value *));
		s->pending[s->n_pending++] = value;
	} else {
		s->doc->root = value;
	}
	*ret_value = value;
	return 0;
}

static int scan_value(struct scanner *s, const struct place *key_place) {
	struct doc_value *value;
	int r = add_value(s, key_place, &value);

	if (r < 0)
		return r;
	switch (*s->at) {
	case '{':
	case '[':
		return open_container(s, value);
	case '"':
		value->kind = DOC_STRING;
		r = scan_string(s, &value->place);
		break;
	case '-':
	case '+':
	case '.':
	case '0' ... '9':
		r = scan_number(s, value);
		break;
	default:
		return scan_word(s, value);
	}
	if (!key_place)
		value->key_place = value->place;
	return r;
}

static void trailing_comma(struct scanner *s, const struct place *comma) {
	struct finding *finding = diag_add(s->diag, DIAG_RYS006, comma,
					   "a comma stands before the closing `%c`", *s->at);

	finding_help(s->diag, finding, "remove the comma, or add what should follow it");
	finding_fix(s->diag, finding, "%s", "");
	blank(s, s->doc->text + comma->offset);
}

/* "key": of a member, and what follows it. */
static int scan_member(struct scanner *s) {
	struct place key_place;
	int r;

	if (*s->at != '"')
		return unexpected(s, "a key in double quotes is");
	r = scan_string(s, &key_place);
	if (r == 0)
		r = skip_space(s);
	if (r < 0)
		return r;
	if (s->at == s->end)
		return unclosed(s);
	if (*s->at != ':')
		return unexpected(s, "a `:` after the key is");
	s->at++;
	r = skip_space(s);
	if (r < 0)
		return r;
	if (s->at == s->end)
		return unclosed(s);
	return scan_value(s, &key_place);
}

/*
 * One step inside the innermost container: its end, or one more element with the comma before it.
 */
static int scan_step(struct scanner *s) {
	const struct frame *frame = &s->frames[s->depth - 1];
	const struct doc_value *open = frame->value;
	struct place comma = here(s);
	bool more = s->n_pending > frame->first;
	int r;

	if (more && *s->at == ',') {
		s->at++;
		r = skip_space(s);
		if (r < 0)
			return r;
		if (*s->at == '}' || *s->at == ']')
			trailing_comma(s, &comma);
		more = false;
	}
	if (s->at == s->end)
		return unclosed(s);
	if (*s->at == '}' || *s->at == ']') {
		if ((*s->at == '}') != (open->kind == DOC_OBJECT))
			return wrong_closer(s, open);
		close_container(s);
		return 0;
	}
	if (more)
		return unexpected(s, open->kind == DOC_OBJECT ? "`,` or `}` is" : "`,` or `]` is");
	return open->kind == DOC_OBJECT ? scan_member(s) : scan_value(s, NULL);
}

static void skip_byte_order_mark(struct scanner *s) {
	struct place place = here(s);
	struct finding *finding;

	if (strncmp(s->at, "\xef\xbb\xbf", 3) != 0)
		return;
	finding = diag_add(s->diag, DIAG_RYS004, &place, "the text begins with a byte order mark");
	finding_help(s->diag, finding, "save the file as UTF-8 without BOM");
	finding_fix(s->diag, finding, "%s", "");
	for (int i = 0; i < 3; i++)
		blank(s, s->at++);
	s->line_start = s->at;
}

static int scan_text(struct scanner *s) {
	struct place place;
	int r;

	skip_byte_order_mark(s);
	r = skip_space(s);
	if (r < 0)
		return r;
	if (s->at == s->end) {
		place = doc_place_at(s->doc, 0, 0);
		diag_add(s->diag, DIAG_RYS005, &place, "`%s` is empty: it holds no JSON value",
			 s->doc->file);
		return -EBADMSG;
	}
	r = scan_value(s, NULL);
	while (r == 0 && s->depth) {
		r = skip_space(s);
		if (r == 0)
			r = scan_step(s);
	}
	if (r == 0)
		r = skip_space(s);
	if (r == 0 && s->at < s->end)
		r = unexpected(s, "the end of the text is");
	return r;
}

int doc_scan(struct doc *doc, char *plain, struct diag *diag) {
	struct scanner s = {
		.doc = doc,
		.diag = diag,
		.plain = plain,
		.at = doc->text,
		.end = doc->text + doc->length,
		.line_start = doc->text,
		.line = 1,
	};
	int r = scan_text(&s);

	free(s.pending);
	return r;
}
