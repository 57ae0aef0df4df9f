/* SPDX-License-Identifier: Apache-2.0 */
/* Which node runs next, and what becomes of held and queued messages at the end: see core.h. */
#include "core.h"

#include <assert.h>
#include <errno.h>

#include "base/alloc.h"

void core_init(struct core *core, struct unit *unit, struct runner_result *result) {
	uint32_t half = (uint32_t)unit->plan->manifest->runtime.queues.max_items / 2;

	*core = (struct core){.unit = unit, .result = result};
	core->n_words = unit->n_nodes / 64 + 1;
	core->ready = must_calloc(core->n_words, sizeof(*core->ready));
	core->held_limit = half ? half : 1;
	rank_nodes(core);
	order_init(core);
}

void core_fini(struct core *core) {
	order_fini(core);
	free(core->by_rank);
	core->by_rank = NULL;
	free(core->ready);
	core->ready = NULL;
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

void core_run_from(struct core *core, uint32_t first) {
	struct node *node;

	while ((node = next_ready(core, first))) {
		struct queue_entry entry = queue_take(&node->queue);

		if (queue_length(&node->queue) == 0)
			core->ready[node->rank / 64] &= ~(1ull << node->rank % 64);
		if (core->abandoning)
			task_abandon(core, node, entry.message);
		else
			task_run(core, node, entry.message, entry.input);
	}
}

void core_run(struct core *core) {
	core_run_from(core, 0);
}

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
	if (r < 0) {
		task_discard(frame);
		core_fail(core, node, r, NULL);
	} else {
		frame_apply(core, frame);
	}
	task_free(frame);
}

void core_flush_node(struct core *core, struct node *node) {
	call_frame(core, node, node->ops->flush);
}

static void abandon_held(struct core *core, struct node *node) {
	while (node->held) {
		struct task *task = node->held;

		node->held = task->next;
		node->counters.held--;
		node->counters.abandoned++;
		span_end(core, task, -ECANCELED);
		if (task->message->ingress->result == INGRESS_OK)
			task->message->ingress->result = INGRESS_ABANDONED;
		ingress_close(core, task->message->ingress);
		task_free(task);
	}
	node->held_end = &node->held;
}

void core_drain_nodes(struct core *core) {
	for (uint32_t i = 0; i < core->unit->n_nodes; i++) {
		struct node *node = &core->unit->nodes[i];

		if (node->plan->kind != PLAN_NODE)
			continue;
		if (node->held)
			core_flush_node(core, node);
		core_run(core);
		if (node->ops->drain)
			call_frame(core, node, node->ops->drain);
		core_run(core);
		if (node->held) { /* it kept messages that it was asked to let go */
			node->counters.plugin_errors++;
			core_fail(core, node, -EPROTO, &node->held->message->head);
			core->abandoning = false; /* the others are drained all the same */
			abandon_held(core, node);
		}
		order_release(core);
		core_run(core);
	}
}

void core_abandon(struct core *core, bool held_too) {
	core->abandoning = true;
	core_run(core);
	while (core_take(core)) {
	}
	for (uint32_t i = 0; held_too && i < core->unit->n_nodes; i++)
		abandon_held(core, &core->unit->nodes[i]);
	if (held_too) {
		order_release(core);
		core_run(core);
	}
	core->abandoning = false;
}
