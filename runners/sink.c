/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message is completed at a sink when the operating system has it. A sink that buffers says how
 * many of the latest messages are still its own; until it lets go of one, that one is pending and
 * its ingress open, so that a disk that fills up at the end is not a loss that nobody counts.
 */
#include "core.h"

#include <errno.h>
#include <stdlib.h>

static uint32_t length(const struct unwritten *u) {
	return u->tail - u->head;
}

static int grow(struct unwritten *u) {
	uint32_t capacity = u->capacity ? u->capacity * 2 : 64, n = length(u);
	struct ingress **ring = malloc(capacity * sizeof(struct ingress *));

	if (!ring)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		ring[i] = u->ring[(u->head + i) & (u->capacity - 1)];
	free(u->ring);
	*u = (struct unwritten){.ring = ring, .capacity = capacity, .tail = n};
	return 0;
}

static struct ingress *take_oldest(struct unwritten *u) {
	return u->ring[u->head++ & (u->capacity - 1)];
}

/* Completes what the sink has let go of. */
static void settle_written(struct core *core, struct node *node) {
	uint64_t left = node->adapter->sink->unwritten(node->self);

	while (length(&node->unwritten) > left) {
		node->counters.pending--;
		node->counters.completed++;
		ingress_unkeep(core, take_oldest(&node->unwritten));
	}
}

void sink_took(struct core *core, struct task *task) {
	struct node *node = task->node;
	struct unwritten *u = &node->unwritten;
	struct ingress *ingress = task->message->ingress;

	task_free(task);
	if (!node->adapter->sink->unwritten) {
		node->counters.completed++;
		ingress_close(core, ingress);
		return;
	}
	if (length(u) == u->capacity && grow(u) < 0) {
		/* Without a place to remember it: written now, or failed. */
		core_flush_sinks(core);
		if (length(u) == u->capacity) {
			node->counters.failed++;
			ingress->result = INGRESS_FAILED;
			core_fail(core, node, -ENOMEM, NULL);
			ingress_close(core, ingress);
			return;
		}
	}
	node->counters.pending++;
	u->ring[u->tail++ & (u->capacity - 1)] = ingress;
	ingress_keep(core, ingress);
	if (length(u) >= 64)
		settle_written(core, node);
}

void core_flush_sinks(struct core *core) {
	for (uint32_t i = 0; i < core->unit->n_nodes; i++) {
		struct node *node = &core->unit->nodes[i];
		int r = 0;

		if (node->plan->kind != PLAN_SINK)
			continue;
		if (node->adapter->sink->flush)
			r = node->adapter->sink->flush(node->self);
		if (node->adapter->sink->unwritten)
			settle_written(core, node);
		if (r < 0)
			core_fail(core, node, r, NULL);
	}
	core->unit->now_ns = 0;
}

void core_settle_sinks(struct core *core) {
	for (uint32_t i = 0; i < core->unit->n_nodes; i++) {
		struct node *node = &core->unit->nodes[i];

		if (node->plan->kind != PLAN_SINK || !node->adapter->sink->unwritten)
			continue;
		settle_written(core, node);
		if (length(&node->unwritten))
			core_fail(core, node, -EIO, NULL);
		while (length(&node->unwritten)) {
			struct ingress *ingress = take_oldest(&node->unwritten);

			node->counters.pending--;
			node->counters.failed++;
			ingress->result = INGRESS_FAILED;
			ingress_unkeep(core, ingress);
		}
	}
}
