/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RYR020, RYR021, RYR027: what may be called from a thread of the offload pool, and what may run on
 * one.
 */
#include "preflight/check.h"

/* A slot through which a thread of the pool calls. */
struct call {
	struct check_context *context;
	const struct plan_slot *slot;
	const struct doc_value *doc;
	const char *name;
	uint32_t group; /* PLAN_NONE: an adapter, which may serve in several */
};

static bool node_offloaded(const struct plan_node *node) {
	return node->node && node->node->bridge == BRIDGE_OFFLOAD;
}

/* A use of this adapter's instance on the runner's own thread, in the same process. */
static const struct store_use *direct_use(const struct call *call,
					  const struct plan_adapter *provider) {
	const struct check_context *context = call->context;
	bool apart = provider->manifest->scope == SCOPE_GROUP;

	for (uint32_t u = 0; u < context->uses->counts[provider->index]; u++) {
		const struct store_use *use = &context->uses->by_adapter[provider->index][u];

		if (use->direct && (use->group == call->group || call->group == PLAN_NONE ||
				    (context->plan->inline_mode && !apart)))
			return use;
	}
	return NULL;
}

static bool is_transactional(const struct plan_slot *slot, const struct plan_adapter *adapter) {
	(void)slot;
	return adapter->type->transaction != NULL;
}

/* Not with a loop, and not by calls that are answered on one. */
static bool needs_loop(const struct plan_slot *slot, const struct plan_adapter *adapter) {
	if (adapter->type->flags & RY_ADAPTER_NEEDS_LOOP)
		return true;
	for (uint32_t i = 0; i < adapter->n_slots; i++)
		if (adapter->slots[i].adapter != PLAN_NONE &&
		    adapter->slots[i].slot->call == RY_ACONSUME)
			return true;
	(void)slot;
	return false;
}

static void report_transaction(const struct call *call, const struct plan_adapter *store) {
	struct diag *diag = call->context->diag;
	struct finding *f;

	f = diag_add(diag, DIAG_RYR021, slot_place(call->slot, call->doc),
		     "`%s` would call the transactional store `%s` from the offload pool",
		     call->name, store->name);
	finding_why(diag, f, "its transaction belongs to the runner's thread and its commits");
	finding_help(diag, f, "move `%s` to a sync group", call->name);
}

static void report_direct(const struct call *call, const struct plan_adapter *provider,
			  const struct store_use *use) {
	struct diag *diag = call->context->diag;
	const char *user = call->context->plan->nodes[use->node].name;
	struct finding *f;

	f = diag_add(diag, DIAG_RYR020, slot_place(call->slot, call->doc),
		     "`%s` would call `%s` from the offload pool while `%s` calls it directly",
		     call->name, provider->name, user);
	finding_second(diag, f, slot_place(use->direct, use->doc), "called directly here");
	finding_why(diag, f, "adapter type `%s` is not thread-safe", provider->type->name);
	finding_help(diag, f, "offload both, or give `%s` an adapter of its own", call->name);
}

static void report_loop(const struct call *call, const struct plan_adapter *adapter) {
	struct diag *diag = call->context->diag;
	struct finding *f;

	f = diag_add(diag, DIAG_RYR027, slot_place(call->slot, call->doc),
		     "`%s` would be called from the offload pool, and needs an event loop",
		     adapter->name);
	finding_second(diag, f, &adapter->manifest->head.doc->key_place, "adapter `%s`",
		       adapter->name);
	finding_why(diag, f, "a thread of the pool has none");
	finding_help(diag, f, "bind a provider that is thread-safe, or one that needs no loop");
}

static void check_call(const struct call *call) {
	const struct plan *plan = call->context->plan;
	const struct plan_adapter *provider, *found;
	const struct store_use *use;

	if (call->slot->adapter == PLAN_NONE || !call->slot->provides)
		return;
	provider = &plan->adapters[call->slot->adapter];
	found = plan_slot_any(plan, call->slot, is_transactional);
	if (found) {
		report_transaction(call, found);
		return;
	}
	if (plan_slot_thread_safe(plan, call->slot))
		return;
	use = provider->manifest->scope == SCOPE_NODE ? NULL : direct_use(call, provider);
	if (use)
		report_direct(call, provider, use);
	else if ((found = plan_slot_any(plan, call->slot, needs_loop)))
		report_loop(call, found);
}

/* -- nodes on the pool ---------------------------------------------------------------------- */

static const char *why_not(const struct plan_node *node) {
	uint32_t flags = node->type->flags;

	if (flags & RY_NODE_ASYNC)
		return "it is asynchronous: what it waits for comes on the loop";
	if (flags & RY_NODE_HOLDS)
		return "it holds messages, which are flushed on the loop's thread";
	if (flags & RY_NODE_IS_SOURCE)
		return "it emits by itself, on the loop";
	if (flags & RY_NODE_NEEDS_LOOP)
		return "it needs the event loop";
	for (uint32_t i = 0; i < node->n_slots; i++)
		if (node->slots[i].adapter != PLAN_NONE && node->slots[i].slot->call == RY_ACONSUME)
			return "it calls asynchronously, and answers come on the loop";
	return NULL;
}

static void check_node(struct check_context *context, const struct plan_node *node) {
	const char *why = why_not(node);
	struct finding *f;

	if (!why)
		return;
	f = diag_add(context->diag, DIAG_RYR027, node_place(node, "bridge"),
		     "node `%s` cannot run on the offload pool", node->name);
	finding_why(context->diag, f, "%s", why);
	finding_help(context->diag, f, "leave `bridge` out%s",
		     node->type->flags & RY_NODE_MAY_BLOCK ? "; as it may block, move it to a "
							     "sync group"
							   : "");
}

void check_runner_offload(struct check_context *context) {
	const struct plan *plan = context->plan;

	for (uint32_t n = 0; n < plan->n_nodes; n++) {
		const struct plan_node *node = &plan->nodes[n];
		bool offloaded = node_offloaded(node);

		/* On a sync runner it is refused as a whole (RYR014). */
		if (group_profile(plan, &plan->groups[node->group]) != RUNNER_ASYNC)
			continue;
		if (offloaded)
			check_node(context, node);
		for (uint32_t i = 0; i < node->n_slots; i++)
			if (offloaded || node->slots[i].bridge == BRIDGE_OFFLOAD)
				check_call(&(struct call){context, &node->slots[i], node->doc,
							  node->name, node->group});
	}
	for (uint32_t a = 0; a < plan->n_adapters; a++) {
		const struct plan_adapter *adapter = &plan->adapters[a];

		for (uint32_t i = 0; adapter->plan_node == PLAN_NONE && i < adapter->n_slots; i++)
			if (adapter->slots[i].bridge == BRIDGE_OFFLOAD)
				check_call(&(struct call){context, &adapter->slots[i],
							  adapter->manifest->head.doc,
							  adapter->name, PLAN_NONE});
	}
}
