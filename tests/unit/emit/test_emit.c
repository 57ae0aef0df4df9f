/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/emit.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "emit/extras.h"
#include "emit/reader.h"
#include "support/test.h"

#define CAPACITY (64u * 1024)
#define RECORD	 128u

struct fixture {
	struct emit *emit;
	struct emit_reader reader;
	int bell;
};

static void fixture_init(struct fixture *f) {
	expect_ok(emit_new(CAPACITY, &f->emit));
	expect_ok(emit_reader_init(&f->reader, f->emit));
	f->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	emit_set_wakeup(f->emit, f->bell);
}

static void fixture_fini(struct fixture *f) {
	f->emit = emit_free(f->emit);
	close(f->bell);
}

static void emit_numbered(struct emit *emit, uint64_t number) {
	const struct emit_span span = {.source_seq = number, .node = 3};

	emit_span(emit, &span, NULL);
}

static bool bell_rang(int fd) {
	uint64_t count;

	return read(fd, &count, sizeof(count)) == sizeof(count);
}

static void expect_counters(const struct emit *emit, uint64_t started, uint64_t unsampled,
			    uint64_t ring_full) {
	struct emit_counters counters;

	emit_counters_read(emit, &counters);
	expect_int(counters.started, started);
	expect_int(counters.unsampled, unsampled);
	expect_int(counters.ring_full, ring_full);
}

START_TEST(records_and_extras_arrive)
{
	const struct ry_field field = {.size = RY_SIZE(ry_field),
				       .type = RY_VALUE_STRING,
				       .name = "who",
				       .v.string = "me"};
	struct emit_span span = {.source_seq = 1, .hop = 2, .error = -5};
	struct extras extras = EXTRAS_INIT;
	const struct emit_span *got;
	const uint8_t *bytes;
	struct extra extra;
	struct fixture f;
	uint32_t at = 0;

	fixture_init(&f);
	expect_ok(extras_attribute(&extras, &field));
	emit_span(f.emit, &span, NULL);
	span.source_seq = 2;
	span.extra_length = extras.length;
	emit_span(f.emit, &span, extras.data);
	emit_unsampled(f.emit);

	expect_int(emit_reader_next(&f.reader, &got, &bytes), 1);
	expect_int(got->source_seq, 1);
	expect_int(emit_reader_next(&f.reader, &got, &bytes), 1);
	expect_int(got->source_seq, 2);
	expect_int(got->hop, 2);
	expect_int(got->error, -5);
	expect_int(extras_next(bytes, got->extra_length, &at, &extra), 1);
	expect_str(extra.name, "who");
	expect_str((const char *)extra.value, "me");
	expect_int(extras_next(bytes, got->extra_length, &at, &extra), 0);
	expect_int(emit_reader_next(&f.reader, &got, &bytes), 0);
	expect_counters(f.emit, 2, 1, 0);
	extras_fini(&extras);
	fixture_fini(&f);
}
END_TEST

START_TEST(a_full_ring_drops_the_new_span)
{
	const struct emit_span *got;
	const uint8_t *bytes;
	struct fixture f;

	fixture_init(&f);
	for (unsigned i = 0; i < CAPACITY / RECORD + 10; i++)
		emit_numbered(f.emit, i);
	expect_counters(f.emit, CAPACITY / RECORD + 10, 0, 10);
	for (unsigned i = 0; i < CAPACITY / RECORD; i++) {
		expect_int(emit_reader_next(&f.reader, &got, &bytes), 1);
		expect_int(got->source_seq, i);
	}
	expect_int(emit_reader_next(&f.reader, &got, &bytes), 0);
	emit_reader_release(&f.reader);
	emit_numbered(f.emit, 1000);
	expect_int(emit_reader_next(&f.reader, &got, &bytes), 1);
	expect_int(got->source_seq, 1000);
	fixture_fini(&f);
}
END_TEST

START_TEST(the_bell_rings_once_past_half_and_for_sleepers_only)
{
	struct fixture f;

	fixture_init(&f);
	expect(emit_reader_sleep(&f.reader));
	for (unsigned i = 0; i < CAPACITY / RECORD / 2; i++)
		emit_numbered(f.emit, i);
	expect(!bell_rang(f.bell));
	expect(!emit_reader_pressed(&f.reader));
	emit_numbered(f.emit, 0);
	expect(bell_rang(f.bell));
	emit_numbered(f.emit, 0);
	expect(!bell_rang(f.bell));
	emit_reader_woke(&f.reader);
	expect(emit_reader_pressed(&f.reader));
	expect(!emit_reader_sleep(&f.reader));
	emit_numbered(f.emit, 0);
	expect(!bell_rang(f.bell));
	fixture_fini(&f);
}
END_TEST

START_TEST(the_end_is_known_after_close)
{
	const struct emit_span *got;
	const uint8_t *bytes;
	struct fixture f;

	fixture_init(&f);
	emit_numbered(f.emit, 1);
	expect(!emit_reader_finished(&f.reader));
	emit_close(f.emit);
	expect(!emit_reader_finished(&f.reader));
	expect_int(emit_reader_next(&f.reader, &got, &bytes), 1);
	expect(emit_reader_finished(&f.reader));
	fixture_fini(&f);
}
END_TEST

START_TEST(malformed_records_are_skipped)
{
	struct emit_span span = {.extra_length = 100};
	const struct emit_span *got;
	const uint8_t *bytes;
	struct fixture f;

	fixture_init(&f);
	memset(ring_reserve(&f.emit->producer, 8), 0, 8);
	ring_commit(&f.emit->producer, 8, 0);
	memcpy(ring_reserve(&f.emit->producer, sizeof(span)), &span, sizeof(span));
	ring_commit(&f.emit->producer, sizeof(span), 0);
	emit_numbered(f.emit, 9);
	expect_errno(emit_reader_next(&f.reader, &got, &bytes), EINVAL);
	expect_errno(emit_reader_next(&f.reader, &got, &bytes), EINVAL);
	expect_int(emit_reader_next(&f.reader, &got, &bytes), 1);
	expect_int(got->source_seq, 9);
	expect_int(f.reader.malformed, 2);
	fixture_fini(&f);
}
END_TEST

START_TEST(small_or_odd_rings_are_refused)
{
	struct emit *emit = NULL;

	expect_errno(emit_new(32 * 1024, &emit), EINVAL);
	expect_errno(emit_new(100000, &emit), EINVAL);
	expect(!emit);
	expect(!emit_free(NULL));
}
END_TEST

/* -- block_with_timeout ------------------------------------------------------------------------- */

static void *drain_when_asked(void *arg) {
	struct fixture *f = arg;
	struct pollfd pollfd = {.fd = f->bell, .events = POLLIN};
	const struct emit_span *got;
	const uint8_t *bytes;

	/* The producer rings when it starts to wait. */
	expect_int(poll(&pollfd, 1, 30000), 1);
	while (emit_reader_next(&f->reader, &got, &bytes) == 1)
		;
	emit_reader_release(&f->reader);
	return NULL;
}

static void fill(struct emit *emit) {
	for (unsigned i = 0; i < CAPACITY / RECORD; i++)
		emit_numbered(emit, i);
}

START_TEST(a_full_ring_waits_for_room)
{
	struct fixture f;
	pthread_t thread;

	fixture_init(&f);
	expect_ok(emit_set_block(f.emit, 30000));
	fill(f.emit);
	expect(!bell_rang(f.bell));
	expect(!emit_reader_sleep(&f.reader));
	/* As the exporter thread does when it holds back: asleep although the ring is full. */
	atomic_store(&f.emit->ring.header->consumer_sleeps, 1);
	expect_ok(pthread_create(&thread, NULL, drain_when_asked, &f));
	emit_numbered(f.emit, 7);
	expect_ok(pthread_join(thread, NULL));
	expect_counters(f.emit, CAPACITY / RECORD + 1, 0, 0);
	fixture_fini(&f);
}
END_TEST

START_TEST(waiting_in_vain_happens_once_until_the_ring_has_drained)
{
	const struct emit_span *got;
	const uint8_t *bytes;
	struct fixture f;
	uint64_t spent;

	fixture_init(&f);
	expect_ok(emit_set_block(f.emit, 20));
	fill(f.emit);
	emit_numbered(f.emit, 7); /* waits 20 ms */
	spent = f.emit->blocked_until;
	expect_int(spent, CAPACITY);
	f.emit->block_timeout_ms = 3600 * 1000; /* would hang if it waited again */
	emit_numbered(f.emit, 7);
	expect_int(emit_reader_next(&f.reader, &got, &bytes), 1);
	emit_reader_release(&f.reader);
	emit_numbered(f.emit, 7);
	emit_numbered(f.emit, 7);
	expect_counters(f.emit, CAPACITY / RECORD + 4, 0, 3);
	/* All that stood in it then is gone: the next one may wait again. */
	while (emit_reader_next(&f.reader, &got, &bytes) == 1)
		;
	emit_reader_release(&f.reader);
	f.emit->block_timeout_ms = 1;
	fill(f.emit);
	emit_numbered(f.emit, 7);
	expect(f.emit->blocked_until > spent);
	fixture_fini(&f);
}
END_TEST

/* -- two threads ------------------------------------------------------------------------------ */

#define STRESS_SPANS 300000u

static void *stress_emit(void *arg) {
	struct emit *emit = arg;

	for (uint64_t i = 0; i < STRESS_SPANS; i++)
		emit_numbered(emit, i);
	emit_close(emit);
	return NULL;
}

START_TEST(what_is_not_dropped_arrives)
{
	const struct emit_span *got;
	const uint8_t *bytes;
	struct emit_counters counters;
	struct pollfd pollfd;
	struct fixture f;
	pthread_t thread;
	uint64_t n = 0, next = 0;

	fixture_init(&f);
	pollfd = (struct pollfd){.fd = f.bell, .events = POLLIN};
	expect_ok(pthread_create(&thread, NULL, stress_emit, f.emit));
	while (!emit_reader_finished(&f.reader)) {
		while (emit_reader_next(&f.reader, &got, &bytes) == 1) {
			expect(got->source_seq >= next);
			next = got->source_seq + 1;
			n++;
		}
		emit_reader_release(&f.reader);
		if (emit_reader_sleep(&f.reader)) {
			poll(&pollfd, 1, 1);
			bell_rang(f.bell);
			emit_reader_woke(&f.reader);
		}
	}
	expect_ok(pthread_join(thread, NULL));
	emit_counters_read(f.emit, &counters);
	expect_int(counters.started, STRESS_SPANS);
	expect_int(n + counters.ring_full, STRESS_SPANS);
	expect_int(f.reader.read, n);
	expect(n > 0);
	fixture_fini(&f);
}
END_TEST

TEST_MAIN("emit/emit", records_and_extras_arrive, a_full_ring_drops_the_new_span,
	  the_bell_rings_once_past_half_and_for_sleepers_only, the_end_is_known_after_close,
	  malformed_records_are_skipped, small_or_odd_rings_are_refused, a_full_ring_waits_for_room,
	  waiting_in_vain_happens_once_until_the_ring_has_drained, what_is_not_dropped_arrives)
