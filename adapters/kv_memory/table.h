/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table from byte strings to byte strings: open addressing with linear probing over pairs
 * of hash and entry, removal by shifting back (no tombstones), at most two thirds full.
 */
#ifndef KV_MEMORY_TABLE_H
#define KV_MEMORY_TABLE_H

#include <stdint.h>

#include <railyard/host.h>

#include "kv_memory/siphash.h"

/* A key with its value behind it. */
struct entry {
	uint64_t length;   /* of the value */
	uint64_t capacity; /* for the value: a multiple of 16 */
	uint64_t key_length;
	uint64_t reserved;
	unsigned char bytes[]; /* the value first, so that it is aligned to 16; then the key */
};

struct slot {
	uint64_t hash;
	struct entry *entry; /* NULL: free */
};

struct table {
	const struct ry_host *host;
	const struct ry_memory_service *memory;
	struct siphash_seed seed;
	struct slot *slots;
	uint64_t capacity; /* a power of two */
	uint64_t count;
	uint64_t bytes;	    /* all that it has allocated */
	uint64_t max_bytes; /* beyond: -ENOSPC */
};

struct table_key {
	const void *bytes;
	uint32_t length;
	uint64_t hash;
};

/* 0, -ENOMEM or -ENOSPC. Takes its seed from the kernel. */
int table_init(struct table *table, const struct ry_host *host, uint64_t max_bytes);
void table_fini(struct table *table);

struct table_key table_key(const struct table *table, const void *bytes, uint64_t length);

/* The entry of a key, valid until the next change; NULL: none. */
struct entry *table_find(const struct table *table, const struct table_key *key);

/* Sets a value. `found` is what table_find returned. value may point into the old entry. */
int table_put(struct table *table, const struct table_key *key, struct entry *found,
	      const void *value, uint64_t length);

/* 1: removed; 0: there was no such key. */
int table_remove(struct table *table, const struct table_key *key);

#endif
