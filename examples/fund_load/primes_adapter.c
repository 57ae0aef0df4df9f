/* SPDX-License-Identifier: Apache-2.0 */
/* fund_load.primes: the contract "fund_load.prime_checker", computed. */
#include <errno.h>

#include "nodes.h"
#include "prime.h"
#include "prime_checker.h"

static int check(void *self, const void *request, void *result, struct ry_call *call) {
	const struct fl_prime_request *req = request;
	struct fl_prime_result *res = result;

	(void)self, (void)call; /* completed on return */
	for (uint64_t i = 0; i < req->length; i++)
		if (req->digits[i] < '0' || req->digits[i] > '9')
			return -EINVAL;
	*res = (struct fl_prime_result){.is_prime = prime_text(req->digits, req->length)};
	return 0;
}

static int create(const struct ry_create *create_with, void **ret_self) {
	(void)create_with;
	*ret_self = NULL; /* it has no state */
	return 0;
}

static void destroy(void *self) {
	(void)self;
}

static const struct ry_adapter_ops ops = {
	RY_SIZE(ry_adapter_ops),
	.create = create,
	.destroy = destroy,
};

static ry_op *const check_ops[FL_PRIME_CHECKER_OP_COUNT] = {[FL_PRIME_CHECKER_CHECK] = check};

static const struct ry_provides provides_checker = {
	RY_SIZE(ry_provides),
	.flags = RY_OFFERS_CONSUME | RY_OFFERS_ACONSUME | RY_THREAD_SAFE,
	.major = FL_PRIME_CHECKER_MAJOR,
	.minor = FL_PRIME_CHECKER_MINOR,
	.contract = FL_PRIME_CHECKER,
	.ops = check_ops,
	.op_count = FL_PRIME_CHECKER_OP_COUNT,
};

static const struct ry_provides *const provides[] = {&provides_checker, NULL};

const struct ry_adapter_type fl_primes = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_MULTI_PROCESS,
	.name = "fund_load.primes",
	.summary = "says of a decimal number whether it is prime, without chance",
	.ops = &ops,
	.provides = provides,
};
