/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/loop.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/test.h"

struct fixture {
	struct loop *loop;
	struct loop_timer *timer;
	struct loop_io *io;
	int pipe[2];
	unsigned n;
	unsigned limit;
	uint32_t events;
};

static void fixture_init(struct fixture *f) {
	*f = (struct fixture){.limit = 1};
	expect_ok(loop_new(LOOP_PRECISE, &f->loop));
	expect_ok(pipe(f->pipe));
}

static void fixture_fini(struct fixture *f) {
	f->io = loop_io_stop(f->io);
	f->timer = loop_timer_free(f->timer);
	f->loop = loop_free(f->loop);
	close(f->pipe[0]);
	close(f->pipe[1]);
}

static void count(void *user) {
	struct fixture *f = user;

	if (++f->n >= f->limit)
		loop_stop(f->loop);
}

START_TEST(a_timer_fires_after_its_time)
{
	struct fixture f;
	uint64_t start;

	fixture_init(&f);
	expect_ok(loop_timer_new(f.loop, count, &f, &f.timer));
	start = clock_monotonic_ns();
	expect_ok(loop_timer_set(f.timer, 5 * NS_PER_MS, false));
	expect_ok(loop_run(f.loop));
	expect_int(f.n, 1);
	expect(clock_monotonic_ns() - start >= 5 * NS_PER_MS);
	expect_ok(loop_run_ready(f.loop));
	expect_int(f.n, 1);
	fixture_fini(&f);
}
END_TEST

START_TEST(a_repeating_timer_repeats_and_can_be_moved_and_unset)
{
	struct fixture f;

	fixture_init(&f);
	f.limit = 3;
	expect_ok(loop_timer_new(f.loop, count, &f, &f.timer));
	expect_ok(loop_timer_set(f.timer, 3600 * NS_PER_SECOND, false));
	expect_ok(loop_timer_set(f.timer, NS_PER_MS, true));
	expect_ok(loop_run(f.loop));
	expect_int(f.n, 3);
	loop_timer_unset(f.timer);
	expect_ok(loop_post(f.loop, count, &f)); /* ends the run */
	expect_ok(loop_run(f.loop));
	expect_int(f.n, 4);
	fixture_fini(&f);
}
END_TEST

static void on_timer_free(void *user) {
	struct fixture *f = user;

	f->timer = loop_timer_free(f->timer);
	count(f);
}

START_TEST(a_timer_may_be_freed_by_its_handler)
{
	struct fixture f;

	fixture_init(&f);
	expect_ok(loop_timer_new(f.loop, on_timer_free, &f, &f.timer));
	expect_ok(loop_timer_set(f.timer, 0, true));
	expect_ok(loop_run(f.loop));
	expect(!f.timer);
	fixture_fini(&f);
}
END_TEST

static void on_io(void *user, uint32_t events) {
	struct fixture *f = user;
	char c;

	f->events = events;
	if (events & RY_IO_READ)
		expect_int(read(f->pipe[0], &c, 1), 1);
	else
		f->io = loop_io_stop(f->io);
	count(f);
}

START_TEST(descriptors_are_watched)
{
	struct fixture f;

	fixture_init(&f);
	f.limit = 2;
	expect_ok(loop_io_start(f.loop, f.pipe[0], RY_IO_READ, on_io, &f, &f.io));
	expect_ok(loop_run_ready(f.loop));
	expect_int(f.n, 0);
	expect_int(write(f.pipe[1], "ab", 2), 2);
	expect_ok(loop_run(f.loop));
	expect_int(f.n, 2);
	expect_int(f.events, RY_IO_READ);
	f.io = loop_io_stop(f.io);
	expect_ok(loop_io_start(f.loop, f.pipe[1], RY_IO_WRITE, on_io, &f, &f.io));
	expect_ok(loop_run(f.loop));
	expect_int(f.events, RY_IO_WRITE);
	expect(!f.io);
	expect_errno(loop_io_start(f.loop, -1, RY_IO_READ, on_io, &f, &f.io), EINVAL);
	expect_errno(loop_io_start(f.loop, 0, 0, on_io, &f, &f.io), EINVAL);
	fixture_fini(&f);
}
END_TEST

START_TEST(a_stop_before_the_run_counts)
{
	struct fixture f;

	fixture_init(&f);
	loop_stop(f.loop);
	expect_ok(loop_run(f.loop));
	fixture_fini(&f);
}
END_TEST

/* -- posting from other threads ----------------------------------------------------------------- */

#define THREADS 4u
#define POSTS	5000u

struct poster {
	struct fixture *f;
	unsigned next;	   /* poster */
	unsigned received; /* loop */
	pthread_t thread;
};

struct numbered {
	struct poster *poster;
	unsigned number;
};

static void on_job(void *user) {
	struct numbered *job = user;

	expect_int(job->number, job->poster->received);
	job->poster->received++;
	count(job->poster->f);
	free(job);
}

static void *post_many(void *arg) {
	struct poster *poster = arg;

	for (unsigned i = 0; i < POSTS; i++) {
		struct numbered *job = malloc(sizeof(*job));

		*job = (struct numbered){poster, i};
		expect_ok(loop_post(poster->f->loop, on_job, job));
	}
	return NULL;
}

START_TEST(jobs_of_one_thread_run_in_order_and_none_is_lost)
{
	struct poster posters[THREADS] = {0};
	struct fixture f;

	fixture_init(&f);
	f.limit = THREADS * POSTS;
	for (unsigned i = 0; i < THREADS; i++) {
		posters[i].f = &f;
		expect_ok(pthread_create(&posters[i].thread, NULL, post_many, &posters[i]));
	}
	expect_ok(loop_run(f.loop));
	for (unsigned i = 0; i < THREADS; i++) {
		expect_ok(pthread_join(posters[i].thread, NULL));
		expect_int(posters[i].received, POSTS);
	}
	expect_int(f.n, THREADS * POSTS);
	fixture_fini(&f);
}
END_TEST

static void post_again(void *user) {
	struct fixture *f = user;

	f->n++;
	expect_ok(loop_post(f->loop, post_again, f));
}

/* A job that posts itself again for ever, and still the descriptor is seen. */
START_TEST(io_is_not_starved_by_jobs)
{
	struct fixture f;

	fixture_init(&f);
	expect_ok(loop_io_start(f.loop, f.pipe[0], RY_IO_READ, on_io, &f, &f.io));
	expect_ok(loop_post(f.loop, post_again, &f));
	expect_int(write(f.pipe[1], "a", 1), 1);
	f.limit = 1;
	expect_ok(loop_run(f.loop));
	expect_int(f.events, RY_IO_READ);
	fixture_fini(&f); /* drops the job that is left */
}
END_TEST

static void must_not_run(void *user) {
	struct fixture *f = user;

	f->n += 1000;
}

static void drop_the_others(void *user) {
	struct fixture *f = user;

	loop_unpost(f->loop, must_not_run, f);
	count(f);
}

START_TEST(a_job_can_be_dropped_before_it_runs)
{
	struct fixture f;

	fixture_init(&f);
	f.limit = 4;
	expect_ok(loop_post(f.loop, must_not_run, &f));
	expect_ok(loop_post(f.loop, count, &f));
	loop_unpost(f.loop, must_not_run, &f);
	expect_ok(
		loop_post(f.loop, drop_the_others, &f)); /* those behind it in the same pass, too */
	expect_ok(loop_post(f.loop, must_not_run, &f));
	expect_ok(loop_post(f.loop, must_not_run, f.pipe)); /* dropped with the loop */
	loop_unpost(f.loop, must_not_run, f.pipe);
	expect_ok(loop_post(f.loop, count, &f));
	expect_ok(loop_run_ready(f.loop));
	expect_int(f.n, 3);
	expect_ok(loop_post(f.loop, count, &f));
	expect_ok(loop_run(f.loop));
	expect_int(f.n, 4);
	fixture_fini(&f);
}
END_TEST

START_TEST(a_turn_waits_for_what_comes_next)
{
	struct fixture f;

	fixture_init(&f);
	f.limit = 100;
	expect_ok(loop_timer_new(f.loop, count, &f, &f.timer));
	expect_ok(loop_timer_set(f.timer, NS_PER_MS, false));
	while (f.n == 0)
		expect_ok(loop_run_once(f.loop));
	expect_int(f.n, 1);
	fixture_fini(&f);
}
END_TEST

TEST_MAIN("loop/loop", a_timer_fires_after_its_time,
	  a_repeating_timer_repeats_and_can_be_moved_and_unset, a_timer_may_be_freed_by_its_handler,
	  descriptors_are_watched, a_stop_before_the_run_counts,
	  jobs_of_one_thread_run_in_order_and_none_is_lost, io_is_not_starved_by_jobs,
	  a_job_can_be_dropped_before_it_runs, a_turn_waits_for_what_comes_next)
