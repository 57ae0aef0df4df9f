/* SPDX-License-Identifier: Apache-2.0 */
/* What arrives: pulling from sources, taking one message at a time, and closing its account. */
#include <errno.h>

#include "base/clock.h"
#include "core.h"
#include "node/ingress.h"
#include "node/log.h"

/* A source on the loop goes on when so many of its places are free again. */
#define ROOM_AGAIN (PULL_MAX / 2)

static uint32_t n_staged(const struct source *source) {
	return source->n_staged - source->taken;
}

/* Has a message of this source arrived that may be taken? */
static bool has_arrived(const struct node *node) {
	return n_staged(node->source) && !node->blocked;
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
	node_misused(node);
	log_write(node->unit->log, RY_LOG_ERROR, wrong, node->plan->name, wrong, NULL, 0, NULL,
		  NULL);
	return -EPROTO;
}

static void source_failed(struct core *core, struct node *node, int error) {
	node->source->ended = true;
	core_fail(core, node, error, NULL);
}

static void pull(struct core *core, struct node *node) {
	struct source *source = node->source;
	bool traced = core->unit->emit != NULL;
	int r;

	source->n_staged = source->taken = source->turn = 0;
	if (traced)
		source->pull_start_ns = clock_monotonic_ns();
	r = node->adapter->source->pull(node->self, &source->emitter, PULL_MAX);
	if (traced)
		source->pull_end_ns = clock_monotonic_ns();
	core->unit->now_ns = source->pull_end_ns;
	if (core->async)
		core_watch_node(core, node, NULL);
	r = checked(node, r);
	if (r == RY_EOS)
		source->ended = true;
	else if (r == RY_WAIT)
		source->waiting = true;
	else if (r < 0)
		source_failed(core, node, r);
}

/* Does the run go on for this source's sake? Nodes count only where there is no adapter. */
static bool keeps_running(const struct core *core, const struct node *node) {
	return !node->source->ended &&
	       (node->plan->kind == PLAN_SOURCE || core->sources[0]->plan->kind != PLAN_SOURCE);
}

enum pull_state core_pull(struct core *core) {
	enum pull_state state = PULL_ENDED;

	for (uint32_t i = 0; i < core->n_sources; i++) {
		struct node *node = core->sources[i];
		struct source *source = node->source;

		if (!source->on_loop && n_staged(source) == 0 && !source->ended && !source->waiting)
			pull(core, node);
		if (has_arrived(node))
			state = PULL_SOME;
		else if ((n_staged(source) || keeps_running(core, node)) && state == PULL_ENDED)
			state = PULL_WAITING;
	}
	return state;
}

static void begin_round(struct core *core) {
	for (uint32_t i = 0; i < core->n_sources; i++)
		core->sources[i]->source->turn = 0;
}

static void take(struct core *core, struct source *source) {
	struct message *message = source->staged[source->taken++];
	struct ingress *ingress = message->ingress;

	ingress->ordinal = core->n_taken++;
	if (++source->turn > PULL_MAX) /* on the loop: no pull begins a round */
		begin_round(core);
	ingress_open(core, ingress); /* this call's own, so that the account closes once */
	if (core_abandons(core, ingress)) {
		ingress->result = INGRESS_ABANDONED;
		message_unref(&core->unit->pool, message);
	} else {
		source->n_taken++;
		span_source(core, source, message);
		route_arrival(core, source->node, message);
		core_run(core);
	}
	ingress_close(core, ingress);
}

bool core_take(struct core *core) {
	struct source *next = NULL;

	/* In turn: the source that has had the fewest of this round. */
	for (uint32_t i = 0; i < core->n_sources; i++) {
		struct source *source = core->sources[i]->source;

		if (has_arrived(core->sources[i]) && (!next || source->turn < next->turn))
			next = source;
	}
	if (!next)
		return false;
	if (core->fuel)
		core->fuel--;
	take(core, next);
	return true;
}

bool core_arrived(const struct core *core) {
	for (uint32_t i = 0; i < core->n_sources; i++)
		if (has_arrived(core->sources[i]))
			return true;
	return false;
}

bool core_emitted(const struct core *core) {
	for (uint32_t i = 0; i < core->n_sources; i++)
		if (core->sources[i]->source->on_loop && n_staged(core->sources[i]->source))
			return true;
	return false;
}

bool core_may_take(const struct core *core) {
	return core->in_work < core->window && !core_suspended(core) && !merge_full(core);
}

/* -- the account ---------------------------------------------------------------------------- */

static void finish(struct core *core, struct ingress *ingress) {
	struct source_counters *counters = &ingress->source->source->counters;

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

void ingress_close(struct core *core, struct ingress *ingress) {
	if (--ingress->open > 0)
		return;
	core->in_work--;
	if (!ingress->kept)
		finish(core, ingress);
}

void ingress_keep(struct core *core, struct ingress *ingress) {
	ingress->kept++;
	ingress_close(core, ingress);
}

void ingress_unkeep(struct core *core, struct ingress *ingress) {
	if (--ingress->kept == 0 && ingress->open == 0)
		finish(core, ingress);
}

/* -- sources on the loop -------------------------------------------------------------------- */

static void resume(struct core *core, struct node *node) {
	int r;

	if (node->plan->kind != PLAN_SOURCE)
		return; /* a node begins with its own `start` */
	r = node->adapter->source->resume(node->self, &node->source->emitter);
	if (r < 0)
		source_failed(core, node, r);
}

void core_tell_sources(struct core *core) {
	for (uint32_t i = 0; i < core->n_sources; i++) {
		struct node *node = core->sources[i];
		struct source *source = node->source;

		if (source->n_told != source->n_taken) {
			source->n_told = source->n_taken;
			if (node->plan->kind == PLAN_SOURCE && node->adapter->source->accepted)
				node->adapter->source->accepted(node->self, source->n_taken);
		}
		if (source->wants_room && !source->closed && n_staged(source) <= ROOM_AGAIN) {
			source->wants_room = false;
			resume(core, node);
		}
	}
}

void core_resume_sources(struct core *core) {
	for (uint32_t i = 0; i < core->n_sources; i++)
		if (core->sources[i]->source->on_loop)
			resume(core, core->sources[i]);
}

void core_pause_sources(struct core *core) {
	for (uint32_t i = 0; i < core->n_sources; i++) {
		struct node *node = core->sources[i];
		int r = 0;

		if (!node->source->on_loop)
			continue;
		node->source->closed = true;
		if (node->plan->kind == PLAN_SOURCE)
			r = node->adapter->source->pause(node->self);
		if (r < 0)
			source_failed(core, node, r);
	}
}
