/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ry.loop for the fake host, over the runtime's own loop. As in a real host, what a component
 * leaves behind (timers, watches, posts that have not run) ends with its host and never runs.
 */
#include "support/fake_loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "loop/loop.h"
#include "support/fake_host.h"
#include "support/test.h"

struct fake_job {
	struct fake_job *next;
	struct fake_loop *loop;
	const struct ry_host *host; /* NULL: its host is gone */
	void (*fn)(void *user);
	void *user;
};

/* One loop, shared by the hosts that joined it. */
struct fake_loop {
	struct loop *loop;
	unsigned n_hosts;
	pthread_mutex_t lock; /* of jobs */
	struct fake_job *jobs;
};

struct ry_timer {
	struct ry_timer *next;
	struct fake_host *fake;
	struct loop_timer *timer;
	void (*on_timer)(void *user);
	void *user;
};

struct ry_io {
	struct ry_io *next;
	struct fake_host *fake;
	struct loop_io *io;
};

static struct fake_host *fake_of(const struct ry_host *host) {
	return (struct fake_host *)host;
}

static struct event_base *service_event_base(const struct ry_host *host) {
	return loop_event_base(fake_of(host)->loop->loop);
}

/* -- timers --------------------------------------------------------------------------------- */

static void timer_stop(struct ry_timer *timer) {
	struct ry_timer **at;

	if (!timer)
		return;
	for (at = &timer->fake->timers; *at != timer; at = &(*at)->next)
		ck_assert_msg(*at, "a timer that is not one of its host's");
	*at = timer->next;
	loop_timer_free(timer->timer);
	free(timer);
}

/* A one-shot timer's handle stays the component's until it stops it. */
static void on_timer(void *user) {
	struct ry_timer *timer = user;

	timer->on_timer(timer->user);
}

static int timer_start(const struct ry_host *host, uint64_t after_ns, int repeat,
		       void (*fn)(void *user), void *user, struct ry_timer **ret) {
	struct fake_host *fake = fake_of(host);
	struct ry_timer *timer = must_calloc(1, sizeof(*timer));

	*timer =
		(struct ry_timer){.next = fake->timers, .fake = fake, .on_timer = fn, .user = user};
	expect_ok(loop_timer_new(fake->loop->loop, on_timer, timer, &timer->timer));
	expect_ok(loop_timer_set(timer->timer, after_ns, repeat));
	fake->timers = timer;
	*ret = timer;
	return 0;
}

/* -- descriptors ---------------------------------------------------------------------------- */

static void io_stop(struct ry_io *io) {
	struct ry_io **at;

	if (!io)
		return;
	for (at = &io->fake->watches; *at != io; at = &(*at)->next)
		ck_assert_msg(*at, "a watch that is not one of its host's");
	*at = io->next;
	loop_io_stop(io->io);
	free(io);
}

static int io_start(const struct ry_host *host, int fd, uint32_t events,
		    void (*on_io)(void *user, uint32_t events), void *user, struct ry_io **ret) {
	struct fake_host *fake = fake_of(host);
	struct ry_io *io = must_calloc(1, sizeof(*io));
	int r = loop_io_start(fake->loop->loop, fd, events, on_io, user, &io->io);

	if (r < 0) {
		free(io);
		return r;
	}
	io->fake = fake;
	io->next = fake->watches;
	fake->watches = io;
	*ret = io;
	return 0;
}

/* -- posts ---------------------------------------------------------------------------------- */

static void run_job(void *user) {
	struct fake_job *job = user, **at;
	struct fake_loop *loop = job->loop;

	pthread_mutex_lock(&loop->lock);
	for (at = &loop->jobs; *at != job; at = &(*at)->next)
		;
	*at = job->next;
	pthread_mutex_unlock(&loop->lock);
	if (job->host)
		job->fn(job->user);
	free(job);
}

static int post(const struct ry_host *host, void (*fn)(void *user), void *user) {
	struct fake_loop *loop = fake_of(host)->loop;
	struct fake_job *job = must_calloc(1, sizeof(*job));

	*job = (struct fake_job){.loop = loop, .host = host, .fn = fn, .user = user};
	pthread_mutex_lock(&loop->lock);
	job->next = loop->jobs;
	loop->jobs = job;
	pthread_mutex_unlock(&loop->lock);
	return loop_post(loop->loop, run_job, job);
}

const struct ry_loop_service fake_loop_service = {
	RY_SIZE(ry_loop_service),
	.event_base = service_event_base,
	.timer_start = timer_start,
	.timer_stop = timer_stop,
	.io_start = io_start,
	.io_stop = io_stop,
	.post = post,
};

/* -- the hosts of a loop -------------------------------------------------------------------- */

void fake_host_loop(struct fake_host *fake) {
	struct fake_loop *loop = must_calloc(1, sizeof(*loop));

	expect(!fake->loop);
	expect_ok(loop_new(0, &loop->loop));
	pthread_mutex_init(&loop->lock, NULL);
	loop->n_hosts = 1;
	fake->loop = loop;
}

void fake_host_join(struct fake_host *fake, const struct fake_host *other) {
	expect(!fake->loop && other->loop);
	fake->loop = other->loop;
	fake->loop->n_hosts++;
}

static void loop_end(struct fake_loop *loop) {
	struct fake_job *job = loop->jobs;

	loop_free(loop->loop);
	while (job) {
		struct fake_job *next = job->next;

		free(job);
		job = next;
	}
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}

void fake_loop_leave(struct fake_host *fake) {
	struct fake_loop *loop = fake->loop;

	if (!loop)
		return;
	while (fake->timers)
		timer_stop(fake->timers);
	while (fake->watches)
		io_stop(fake->watches);
	pthread_mutex_lock(&loop->lock);
	for (struct fake_job *job = loop->jobs; job; job = job->next)
		if (job->host == &fake->host)
			job->host = NULL;
	pthread_mutex_unlock(&loop->lock);
	if (--loop->n_hosts == 0)
		loop_end(loop);
	fake->loop = NULL;
}

/* -- turning -------------------------------------------------------------------------------- */

static void on_limit(void *user) {
	*(bool *)user = true;
}

bool fake_host_turn(struct fake_host *fake, unsigned limit_ms) {
	struct loop_timer *limit = NULL;
	bool late = false;

	expect_ok(loop_timer_new(fake->loop->loop, on_limit, &late, &limit));
	expect_ok(loop_timer_set(limit, limit_ms * NS_PER_MS, false));
	/* Not loop_run_ready, which does not wait, nor loop_run, which does not end by itself. */
	expect_ok(event_base_loop(loop_event_base(fake->loop->loop), EVLOOP_ONCE));
	loop_timer_free(limit);
	return !late;
}

bool fake_host_until(struct fake_host *fake, bool (*condition)(void *user), void *user,
		     unsigned limit_ms) {
	uint64_t end = clock_monotonic_ns() + limit_ms * NS_PER_MS;

	while (!condition(user)) {
		uint64_t now = clock_monotonic_ns();

		if (now >= end)
			return false;
		fake_host_turn(fake, (unsigned)((end - now) / NS_PER_MS) + 1);
	}
	return true;
}
