/* SPDX-License-Identifier: Apache-2.0 */
/* Contract "clock" 1.0: the time, so that it can be injected. */
#ifndef RAILYARD_CLOCK_H
#define RAILYARD_CLOCK_H

#include <railyard/node.h>

RY_EXTERN_C_BEGIN

#define RY_CLOCK       "clock"
#define RY_CLOCK_MAJOR 1u
#define RY_CLOCK_MINOR 0u

enum ry_clock_op {
	RY_CLOCK_NOW = 0,
	RY_CLOCK_OP_COUNT = 1,
};

struct ry_clock_now_result {
	uint64_t unix_ns;      /* wall clock, UTC */
	uint64_t monotonic_ns; /* never goes back; no relation to the wall clock */
};

/* 0, or a negative errno. Never pending, never blocks. */
static inline int ry_clock_now(const struct ry_binding *b, struct ry_clock_now_result *res) {
	return b->ops[RY_CLOCK_NOW](b->self, NULL, res, NULL);
}

RY_EXTERN_C_END

#endif
