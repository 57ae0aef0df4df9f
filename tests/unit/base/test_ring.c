/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/test.h"

#define CAPACITY 4096u

struct pair {
	struct ring ring;
	struct ring_producer producer;
	struct ring_consumer consumer;
};

static void open_pair(struct pair *pair, uint64_t capacity) {
	expect_ok(ring_create(&pair->ring, capacity, NULL));
	expect_ok(ring_producer_init(&pair->producer, &pair->ring));
	expect_ok(ring_consumer_init(&pair->consumer, &pair->ring));
}

/* One frame whose bytes are all `fill`. */
static bool put(struct pair *pair, uint32_t length, uint8_t fill) {
	void *to = ring_reserve(&pair->producer, length);

	if (!to)
		return false;
	memset(to, fill, length);
	ring_commit(&pair->producer, length, fill);
	ring_publish(&pair->producer);
	return true;
}

static void expect_frame(struct pair *pair, uint32_t length, uint8_t fill) {
	uint8_t want[CAPACITY];
	struct ring_view view;

	expect_int(ring_peek(&pair->consumer, &view), 1);
	expect_int(view.length, length);
	expect_int(view.kind, fill);
	memset(want, fill, length);
	expect(!memcmp(view.data, want, length));
	expect_int((uintptr_t)view.data & 7, 0);
	ring_advance(&pair->consumer);
}

static void release(struct pair *pair) {
	ring_release(&pair->consumer, pair->consumer.position);
}

START_TEST(frames_arrive_in_order)
{
	struct ring_view view;
	struct pair pair;

	open_pair(&pair, CAPACITY);
	expect_int(ring_peek(&pair.consumer, &view), 0);
	expect(put(&pair, 0, 1) && put(&pair, 1, 2) && put(&pair, 8, 3) && put(&pair, 101, 4));
	expect_int(ring_readable(&pair.consumer), 8 + 16 + 16 + 112);
	expect_frame(&pair, 0, 1);
	expect_frame(&pair, 1, 2);
	expect_frame(&pair, 8, 3);
	expect_frame(&pair, 101, 4);
	expect_int(ring_peek(&pair.consumer, &view), 0);
	ring_fini(&pair.ring);
}
END_TEST

START_TEST(nothing_is_visible_before_publish)
{
	struct ring_view view;
	struct pair pair;
	uint64_t start;

	open_pair(&pair, CAPACITY);
	start = pair.producer.position;
	expect(ring_reserve(&pair.producer, 8) != NULL);
	ring_commit(&pair.producer, 8, 1);
	expect_int(ring_peek(&pair.consumer, &view), 0);
	expect_ok(ring_rewind(&pair.producer, start));
	expect(put(&pair, 16, 2));
	expect_frame(&pair, 16, 2);
	expect_errno(ring_rewind(&pair.producer, start), EINVAL);
	ring_fini(&pair.ring);
}
END_TEST

/* Every length at every offset: padding at the end whatever the distance to it. */
START_TEST(frames_never_wrap)
{
	struct pair pair;
	unsigned n = 0;

	open_pair(&pair, CAPACITY);
	for (uint32_t length = 0; length <= 2040; length += 24)
		for (int repeat = 0; repeat < 40; repeat++, n++) {
			expect(put(&pair, length, (uint8_t)n));
			expect_frame(&pair, length, (uint8_t)n);
			release(&pair);
		}
	expect(pair.producer.position > 20 * CAPACITY);
	ring_fini(&pair.ring);
}
END_TEST

START_TEST(a_full_ring_refuses_and_goes_on_after_release)
{
	struct pair pair;
	unsigned n = 0;

	open_pair(&pair, CAPACITY);
	while (put(&pair, 120, 7))
		n++;
	expect_int(n, CAPACITY / 128);
	for (unsigned i = 0; i < n; i++)
		expect_frame(&pair, 120, 7);
	expect(!put(&pair, 120, 8)); /* read, but not released */
	ring_release(&pair.consumer, 128);
	expect(put(&pair, 120, 8));
	expect(!put(&pair, 120, 9));
	release(&pair);
	expect_frame(&pair, 120, 8);
	ring_fini(&pair.ring);
}
END_TEST

START_TEST(the_longest_frame_fits_wherever_the_cursors_stand)
{
	uint32_t longest = (uint32_t)ring_max_length(CAPACITY);
	struct pair pair;

	open_pair(&pair, CAPACITY);
	expect(ring_reserve(&pair.producer, longest + 1) == NULL);
	expect(ring_reserve(&pair.producer, UINT64_MAX) == NULL);
	for (unsigned i = 0; i < CAPACITY / 8; i++) {
		expect(put(&pair, 0, 1));
		expect_frame(&pair, 0, 1);
		release(&pair);
		expect(put(&pair, longest, 2));
		expect_frame(&pair, longest, 2);
		release(&pair);
	}
	ring_fini(&pair.ring);
}
END_TEST

START_TEST(a_successor_continues_at_the_published_cursors)
{
	struct pair pair, next;
	struct ring_view view;

	open_pair(&pair, CAPACITY);
	expect(put(&pair, 10, 1) && put(&pair, 20, 2));
	expect(ring_reserve(&pair.producer, 30) != NULL);
	ring_commit(&pair.producer, 30, 3); /* dies before it publishes */
	expect_frame(&pair, 10, 1);
	release(&pair);
	expect_frame(&pair, 20, 2); /* dies before it releases */

	expect_ok(ring_attach(&next.ring, pair.ring.fd, NULL));
	expect_ok(ring_producer_init(&next.producer, &next.ring));
	expect_ok(ring_consumer_init(&next.consumer, &next.ring));
	expect(put(&next, 40, 4));
	expect_frame(&next, 20, 2);
	expect_frame(&next, 40, 4);
	expect_int(ring_peek(&next.consumer, &view), 0);
	ring_fini(&next.ring);
	ring_fini(&pair.ring);
}
END_TEST

START_TEST(attach_checks_what_it_is_given)
{
	struct ring_identity mine = {.run_id = {1, 2, 3}, .epoch = 4}, other = mine;
	struct ring ring, again = RING_INIT;
	int fd;

	expect_ok(ring_create(&ring, CAPACITY, &mine));
	expect_ok(ring_attach(&again, ring.fd, &mine));
	expect(fcntl(again.fd, F_GETFD) & FD_CLOEXEC);
	ring_fini(&again);
	other.epoch = 5;
	expect_errno(ring_attach(&again, ring.fd, &other), EBADMSG);
	expect_errno(ring_attach(&again, ring.fd, NULL), EBADMSG);
	ring.header->capacity = 2 * CAPACITY;
	expect_errno(ring_attach(&again, ring.fd, &mine), EBADMSG);
	ring.header->capacity = CAPACITY;
	ring.header->version++;
	expect_errno(ring_attach(&again, ring.fd, &mine), EBADMSG);
	expect(ftruncate(ring.fd, 4096) < 0 && errno == EPERM);
	expect(fcntl(ring.fd, F_ADD_SEALS, F_SEAL_WRITE) < 0 && errno == EPERM);
	expect_int(again.fd, -1);

	/* The same bytes, unsealed. */
	fd = memfd_create("test", MFD_CLOEXEC);
	expect_ok(ftruncate(fd, RING_HEADER_BYTES + CAPACITY));
	expect_errno(ring_attach(&again, fd, NULL), EBADMSG);
	close(fd);
	expect_errno(ring_attach(&again, -1, NULL), EBADF);
	ring_fini(&ring);
}
END_TEST

START_TEST(bad_capacities_are_refused)
{
	struct ring ring;

	expect_errno(ring_create(&ring, 0, NULL), EINVAL);
	expect_errno(ring_create(&ring, 2048, NULL), EINVAL);
	expect_errno(ring_create(&ring, 5000, NULL), EINVAL);
	expect_errno(ring_create(&ring, UINT64_C(1) << 41, NULL), EINVAL);
}
END_TEST

/* What a dying or hostile producer may leave. */
static void expect_broken(uint64_t cursor, struct ring_frame frame) {
	struct ring_view view;
	struct pair pair;

	open_pair(&pair, CAPACITY);
	expect(put(&pair, 24, 1));
	memcpy(pair.ring.data, &frame, sizeof(frame));
	atomic_store(&pair.ring.header->producer, cursor);
	expect_errno(ring_peek(&pair.consumer, &view), EBADMSG);
	atomic_store(&pair.ring.header->producer, 32);
	expect_errno(ring_peek(&pair.consumer, &view), EBADMSG); /* for good */
	expect(!ring_consumer_sleep(&pair.consumer, 1));
	ring_fini(&pair.ring);
}

START_TEST(a_broken_producer_is_noticed)
{
	const struct ring_frame good = {24, 1};

	expect_broken(31, good);
	expect_broken(CAPACITY + 8, good);
	expect_broken(UINT64_MAX & ~UINT64_C(7), good);
	expect_broken(32, (struct ring_frame){25, 1});
	expect_broken(32, (struct ring_frame){UINT32_MAX, 1});
	expect_broken(32, (struct ring_frame){CAPACITY, 1});
	expect_broken(32, (struct ring_frame){24, RING_PADDING});
	expect_broken(8, good);
}
END_TEST

START_TEST(a_frame_beyond_the_end_is_noticed)
{
	struct ring_frame frame = {CAPACITY / 2, 1};
	struct ring_view view;
	struct pair pair;

	open_pair(&pair, CAPACITY);
	for (int i = 0; i < 3; i++) {
		expect(put(&pair, 1016, 1));
		expect_frame(&pair, 1016, 1);
	}
	release(&pair);
	memcpy(pair.ring.data + 3072, &frame, sizeof(frame));
	atomic_store(&pair.ring.header->producer, 3072 + CAPACITY);
	expect_errno(ring_peek(&pair.consumer, &view), EBADMSG);
	ring_fini(&pair.ring);
}
END_TEST

START_TEST(a_broken_consumer_is_noticed)
{
	struct pair pair;

	for (int i = 0; i < 3; i++) {
		const uint64_t cursors[] = {CAPACITY * 2, 4, UINT64_MAX - 7};

		open_pair(&pair, CAPACITY);
		while (put(&pair, 120, 1))
			;
		expect(!pair.producer.broken);
		atomic_store(&pair.ring.header->consumer, cursors[i]);
		expect(!put(&pair, 120, 1));
		expect(pair.producer.broken);
		expect(!ring_producer_sleep(&pair.producer, 8));
		expect_errno(ring_producer_init(&pair.producer, &pair.ring), EBADMSG);
		expect_errno(ring_consumer_init(&pair.consumer, &pair.ring), EBADMSG);
		ring_fini(&pair.ring);
	}
}
END_TEST

START_TEST(bells_ring_for_sleepers_only)
{
	struct pair pair;

	open_pair(&pair, CAPACITY);
	expect(put(&pair, 8, 1));
	expect(!ring_wake_consumer(&pair.producer));
	expect(!ring_consumer_sleep(&pair.consumer, 1)); /* something is there */
	expect(!ring_wake_consumer(&pair.producer));
	expect_frame(&pair, 8, 1);
	release(&pair);
	expect(ring_consumer_sleep(&pair.consumer, 1));
	expect(put(&pair, 8, 1));
	expect(ring_wake_consumer(&pair.producer));
	expect(!ring_wake_consumer(&pair.producer)); /* once */
	ring_consumer_woke(&pair.consumer);
	ring_fini(&pair.ring);
}
END_TEST

START_TEST(a_waiting_producer_is_woken_at_half)
{
	struct pair pair;
	unsigned n = 0;

	open_pair(&pair, CAPACITY);
	expect(!ring_producer_sleep(&pair.producer, 8)); /* there is room */
	while (put(&pair, 120, 1))
		n++;
	expect(ring_producer_sleep(&pair.producer, 120));
	for (unsigned i = 0; i < n; i++) {
		expect_frame(&pair, 120, 1);
		release(&pair);
		expect_int(ring_wake_producer(&pair.consumer), i + 1 == n / 2);
	}
	ring_producer_woke(&pair.producer);
	ring_fini(&pair.ring);
}
END_TEST

/* -- two threads, both of which block --------------------------------------------------------- */

#define STRESS_FRAMES 100000u

struct stress {
	struct pair pair;
	int to_consumer, to_producer;
	unsigned slept;
};

static void bell_ring(int fd) {
	const uint64_t one = 1;

	expect_int(write(fd, &one, sizeof(one)), sizeof(one));
}

static void bell_wait(int fd) {
	uint64_t count;

	expect_int(read(fd, &count, sizeof(count)), sizeof(count));
}

static uint32_t stress_length(uint32_t i) {
	return 4 + (i * 2654435761u >> 23); /* 4..515 */
}

static void *stress_produce(void *arg) {
	struct stress *stress = arg;
	struct ring_producer *producer = &stress->pair.producer;

	for (uint32_t i = 0; i < STRESS_FRAMES; i++) {
		uint32_t length = stress_length(i);
		uint8_t *to;

		while (!(to = ring_reserve(producer, length))) {
			if (ring_producer_sleep(producer, length)) {
				bell_wait(stress->to_producer);
				ring_producer_woke(producer);
			}
		}
		memcpy(to, &i, sizeof(i));
		memset(to + 4, (uint8_t)i, length - 4);
		ring_commit(producer, length, i & 0xff);
		if (i % 3 == 0 || i + 1 == STRESS_FRAMES || i % 7 == 0)
			ring_publish(producer);
		if (ring_wake_consumer(producer))
			bell_ring(stress->to_consumer);
	}
	return NULL;
}

static void stress_check(const struct ring_view *view, uint32_t i) {
	const uint8_t *data = view->data;
	uint32_t number;

	memcpy(&number, data, sizeof(number));
	expect_int(number, i);
	expect_int(view->length, stress_length(i));
	expect_int(view->kind, i & 0xff);
	expect(view->length == 4 ||
	       (data[4] == (uint8_t)i && data[view->length - 1] == (uint8_t)i));
}

START_TEST(two_threads_lose_nothing_and_hang_never)
{
	struct stress stress = {.to_consumer = eventfd(0, EFD_CLOEXEC),
				.to_producer = eventfd(0, EFD_CLOEXEC)};
	struct ring_consumer *consumer = &stress.pair.consumer;
	struct ring_view view;
	pthread_t thread;
	int r;

	open_pair(&stress.pair, CAPACITY);
	expect_ok(pthread_create(&thread, NULL, stress_produce, &stress));
	for (uint32_t i = 0; i < STRESS_FRAMES;) {
		r = ring_peek(consumer, &view);
		expect(r >= 0);
		if (r == 0) {
			ring_release(consumer, consumer->position);
			if (ring_wake_producer(consumer))
				bell_ring(stress.to_producer);
			if (ring_consumer_sleep(consumer, 1)) {
				stress.slept++;
				bell_wait(stress.to_consumer);
				ring_consumer_woke(consumer);
			}
			continue;
		}
		stress_check(&view, i++);
		ring_advance(consumer);
		if (i % 5 == 0)
			ring_release(consumer, consumer->position);
		if (ring_wake_producer(consumer))
			bell_ring(stress.to_producer);
	}
	expect_ok(pthread_join(thread, NULL));
	expect(stress.slept > 0);
	expect_int(ring_peek(consumer, &view), 0);
	ring_fini(&stress.pair.ring);
	close(stress.to_consumer);
	close(stress.to_producer);
}
END_TEST

/* -- kernels that refuse ------------------------------------------------------------------------ */

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))

/* memfd_create with any of these flags fails with error; 0: with whatever flags. */
static void refuse_memfd(unsigned flags, int error) {
	struct sock_filter filter[] = {
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_create, 0, 3),
		LOAD(args[1]), /* its low half: little-endian */
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, flags ? flags : MFD_CLOEXEC, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

	expect_ok(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	expect_ok(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

START_TEST(a_kernel_without_noexec_seal_is_enough)
{
	struct pair pair;

	refuse_memfd(0x8u, EINVAL);
	open_pair(&pair, CAPACITY);
	expect(pair.ring.fd >= 0);
	expect_int(fcntl(pair.ring.fd, F_GET_SEALS) & F_SEAL_SHRINK, F_SEAL_SHRINK);
	ring_fini(&pair.ring);
}
END_TEST

START_TEST(without_memfd_the_memory_is_anonymous)
{
	const int errors[] = {ENOSYS, EPERM};
	struct pair pair;

	for (int i = 0; i < 2; i++) {
		refuse_memfd(0, errors[i]);
		open_pair(&pair, CAPACITY);
		expect_int(pair.ring.fd, -1);
		expect(put(&pair, 100, 1));
		expect_frame(&pair, 100, 1);
		ring_fini(&pair.ring);
	}
}
END_TEST

START_TEST(other_errors_of_memfd_are_reported)
{
	struct ring ring;

	refuse_memfd(0, EMFILE);
	expect_errno(ring_create(&ring, CAPACITY, NULL), EMFILE);
}
END_TEST

TEST_MAIN("base/ring", frames_arrive_in_order, nothing_is_visible_before_publish, frames_never_wrap,
	  a_full_ring_refuses_and_goes_on_after_release,
	  the_longest_frame_fits_wherever_the_cursors_stand,
	  a_successor_continues_at_the_published_cursors, attach_checks_what_it_is_given,
	  bad_capacities_are_refused, a_broken_producer_is_noticed,
	  a_frame_beyond_the_end_is_noticed, a_broken_consumer_is_noticed,
	  bells_ring_for_sleepers_only, a_waiting_producer_is_woken_at_half,
	  two_threads_lose_nothing_and_hang_never, a_kernel_without_noexec_seal_is_enough,
	  without_memfd_the_memory_is_anonymous, other_errors_of_memfd_are_reported)
