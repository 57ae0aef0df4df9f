/* SPDX-License-Identifier: Apache-2.0 */
#include "queue/queue.h"

#include "base/alloc.h"

void queue_init(struct queue *queue, uint32_t capacity) {
	uint32_t size = 1;

	assert(capacity >= 1 && capacity <= 1u << 20);
	while (size < capacity)
		size *= 2;
	*queue = (struct queue){.capacity = capacity, .mask = size - 1};
	queue->entries = must_calloc(size, sizeof(*queue->entries));
}

void queue_fini(struct queue *queue) {
	assert(queue_length(queue) == 0);
	free(queue->entries);
	*queue = (struct queue){0};
}
