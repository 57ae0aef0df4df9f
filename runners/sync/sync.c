/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SyncRunner: no event base. It takes a message, runs it and everything derived from it to
 * completion, then takes the next. When no source has one it hands the sinks' buffers to the
 * operating system and waits in poll for a source or for control.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "core.h"

struct sync {
	struct pollfd *fds; /* control, then one per source */
	struct node **nodes;
	uint64_t *until_ns; /* per source without a descriptor */
	uint32_t n_sources;
	uint64_t drain_until_ns; /* 0: no deadline */
};

static struct timespec timespec_of(uint64_t ns) {
	return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_SECOND),
				 .tv_nsec = (long)(ns % NS_PER_SECOND)};
}

static void arm_deadline(struct runner *runner, uint64_t now) {
	struct sync *sync = runner->own;

	if (stop_requested(runner) && !sync->drain_until_ns)
		sync->drain_until_ns = now + runner->options.drain_timeout_ns;
}

static bool past_deadline(const struct runner *runner, uint64_t now) {
	const struct sync *sync = runner->own;

	return sync->drain_until_ns && now > sync->drain_until_ns;
}

/* A retry's back-off. A drain lets it go on until the drain's deadline. */
static int sync_wait(struct core *core, uint64_t until_ns) {
	struct runner *runner = runner_of(core);
	const struct sync *sync = runner->own;
	struct pollfd fd = {.fd = runner->options.control->wake_fd, .events = POLLIN};
	uint64_t now;

	while ((now = clock_monotonic_ns()) < until_ns) {
		struct timespec rest;

		arm_deadline(runner, now);
		if (stop_requested(runner) == STOP_NOW || past_deadline(runner, now))
			return -EINTR;
		rest = timespec_of(until_ns - now);
		if (sync->drain_until_ns && sync->drain_until_ns < until_ns)
			rest = timespec_of(sync->drain_until_ns - now + 1);
		if (ppoll(&fd, 1, &rest, NULL) > 0)
			runner_serve_control(runner);
	}
	return 0;
}

static int sync_create(struct runner *runner) {
	struct unit *unit = runner->core.unit;
	struct sync *sync = must_calloc(1, sizeof(*sync));

	while (sync->n_sources < unit->n_nodes &&
	       unit->nodes[sync->n_sources].plan->kind == PLAN_SOURCE)
		sync->n_sources++;
	sync->fds = must_calloc(sync->n_sources + 1, sizeof(*sync->fds));
	sync->nodes = must_calloc(sync->n_sources, sizeof(*sync->nodes));
	sync->until_ns = must_calloc(sync->n_sources, sizeof(*sync->until_ns));
	for (uint32_t i = 0; i < sync->n_sources; i++)
		sync->nodes[i] = &unit->nodes[i];
	runner->core.wait = sync_wait;
	runner->own = sync;
	return 0;
}

static void sync_destroy(struct runner *runner) {
	struct sync *sync = runner->own;

	free(sync->fds);
	free(sync->nodes);
	free(sync->until_ns);
	free(sync);
}

/* What to poll for a waiting source; returns its time limit, or UINT64_MAX. */
static uint64_t prepare(struct node *node, struct pollfd *fd, uint64_t now) {
	const struct ry_source_ops *ops = node->adapter->source;
	uint32_t wait_ms = 0;

	fd->fd = ops->wait_fd(node->self, &wait_ms);
	if (fd->fd >= 0)
		return UINT64_MAX;
	return now + (uint64_t)wait_ms * NS_PER_MS;
}

static uint64_t prepare_all(struct runner *runner, uint64_t now) {
	struct sync *sync = runner->own;
	uint64_t first = UINT64_MAX;

	sync->fds[0] = (struct pollfd){runner->options.control->wake_fd, POLLIN, 0};
	for (uint32_t i = 0; i < sync->n_sources; i++) {
		sync->fds[i + 1] = (struct pollfd){-1, POLLIN, 0};
		sync->until_ns[i] = UINT64_MAX;
		if (sync->nodes[i]->source->waiting)
			sync->until_ns[i] = prepare(sync->nodes[i], &sync->fds[i + 1], now);
		if (sync->until_ns[i] < first)
			first = sync->until_ns[i];
	}
	return first;
}

/* Waiting for a descriptor that is closed would never block. */
static void fail_wait(struct runner *runner, struct node *node) {
	node_misused(node);
	node->source->ended = true;
	core_fail(&runner->core, node, -EBADF, NULL);
}

/* Blocks until a source may have something, or control has. */
static void wait_for_work(struct runner *runner) {
	struct sync *sync = runner->own;
	uint64_t now = clock_monotonic_ns(), first = prepare_all(runner, now);
	struct timespec rest = timespec_of(first - now);
	int n = ppoll(sync->fds, sync->n_sources + 1, first == UINT64_MAX ? NULL : &rest, NULL);

	now = clock_monotonic_ns();
	for (uint32_t i = 0; i < sync->n_sources; i++) {
		struct node *node = sync->nodes[i];

		if ((n > 0 && sync->fds[i + 1].revents) || now >= sync->until_ns[i])
			node->source->waiting = false;
		if (n > 0 && sync->fds[i + 1].revents & POLLNVAL)
			fail_wait(runner, node);
	}
	if (n > 0 && sync->fds[0].revents)
		runner_serve_control(runner);
}

/* Until the sources have ended, the run has failed, or a stop was asked for. */
static void run_sources(struct runner *runner) {
	struct core *core = &runner->core;

	while (!core->failed && !stop_requested(runner)) {
		enum pull_state state;

		if (core_take(core))
			continue;
		if (atomic_load_explicit(&runner->options.control->reopen, memory_order_relaxed))
			runner_serve_control(runner);
		if (runner->options.turn)
			runner->options.turn(runner->options.user);
		core_tell_sources(core);
		state = core_pull(core);
		if (state == PULL_ENDED)
			return;
		if (state == PULL_WAITING) {
			core_flush_sinks(core);
			if (!core->failed)
				wait_for_work(runner);
		}
	}
}

/* Completes what was accepted; abandons it where the run failed, or time or the user says so. */
static void complete_accepted(struct runner *runner) {
	struct core *core = &runner->core;
	struct runner_result *result = &runner->result;

	arm_deadline(runner, clock_monotonic_ns());
	while (!core->failed && stop_requested(runner) != STOP_NOW &&
	       !past_deadline(runner, clock_monotonic_ns()) && core_take(core)) {
	}
	result->stopped_now = stop_requested(runner) == STOP_NOW;
	result->late = past_deadline(runner, clock_monotonic_ns());
	core_abandon(core, result->stopped_now || result->late);
}

static void sync_run(struct runner *runner) {
	struct core *core = &runner->core;

	run_sources(runner);
	runner_move(runner, RUNNER_DRAINING);
	complete_accepted(runner);
	if (!runner->result.stopped_now && !runner->result.late)
		core_drain_nodes(core);
	core_flush_sinks(core);
	core_tell_sources(core);
}

const struct runner_ops runner_sync = {
	.name = "sync",
	.profile = RUNNER_SYNC,
	.create = sync_create,
	.run = sync_run,
	.destroy = sync_destroy,
};
