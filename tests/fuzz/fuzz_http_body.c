/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body comes apart and can be put together again: nothing is lost, made up or read beyond its
 * end. The first byte chooses the rules.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "http_source/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What stands between two pieces, or behind the last one. */
static void expect_terminator(const struct body_rules *rules, const struct piece *body,
			      const struct piece *piece, size_t end) {
	size_t at = (size_t)(piece->bytes - body->bytes) + piece->length;

	if (rules->strip_cr && at < end && body->bytes[at] == '\r')
		at++;
	if (at < end)
		assert(body->bytes[at++] == '\n');
	else
		assert(end == body->length);
	assert(at == end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct body_rules rules = {.format = BODY_LINES, .max_line_bytes = 16};
	struct cursor cursor = {0}, before;
	struct piece body, piece;
	int r;

	if (size < 1)
		return 0;
	rules.format = (enum body_format)(data[0] % 5);
	rules.strip_cr = data[0] & 0x40;
	body = (struct piece){(const char *)data + 1, size - 1};
	for (before = cursor; (r = body_next(&rules, &body, &cursor, &piece)) == 1;
	     before = cursor) {
		assert(cursor.pieces == before.pieces + 1);
		assert(piece.bytes == body.bytes + before.offset);
		assert(before.offset + piece.length <= cursor.offset);
		assert(cursor.offset <= body.length);
		if (!body_has_lines(rules.format))
			assert(piece.length == body.length);
		else {
			assert(piece.length <= rules.max_line_bytes);
			assert(!memchr(piece.bytes, '\n', piece.length));
			expect_terminator(&rules, &body, &piece, cursor.offset);
		}
	}
	assert(cursor.offset == before.offset && cursor.pieces == before.pieces);
	if (r == 0) {
		assert(cursor.offset == body.length);
	} else {
		assert(r == -EMSGSIZE && body_has_lines(rules.format));
		assert(body.length - cursor.offset > rules.max_line_bytes);
		assert(!memchr(body.bytes + cursor.offset, '\n', rules.max_line_bytes + 1));
	}
	return 0;
}
