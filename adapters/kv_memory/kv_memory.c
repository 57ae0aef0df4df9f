/* SPDX-License-Identifier: Apache-2.0 */
/* kv.memory: the contract "kv" in this process's memory; it ends with the process. */
#include "adapters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <railyard/kv.h>

#include "kv_memory/table.h"
#include "stream/report.h"

#define MAX_KEY_BYTES 511u

struct kv_memory_config {
	int64_t max_bytes;
};

struct kv_memory {
	const struct ry_host *host;
	struct table table;
};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct kv_memory_config, max_bytes, RY_CONFIG_INT,
	       "all memory it may take; what does not fit fails with ENOSPC", .unit = "bytes",
	       .fallback = "1073741824", RY_RANGE(65536, INT64_C(1) << 50)),
	NULL,
};

/* -- the contract --------------------------------------------------------------------------- */

static int key_of(const struct kv_memory *kv, const void *bytes, uint64_t length,
		  struct table_key *ret) {
	if (!bytes || length < 1 || length > MAX_KEY_BYTES)
		return -EINVAL;
	*ret = table_key(&kv->table, bytes, length);
	return 0;
}

static int kv_get(void *self, const void *request, void *result, struct ry_call *call) {
	const struct kv_memory *kv = self;
	const struct ry_kv_get_request *req = request;
	struct ry_kv_get_result *res = result;
	const struct entry *entry;
	struct table_key key;
	int r = key_of(kv, req->key, req->key_length, &key);

	(void)call; /* every operation is completed on return */
	if (r < 0)
		return r;
	entry = table_find(&kv->table, &key);
	if (!entry)
		return RY_KV_NOT_FOUND;
	res->value = entry->bytes;
	res->length = entry->length;
	return 0;
}

static int kv_put(void *self, const void *request, void *result, struct ry_call *call) {
	struct kv_memory *kv = self;
	const struct ry_kv_put_request *req = request;
	struct entry *entry;
	struct table_key key;
	int r = key_of(kv, req->key, req->key_length, &key);

	(void)result, (void)call;
	if (r < 0)
		return r;
	if (req->length && !req->value)
		return -EINVAL;
	entry = table_find(&kv->table, &key);
	if (entry && req->only_if_absent)
		return RY_KV_EXISTS;
	return table_put(&kv->table, &key, entry, req->value, req->length);
}

static int kv_remove(void *self, const void *request, void *result, struct ry_call *call) {
	struct kv_memory *kv = self;
	const struct ry_kv_remove_request *req = request;
	struct table_key key;
	int r = key_of(kv, req->key, req->key_length, &key);

	(void)result, (void)call;
	if (r < 0)
		return r;
	return table_remove(&kv->table, &key) ? 0 : RY_KV_NOT_FOUND;
}

static int kv_increment(void *self, const void *request, void *result, struct ry_call *call) {
	struct kv_memory *kv = self;
	const struct ry_kv_increment_request *req = request;
	struct ry_kv_increment_result *res = result;
	struct entry *entry;
	struct table_key key;
	int64_t value = 0;
	int r = key_of(kv, req->key, req->key_length, &key);

	(void)call;
	if (r < 0)
		return r;
	entry = table_find(&kv->table, &key);
	if (entry && entry->length != sizeof(value))
		return -EINVAL;
	if (entry)
		memcpy(&value, entry->bytes, sizeof(value));
	if (__builtin_add_overflow(value, req->delta, &value))
		return -ERANGE;
	r = table_put(&kv->table, &key, entry, &value, sizeof(value));
	if (r == 0)
		res->value = value;
	return r;
}

/* -- the adapter ---------------------------------------------------------------------------- */

static int kv_memory_create(const struct ry_create *create, void **ret_self) {
	const struct kv_memory_config *config = create->config;
	struct kv_memory *kv = calloc(1, sizeof(*kv));
	int r;

	if (!kv)
		return -ENOMEM;
	kv->host = create->host;
	r = table_init(&kv->table, create->host, (uint64_t)config->max_bytes);
	if (r < 0) {
		report(create->host, &(struct report){.level = RY_LOG_ERROR,
						      .message = "cannot make the table",
						      .error = r});
		free(kv);
		return r;
	}
	*ret_self = kv;
	return 0;
}

static void kv_memory_destroy(void *self) {
	struct kv_memory *kv = self;

	table_fini(&kv->table);
	free(kv);
}

static const struct ry_adapter_ops ops = {
	RY_SIZE(ry_adapter_ops),
	.create = kv_memory_create,
	.destroy = kv_memory_destroy,
};

static ry_op *const kv_ops[RY_KV_OP_COUNT] = {
	[RY_KV_GET] = kv_get,
	[RY_KV_PUT] = kv_put,
	[RY_KV_REMOVE] = kv_remove,
	[RY_KV_INCREMENT] = kv_increment,
};

static const struct ry_provides provides_kv = {
	RY_SIZE(ry_provides),	    .flags = RY_OFFERS_CONSUME | RY_OFFERS_ACONSUME,
	.major = RY_KV_MAJOR,	    .minor = RY_KV_MINOR,
	.contract = RY_KV,	    .ops = kv_ops,
	.op_count = RY_KV_OP_COUNT,
};

static const struct ry_provides *const provides[] = {&provides_kv, NULL};

const struct ry_adapter_type ry_adapter_kv_memory = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_STATEFUL,
	.config_size = sizeof(struct kv_memory_config),
	.name = "kv.memory",
	.summary = "keys and values in the memory of the process",
	.ops = &ops,
	.provides = provides,
	.keys = keys,
};
