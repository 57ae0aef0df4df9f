/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for what is built once and then only read: a bump allocator, freed as a whole. Used by
 * the manifest, the plan and the diagnostics; never on the message path.
 *
 * Start-up code ends the process when memory runs out (exit 70): docs/decisions/0002.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct arena_block;

struct arena {
	struct arena_block *head;
};

#define ARENA_INIT \
	{ NULL }

void arena_fini(struct arena *arena);

/* Zeroed memory aligned to 16; valid until arena_fini. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size);

#define arena_new(arena, type)	    ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, n) ((type *)arena_alloc_array((arena), sizeof(type), (n)))

void *arena_alloc_array(struct arena *arena, size_t element, size_t n);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

#endif
