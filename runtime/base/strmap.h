/* SPDX-License-Identifier: Apache-2.0 */
/* A hash map from names to numbers, for start-up code. Keys are borrowed. */
#ifndef BASE_STRMAP_H
#define BASE_STRMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strmap_entry;

struct strmap {
	struct strmap_entry *entries; /* capacity of them, a power of two; or NULL */
	size_t count, capacity;
};

#define STRMAP_INIT \
	{ NULL, 0, 0 }
#define STRMAP_NONE SIZE_MAX

void strmap_fini(struct strmap *map);

/* Puts a name in that was not there yet. false: it was, and keeps its value. */
bool strmap_add(struct strmap *map, const char *name, size_t value);

/* The value, or STRMAP_NONE. */
size_t strmap_get(const struct strmap *map, const char *name);

#endif
