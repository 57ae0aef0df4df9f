/* SPDX-License-Identifier: Apache-2.0 */
/* RYR020, RYR021: which providers may be called from the offload pool. */
#include "preflight/check.h"

struct call {
	const struct plan_slot *slot;
	const struct doc_value *doc;
	const char *name;
};

static bool node_offloaded(const struct plan_node *node) {
	return node->node && node->node->bridge == BRIDGE_OFFLOAD;
}

/* A slot through which this adapter is called on the runner's own thread, in the same process. */
static bool direct_call(const struct check_context *context, uint32_t adapter, uint32_t group,
			struct call *ret) {
	const struct plan *plan = context->plan;

	for (uint32_t u = 0; u < context->uses->counts[adapter]; u++) {
		const struct store_use *use = &context->uses->by_adapter[adapter][u];
		const struct plan_node *node = &plan->nodes[use->node];

		if ((!plan->inline_mode && use->group != group) || node_offloaded(node))
			continue;
		for (uint32_t i = 0; i < node->n_slots; i++) {
			if (node->slots[i].adapter != adapter ||
			    node->slots[i].bridge == BRIDGE_OFFLOAD)
				continue;
			*ret = (struct call){&node->slots[i], node->doc, node->name};
			return true;
		}
	}
	return false;
}

static void check_slot(struct check_context *context, const struct plan_node *node,
		       const struct plan_slot *slot) {
	const struct plan_adapter *provider = &context->plan->adapters[slot->adapter];
	struct call direct;
	struct finding *f;

	if (provider->type->transaction) {
		f = diag_add(context->diag, DIAG_RYR021, slot_place(slot, node->doc),
			     "`%s` would call the transactional store `%s` from the offload pool",
			     node->name, provider->name);
		finding_why(context->diag, f,
			    "its transaction belongs to the runner's thread and its commits");
		finding_help(context->diag, f, "move `%s` to a sync group", node->name);
		return;
	}
	if (slot->provides->flags & RY_THREAD_SAFE || provider->manifest->scope == SCOPE_NODE ||
	    !direct_call(context, slot->adapter, node->group, &direct))
		return;
	f = diag_add(context->diag, DIAG_RYR020, slot_place(slot, node->doc),
		     "`%s` would call `%s` from the offload pool while `%s` calls it directly",
		     node->name, provider->name, direct.name);
	finding_second(context->diag, f, slot_place(direct.slot, direct.doc),
		       "called directly here");
	finding_why(context->diag, f, "adapter type `%s` is not thread-safe", provider->type->name);
	finding_help(context->diag, f, "offload both, or give `%s` an adapter of its own",
		     node->name);
}

void check_runner_offload(struct check_context *context) {
	for (uint32_t n = 0; n < context->plan->n_nodes; n++) {
		const struct plan_node *node = &context->plan->nodes[n];

		for (uint32_t i = 0; i < node->n_slots; i++)
			if (node->slots[i].adapter != PLAN_NONE && node->slots[i].provides &&
			    (node_offloaded(node) || node->slots[i].bridge == BRIDGE_OFFLOAD))
				check_slot(context, node, &node->slots[i]);
	}
}
