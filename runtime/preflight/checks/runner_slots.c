/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RYR010, 011, 014..017, 022, 024: the compatibility table. For every slot: how the caller calls,
 * what the provider offers, whether its consume may block, and which runner that happens on.
 * Adapters are callers like nodes: their slots are looked at for each runner that they serve on.
 */
#include "preflight/check.h"

#include <string.h>

#include "base/alloc.h"

struct caller {
	struct check_context *context;
	const char *kind; /* "node", "adapter" */
	const char *name;
	const struct doc_value *doc;
	const struct plan_group *group;
	enum runner_profile profile;
	bool offloaded;	   /* it runs on a thread of the offload pool */
	bool private_base; /* it serves a wait bridge, on an event base of its own */
	const struct plan_slot *slot;
};

static const char *provider_name(const struct caller *caller) {
	return caller->context->plan->adapters[caller->slot->adapter].name;
}

/* "node `a` needs `db` by consume", and where the provider stands. */
static struct finding *report(const struct caller *caller, enum diag_code code, const char *what) {
	struct diag *diag = caller->context->diag;
	const struct plan_adapter *provider =
		&caller->context->plan->adapters[caller->slot->adapter];
	struct finding *f;

	f = diag_add(diag, code, slot_place(caller->slot, caller->doc), "%s `%s` %s", caller->kind,
		     caller->name, what);
	finding_label(diag, f, "needs `%s` (%s) by %s", caller->slot->slot->name,
		      caller->slot->slot->contract,
		      caller->slot->slot->call == RY_ACONSUME ? "aconsume" : "consume");
	finding_second(diag, f, &provider->manifest->head.doc->key_place,
		       "adapter `%s` offers %s%s%s", provider->name,
		       caller->slot->provides->flags & RY_OFFERS_CONSUME ? "consume" : "aconsume",
		       (caller->slot->provides->flags & (RY_OFFERS_CONSUME | RY_OFFERS_ACONSUME)) ==
				       (RY_OFFERS_CONSUME | RY_OFFERS_ACONSUME)
			       ? " and aconsume"
			       : "",
		       caller->slot->provides->flags & RY_CONSUME_MAY_BLOCK
			       ? "; its consume may block"
			       : "");
	return f;
}

/* What a caller that holds the loop holds up: the other nodes of its group. */
static void why_stalled(const struct caller *caller, struct finding *f) {
	const struct plan *plan = caller->context->plan;
	struct diag *diag = caller->context->diag;
	const char **names = must_calloc(plan->n_nodes + 1, sizeof(*names));
	size_t n = 0;

	for (uint32_t i = 0; i < plan->n_nodes; i++)
		if ((plan->inline_mode || &plan->groups[plan->nodes[i].group] == caller->group) &&
		    plan->nodes[i].doc != caller->doc)
			names[n++] = plan->nodes[i].name;
	if (n)
		finding_why(diag, f,
			    "one blocking call would stall %zu other node%s on this loop: %s", n,
			    n == 1 ? "" : "s", join_names(&diag->arena, names, n));
	else
		finding_why(diag, f, "one blocking call would stall the loop");
	free(names);
}

static void no_effect(const struct caller *caller, const char *why) {
	struct diag *diag = caller->context->diag;
	struct finding *f;

	f = diag_add(diag, DIAG_RYR022,
		     caller->slot->binding ? doc_place(caller->slot->binding->head.doc, "bridge")
					   : &caller->doc->key_place,
		     "the bridge of slot `%s` of %s `%s` has no effect", caller->slot->slot->name,
		     caller->kind, caller->name);
	finding_why(diag, f, "%s", why);
	finding_help(diag, f, "leave `bridge` out");
}

static void check_sync(const struct caller *caller) {
	struct diag *diag = caller->context->diag;
	const struct plan_slot *slot = caller->slot;
	struct finding *f;

	if (slot->bridge == BRIDGE_OFFLOAD) {
		f = report(caller, DIAG_RYR014, "asks for the offload bridge on a sync runner");
		finding_why(diag, f, "a sync runner has no loop to keep free: a call may block it");
		finding_help(diag, f, "leave `bridge` out");
	} else if (slot->slot->call == RY_ACONSUME) {
		f = report(caller, DIAG_RYR011, "calls asynchronously, and its group is sync");
		finding_why(diag, f, "a sync runner has no loop on which the answer could arrive");
		finding_help(diag, f, "set \"runner_profile\": \"async\" for group `%s`",
			     caller->group->name);
		f->cause = contradiction_of(caller->context, caller->group);
	} else if (slot->provides->flags & RY_OFFERS_CONSUME) {
		if (slot->bridge == BRIDGE_WAIT)
			no_effect(caller,
				  "the provider offers consume: there is nothing to wait for");
	} else if (slot->bridge != BRIDGE_WAIT) {
		f = report(caller, DIAG_RYR010, "needs an answer at once, on a sync runner");
		finding_why(diag, f, "`%s` answers later, on a loop", provider_name(caller));
		finding_help(diag, f,
			     "add \"bridge\": \"wait\" to the binding, or bind a provider "
			     "that offers consume");
	}
}

/* Its loop is turned for nobody else, so that a call may block it. */
static void check_private(const struct caller *caller) {
	const struct plan_slot *slot = caller->slot;
	struct diag *diag = caller->context->diag;
	struct finding *f;

	if (slot->slot->call == RY_ACONSUME || slot->provides->flags & RY_OFFERS_CONSUME) {
		if (slot->bridge != BRIDGE_NONE)
			no_effect(caller, "it serves a wait bridge, on a loop that it may block");
		return;
	}
	f = report(caller, DIAG_RYR024, "would wait on the loop that a wait bridge turns for it");
	finding_why(diag, f, "it would have to turn the loop that called it");
	finding_help(diag, f, "bind a provider that offers consume");
}

static void check_async_aconsume(const struct caller *caller) {
	struct diag *diag = caller->context->diag;
	const struct plan_slot *slot = caller->slot;
	struct finding *f;

	if (slot->provides->flags & RY_OFFERS_ACONSUME) {
		if (slot->bridge != BRIDGE_NONE)
			no_effect(caller, "the provider offers aconsume");
	} else if (!plan_slot_may_block(caller->context->plan, slot)) {
		if (slot->bridge != BRIDGE_NONE)
			no_effect(caller, "the provider answers at once, without blocking");
	} else if (slot->bridge != BRIDGE_OFFLOAD) {
		f = report(caller, DIAG_RYR015,
			   "would call a blocking provider on the async runner");
		why_stalled(caller, f);
		finding_help(diag, f, "add \"bridge\": \"offload\" to the binding");
	}
}

/* A node can be offloaded itself; an adapter is, where all who call it are. */
static void help_consume(const struct caller *caller, struct finding *f) {
	struct diag *diag = caller->context->diag;

	if (strcmp(caller->kind, "node") == 0)
		finding_help(diag, f,
			     "add \"bridge\": \"offload\" to the node, or move it to a sync group");
	else
		finding_help(
			diag, f,
			"add \"bridge\": \"offload\" to the nodes or bindings that call `%s`, or "
			"move them to a sync group",
			caller->name);
}

/* Does anything that runs with this caller need the loop, but for the providers of its slots? */
static bool loop_is_needed(const struct caller *caller) {
	const struct plan *plan = caller->context->plan;

	for (uint32_t i = 0; i < plan->n_nodes; i++) {
		const struct plan_node *node = &plan->nodes[i];

		if (!plan->inline_mode && &plan->groups[node->group] != caller->group)
			continue;
		if (node->kind != PLAN_NODE && node->adapter->flags & RY_ADAPTER_NEEDS_LOOP)
			return true;
		if (node->kind == PLAN_NODE &&
		    node->type->flags & (RY_NODE_ASYNC | RY_NODE_IS_SOURCE | RY_NODE_NEEDS_LOOP))
			return true;
		for (uint32_t s = 0; s < node->n_slots; s++)
			if (node->slots[s].slot->call == RY_ACONSUME)
				return true;
	}
	return false;
}

/* Where the loop is there for the provider alone, a wait bridge makes the group a sync one. */
static void help_at_once(const struct caller *caller, struct finding *f) {
	struct diag *diag = caller->context->diag;

	bool stated =
		caller->group->manifest && caller->group->manifest->runner_profile != RUNNER_AUTO;

	if (strcmp(caller->kind, "node") != 0 || caller->offloaded || loop_is_needed(caller))
		finding_help(diag, f,
			     "bind a provider that offers consume, or move it to a sync group, "
			     "with \"bridge\": \"wait\" on the binding");
	else
		finding_help(
			diag, f,
			"nothing else here needs a loop: write \"bind\": {\"%s\": {\"adapter\": "
			"\"%s\", \"bridge\": \"wait\"}}%s",
			caller->slot->slot->name, provider_name(caller),
			stated ? ", and leave \"runner_profile\" out" : "");
}

static void check_async_consume(const struct caller *caller) {
	struct diag *diag = caller->context->diag;
	const struct plan_slot *slot = caller->slot;
	struct finding *f;

	if (!(slot->provides->flags & RY_OFFERS_CONSUME)) {
		f = report(caller, DIAG_RYR017,
			   "needs an answer at once from a provider that answers on its loop");
		finding_why(diag, f, "%s",
			    caller->offloaded ? "a thread of the offload pool has no loop on which "
						"the answer could arrive"
					      : "it would have to turn the loop that called it");
		help_at_once(caller, f);
	} else if (slot->provides->flags & RY_CONSUME_MAY_BLOCK && !caller->offloaded) {
		f = report(caller, DIAG_RYR016, "would block the async runner");
		why_stalled(caller, f);
		help_consume(caller, f);
	} else if (slot->bridge != BRIDGE_NONE) {
		no_effect(caller, "the call does not block the loop");
	}
}

static void check_slot(struct caller *caller, const struct plan_slot *slot) {
	caller->slot = slot;
	if (slot->adapter == PLAN_NONE || !slot->provides)
		return;
	if (caller->private_base)
		check_private(caller);
	else if (caller->profile == RUNNER_SYNC)
		check_sync(caller);
	else if (slot->slot->call == RY_ACONSUME)
		check_async_aconsume(caller);
	else
		check_async_consume(caller);
}

static void check_node(struct check_context *context, const struct plan_node *node) {
	const struct plan_group *group = &context->plan->groups[node->group];
	struct caller caller = {
		.context = context,
		.kind = node->kind == PLAN_NODE ? "node" : "adapter",
		.name = node->name,
		.doc = node->doc,
		.group = group,
		.profile = group_profile(context->plan, group),
		.offloaded = node->node && node->node->bridge == BRIDGE_OFFLOAD,
	};

	for (uint32_t i = 0; i < node->n_slots; i++)
		check_slot(&caller, &node->slots[i]);
}

/* Is every way to this adapter, in the process of that group, one over the offload pool? */
static bool always_offloaded(const struct check_context *context, uint32_t adapter,
			     uint32_t group) {
	for (uint32_t u = 0; u < context->uses->counts[adapter]; u++) {
		const struct store_use *use = &context->uses->by_adapter[adapter][u];

		if (use->direct && (context->plan->inline_mode || use->group == group))
			return false;
	}
	return true;
}

static void check_slots(struct caller *caller, const struct plan_adapter *adapter) {
	for (uint32_t i = 0; i < adapter->n_slots; i++)
		check_slot(caller, &adapter->slots[i]);
}

/* An adapter's own slots, once for each runner that it serves on, and once behind wait bridges. */
static void check_adapter(struct check_context *context, const struct plan_adapter *adapter) {
	struct caller caller = {
		.context = context,
		.kind = "adapter",
		.name = adapter->name,
		.doc = adapter->manifest->head.doc,
	};
	bool seen[RUNNER_ASYNC + 1] = {false}, waited = false;

	if (adapter->plan_node != PLAN_NONE)
		return; /* its slots were those of a plan node */
	for (uint32_t u = 0; u < context->uses->counts[adapter->index]; u++) {
		const struct store_use *use = &context->uses->by_adapter[adapter->index][u];

		caller.group = &context->plan->groups[use->group];
		caller.profile = group_profile(context->plan, caller.group);
		caller.offloaded = always_offloaded(context, adapter->index, use->group);
		if (use->unwaited && !seen[caller.profile]) {
			seen[caller.profile] = true;
			check_slots(&caller, adapter);
		}
		if (!use->waited || waited)
			continue;
		waited = true;
		caller.private_base = true;
		check_slots(&caller, adapter);
		caller.private_base = false;
	}
}

void check_runner_slots(struct check_context *context) {
	const struct plan *plan = context->plan;

	for (uint32_t i = 0; i < plan->n_nodes; i++)
		check_node(context, &plan->nodes[i]);
	for (uint32_t i = 0; i < plan->n_adapters; i++)
		check_adapter(context, &plan->adapters[i]);
}
