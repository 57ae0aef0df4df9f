/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bounded queue of a destination: ranges of shared chunks, oldest first, limited in spans and
 * in bytes. A span that waits here for another destination, as its fallback, carries that one's
 * index, by which it is accounted.
 */
#ifndef EXPORT_QUEUE_H
#define EXPORT_QUEUE_H

#include "export/chunk.h"

struct range {
	struct chunk *chunk; /* one reference */
	uint32_t from, to;
	uint32_t origin;   /* the destination to which the spans are accounted */
	uint32_t step;	   /* the place in origin's fallback list that comes next */
	uint64_t since_ns; /* when the oldest of them came */
};

struct span_queue {
	struct range *ranges; /* a ring of `capacity` */
	uint32_t head, n, capacity;
	uint64_t items, bytes;
	uint64_t max_items, max_bytes;
	struct chunk_pool *pool;
};

/* Spans of one origin and step, taken together. */
struct span_list {
	const struct ry_span **spans; /* of `capacity` */
	struct range *ranges;	      /* of `capacity`: they hold the chunks */
	uint32_t n, n_ranges, capacity;
	uint32_t origin, step;
};

void span_queue_init(struct span_queue *queue, struct chunk_pool *pool, uint64_t max_items,
		     uint64_t max_bytes);
void span_queue_fini(struct span_queue *queue); /* drops what is left */

/*
 * Adds as many of the spans of range, in order, as fit; takes references of its own. Returns how
 * many; 0 also when out of memory.
 */
uint32_t span_queue_push(struct span_queue *queue, const struct range *range);

/* Would a span of that many bytes fit? */
static inline bool span_queue_fits(const struct span_queue *queue, uint64_t bytes) {
	return queue->items < queue->max_items && queue->bytes <= queue->max_bytes &&
	       bytes <= queue->max_bytes - queue->bytes;
}

/* The oldest range, to look at; NULL: empty. */
const struct range *span_queue_peek(const struct span_queue *queue);

/* The i-th range, 0 the oldest. */
const struct range *span_queue_at(const struct span_queue *queue, uint32_t i);

/* Takes the oldest span out, with its reference, as a range of one. The queue is not empty. */
struct range span_queue_take_one(struct span_queue *queue);

/* Takes the oldest range out, with its reference. The queue is not empty. */
struct range span_queue_take_range(struct span_queue *queue);

/* Moves up to list->capacity of the oldest spans, as long as origin and step agree, to list. */
void span_queue_take(struct span_queue *queue, struct span_list *list);

int span_list_init(struct span_list *list, uint32_t capacity); /* 0 or -ENOMEM */
void span_list_clear(struct span_list *list, struct chunk_pool *pool);
void span_list_fini(struct span_list *list, struct chunk_pool *pool);

#endif
