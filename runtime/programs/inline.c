/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run in one process: the unit with all nodes, one runner, the exporter thread beside it; from
 * the first start to the account.
 *
 * Exit codes (docs/operations.md): 0 done; 1 the run failed; 75 the drain deadline passed and
 * accepted messages were abandoned; 130 or 143 after a second signal.
 */
#include "programs/inline.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/errname.h"
#include "base/fd.h"
#include "commands/commands.h"
#include "loop/loop.h"
#include "node/bridge.h"
#include "programs/accounting.h"
#include "programs/signals.h"
#include "programs/tracing.h"
#include "runner.h"

struct inline_run {
	const struct plan *plan;
	const struct inline_options *options;
	struct component_log *log;	 /* of components and tracing */
	struct component_log *lifecycle; /* of the run's own events */
	struct tracing *tracing;
	struct loop *loop; /* NULL: a synchronous run */
	struct unit *unit;
	const struct runner_ops *ops;
	struct runner *runner;
	struct runner_control control;
	struct bridge_interrupt interrupt;
	struct runner_result result;
	uint64_t runner_cpu_ns;
	int account_fd; /* -1: no file was asked for */
};

/* -- the end of a run, in words ------------------------------------------------------------- */

static void write_failure(const struct runner_result *result, struct strbuf *out) {
	char trace[33];

	strbuf_add(out, "railyard: the run failed");
	if (result->node) {
		strbuf_add(out, " at `");
		strbuf_add_visible(out, result->node->plan->name);
		strbuf_add_char(out, '`');
	}
	strbuf_printf(out, ": %s", errno_text(result->error));
	if (result->source_seq) {
		trace_hex(result->trace_id, sizeof(result->trace_id), trace);
		strbuf_printf(out, "; message %" PRIu64 " of source %" PRIu32 ", trace %s",
			      result->source_seq, result->source_id, trace);
	}
	strbuf_add_char(out, '\n');
}

static void write_end(const struct inline_run *run, struct strbuf *out) {
	const struct runner_result *result = &run->result;

	if (result->state == RUNNER_FAILED)
		write_failure(result, out);
	if (result->late)
		strbuf_printf(out,
			      "railyard: the drain deadline passed (lifecycle.drain_timeout_ms); "
			      "%" PRIu64 " accepted messages were abandoned\n",
			      result->abandoned);
	else if (result->stopped_now)
		strbuf_printf(out,
			      "railyard: ended by a second signal; %" PRIu64
			      " accepted messages were abandoned\n",
			      result->abandoned);
}

static int exit_code(const struct runner_result *result) {
	if (result->stopped_now)
		return 128 + signals_last_stop();
	if (result->state == RUNNER_FAILED)
		return EXIT_RUN_FAILED;
	return result->late && result->abandoned ? EXIT_ABANDONED : EXIT_CLEAN;
}

/* Returns EXIT_CLEAN, or EXIT_INTERNAL when the account does not add up. */
static int write_account(const struct inline_run *run) {
	struct export_pipeline *pipeline = tracing_pipeline(run->tracing);
	uint32_t n = tracing_exporters(run->tracing);
	struct strbuf out = STRBUF_INIT;
	bool right;

	write_end(run, &out);
	if (run->options->quiet) {
		struct strbuf unseen = STRBUF_INIT;

		right = accounting_write(run->unit, pipeline, n, &unseen);
		strbuf_fini(&unseen);
	} else {
		right = accounting_write(run->unit, pipeline, n, &out);
	}
	if (out.length)
		(void)fd_write_all(STDERR_FILENO, out.text, out.length);
	strbuf_fini(&out);
	return right ? EXIT_CLEAN : EXIT_INTERNAL;
}

static int account_error(const struct inline_run *run, int error) {
	fprintf(stderr, "railyard: cannot write the account to %s: %s\n",
		run->options->account_path, errno_text(error));
	return error;
}

/* Before the start: a run whose account cannot be kept does not begin. */
static int open_account_file(struct inline_run *run) {
	const char *path = run->options->account_path;

	if (!path)
		return 0;
	run->account_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	return run->account_fd < 0 ? account_error(run, -errno) : 0;
}

static int write_account_file(const struct inline_run *run) {
	struct strbuf out = STRBUF_INIT;
	int r;

	if (run->account_fd < 0)
		return EXIT_CLEAN;
	accounting_write_json(run->unit, tracing_pipeline(run->tracing),
			      tracing_exporters(run->tracing), run->ops->name, run->runner_cpu_ns,
			      &out);
	r = fd_write_all(run->account_fd, out.text, out.length);
	strbuf_fini(&out);
	if (r < 0)
		account_error(run, r);
	return r < 0 ? EXIT_RUN_FAILED : EXIT_CLEAN;
}

/* -- the run -------------------------------------------------------------------------------- */

/* Is there an exporter for lines that are no lifecycle events? Without a list stderr takes all. */
static bool wants_all_lines(const struct plan *plan) {
	const struct ry_block_list *list = &plan->manifest->runtime.observability.logging.exporters;
	const struct manifest_log_exporter *exporters = list->items;

	for (uint32_t i = 0; i < list->count; i++)
		if (exporters[i].mode == LOG_SCOPE_ALL)
			return true;
	return list->count == 0;
}

static void open_logs(struct inline_run *run) {
	uint32_t least = wants_all_lines(run->plan) ? RY_LOG_INFO : LOG_NOTHING;

	run->log = log_new(STDERR_FILENO, least);
	run->lifecycle = log_new(STDERR_FILENO, RY_LOG_DEBUG);
}

/* Lifecycle events: one line per state, as the manifest's logging says. */
static void on_state(void *user, enum runner_state state) {
	const struct inline_run *run = user;
	const struct manifest_observability *o = &run->plan->manifest->runtime.observability;
	uint32_t level = state == RUNNER_FAILED ? RY_LOG_ERROR : RY_LOG_INFO;

	if (o->logging.lifecycle_events.enabled &&
	    level >= (uint32_t)o->logging.lifecycle_events.level)
		log_write(run->lifecycle, level, runner_state_name(state), "run",
			  runner_state_name(state), NULL, 0, NULL, NULL);
}

static void turn(void *user) {
	const struct inline_run *run = user;

	tracing_turn(run->tracing);
}

static void on_reopen(void *user) {
	const struct inline_run *run = user;

	tracing_reopen(run->tracing);
}

/* Preflight has compared the need with the hard limit, so the soft one follows it. */
static void raise_open_files(void) {
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit); /* what is too little then fails by name */
	}
}

static bool stops_now(void *user) {
	const struct inline_run *run = user;

	return atomic_load_explicit(&run->control.stop, memory_order_relaxed) == STOP_NOW;
}

static bool stops(void *user) {
	const struct inline_run *run = user;

	return atomic_load_explicit(&run->control.stop, memory_order_relaxed) != STOP_NONE;
}

static int prepare(struct inline_run *run) {
	const struct manifest_runtime *runtime = &run->plan->manifest->runtime;
	struct runner_options options = {
		.control = &run->control,
		.drain_timeout_ns =
			(uint64_t)runtime->platform.lifecycle.drain_timeout_ms * NS_PER_MS,
	};
	struct trace_sampler sampler;
	struct unit_options unit_options = {.sampler = &sampler, .log = run->log};
	int r;

	raise_open_files();
	tracing_sampler(run->plan, &sampler);
	r = tracing_new(run->plan, run->log, &run->tracing);
	if (r < 0)
		return r;
	unit_options.emit = tracing_emit(run->tracing);
	if (tracing_on_runner(run->tracing))
		options.turn = turn;
	options.on_state = on_state;
	options.on_reopen = on_reopen;
	options.user = run;
	run->ops = run->plan->inline_profile == RUNNER_ASYNC ? &runner_async : &runner_sync;
	if (run->ops->profile == RUNNER_ASYNC)
		r = loop_new(LOOP_PRECISE, &run->loop);
	unit_options.loop = run->loop;
	run->interrupt = (struct bridge_interrupt){
		.fd = run->control.wake_fd, .requested = stops_now, .draining = stops, .user = run};
	unit_options.interrupt = &run->interrupt;
	if (r == 0)
		r = unit_new(run->plan, &unit_options, &run->unit);
	if (r == 0)
		r = runner_new(run->ops, run->unit, &options, &run->runner);
	if (r == 0)
		r = tracing_start(run->tracing);
	return r < 0 ? r : runner_start(run->runner);
}

static void finish(struct inline_run *run) {
	run->runner = runner_free(run->runner);
	run->unit = unit_free(run->unit);
	run->loop = loop_free(run->loop);
	run->tracing = tracing_free(run->tracing);
	run->log = log_free(run->log);
	run->lifecycle = log_free(run->lifecycle);
	fd_close(&run->account_fd);
	signals_restore(&run->control);
}

/* A thread that has not come back may use anything, so nothing is taken apart under it. */
static int end(struct inline_run *run, int code) {
	if (run->unit && unit_abandoned_threads(run->unit))
		_exit(code);
	finish(run);
	return code;
}

int inline_run(const struct plan *plan, const struct inline_options *options) {
	struct inline_run run = {
		.plan = plan, .options = options, .control.wake_fd = -1, .account_fd = -1};
	int64_t drain_ms = plan->manifest->runtime.platform.lifecycle.drain_timeout_ms;
	int code, r;

	open_logs(&run);
	r = signals_install(&run.control, drain_ms);
	if (r < 0)
		fprintf(stderr, "railyard: cannot handle signals: %s\n", errno_text(r));
	if (r == 0)
		r = open_account_file(&run);
	if (r == 0)
		r = prepare(&run);
	if (r < 0) {
		tracing_stop(run.tracing);
		return end(&run, EXIT_RUN_FAILED);
	}
	run.runner_cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	runner_run(run.runner, &run.result);
	signals_drained();
	run.runner_cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - run.runner_cpu_ns;
	tracing_stop(run.tracing);
	code = exit_code(&run.result);
	r = write_account(&run);
	code = r ? r : code;
	r = write_account_file(&run);
	code = code ? code : r;
	return end(&run, code);
}
