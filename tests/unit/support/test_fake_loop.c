/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/fake_host.h"
#include "support/test.h"

static const struct ry_loop_service *loop_of(const struct fake_host *fake) {
	return fake->host.get(&fake->host, RY_LOOP, 1);
}

static void count(void *user) {
	++*(unsigned *)user;
}

static bool three(void *user) {
	return *(unsigned *)user >= 3;
}

static void count_io(void *user, uint32_t events) {
	expect_int(events, RY_IO_READ);
	count(user);
}

START_TEST(there_is_no_loop_unless_asked_for)
{
	struct fake_host *fake = fake_host_new("sync");

	expect(!loop_of(fake));
	fake_host_loop(fake);
	expect(loop_of(fake));
	expect(loop_of(fake)->event_base(&fake->host));
	fake_host_free(fake);
}
END_TEST

START_TEST(timers_run_in_turns)
{
	struct fake_host *fake = fake_host_new("async");
	struct ry_timer *once, *often;
	unsigned n_once = 0, n_often = 0;

	fake_host_loop(fake);
	expect_ok(loop_of(fake)->timer_start(&fake->host, 0, 0, count, &n_once, &once));
	expect(fake_host_turn(fake, 10000));
	expect_int(n_once, 1);
	expect(!fake_host_turn(fake, 2));
	expect_int(n_once, 1);
	loop_of(fake)->timer_stop(once);
	expect_ok(loop_of(fake)->timer_start(&fake->host, NS_PER_MS, 1, count, &n_often, &often));
	expect(fake_host_until(fake, three, &n_often, 10000));
	expect_int(n_often, 3);
	expect(!fake_host_until(fake, three, &n_once, 2));
	fake_host_free(fake); /* a timer is left */
}
END_TEST

START_TEST(descriptors_are_watched_and_left_behind)
{
	struct fake_host *fake = fake_host_new("async");
	struct ry_io *io;
	unsigned n = 0;
	int ends[2];

	fake_host_loop(fake);
	expect_ok(pipe(ends));
	expect_ok(loop_of(fake)->io_start(&fake->host, ends[0], RY_IO_READ, count_io, &n, &io));
	expect(!fake_host_turn(fake, 1));
	expect_int(write(ends[1], "a", 1), 1);
	expect(fake_host_turn(fake, 10000));
	expect_int(n, 1);
	fake_host_free(fake);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

struct poster {
	struct fake_host *fake;
	unsigned n;
};

static void *post_thrice(void *user) {
	struct poster *poster = user;

	for (int i = 0; i < 3; i++)
		expect_ok(loop_of(poster->fake)->post(&poster->fake->host, count, &poster->n));
	return NULL;
}

START_TEST(posts_come_from_other_threads)
{
	struct poster poster = {.fake = fake_host_new("async")};
	pthread_t thread;

	fake_host_loop(poster.fake);
	expect_ok(pthread_create(&thread, NULL, post_thrice, &poster));
	expect(fake_host_until(poster.fake, three, &poster.n, 10000));
	expect_ok(pthread_join(thread, NULL));
	fake_host_free(poster.fake);
}
END_TEST

START_TEST(hosts_share_a_loop_and_leave_it_in_any_order)
{
	struct fake_host *first = fake_host_new("first"), *second = fake_host_new("second");
	unsigned n_first = 0, n_second = 0;
	struct ry_timer *timer;

	fake_host_loop(first);
	fake_host_join(second, first);
	expect(loop_of(first)->event_base(&first->host) ==
	       loop_of(second)->event_base(&second->host));
	expect_ok(loop_of(first)->post(&first->host, count, &n_first));
	expect_ok(loop_of(second)->post(&second->host, count, &n_second));
	expect_ok(loop_of(first)->timer_start(&first->host, 0, 0, count, &n_first, &timer));
	fake_host_free(first);
	expect(fake_host_turn(second, 10000));
	expect_int(n_second, 1);
	expect_int(n_first, 0);
	expect_ok(loop_of(second)->post(&second->host, count, &n_second));
	fake_host_free(second);
	expect_int(n_second, 1);
}
END_TEST

TEST_MAIN("support/fake_loop", there_is_no_loop_unless_asked_for, timers_run_in_turns,
	  descriptors_are_watched_and_left_behind, posts_come_from_other_threads,
	  hosts_share_a_loop_and_leave_it_in_any_order)
