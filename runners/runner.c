/* SPDX-License-Identifier: Apache-2.0 */
/* What both runners have in common: states, start and stop. */
#include "core.h"

#include <assert.h>
#include <unistd.h>

#include "base/alloc.h"
#include "node/log.h"

/* From which state to which: bit n of the row is state n. */
static const unsigned legal_moves[RUNNER_STATES] = {
	[RUNNER_CREATED] = 1u << RUNNER_READY | 1u << RUNNER_FAILED,
	[RUNNER_READY] = 1u << RUNNER_RUNNING | 1u << RUNNER_FAILED,
	[RUNNER_RUNNING] = 1u << RUNNER_DRAINING | 1u << RUNNER_FAILED,
	[RUNNER_DRAINING] = 1u << RUNNER_STOPPED | 1u << RUNNER_FAILED,
	[RUNNER_STOPPED] = 0,
	[RUNNER_FAILED] = 0,
};

static const char *const state_names[RUNNER_STATES] = {
	"created", "ready", "running", "draining", "stopped", "failed",
};

void runner_move(struct runner *runner, enum runner_state to) {
	(void)legal_moves; /* without assertions */
	assert(legal_moves[runner->state] & 1u << to);
	runner->state = to;
	if (runner->options.on_state)
		runner->options.on_state(runner->options.user, to);
}

enum runner_state runner_state(const struct runner *runner) {
	return runner->state;
}

const char *runner_state_name(enum runner_state state) {
	return state_names[state];
}

static void clear_wakeup(int fd) {
	uint64_t value;
	ssize_t n = read(fd, &value, sizeof(value));

	(void)n; /* nothing there: it was only a look */
}

void runner_serve_control(struct runner *runner) {
	clear_wakeup(runner->options.control->wake_fd);
	if (!atomic_exchange(&runner->options.control->reopen, 0))
		return;
	unit_reopen(runner->core.unit);
	if (runner->options.on_reopen)
		runner->options.on_reopen(runner->options.user);
}

int runner_new(const struct runner_ops *ops, struct unit *unit,
	       const struct runner_options *options, struct runner **ret) {
	struct runner *runner = must_calloc(1, sizeof(*runner));
	int r;

	runner->ops = ops;
	runner->options = *options;
	core_init(&runner->core, unit, &runner->result);
	r = ops->create(runner);
	if (r < 0) {
		core_fini(&runner->core);
		free(runner);
		return r;
	}
	*ret = runner;
	return 0;
}

struct runner *runner_free(struct runner *runner) {
	if (!runner)
		return NULL;
	runner->ops->destroy(runner);
	core_fini(&runner->core);
	free(runner);
	return NULL;
}

int runner_start(struct runner *runner) {
	int r = unit_start(runner->core.unit);

	runner_move(runner, r < 0 ? RUNNER_FAILED : RUNNER_READY);
	if (r < 0)
		unit_stop(runner->core.unit);
	return r;
}

/* What other threads did at the wrong door is their node's error too. */
static void count_foreign_calls(struct unit *unit) {
	for (uint32_t i = 0; i < unit->n_nodes; i++) {
		struct node *node = &unit->nodes[i];
		uint64_t n = atomic_exchange(&node->foreign_calls, 0);

		if (!n)
			continue;
		node->counters.plugin_errors += n;
		log_write(unit->log, RY_LOG_ERROR, count_foreign_calls, node->plan->name,
			  "completed tasks on another thread than the loop's; they were refused",
			  NULL, 0, NULL, NULL);
	}
}

void runner_run(struct runner *runner, struct runner_result *ret) {
	int r;

	runner_move(runner, RUNNER_RUNNING);
	runner->ops->run(runner);
	r = unit_stop(runner->core.unit);
	if (r < 0)
		core_fail(&runner->core, NULL, r, NULL);
	core_settle_sinks(&runner->core);
	count_foreign_calls(runner->core.unit);
	runner_move(runner, runner->core.failed ? RUNNER_FAILED : RUNNER_STOPPED);
	runner->result.state = runner->state;
	*ret = runner->result;
}
