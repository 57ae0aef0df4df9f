/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of one request, cut into what becomes a message each. The rules are those of
 * file.source: a line ends with a newline, which is removed; the last one may do without; an empty
 * line is a line; a NUL byte is a byte like any other.
 */
#ifndef HTTP_SOURCE_BODY_H
#define HTTP_SOURCE_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum body_format {
	BODY_LINES,	 /* text/lines */
	BODY_TEXT_JSONL, /* text/jsonl: lines too; that they hold JSON is for whoever reads on */
	BODY_JSONL,	 /* application/jsonl: one parsed value for each line */
	BODY_BYTES,	 /* application/octet-stream: the whole body */
	BODY_JSON,	 /* application/json: the whole body is one value */
};

struct body_rules {
	enum body_format format;
	bool strip_cr;
	uint64_t max_line_bytes;
};

/* The part of a body that becomes one message. */
struct piece {
	const char *bytes;
	size_t length;
};

/* A place in a body. */
struct cursor {
	size_t offset;
	uint64_t pieces; /* behind it */
};

static inline bool body_has_lines(enum body_format format) {
	return format <= BODY_JSONL;
}

/*
 * The piece at the cursor, which moves behind it. 1; 0: the body is at its end; -EMSGSIZE: the line
 * is longer than the rules allow, and the cursor has not moved.
 */
int body_next(const struct body_rules *rules, const struct piece *body, struct cursor *cursor,
	      struct piece *ret);

#endif
