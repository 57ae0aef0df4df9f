/* SPDX-License-Identifier: Apache-2.0 */
/* Contract "fund_load.prime_checker" 1.0: is an id, as a decimal number, prime? */
#ifndef FUND_LOAD_PRIME_CHECKER_H
#define FUND_LOAD_PRIME_CHECKER_H

#include <railyard/node.h>

#define FL_PRIME_CHECKER       "fund_load.prime_checker"
#define FL_PRIME_CHECKER_MAJOR 1u
#define FL_PRIME_CHECKER_MINOR 0u

enum fl_prime_checker_op {
	FL_PRIME_CHECKER_CHECK = 0,
	FL_PRIME_CHECKER_OP_COUNT = 1,
};

struct fl_prime_request {
	const char *digits; /* ASCII digits, leading zeros allowed */
	uint64_t length;
};

struct fl_prime_result {
	uint32_t is_prime; /* 0 or 1 */
	uint32_t reserved;
};

/* 0 and *res, a negative errno (-EINVAL: other characters than digits); with a call also RY_PENDING. */
static inline int fl_prime_check(const struct ry_binding *b, const struct fl_prime_request *req,
				 struct fl_prime_result *res, struct ry_call *call) {
	return b->ops[FL_PRIME_CHECKER_CHECK](b->self, req, res, call);
}

#endif
