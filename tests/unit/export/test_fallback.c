/* SPDX-License-Identifier: Apache-2.0 */
#include "fake.h"

static const uint32_t to_1[] = {1}, to_1_and_2[] = {1, 2};

/* A primary whose exporter is the first fake, with the others as its fallbacks only. */
static void open_with(struct rig *rig, const uint32_t *fallback, uint32_t n) {
	struct export_destination *primary = rig_add(rig, "primary");

	primary->fallback = fallback;
	primary->n_fallback = n;
	primary->max_retries = 1;
	for (uint32_t i = 0; i < n; i++) {
		struct export_destination *to = rig_add(rig, i ? "second" : "first");

		to->fallback_only = true;
		to->max_retries = 0;
	}
	rig_open(rig);
	trace_random_seed(&rig->pipeline->random, 3);
}

/* Turns until the next thing is due and on, for ms in all. */
static void run_for(struct rig *rig, uint64_t ms) {
	uint64_t until = rig->now + ms * NS_PER_MS;

	while (rig->now < until) {
		uint64_t next = pipeline_next_ns(rig->pipeline);

		rig->now = next < until ? (next > rig->now ? next : rig->now + 1) : until;
		rig_turn(rig);
	}
}

/* OBS-FB-01 */
START_TEST(a_batch_whose_tries_are_used_up_goes_to_the_fallback)
{
	struct rig rig = {0};

	rig.fakes[0].fail_times = -1;
	rig.fakes[0].answer = -EAGAIN;
	open_with(&rig, to_1, 1);
	rig_emit(&rig, 10);
	rig_turn(&rig);
	run_for(&rig, 2000);
	expect_int(rig.fakes[0].calls, 2);
	fake_expect_taken(&rig.fakes[1], 0, 10);
	rig_expect(&rig, 0, 10, LOSS_COUNT, 0);
	expect_int(rig_counters(&rig, 0).exported_fallback, 10);
	expect_int(rig_counters(&rig, 1).exported, 0); /* accounted to their origin */
	expect_int(rig_counters(&rig, 1).batches, 1);
	rig_close(&rig);
}
END_TEST

/* OBS-FB-02 */
START_TEST(a_failing_destination_is_probed_and_taken_back)
{
	struct rig rig = {0};
	struct fake *primary = &rig.fakes[0];
	unsigned before;

	primary->fail_times = -1;
	primary->answer = -EAGAIN;
	open_with(&rig, to_1, 1);
	rig_emit(&rig, 10);
	rig_turn(&rig);
	run_for(&rig, 1500);
	expect(rig.pipeline->destinations[0].failing);
	/* While it fails its spans go straight on, but for a probe of one batch, tried once. */
	before = primary->calls;
	for (int i = 0; i < 20; i++) {
		rig_emit(&rig, 10);
		rig_turn(&rig);
		run_for(&rig, 1000);
	}
	expect(primary->calls > before);
	expect(primary->calls - before <= 20);
	expect_int(rig.fakes[1].n_taken, 210);
	/* It works again: after one probe it gets everything. */
	primary->fail_times = 0;
	rig_emit(&rig, 10);
	rig_turn(&rig);
	run_for(&rig, 1500);
	rig_emit(&rig, 10);
	rig_turn(&rig);
	run_for(&rig, 1500);
	expect(!rig.pipeline->destinations[0].failing);
	before = rig.fakes[1].n_taken;
	rig_emit(&rig, 30);
	rig_turn(&rig);
	run_for(&rig, 1500);
	expect_int(rig.fakes[1].n_taken, before);
	rig_expect(&rig, 0, 260, LOSS_COUNT, 0);
	expect_int(rig_counters(&rig, 0).exported_fallback, before);
	expect_str(rig.messages[0], "2 exporter primary fails; its spans go to its fallback");
	expect_str(rig.messages[1], "1 exporter primary works again");
	expect_int(rig.n_messages, 2);
	rig_close(&rig);
}
END_TEST

/* OBS-FB-03 */
START_TEST(a_fallback_that_fails_too_loses_as_fallback)
{
	struct rig rig = {0};

	rig.fakes[0].fail_times = rig.fakes[1].fail_times = -1;
	rig.fakes[0].answer = -EAGAIN;
	rig.fakes[1].answer = -ENOSPC;
	open_with(&rig, to_1, 1);
	for (int i = 0; i < 5; i++) {
		rig_emit(&rig, 10);
		rig_turn(&rig);
		run_for(&rig, 2000);
	}
	rig_expect(&rig, 0, 0, LOSS_FALLBACK, 50);
	rig_close(&rig);
}
END_TEST

START_TEST(the_next_in_the_list_takes_what_the_first_does_not)
{
	struct rig rig = {0};

	rig.fakes[0].fail_times = rig.fakes[1].fail_times = -1;
	rig.fakes[0].answer = rig.fakes[1].answer = -EAGAIN;
	open_with(&rig, to_1_and_2, 2);
	rig_emit(&rig, 20);
	rig_turn(&rig);
	run_for(&rig, 5000);
	fake_expect_taken(&rig.fakes[2], 0, 20);
	rig_expect(&rig, 0, 20, LOSS_COUNT, 0);
	rig_close(&rig);
}
END_TEST

START_TEST(what_a_fallback_rejects_is_lost_as_fallback)
{
	struct rig rig = {0};

	rig.fakes[0].fail_times = -1;
	rig.fakes[0].answer = -EPERM; /* for good: no retry, but the fallback */
	rig.fakes[1].rejects = 4;
	open_with(&rig, to_1, 1);
	rig_emit(&rig, 10);
	rig_turn(&rig);
	run_for(&rig, 1500);
	expect_int(rig.fakes[0].calls, 1);
	rig_expect(&rig, 0, 6, LOSS_FALLBACK, 4);
	rig_close(&rig);
}
END_TEST

START_TEST(a_full_fallback_loses_as_fallback)
{
	struct rig rig = {0};

	rig.fakes[0].fail_times = -1;
	rig.fakes[0].answer = -EPERM;
	rig.fakes[1].pending = true;
	open_with(&rig, to_1, 1);
	rig.pipeline->destinations[1].queue.max_items = 10;
	rig_emit(&rig, 30);
	rig_turn(&rig); /* 10 in its hand, 10 in its queue */
	expect_int(rig_counters(&rig, 0).alive, 20);
	rig_expect_balance(&rig, 0);
	fake_complete(&rig.fakes[1], 0);
	rig_turn(&rig);
	fake_complete(&rig.fakes[1], 0);
	rig_turn(&rig);
	rig_expect(&rig, 0, 20, LOSS_FALLBACK, 10);
	rig_close(&rig);
}
END_TEST

START_TEST(one_that_did_not_start_uses_its_fallback)
{
	struct rig rig = {0};

	rig.fakes[0].start_answer = -ENOENT;
	open_with(&rig, to_1, 1);
	rig_emit(&rig, 10);
	rig_turn(&rig);
	run_for(&rig, 1500);
	expect_int(rig.fakes[0].calls, 0);
	rig_expect(&rig, 0, 10, LOSS_COUNT, 0);
	expect_int(rig_counters(&rig, 0).exported_fallback, 10);
	rig_close(&rig);
}
END_TEST

START_TEST(at_the_end_what_cannot_be_retried_in_time_goes_to_the_fallback)
{
	struct rig rig = {0};

	rig.fakes[0].fail_times = -1;
	rig.fakes[0].answer = -EAGAIN;
	rig.fakes[0].retry_after_ms = 3600 * 1000;
	open_with(&rig, to_1, 1);
	rig_emit(&rig, 25);
	rig_turn(&rig);
	expect_ok(export_stop(rig.pipeline, 1000));
	fake_expect_taken(&rig.fakes[1], 0, 25);
	rig_expect(&rig, 0, 25, LOSS_COUNT, 0);
	rig_close(&rig);
}
END_TEST

/* A fallback that has spans of its own keeps the accounts apart. */
START_TEST(a_destination_that_is_also_a_fallback)
{
	struct export_destination *primary;
	struct rig rig = {0};

	primary = rig_add(&rig, "primary");
	primary->fallback = to_1;
	primary->n_fallback = 1;
	rig_add(&rig, "both");
	rig.fakes[0].fail_times = -1;
	rig.fakes[0].answer = -EPERM;
	rig_open(&rig);
	rig_emit(&rig, 30);
	expect_ok(export_stop(rig.pipeline, 1000));
	expect_int(rig.fakes[1].n_taken, 60);
	rig_expect(&rig, 0, 30, LOSS_COUNT, 0);
	rig_expect(&rig, 1, 30, LOSS_COUNT, 0);
	expect_int(rig_counters(&rig, 0).exported_fallback, 30);
	expect_int(rig_counters(&rig, 1).exported_fallback, 0);
	rig_close(&rig);
}
END_TEST

TEST_MAIN("export/fallback", a_batch_whose_tries_are_used_up_goes_to_the_fallback,
	  a_failing_destination_is_probed_and_taken_back,
	  a_fallback_that_fails_too_loses_as_fallback,
	  the_next_in_the_list_takes_what_the_first_does_not,
	  what_a_fallback_rejects_is_lost_as_fallback, a_full_fallback_loses_as_fallback,
	  one_that_did_not_start_uses_its_fallback,
	  at_the_end_what_cannot_be_retried_in_time_goes_to_the_fallback,
	  a_destination_that_is_also_a_fallback)
