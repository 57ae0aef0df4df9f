/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages and their pool. A message is a header, written once by the runner, and a payload. The
 * payload stands behind the header in the same block, or it is an object of a custom type, or it is
 * shared with another message (a forwarded one). References are counted without atomics: a message
 * belongs to the thread of one runner.
 *
 * The pool keeps freed blocks by size class, so that a running pipeline allocates nothing.
 */
#ifndef MESSAGE_MESSAGE_H
#define MESSAGE_MESSAGE_H

#include <stdint.h>

#include <railyard/message.h>

/* One arriving message and everything derived from it. Owned by the runner that took it. */
struct ingress;

struct message {
	struct ry_message head; /* what nodes see; must be first */
	uint32_t refs;
	uint32_t size_class;
	struct ingress *ingress;
	struct message *shared; /* owns the payload; NULL: this one does */
	struct message *next;	/* in a list of staged outputs, or among the free */
	uint32_t from;		/* index of the plan node that emitted it */
	uint32_t port;		/* at that node, while staged */
};

#define MESSAGE_SMALLEST    32u
#define MESSAGE_CLASSES	    13 /* payloads of 32 << 0 … 32 << 12 bytes; above: not pooled */
#define MESSAGE_CLASS_LARGE MESSAGE_CLASSES

struct message_pool {
	struct message *free[MESSAGE_CLASSES];
	uint32_t n_free[MESSAGE_CLASSES];
	uint64_t allocations; /* calls to malloc, for the test that counts them */
	uint64_t live;	      /* messages handed out and not yet back */
};

void message_pool_fini(struct message_pool *pool); /* asserts that none is live */

/* A fresh block for a payload of this length, its size class set; NULL: no memory. */
struct message *message_block(struct message_pool *pool, uint64_t length);

/* The size class of a payload; MESSAGE_CLASS_LARGE: not pooled. */
static inline uint32_t message_class(uint64_t length) {
	if (length <= MESSAGE_SMALLEST)
		return 0;
	if (length > (uint64_t)MESSAGE_SMALLEST << (MESSAGE_CLASSES - 1))
		return MESSAGE_CLASS_LARGE;
	return 64u - (uint32_t)__builtin_clzll(length - 1) - 5u;
}

/*
 * A message with room for length bytes of payload and one reference. Of the head size, type, data
 * and length are set; what the runner writes for every message (trace, source, hop, ingress, from,
 * port) is not. NULL: out of memory.
 */
static inline struct message *message_new(struct message_pool *pool,
					  const struct ry_message_type *type, uint64_t length) {
	uint32_t size_class = message_class(length);
	struct message *message = size_class < MESSAGE_CLASSES ? pool->free[size_class] : NULL;

	if (message) {
		pool->free[size_class] = message->next;
		pool->n_free[size_class]--;
	} else {
		message = message_block(pool, length);
		if (!message)
			return NULL;
	}
	message->head.size = RY_SIZE(ry_message);
	message->head.type = type;
	message->head.data = message + 1;
	message->head.length = length;
	message->refs = 1;
	message->shared = NULL;
	pool->live++;
	return message;
}

/* One that carries an object of a custom type and owns it; on failure the object is destroyed. */
struct message *message_new_object(struct message_pool *pool, const struct ry_message_type *type,
				   void *object);

/* One that shares the payload of another. */
struct message *message_share(struct message_pool *pool, struct message *other);

void message_release(struct message_pool *pool, struct message *message); /* the last reference */

static inline struct message *message_ref(struct message *message) {
	message->refs++;
	return message;
}

/* Accepts NULL. */
static inline void message_unref(struct message_pool *pool, struct message *message) {
	if (message && --message->refs == 0)
		message_release(pool, message);
}

#endif
