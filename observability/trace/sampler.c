/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sampling, consistent across services: OpenTelemetry specification, "TraceIdRatioBased" and
 * "Probability sampling". The randomness of a trace is the last 56 bits of its id (W3C Trace
 * Context Level 2, random flag); it is sampled when they are at least the rejection threshold
 * (1 - ratio) 2^56, so everything that a smaller ratio takes, a greater one takes too.
 *
 * A remote id without the random flag is presumed random, as the specification says.
 */
#include "trace/trace.h"

#define RANDOM_BITS 56

void trace_sampler_init(struct trace_sampler *sampler, enum trace_sampler_kind root,
			bool parent_based, double ratio) {
	const double range = (double)(UINT64_C(1) << RANDOM_BITS);

	/* Written so that NaN samples nothing. */
	if (!(ratio > 0))
		ratio = 0;
	if (ratio > 1)
		ratio = 1;
	*sampler = (struct trace_sampler){
		.root = root,
		.parent_based = parent_based,
		.threshold = (uint64_t)((1 - ratio) * range),
	};
}

static uint64_t randomness(const struct trace_id *id) {
	uint64_t bits = 0;

	for (int i = 9; i < 16; i++)
		bits = bits << 8 | id->bytes[i];
	return bits;
}

bool trace_sampled(const struct trace_sampler *sampler, const struct trace_id *id, bool has_parent,
		   uint32_t parent_flags) {
	if (sampler->parent_based && has_parent)
		return parent_flags & TRACE_FLAG_SAMPLED;
	switch (sampler->root) {
	case TRACE_ALWAYS_ON:
		return true;
	case TRACE_ALWAYS_OFF:
		return false;
	case TRACE_ID_RATIO:
		return randomness(id) >= sampler->threshold;
	}
	return false;
}
