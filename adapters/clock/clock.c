/* SPDX-License-Identifier: Apache-2.0 */
/* clock.system and clock.manual: the contract "clock", from the system or from settings. */
#include "adapters.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <railyard/clock.h>

/* -- clock.system --------------------------------------------------------------------------- */

static int read_clock(clockid_t id, uint64_t *ret) {
	struct timespec ts;

	if (clock_gettime(id, &ts) < 0)
		return -errno;
	*ret = (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
	return 0;
}

static int system_now(void *self, const void *request, void *result, struct ry_call *call) {
	struct ry_clock_now_result now;
	struct ry_clock_now_result *res = result;
	int r = read_clock(CLOCK_REALTIME, &now.unix_ns);

	(void)self, (void)request, (void)call;
	if (r == 0)
		r = read_clock(CLOCK_MONOTONIC, &now.monotonic_ns);
	if (r == 0)
		*res = now;
	return r;
}

static int system_create(const struct ry_create *create, void **ret_self) {
	(void)create;
	*ret_self = NULL; /* it has no state */
	return 0;
}

static void system_destroy(void *self) {
	(void)self;
}

static const struct ry_adapter_ops system_ops = {
	RY_SIZE(ry_adapter_ops),
	.create = system_create,
	.destroy = system_destroy,
};

static ry_op *const system_clock_ops[RY_CLOCK_OP_COUNT] = {[RY_CLOCK_NOW] = system_now};

static const struct ry_provides system_clock = {
	RY_SIZE(ry_provides),
	.flags = RY_OFFERS_CONSUME | RY_OFFERS_ACONSUME | RY_THREAD_SAFE,
	.major = RY_CLOCK_MAJOR,
	.minor = RY_CLOCK_MINOR,
	.contract = RY_CLOCK,
	.ops = system_clock_ops,
	.op_count = RY_CLOCK_OP_COUNT,
};

static const struct ry_provides *const system_provides[] = {&system_clock, NULL};

const struct ry_adapter_type ry_adapter_clock_system = {
	RY_SIZE(ry_adapter_type), .flags = RY_ADAPTER_MULTI_PROCESS,
	.name = "clock.system",	  .summary = "the time of the operating system",
	.ops = &system_ops,	  .provides = system_provides,
};

/* -- clock.manual --------------------------------------------------------------------------- */

struct manual_config {
	int64_t start_unix_ns;
	int64_t step_ns;
};

struct manual_clock {
	struct ry_clock_now_result next;
	uint64_t step_ns;
};

static const struct ry_config_key *const manual_keys[] = {
	RY_KEY(struct manual_config, start_unix_ns, RY_CONFIG_INT,
	       "the time at the first call, since 1970 in UTC", .unit = "ns", .fallback = "0",
	       RY_RANGE(0, INT64_MAX)),
	RY_KEY(struct manual_config, step_ns, RY_CONFIG_INT, "how far each call moves the time",
	       .unit = "ns", .fallback = "0", RY_RANGE(0, INT64_MAX)),
	NULL,
};

static int manual_create(const struct ry_create *create, void **ret_self) {
	const struct manual_config *config = create->config;
	struct manual_clock *clock = calloc(1, sizeof(*clock));

	if (!clock)
		return -ENOMEM;
	clock->next.unix_ns = (uint64_t)config->start_unix_ns;
	clock->step_ns = (uint64_t)config->step_ns;
	*ret_self = clock;
	return 0;
}

static int manual_now(void *self, const void *request, void *result, struct ry_call *call) {
	struct manual_clock *clock = self;
	struct ry_clock_now_result *res = result;
	uint64_t unix_ns;

	(void)request, (void)call;
	if (__builtin_add_overflow(clock->next.unix_ns, clock->step_ns, &unix_ns))
		return -ERANGE;
	*res = clock->next;
	clock->next.unix_ns = unix_ns;
	clock->next.monotonic_ns += clock->step_ns;
	return 0;
}

static const struct ry_adapter_ops manual_ops = {
	RY_SIZE(ry_adapter_ops),
	.create = manual_create,
	.destroy = free,
};

static ry_op *const manual_clock_ops[RY_CLOCK_OP_COUNT] = {[RY_CLOCK_NOW] = manual_now};

static const struct ry_provides manual_clock = {
	RY_SIZE(ry_provides),	       .flags = RY_OFFERS_CONSUME | RY_OFFERS_ACONSUME,
	.major = RY_CLOCK_MAJOR,       .minor = RY_CLOCK_MINOR,
	.contract = RY_CLOCK,	       .ops = manual_clock_ops,
	.op_count = RY_CLOCK_OP_COUNT,
};

static const struct ry_provides *const manual_provides[] = {&manual_clock, NULL};

const struct ry_adapter_type ry_adapter_clock_manual = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_STATEFUL,
	.config_size = sizeof(struct manual_config),
	.name = "clock.manual",
	.summary = "a time that starts where it is told and moves a step with each call",
	.ops = &manual_ops,
	.provides = manual_provides,
	.keys = manual_keys,
};
