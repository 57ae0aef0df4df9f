/* SPDX-License-Identifier: Apache-2.0 */
#include "export/chunk.h"

#include <stdlib.h>
#include <string.h>

#define POOL_CHUNKS 64u /* about 2 MB */
#define BLOCK_BYTES 8192u

struct chunk_block {
	struct chunk_block *next;
	size_t used;
	size_t capacity;
	uint64_t memory[];
};

struct chunk *chunk_new(struct chunk_pool *pool) {
	struct chunk *chunk = pool->free;

	if (chunk) {
		pool->free = chunk->next;
		pool->n--;
	} else {
		chunk = malloc(sizeof(*chunk));
		if (!chunk)
			return NULL;
		chunk->blocks = NULL;
	}
	chunk->next = NULL;
	chunk->refs = 1;
	chunk->n = 0;
	return chunk;
}

struct chunk *chunk_ref(struct chunk *chunk) {
	chunk->refs++;
	return chunk;
}

static void free_blocks(struct chunk *chunk) {
	while (chunk->blocks) {
		struct chunk_block *next = chunk->blocks->next;

		free(chunk->blocks);
		chunk->blocks = next;
	}
}

void chunk_unref(struct chunk_pool *pool, struct chunk *chunk) {
	if (!chunk || --chunk->refs)
		return;
	free_blocks(chunk);
	if (pool->n == POOL_CHUNKS) {
		free(chunk);
		return;
	}
	chunk->next = pool->free;
	pool->free = chunk;
	pool->n++;
}

void chunk_pool_fini(struct chunk_pool *pool) {
	while (pool->free) {
		struct chunk *next = pool->free->next;

		free(pool->free);
		pool->free = next;
	}
	pool->n = 0;
}

void *chunk_alloc(struct chunk *chunk, size_t size) {
	struct chunk_block *block = chunk->blocks;
	void *memory;

	size = (size + 7) & ~(size_t)7;
	if (!block || block->capacity - block->used < size) {
		size_t capacity = size > BLOCK_BYTES ? size : BLOCK_BYTES;

		block = malloc(sizeof(*block) + capacity);
		if (!block)
			return NULL;
		*block = (struct chunk_block){.next = chunk->blocks, .capacity = capacity};
		chunk->blocks = block;
	}
	memory = (uint8_t *)block->memory + block->used;
	block->used += size;
	return memset(memory, 0, size);
}
