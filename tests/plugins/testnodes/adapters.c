/* SPDX-License-Identifier: Apache-2.0 */
/* Providers of the contract testnodes.checker: direct, blocking, asynchronous, and layered. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "testnodes.h"

struct checker_config {
	const char *banned;
	int64_t delay_us;
};

struct checker {
	struct checker_config config;
	const struct ry_host *host;
	const struct ry_loop_service *loop; /* async_checker */
	const struct ry_binding *inner;	    /* layered_checker */
	atomic_ullong checks;		    /* blocking_checker is thread-safe */
	atomic_int inside;		    /* unsafe_checker */
};

static const struct ry_config_key *const checker_keys[] = {
	RY_KEY(struct checker_config, banned, RY_CONFIG_STRING,
	       "lines that begin with this are banned; empty: none", .fallback = ""),
	RY_KEY(struct checker_config, delay_us, RY_CONFIG_INT,
	       "how long a check takes, where the adapter waits at all", .unit = "us",
	       .fallback = "100", RY_RANGE(0, 60000000)),
	NULL,
};

static int create(const struct ry_create *create, void **ret_self) {
	struct checker *checker;
	int r = make_instance(create, sizeof(*checker), sizeof(checker->config), ret_self);

	if (r < 0)
		return r;
	checker = *ret_self;
	checker->host = create->host;
	if (create->n_bindings)
		checker->inner = create->bindings[0];
	return 0;
}

/* The environment check: a banned text of "missing" stands for what is not there. */
static int check(const void *config, char *why, uint32_t cap) {
	static const char text[] = "the list of banned texts is missing";
	const struct checker_config *checker = config;

	if (strcmp(checker->banned, "missing") != 0)
		return 0;
	if (cap)
		strncpy(why, text, cap - 1)[cap - 1] = '\0';
	return -ENOENT;
}

static int judge(struct checker *checker, const struct checker_request *request,
		 struct checker_result_data *result) {
	size_t n = strlen(checker->config.banned);

	result->checks = atomic_fetch_add(&checker->checks, 1) + 1;
	if (n && n <= request->length && memcmp(request->text, checker->config.banned, n) == 0)
		return CHECKER_BANNED;
	return 0;
}

static int check_direct(void *self, const void *request, void *result, struct ry_call *call) {
	(void)call; /* with one: completed at once */
	return judge(self, request, result);
}

static int check_blocking(void *self, const void *request, void *result, struct ry_call *call) {
	struct checker *checker = self;

	(void)call;
	usleep((useconds_t)checker->config.delay_us);
	return judge(checker, request, result);
}

/* Two threads inside at once are an error: this one says that it is not thread-safe. */
static int check_unsafe(void *self, const void *request, void *result, struct ry_call *call) {
	struct checker *checker = self;
	int r;

	(void)call;
	if (atomic_fetch_add(&checker->inside, 1))
		return -EDEADLK;
	usleep((useconds_t)checker->config.delay_us);
	r = judge(checker, request, result);
	atomic_fetch_sub(&checker->inside, 1);
	return r;
}

static int check_layered(void *self, const void *request, void *result, struct ry_call *call) {
	struct checker *checker = self;
	int r = judge(checker, request, result);

	(void)call;
	return r ? r : checker_check(checker->inner, request, result, NULL);
}

/* -- asynchronous --------------------------------------------------------------------------- */

struct pending {
	struct checker *checker;
	struct ry_call *call;
	const struct checker_request *request;
	struct checker_result_data *result;
	struct ry_timer *timer;
};

static int start_async(void *self) {
	struct checker *checker = self;

	checker->loop = checker->host->get(checker->host, RY_LOOP, 1);
	return checker->loop ? 0 : -EOPNOTSUPP;
}

static void on_check_due(void *user) {
	struct pending *pending = user;
	struct ry_call *call = pending->call;
	int status = judge(pending->checker, pending->request, pending->result);

	pending->checker->loop->timer_stop(pending->timer);
	free(pending);
	ry_call_complete(call, status);
}

static void cancel_async(struct ry_call *call) {
	struct pending *pending = call->provider;

	pending->checker->loop->timer_stop(pending->timer);
	free(pending);
}

static int check_async(void *self, const void *request, void *result, struct ry_call *call) {
	struct checker *checker = self;
	struct pending *pending;
	int r;

	if (!call)
		return -EINVAL; /* it offers aconsume only */
	pending = calloc(1, sizeof(*pending));
	if (!pending)
		return -ENOMEM;
	*pending = (struct pending){checker, call, request, result, NULL};
	r = checker->loop->timer_start(checker->host, (uint64_t)checker->config.delay_us * 1000u, 0,
				       on_check_due, pending, &pending->timer);
	if (r < 0) {
		free(pending);
		return r;
	}
	call->provider = pending;
	call->cancel = cancel_async;
	return RY_PENDING;
}

/* -- types ---------------------------------------------------------------------------------- */

static const struct ry_adapter_ops ops = {
	RY_SIZE(ry_adapter_ops),
	.create = create,
	.destroy = free_instance,
	.check = check,
};
static const struct ry_adapter_ops async_ops = {
	RY_SIZE(ry_adapter_ops),
	.create = create,
	.start = start_async,
	.destroy = free_instance,
};

#define PROVIDES(id, offers, op)                                                               \
	static const struct ry_provides provides_##id = {                                      \
		RY_SIZE(ry_provides),	      .flags = (offers),                               \
		.major = CHECKER_MAJOR,	      .minor = CHECKER_MINOR,                          \
		.contract = CHECKER,	      .ops = (ry_op *const[]){[CHECKER_CHECK] = (op)}, \
		.op_count = CHECKER_OP_COUNT,                                                  \
	};                                                                                     \
	static const struct ry_provides *const list_##id[] = {&provides_##id, NULL}

PROVIDES(direct, RY_OFFERS_CONSUME | RY_OFFERS_ACONSUME, check_direct);
PROVIDES(blocking, RY_OFFERS_CONSUME | RY_CONSUME_MAY_BLOCK | RY_THREAD_SAFE, check_blocking);
PROVIDES(async, RY_OFFERS_ACONSUME, check_async);
PROVIDES(layered, RY_OFFERS_CONSUME, check_layered);
PROVIDES(quick, RY_OFFERS_CONSUME, check_direct);
PROVIDES(unsafe, RY_OFFERS_CONSUME | RY_CONSUME_MAY_BLOCK, check_unsafe);

const struct ry_adapter_type adapter_checker = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_MULTI_PROCESS,
	.config_size = sizeof(struct checker_config),
	.name = "testnodes.checker",
	.summary = "checks texts at once",
	.ops = &ops,
	.provides = list_direct,
	.keys = checker_keys,
};

const struct ry_adapter_type adapter_blocking_checker = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_MULTI_PROCESS,
	.config_size = sizeof(struct checker_config),
	.name = "testnodes.blocking_checker",
	.summary = "checks texts and sleeps meanwhile, from several threads at a time",
	.ops = &ops,
	.provides = list_blocking,
	.keys = checker_keys,
};

const struct ry_adapter_type adapter_async_checker = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_NEEDS_LOOP | RY_ADAPTER_MULTI_PROCESS,
	.config_size = sizeof(struct checker_config),
	.name = "testnodes.async_checker",
	.summary = "checks texts by a timer of the loop",
	.ops = &async_ops,
	.provides = list_async,
	.keys = checker_keys,
};

static const struct ry_slot slot_inner = {
	RY_SIZE(ry_slot),	.call = RY_CONSUME,
	.access = RY_READ,	.major = CHECKER_MAJOR,
	.minor = CHECKER_MINOR, .name = "inner",
	.contract = CHECKER,	.summary = "asked about what this one allows",
};

const struct ry_adapter_type adapter_layered_checker = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_MULTI_PROCESS,
	.config_size = sizeof(struct checker_config),
	.name = "testnodes.layered_checker",
	.summary = "checks texts, and then asks another checker",
	.ops = &ops,
	.provides = list_layered,
	.slots = (const struct ry_slot *const[]){&slot_inner, NULL},
	.keys = checker_keys,
};

const struct ry_adapter_type adapter_quick_checker = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_MULTI_PROCESS,
	.config_size = sizeof(struct checker_config),
	.name = "testnodes.quick_checker",
	.summary = "checks texts at once, by consume only",
	.ops = &ops,
	.provides = list_quick,
	.keys = checker_keys,
};

const struct ry_adapter_type adapter_unsafe_checker = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_MULTI_PROCESS,
	.config_size = sizeof(struct checker_config),
	.name = "testnodes.unsafe_checker",
	.summary = "checks texts and sleeps meanwhile, from one thread at a time",
	.ops = &ops,
	.provides = list_unsafe,
	.keys = checker_keys,
};

/* The number of a check is part of its answer, so that two instances would not do for one. */
const struct ry_adapter_type adapter_stateful_checker = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_STATEFUL,
	.config_size = sizeof(struct checker_config),
	.name = "testnodes.stateful_checker",
	.summary = "checks texts, sleeps meanwhile and counts, from one thread at a time",
	.ops = &ops,
	.provides = list_unsafe,
	.keys = checker_keys,
};

static const struct ry_slot slot_async_inner = {
	RY_SIZE(ry_slot),	.call = RY_ACONSUME,
	.access = RY_READ,	.major = CHECKER_MAJOR,
	.minor = CHECKER_MINOR, .name = "inner",
	.contract = CHECKER,	.summary = "asked about every text",
};

static int check_relayed(void *self, const void *request, void *result, struct ry_call *call) {
	const struct checker *checker = self;

	return call ? checker_check(checker->inner, request, result, call) : -EINVAL;
}

PROVIDES(relay, RY_OFFERS_ACONSUME, check_relayed);

const struct ry_adapter_type adapter_relay_checker = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_MULTI_PROCESS,
	.config_size = sizeof(struct checker_config),
	.name = "testnodes.relay_checker",
	.summary = "asks another checker, asynchronously",
	.ops = &ops,
	.provides = list_relay,
	.slots = (const struct ry_slot *const[]){&slot_async_inner, NULL},
	.keys = checker_keys,
};
