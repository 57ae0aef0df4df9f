/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear probing, at most half full; FNV-1a. */
#include "base/strmap.h"

#include <string.h>

#include "base/alloc.h"

struct strmap_entry {
	const char *name; /* NULL: free */
	uint64_t hash;
	size_t value;
};

static uint64_t hash_name(const char *name) {
	uint64_t hash = 0xcbf29ce484222325ull;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3ull;
	return hash ^ hash >> 32;
}

void strmap_fini(struct strmap *map) {
	free(map->entries);
	*map = (struct strmap)STRMAP_INIT;
}

/* The entry of that name, or the free one where it belongs. */
static struct strmap_entry *find(const struct strmap *map, const char *name, uint64_t hash) {
	size_t at = hash & (map->capacity - 1);

	while (map->entries[at].name &&
	       (map->entries[at].hash != hash || strcmp(map->entries[at].name, name) != 0))
		at = (at + 1) & (map->capacity - 1);
	return &map->entries[at];
}

static void grow(struct strmap *map) {
	struct strmap larger = {.capacity = map->capacity ? map->capacity * 2 : 16,
				.count = map->count};

	larger.entries = must_calloc(larger.capacity, sizeof(struct strmap_entry));
	for (size_t i = 0; i < map->capacity; i++)
		if (map->entries[i].name)
			*find(&larger, map->entries[i].name, map->entries[i].hash) =
				map->entries[i];
	free(map->entries);
	*map = larger;
}

bool strmap_add(struct strmap *map, const char *name, size_t value) {
	uint64_t hash = hash_name(name);
	struct strmap_entry *entry;

	if (map->count * 2 >= map->capacity)
		grow(map);
	entry = find(map, name, hash);
	if (entry->name)
		return false;
	*entry = (struct strmap_entry){name, hash, value};
	map->count++;
	return true;
}

size_t strmap_get(const struct strmap *map, const char *name) {
	const struct strmap_entry *entry;

	if (!map->count)
		return STRMAP_NONE;
	entry = find(map, name, hash_name(name));
	return entry->name ? entry->value : STRMAP_NONE;
}
