/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batches of any shape for tests of encoders: from a fuzzer's bytes, or from a random number. All
 * kinds of values, shared and own attributes, strings of any bytes, absent, empty and long ones,
 * numbers at their limits.
 */
#ifndef SUPPORT_SPANS_H
#define SUPPORT_SPANS_H

#include <stddef.h>
#include <stdint.h>

#include <railyard/span_exporter.h>

#include "base/arena.h"

/* Where choices come from. Bytes first; behind their end, numbers made from the seed, or 0. */
struct choices {
	const uint8_t *data;
	size_t size;
	uint64_t seed; /* 0: zeros */
};

uint32_t choose(struct choices *choices, uint32_t below); /* 0 to below - 1 */
uint64_t choose_u64(struct choices *choices);

/* At most max_spans, at least one; lives in the arena. */
const struct ry_span_batch *spans_generate(struct choices *choices, struct arena *arena,
					   uint32_t max_spans);

#endif
