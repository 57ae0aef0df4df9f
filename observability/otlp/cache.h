/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which attributes stand in the buffer already, and where. Spans of one node share most of their
 * `struct ry_field`s, and a batch is immutable while it is exported: the same address is the same
 * attribute. So each is encoded once per body and copied from there afterwards. Cleared with each
 * body: between two of them an address may come to mean another attribute.
 */
#ifndef OTLP_CACHE_H
#define OTLP_CACHE_H

#include <stdint.h>
#include <string.h>

#include "otlp/text.h"

#define CACHE_BITS 6
#define CACHE_STEP 16u /* bytes copied at a time: so much room must lie behind what is copied */

struct cache_entry {
	const struct ry_field *field; /* NULL: none */
	uint32_t at;		      /* in the buffer */
	uint32_t length;
};

struct cache {
	struct cache_entry entries[1u << CACHE_BITS];
};

static inline void cache_clear(struct cache *cache) {
	memset(cache, 0, sizeof(*cache));
}

/* Where the field stands, or would; a later one takes the place of an earlier one. */
static inline struct cache_entry *cache_slot(struct cache *cache, const struct ry_field *field) {
	uint64_t hash = (uint64_t)(uintptr_t)field * 0x9e3779b97f4a7c15u;

	return &cache->entries[hash >> (64 - CACHE_BITS)];
}

/* Adds a copy of what stands in the text already. Copies in steps: most are short. */
static inline bool cache_copy(struct text *text, const struct cache_entry *entry) {
	const char *from;
	char *to;

	if (!text_room(text, entry->length + CACHE_STEP))
		return false;
	from = text->data + entry->at;
	to = text->data + text->length;
	for (uint32_t i = 0; i < entry->length; i += CACHE_STEP) {
		char step[CACHE_STEP];

		memcpy(step, from + i, sizeof(step));
		memcpy(to + i, step, sizeof(step));
	}
	text->length += entry->length;
	return true;
}

#endif
