/* SPDX-License-Identifier: Apache-2.0 */
/* What is accepted is written again as the same context; what is refused changes nothing. */
#include <assert.h>
#include <string.h>

#include "trace/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const struct trace_parent untouched = {.flags = 0xabcdef};
	struct trace_parent parent = untouched, again;
	char text[TRACEPARENT_LENGTH + 1];

	if (traceparent_parse((const char *)data, size, &parent) < 0) {
		assert(!memcmp(&parent, &untouched, sizeof(parent)));
		return 0;
	}
	assert(!(parent.flags & ~(TRACE_FLAG_SAMPLED | TRACE_FLAG_RANDOM)));
	traceparent_format(&parent, text);
	assert(strlen(text) == TRACEPARENT_LENGTH);
	assert(!memcmp(text + 3, data + 3, 50)); /* both ids */
	assert(traceparent_parse(text, TRACEPARENT_LENGTH, &again) == 0);
	assert(!memcmp(&parent.trace_id, &again.trace_id, sizeof(again.trace_id)));
	assert(again.flags == parent.flags);
	return 0;
}
