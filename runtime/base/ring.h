/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A byte ring for one producer and one consumer, in memory that two processes can share. How it
 * works, and why, stands at the top of ring.c.
 *
 * struct ring is the memory; struct ring_producer and struct ring_consumer are the two ends, each
 * used by one thread. The verbs: the producer reserves, commits, publishes; the consumer peeks,
 * advances, releases.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_MAGIC	  0x676e6972u /* "ring", little-endian */
#define RING_VERSION	  1u
#define RING_HEADER_BYTES 4096u
#define RING_MIN_CAPACITY 4096u
#define RING_MAX_CAPACITY (UINT64_C(1) << 40)
#define RING_LINE	  128 /* two lines of 64: neighbours are fetched in pairs */

/* Who may use a ring: checked by ring_attach. All zero for rings that never leave a process. */
struct ring_identity {
	uint8_t run_id[16];
	uint32_t epoch;
};

/* The first page of the memory. Everything that the other side may write is atomic. */
struct ring_header {
	uint32_t magic; /* this line does not change after ring_create */
	uint32_t version;
	uint64_t capacity;
	struct ring_identity identity;
	uint32_t reserved;
	/* Written by the producer: what is published, and seven words for its user. */
	_Alignas(RING_LINE) _Atomic uint64_t producer;
	_Atomic uint64_t producer_words[7];
	/* Written by the consumer: what is released, and seven words for its user. */
	_Alignas(RING_LINE) _Atomic uint64_t consumer;
	_Atomic uint64_t consumer_words[7];
	/* Set by the one who is about to block, cleared by the one who rings its bell. */
	_Alignas(RING_LINE) _Atomic uint32_t consumer_sleeps;
	_Alignas(RING_LINE) _Atomic uint32_t producer_sleeps;
};

_Static_assert(sizeof(struct ring_header) <= RING_HEADER_BYTES, "header in its page");

/* In front of each frame; frames are aligned to 8 and never wrap. */
struct ring_frame {
	uint32_t length; /* of what follows, not rounded */
	uint32_t kind;	 /* the user's, 0..RING_KIND_MAX */
};

#define RING_PADDING  UINT32_MAX /* kind: fills the end of the memory */
#define RING_KIND_MAX (UINT32_MAX - 1)

struct ring {
	struct ring_header *header;
	uint8_t *data;
	uint64_t capacity;
	int fd; /* -1: anonymous memory, for use inside one process */
};

#define RING_INIT \
	{ .fd = -1 }

/*
 * Makes the memory. capacity: a power of two between RING_MIN_CAPACITY and RING_MAX_CAPACITY.
 * identity NULL: all zero. Where memfd_create is refused (EPERM, ENOSYS) the memory is anonymous
 * and fd stays -1. -EINVAL, or the errno of memfd_create, ftruncate, fcntl or mmap.
 */
int ring_create(struct ring *ring, uint64_t capacity, const struct ring_identity *identity);

/*
 * Maps the ring in fd, which it duplicates. -EBADMSG: not a ring, another identity, or memory that
 * its other holder could still cut short.
 */
int ring_attach(struct ring *ring, int fd, const struct ring_identity *identity);

/* Gives every page its memory now, so that no write has to wait for it. Any thread. */
void ring_prefault(const struct ring *ring);

void ring_fini(struct ring *ring);

/* -- the producer's end --------------------------------------------------------------------- */

struct ring_producer {
	struct ring_header *header;
	uint8_t *data;
	uint64_t capacity;
	uint64_t position; /* the end of what is committed, padding included */
	uint64_t limit;	   /* last known consumer cursor + capacity */
	bool broken;	   /* the consumer's cursor was impossible: nothing is written any more */
};

/* Starts where the last one published. -EBADMSG: impossible cursors. */
int ring_producer_init(struct ring_producer *producer, const struct ring *ring);

/* Bytes that a frame of that length takes. */
static inline uint64_t ring_frame_bytes(uint64_t length) {
	return (sizeof(struct ring_frame) + length + 7) & ~UINT64_C(7);
}

/* The longest frame that ever fits: half the capacity, header included (ring.c says why). */
static inline uint64_t ring_max_length(uint64_t capacity) {
	return capacity / 2 - sizeof(struct ring_frame);
}

/* Slow path of ring_reserve: asks for the consumer's cursor, pads the end. Not for callers. */
void *ring_reserve_slow(struct ring_producer *producer, uint64_t length);

/*
 * Room for a frame of that length, aligned to 8; NULL: not now (or never: ring_max_length). A
 * reservation that is not committed is forgotten by the next one.
 */
static inline void *ring_reserve(struct ring_producer *producer, uint64_t length) {
	uint64_t offset = producer->position & (producer->capacity - 1);
	uint64_t bytes = ring_frame_bytes(length);

	if (__builtin_expect(length > ring_max_length(producer->capacity) ||
				     offset + bytes > producer->capacity ||
				     producer->limit - producer->position < bytes,
			     0))
		return ring_reserve_slow(producer, length);
	return producer->data + offset + sizeof(struct ring_frame);
}

/* Ends the reservation as a frame; length is at most what was reserved. Not yet visible. */
static inline void ring_commit(struct ring_producer *producer, uint64_t length, uint32_t kind) {
	uint64_t offset = producer->position & (producer->capacity - 1);
	struct ring_frame *frame = (struct ring_frame *)(producer->data + offset);

	frame->length = (uint32_t)length;
	frame->kind = kind;
	producer->position += ring_frame_bytes(length);
}

/* Makes everything that is committed visible. */
static inline void ring_publish(struct ring_producer *producer) {
	atomic_store_explicit(&producer->header->producer, producer->position,
			      memory_order_release);
}

/*
 * Takes back what was committed after position (a value that producer->position had) and is not
 * published. -EINVAL: it is published already.
 */
int ring_rewind(struct ring_producer *producer, uint64_t position);

/* After ring_publish: must the consumer's bell be rung? The caller then writes its eventfd. */
static inline bool ring_wake_consumer(struct ring_producer *producer) {
	return atomic_exchange(&producer->header->consumer_sleeps, 0) != 0;
}

/*
 * Before blocking for room. true: block until the bell rings, then ring_producer_woke. false:
 * there is room for a frame of that length now (or the ring is broken), do not block.
 */
bool ring_producer_sleep(struct ring_producer *producer, uint64_t length);
void ring_producer_woke(struct ring_producer *producer);

/* -- the consumer's end --------------------------------------------------------------------- */

struct ring_consumer {
	struct ring_header *header;
	const uint8_t *data;
	uint64_t capacity;
	uint64_t position; /* what was advanced over; private */
	uint64_t released; /* as in the header */
	uint64_t limit;	   /* last known producer cursor */
	uint64_t next;	   /* the end of the frame last peeked at */
	bool broken;	   /* something was impossible: nothing is read any more */
};

struct ring_view {
	const void *data; /* aligned to 8; valid until it is released */
	uint32_t length;
	uint32_t kind;
};

/* Starts at what was last released. -EBADMSG: impossible cursors. */
int ring_consumer_init(struct ring_consumer *consumer, const struct ring *ring);

/*
 * The frame at the read position. 1: *ret is set; 0: nothing is there; -EBADMSG: the ring is
 * broken, now and from here on. The contents of a frame are the user's to check.
 */
int ring_peek(struct ring_consumer *consumer, struct ring_view *ret);

/* Moves the read position over the frame last peeked at. Its memory stays valid. */
static inline void ring_advance(struct ring_consumer *consumer) {
	consumer->position = consumer->next;
}

/* Gives the memory of everything up to position (a value of consumer->position) back. */
static inline void ring_release(struct ring_consumer *consumer, uint64_t position) {
	consumer->released = position;
	atomic_store_explicit(&consumer->header->consumer, position, memory_order_release);
}

/* Bytes that are published and not yet advanced over; for deciding, not for reading. */
uint64_t ring_readable(const struct ring_consumer *consumer);

/* After ring_release: must the producer's bell be rung? */
bool ring_wake_producer(struct ring_consumer *consumer);

/*
 * Before blocking for at least `bytes` readable bytes. true: block until the bell rings, then
 * ring_consumer_woke. false: they are there (or the ring is broken), do not block.
 */
bool ring_consumer_sleep(struct ring_consumer *consumer, uint64_t bytes);
void ring_consumer_woke(struct ring_consumer *consumer);

#endif
