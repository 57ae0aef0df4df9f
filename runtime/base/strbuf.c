/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"

void strbuf_fini(struct strbuf *buf) {
	free(buf->text);
	*buf = (struct strbuf)STRBUF_INIT;
}

void strbuf_clear(struct strbuf *buf) {
	buf->length = 0;
	if (buf->text)
		buf->text[0] = '\0';
}

static void strbuf_reserve(struct strbuf *buf, size_t more) {
	size_t need = buf->length + more + 1;

	if (need <= buf->capacity)
		return;
	buf->capacity = need > buf->capacity * 2 ? need : buf->capacity * 2;
	if (buf->capacity < 64)
		buf->capacity = 64;
	buf->text = must_realloc(buf->text, buf->capacity, 1);
}

void strbuf_add_bytes(struct strbuf *buf, const void *bytes, size_t length) {
	strbuf_reserve(buf, length);
	memcpy(buf->text + buf->length, bytes, length);
	buf->length += length;
	buf->text[buf->length] = '\0';
}

void strbuf_add(struct strbuf *buf, const char *text) {
	strbuf_add_bytes(buf, text, strlen(text));
}

void strbuf_add_char(struct strbuf *buf, char c) {
	strbuf_add_bytes(buf, &c, 1);
}

void strbuf_printf(struct strbuf *buf, const char *format, ...) {
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return;
	strbuf_reserve(buf, (size_t)n);
	va_start(args, format);
	vsnprintf(buf->text + buf->length, (size_t)n + 1, format, args);
	va_end(args);
	buf->length += (size_t)n;
}

/* RFC 8259 section 7: the characters that must be escaped. */
static void add_json_char(struct strbuf *buf, unsigned char c) {
	static const char letters[] = "btnvfr"; /* from \b, 0x08, on */

	if (c == '"' || c == '\\') {
		strbuf_add_char(buf, '\\');
		strbuf_add_char(buf, (char)c);
	} else if (c >= 0x08 && c <= 0x0d && c != 0x0b) {
		strbuf_add_char(buf, '\\');
		strbuf_add_char(buf, letters[c - 0x08]);
	} else if (c < 0x20) {
		strbuf_printf(buf, "\\u%04x", c);
	} else {
		strbuf_add_char(buf, (char)c);
	}
}

void strbuf_add_json(struct strbuf *buf, const char *text) {
	size_t rest = strlen(text);

	strbuf_add_char(buf, '"');
	while (rest) {
		size_t n = utf8_sequence(text, rest);

		if (n == 1)
			add_json_char(buf, (unsigned char)*text);
		else if (n)
			strbuf_add_bytes(buf, text, n);
		else
			strbuf_add(buf, "\xef\xbf\xbd");
		text += n ? n : 1;
		rest -= n ? n : 1;
	}
	strbuf_add_char(buf, '"');
}

void strbuf_add_visible(struct strbuf *buf, const char *text) {
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text, next = (unsigned char)text[1];

		if (c == 0xc2 && next >= 0x80 && next < 0xa0) { /* C1, as UTF-8 */
			strbuf_printf(buf, "\\x%02x", next);
			text++;
		} else if (c < 0x20 || c == 0x7f) {
			strbuf_printf(buf, "\\x%02x", c);
		} else {
			strbuf_add_char(buf, *text);
		}
	}
}

const char *strbuf_text(const struct strbuf *buf) {
	return buf->text ? buf->text : "";
}
