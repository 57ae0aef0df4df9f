/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#define ARENA_BLOCK 16384
#define ARENA_ALIGN 16

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t size;
	size_t padding;
	unsigned char data[];
};

void arena_fini(struct arena *arena) {
	struct arena_block *block = arena->head;

	while (block) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
	arena->head = NULL;
}

static struct arena_block *arena_grow(struct arena *arena, size_t size) {
	size_t capacity = size > ARENA_BLOCK ? size : ARENA_BLOCK;
	struct arena_block *block = must_alloc(sizeof(*block) + capacity);

	block->used = 0;
	block->size = capacity;
	/* A large one goes behind the head, so that the head's rest stays in use. */
	if (arena->head && size > ARENA_BLOCK) {
		block->next = arena->head->next;
		arena->head->next = block;
	} else {
		block->next = arena->head;
		arena->head = block;
	}
	return block;
}

void *arena_alloc(struct arena *arena, size_t size) {
	struct arena_block *block = arena->head;
	void *data;

	if (size > SIZE_MAX / 2)
		out_of_memory();
	size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (!block || block->size - block->used < size)
		block = arena_grow(arena, size);
	data = block->data + block->used;
	block->used += size;
	return memset(data, 0, size);
}

void *arena_alloc_array(struct arena *arena, size_t element, size_t n) {
	if (n && element > SIZE_MAX / 2 / n)
		out_of_memory();
	return arena_alloc(arena, element * n);
}

char *arena_strndup(struct arena *arena, const char *text, size_t length) {
	char *copy = arena_alloc(arena, length + 1);

	memcpy(copy, text, length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text) {
	return arena_strndup(arena, text, strlen(text));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args) {
	va_list again;
	char *text;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0)
		out_of_memory();
	text = arena_alloc(arena, (size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, format, args);
	return text;
}

char *arena_printf(struct arena *arena, const char *format, ...) {
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}
