/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RYR028, RYR029, RYR030: what bridges make of adapters. A wait bridge has an instance of its
 * provider, and of all that this needs, of its own; a provider that is not thread-safe has one for
 * each thread of the pool, and each offloaded node one of its own (node/bridges.c). That is no
 * matter where an adapter keeps nothing; where it does, its users would no longer see the same.
 */
#include "preflight/check.h"

#include "base/alloc.h"

/* A slot for which instances are made. */
struct owner {
	const struct plan_slot *slot;
	const struct doc_value *doc;
	const char *name;
	uint32_t group; /* PLAN_NONE: an adapter's slot, in no group in particular */
	uint32_t n;	/* instances of each adapter behind it */
};

/* One process. */
struct process {
	struct check_context *context;
	uint32_t *counts; /* by adapter: instances for owners so far */
	bool *reported;	  /* by adapter */
	bool *seen;	  /* by adapter, for the owner that is looked at */
	bool uses_pool;
};

/* Would several instances show? */
static bool must_be_one(const struct plan_adapter *adapter) {
	const struct ry_adapter_type *type = adapter->type;

	if (adapter->plan_node != PLAN_NONE || (type->writes && type->writes[0]))
		return true;
	return type->flags & RY_ADAPTER_STATEFUL && !(type->flags & RY_ADAPTER_MULTI_PROCESS);
}

/* Is there an ordinary instance too? */
static bool used_directly(const struct process *process, const struct plan_adapter *adapter,
			  uint32_t group) {
	const struct check_context *context = process->context;
	const struct plan *plan = context->plan;
	bool apart = adapter->manifest->scope == SCOPE_GROUP || !plan->inline_mode;

	for (uint32_t u = 0; u < context->uses->counts[adapter->index]; u++) {
		const struct store_use *use = &context->uses->by_adapter[adapter->index][u];

		if (use->direct && (!apart || group == PLAN_NONE || use->group == group))
			return true;
	}
	for (uint32_t i = 0; i < plan->n_nodes; i++)
		if (plan->nodes[i].dead_letter == adapter->index &&
		    (!apart || group == PLAN_NONE || plan->nodes[i].group == group))
			return true;
	return false;
}

static void report(struct process *process, const struct owner *owner,
		   const struct plan_adapter *adapter) {
	struct diag *diag = process->context->diag;
	bool in_graph = adapter->plan_node != PLAN_NONE;
	struct finding *f;

	f = diag_add(diag, DIAG_RYR028, slot_place(owner->slot, owner->doc),
		     "`%s` would have an instance of `%s` of its own", owner->name, adapter->name);
	finding_second(diag, f, &adapter->manifest->head.doc->key_place, "adapter `%s`",
		       adapter->name);
	finding_why(diag, f, "%s; %s",
		    owner->slot->bridge == BRIDGE_WAIT ? "a wait bridge has a provider of its own"
						       : "a provider that is not thread-safe is "
							 "there for each thread that calls it",
		    in_graph ? "a source or sink is there once"
		    : adapter->type->writes && adapter->type->writes[0]
			    ? "each would write the same file"
			    : "it keeps a state, which its users would no longer share");
	finding_help(diag, f, "give each user an adapter of its own%s",
		     owner->n > 1 ? ", with \"offload\": {\"threads\": 1}"
				  : ", or bind a provider that needs no bridge here");
}

/* An adapter behind an owner's slot, and all that it needs. */
static void reach(struct process *process, const struct owner *owner,
		  const struct plan_slot *slot) {
	const struct plan *plan = process->context->plan;
	const struct plan_adapter *adapter;
	uint32_t before, more = owner->n;

	if (slot->adapter == PLAN_NONE || process->seen[slot->adapter])
		return;
	process->seen[slot->adapter] = true;
	adapter = &plan->adapters[slot->adapter];
	before = process->counts[slot->adapter];
	if (adapter->manifest->scope == SCOPE_NODE)
		more--; /* one for each slot is what was asked for */
	else
		before += used_directly(process, adapter, owner->group);
	process->counts[slot->adapter] += more;
	if (must_be_one(adapter) && !process->reported[slot->adapter] &&
	    (adapter->plan_node != PLAN_NONE ||
	     (more && before + more > (adapter->manifest->scope != SCOPE_NODE)))) {
		process->reported[slot->adapter] = true;
		report(process, owner, adapter);
	}
	for (uint32_t i = 0; i < adapter->n_slots; i++)
		reach(process, owner, &adapter->slots[i]);
}

static void check_ops(struct process *process, const struct owner *owner) {
	const struct ry_provides *provides = owner->slot->provides;
	struct diag *diag = process->context->diag;
	struct finding *f;

	if (provides->op_count <= PLAN_BRIDGE_OPS)
		return;
	f = diag_add(diag, DIAG_RYR029, slot_place(owner->slot, owner->doc),
		     "contract `%s` has %u operations; a bridge serves at most %u",
		     provides->contract, provides->op_count, PLAN_BRIDGE_OPS);
	finding_help(diag, f, "split the contract, or bind a provider that needs no bridge");
}

static bool is_transactional(const struct plan_slot *slot, const struct plan_adapter *adapter) {
	(void)slot;
	return adapter->type->transaction != NULL;
}

/* Is the call itself refused (RYR020, RYR021)? Then nothing is made for it. */
static bool is_refused(const struct process *process, const struct owner *owner) {
	const struct plan *plan = process->context->plan;
	const struct plan_adapter *provider = &plan->adapters[owner->slot->adapter];

	if (owner->slot->bridge == BRIDGE_WAIT)
		return false;
	return plan_slot_any(plan, owner->slot, is_transactional) ||
	       (provider->manifest->scope != SCOPE_NODE &&
		used_directly(process, provider, owner->group));
}

static void check_slot(struct process *process, const struct owner *asked, bool offloaded) {
	const struct check_context *context = process->context;
	struct owner owner = *asked;
	bool safe;

	if (owner.slot->adapter == PLAN_NONE || !owner.slot->provides)
		return;
	if (owner.slot->bridge == BRIDGE_OFFLOAD || offloaded)
		process->uses_pool = true;
	if (owner.slot->bridge != BRIDGE_NONE)
		check_ops(process, &owner);
	safe = plan_slot_thread_safe(context->plan, owner.slot);
	if (owner.slot->bridge != BRIDGE_WAIT &&
	    (safe || !(offloaded || owner.slot->bridge == BRIDGE_OFFLOAD)))
		return; /* the ordinary instance */
	if (is_refused(process, &owner))
		return;
	if (owner.slot->bridge == BRIDGE_OFFLOAD)
		owner.n = (uint32_t)context->manifest->runtime.offload.threads;
	for (uint32_t i = 0; i < context->plan->n_adapters; i++)
		process->seen[i] = false;
	reach(process, &owner, owner.slot);
}

static void check_node(struct process *process, const struct plan_node *node) {
	bool offloaded = node->node && node->node->bridge == BRIDGE_OFFLOAD;
	struct owner owner = {.doc = node->doc, .name = node->name, .group = node->group, .n = 1};

	process->uses_pool = process->uses_pool || offloaded;
	for (uint32_t i = 0; i < node->n_slots; i++) {
		owner.slot = &node->slots[i];
		check_slot(process, &owner, offloaded);
	}
}

static void check_adapter(struct process *process, const struct plan_adapter *adapter) {
	struct owner owner = {.doc = adapter->manifest->head.doc,
			      .name = adapter->name,
			      .group = PLAN_NONE,
			      .n = 1};

	for (uint32_t i = 0; adapter->plan_node == PLAN_NONE && i < adapter->n_slots; i++) {
		owner.slot = &adapter->slots[i];
		check_slot(process, &owner, false);
	}
}

static void check_settings(struct process *process) {
	const struct doc_value *runtime = doc_at(&process->context->manifest->doc, "/runtime");
	struct diag *diag = process->context->diag;
	struct finding *f;

	if (process->uses_pool || !doc_member(runtime, "offload"))
		return;
	f = diag_add(diag, DIAG_RYR030, doc_place(runtime, "offload"),
		     "`offload` has no effect: nothing has the offload bridge");
	finding_help(diag, f, "leave it out");
}

void check_runner_bridges(struct check_context *context) {
	const struct plan *plan = context->plan;
	uint32_t n = plan->n_adapters + 1;
	struct process process = {.context = context};

	process.counts = must_calloc(n, sizeof(uint32_t));
	process.reported = must_calloc(n, sizeof(bool));
	process.seen = must_calloc(n, sizeof(bool));
	for (uint32_t g = 0; g < plan->n_groups; g++) {
		const struct plan_group *group = &plan->groups[g];

		/* Groups that are processes have instances each; inline they add up. */
		for (uint32_t i = 0; i < n && !plan->inline_mode; i++)
			process.counts[i] = 0;
		for (uint32_t i = 0; i < group->n_nodes; i++)
			check_node(&process, &plan->nodes[group->nodes[i]]);
	}
	for (uint32_t a = 0; a < plan->n_adapters; a++)
		check_adapter(&process, &plan->adapters[a]);
	check_settings(&process);
	free(process.counts);
	free(process.reported);
	free(process.seen);
}
