/* SPDX-License-Identifier: Apache-2.0 */
/* What arrives: pulling from sources, taking one message at a time, and closing its account. */
#include "core.h"

#include <errno.h>

#include "base/clock.h"
#include "node/ingress.h"
#include "node/log.h"

/* Sources are the first nodes of a plan. */
static uint32_t n_sources(const struct unit *unit) {
	uint32_t n = 0;

	while (n < unit->n_nodes && unit->nodes[n].plan->kind == PLAN_SOURCE)
		n++;
	return n;
}

/* What `pull` may return, as adapter.h says; breaking the rules ends the source and fails the run. */
static int checked(struct node *node, int r) {
	const char *wrong = NULL;

	if (r == RY_WAIT && !node->adapter->source->wait_fd)
		wrong = "`pull` returned RY_WAIT, and the source has no wait_fd";
	else if (r > 0 && r != RY_EOS && (uint32_t)r != node->source->n_staged)
		wrong = "`pull` returned another count than it emitted";
	if (!wrong)
		return r;
	node->counters.plugin_errors++;
	log_write(node->unit->log, RY_LOG_ERROR, wrong, node->plan->name, wrong, NULL, 0, NULL,
		  NULL);
	return -EPROTO;
}

static void pull(struct core *core, struct node *node) {
	struct source *source = node->source;
	bool traced = core->unit->emit != NULL;
	int r;

	source->n_staged = source->taken = 0;
	if (traced)
		source->pull_start_ns = clock_monotonic_ns();
	r = node->adapter->source->pull(node->self, &source->emitter, PULL_MAX);
	if (traced)
		source->pull_end_ns = clock_monotonic_ns();
	core->unit->now_ns = source->pull_end_ns;
	r = checked(node, r);
	if (r == RY_EOS)
		source->ended = true;
	else if (r == RY_WAIT)
		source->waiting = true;
	else if (r < 0) {
		source->ended = true;
		core_fail(core, node, r, NULL);
	}
}

enum pull_state core_pull(struct core *core) {
	uint32_t n = n_sources(core->unit);
	enum pull_state state = PULL_ENDED;

	for (uint32_t i = 0; i < n; i++) {
		struct source *source = core->unit->nodes[i].source;

		if (source->taken == source->n_staged && !source->ended && !source->waiting)
			pull(core, &core->unit->nodes[i]);
		if (source->taken < source->n_staged)
			state = PULL_SOME;
		else if (!source->ended && state == PULL_ENDED)
			state = PULL_WAITING;
	}
	return state;
}

static void take(struct core *core, struct source *source) {
	struct message *message = source->staged[source->taken++];
	struct ingress *ingress = message->ingress;

	ingress->open = 1; /* this call's own, so that the account closes once */
	if (core->abandoning) {
		ingress->result = INGRESS_ABANDONED;
		message_unref(&core->unit->pool, message);
	} else {
		span_source(core, source, message);
		route_message(core, source->node, message);
		core_run(core);
		if (core->n_orders) {
			order_release(core);
			core_run(core);
		}
	}
	ingress_close(core, ingress);
}

bool core_take(struct core *core) {
	uint32_t n = n_sources(core->unit);
	struct source *next = NULL;

	/* In turn: the source that has had the fewest of this round. */
	for (uint32_t i = 0; i < n; i++) {
		struct source *source = core->unit->nodes[i].source;

		if (source->taken < source->n_staged && (!next || source->taken < next->taken))
			next = source;
	}
	if (!next)
		return false;
	take(core, next);
	return true;
}

void ingress_close(struct core *core, struct ingress *ingress) {
	struct source_counters *counters = &ingress->source->source->counters;

	if (--ingress->open > 0)
		return;
	switch (ingress->result) {
	case INGRESS_OK:
		counters->completed++;
		break;
	case INGRESS_FAILED:
		counters->failed++;
		break;
	case INGRESS_ABANDONED:
		counters->abandoned++;
		core->result->abandoned++;
		break;
	}
	ingress_free(core->unit, ingress);
}
