/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The AsyncRunner: one event loop, whose thread it is. It runs in passes. A pass acts on completed
 * tasks, runs what is queued, and takes and pulls what arrives, until a budget of tasks is used up;
 * then it looks at the loop without blocking. Only when there is nothing to do does it hand the
 * sinks' buffers to the operating system and wait in the loop. Messages are never events of the
 * loop: a pass costs one look at it, however many messages it runs.
 *
 * The budget follows the time that passes take, so that descriptors and timers are looked at several
 * times a millisecond whatever a message costs.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "core.h"
#include "loop/loop.h"

#define BUDGET_MOST   256u
#define PASS_LONG_NS  (400 * 1000ull)
#define PASS_SHORT_NS (100 * 1000ull)

/* A source that waits: for a descriptor, or for a time. */
struct watch {
	struct runner *runner;
	struct node *node;
	struct loop_io *io;
	struct loop_timer *timer;
	bool armed;
};

struct async {
	struct loop *loop;
	struct loop_io *control;
	struct loop_timer *deadline; /* ends a wait when the drain's time is over */
	struct watch *watches;	     /* one per source that is pulled */
	uint32_t budget;
	uint64_t drain_until_ns; /* 0: no deadline */
};

enum progress {
	MORE,  /* there is something to do now */
	IDLE,  /* something has to happen first */
	ENDED, /* the sources have ended, and all of theirs has been taken */
};

/* -- deadlines ------------------------------------------------------------------------------ */

static void arm_deadline(struct runner *runner) {
	struct async *async = runner->own;

	if (async->drain_until_ns || !(stop_requested(runner) || runner->core.failed))
		return;
	async->drain_until_ns = clock_monotonic_ns() + runner->options.drain_timeout_ns;
	/* Without the timer the wait ends with the next event; the deadline is looked at then. */
	(void)loop_timer_set(async->deadline, runner->options.drain_timeout_ns, false);
}

static bool past_deadline(const struct runner *runner) {
	const struct async *async = runner->own;

	return async->drain_until_ns && clock_monotonic_ns() >= async->drain_until_ns;
}

static void on_deadline(void *user) {
	(void)user; /* the loop has returned: that is all */
}

static void on_control(void *user, uint32_t events) {
	(void)events;
	runner_serve_control(user);
}

/* -- waiting sources ------------------------------------------------------------------------ */

static void on_source_time(void *user) {
	struct watch *watch = user;

	watch->armed = false;
	watch->node->source->waiting = false;
}

static void on_source_ready(void *user, uint32_t events) {
	struct watch *watch = user;

	(void)events;
	watch->io = loop_io_stop(watch->io);
	on_source_time(watch);
}

static int watch_time(struct watch *watch, uint64_t after_ns) {
	struct async *async = watch->runner->own;
	int r = 0;

	if (!watch->timer)
		r = loop_timer_new(async->loop, on_source_time, watch, &watch->timer);
	return r < 0 ? r : loop_timer_set(watch->timer, after_ns, false);
}

/* Regular files are always ready, and cannot be watched. */
static int watch_fd(struct watch *watch, int fd) {
	const struct async *async = watch->runner->own;
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (S_ISREG(status.st_mode))
		return watch_time(watch, 0);
	return loop_io_start(async->loop, fd, RY_IO_READ, on_source_ready, watch, &watch->io);
}

static void arm_watch(struct watch *watch) {
	struct node *node = watch->node;
	uint32_t wait_ms = 0;
	int fd, r;

	if (!node->source->waiting || watch->armed)
		return;
	fd = node->adapter->source->wait_fd(node->self, &wait_ms);
	watch->armed = true;
	r = fd >= 0 ? watch_fd(watch, fd) : watch_time(watch, (uint64_t)wait_ms * NS_PER_MS);
	if (r == 0)
		return;
	node_misused(node);
	node->source->ended = true;
	core_fail(&watch->runner->core, node, r, NULL);
}

static void arm_watches(struct runner *runner) {
	struct async *async = runner->own;

	for (uint32_t i = 0; i < runner->core.n_sources; i++)
		if (!runner->core.sources[i]->source->on_loop)
			arm_watch(&async->watches[i]);
}

/* -- passes --------------------------------------------------------------------------------- */

/* As many tasks as take a fraction of a millisecond: halved and doubled by what the last took. */
static void adapt_budget(struct async *async, uint64_t took_ns) {
	if (took_ns > PASS_LONG_NS && async->budget > 1)
		async->budget /= 2;
	else if (took_ns < PASS_SHORT_NS && async->budget < BUDGET_MOST)
		async->budget *= 2;
}

/* Takes, and pulls if it is to, while it may. */
static enum progress take_all(struct core *core, bool pull) {
	/* Sources on the loop may fill up again with each pass: the others get their turn first. */
	bool pull_now = pull && core_emitted(core);

	while (core->fuel && core_may_take(core)) {
		if (!pull_now && core_take(core))
			continue;
		pull_now = false;
		if (!pull)
			return IDLE;
		switch (core_pull(core)) {
		case PULL_SOME:
			break;
		case PULL_WAITING:
			return IDLE;
		case PULL_ENDED:
			return ENDED;
		}
		if (core->failed)
			return IDLE;
	}
	return core->fuel ? IDLE : MORE;
}

static enum progress run_pass(struct core *core, bool pull) {
	enum progress progress;

	flight_complete_all(core);
	if (core_suspended(core))
		core->fuel = 0;
	core_run(core);
	progress = take_all(core, pull);
	if (core->unit->completions || core_runnable(core))
		return MORE;
	/* Without fuel, and with nothing to run, it is a pending task that took the fuel away. */
	return progress == MORE && core_suspended(core) ? IDLE : progress;
}

static enum progress pass(struct runner *runner, bool pull) {
	struct async *async = runner->own;
	struct core *core = &runner->core;
	uint64_t begun = clock_monotonic_ns();
	enum progress progress;

	core->unit->now_ns = 0;
	core->fuel = async->budget;
	core_watch(core);
	progress = run_pass(core, pull);
	core_tell_sources(core);
	if (runner->options.turn)
		runner->options.turn(runner->options.user);
	adapt_budget(async, clock_monotonic_ns() - begun);
	return progress;
}

/* One look at the loop, which blocks when there is nothing to do. */
static void look(struct runner *runner, enum progress progress) {
	struct async *async = runner->own;
	struct core *core = &runner->core;
	bool failed = core->failed;
	int r;

	/* Also when there is more to do: a source that waits is not to wait for the others. */
	arm_watches(runner);
	if (progress == IDLE) {
		core_flush_sinks(core);
		if (core->failed != failed || core->unit->completions || core_runnable(core) ||
		    (core_may_take(core) && core_arrived(core)))
			progress = MORE; /* something has come up */
	}
	r = progress == IDLE ? loop_run_once(async->loop) : loop_run_ready(async->loop);
	if (r < 0)
		core_fail(core, NULL, r, NULL);
}

/* -- the run -------------------------------------------------------------------------------- */

/* Until the sources have ended, the run has failed, or a stop was asked for. */
static void run_sources(struct runner *runner) {
	struct core *core = &runner->core;

	while (!core->failed && !stop_requested(runner)) {
		enum progress progress = pass(runner, true);

		if (progress == ENDED)
			return;
		if (!core->failed)
			look(runner, progress);
	}
}

/* Has the drain to end before all is done? */
static bool cut_short(struct runner *runner) {
	struct runner_result *result = &runner->result;

	arm_deadline(runner);
	result->stopped_now = stop_requested(runner) == STOP_NOW;
	result->late = !result->stopped_now && past_deadline(runner);
	runner->core.cut_short = result->stopped_now || result->late;
	return runner->core.cut_short;
}

static bool all_taken(const struct core *core) {
	for (uint32_t i = 0; i < core->n_sources; i++)
		if (core->sources[i]->source->taken < core->sources[i]->source->n_staged)
			return false;
	return true;
}

/* Completes what has been accepted; where the run fails, what arrived before the failing message. */
static void async_settle(struct core *core) {
	struct runner *runner = runner_of(core);
	uint64_t cancelled = UINT64_MAX;

	while (!cut_short(runner)) {
		enum progress progress;

		if (core->abandoning && core->abandon_from < cancelled) {
			cancelled = core->abandon_from;
			flight_cancel(core);
		}
		progress = pass(runner, false);
		if (core->in_work == 0 && all_taken(core) && progress != MORE)
			return;
		look(runner, progress);
	}
}

static void async_run(struct runner *runner) {
	struct core *core = &runner->core;

	core_resume_sources(core);
	run_sources(runner);
	runner_move(runner, RUNNER_DRAINING);
	core_pause_sources(core);
	async_settle(core);
	if (core->cut_short || core->failed)
		core_abandon(core, core->cut_short);
	if (!core->cut_short)
		core_drain_nodes(core);
	if (core->cut_short)
		core_abandon(core, true);
	core_flush_sinks(core);
	core_tell_sources(core);
}

/* -- creation ------------------------------------------------------------------------------- */

static void async_destroy(struct runner *runner) {
	struct async *async = runner->own;

	for (uint32_t i = 0; async->watches && i < runner->core.n_sources; i++) {
		loop_io_stop(async->watches[i].io);
		loop_timer_free(async->watches[i].timer);
	}
	free(async->watches);
	loop_timer_free(async->deadline);
	loop_io_stop(async->control);
	free(async);
}

static int async_create(struct runner *runner) {
	struct core *core = &runner->core;
	struct async *async = must_calloc(1, sizeof(*async));
	int r;

	runner->own = async;
	async->loop = core->unit->loop;
	async->budget = BUDGET_MOST;
	async->watches = must_calloc(core->n_sources, sizeof(*async->watches));
	for (uint32_t i = 0; i < core->n_sources; i++)
		async->watches[i] = (struct watch){.runner = runner, .node = core->sources[i]};
	core->settle = async_settle;
	r = loop_io_start(async->loop, runner->options.control->wake_fd, RY_IO_READ, on_control,
			  runner, &async->control);
	if (r == 0)
		r = loop_timer_new(async->loop, on_deadline, async, &async->deadline);
	if (r < 0)
		async_destroy(runner);
	return r;
}

const struct runner_ops runner_async = {
	.name = "async",
	.profile = RUNNER_ASYNC,
	.create = async_create,
	.run = async_run,
	.destroy = async_destroy,
};
