/* SPDX-License-Identifier: Apache-2.0 */
/* Which node runs next, and what becomes of held and queued messages at the end: see core.h. */
#include "core.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"

/* Of the stall detector: precise enough for what people notice, and read once per task. */
#define COARSE_FROM_NS (20 * NS_PER_MS)

/* How long a pass goes on, whatever its budget: tasks may take longer than those before them. */
#define PASS_MOST_NS NS_PER_MS

static void list_sources(struct core *core) {
	struct unit *unit = core->unit;

	core->sources = must_calloc(unit->n_nodes, sizeof(struct node *));
	for (int pass = 0; pass < 2; pass++)
		for (uint32_t i = 0; i < unit->n_nodes; i++) {
			struct node *node = &unit->nodes[i];

			if (node->source && (node->plan->kind == PLAN_SOURCE) == (pass == 0))
				core->sources[core->n_sources++] = node;
		}
}

void core_init(struct core *core, struct unit *unit, struct runner_result *result) {
	const struct manifest_runtime *runtime = &unit->plan->manifest->runtime;
	uint32_t half = (uint32_t)runtime->queues.max_items / 2;

	*core = (struct core){.unit = unit, .result = result, .settle = core_run};
	core->n_words = unit->n_nodes / 64 + 1;
	core->ready = must_calloc(core->n_words, sizeof(*core->ready));
	core->held_limit = half ? half : 1;
	core->term_ns = (uint64_t)runtime->platform.lifecycle.term_timeout_ms * NS_PER_MS;
	core->async = unit->loop != NULL;
	core->strict = true;
	for (uint32_t i = 0; core->async && i < unit->n_nodes; i++) {
		const struct node *node = &unit->nodes[i];

		if (node->max_in_flight > 1)
			core->strict = false;
		if (node->may_pend)
			core->window += node->max_in_flight;
	}
	if (core->strict)
		core->window = 1;
	unit->core = core;
	list_sources(core);
	rank_nodes(core);
	merge_init(core);
}

void core_fini(struct core *core) {
	merge_fini(core);
	free(core->by_rank);
	core->by_rank = NULL;
	free(core->ready);
	core->ready = NULL;
	free(core->sources);
	core->sources = NULL;
}

/* The node farthest down with work, if it is this one or lies behind it; else NULL. */
static struct node *next_ready(struct core *core, uint32_t first) {
	uint32_t word = core->highest;
	uint32_t found;

	while (word > 0 && !core->ready[word])
		word--;
	core->highest = word;
	if (!core->ready[word])
		return NULL;
	found = word * 64 + 63 - (uint32_t)__builtin_clzll(core->ready[word]);
	return found >= first ? core->by_rank[found] : NULL;
}

/* -- the stall detector --------------------------------------------------------------------- */

static uint64_t watch_clock(const struct core *core) {
	uint64_t stall_ns = core->unit->stall_ns;

	return clock_ns(stall_ns && stall_ns < COARSE_FROM_NS ? CLOCK_MONOTONIC
							      : CLOCK_MONOTONIC_COARSE);
}

void core_watch(struct core *core) {
	core->pass_ns = core->watched_ns = watch_clock(core);
}

void core_watch_node(struct core *core, const struct node *node, const uint8_t *trace_id) {
	uint64_t now = watch_clock(core), stall_ns = core->unit->stall_ns;

	if (stall_ns && now - core->watched_ns > stall_ns)
		unit_stalled(core->unit, node->plan->name, now - core->watched_ns, trace_id);
	core->watched_ns = now;
	if (now - core->pass_ns > PASS_MOST_NS)
		core->fuel = 0;
}

/* -- order ---------------------------------------------------------------------------------- */

static struct queue_entry take_entry(struct core *core, struct node *node) {
	struct queue_entry entry = queue_take(&node->queue);

	if (queue_length(&node->queue) == 0)
		core_clear_ready(core, node);
	return entry;
}

/* There is room in front of this node: those who are parked for it may try again. */
static void wake_parked(struct core *core, struct node *node) {
	const struct plan_node *plan = node->plan;

	node->waited_for = false;
	for (uint32_t i = 0; i < plan->n_upstream; i++) {
		struct node *up = &core->unit->nodes[plan->upstream[i]];

		if (up->parked_for == node)
			core_set_ready(core, up);
	}
}

static void step_async(struct core *core, struct node *node) {
	uint8_t trace_id[16];
	struct queue_entry entry;

	core->fuel--;
	if (node->parked.first) {
		frame_unpark(core, node);
		return;
	}
	entry = take_entry(core, node);
	if (node->waited_for && queue_length(&node->queue) <= node->queue.capacity / 2)
		wake_parked(core, node);
	if (core_abandons(core, entry.message->ingress)) {
		task_abandon(core, node, entry.message);
		return;
	}
	memcpy(trace_id, entry.message->head.trace_id, sizeof(trace_id));
	task_run(core, node, entry.message, entry.input);
	core_watch_node(core, node, trace_id);
}

static void run_async(struct core *core, uint32_t first) {
	struct node *node;

	while (core->fuel && (node = next_ready(core, first)))
		step_async(core, node);
}

void core_run_from(struct core *core, uint32_t first) {
	struct node *node;

	if (core->async) {
		run_async(core, first);
		return;
	}
	while ((node = next_ready(core, first))) {
		struct queue_entry entry = take_entry(core, node);

		if (core_abandons(core, entry.message->ingress))
			task_abandon(core, node, entry.message);
		else
			task_run(core, node, entry.message, entry.input);
	}
}

void core_run(struct core *core) {
	core_run_from(core, 0);
	if (!core->n_merges || (core->abandoning && !core->async))
		return;
	while (!core_runnable(core) && !core_suspended(core)) {
		merge_release(core);
		if (!core_runnable(core))
			return;
		core_run_from(core, 0);
		if (core->async && !core->fuel)
			return;
	}
}

bool core_runnable(const struct core *core) {
	if (core_suspended(core))
		return false;
	for (uint32_t word = 0; word <= core->highest; word++)
		if (core->ready[word])
			return true;
	return false;
}

/* -- flush, drain, abandon ------------------------------------------------------------------ */

static void call_frame(struct core *core, struct node *node, int (*call)(void *self)) {
	struct task *frame = task_new(node, NULL, 0);
	int r;

	if (!frame) {
		core_fail(core, node, -ENOMEM, NULL);
		return;
	}
	node->current = frame;
	r = call(node->self);
	node->current = NULL;
	frame->after = AFTER_CALL;
	if (r < 0) {
		task_discard(frame);
		task_free(frame);
		core_fail(core, node, r, NULL);
	} else if (frame_apply(core, frame)) {
		task_routed(core, frame);
	}
}

void core_flush_node(struct core *core, struct node *node) {
	if (!node->parked.first) /* else what it let go would only stand behind that */
		call_frame(core, node, node->ops->flush);
}

static void abandon_held(struct core *core, struct node *node) {
	while (node->held.first) {
		struct task *task = node->held.first;
		struct ingress *ingress = task->message->ingress;

		task_list_remove(&node->held, task);
		node->counters.held--;
		node->counters.abandoned++;
		span_end(core, task, -ECANCELED);
		if (ingress->result == INGRESS_OK)
			ingress->result = INGRESS_ABANDONED;
		task_free(task);
		ingress_unkeep(core, ingress);
	}
}

static void drain_node(struct core *core, struct node *node) {
	if (node->held.first)
		core_flush_node(core, node);
	core->settle(core);
	if (node->ops->drain && !core->cut_short)
		call_frame(core, node, node->ops->drain);
	core->settle(core);
	if (core->cut_short)
		return;
	if (node->held.first) { /* it kept messages that it was asked to let go */
		bool abandoning = core->abandoning;

		node_misused(node);
		if (!core->failed) /* else it may well be why */
			core_fail(core, node, -EPROTO, &node->held.first->message->head);
		core->abandoning = abandoning; /* the others are drained all the same */
		abandon_held(core, node);
	}
	merge_release(core);
	core->settle(core);
}

void core_drain_nodes(struct core *core) {
	for (uint32_t i = 0; i < core->unit->n_nodes && !core->cut_short; i++)
		if (core->unit->nodes[i].plan->kind == PLAN_NODE)
			drain_node(core, &core->unit->nodes[i]);
}

/* Everything that is parked or queued goes its way, to be counted. */
static void run_out(struct core *core) {
	core->fuel = UINT64_MAX;
	for (uint32_t i = 0; core->async && i < core->unit->n_nodes; i++)
		if (core->unit->nodes[i].parked.first)
			core_set_ready(core, &core->unit->nodes[i]);
	core_run_from(core, 0);
}

void core_abandon(struct core *core, bool held_too) {
	core->abandoning = true;
	core->abandon_from = 0;
	if (core->async)
		flight_abandon(core);
	run_out(core);
	while (core_take(core))
		core->fuel = UINT64_MAX;
	for (uint32_t i = 0; held_too && i < core->unit->n_nodes; i++)
		abandon_held(core, &core->unit->nodes[i]);
	if (held_too) {
		merge_release(core);
		run_out(core);
	}
	core->abandoning = false;
}
