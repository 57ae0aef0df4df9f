/* SPDX-License-Identifier: Apache-2.0 */
#include "preflight/use.h"

#include <string.h>

#include "base/alloc.h"

struct walk {
	const struct plan *plan;
	struct store_uses *uses;
	uint32_t *capacities;
	uint32_t *
		depth; /* adapters on the way at this moment: a cycle is plan's finding, not ours */
	const struct plan_node *node;
	const struct plan_slot *first; /* the node's slot that the way began with */
	bool waited, pooled;	       /* the way has a wait bridge; leaves the runner's thread */
};

static void note_way(const struct walk *walk, struct store_use *use) {
	if (walk->waited) {
		use->waited = true;
		return;
	}
	if (!use->unwaited)
		use->unwaited = walk->first;
	if (!use->direct && !walk->pooled)
		use->direct = walk->first;
}

static void record(struct walk *walk, uint32_t adapter, bool writes) {
	struct store_uses *uses = walk->uses;
	uint32_t n = uses->counts[adapter];
	struct store_use *last = n ? &uses->by_adapter[adapter][n - 1] : NULL;

	if (last && last->node == walk->node->index) {
		if (writes && !last->writes)
			last->slot = walk->first;
		last->writes = last->writes || writes;
		note_way(walk, last);
		return;
	}
	if (n == walk->capacities[adapter]) {
		uint32_t capacity = n ? n * 2 : 4;

		uses->by_adapter[adapter] =
			must_realloc(uses->by_adapter[adapter], capacity, sizeof(struct store_use));
		walk->capacities[adapter] = capacity;
	}
	uses->by_adapter[adapter][n] = (struct store_use){
		.node = walk->node->index,
		.group = walk->node->group,
		.writes = writes,
		.slot = walk->first,
		.doc = walk->node->doc,
	};
	note_way(walk, &uses->by_adapter[adapter][n]);
	uses->counts[adapter]++;
}

static void follow(struct walk *walk, const struct plan_slot *slots, uint32_t n) {
	for (uint32_t i = 0; i < n; i++) {
		uint32_t adapter = slots[i].adapter;
		const struct walk before = *walk;

		if (adapter == PLAN_NONE || walk->depth[adapter])
			continue;
		if (!walk->first)
			walk->first = &slots[i];
		walk->waited = walk->waited || slots[i].bridge == BRIDGE_WAIT;
		walk->pooled = walk->pooled || slots[i].bridge == BRIDGE_OFFLOAD;
		record(walk, adapter, slots[i].slot->access == RY_WRITE);
		walk->depth[adapter] = 1;
		follow(walk, walk->plan->adapters[adapter].slots,
		       walk->plan->adapters[adapter].n_slots);
		walk->depth[adapter] = 0;
		walk->first = before.first;
		walk->waited = before.waited;
		walk->pooled = before.pooled;
	}
}

void store_uses_make(struct store_uses *uses, const struct plan *plan) {
	struct walk walk = {.plan = plan, .uses = uses};
	uint32_t n = plan->n_adapters + 1;

	uses->by_adapter = arena_array(&uses->arena, struct store_use *, n);
	uses->counts = arena_array(&uses->arena, uint32_t, n);
	walk.capacities = must_calloc(n, sizeof(uint32_t));
	walk.depth = must_calloc(n, sizeof(uint32_t));
	uses->n_adapters = plan->n_adapters;
	for (uint32_t i = 0; i < plan->n_nodes; i++) {
		walk.node = &plan->nodes[i];
		walk.pooled = walk.node->node && walk.node->node->bridge == BRIDGE_OFFLOAD;
		follow(&walk, walk.node->slots, walk.node->n_slots);
	}
	free(walk.capacities);
	free(walk.depth);
}

void store_uses_fini(struct store_uses *uses) {
	for (uint32_t i = 0; i < uses->n_adapters; i++)
		free(uses->by_adapter[i]);
	arena_fini(&uses->arena);
}
