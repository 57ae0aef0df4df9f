/* SPDX-License-Identifier: Apache-2.0 */
#include "message/message.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Kept per size class; what a burst frees beyond it goes back to the system. */
#define KEEP_BYTES    (1024u * 1024u)
#define KEEP_AT_LEAST 64u

static uint32_t class_keeps(uint32_t size_class) {
	uint32_t n = KEEP_BYTES / (MESSAGE_SMALLEST << size_class);

	return n > KEEP_AT_LEAST ? n : KEEP_AT_LEAST;
}

struct message *message_block(struct message_pool *pool, uint64_t length) {
	uint32_t size_class = message_class(length);
	uint64_t room = size_class == MESSAGE_CLASS_LARGE ? length : MESSAGE_SMALLEST << size_class;
	struct message *message;

	if (room > SIZE_MAX - sizeof(*message))
		return NULL;
	message = malloc(sizeof(*message) + room);
	if (!message)
		return NULL;
	pool->allocations++;
	message->size_class = size_class;
	return message;
}

struct message *message_new_object(struct message_pool *pool, const struct ry_message_type *type,
				   void *object) {
	struct message *message = message_new(pool, type, 0);

	if (!message) {
		type->destroy(object);
		return NULL;
	}
	message->head.data = object;
	return message;
}

struct message *message_share(struct message_pool *pool, struct message *other) {
	struct message *owner = other->shared ? other->shared : other;
	struct message *message = message_new(pool, other->head.type, 0);

	if (!message)
		return NULL;
	message->head.data = owner->head.data;
	message->head.length = owner->head.length;
	message->shared = message_ref(owner);
	return message;
}

void message_release(struct message_pool *pool, struct message *message) {
	uint32_t size_class = message->size_class;

	assert(pool->live > 0);
	pool->live--;
	if (message->shared)
		message_unref(pool, message->shared);
	else if (message->head.type->kind == RY_MESSAGE_CUSTOM)
		message->head.type->destroy((void *)(uintptr_t)message->head.data);
	if (size_class == MESSAGE_CLASS_LARGE ||
	    pool->n_free[size_class] >= class_keeps(size_class)) {
		free(message);
		return;
	}
	message->next = pool->free[size_class];
	pool->free[size_class] = message;
	pool->n_free[size_class]++;
}

void message_pool_fini(struct message_pool *pool) {
	assert(pool->live == 0);
	for (uint32_t i = 0; i < MESSAGE_CLASSES; i++) {
		while (pool->free[i]) {
			struct message *next = pool->free[i]->next;

			free(pool->free[i]);
			pool->free[i] = next;
		}
		pool->n_free[i] = 0;
	}
}
