/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idempotency_gate: the first valid attempt with an id is canonical; a later one is a replay when
 * it is the same attempt, and a conflict when not (D1-D5).
 */
#include <errno.h>
#include <stdlib.h>

#include <railyard/kv.h>

#include "nodes.h"
#include "record.h"
#include "store_key.h"

/* What makes two attempts the same. The customer id stands behind it, as it is. */
struct fingerprint {
	int64_t amount;
	int64_t seconds;
	uint64_t nanoseconds;
	char customer_id[];
};

struct idempotency_gate {
	const struct ry_binding *seen;
	struct fingerprint *fingerprint; /* of the present attempt; grows with the customer id */
	size_t capacity;
};

static int create(const struct ry_create *create_with, void **ret_self) {
	struct idempotency_gate *node = calloc(1, sizeof(*node));

	if (!node)
		return -ENOMEM;
	node->seen = create_with->bindings[0];
	*ret_self = node;
	return 0;
}

static void destroy(void *self) {
	struct idempotency_gate *node = self;

	free(node->fingerprint);
	free(node);
}

static int make_fingerprint(struct idempotency_gate *node, const struct fl_record *record,
			    size_t *ret_length) {
	size_t length = sizeof(struct fingerprint) + record->customer_id_length;

	if (length > node->capacity) {
		struct fingerprint *grown = realloc(node->fingerprint, length * 2);

		if (!grown)
			return -ENOMEM;
		node->fingerprint = grown;
		node->capacity = length * 2;
	}
	node->fingerprint->amount = record->amount;
	node->fingerprint->seconds = record->seconds;
	node->fingerprint->nanoseconds = record->nanoseconds;
	memcpy(node->fingerprint->customer_id, fl_customer_id(record), record->customer_id_length);
	*ret_length = length;
	return 0;
}

/* An enum fl_reason, or a negative errno. */
static int claim(struct idempotency_gate *node, const struct fl_record *record) {
	struct store_key key;
	struct ry_kv_put_request put = {.only_if_absent = 1};
	struct ry_kv_get_result first;
	int r = make_fingerprint(node, record, &put.length);

	if (r < 0)
		return r;
	store_key_make(&key, STORE_SEEN_ID, 0, fl_id(record), record->id_length);
	put.key = key.bytes;
	put.key_length = key.length;
	put.value = node->fingerprint;
	r = ry_kv_put(node->seen, &put, NULL);
	if (r != RY_KV_EXISTS)
		return r;
	r = ry_kv_get(node->seen, &(struct ry_kv_get_request){key.bytes, key.length}, &first, NULL);
	if (r != 0)
		return r < 0 ? r : -EIO;
	if (first.length == put.length && !memcmp(first.value, put.value, first.length))
		return FL_ID_DUPLICATE_REPLAY;
	return FL_ID_DUPLICATE_CONFLICT;
}

static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	struct idempotency_gate *node = self;
	int r = 0;
	struct fl_record *record = fl_pass_open(task, message, &r);

	if (!record)
		return r;
	return fl_note(record, claim(node, record));
}

static const char *const accepts[] = {FL_TIMED_ATTEMPT, NULL};
static const char *const partition_keys[] = {"id", NULL};
static const struct ry_port *const ports[] = {FL_PORT(FL_GATED_ATTEMPT, "every attempt"), NULL};

static const struct ry_slot *const slots[] = {
	STORE_SLOT("seen_ids", RY_WRITE, "the canonical attempt of each id"),
	NULL,
};

static const struct ry_node_ops ops = {
	RY_SIZE(ry_node_ops),
	.create = create,
	.process = process,
	.destroy = destroy,
};

const struct ry_node_type fl_idempotency_gate = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_STATEFUL | RY_NODE_DETERMINISTIC,
	.name = "fund_load.idempotency_gate",
	.summary = "declines attempts whose id was seen before",
	.accepts = accepts,
	.ports = ports,
	.slots = slots,
	.partition_keys = partition_keys,
	.ops = &ops,
};
