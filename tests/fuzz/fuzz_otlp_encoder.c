/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spans made from the bytes, encoded in bodies of a size that the bytes choose: each body within
 * the limit and what other decoders read in it, each span in one body or too large for any.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/otlp_compare.h"
#include "support/spans.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition, const char *what) {
	if (condition)
		return;
	fprintf(stderr, "not %s\n", what);
	abort();
}

static void encode(const struct ry_span_batch *batch, enum otlp_format format, size_t max_bytes) {
	struct otlp_encoder encoder;
	struct otlp_body body;

	expect(otlp_encoder_init(&encoder, format, max_bytes) == 0, "a legal limit");
	for (uint32_t from = 0; from < batch->n_spans; from += body.n_spans) {
		const char *why = NULL;
		int r = otlp_encode(&encoder, batch, from, &body);

		if (r < 0) {
			expect(r == -EMSGSIZE, "a span too large");
			body.n_spans = 1;
			continue;
		}
		expect(body.length <= max_bytes, "within the limit");
		expect(body.n_spans >= 1 && body.n_spans <= batch->n_spans - from, "progress");
		why = format == OTLP_PROTOBUF ? otlp_compare_protobuf(batch, from, &body)
					      : otlp_compare_json(batch, from, &body);
		expect(!why, why);
	}
	otlp_encoder_fini(&encoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct choices choices = {.data = data, .size = size};
	struct arena arena = ARENA_INIT;
	const size_t max_bytes = 1 + choose(&choices, 1u << 18);
	const struct ry_span_batch *batch = spans_generate(&choices, &arena, 3);

	encode(batch, OTLP_PROTOBUF, max_bytes);
	encode(batch, OTLP_JSON, max_bytes);
	arena_fini(&arena);
	return 0;
}
