/* SPDX-License-Identifier: Apache-2.0 */
/* Batches, queues, retries and the accounting, without a thread and on a clock of the test's. */
#include "fake.h"

START_TEST(a_batch_goes_by_count)
{
	struct rig rig = {0};

	rig_add(&rig, "a")->batch_items = 2;
	rig_open(&rig);
	rig_emit(&rig, 1);
	rig_turn(&rig);
	expect_int(rig.fakes[0].calls, 0);
	rig_emit(&rig, 4);
	rig_turn(&rig);
	expect_int(rig.fakes[0].calls, 2);
	expect_int(rig_counters(&rig, 0).alive, 1);
	rig_expect_balance(&rig, 0);
	expect_ok(export_stop(rig.pipeline, 1000));
	fake_expect_taken(&rig.fakes[0], 0, 5);
	rig_expect(&rig, 0, 5, LOSS_COUNT, 0);
	rig_close(&rig);
}
END_TEST

/* OBS-REQ-05: by time, with no further record arriving. */
START_TEST(a_batch_goes_by_time)
{
	struct rig rig = {0};

	rig_add(&rig, "a")->flush_interval_ms = 100;
	rig_open(&rig);
	rig_emit(&rig, 2);
	rig_turn(&rig);
	expect_int(rig.pipeline->destinations[0].queue.items, 2);
	expect(pipeline_next_ns(rig.pipeline) == rig.now + 100 * NS_PER_MS);
	rig_advance(&rig, 99);
	expect_int(rig.fakes[0].calls, 0);
	rig_advance(&rig, 1);
	expect_int(rig.fakes[0].calls, 1);
	expect_int(rig.fakes[0].last_n, 2);
	rig_close(&rig);
	expect_int(rig.fakes[0].starts, 1);
	expect_int(rig.fakes[0].stops, 1);
}
END_TEST

START_TEST(no_flush_interval_means_by_count_and_at_the_end)
{
	struct rig rig = {0};

	rig_add(&rig, "a")->flush_interval_ms = 0;
	rig_open(&rig);
	rig_emit(&rig, 3);
	rig_advance(&rig, 3600 * 1000);
	expect_int(rig.fakes[0].calls, 0);
	expect(pipeline_next_ns(rig.pipeline) == NEVER);
	expect_ok(export_stop(rig.pipeline, 1000));
	fake_expect_taken(&rig.fakes[0], 0, 3);
	expect_int(rig.fakes[0].flushes, 1);
	rig_expect(&rig, 0, 3, LOSS_COUNT, 0);
	rig_close(&rig);
}
END_TEST

/* OBS-HTTPX-04: two failures, then success: three tries, with backoff between them. */
START_TEST(what_fails_for_now_is_tried_again)
{
	struct rig rig = {0};
	struct fake *fake = &rig.fakes[0];

	rig_add(&rig, "a");
	fake->fail_times = 2;
	fake->answer = -EAGAIN;
	rig_open(&rig);
	trace_random_seed(&rig.pipeline->random, 1);
	rig_emit(&rig, 10);
	rig_turn(&rig);
	expect_int(fake->calls, 1);
	expect_int(rig_counters(&rig, 0).alive, 10);
	while (fake->calls < 3) {
		uint64_t next = pipeline_next_ns(rig.pipeline);

		expect(next != NEVER && next >= rig.now);
		if (next > rig.now + 1) { /* not a moment earlier */
			unsigned calls = fake->calls;

			rig.now = next - 1;
			rig_turn(&rig);
			expect_int(fake->calls, calls);
		}
		rig.now = next;
		rig_turn(&rig);
	}
	expect(fake->called_at[1] - fake->called_at[0] <= 100 * NS_PER_MS);
	expect(fake->called_at[2] - fake->called_at[1] <= 200 * NS_PER_MS);
	fake_expect_taken(fake, 0, 10);
	expect_int(rig_counters(&rig, 0).retries, 2);
	rig_expect(&rig, 0, 10, LOSS_COUNT, 0);
	expect_int(rig.n_messages, 0);
	rig_close(&rig);
}
END_TEST

START_TEST(the_backoff_has_full_jitter_and_a_limit)
{
	uint64_t least = NEVER, most = 0;
	struct rig rig = {0};

	rig_add(&rig, "a");
	rig_open(&rig);
	for (int i = 0; i < 10000; i++) {
		uint64_t first = fallback_backoff_ns(&rig.pipeline->destinations[0], 0);
		uint64_t late = fallback_backoff_ns(&rig.pipeline->destinations[0], 40);

		expect(first <= 100 * NS_PER_MS);
		least = late < least ? late : least;
		most = late > most ? late : most;
	}
	expect(least < 10 * NS_PER_MS);
	expect(most > 990 * NS_PER_MS && most <= 1000 * NS_PER_MS);
	rig_close(&rig);
}
END_TEST

START_TEST(retry_after_is_a_lower_bound)
{
	struct rig rig = {0};

	rig_add(&rig, "a");
	rig.fakes[0].fail_times = 1;
	rig.fakes[0].answer = -EAGAIN;
	rig.fakes[0].retry_after_ms = 5000;
	rig_open(&rig);
	rig_emit(&rig, 10);
	rig_turn(&rig);
	rig_advance(&rig, 4999);
	expect_int(rig.fakes[0].calls, 1);
	rig_advance(&rig, 1);
	expect_int(rig.fakes[0].calls, 2);
	rig_expect(&rig, 0, 10, LOSS_COUNT, 0);
	rig_close(&rig);
}
END_TEST

/* OBS-REQ-04 and its kind: exported 0, dropped all, tries = 1 + max_retries. */
START_TEST(used_up_tries_are_a_timeout)
{
	struct rig rig = {0};

	rig_add(&rig, "a");
	rig.fakes[0].fail_times = -1;
	rig.fakes[0].answer = -EAGAIN;
	rig_open(&rig);
	rig_emit(&rig, 10);
	for (int i = 0; i < 5; i++)
		rig_advance(&rig, 1000);
	expect_int(rig.fakes[0].calls, 3);
	rig_expect(&rig, 0, 0, LOSS_TIMEOUT, 10);
	rig_close(&rig);
}
END_TEST

START_TEST(what_is_refused_for_good_is_not_tried_again)
{
	static const struct {
		int answer;
		enum export_loss reason;
	} cases[] = {
		{-EACCES, LOSS_REJECTED}, {-ENOSPC, LOSS_REJECTED}, {-EMSGSIZE, LOSS_ENCODE},
		{-EILSEQ, LOSS_ENCODE},	  {17, LOSS_REJECTED},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig rig = {0};

		rig_add(&rig, "a");
		rig.fakes[0].fail_times = 1;
		rig.fakes[0].answer = cases[i].answer;
		rig_open(&rig);
		rig_emit(&rig, 10);
		rig_advance(&rig, 60000);
		expect_int(rig.fakes[0].calls, 1);
		rig_expect(&rig, 0, 0, cases[i].reason, 10);
		rig_close(&rig);
	}
}
END_TEST

START_TEST(partial_success_counts_the_rest)
{
	struct rig rig = {0};

	rig_add(&rig, "a");
	rig.fakes[0].rejects = 3;
	rig_open(&rig);
	rig_emit(&rig, 20);
	rig_turn(&rig);
	rig_expect(&rig, 0, 14, LOSS_REJECTED, 6);
	rig.fakes[0].rejects = 4000000000u; /* more than it was given */
	rig_emit(&rig, 10);
	rig_turn(&rig);
	rig_expect(&rig, 0, 14, LOSS_REJECTED, 16);
	rig_close(&rig);
}
END_TEST

/* OBS-AIO-02: queue 1, batch 1, a in flight; then b and c. */
static void one_place(enum export_drop policy, uint64_t kept) {
	struct export_destination *destination;
	struct rig rig = {0};
	struct fake *fake = &rig.fakes[0];

	destination = rig_add(&rig, "a");
	destination->batch_items = destination->queue_items = 1;
	destination->drop_policy = policy;
	fake->pending = true;
	rig_open(&rig);
	for (int i = 0; i < 3; i++) {
		rig_emit(&rig, 1);
		rig_turn(&rig);
	}
	expect_int(fake->calls, 1);
	expect_int(rig_counters(&rig, 0).alive, 2);
	expect_int(rig_counters(&rig, 0).dropped[LOSS_QUEUE_FULL], 1);
	fake_complete(fake, 0);
	rig_turn(&rig);
	fake_complete(fake, 0);
	rig_turn(&rig);
	expect_int(fake->n_taken, 2);
	expect_int(fake->taken[0], 0);
	expect_int(fake->taken[1], kept);
	rig_expect(&rig, 0, 2, LOSS_QUEUE_FULL, 1);
	rig_close(&rig);
}

START_TEST(drop_newest_keeps_what_came_first)
{ one_place(EXPORT_DROP_NEWEST, 1); }
END_TEST

START_TEST(drop_oldest_keeps_what_came_last)
{ one_place(EXPORT_DROP_OLDEST, 2); }
END_TEST

START_TEST(block_holds_the_rings_back_once_per_outage)
{
	struct export_destination *destination;
	struct rig rig = {0};
	struct fake *fake = &rig.fakes[0];

	destination = rig_add(&rig, "a");
	destination->batch_items = destination->queue_items = 1;
	destination->drop_policy = EXPORT_BLOCK_WITH_TIMEOUT;
	destination->block_timeout_ms = 100;
	fake->pending = true;
	rig_open(&rig);
	rig_emit(&rig, 3); /* one in hand, one queued, one held back in its ring */
	rig_turn(&rig);
	rig_advance(&rig, 99);
	expect_int(rig_counters(&rig, 0).alive, 3);
	expect(!drain_rings_empty(rig.pipeline));
	expect(pipeline_next_ns(rig.pipeline) == rig.now + NS_PER_MS);
	rig_advance(&rig, 1);
	expect(drain_rings_empty(rig.pipeline));
	expect_int(rig_counters(&rig, 0).dropped[LOSS_TIMEOUT], 1);
	rig_emit(&rig, 1); /* the outage goes on: no more waiting */
	rig_turn(&rig);
	expect_int(rig_counters(&rig, 0).dropped[LOSS_TIMEOUT], 2);
	/* It comes back, and its queue has been empty: the next outage may hold again. */
	fake_complete(fake, 0);
	rig_turn(&rig);
	fake_complete(fake, 0);
	rig_turn(&rig);
	rig_expect(&rig, 0, 2, LOSS_TIMEOUT, 2);
	rig_emit(&rig, 3);
	rig_turn(&rig);
	expect(!drain_rings_empty(rig.pipeline));
	fake_complete(fake, 0); /* room comes in time */
	rig_turn(&rig);
	expect(drain_rings_empty(rig.pipeline));
	fake_complete(fake, 0);
	rig_turn(&rig);
	fake_complete(fake, 0);
	rig_turn(&rig);
	rig_expect(&rig, 0, 5, LOSS_TIMEOUT, 2);
	rig_close(&rig);
}
END_TEST

START_TEST(a_busy_destination_holds_the_rings_back_for_a_moment)
{
	struct export_destination *destination;
	struct rig rig = {0};
	struct fake *fake = &rig.fakes[0];

	destination = rig_add(&rig, "busy");
	destination->batch_items = destination->queue_items = 10;
	rig_add(&rig, "other");
	fake->pending = true;
	rig_open(&rig);
	rig.pipeline->hold_ns = 100 * NS_PER_MS;
	rig_emit(&rig, 60);
	rig_turn(&rig);
	for (int i = 0; i < 5; i++) {
		fake_complete(fake, 0);
		rig_advance(&rig, 50);
	}
	fake_complete(fake, 0);
	rig_turn(&rig);
	rig_expect(&rig, 0, 60, LOSS_COUNT, 0);
	rig_expect(&rig, 1, 60, LOSS_COUNT, 0);
	/* One that does not come back delays the others by that moment and no more. */
	rig_emit(&rig, 60);
	rig_turn(&rig);
	expect(!drain_rings_empty(rig.pipeline));
	rig_advance(&rig, 100);
	expect(drain_rings_empty(rig.pipeline));
	expect_int(rig_counters(&rig, 1).exported, 120);
	expect_int(rig_counters(&rig, 0).dropped[LOSS_QUEUE_FULL], 40);
	rig_close(&rig);
}
END_TEST

START_TEST(the_queue_is_bounded_in_bytes)
{
	struct export_destination *destination;
	struct rig rig = {0};

	destination = rig_add(&rig, "a");
	destination->batch_items = 100;
	destination->queue_bytes = 5 * CHUNK_SPAN_BYTES;
	rig_open(&rig);
	rig_emit(&rig, 7);
	rig_turn(&rig);
	expect_int(rig.pipeline->destinations[0].queue.items, 5);
	expect_int(rig.pipeline->destinations[0].queue.bytes, 5 * CHUNK_SPAN_BYTES);
	expect_ok(export_stop(rig.pipeline, 1000));
	fake_expect_taken(&rig.fakes[0], 0, 5);
	rig_expect(&rig, 0, 5, LOSS_QUEUE_FULL, 2);
	rig_close(&rig);
}
END_TEST

START_TEST(a_span_that_never_fits_is_dropped_alone)
{
	for (int policy = EXPORT_DROP_NEWEST; policy <= EXPORT_DROP_OLDEST; policy++) {
		struct export_destination *destination;
		struct rig rig = {0};

		destination = rig_add(&rig, "a");
		destination->queue_bytes = CHUNK_SPAN_BYTES - 1;
		destination->drop_policy = (enum export_drop)policy;
		rig_add(&rig, "b");
		rig_open(&rig);
		rig_emit(&rig, 10);
		expect_ok(export_turn(rig.pipeline, true));
		expect_ok(export_stop(rig.pipeline, 1000));
		rig_expect(&rig, 0, 0, LOSS_QUEUE_FULL, 10);
		rig_expect(&rig, 1, 10, LOSS_COUNT, 0);
		rig_close(&rig);
	}
}
END_TEST

START_TEST(one_failing_destination_takes_nothing_from_another)
{
	struct rig rig = {0};

	rig_add(&rig, "dead")->queue_items = 20;
	rig_add(&rig, "alive");
	rig.fakes[0].fail_times = -1;
	rig.fakes[0].answer = -EAGAIN;
	rig_open(&rig);
	for (int i = 0; i < 50; i++) {
		rig_emit(&rig, 20);
		expect_ok(export_turn(rig.pipeline, true));
	}
	expect_ok(export_stop(rig.pipeline, 1000));
	fake_expect_taken(&rig.fakes[1], 0, 1000);
	rig_expect(&rig, 1, 1000, LOSS_COUNT, 0);
	expect_int(rig_counters(&rig, 0).exported, 0);
	expect_int(rig_counters(&rig, 0).alive, 0);
	rig_expect_balance(&rig, 0);
	rig_close(&rig);
}
END_TEST

START_TEST(slices_take_their_part)
{
	struct rig rig = {0};

	rig_add(&rig, "all");
	rig_add(&rig, "business")->slice = 1;
	rig_add(&rig, "platform")->slice = 2;
	rig_open(&rig);
	for (int i = 0; i < 10; i++) {
		rig_emit_of(&rig, 0, 2);
		rig_emit_of(&rig, 2, 1);
	}
	expect_ok(export_stop(rig.pipeline, 1000));
	expect_int(rig_counters(&rig, 0).exported, 30);
	expect_int(rig_counters(&rig, 1).exported, 20);
	expect_int(rig_counters(&rig, 1).filtered, 10);
	expect_int(rig_counters(&rig, 2).exported, 10);
	expect_int(rig_counters(&rig, 2).filtered, 20);
	for (uint32_t i = 0; i < 3; i++)
		rig_expect_balance(&rig, i);
	rig_close(&rig);
}
END_TEST

START_TEST(a_full_ring_is_accounted)
{
	struct rig rig = {0};

	rig_add(&rig, "a")->queue_items = 1000;
	rig_open(&rig);
	rig_emit(&rig, 64 * 1024 / 128 + 5);
	emit_unsampled(rig.emit);
	rig_expect_balance(&rig, 0);
	expect_ok(export_turn(rig.pipeline, true));
	rig_expect_balance(&rig, 0);
	expect_ok(export_stop(rig.pipeline, 1000));
	rig_expect(&rig, 0, 512, LOSS_RING_FULL, 5);
	expect_int(rig.n_messages, 2);
	expect_str(rig.messages[0], "2 spans are lost: ring_full");
	expect_str(rig.messages[1], "2 no more spans are lost to a full ring; 5 were");
	rig_close(&rig);
}
END_TEST

START_TEST(records_that_make_no_sense_are_counted)
{
	struct rig rig = {0};

	rig_add(&rig, "a");
	rig_open(&rig);
	rig_emit(&rig, 1);
	rig_emit_of(&rig, 99, 2); /* no such node */
	rig_emit(&rig, 1);
	expect_ok(export_stop(rig.pipeline, 1000));
	rig_expect(&rig, 0, 2, LOSS_ENCODE, 2);
	rig_close(&rig);
}
END_TEST

START_TEST(a_corrupt_ring_is_accounted)
{
	struct rig rig = {0};

	rig_add(&rig, "a");
	rig_open(&rig);
	rig_emit(&rig, 3);
	rig_turn(&rig);
	rig_emit(&rig, 4);
	memset(rig.emit->ring.data + 3 * 128, 0xff, 4);
	expect_ok(export_stop(rig.pipeline, 1000));
	rig_expect(&rig, 0, 3, LOSS_KILLED, 4);
	rig_close(&rig);
}
END_TEST

START_TEST(loss_is_told_when_it_begins_and_when_it_ends)
{
	struct rig rig = {0};
	struct fake *fake = &rig.fakes[0];

	rig_add(&rig, "jsonl");
	fake->fail_times = 3;
	fake->answer = -ENOSPC;
	rig_open(&rig);
	for (int i = 0; i < 8; i++) {
		rig_emit(&rig, 10);
		rig_turn(&rig);
	}
	expect_int(rig.n_messages, 2);
	expect_str(rig.messages[0], "2 exporter jsonl is losing spans: rejected");
	expect_str(rig.messages[1], "2 exporter jsonl loses no more spans; 30 were lost");
	fake->fail_times = -1;
	rig_emit(&rig, 10);
	expect_ok(export_stop(rig.pipeline, 1000));
	expect_int(rig.n_messages, 4);
	expect_str(rig.messages[3], "2 exporter jsonl lost 10 spans until the end");
	rig_expect(&rig, 0, 50, LOSS_REJECTED, 40);
	rig_close(&rig);
}
END_TEST

START_TEST(one_that_does_not_start_is_told_and_counted)
{
	struct rig rig = {0};

	rig_add(&rig, "a");
	rig_add(&rig, "b");
	rig.fakes[0].start_answer = -EACCES;
	rig_open(&rig);
	rig_emit(&rig, 10);
	rig_turn(&rig);
	expect_ok(export_stop(rig.pipeline, 1000));
	expect_int(rig.fakes[0].calls, 0);
	expect_int(rig.fakes[0].flushes, 0);
	expect_int(rig.fakes[0].stops, 0);
	expect(strstr(rig.messages[0], "exporter a did not start: ") != NULL);
	rig_expect(&rig, 0, 0, LOSS_REJECTED, 10);
	rig_expect(&rig, 1, 10, LOSS_COUNT, 0);
	rig_close(&rig);
}
END_TEST

START_TEST(the_end_waits_for_retries_within_its_time)
{
	struct rig rig = {0};

	rig_add(&rig, "a")->max_retries = 20;
	rig.fakes[0].fail_times = 6;
	rig.fakes[0].answer = -EAGAIN;
	rig_open(&rig);
	rig_emit(&rig, 25);
	expect_ok(export_stop(rig.pipeline, 60000));
	rig_expect(&rig, 0, 25, LOSS_COUNT, 0);
	rig_close(&rig);
}
END_TEST

START_TEST(the_end_does_not_wait_longer)
{
	struct rig rig = {0};
	uint64_t start;

	rig_add(&rig, "later");
	rig_add(&rig, "silent");
	rig.fakes[0].fail_times = -1;
	rig.fakes[0].answer = -EAGAIN;
	rig.fakes[0].retry_after_ms = 3600 * 1000;
	rig.fakes[1].pending = true;
	rig_open(&rig);
	rig_emit(&rig, 25);
	start = rig.now;
	expect_ok(export_stop(rig.pipeline, 500));
	expect(rig.now - start <= 500 * NS_PER_MS);
	rig_expect(&rig, 0, 0, LOSS_SHUTDOWN, 25);
	rig_expect(&rig, 1, 0, LOSS_SHUTDOWN, 25);
	rig_close(&rig);
}
END_TEST

/* More than a queue holds stands in the ring: it is all sent, as long as there is time. */
START_TEST(the_end_sends_what_is_in_the_rings)
{
	struct rig rig = {0};

	rig_add(&rig, "a")->queue_items = 10;
	rig.fakes[0].takes_ns = NS_PER_MS;
	rig_open(&rig);
	rig_emit(&rig, 500);
	expect_ok(export_stop(rig.pipeline, 5000));
	fake_expect_taken(&rig.fakes[0], 0, 500);
	rig_expect(&rig, 0, 500, LOSS_COUNT, 0);
	rig_close(&rig);
}
END_TEST

START_TEST(bad_configurations_are_refused)
{
	const uint32_t self = 0, nobody = 5;
	struct export_pipeline *pipeline = NULL;
	struct rig rig = {0};
	struct export_config config = {.destinations = rig.destinations, .n_destinations = 1};

	rig_add(&rig, "a");
	rig.destinations[0].n_fallback = 1;
	rig.destinations[0].fallback = &self;
	expect_errno(export_new(&config, &pipeline), EINVAL);
	rig.destinations[0].fallback = &nobody;
	expect_errno(export_new(&config, &pipeline), EINVAL);
	rig.destinations[0].n_fallback = 0;
	rig.destinations[0].batch_items = 0;
	expect_errno(export_new(&config, &pipeline), EINVAL);
	rig.destinations[0].batch_items = 1;
	rig.destinations[0].queue_items = 0;
	expect_errno(export_new(&config, &pipeline), EINVAL);
	expect(!pipeline);
}
END_TEST

TEST_MAIN("export/pipeline", a_batch_goes_by_count, a_batch_goes_by_time,
	  no_flush_interval_means_by_count_and_at_the_end, what_fails_for_now_is_tried_again,
	  the_backoff_has_full_jitter_and_a_limit, retry_after_is_a_lower_bound,
	  used_up_tries_are_a_timeout, what_is_refused_for_good_is_not_tried_again,
	  partial_success_counts_the_rest, drop_newest_keeps_what_came_first,
	  drop_oldest_keeps_what_came_last, block_holds_the_rings_back_once_per_outage,
	  a_busy_destination_holds_the_rings_back_for_a_moment, the_queue_is_bounded_in_bytes,
	  a_span_that_never_fits_is_dropped_alone,
	  one_failing_destination_takes_nothing_from_another, slices_take_their_part,
	  a_full_ring_is_accounted, records_that_make_no_sense_are_counted,
	  a_corrupt_ring_is_accounted, loss_is_told_when_it_begins_and_when_it_ends,
	  one_that_does_not_start_is_told_and_counted, the_end_waits_for_retries_within_its_time,
	  the_end_does_not_wait_longer, the_end_sends_what_is_in_the_rings,
	  bad_configurations_are_refused)
