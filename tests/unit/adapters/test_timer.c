/* SPDX-License-Identifier: Apache-2.0 */
#include <poll.h>
#include <unistd.h>

#include "adapters.h"
#include "base/clock.h"
#include "support/fake_host.h"
#include "support/test.h"

#define LIMIT_MS 20000

struct source {
	struct fake_adapter adapter;
	struct fake_task task;
	unsigned want;
};

static struct source source_new(const char *settings) {
	struct source source = {
		.adapter = fake_adapter_open_async(&ry_adapter_timer_source, settings, NULL),
		.task = fake_task_new(ry_adapter_timer_source.ports),
	};

	return source;
}

static void resume(struct source *source) {
	expect_ok(ry_adapter_timer_source.source->resume(source->adapter.self,
							 &source->task.task.emitter));
}

static void source_fini(struct source *source) {
	expect_ok(fake_adapter_close(&source->adapter));
	fake_task_fini(&source->task);
}

static const struct ry_tick *tick(const struct source *source, unsigned i) {
	expect_int(source->task.outputs[i].message.length, sizeof(struct ry_tick));
	return source->task.outputs[i].message.data;
}

static bool has_enough(void *user) {
	const struct source *source = user;

	return source->task.n_outputs >= source->want;
}

static void wait_for(struct source *source, unsigned n) {
	source->want = n;
	expect(fake_host_until(source->adapter.fake, has_enough, source, LIMIT_MS));
}

/* Lets time pass without the loop; poll on nothing is the plain way to spend it. */
static void hold_the_loop(int ms) {
	poll(NULL, 0, ms);
}

START_TEST(ticks_come_at_multiples_of_the_interval)
{
	struct source source = source_new("{\"interval_ms\": 40, \"count\": 4}");
	uint64_t before = clock_monotonic_ns(), first;

	resume(&source);
	wait_for(&source, 4);
	expect(clock_monotonic_ns() - before >= 160 * NS_PER_MS);
	first = tick(&source, 0)->due_unix_ns;
	for (unsigned i = 0; i < 4; i++) {
		const struct ry_tick *t = tick(&source, i);

		expect_int(t->count, i + 1);
		expect(t->fired_unix_ns >= t->due_unix_ns);
		/* Nearly: two clocks are read, one after the other. */
		expect((t->due_unix_ns - first + 10 * NS_PER_MS) % (40 * NS_PER_MS) <
		       20 * NS_PER_MS);
	}
	expect(source.task.ended);
	source_fini(&source);
}
END_TEST

START_TEST(the_first_tick_may_be_due_at_once)
{
	struct source source =
		source_new("{\"interval_ms\": 3600000, \"count\": 1, \"immediate\": true}");

	resume(&source);
	expect_int(source.task.n_outputs, 0); /* in its own callback, not here */
	wait_for(&source, 1);
	expect(source.task.ended);
	source_fini(&source);
}
END_TEST

START_TEST(without_count_it_does_not_end)
{
	struct source source = source_new("{\"interval_ms\": 1}");

	resume(&source);
	wait_for(&source, 20);
	expect(!source.task.ended);
	source_fini(&source);
}
END_TEST

/* All that was due is emitted or missed. */
static void expect_nothing_unaccounted(const struct source *source, uint64_t interval_ms,
				       uint64_t first_due) {
	unsigned n = source->task.n_outputs;
	uint64_t span = tick(source, n - 1)->due_unix_ns - first_due;
	uint64_t intervals = (span + NS_PER_MS / 2) / (interval_ms * NS_PER_MS);

	expect_int(n + (uint64_t)fake_host_metric(source->adapter.fake, "missed"), intervals + 1);
}

START_TEST(ticks_that_a_held_loop_missed_are_one)
{
	struct source source = source_new("{\"interval_ms\": 10, \"immediate\": true}");
	uint64_t first;

	resume(&source);
	wait_for(&source, 1);
	first = tick(&source, 0)->due_unix_ns;
	hold_the_loop(75);
	wait_for(&source, 2);
	expect_int(source.task.n_outputs, 2);
	expect(fake_host_metric(source.adapter.fake, "missed") >= 6);
	expect_int(tick(&source, 1)->count, 2);
	expect(tick(&source, 1)->fired_unix_ns - tick(&source, 1)->due_unix_ns < 75 * NS_PER_MS);
	/* And then in step again. */
	wait_for(&source, 4);
	expect_nothing_unaccounted(&source, 10, first);
	source_fini(&source);
}
END_TEST

START_TEST(without_room_it_waits_for_resume)
{
	struct source source = source_new("{\"interval_ms\": 5, \"immediate\": true}");
	uint64_t first;

	source.task.max_outputs = 2;
	resume(&source);
	wait_for(&source, 2);
	first = tick(&source, 0)->due_unix_ns;
	source.want = 3;
	expect(!fake_host_until(source.adapter.fake, has_enough, &source, 60));
	expect(!fake_host_turn(source.adapter.fake, 20)); /* nor does it try again and again */
	source.task.max_outputs = 0;
	resume(&source);
	wait_for(&source, 3);
	expect_int(source.task.n_outputs, 3);
	expect_int(tick(&source, 2)->count, 3);
	expect(fake_host_metric(source.adapter.fake, "missed") >= 10);
	expect_nothing_unaccounted(&source, 5, first);
	source_fini(&source);
}
END_TEST

START_TEST(after_pause_there_is_silence)
{
	struct source source = source_new("{\"interval_ms\": 1}");
	unsigned n;

	resume(&source);
	wait_for(&source, 2);
	expect_ok(ry_adapter_timer_source.source->pause(source.adapter.self));
	n = source.task.n_outputs;
	expect(!fake_host_turn(source.adapter.fake, 20));
	expect_int(source.task.n_outputs, n);
	source_fini(&source);
}
END_TEST

START_TEST(it_needs_a_loop)
{
	struct fake_host *fake = fake_host_new("timer");
	void *config = fake_config_new(ry_adapter_timer_source.keys,
				       ry_adapter_timer_source.config_size, "{\"interval_ms\": 1}");
	struct ry_create create = {RY_SIZE(ry_create), .host = &fake->host, .config = config};
	void *self = NULL;

	expect_errno(ry_adapter_timer_source.ops->create(&create, &self), ENOTSUP);
	expect(!self);
	fake_config_free(config);
	fake_host_free(fake);
}
END_TEST

TEST_MAIN("adapters/timer", ticks_come_at_multiples_of_the_interval,
	  the_first_tick_may_be_due_at_once, without_count_it_does_not_end,
	  ticks_that_a_held_loop_missed_are_one, without_room_it_waits_for_resume,
	  after_pause_there_is_silence, it_needs_a_loop)
