/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunks: finished spans, immutable once added, shared by the queues of all destinations. A queue
 * holds ranges of chunks, never copies. A chunk holds spans of one kind only, the business's or the
 * platform's, so that a destination with a `slice` takes whole ranges and pins nothing else.
 */
#ifndef EXPORT_CHUNK_H
#define EXPORT_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <railyard/span_exporter.h>

#define CHUNK_SPANS	 128u
#define CHUNK_ATTRIBUTES 8u /* what each span has; more go to the arena */

struct chunk_block;

struct chunk {
	struct chunk *next; /* in the pool */
	uint32_t refs;
	uint32_t n;
	struct chunk_block *blocks; /* what the spans point to, beyond the arrays below */
	const struct ry_span *spans[CHUNK_SPANS];
	uint32_t bytes[CHUNK_SPANS]; /* memory that each takes, for the queues' limits */
	struct ry_span storage[CHUNK_SPANS];
	const struct ry_field *attributes[CHUNK_SPANS][CHUNK_ATTRIBUTES];
};

/* What a span costs without extras. */
#define CHUNK_SPAN_BYTES                                                      \
	((uint32_t)(sizeof(struct ry_span) + sizeof(const struct ry_span *) + \
		    CHUNK_ATTRIBUTES * sizeof(const struct ry_field *) + sizeof(uint32_t)))

/* Chunks that nobody holds any more, kept for the next ones. */
struct chunk_pool {
	struct chunk *free;
	uint32_t n;
};

/* With one reference; NULL: out of memory. */
struct chunk *chunk_new(struct chunk_pool *pool);
struct chunk *chunk_ref(struct chunk *chunk);
void chunk_unref(struct chunk_pool *pool, struct chunk *chunk); /* accepts NULL */
void chunk_pool_fini(struct chunk_pool *pool);

/* Zeroed memory aligned to 8 that lives as long as the chunk; NULL: out of memory. */
void *chunk_alloc(struct chunk *chunk, size_t size);

#endif
