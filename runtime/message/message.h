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

#define MESSAGE_CLASSES	    13 /* payloads of 32 << 0 … 32 << 12 bytes; above: not pooled */
#define MESSAGE_CLASS_LARGE MESSAGE_CLASSES

struct message_pool {
	struct message *free[MESSAGE_CLASSES];
	uint32_t n_free[MESSAGE_CLASSES];
	uint64_t allocations; /* calls to malloc, for the test that counts them */
	uint64_t live;	      /* messages handed out and not yet back */
};

void message_pool_fini(struct message_pool *pool); /* asserts that none is live */

/*
 * A message with room for length bytes of payload, one reference, and a head of which size, type,
 * data and length are set; everything else is zero. NULL: out of memory.
 */
struct message *message_new(struct message_pool *pool, const struct ry_message_type *type,
			    uint64_t length);

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
