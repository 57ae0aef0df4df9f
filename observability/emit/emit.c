/* SPDX-License-Identifier: Apache-2.0 */
/* The producer side of the emit ring: set-up and slow paths. Runner thread. */
#include "emit/emit.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"

#define EMIT_MIN_CAPACITY (UINT64_C(64) * 1024)

int emit_new(uint64_t capacity, struct emit **ret) {
	struct emit *emit;
	int r;

	if (capacity < EMIT_MIN_CAPACITY)
		return -EINVAL;
	emit = aligned_alloc(64, (sizeof(*emit) + 63) & ~(size_t)63);
	if (!emit)
		return -ENOMEM;
	*emit = (struct emit){.wakeup_fd = -1, .space_fd = -1, .ring = RING_INIT};
	r = ring_create(&emit->ring, capacity, NULL);
	if (r == 0)
		r = ring_producer_init(&emit->producer, &emit->ring);
	if (r < 0) {
		emit_free(emit);
		return r;
	}
	*ret = emit;
	return 0;
}

struct emit *emit_free(struct emit *emit) {
	if (!emit)
		return NULL;
	fd_close(&emit->space_fd);
	ring_fini(&emit->ring);
	free(emit);
	return NULL;
}

void emit_set_wakeup(struct emit *emit, int eventfd) {
	emit->wakeup_fd = eventfd;
}

int emit_set_block(struct emit *emit, uint32_t timeout_ms) {
	if (emit->space_fd < 0 && timeout_ms) {
		emit->space_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (emit->space_fd < 0)
			return -errno;
	}
	emit->block_timeout_ms = timeout_ms;
	return 0;
}

static void write_bell(int fd) {
	const uint64_t one = 1;

	/* EAGAIN: it has been rung already. */
	while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/*
 * The ring looks more than half full. The look at the flag before the exchange keeps an exporter
 * thread that is awake and behind from costing us a locked instruction per span. In exchange a
 * bell may be missed when it falls asleep at this very moment: the next span rings it, or its
 * timer ends the sleep.
 */
void emit_ring_bell(struct emit *emit) {
	struct ring_producer *producer = &emit->producer;
	struct ring_header *header = producer->header;
	uint64_t released = atomic_load_explicit(&header->consumer, memory_order_acquire);

	if (producer->position - released > producer->capacity)
		return; /* impossible; ring_reserve notices */
	producer->limit = released + producer->capacity;
	if (producer->position - released <= producer->capacity / 2)
		return;
	if (emit->wakeup_fd < 0 ||
	    !atomic_load_explicit(&header->consumer_sleeps, memory_order_relaxed))
		return;
	if (ring_wake_consumer(producer))
		write_bell(emit->wakeup_fd);
}

/* How long may we still wait; 0: not at all. */
static uint64_t left_ns(uint64_t deadline_ns) {
	uint64_t now = clock_monotonic_ns();

	return now < deadline_ns ? deadline_ns - now : 0;
}

static void wait_for_bell(struct emit *emit, uint64_t ns) {
	struct pollfd pollfd = {.fd = emit->space_fd, .events = POLLIN};
	struct timespec timeout = {(time_t)(ns / NS_PER_SECOND), (long)(ns % NS_PER_SECOND)};
	uint64_t count;

	if (ppoll(&pollfd, 1, &timeout, NULL) > 0 &&
	    read(emit->space_fd, &count, sizeof(count)) < 0 && errno != EAGAIN && errno != EINTR)
		emit->block_timeout_ms = 0; /* no bell, no waiting */
}

static void *wait_for_room(struct emit *emit, uint64_t length) {
	struct ring_producer *producer = &emit->producer;
	uint64_t deadline = clock_monotonic_ns() + emit->block_timeout_ms * NS_PER_MS, left;
	void *to = NULL;

	while (!to && emit->block_timeout_ms && (left = left_ns(deadline)) > 0) {
		if (emit->wakeup_fd >= 0 && ring_wake_consumer(producer))
			write_bell(emit->wakeup_fd);
		if (ring_producer_sleep(producer, length)) {
			wait_for_bell(emit, left);
			ring_producer_woke(producer);
		}
		if (producer->broken)
			break;
		to = ring_reserve(producer, length);
	}
	if (!to)
		emit->blocked_until = producer->position;
	return to;
}

/* The ring is full: wait if that is wanted and was not in vain just now, else count the loss. */
void *emit_make_room(struct emit *emit, uint64_t length) {
	struct ring_producer *producer = &emit->producer;
	uint64_t released = producer->limit - producer->capacity;
	void *to = NULL;

	if (emit->block_timeout_ms && length <= ring_max_length(producer->capacity) &&
	    !producer->broken && released >= emit->blocked_until)
		to = wait_for_room(emit, length);
	if (!to)
		emit_count(emit, EMIT_RING_FULL);
	return to;
}

void emit_counters_read(const struct emit *emit, struct emit_counters *ret) {
	struct ring_header *header = emit->ring.header;

	/* In this order: what is started later than the others were read looks alive, not negative. */
	ret->ring_full =
		atomic_load_explicit(&header->producer_words[EMIT_RING_FULL], memory_order_acquire);
	ret->unsampled =
		atomic_load_explicit(&header->producer_words[EMIT_UNSAMPLED], memory_order_relaxed);
	ret->started =
		atomic_load_explicit(&header->producer_words[EMIT_STARTED], memory_order_relaxed);
}

void emit_close(struct emit *emit) {
	atomic_store_explicit(&emit->producer.header->producer_words[EMIT_CLOSED], 1,
			      memory_order_release);
}
