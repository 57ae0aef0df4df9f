/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

_Noreturn void out_of_memory(void) {
	fputs("railyard: out of memory\n", stderr);
	exit(70);
}

static size_t size_or_one(size_t size) {
	return size ? size : 1;
}

void *must_alloc(size_t size) {
	void *block = malloc(size_or_one(size));

	if (!block)
		out_of_memory();
	return block;
}

void *must_calloc(size_t n, size_t size) {
	void *block = calloc(size_or_one(n), size_or_one(size));

	if (!block)
		out_of_memory();
	return block;
}

void *must_realloc(void *block, size_t n, size_t size) {
	void *larger = NULL;

	if (!size || n <= SIZE_MAX / size)
		larger = realloc(block, size_or_one(n * size));
	if (!larger)
		out_of_memory();
	return larger;
}

char *must_strdup(const char *text) {
	size_t size = strlen(text) + 1;

	return memcpy(must_alloc(size), text, size);
}

void *must_grow(void *array, size_t count, size_t *capacity, size_t element) {
	if (count < *capacity)
		return array;
	*capacity = *capacity ? *capacity * 2 : 8;
	return must_realloc(array, *capacity, element);
}
