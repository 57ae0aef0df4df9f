/* SPDX-License-Identifier: Apache-2.0 */
/* RYG022..RYG025: what a crash costs in a group that is restarted. Warnings. */
#include "preflight/check.h"

static bool may_restart(const struct check_context *context, const struct plan_group *group) {
	const struct manifest_restart *restart = &context->manifest->runtime.platform.restart;

	if (context->plan->inline_mode)
		return false;
	if (group->manifest && doc_member(group->manifest->head.doc, "restart"))
		restart = &group->manifest->restart;
	return restart->policy != RESTART_NEVER;
}

static void check_store(struct check_context *context, const struct plan_adapter *store) {
	const struct ry_adapter_type *type = store->type;
	bool survives = type->flags & RY_ADAPTER_SURVIVES_CRASH;

	if (!(type->flags & RY_ADAPTER_STATEFUL) || (survives && type->transaction))
		return;
	for (uint32_t i = 0; i < context->uses->counts[store->index]; i++) {
		const struct store_use *use = &context->uses->by_adapter[store->index][i];
		const struct plan_group *group = &context->plan->groups[use->group];
		struct finding *f;

		if (!use->writes || !may_restart(context, group))
			continue;
		f = diag_add(context->diag, survives ? DIAG_RYG023 : DIAG_RYG022,
			     &store->manifest->head.doc->key_place,
			     survives ? "`%s` survives a crash of group `%s`, but not exactly"
				      : "what `%s` holds is lost when group `%s` crashes",
			     store->name, group->name);
		finding_second(context->diag, f, slot_place(use->slot, use->doc), "`%s` writes it",
			       context->plan->nodes[use->node].name);
		finding_why(context->diag, f, "%s",
			    survives ? "without transactions up to one batch is applied twice"
				     : "the restarted worker goes on with an empty store");
		finding_help(context->diag, f,
			     "use a transactional store, or restart policy `never`");
		return;
	}
}

/* State that a node keeps in its own memory. */
static void check_own_state(struct check_context *context, const struct plan_node *node) {
	const struct plan_group *group = &context->plan->groups[node->group];
	struct finding *f;

	if (node->kind != PLAN_NODE || !(node->type->flags & RY_NODE_STATEFUL) || node->n_slots ||
	    !may_restart(context, group))
		return;
	f = diag_add(context->diag, DIAG_RYG022, &node->doc->key_place,
		     "what `%s` remembers is lost when group `%s` crashes", node->name,
		     group->name);
	finding_why(context->diag, f, "it keeps its state in its own memory");
	finding_help(context->diag, f, "keep the state in a store, or use restart policy `never`");
}

static void check_end(struct check_context *context, const struct plan_node *node) {
	const struct plan_group *group = &context->plan->groups[node->group];
	const struct ry_resume_ops *resume;
	bool source = node->kind == PLAN_SOURCE;
	struct finding *f;

	if (node->kind == PLAN_NODE || !may_restart(context, group))
		return;
	resume = node->adapter->resume;
	if (resume && (source ? resume->seek != NULL : resume->truncate != NULL))
		return;
	f = diag_add(
		context->diag, source ? DIAG_RYG024 : DIAG_RYG025, &node->doc->key_place,
		source ? "source `%s` cannot go back when group `%s` is restarted"
		       : "sink `%s` cannot take back what it wrote when group `%s` is restarted",
		node->name, group->name);
	finding_why(context->diag, f, "%s",
		    source ? "what was read and not yet committed is lost with the worker"
			   : "up to one batch may be written twice");
}

void check_placement_restart(struct check_context *context) {
	for (uint32_t i = 0; i < context->plan->n_adapters; i++)
		check_store(context, &context->plan->adapters[i]);
	for (uint32_t i = 0; i < context->plan->n_nodes; i++) {
		check_own_state(context, &context->plan->nodes[i]);
		check_end(context, &context->plan->nodes[i]);
	}
}
