/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bounded queue in front of a node: messages in order of arrival, over all edges that lead to
 * it. Never grows: whoever pushes sees to it that there is room (runners/route.c runs nodes first).
 *
 * One thread. The queue holds one reference for each entry.
 */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "message/message.h"

struct queue_entry {
	struct message *message;
	uint32_t input; /* index of its type in the node's `accepts` */
	uint32_t reserved;
};

struct queue {
	struct queue_entry *entries;
	uint32_t capacity; /* as asked for; the bound */
	uint32_t mask;	   /* of the ring, a power of two */
	uint32_t head;	   /* next to take */
	uint32_t tail;	   /* next free */
	uint32_t highest;  /* the most that it ever held */
};

/* capacity: 1..2^20. Ends the process when there is no memory: start-up only. */
void queue_init(struct queue *queue, uint32_t capacity);
void queue_fini(struct queue *queue); /* asserts that it is empty */

static inline uint32_t queue_length(const struct queue *queue) {
	return queue->tail - queue->head;
}

static inline bool queue_full(const struct queue *queue) {
	return queue_length(queue) >= queue->capacity;
}

/* Takes the caller's reference. There must be room. */
static inline void queue_push_take(struct queue *queue, struct message *message, uint32_t input) {
	struct queue_entry *entry = &queue->entries[queue->tail++ & queue->mask];
	uint32_t length = queue_length(queue);

	assert(length <= queue->capacity);
	entry->message = message;
	entry->input = input;
	if (length > queue->highest)
		queue->highest = length;
}

/* Hands the entry's reference to the caller. There must be an entry. */
static inline struct queue_entry queue_take(struct queue *queue) {
	struct queue_entry entry;

	assert(queue_length(queue) > 0);
	entry = queue->entries[queue->head++ & queue->mask];
	if (queue->head == queue->tail) /* so that a short queue stays in few cache lines */
		queue->head = queue->tail = 0;
	return entry;
}

#endif
