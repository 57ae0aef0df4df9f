/* SPDX-License-Identifier: Apache-2.0 */
/*
 * B3, Zipkin's propagation: github.com/openzipkin/b3-propagation, "Http Encodings".
 *
 * What is not kept: that a trace was a debug one (it is sampled), and the parent of the sender's
 * span, which here is never shared with the receiver. A decision that was deferred to us counts as
 * not sampled, as in the OpenTelemetry propagators.
 */
#include <errno.h>
#include <string.h>

#include "trace/propagation.h"
#include "trace/text.h"

#define SPAN_DIGITS 16

static int parse_trace_id(const char *text, uint64_t length, struct trace_id *ret) {
	struct trace_id id = {{0}};
	uint32_t bytes = (uint32_t)length / 2;

	if (length != 16 && length != 32)
		return -EINVAL;
	if (text_unhex(text, bytes, id.bytes + 16 - bytes) < 0 || text_all_zero(id.bytes, 16))
		return -EINVAL;
	*ret = id;
	return 0;
}

static int parse_span_id(const char *text, struct span_id *ret) {
	struct span_id id;

	if (text_unhex(text, 8, id.bytes) < 0 || text_all_zero(id.bytes, 8))
		return -EINVAL;
	*ret = id;
	return 0;
}

static int parse_decision(char c, uint32_t *ret_flags) {
	if (c != '0' && c != '1' && c != 'd')
		return -EINVAL;
	*ret_flags = c == '0' ? 0 : TRACE_FLAG_SAMPLED;
	return 0;
}

/* What stands behind the trace id and its dash: {span id}[-{decision}[-{parent span id}]]. */
static int parse_rest(const char *text, uint64_t length, struct trace_parent *parent) {
	struct span_id ignored;

	if (length != SPAN_DIGITS && length != SPAN_DIGITS + 2 && length != 2 * SPAN_DIGITS + 3)
		return -EINVAL;
	if (parse_span_id(text, &parent->span_id) < 0)
		return -EINVAL;
	if (length == SPAN_DIGITS)
		return 0;
	if (text[SPAN_DIGITS] != '-' || parse_decision(text[SPAN_DIGITS + 1], &parent->flags) < 0)
		return -EINVAL;
	if (length == SPAN_DIGITS + 2)
		return 0;
	if (text[SPAN_DIGITS + 2] != '-')
		return -EINVAL;
	return parse_span_id(text + SPAN_DIGITS + 3, &ignored);
}

int b3_parse(const char *text, uint64_t length, struct trace_parent *ret) {
	struct trace_parent parent = {.flags = 0};
	const char *dash;
	uint64_t digits;

	if (length == 1)
		return parse_decision(*text, &parent.flags) < 0 ? -EINVAL : -ENODATA;
	dash = length ? memchr(text, '-', length) : NULL;
	if (!dash)
		return -EINVAL;
	digits = (uint64_t)(dash - text);
	if (parse_trace_id(text, digits, &parent.trace_id) < 0 ||
	    parse_rest(dash + 1, length - digits - 1, &parent) < 0)
		return -EINVAL;
	*ret = parent;
	return 0;
}

void b3_format(const struct trace_parent *parent, char buf[B3_LENGTH + 1]) {
	trace_hex(parent->trace_id.bytes, 16, buf);
	trace_hex(parent->span_id.bytes, 8, buf + 33);
	buf[32] = buf[49] = '-';
	buf[50] = parent->flags & TRACE_FLAG_SAMPLED ? '1' : '0';
	buf[51] = '\0';
}

/* -- several headers ------------------------------------------------------------------------ */

static int parse_sampled(const struct b3_headers *headers, uint32_t *ret_flags) {
	const char *sampled = headers->sampled;

	*ret_flags = 0;
	if (headers->flags && strcmp(headers->flags, "1") == 0)
		*ret_flags = TRACE_FLAG_SAMPLED;
	if (!sampled || strcmp(sampled, "0") == 0 || strcmp(sampled, "false") == 0)
		return 0;
	if (strcmp(sampled, "1") != 0 && strcmp(sampled, "true") != 0)
		return -EINVAL;
	*ret_flags = TRACE_FLAG_SAMPLED;
	return 0;
}

int b3_multi_parse(const struct b3_headers *headers, struct trace_parent *ret) {
	struct trace_parent parent;

	if (parse_sampled(headers, &parent.flags) < 0)
		return -EINVAL;
	if (!headers->trace_id && !headers->span_id)
		return -ENODATA;
	if (!headers->trace_id || !headers->span_id || strlen(headers->span_id) != SPAN_DIGITS)
		return -EINVAL;
	if (parse_trace_id(headers->trace_id, strlen(headers->trace_id), &parent.trace_id) < 0 ||
	    parse_span_id(headers->span_id, &parent.span_id) < 0)
		return -EINVAL;
	*ret = parent;
	return 0;
}

void b3_multi_format(const struct trace_parent *parent, struct b3_texts *ret) {
	trace_hex(parent->trace_id.bytes, 16, ret->trace_id);
	trace_hex(parent->span_id.bytes, 8, ret->span_id);
	ret->sampled[0] = parent->flags & TRACE_FLAG_SAMPLED ? '1' : '0';
	ret->sampled[1] = '\0';
}
