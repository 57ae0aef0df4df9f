/* SPDX-License-Identifier: Apache-2.0 */
/* What can be said of a provider together with all that it needs, each adapter looked at once. */
#include "base/alloc.h"
#include "plan/plan.h"

struct walk {
	const struct plan *plan;
	bool (*holds)(const struct plan_slot *slot, const struct plan_adapter *adapter);
	bool *seen; /* by adapter */
	uint32_t *queue;
	uint32_t n;
};

static bool visit(struct walk *walk, const struct plan_slot *slot) {
	if (slot->adapter == PLAN_NONE || !slot->provides)
		return false;
	if (!walk->seen[slot->adapter]) {
		walk->seen[slot->adapter] = true;
		walk->queue[walk->n++] = slot->adapter;
	}
	return walk->holds(slot, &walk->plan->adapters[slot->adapter]);
}

const struct plan_adapter *plan_slot_any(const struct plan *plan, const struct plan_slot *slot,
					 bool (*holds)(const struct plan_slot *slot,
						       const struct plan_adapter *adapter)) {
	struct walk walk = {.plan = plan, .holds = holds};
	const struct plan_slot *found;

	walk.seen = must_calloc(plan->n_adapters + 1, sizeof(bool));
	walk.queue = must_calloc(plan->n_adapters + 1, sizeof(uint32_t));
	found = visit(&walk, slot) ? slot : NULL;
	for (uint32_t i = 0; !found && i < walk.n; i++) {
		const struct plan_adapter *adapter = &plan->adapters[walk.queue[i]];

		for (uint32_t s = 0; !found && s < adapter->n_slots; s++)
			if (visit(&walk, &adapter->slots[s]))
				found = &adapter->slots[s];
	}
	free(walk.seen);
	free(walk.queue);
	return found ? &plan->adapters[found->adapter] : NULL;
}

static bool is_unsafe(const struct plan_slot *slot, const struct plan_adapter *adapter) {
	(void)adapter;
	return !(slot->provides->flags & RY_THREAD_SAFE);
}

bool plan_slot_thread_safe(const struct plan *plan, const struct plan_slot *slot) {
	return !plan_slot_any(plan, slot, is_unsafe);
}

static bool blocks(const struct plan_slot *slot, const struct plan_adapter *adapter) {
	(void)adapter;
	return slot->slot->call == RY_CONSUME && slot->provides->flags & RY_CONSUME_MAY_BLOCK;
}

bool plan_slot_may_block(const struct plan *plan, const struct plan_slot *slot) {
	return slot->adapter != PLAN_NONE && slot->provides &&
	       (slot->provides->flags & RY_CONSUME_MAY_BLOCK || plan_slot_any(plan, slot, blocks));
}
