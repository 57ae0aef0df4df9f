/* SPDX-License-Identifier: Apache-2.0 */
#include "message/message.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST      32u
/* Kept per size class; what a burst frees beyond it goes back to the system. */
#define KEEP_BYTES    (1024u * 1024u)
#define KEEP_AT_LEAST 64u

static uint32_t class_of(uint64_t length) {
	if (length <= SMALLEST)
		return 0;
	if (length > (uint64_t)SMALLEST << (MESSAGE_CLASSES - 1))
		return MESSAGE_CLASS_LARGE;
	return 64u - (uint32_t)__builtin_clzll(length - 1) - 5u;
}

static uint32_t class_keeps(uint32_t size_class) {
	uint32_t n = KEEP_BYTES / (SMALLEST << size_class);

	return n > KEEP_AT_LEAST ? n : KEEP_AT_LEAST;
}

static struct message *pool_miss(struct message_pool *pool, uint32_t size_class, uint64_t length) {
	uint64_t room = size_class == MESSAGE_CLASS_LARGE ? length : SMALLEST << size_class;
	struct message *message;

	if (room > SIZE_MAX - sizeof(*message))
		return NULL;
	message = malloc(sizeof(*message) + room);
	if (message)
		pool->allocations++;
	return message;
}

struct message *message_new(struct message_pool *pool, const struct ry_message_type *type,
			    uint64_t length) {
	uint32_t size_class = class_of(length);
	struct message *message;

	if (size_class != MESSAGE_CLASS_LARGE && pool->free[size_class]) {
		message = pool->free[size_class];
		pool->free[size_class] = message->next;
		pool->n_free[size_class]--;
	} else {
		message = pool_miss(pool, size_class, length);
		if (!message)
			return NULL;
	}
	memset(message, 0, sizeof(*message));
	message->head.size = RY_SIZE(ry_message);
	message->head.type = type;
	message->head.data = message + 1;
	message->head.length = length;
	message->refs = 1;
	message->size_class = size_class;
	pool->live++;
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
