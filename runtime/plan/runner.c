/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each group's runner. It is inferred from what its nodes need, at whatever distance: a slot that
 * is called asynchronously, a node or an adapter that lives on a loop. `auto` takes that; an
 * explicit `sync` that contradicts it is a finding. An explicit `async` never contradicts: what
 * must not stand on a loop is found slot by slot (preflight, RYR010 and above).
 *
 * A slot that is not bound decides nothing: it has a finding of its own, or is optional.
 */
#include "plan/build.h"

#include "base/alloc.h"

/* Why something needs the loop. */
struct reason {
	const char *adapter; /* that is reached and needs it; NULL: the node itself */
	const struct ry_slot
		*slot; /* of whom it is, called asynchronously; NULL: it needs the loop */
};

struct inference {
	struct build *b;
	struct reason *adapters; /* by plan adapter */
	bool *needs;		 /* by plan adapter: has a reason */
	uint32_t *queue;
	uint32_t n_queue;
	/* Users of each adapter: adapters with a slot bound to it. */
	uint32_t *start, *users;
};

/* Over a wait bridge the provider has a base of its own, and its user's runner is left alone. */
static bool passes_on(const struct plan_slot *slot) {
	return slot->adapter != PLAN_NONE && slot->bridge != BRIDGE_WAIT;
}

static const struct ry_slot *async_slot(const struct plan_slot *slots, uint32_t n) {
	for (uint32_t i = 0; i < n; i++)
		if (slots[i].adapter != PLAN_NONE && slots[i].slot->call == RY_ACONSUME)
			return slots[i].slot;
	return NULL;
}

static void list_users(struct inference *in) {
	struct plan *plan = in->b->plan;

	for (uint32_t pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < plan->n_adapters; i++) {
			const struct plan_adapter *adapter = &plan->adapters[i];

			for (uint32_t s = 0; s < adapter->n_slots; s++) {
				uint32_t target = adapter->slots[s].adapter;

				if (!passes_on(&adapter->slots[s]))
					continue;
				if (!pass)
					in->start[target + 2]++;
				else
					in->users[in->start[target + 1]++] = i;
			}
		}
		for (uint32_t i = 2; !pass && i < plan->n_adapters + 2; i++)
			in->start[i] += in->start[i - 1];
	}
}

static void need_loop(struct inference *in, uint32_t adapter, struct reason reason) {
	if (in->needs[adapter])
		return;
	in->needs[adapter] = true;
	in->adapters[adapter] = reason;
	in->queue[in->n_queue++] = adapter;
}

/* From the adapters that need the loop themselves to all who use them; cycles end by themselves. */
static void infer_adapters(struct inference *in) {
	struct plan *plan = in->b->plan;

	for (uint32_t i = 0; i < plan->n_adapters; i++) {
		const struct plan_adapter *adapter = &plan->adapters[i];
		const struct ry_slot *slot = async_slot(adapter->slots, adapter->n_slots);

		if (slot || adapter->type->flags & RY_ADAPTER_NEEDS_LOOP)
			need_loop(in, i, (struct reason){adapter->name, slot});
	}
	for (uint32_t q = 0; q < in->n_queue; q++) {
		uint32_t target = in->queue[q];

		for (uint32_t u = in->start[target]; u < in->start[target + 1]; u++)
			need_loop(in, in->users[u], in->adapters[target]);
	}
}

static bool node_needs_loop(const struct plan_node *node) {
	if (node->kind != PLAN_NODE)
		return node->adapter->flags & RY_ADAPTER_NEEDS_LOOP;
	return node->type->flags & (RY_NODE_ASYNC | RY_NODE_IS_SOURCE | RY_NODE_NEEDS_LOOP);
}

static bool infer_node(const struct inference *in, const struct plan_node *node,
		       struct reason *ret) {
	const struct ry_slot *slot = async_slot(node->slots, node->n_slots);

	if (slot || node_needs_loop(node)) {
		*ret = (struct reason){NULL, slot};
		return true;
	}
	for (uint32_t i = 0; i < node->n_slots; i++)
		if (passes_on(&node->slots[i]) && in->needs[node->slots[i].adapter]) {
			*ret = in->adapters[node->slots[i].adapter];
			return true;
		}
	if (node->dead_letter == PLAN_NONE || !in->needs[node->dead_letter])
		return false;
	*ret = in->adapters[node->dead_letter];
	return true;
}

static const char *reason_text(struct build *b, const struct plan_node *node,
			       const struct reason *reason) {
	const char *who = reason->adapter ? reason->adapter : node->name;

	if (reason->slot)
		return arena_printf(b->arena, "slot `%s` of %s`%s` is called asynchronously",
				    reason->slot->name, reason->adapter ? "adapter " : "", who);
	if (!reason->adapter && node->type && node->type->flags & RY_NODE_ASYNC)
		return arena_printf(b->arena, "`%s` is an asynchronous node", who);
	return arena_printf(b->arena, "%s`%s` needs the event loop",
			    reason->adapter ? "adapter " : "", who);
}

static void report_contradiction(struct build *b, const struct plan_group *group,
				 const struct plan_node *node, const struct reason *reason,
				 uint32_t more) {
	struct finding *f = diag_add(
		b->diag, DIAG_RYR001, doc_place(group->manifest->head.doc, "runner_profile"),
		"group `%s` is to run synchronously, but `%s` needs the async runner", group->name,
		node->name);

	finding_second(b->diag, f, &node->doc->key_place, "%s", reason_text(b, node, reason));
	if (more)
		finding_why(b->diag, f, "so %s of the group",
			    more == 1 ? "does another node"
				      : arena_printf(b->arena, "do %u other nodes", more));
	finding_help(b->diag, f,
		     "set \"runner_profile\" to async, or leave it out; or move `%s` to another "
		     "group",
		     node->name);
}

static void infer_group(const struct inference *in, struct plan_group *group) {
	struct build *b = in->b;
	int32_t wanted = group->manifest ? group->manifest->runner_profile : RUNNER_AUTO;
	const struct plan_node *first = NULL;
	struct reason reason = {0}, other;
	uint32_t n = 0;

	for (uint32_t i = 0; i < group->n_nodes; i++) {
		const struct plan_node *node = &b->plan->nodes[group->nodes[i]];

		if (!infer_node(in, node, &other))
			continue;
		if (!n++) {
			first = node;
			reason = other;
		}
	}
	group->profile = wanted != RUNNER_AUTO ? (enum runner_profile)wanted
			 : first	       ? RUNNER_ASYNC
					       : RUNNER_SYNC;
	if (first && wanted == RUNNER_SYNC)
		report_contradiction(b, group, first, &reason, n - 1);
}

static const struct plan_group *group_of_profile(const struct plan *plan,
						 enum runner_profile profile, bool explicitly) {
	for (uint32_t i = 0; i < plan->n_groups; i++)
		if (plan->groups[i].profile == profile &&
		    (!explicitly || (plan->groups[i].manifest &&
				     plan->groups[i].manifest->runner_profile == (int32_t)profile)))
			return &plan->groups[i];
	return NULL;
}

/* Inline, one thread and one runner serve all groups. */
static void unite(struct build *b) {
	struct plan *plan = b->plan;
	const struct plan_group *async = group_of_profile(plan, RUNNER_ASYNC, false);
	const struct plan_group *sync = group_of_profile(plan, RUNNER_SYNC, true);
	struct finding *f;

	plan->inline_profile = async ? RUNNER_ASYNC : RUNNER_SYNC;
	if (!plan->inline_mode || !async || !sync)
		return;
	f = diag_add(b->diag, DIAG_RYR002, doc_place(sync->manifest->head.doc, "runner_profile"),
		     "group `%s` is to run synchronously, but inline it shares the async runner "
		     "with `%s`",
		     sync->name, async->name);
	if (async->manifest)
		finding_second(b->diag, f, doc_place(async->manifest->head.doc, "runner_profile"),
			       "group `%s`", async->name);
	finding_help(b->diag, f, "leave `runner_profile` out, or run the groups as processes");
	if (b->manifest->inline_forced)
		finding_severity(b->diag, f, SEVERITY_NOTE);
}

static void choose_mode(struct build *b) {
	const struct manifest_platform *platform = &b->manifest->runtime.platform;
	int32_t mode = platform->bootstrap.mode;

	if (mode == BOOTSTRAP_UNSET)
		mode = platform->process_groups.count > 1 ? BOOTSTRAP_PROCESS_SUPERVISOR
							  : BOOTSTRAP_INLINE;
	b->plan->inline_mode = b->manifest->inline_forced || mode == BOOTSTRAP_INLINE;
}

void plan_infer_runners(struct build *b) {
	uint32_t n = b->plan->n_adapters, n_slots = 0;
	struct inference in = {.b = b};

	for (uint32_t i = 0; i < n; i++)
		n_slots += b->plan->adapters[i].n_slots;
	in.adapters = must_calloc(n, sizeof(struct reason));
	in.needs = must_calloc(n, sizeof(bool));
	in.queue = must_calloc(n, sizeof(uint32_t));
	in.start = must_calloc(n + 2, sizeof(uint32_t));
	in.users = must_calloc(n_slots, sizeof(uint32_t));
	list_users(&in);
	infer_adapters(&in);
	choose_mode(b);
	for (uint32_t i = 0; i < b->plan->n_groups; i++)
		infer_group(&in, &b->plan->groups[i]);
	unite(b);
	free(in.adapters);
	free(in.needs);
	free(in.queue);
	free(in.start);
	free(in.users);
}
