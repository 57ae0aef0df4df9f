/* SPDX-License-Identifier: Apache-2.0 */
#include "export/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_RANGES 16u

void span_queue_init(struct span_queue *queue, struct chunk_pool *pool, uint64_t max_items,
		     uint64_t max_bytes) {
	*queue = (struct span_queue){.pool = pool, .max_items = max_items, .max_bytes = max_bytes};
}

static struct range *slot(const struct span_queue *queue, uint32_t i) {
	return &queue->ranges[(queue->head + i) % queue->capacity];
}

static int grow(struct span_queue *queue) {
	uint32_t capacity = queue->capacity ? queue->capacity * 2 : FIRST_RANGES;
	struct range *ranges;

	if (queue->n < queue->capacity)
		return 0;
	ranges = malloc(capacity * sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	for (uint32_t i = 0; i < queue->n; i++)
		ranges[i] = *slot(queue, i);
	free(queue->ranges);
	queue->ranges = ranges;
	queue->head = 0;
	queue->capacity = capacity;
	return 0;
}

/* How many of the range's spans fit, and their bytes. */
static uint32_t count_fitting(const struct span_queue *queue, const struct range *range,
			      uint64_t *ret_bytes) {
	uint64_t bytes = 0;
	uint32_t at;

	for (at = range->from; at < range->to; at++) {
		uint64_t more = bytes + range->chunk->bytes[at];

		if (queue->items + (at - range->from) >= queue->max_items ||
		    queue->bytes + more > queue->max_bytes)
			break;
		bytes = more;
	}
	*ret_bytes = bytes;
	return at - range->from;
}

/* Does range continue the last one in the queue? */
static struct range *continued(const struct span_queue *queue, const struct range *range) {
	struct range *last = queue->n ? slot(queue, queue->n - 1) : NULL;

	if (last && last->chunk == range->chunk && last->to == range->from &&
	    last->origin == range->origin && last->step == range->step)
		return last;
	return NULL;
}

uint32_t span_queue_push(struct span_queue *queue, const struct range *range) {
	struct range *last = continued(queue, range);
	uint64_t bytes = 0;
	uint32_t n = count_fitting(queue, range, &bytes);

	if (n == 0)
		return 0;
	if (last) {
		last->to += n;
	} else {
		if (grow(queue) < 0)
			return 0;
		last = slot(queue, queue->n++);
		*last = *range;
		last->to = range->from + n;
		chunk_ref(last->chunk);
	}
	queue->items += n;
	queue->bytes += bytes;
	return n;
}

const struct range *span_queue_peek(const struct span_queue *queue) {
	return queue->n ? slot(queue, 0) : NULL;
}

const struct range *span_queue_at(const struct span_queue *queue, uint32_t i) {
	return slot(queue, i);
}

/* Takes the first n spans of the oldest range out. */
static struct range take_front(struct span_queue *queue, uint32_t n) {
	struct range *first = slot(queue, 0), taken = *first;

	taken.to = taken.from + n;
	for (uint32_t i = taken.from; i < taken.to; i++)
		queue->bytes -= taken.chunk->bytes[i];
	queue->items -= n;
	first->from += n;
	if (first->from < first->to) {
		chunk_ref(taken.chunk);
	} else {
		queue->head = (queue->head + 1) % queue->capacity;
		queue->n--;
	}
	return taken;
}

struct range span_queue_take_one(struct span_queue *queue) {
	return take_front(queue, 1);
}

struct range span_queue_take_range(struct span_queue *queue) {
	const struct range *first = span_queue_peek(queue);

	return take_front(queue, first->to - first->from);
}

void span_queue_take(struct span_queue *queue, struct span_list *list) {
	const struct range *first = span_queue_peek(queue);

	if (!first)
		return;
	list->origin = first->origin;
	list->step = first->step;
	while (list->n < list->capacity && (first = span_queue_peek(queue)) &&
	       first->origin == list->origin && first->step == list->step) {
		uint32_t room = list->capacity - list->n, n = first->to - first->from;
		struct range taken = take_front(queue, n < room ? n : room);

		for (uint32_t i = taken.from; i < taken.to; i++)
			list->spans[list->n++] = taken.chunk->spans[i];
		list->ranges[list->n_ranges++] = taken;
	}
}

void span_queue_fini(struct span_queue *queue) {
	while (queue->n) {
		struct range range = span_queue_take_range(queue);

		chunk_unref(queue->pool, range.chunk);
	}
	free(queue->ranges);
	queue->ranges = NULL;
	queue->capacity = 0;
}

int span_list_init(struct span_list *list, uint32_t capacity) {
	*list = (struct span_list){.capacity = capacity};
	list->spans = malloc(capacity * sizeof(*list->spans));
	list->ranges = malloc(capacity * sizeof(*list->ranges));
	return list->spans && list->ranges ? 0 : -ENOMEM;
}

void span_list_clear(struct span_list *list, struct chunk_pool *pool) {
	for (uint32_t i = 0; i < list->n_ranges; i++)
		chunk_unref(pool, list->ranges[i].chunk);
	list->n = list->n_ranges = 0;
}

void span_list_fini(struct span_list *list, struct chunk_pool *pool) {
	span_list_clear(list, pool);
	free(list->spans);
	free(list->ranges);
	*list = (struct span_list){0};
}
