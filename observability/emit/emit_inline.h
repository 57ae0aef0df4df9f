/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The producer's fields and the hot path of emit.h, inline: measured at a few nanoseconds per span.
 * Included by emit.h only; nobody else uses what stands here by name.
 */
#ifndef EMIT_EMIT_INLINE_H
#define EMIT_EMIT_INLINE_H

#include "base/ring.h"

/* The ring's producer_words: counters that outlive the producer. */
enum emit_word {
	EMIT_STARTED,
	EMIT_UNSAMPLED,
	EMIT_RING_FULL,
	EMIT_CLOSED, /* 1: nothing more will come */
};

struct emit {
	struct ring_producer producer;
	int wakeup_fd;		   /* borrowed; -1: none */
	uint32_t block_timeout_ms; /* 0: a full ring drops at once */
	uint64_t blocked_until;	   /* do not wait again before this much has been released */
	int space_fd;		   /* block: rung by the drain side; -1: none */
	struct ring ring;
};

/* Slow paths, in emit.c. */
void *emit_make_room(struct emit *emit, uint64_t length);
void emit_ring_bell(struct emit *emit);

/* One writer: no read-modify-write needed. */
static inline void emit_count(struct emit *emit, enum emit_word word) {
	_Atomic uint64_t *counter = &emit->producer.header->producer_words[word];

	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
			      memory_order_relaxed);
}

static inline void emit_span(struct emit *emit, const struct emit_span *span, const void *extras) {
	struct ring_producer *producer = &emit->producer;
	uint64_t length = sizeof(*span) + span->extra_length;
	uint8_t *to = ring_reserve(producer, length);

	emit_count(emit, EMIT_STARTED);
	if (__builtin_expect(!to, 0)) {
		to = emit_make_room(emit, length);
		if (!to)
			return;
	}
	__builtin_memcpy(to, span, sizeof(*span));
	if (extras)
		__builtin_memcpy(to + sizeof(*span), extras, span->extra_length);
	ring_commit(producer, length, 0);
	ring_publish(producer);
	/* limit is what was last known to be free: at worst we look once too often. */
	if (__builtin_expect(producer->limit - producer->position < producer->capacity / 2, 0))
		emit_ring_bell(emit);
}

static inline void emit_unsampled(struct emit *emit) {
	emit_count(emit, EMIT_UNSAMPLED);
}

#endif
