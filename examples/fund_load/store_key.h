/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of the stores: what it is, a number, and an id. A key of the contract "kv" has at most 511
 * bytes and an id may have any length, so a long id is represented by its SHA-256.
 */
#ifndef FUND_LOAD_STORE_KEY_H
#define FUND_LOAD_STORE_KEY_H

#include <stddef.h>
#include <stdint.h>

#include <railyard/kv.h>

enum store_key_kind {
	STORE_SEEN_ID = 'i',
	STORE_DAY = 'd',    /* of a customer */
	STORE_WEEK = 'w',   /* of a customer */
	STORE_PRIMES = 'p', /* of a day, over all customers */
};

struct store_key {
	uint64_t length;
	unsigned char bytes[511];
};

void store_key_make(struct store_key *key, enum store_key_kind kind, int64_t number, const char *id,
		    size_t length);

/*
 * Reads a value of exactly `size` bytes; an absent one is all zero. Returns 0, -EBADMSG (a value
 * of another length: the store is not this pipeline's), or the store's errno.
 */
int store_read(const struct ry_binding *store, const struct store_key *key, void *value,
	       size_t size);
int store_write(const struct ry_binding *store, const struct store_key *key, const void *value,
		size_t size);

/* A slot for a store, for the tables of node types. */
#define STORE_SLOT(slot_name, slot_access, text)                                                  \
	(&(const struct ry_slot){RY_SIZE(ry_slot), .call = RY_CONSUME, .access = (slot_access),   \
				 .major = RY_KV_MAJOR, .minor = RY_KV_MINOR, .name = (slot_name), \
				 .contract = RY_KV, .summary = (text)})

#endif
