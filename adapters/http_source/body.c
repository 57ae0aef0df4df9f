/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies cut into messages. */
#include "http_source/body.h"

#include <errno.h>
#include <string.h>

static int next_line(const struct body_rules *rules, const struct piece *body,
		     struct cursor *cursor, struct piece *ret) {
	size_t left = body->length - cursor->offset, length;
	const char *from, *newline;

	if (left == 0)
		return 0;
	from = body->bytes + cursor->offset;
	newline = memchr(from, '\n', left);
	length = newline ? (size_t)(newline - from) : left;
	*ret = (struct piece){from, length};
	if (rules->strip_cr && length && from[length - 1] == '\r')
		ret->length--;
	if (ret->length > rules->max_line_bytes)
		return -EMSGSIZE;
	cursor->offset += length + (newline != NULL);
	return 1;
}

int body_next(const struct body_rules *rules, const struct piece *body, struct cursor *cursor,
	      struct piece *ret) {
	int r = 1;

	if (body_has_lines(rules->format)) {
		r = next_line(rules, body, cursor, ret);
	} else if (cursor->pieces) {
		return 0;
	} else {
		*ret = *body;
		cursor->offset = body->length;
	}
	if (r > 0)
		cursor->pieces++;
	return r;
}
