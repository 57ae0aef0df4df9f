/* SPDX-License-Identifier: Apache-2.0 */
/* A growing text, for output that is put together before it is written. */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stddef.h>

struct strbuf {
	char *text; /* NUL-terminated, or NULL while empty */
	size_t length;
	size_t capacity;
};

#define STRBUF_INIT \
	{ NULL, 0, 0 }

void strbuf_fini(struct strbuf *buf);
void strbuf_clear(struct strbuf *buf); /* keeps the memory */
void strbuf_add(struct strbuf *buf, const char *text);
void strbuf_add_bytes(struct strbuf *buf, const void *bytes, size_t length);
void strbuf_add_char(struct strbuf *buf, char c);
void strbuf_printf(struct strbuf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds a JSON string with its quotes. Invalid UTF-8 becomes U+FFFD. */
void strbuf_add_json(struct strbuf *buf, const char *text);

/*
 * Adds text that may hold anything, such as a name from a manifest, so that it stays on its line
 * and cannot steer a terminal: control characters (C0, DEL, C1) become \xNN.
 */
void strbuf_add_visible(struct strbuf *buf, const char *text);

/* The text, never NULL; valid until the next change. */
const char *strbuf_text(const struct strbuf *buf);

#endif
