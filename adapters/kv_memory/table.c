/* SPDX-License-Identifier: Apache-2.0 */
/* The hash table behind kv.memory. */
#include "kv_memory/table.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

#define FIRST_CAPACITY 1024u

/* -- memory --------------------------------------------------------------------------------- */

static void *take_memory(struct table *table, uint64_t size, int *ret_error) {
	void *block;

	if (size > table->max_bytes || table->bytes > table->max_bytes - size) {
		*ret_error = -ENOSPC;
		return NULL;
	}
	block = table->memory->alloc(table->host, size);
	if (!block)
		*ret_error = -ENOMEM;
	else
		table->bytes += size;
	return block;
}

static void give_memory(struct table *table, void *block, uint64_t size) {
	table->memory->release(table->host, block);
	table->bytes -= size;
}

static uint64_t entry_size(uint64_t capacity, uint64_t key_length) {
	return sizeof(struct entry) + capacity + key_length;
}

static void free_entry(struct table *table, struct entry *entry) {
	give_memory(table, entry, entry_size(entry->capacity, entry->key_length));
}

static struct slot *new_slots(struct table *table, uint64_t capacity, int *ret_error) {
	uint64_t size = capacity * sizeof(struct slot);
	struct slot *slots = take_memory(table, size, ret_error);

	if (slots)
		memset(slots, 0, size);
	return slots;
}

int table_init(struct table *table, const struct ry_host *host, uint64_t max_bytes) {
	int r = 0;

	*table = (struct table){.host = host, .max_bytes = max_bytes};
	table->memory = host->get(host, RY_MEMORY, 1);
	if (!table->memory)
		return -ENOTSUP;
	if (getrandom(&table->seed, sizeof(table->seed), 0) != sizeof(table->seed))
		return -EIO;
	table->slots = new_slots(table, FIRST_CAPACITY, &r);
	if (table->slots)
		table->capacity = FIRST_CAPACITY;
	return r;
}

void table_fini(struct table *table) {
	for (uint64_t i = 0; i < table->capacity; i++)
		if (table->slots[i].entry)
			free_entry(table, table->slots[i].entry);
	if (table->slots)
		give_memory(table, table->slots, table->capacity * sizeof(struct slot));
	table->slots = NULL;
	table->capacity = table->count = 0;
}

/* -- looking -------------------------------------------------------------------------------- */

struct table_key table_key(const struct table *table, const void *bytes, uint64_t length) {
	return (struct table_key){bytes, (uint32_t)length,
				  siphash(&table->seed, 1, 3, bytes, length)};
}

static bool is_key(const struct slot *slot, const struct table_key *key) {
	const struct entry *entry = slot->entry;

	return slot->hash == key->hash && entry->key_length == key->length &&
	       !memcmp(entry->bytes + entry->capacity, key->bytes, key->length);
}

/* The slot of the key, or the free one where it belongs. */
static struct slot *find_slot(const struct table *table, const struct table_key *key) {
	uint64_t mask = table->capacity - 1;
	uint64_t i = key->hash & mask;

	while (table->slots[i].entry && !is_key(&table->slots[i], key))
		i = (i + 1) & mask;
	return &table->slots[i];
}

struct entry *table_find(const struct table *table, const struct table_key *key) {
	return find_slot(table, key)->entry;
}

/* -- changing ------------------------------------------------------------------------------- */

static int grow(struct table *table) {
	uint64_t capacity = table->capacity * 2;
	int r = 0;
	struct slot *slots = new_slots(table, capacity, &r);

	if (!slots)
		return r;
	for (uint64_t i = 0; i < table->capacity; i++) {
		uint64_t to = table->slots[i].hash & (capacity - 1);

		if (!table->slots[i].entry)
			continue;
		while (slots[to].entry)
			to = (to + 1) & (capacity - 1);
		slots[to] = table->slots[i];
	}
	give_memory(table, table->slots, table->capacity * sizeof(struct slot));
	table->slots = slots;
	table->capacity = capacity;
	return 0;
}

static struct entry *new_entry(struct table *table, const struct table_key *key, const void *value,
			       uint64_t length, int *ret_error) {
	uint64_t capacity = (length + 15) & ~15ull;
	struct entry *entry;

	if (length > table->max_bytes) {
		*ret_error = -ENOSPC;
		return NULL;
	}
	entry = take_memory(table, entry_size(capacity, key->length), ret_error);
	if (!entry)
		return NULL;
	entry->length = length;
	entry->capacity = capacity;
	entry->key_length = key->length;
	if (length)
		memcpy(entry->bytes, value, length);
	memcpy(entry->bytes + capacity, key->bytes, key->length);
	return entry;
}

int table_put(struct table *table, const struct table_key *key, struct entry *found,
	      const void *value, uint64_t length) {
	struct entry *entry;
	struct slot *slot;
	int r = 0;

	if (found && length <= found->capacity) {
		if (length)
			memmove(found->bytes, value, length);
		found->length = length;
		return 0;
	}
	if (!found && (table->count + 1) * 3 > table->capacity * 2) {
		r = grow(table);
		if (r < 0)
			return r;
	}
	entry = new_entry(table, key, value, length, &r);
	if (!entry)
		return r;
	slot = find_slot(table, key);
	if (found)
		free_entry(table, found);
	else
		table->count++;
	*slot = (struct slot){key->hash, entry};
	return 0;
}

/* Closes the gap at i: moves back what was pushed over it. */
static void shift_back(struct table *table, uint64_t gap) {
	uint64_t mask = table->capacity - 1;

	for (uint64_t i = (gap + 1) & mask; table->slots[i].entry; i = (i + 1) & mask) {
		uint64_t home = table->slots[i].hash & mask;

		/* May it stand in the gap: is its home not behind the gap, on the way to i? */
		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		table->slots[gap] = table->slots[i];
		gap = i;
	}
	table->slots[gap].entry = NULL;
}

int table_remove(struct table *table, const struct table_key *key) {
	struct slot *slot = find_slot(table, key);

	if (!slot->entry)
		return 0;
	free_entry(table, slot->entry);
	table->count--;
	shift_back(table, (uint64_t)(slot - table->slots));
	return 1;
}
