/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract "kv" 1.0: a store of byte strings under byte-string keys.
 *
 * A value that `get` returns is the provider's. It stays valid until the next operation on the same
 * adapter is called or completed; one that comes by `done`, in any case until `done` returns. With
 * several calls in flight: copy it in `done`.
 *
 * An operation that writes and ends with -ETIMEDOUT or -ECONNRESET, or is cancelled, may have
 * happened or not, or happen yet.
 */
#ifndef RAILYARD_KV_H
#define RAILYARD_KV_H

#include <railyard/node.h>

RY_EXTERN_C_BEGIN

#define RY_KV	    "kv"
#define RY_KV_MAJOR 1u
#define RY_KV_MINOR 0u

enum ry_kv_op {
	RY_KV_GET = 0,
	RY_KV_PUT = 1,
	RY_KV_REMOVE = 2,
	RY_KV_INCREMENT = 3,
	RY_KV_OP_COUNT = 4,
};

enum ry_kv_result {
	RY_KV_NOT_FOUND = 16, /* no such key; for PUT with only_if_absent: RY_KV_EXISTS */
	RY_KV_EXISTS = 17,
};

struct ry_kv_get_request {
	const void *key;
	uint64_t key_length; /* 1..511 */
};

struct ry_kv_get_result {
	const void *value; /* the provider's; see above */
	uint64_t length;
};

struct ry_kv_put_request {
	const void *key;
	uint64_t key_length;
	const void *value;
	uint64_t length;
	uint32_t only_if_absent; /* 1: leave an existing value alone and return RY_KV_EXISTS */
	uint32_t reserved;
};

struct ry_kv_remove_request {
	const void *key;
	uint64_t key_length;
};

/* Values are 8 bytes, host byte order; an absent key counts from 0. -ERANGE on overflow. */
struct ry_kv_increment_request {
	const void *key;
	uint64_t key_length;
	int64_t delta;
};

struct ry_kv_increment_result {
	int64_t value; /* afterwards */
};

/* 0 and *res, RY_KV_NOT_FOUND, a negative errno; with a call also RY_PENDING. */
static inline int ry_kv_get(const struct ry_binding *b, const struct ry_kv_get_request *req,
			    struct ry_kv_get_result *res, struct ry_call *call) {
	return b->ops[RY_KV_GET](b->self, req, res, call);
}

/* 0, RY_KV_EXISTS, a negative errno; with a call also RY_PENDING. */
static inline int ry_kv_put(const struct ry_binding *b, const struct ry_kv_put_request *req,
			    struct ry_call *call) {
	return b->ops[RY_KV_PUT](b->self, req, NULL, call);
}

/* 0, RY_KV_NOT_FOUND, a negative errno; with a call also RY_PENDING. */
static inline int ry_kv_remove(const struct ry_binding *b, const struct ry_kv_remove_request *req,
			       struct ry_call *call) {
	return b->ops[RY_KV_REMOVE](b->self, req, NULL, call);
}

/* 0 and *res, a negative errno (-EINVAL: the value is not 8 bytes); with a call also RY_PENDING. */
static inline int ry_kv_increment(const struct ry_binding *b,
				  const struct ry_kv_increment_request *req,
				  struct ry_kv_increment_result *res, struct ry_call *call) {
	return b->ops[RY_KV_INCREMENT](b->self, req, res, call);
}

RY_EXTERN_C_END

#endif
