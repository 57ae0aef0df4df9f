/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pipeline's thread, and the same work without one.
 *
 * The thread turns the pipeline when its timer fires: at the next thing that is due (a flush
 * interval, a retry, a completed call), and else every poll_ns, as runners ring no bell per span.
 * A runner rings when its ring passes half full while the thread sleeps.
 *
 * Shutdown. export_stop asks the thread to stop and waits until the time is over, and a moment
 * more for the exporters to end. A thread that is still inside an exporter's operation then is
 * abandoned: under the lock everything that is left is counted as lost, and the thread, should it
 * ever come back, sees `abandoned` at the next line and leaves without touching a ring, an exporter
 * or a counter. It is never joined; whoever of the two comes last frees the memory.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "export/pipeline.h"

#define POLL_MIN_NS   (10 * NS_PER_MS)
#define POLL_MAX_NS   (50 * NS_PER_MS)
#define HOLD_NS	      (100 * NS_PER_MS)
#define START_WAIT_NS (2 * NS_PER_SECOND)
#define GRACE_NS      (10 * NS_PER_MS) /* after the deadline, for the exporters to end */

/* -- on the thread -------------------------------------------------------------------------- */

static bool rings_may_yield(struct export_pipeline *pipeline) {
	for (uint32_t i = 0; i < pipeline->n_rings; i++)
		if (!pipeline->rings[i].broken && !emit_reader_finished(&pipeline->rings[i].reader))
			return true;
	return false;
}

/* Tells the runners to ring. false: a ring is past half full already. */
static bool fall_asleep(struct export_pipeline *pipeline) {
	bool asleep = true;

	for (uint32_t i = 0; i < pipeline->n_rings; i++)
		if (!pipeline->rings[i].broken)
			asleep = emit_reader_sleep(&pipeline->rings[i].reader) && asleep;
	/* Rings that are held back may well be full: only time or an answer helps. */
	return asleep || pipeline->held;
}

static void wake_up(struct export_pipeline *pipeline) {
	for (uint32_t i = 0; i < pipeline->n_rings; i++)
		emit_reader_woke(&pipeline->rings[i].reader);
}

static void schedule(struct export_pipeline *pipeline, bool more) {
	const uint64_t now = pipeline_now(pipeline);
	uint64_t next = pipeline_next_ns(pipeline);

	if (rings_may_yield(pipeline) && now + pipeline->poll_ns < next)
		next = now + pipeline->poll_ns;
	if (pipeline->phase != PIPELINE_RUNNING && pipeline->deadline_ns < next)
		next = pipeline->deadline_ns;
	if (more || !fall_asleep(pipeline))
		next = now;
	if (next == NEVER)
		loop_timer_unset(pipeline->timer);
	else
		loop_timer_set(pipeline->timer, next > now ? next - now : 0, false);
}

/* false: abandoned. */
static bool turn_locked(struct export_pipeline *pipeline) {
	bool more = false, done = false;

	wake_up(pipeline);
	if (pipeline->reopen && !pipeline_reopen(pipeline))
		return false;
	if (pipeline->phase == PIPELINE_RUNNING) {
		if (!pipeline_turn(pipeline, &more))
			return false;
	} else if (!pipeline_stop_turn(pipeline, &done, &more)) {
		return false;
	}
	if (done) {
		loop_stop(pipeline->loop);
		return pipeline_finish(pipeline);
	}
	schedule(pipeline, more);
	return true;
}

static void thread_turn(struct export_pipeline *pipeline) {
	pthread_mutex_lock(&pipeline->lock);
	if (pipeline->abandoned || !turn_locked(pipeline))
		loop_stop(pipeline->loop);
	pthread_mutex_unlock(&pipeline->lock);
}

static void on_timer(void *user) {
	thread_turn(user);
}

static void on_bell(void *user, uint32_t events) {
	struct export_pipeline *pipeline = user;
	uint64_t count;

	(void)events;
	if (read(pipeline->bell, &count, sizeof(count)) == sizeof(count))
		thread_turn(pipeline);
}

/* Here, so that neither the start nor the runners' first spans pay for the pages. */
static void prefault_rings(struct export_pipeline *pipeline) {
	for (uint32_t i = 0; i < pipeline->n_rings; i++)
		ring_prefault(&pipeline->rings[i].reader.emit->ring);
}

static void *thread_main(void *arg) {
	struct export_pipeline *pipeline = arg;
	bool run, orphan;

	pthread_mutex_lock(&pipeline->lock);
	run = pipeline_start_exporters(pipeline);
	pthread_cond_broadcast(&pipeline->changed);
	if (run)
		schedule(pipeline, false);
	pthread_mutex_unlock(&pipeline->lock);
	if (run) {
		prefault_rings(pipeline);
		loop_run(pipeline->loop);
	}
	pthread_mutex_lock(&pipeline->lock);
	pipeline->finished = true;
	pipeline->gone = true;
	orphan = pipeline->orphan;
	pthread_cond_broadcast(&pipeline->changed);
	pthread_mutex_unlock(&pipeline->lock);
	if (orphan)
		pipeline_destroy(pipeline);
	return NULL;
}

/* -- starting ------------------------------------------------------------------------------- */

/* A tenth of the shortest flush interval, within bounds: what waits for a flush is seen in time. */
static uint64_t choose_poll_ns(const struct export_pipeline *pipeline) {
	uint64_t poll = POLL_MAX_NS;

	for (uint32_t i = 0; i < pipeline->n_destinations; i++) {
		uint64_t interval = pipeline->destinations[i].config.flush_interval_ms * NS_PER_MS;

		if (interval && interval / 10 < poll)
			poll = interval / 10;
	}
	return poll < POLL_MIN_NS ? POLL_MIN_NS : poll;
}

struct loop *export_loop(struct export_pipeline *pipeline) {
	if (!pipeline->loop && loop_new(0, &pipeline->loop) < 0)
		return NULL;
	return pipeline->loop;
}

static int make_loop(struct export_pipeline *pipeline) {
	int r;

	if (!export_loop(pipeline))
		return -ENOMEM;
	pipeline->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (pipeline->bell < 0)
		return -errno;
	r = loop_io_start(pipeline->loop, pipeline->bell, RY_IO_READ, on_bell, pipeline,
			  &pipeline->bell_io);
	if (r == 0)
		r = loop_timer_new(pipeline->loop, on_timer, pipeline, &pipeline->timer);
	return r;
}

static void wait_changed(struct export_pipeline *pipeline, uint64_t until_ns) {
	const struct timespec until = {(time_t)(until_ns / NS_PER_SECOND),
				       (long)(until_ns % NS_PER_SECOND)};

	pthread_cond_timedwait(&pipeline->changed, &pipeline->lock, &until);
}

/* Signals are for the other threads of the process. */
static int create_thread(struct export_pipeline *pipeline) {
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&pipeline->thread, NULL, thread_main, pipeline);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

int export_start(struct export_pipeline *pipeline) {
	uint64_t until;
	int r;

	r = make_loop(pipeline);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < pipeline->n_rings; i++)
		emit_set_wakeup(pipeline->rings[i].reader.emit, pipeline->bell);
	pipeline->poll_ns = choose_poll_ns(pipeline);
	pipeline->hold_ns = HOLD_NS;
	r = create_thread(pipeline);
	if (r < 0)
		return r;
	pipeline->threaded = true;
	/* One that hangs in its start does not keep the business from starting. */
	until = clock_monotonic_ns() + START_WAIT_NS;
	pthread_mutex_lock(&pipeline->lock);
	while (!pipeline->started && clock_monotonic_ns() < until)
		wait_changed(pipeline, until);
	pthread_mutex_unlock(&pipeline->lock);
	return 0;
}

static void on_reopen(void *user) {
	struct export_pipeline *pipeline = user;

	pthread_mutex_lock(&pipeline->lock);
	pipeline->reopen = true;
	pthread_mutex_unlock(&pipeline->lock);
	thread_turn(pipeline);
}

int export_reopen(struct export_pipeline *pipeline) {
	if (pipeline->threaded)
		return loop_post(pipeline->loop, on_reopen, pipeline);
	pthread_mutex_lock(&pipeline->lock);
	if (pipeline->started)
		pipeline_reopen(pipeline);
	pthread_mutex_unlock(&pipeline->lock);
	return 0;
}

/* -- stopping ------------------------------------------------------------------------------- */

static void on_stop(void *user) {
	thread_turn(user);
}

static int stop_thread(struct export_pipeline *pipeline, uint32_t timeout_ms) {
	uint64_t until = clock_monotonic_ns() + timeout_ms * NS_PER_MS + GRACE_NS;
	int r = 0;

	pthread_mutex_lock(&pipeline->lock);
	pipeline_begin_stop(pipeline, timeout_ms * NS_PER_MS);
	loop_post(pipeline->loop, on_stop, pipeline);
	while (!pipeline->finished && clock_monotonic_ns() < until)
		wait_changed(pipeline, until);
	if (!pipeline->finished) {
		pipeline_give_up(pipeline);
		pipeline->abandoned = true;
		pthread_detach(pipeline->thread);
		pipeline_hand_out_messages(pipeline);
		r = -ETIMEDOUT;
	}
	pthread_mutex_unlock(&pipeline->lock);
	if (r == 0)
		pthread_join(pipeline->thread, NULL);
	pipeline->threaded = false;
	return r;
}

static int stop_here(struct export_pipeline *pipeline, uint32_t timeout_ms) {
	bool done = false, more = false;

	pthread_mutex_lock(&pipeline->lock);
	if (!pipeline->started)
		pipeline_start_exporters(pipeline);
	pipeline_begin_stop(pipeline, timeout_ms * NS_PER_MS);
	while (pipeline_stop_turn(pipeline, &done, &more) && !done) {
		uint64_t next = pipeline_next_ns(pipeline), now = pipeline_now(pipeline);

		if (next > pipeline->deadline_ns)
			next = pipeline->deadline_ns;
		if (pipeline->loop && next > now + NS_PER_MS)
			next = now + NS_PER_MS; /* calls complete on the loop */
		pthread_mutex_unlock(&pipeline->lock);
		if (pipeline->loop)
			loop_run_ready(pipeline->loop);
		if (!more && next > now)
			pipeline->clock.wait_until_ns(pipeline->clock.user, next);
		pthread_mutex_lock(&pipeline->lock);
	}
	pipeline_finish(pipeline);
	pipeline->finished = true;
	pthread_mutex_unlock(&pipeline->lock);
	return 0;
}

int export_stop(struct export_pipeline *pipeline, uint32_t timeout_ms) {
	if (pipeline->threaded)
		return stop_thread(pipeline, timeout_ms);
	return pipeline->finished ? 0 : stop_here(pipeline, timeout_ms);
}

/* -- without a thread ----------------------------------------------------------------------- */

/* Holding back ends by time, or by an answer on the loop. The lock is not held. */
static void wait_held(struct export_pipeline *pipeline, uint64_t until_ns) {
	const uint64_t soon = pipeline_now(pipeline) + NS_PER_MS;

	if (pipeline->loop) {
		loop_run_ready(pipeline->loop);
		until_ns = soon < until_ns ? soon : until_ns;
	}
	pipeline->clock.wait_until_ns(pipeline->clock.user, until_ns);
}

int export_turn(struct export_pipeline *pipeline, bool drain) {
	bool more;

	if (pipeline->threaded || pipeline->finished)
		return -EINVAL;
	if (pipeline->loop)
		loop_run_ready(pipeline->loop);
	pthread_mutex_lock(&pipeline->lock);
	if (!pipeline->started)
		pipeline_start_exporters(pipeline);
	do {
		more = false;
		pipeline_turn(pipeline, &more);
		if (drain && pipeline->held) {
			uint64_t until = drain_next_ns(pipeline);

			pthread_mutex_unlock(&pipeline->lock);
			wait_held(pipeline, until);
			pthread_mutex_lock(&pipeline->lock);
		}
	} while (drain && (more || !drain_rings_empty(pipeline)));
	pthread_mutex_unlock(&pipeline->lock);
	return 0;
}

struct export_pipeline *export_free(struct export_pipeline *pipeline) {
	bool destroy;

	if (!pipeline)
		return NULL;
	if (pipeline->threaded)
		export_stop(pipeline, 0);
	pthread_mutex_lock(&pipeline->lock);
	if (!pipeline->finished && !pipeline->abandoned)
		pipeline_finish(pipeline);
	pipeline->orphan = true;
	destroy = !pipeline->abandoned || pipeline->gone;
	pthread_mutex_unlock(&pipeline->lock);
	if (destroy)
		pipeline_destroy(pipeline);
	return NULL;
}
