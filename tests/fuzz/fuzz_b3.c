/* SPDX-License-Identifier: Apache-2.0 */
/* What is accepted is written again as the same context; what is refused changes nothing. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "trace/propagation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const struct trace_parent *one, const struct trace_parent *other) {
	assert(!memcmp(&one->trace_id, &other->trace_id, sizeof(one->trace_id)));
	assert(!memcmp(&one->span_id, &other->span_id, sizeof(one->span_id)));
	assert(one->flags == other->flags && !(one->flags & ~TRACE_FLAG_SAMPLED));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const struct trace_parent untouched = {.flags = 0xabcdef};
	struct trace_parent parent = untouched, again;
	struct b3_headers headers;
	struct b3_texts texts;
	char text[B3_LENGTH + 1];
	int r = b3_parse((const char *)data, size, &parent);

	if (r < 0) {
		assert((r == -EINVAL || r == -ENODATA) &&
		       !memcmp(&parent, &untouched, sizeof(parent)));
		assert(r == -EINVAL || size == 1);
		return 0;
	}
	b3_format(&parent, text);
	assert(strlen(text) == B3_LENGTH);
	assert(b3_parse(text, B3_LENGTH, &again) == 0);
	check_same(&parent, &again);
	b3_multi_format(&parent, &texts);
	headers = (struct b3_headers){texts.trace_id, texts.span_id, texts.sampled, NULL};
	assert(b3_multi_parse(&headers, &again) == 0);
	check_same(&parent, &again);
	return 0;
}
