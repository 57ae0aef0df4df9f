/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes whose result depends on earlier lines. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <railyard/kv.h>

#include "testnodes.h"

/* -- count ---------------------------------------------------------------------------------- */

static int create_count(const struct ry_create *create, void **ret_self) {
	return make_instance(create, sizeof(uint64_t), 0, ret_self);
}

static int count(void *self, struct ry_task *task, const struct ry_message *message) {
	uint64_t *seen = self;
	char text[24];
	int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)++*seen);

	(void)message;
	return ry_emit(task, 0, text, (uint64_t)n);
}

static const struct ry_node_ops count_ops = {
	RY_SIZE(ry_node_ops),
	.create = create_count,
	.process = count,
	.destroy = free_instance,
};

const struct ry_node_type node_count = {
	RY_SIZE(ry_node_type),	   .flags = RY_NODE_STATEFUL | RY_NODE_DETERMINISTIC,
	.name = "testnodes.count", .summary = "emits how many lines it has seen",
	.accepts = accepts_line,   .ports = ports_line,
	.ops = &count_ops,
};

/* -- hold ----------------------------------------------------------------------------------- */

enum { HOLD_MAX = 4096 };

struct hold_config {
	int64_t count;
};

struct hold {
	struct hold_config config;
	struct ry_task *tasks[HOLD_MAX];
	uint32_t n;
};

static const struct ry_config_key *const hold_keys[] = {
	RY_KEY(struct hold_config, count, RY_CONFIG_INT, "lines that make one", .unit = "items",
	       .fallback = "3", RY_RANGE(1, HOLD_MAX)),
	NULL,
};

static int create_hold(const struct ry_create *create, void **ret_self) {
	return make_instance(create, sizeof(struct hold), sizeof(struct hold_config), ret_self);
}

/* Joins all lines with '+' into one and lets go the first n_held; one more may be running. */
static int hold_join(struct hold *hold, uint32_t n_held) {
	const struct ry_task_ops *ops = hold->n ? hold->tasks[0]->ops : NULL;
	uint64_t length = hold->n ? hold->n - 1 : 0;
	int error = 0;
	char *to;

	if (!ops)
		return 0;
	for (uint32_t i = 0; i < hold->n; i++)
		length += hold->tasks[i]->message->length;
	to = ops->stage_from(hold->tasks, hold->n, 0, length, &error);
	if (!to)
		return error;
	for (uint32_t i = 0; i < hold->n; i++) {
		const struct ry_message *message = hold->tasks[i]->message;

		if (i)
			*to++ = '+';
		memcpy(to, message->data, message->length);
		to += message->length;
	}
	error = ops->release(hold->tasks, n_held);
	if (error == 0)
		hold->n = 0;
	return error;
}

static int hold(void *self, struct ry_task *task, const struct ry_message *message) {
	struct hold *hold = self;
	int r;

	(void)message;
	hold->tasks[hold->n++] = task;
	if (hold->n < hold->config.count)
		return RY_HELD;
	/* The last one is not held yet: it completes by what is returned. */
	r = hold_join(hold, hold->n - 1);
	if (r < 0)
		hold->n--;
	return r;
}

static int hold_flush(void *self) {
	struct hold *hold = self;

	return hold_join(hold, hold->n);
}

static const struct ry_node_ops hold_ops = {
	RY_SIZE(ry_node_ops), .create = create_hold, .process = hold,
	.flush = hold_flush,  .drain = hold_flush,   .destroy = free_instance,
};

const struct ry_node_type node_hold = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_STATEFUL | RY_NODE_HOLDS | RY_NODE_DETERMINISTIC,
	.config_size = sizeof(struct hold_config),
	.name = "testnodes.hold",
	.summary = "keeps lines until it has some and joins them to one",
	.accepts = accepts_line,
	.ports = ports_line,
	.keys = hold_keys,
	.ops = &hold_ops,
};

/* -- kv_user -------------------------------------------------------------------------------- */

struct kv_user {
	const struct ry_binding *store;
};

static int create_kv_user(const struct ry_create *create, void **ret_self) {
	int r = make_instance(create, sizeof(struct kv_user), 0, ret_self);

	if (r == 0)
		((struct kv_user *)*ret_self)->store = create->bindings[0];
	return r;
}

static int kv_user(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct kv_user *user = self;
	const struct ry_kv_increment_request request = {
		.key = message->length ? message->data : "",
		.key_length = message->length,
		.delta = 1,
	};
	struct ry_kv_increment_result result = {0};
	char number[24];
	int r, n, error = 0;
	char *to;

	r = ry_kv_increment(user->store, &request, &result, NULL);
	if (r < 0)
		return r;
	n = snprintf(number, sizeof(number), "=%lld", (long long)result.value);
	to = ry_stage(task, 0, message->length + (uint64_t)n, &error);
	if (!to)
		return error;
	memcpy(to, message->data, message->length);
	memcpy(to + message->length, number, (size_t)n);
	return 0;
}

static const struct ry_node_ops kv_user_ops = {
	RY_SIZE(ry_node_ops),
	.create = create_kv_user,
	.process = kv_user,
	.destroy = free_instance,
};

static const struct ry_slot slot_store = {
	RY_SIZE(ry_slot),     .call = RY_CONSUME, .access = RY_WRITE, .major = RY_KV_MAJOR,
	.minor = RY_KV_MINOR, .name = "store",	  .contract = RY_KV,  .summary = "counts per line",
};

const struct ry_node_type node_kv_user = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_DETERMINISTIC,
	.name = "testnodes.kv_user",
	.summary = "counts equal lines in a store and emits LINE=COUNT",
	.accepts = accepts_line,
	.ports = ports_line,
	.slots = (const struct ry_slot *const[]){&slot_store, NULL},
	.ops = &kv_user_ops,
};
