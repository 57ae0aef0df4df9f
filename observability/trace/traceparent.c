/* SPDX-License-Identifier: Apache-2.0 */
/* The header `traceparent`: W3C Trace Context Level 2, section 3.2. */
#include "trace/trace.h"

#include <errno.h>
#include <string.h>

static const char digits[] = "0123456789abcdef";

void trace_hex(const void *bytes, uint32_t n, char *buf) {
	const uint8_t *from = bytes;

	for (uint32_t i = 0; i < n; i++) {
		buf[2 * i] = digits[from[i] >> 4];
		buf[2 * i + 1] = digits[from[i] & 15];
	}
	buf[2 * n] = '\0';
}

/* Lower case only, as section 3.2.2 says. -1: not a digit. */
static int digit_value(char c) {
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static int parse_hex(const char *text, uint32_t n, uint8_t *ret) {
	for (uint32_t i = 0; i < n; i++) {
		int high = digit_value(text[2 * i]), low = digit_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static bool all_zero(const uint8_t *bytes, uint32_t n) {
	uint8_t any = 0;

	for (uint32_t i = 0; i < n; i++)
		any |= bytes[i];
	return !any;
}

/* A later version may go on after another dash; what follows is not ours to read. */
static bool length_fits(const char *text, uint64_t length, uint8_t version) {
	if (version == 0)
		return length == TRACEPARENT_LENGTH;
	return length == TRACEPARENT_LENGTH || text[TRACEPARENT_LENGTH] == '-';
}

int traceparent_parse(const char *text, uint64_t length, struct trace_parent *ret) {
	struct trace_parent parent;
	uint8_t version, flags;

	if (length < TRACEPARENT_LENGTH || text[2] != '-' || text[35] != '-' || text[52] != '-')
		return -EINVAL;
	if (parse_hex(text, 1, &version) < 0 ||
	    parse_hex(text + 3, 16, parent.trace_id.bytes) < 0 ||
	    parse_hex(text + 36, 8, parent.span_id.bytes) < 0 ||
	    parse_hex(text + 53, 1, &flags) < 0)
		return -EINVAL;
	if (version == 0xff || !length_fits(text, length, version) ||
	    all_zero(parent.trace_id.bytes, 16) || all_zero(parent.span_id.bytes, 8))
		return -EINVAL;
	parent.flags = flags & (TRACE_FLAG_SAMPLED | TRACE_FLAG_RANDOM);
	*ret = parent;
	return 0;
}

void traceparent_format(const struct trace_parent *parent, char buf[TRACEPARENT_LENGTH + 1]) {
	const uint8_t flags = parent->flags & (TRACE_FLAG_SAMPLED | TRACE_FLAG_RANDOM);

	buf[0] = '0';
	buf[1] = '0';
	trace_hex(parent->trace_id.bytes, 16, buf + 3);
	trace_hex(parent->span_id.bytes, 8, buf + 36);
	trace_hex(&flags, 1, buf + 53);
	buf[2] = buf[35] = buf[52] = '-';
}
