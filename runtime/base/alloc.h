/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation for start-up code, which cannot go on without memory: it ends the process with exit
 * code 70 and one line on stderr. The message path uses malloc and handles NULL.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stdlib.h>

_Noreturn void out_of_memory(void);

void *must_alloc(size_t size); /* not zeroed */
void *must_calloc(size_t n, size_t size);
void *must_realloc(void *block, size_t n, size_t size);
char *must_strdup(const char *text);

/* Makes room for one more element in a growing array of *capacity elements. */
void *must_grow(void *array, size_t count, size_t *capacity, size_t element);

#endif
