/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter thread: what only shows with a real one. */
#include <pthread.h>

#include "fake.h"

/* Waits for a condition that the exporter thread makes true; the lock orders the reads. */
#define wait_for(rig, condition)                                               \
	do {                                                                   \
		uint64_t wait_end = clock_monotonic_ns() + 30 * NS_PER_SECOND; \
		bool wait_met;                                                 \
                                                                               \
		do {                                                           \
			pthread_mutex_lock(&(rig)->pipeline->lock);            \
			wait_met = (condition);                                \
			pthread_mutex_unlock(&(rig)->pipeline->lock);          \
			expect(clock_monotonic_ns() < wait_end);               \
		} while (!wait_met);                                           \
	} while (0)

START_TEST(spans_of_a_running_producer_arrive)
{
	struct rig rig = {0};

	rig_add(&rig, "a")->queue_items = 4096;
	rig_make(&rig);
	expect_ok(export_start(rig.pipeline));
	expect_int(rig.fakes[0].starts, 1);
	for (int i = 0; i < 30; i++) {
		rig_emit(&rig, 100);
		wait_for(&rig, drain_rings_empty(rig.pipeline));
	}
	emit_close(rig.emit);
	expect_ok(export_stop(rig.pipeline, 5000));
	fake_expect_taken(&rig.fakes[0], 0, 3000);
	expect_int(rig.fakes[0].flushes, 1);
	expect_int(rig.fakes[0].stops, 1);
	rig_expect(&rig, 0, 3000, LOSS_COUNT, 0);
	rig_close(&rig);
}
END_TEST

/* Nothing but the timer ends the wait: fewer spans than a batch, no bell. */
START_TEST(a_real_timer_flushes)
{
	struct rig rig = {0};

	rig_add(&rig, "a")->flush_interval_ms = 20;
	rig_make(&rig);
	expect_ok(export_start(rig.pipeline));
	rig_emit(&rig, 3);
	wait_for(&rig, rig.pipeline->destinations[0].exported == 3);
	expect_ok(export_stop(rig.pipeline, 5000));
	rig_close(&rig);
}
END_TEST

/* The poll alone would let the ring overflow: the bell past half full does not. */
START_TEST(the_bell_beats_the_timer)
{
	struct rig rig = {0};

	rig_add(&rig, "a")->queue_items = 100000;
	rig_make(&rig);
	expect_ok(export_start(rig.pipeline));
	rig.pipeline->poll_ns = 3600 * NS_PER_SECOND;
	rig_emit(&rig, 400); /* of 512 */
	wait_for(&rig, drain_rings_empty(rig.pipeline));
	rig_emit(&rig, 400);
	wait_for(&rig, drain_rings_empty(rig.pipeline));
	expect_ok(export_stop(rig.pipeline, 5000));
	rig_expect(&rig, 0, 800, LOSS_COUNT, 0);
	rig_close(&rig);
}
END_TEST

/* Both never come back: whatever a busy machine adds, this is far from waiting for them. */
static void expect_soon(uint64_t ms) {
	ck_assert_msg(ms <= 5000, "%llu ms", (unsigned long long)ms);
}

static uint64_t timed_stop(struct rig *rig, uint32_t timeout_ms, int *ret_r) {
	uint64_t start = clock_monotonic_ns();

	*ret_r = export_stop(rig->pipeline, timeout_ms);
	return (clock_monotonic_ns() - start) / NS_PER_MS;
}

/* An exporter blocked for ever: the stop is in time, everything is accounted, nothing is joined. */
START_TEST(a_hanging_exporter_is_abandoned)
{
	struct export_destination *other;
	struct rig rig = {0};
	int hang[2], r;
	uint64_t ms;

	expect_ok(pipe(hang));
	rig_add(&rig, "hangs");
	other = rig_add(&rig, "other");
	other->queue_items = 10000;
	rig.fakes[0].hang_fd = hang[0];
	rig_make(&rig);
	expect_ok(export_start(rig.pipeline));
	rig_emit(&rig, 60);
	wait_for(&rig, rig.pipeline->destinations[0].state == DESTINATION_CALLING);
	rig_emit(&rig, 40);
	ms = timed_stop(&rig, 100, &r);
	expect_int(r, -ETIMEDOUT);
	expect_soon(ms);
	rig_expect(&rig, 0, 0, LOSS_SHUTDOWN, 100);
	rig_expect_balance(&rig, 1);
	expect_int(rig_counters(&rig, 1).alive, 0);
	/* It comes back after all, when everything else is gone. */
	rig.pipeline = export_free(rig.pipeline);
	rig.emit = emit_free(rig.emit);
	expect_int(write(hang[1], "x", 1), 1);
}
END_TEST

/* The runner never notices: emitting goes on at full speed while an exporter hangs. */
START_TEST(a_hanging_exporter_does_not_block_the_runner)
{
	struct rig rig = {0};
	int hang[2];

	expect_ok(pipe(hang));
	rig_add(&rig, "hangs");
	rig.fakes[0].hang_fd = hang[0];
	rig_make(&rig);
	expect_ok(export_start(rig.pipeline));
	rig_emit(&rig, 20);
	wait_for(&rig, rig.pipeline->destinations[0].state == DESTINATION_CALLING);
	rig_emit(&rig, 5000); /* ten times what fits */
	expect(rig_counters(&rig, 0).dropped[LOSS_RING_FULL] > 4000);
	rig_expect_balance(&rig, 0);
	close(hang[1]); /* end of file: it comes back, and takes everything from here on */
	expect_ok(export_stop(rig.pipeline, 5000));
	expect_int(rig_counters(&rig, 0).alive, 0);
	rig_expect_balance(&rig, 0);
	expect(rig_counters(&rig, 0).exported > 0);
	rig_close(&rig);
	close(hang[0]);
}
END_TEST

START_TEST(a_silent_destination_does_not_hold_up_the_end)
{
	struct rig rig = {0};
	uint64_t ms;
	int r;

	rig_add(&rig, "silent");
	rig.fakes[0].pending = true;
	rig_make(&rig);
	expect_ok(export_start(rig.pipeline));
	rig_emit(&rig, 30);
	ms = timed_stop(&rig, 60, &r);
	expect_ok(r);
	expect_soon(ms);
	rig_expect(&rig, 0, 0, LOSS_SHUTDOWN, 30);
	rig_close(&rig);
}
END_TEST

static void complete_soon(void *user) {
	fake_complete(user, 0);
}

static void post_answer(struct fake *fake, const struct ry_span_batch *batch) {
	(void)batch;
	expect_ok(loop_post(((struct rig *)fake->user)->pipeline->loop, complete_soon, fake));
}

/* An exporter that lives on the loop: answers come from there. */
START_TEST(answers_come_on_the_loop)
{
	struct rig rig = {0};

	rig_add(&rig, "loop")->batch_items = 4;
	rig.fakes[0].pending = true;
	rig_make(&rig);
	rig.fakes[0].look = post_answer;
	rig.fakes[0].user = &rig;
	expect(export_loop(rig.pipeline) != NULL);
	expect_ok(export_start(rig.pipeline));
	rig_emit(&rig, 80);
	wait_for(&rig, rig.pipeline->destinations[0].exported == 80);
	expect_ok(export_stop(rig.pipeline, 5000));
	fake_expect_taken(&rig.fakes[0], 0, 80);
	rig_close(&rig);
}
END_TEST

START_TEST(reopen_reaches_the_exporters)
{
	struct rig rig = {0};

	rig_add(&rig, "a");
	rig_make(&rig);
	expect_ok(export_start(rig.pipeline));
	expect_ok(export_reopen(rig.pipeline));
	wait_for(&rig, rig.fakes[0].reopens == 1);
	expect_ok(export_stop(rig.pipeline, 5000));
	rig_close(&rig);
}
END_TEST

/* Free without stop, and without start. */
START_TEST(exporters_stop_once)
{
	struct rig started = {0}, made = {0};

	rig_add(&started, "a");
	rig_make(&started);
	expect_ok(export_start(started.pipeline));
	rig_close(&started);
	rig_add(&made, "a");
	rig_make(&made);
	rig_close(&made);
	expect_int(started.fakes[0].stops, 1);
	expect_int(made.fakes[0].starts, 0);
	expect_int(made.fakes[0].stops, 0);
	expect(!export_free(NULL));
}
END_TEST

static void *emit_many(void *arg) {
	for (int i = 0; i < 200; i++)
		rig_emit(arg, 1000);
	return NULL;
}

/* The accounts balance at every moment that anybody looks, and at the end exactly. */
START_TEST(accounts_balance_under_load)
{
	struct rig rig = {0};
	struct export_counters counters;
	pthread_t thread;

	rig_add(&rig, "good")->batch_items = 100;
	rig_add(&rig, "small")->queue_items = 10;
	rig_add(&rig, "bad");
	rig.fakes[2].fail_times = -1;
	rig.fakes[2].answer = -EAGAIN;
	rig_make(&rig);
	expect_ok(export_start(rig.pipeline));
	expect_ok(pthread_create(&thread, NULL, emit_many, &rig));
	for (int i = 0; i < 100; i++) {
		counters = rig_counters(&rig, 0);
		expect(counters.alive <= 200000);
	}
	expect_ok(pthread_join(thread, NULL));
	expect_ok(export_stop(rig.pipeline, 3000));
	for (uint32_t i = 0; i < 3; i++) {
		rig_expect_balance(&rig, i);
		expect_int(rig_counters(&rig, i).alive, 0);
	}
	expect(rig_counters(&rig, 0).exported > 0);
	expect_int(rig_counters(&rig, 2).exported, 0);
	rig_close(&rig);
}
END_TEST

TEST_MAIN("export/thread", spans_of_a_running_producer_arrive, a_real_timer_flushes,
	  the_bell_beats_the_timer, a_hanging_exporter_is_abandoned,
	  a_hanging_exporter_does_not_block_the_runner,
	  a_silent_destination_does_not_hold_up_the_end, answers_come_on_the_loop,
	  reopen_reaches_the_exporters, exporters_stop_once, accounts_balance_under_load)
