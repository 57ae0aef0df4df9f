/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RYG018, RYG020: a transactional group commits one store, and runs one message after the other
 * inside its savepoints. (One store in two groups: placement_stores.c.)
 */
#include "preflight/check.h"

#include "base/alloc.h"

/* The first use of an adapter in a group, or NULL. */
static const struct store_use *use_in_group(const struct check_context *context, uint32_t adapter,
					    uint32_t group) {
	for (uint32_t i = 0; i < context->uses->counts[adapter]; i++)
		if (context->uses->by_adapter[adapter][i].group == group)
			return &context->uses->by_adapter[adapter][i];
	return NULL;
}

static void report_two(struct check_context *context, const struct plan_group *group,
		       uint32_t first, uint32_t second) {
	uint32_t index = (uint32_t)(group - context->plan->groups);
	const struct store_use *a = use_in_group(context, first, index);
	const struct store_use *b = use_in_group(context, second, index);
	struct finding *f;

	f = diag_add(context->diag, DIAG_RYG018, slot_place(b->slot, b->doc),
		     "group `%s` uses two transactional stores: `%s` and `%s`", group->name,
		     context->plan->adapters[first].name, context->plan->adapters[second].name);
	finding_second(context->diag, f, slot_place(a->slot, a->doc), "`%s` is bound here",
		       context->plan->adapters[first].name);
	finding_why(
		context->diag, f,
		"a commit covers one store: a crash between two commits would leave them apart");
	finding_help(context->diag, f, "bind both slots to one store, or split the group");
}

static void check_nodes(struct check_context *context, const struct plan_group *group,
			const struct plan_adapter *store) {
	for (uint32_t i = 0; i < group->n_nodes; i++) {
		const struct plan_node *node = &context->plan->nodes[group->nodes[i]];
		bool offloaded = node->node && node->node->bridge == BRIDGE_OFFLOAD;
		struct finding *f;

		if (node->kind != PLAN_NODE || !(offloaded || node->type->flags & RY_NODE_ASYNC))
			continue;
		f = diag_add(context->diag, DIAG_RYG020, node_in_group_place(context->plan, node),
			     "%s node `%s` stands in group `%s`, whose store `%s` is transactional",
			     offloaded ? "offloaded" : "asynchronous", node->name, group->name,
			     store->name);
		finding_why(context->diag, f,
			    "a message runs inside a savepoint of its own; one that is still "
			    "pending would hold the transaction open");
		finding_help(context->diag, f, "move `%s` to another group", node->name);
	}
}

void check_placement_transactions(struct check_context *context) {
	const struct plan *plan = context->plan;
	uint32_t *first = must_calloc(plan->n_groups + 1, sizeof(uint32_t));

	for (uint32_t g = 0; g < plan->n_groups; g++)
		first[g] = PLAN_NONE;
	for (uint32_t a = 0; a < plan->n_adapters; a++) {
		if (!plan->adapters[a].type->transaction)
			continue;
		for (uint32_t g = 0; g < plan->n_groups; g++) {
			if (!use_in_group(context, a, g))
				continue;
			if (first[g] != PLAN_NONE) {
				report_two(context, &plan->groups[g], first[g], a);
				continue;
			}
			first[g] = a;
			check_nodes(context, &plan->groups[g], &plan->adapters[a]);
		}
	}
	free(first);
}
