/* SPDX-License-Identifier: Apache-2.0 */
/* The header `traceparent`: W3C Trace Context Level 2, section 3.2. */
#include "trace/trace.h"

#include <errno.h>

#include "trace/text.h"

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
	if (text_unhex(text, 1, &version) < 0 ||
	    text_unhex(text + 3, 16, parent.trace_id.bytes) < 0 ||
	    text_unhex(text + 36, 8, parent.span_id.bytes) < 0 ||
	    text_unhex(text + 53, 1, &flags) < 0)
		return -EINVAL;
	if (version == 0xff || !length_fits(text, length, version) ||
	    text_all_zero(parent.trace_id.bytes, 16) || text_all_zero(parent.span_id.bytes, 8))
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
