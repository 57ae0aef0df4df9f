/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ring: how bytes cross from one thread or process to another without a lock, a copy in
 * between, or a system call.
 *
 * Memory. One page of header, then `capacity` bytes (a power of two). It holds no pointer, so each
 * side may map it anywhere. It is a memfd that is sealed against shrinking and growing: otherwise
 * a peer could cut it short, and the next access here would be SIGBUS. ring_attach refuses one that
 * is not sealed. Where the kernel refuses memfds the memory is anonymous: enough for the rings
 * inside one process.
 *
 * Cursors. Both are byte counts that only grow (64 bits do not overflow in practice); a place in
 * memory is the cursor modulo the capacity. The producer owns `producer`, the end of what is
 * published. The consumer owns `consumer`, the end of what it gave back. Each is on a line of its
 * own, and each side keeps the value of the other's that it saw last (`limit`): the producer looks
 * at the consumer's cursor only when the ring looks full, the consumer at the producer's only when
 * the ring looks empty, so that in the steady state no line moves between the cores for every frame.
 * The consumer's read position is its own affair: it may read far ahead of what it releases, and
 * space is freed by the release alone. The producer may commit several frames and publish them
 * at once, or take them back (ring_rewind) before that.
 *
 * Frames. Eight bytes in front: length and kind. Frames are aligned to 8 and never wrap: where one
 * does not fit before the end of the memory, a padding frame fills the end and the frame starts at
 * the beginning. In the worst case a frame of n bytes thus needs 2n - 8 free bytes, hence the limit
 * of half the capacity: an empty ring takes any legal frame, wherever its cursors stand.
 *
 * Trust. The other side may be a broken or dying process. Each word that it can write is copied
 * once, checked, and only the copy is used: a cursor must be aligned and within one capacity of
 * ours, a frame must lie within what is published and before the end of the memory, padding must
 * reach that end exactly. Anything else makes this end `broken`, for good: it reads or writes
 * nothing any more, and who owns the ring decides what is done about it. What is inside a frame is
 * checked by whoever reads it.
 *
 * Doorbells. Nobody rings unless the other one sleeps. Who is about to block sets its flag, looks
 * once more, and blocks on its eventfd; the other side publishes (or releases), clears the flag,
 * and writes the eventfd if the flag was set. Both accesses to the flag are exchanges, so they are
 * ordered: if the sleeper's came first, the waker sees the flag and rings; if the waker's came
 * first, the sleeper's exchange read from it, and its second look sees what was published before.
 * No wake-up is lost, and no fence is needed (gcc's TSan does not model fences). A producer that
 * dies between clearing the flag and writing the eventfd does lose one: who watches over the
 * processes rings both bells at every death.
 *
 * A producer that waits for space is woken when half of it is free: once per half ring and not once
 * per frame. It may still find too little for a long frame with its padding; then it sleeps again,
 * and every later release rings again.
 */
#include "base/ring.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* Linux 6.3 */
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

#define RING_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static bool capacity_valid(uint64_t capacity) {
	return capacity >= RING_MIN_CAPACITY && capacity <= RING_MAX_CAPACITY &&
	       !(capacity & (capacity - 1));
}

/* Kernels before 6.3 do not know MFD_NOEXEC_SEAL and say EINVAL. */
static int open_memfd(void) {
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("railyard-ring", flags | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("railyard-ring", flags);
	return fd < 0 ? -errno : fd;
}

/* Maps ring->fd, or anonymous memory when that is -1. A child must not hold it. */
static int map_memory(struct ring *ring, uint64_t capacity) {
	size_t length = RING_HEADER_BYTES + (size_t)capacity;
	int flags = MAP_SHARED | (ring->fd < 0 ? MAP_ANONYMOUS : 0);
	void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, flags, ring->fd, 0);

	if (memory == MAP_FAILED)
		return -errno;
	madvise(memory, length, MADV_DONTFORK);
	ring->header = memory;
	ring->data = (uint8_t *)memory + RING_HEADER_BYTES;
	ring->capacity = capacity;
	return 0;
}

static int size_and_seal(int fd, uint64_t capacity) {
	if (ftruncate(fd, (off_t)(RING_HEADER_BYTES + capacity)) < 0)
		return -errno;
	if (fcntl(fd, F_ADD_SEALS, RING_SEALS) < 0)
		return -errno;
	return 0;
}

int ring_create(struct ring *ring, uint64_t capacity, const struct ring_identity *identity) {
	struct ring made = RING_INIT;
	int r;

	if (!capacity_valid(capacity))
		return -EINVAL;
	made.fd = open_memfd();
	if (made.fd >= 0) {
		r = size_and_seal(made.fd, capacity);
	} else {
		r = made.fd == -EPERM || made.fd == -ENOSYS ? 0 : made.fd;
		made.fd = -1;
	}
	if (r == 0)
		r = map_memory(&made, capacity);
	if (r < 0) {
		fd_close(&made.fd);
		return r;
	}
	assert(made.header);
	made.header->magic = RING_MAGIC;
	made.header->version = RING_VERSION;
	made.header->capacity = capacity;
	if (identity)
		made.header->identity = *identity;
	*ring = made;
	return 0;
}

/* Size and seals of the memory behind fd; what a header claims is checked against it. */
static int check_memory(int fd, uint64_t *ret_capacity) {
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);
	uint64_t capacity;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (seals < 0 || (seals & (F_SEAL_SHRINK | F_SEAL_GROW)) != (F_SEAL_SHRINK | F_SEAL_GROW))
		return -EBADMSG;
	if (st.st_size < (off_t)RING_HEADER_BYTES)
		return -EBADMSG;
	capacity = (uint64_t)st.st_size - RING_HEADER_BYTES;
	if (!capacity_valid(capacity))
		return -EBADMSG;
	*ret_capacity = capacity;
	return 0;
}

static bool header_valid(const struct ring *ring, const struct ring_identity *identity) {
	static const struct ring_identity nobody;
	const struct ring_header *header = ring->header;
	const struct ring_identity *want = identity ? identity : &nobody;

	assert(header);
	return header->magic == RING_MAGIC && header->version == RING_VERSION &&
	       header->capacity == ring->capacity && header->identity.epoch == want->epoch &&
	       !memcmp(header->identity.run_id, want->run_id, sizeof(want->run_id));
}

int ring_attach(struct ring *ring, int fd, const struct ring_identity *identity) {
	struct ring made = RING_INIT;
	uint64_t capacity = 0;
	int r;

	r = check_memory(fd, &capacity);
	if (r < 0)
		return r;
	made.fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (made.fd < 0)
		return -errno;
	r = map_memory(&made, capacity);
	if (r == 0 && !header_valid(&made, identity))
		r = -EBADMSG;
	if (r < 0) {
		ring_fini(&made);
		return r;
	}
	*ring = made;
	return 0;
}

void ring_prefault(const struct ring *ring) {
	/* Only an optimisation: older kernels say EINVAL, and each page comes at its first write. */
	madvise(ring->header, RING_HEADER_BYTES + ring->capacity, MADV_POPULATE_WRITE);
}

void ring_fini(struct ring *ring) {
	if (ring->header)
		munmap(ring->header, RING_HEADER_BYTES + ring->capacity);
	fd_close(&ring->fd);
	*ring = (struct ring)RING_INIT;
}

/* Both cursors, copied once; is the distance possible? */
static int read_cursors(struct ring_header *header, uint64_t capacity, uint64_t *ret_producer,
			uint64_t *ret_consumer) {
	uint64_t consumer = atomic_load_explicit(&header->consumer, memory_order_acquire);
	uint64_t producer = atomic_load_explicit(&header->producer, memory_order_acquire);

	if (((producer | consumer) & 7) || producer - consumer > capacity)
		return -EBADMSG;
	*ret_producer = producer;
	*ret_consumer = consumer;
	return 0;
}

/* -- the producer's end --------------------------------------------------------------------- */

int ring_producer_init(struct ring_producer *producer, const struct ring *ring) {
	uint64_t published, released;
	int r;

	r = read_cursors(ring->header, ring->capacity, &published, &released);
	if (r < 0)
		return r;
	*producer = (struct ring_producer){
		.header = ring->header,
		.data = ring->data,
		.capacity = ring->capacity,
		.position = published,
		.limit = released + ring->capacity,
	};
	return 0;
}

/* Looks at the consumer's cursor. It may only have moved on, and not beyond us. */
static void refresh_limit(struct ring_producer *producer) {
	uint64_t released = atomic_load_explicit(&producer->header->consumer, memory_order_acquire);

	if ((released & 7) || producer->position - released > producer->capacity)
		producer->broken = true;
	else
		producer->limit = released + producer->capacity;
}

/* Padding and frame that a frame of that many bytes takes at the present position. */
static uint64_t bytes_with_padding(const struct ring_producer *producer, uint64_t bytes,
				   uint64_t *ret_padding) {
	uint64_t rest = producer->capacity - (producer->position & (producer->capacity - 1));

	*ret_padding = bytes > rest ? rest : 0;
	return bytes + *ret_padding;
}

void *ring_reserve_slow(struct ring_producer *producer, uint64_t length) {
	uint64_t padding, need, mask = producer->capacity - 1;

	if (producer->broken || length > ring_max_length(producer->capacity))
		return NULL;
	need = bytes_with_padding(producer, ring_frame_bytes(length), &padding);
	if (producer->limit - producer->position < need) {
		refresh_limit(producer);
		if (producer->broken || producer->limit - producer->position < need)
			return NULL;
	}
	if (padding)
		ring_commit(producer, padding - sizeof(struct ring_frame), RING_PADDING);
	return producer->data + (producer->position & mask) + sizeof(struct ring_frame);
}

int ring_rewind(struct ring_producer *producer, uint64_t position) {
	uint64_t published =
		atomic_load_explicit(&producer->header->producer, memory_order_relaxed);

	if (position - published > producer->position - published)
		return -EINVAL;
	producer->position = position;
	return 0;
}

bool ring_producer_sleep(struct ring_producer *producer, uint64_t length) {
	uint64_t padding, need;

	need = bytes_with_padding(producer, ring_frame_bytes(length), &padding);
	atomic_exchange(&producer->header->producer_sleeps, 1);
	refresh_limit(producer);
	if (!producer->broken && producer->limit - producer->position < need)
		return true;
	ring_producer_woke(producer);
	return false;
}

void ring_producer_woke(struct ring_producer *producer) {
	atomic_exchange(&producer->header->producer_sleeps, 0);
}

/* -- the consumer's end --------------------------------------------------------------------- */

int ring_consumer_init(struct ring_consumer *consumer, const struct ring *ring) {
	uint64_t published, released;
	int r;

	r = read_cursors(ring->header, ring->capacity, &published, &released);
	if (r < 0)
		return r;
	*consumer = (struct ring_consumer){
		.header = ring->header,
		.data = ring->data,
		.capacity = ring->capacity,
		.position = released,
		.released = released,
		.limit = published,
		.next = released,
	};
	return 0;
}

/* Looks at the producer's cursor. It may only have moved on, by at most what we have released. */
static int refresh_published(struct ring_consumer *consumer) {
	uint64_t published =
		atomic_load_explicit(&consumer->header->producer, memory_order_acquire);

	if ((published & 7) || published - consumer->released > consumer->capacity ||
	    published - consumer->limit > consumer->capacity) {
		consumer->broken = true;
		return -EBADMSG;
	}
	consumer->limit = published;
	return 0;
}

/* Copies the frame at the position and checks it against what is published. */
static int read_frame(struct ring_consumer *consumer, struct ring_frame *ret) {
	uint64_t offset = consumer->position & (consumer->capacity - 1), bytes;
	uint64_t published = consumer->limit - consumer->position;
	struct ring_frame frame;

	memcpy(&frame, consumer->data + offset, sizeof(frame));
	__asm__ volatile("" ::: "memory"); /* the copy is what is checked and used */
	bytes = ring_frame_bytes(frame.length);
	if (bytes > published || bytes > consumer->capacity - offset ||
	    (frame.kind == RING_PADDING && offset + bytes != consumer->capacity)) {
		consumer->broken = true;
		return -EBADMSG;
	}
	consumer->next = consumer->position + bytes;
	*ret = frame;
	return 0;
}

int ring_peek(struct ring_consumer *consumer, struct ring_view *ret) {
	struct ring_frame frame;

	if (consumer->broken)
		return -EBADMSG;
	do {
		if (consumer->position == consumer->limit) {
			if (refresh_published(consumer) < 0)
				return -EBADMSG;
			if (consumer->position == consumer->limit)
				return 0;
		}
		if (read_frame(consumer, &frame) < 0)
			return -EBADMSG;
		if (frame.kind == RING_PADDING)
			consumer->position = consumer->next;
	} while (frame.kind == RING_PADDING);
	ret->data = consumer->data + (consumer->position & (consumer->capacity - 1)) +
		    sizeof(struct ring_frame);
	ret->length = frame.length;
	ret->kind = frame.kind;
	return 1;
}

uint64_t ring_readable(const struct ring_consumer *consumer) {
	uint64_t published =
		atomic_load_explicit(&consumer->header->producer, memory_order_acquire);
	uint64_t bytes = published - consumer->position;

	return bytes > consumer->capacity ? 0 : bytes;
}

bool ring_wake_producer(struct ring_consumer *consumer) {
	uint64_t published =
		atomic_load_explicit(&consumer->header->producer, memory_order_relaxed);

	if (published - consumer->released > consumer->capacity / 2)
		return false;
	return atomic_exchange(&consumer->header->producer_sleeps, 0) != 0;
}

bool ring_consumer_sleep(struct ring_consumer *consumer, uint64_t bytes) {
	atomic_exchange(&consumer->header->consumer_sleeps, 1);
	if (!consumer->broken && ring_readable(consumer) < bytes)
		return true;
	ring_consumer_woke(consumer);
	return false;
}

void ring_consumer_woke(struct ring_consumer *consumer) {
	atomic_exchange(&consumer->header->consumer_sleeps, 0);
}
