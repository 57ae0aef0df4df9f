/* SPDX-License-Identifier: Apache-2.0 */
/* What is accepted is written again as the same context; what is refused changes nothing. */
#include <assert.h>
#include <string.h>

#include "trace/propagation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const struct trace_parent untouched = {.flags = 0xabcdef};
	struct trace_parent parent = untouched, again;
	char text[UBER_LENGTH + 1], w3c[TRACEPARENT_LENGTH + 1];

	if (uber_parse((const char *)data, size, &parent) < 0) {
		assert(!memcmp(&parent, &untouched, sizeof(parent)));
		return 0;
	}
	uber_format(&parent, text);
	assert(strlen(text) == UBER_LENGTH);
	assert(uber_parse(text, UBER_LENGTH, &again) == 0);
	assert(!memcmp(&parent.trace_id, &again.trace_id, sizeof(again.trace_id)));
	assert(!memcmp(&parent.span_id, &again.span_id, sizeof(again.span_id)));
	assert(parent.flags == again.flags && !(parent.flags & ~TRACE_FLAG_SAMPLED));
	traceparent_format(&parent, w3c); /* no zero ids */
	assert(traceparent_parse(w3c, TRACEPARENT_LENGTH, &again) == 0);
	return 0;
}
