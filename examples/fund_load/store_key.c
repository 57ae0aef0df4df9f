/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of the stores, and values of fixed size under them. */
#include "store_key.h"

#include <errno.h>
#include <string.h>

#include "sha256.h"

#define HEAD_BYTES 10 /* kind, form of the id, number */

void store_key_make(struct store_key *key, enum store_key_kind kind, int64_t number, const char *id,
		    size_t length) {
	uint64_t bits = (uint64_t)number;

	key->bytes[0] = (unsigned char)kind;
	key->bytes[1] = length > sizeof(key->bytes) - HEAD_BYTES; /* 1: only its hash */
	for (int i = 0; i < 8; i++)
		key->bytes[2 + i] = (unsigned char)(bits >> (56 - 8 * i));
	if (key->bytes[1]) {
		sha256(id, length, key->bytes + HEAD_BYTES);
		key->length = HEAD_BYTES + SHA256_BYTES;
	} else {
		memcpy(key->bytes + HEAD_BYTES, id, length);
		key->length = HEAD_BYTES + length;
	}
}

int store_read(const struct ry_binding *store, const struct store_key *key, void *value,
	       size_t size) {
	const struct ry_kv_get_request req = {key->bytes, key->length};
	struct ry_kv_get_result res;
	int r = ry_kv_get(store, &req, &res, NULL);

	if (r == RY_KV_NOT_FOUND) {
		memset(value, 0, size);
		return 0;
	}
	if (r < 0)
		return r;
	if (res.length != size)
		return -EBADMSG;
	memcpy(value, res.value, size);
	return 0;
}

int store_write(const struct ry_binding *store, const struct store_key *key, const void *value,
		size_t size) {
	const struct ry_kv_put_request req = {
		.key = key->bytes, .key_length = key->length, .value = value, .length = size};

	return ry_kv_put(store, &req, NULL);
}
