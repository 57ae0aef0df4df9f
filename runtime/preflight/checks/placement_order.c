/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RYG021, RYG026: what stands before a merge. A merge takes its inputs in the order of their source
 * sequence: at a sink with `ordering.sink_mode: source_seq`, and at a group that holds a stateful
 * node and has several input links.
 */
#include "preflight/check.h"

#include "base/alloc.h"

/* At most two of the sources that reach a node: enough to know whether there are several. */
struct origins {
	uint32_t first, second;
};

struct order {
	struct check_context *context;
	struct origins *origins; /* by plan node */
	bool *merges;		 /* by plan node */
	uint32_t *next;		 /* by plan node: a merge behind it; PLAN_NONE */
};

static void add_origin(struct origins *origins, uint32_t source) {
	if (source == PLAN_NONE || source == origins->first || source == origins->second)
		return;
	if (origins->first == PLAN_NONE)
		origins->first = source;
	else if (origins->second == PLAN_NONE)
		origins->second = source;
}

static bool emits_by_itself(const struct plan_node *node) {
	return node->kind == PLAN_SOURCE ||
	       (node->kind == PLAN_NODE && node->type->flags & RY_NODE_IS_SOURCE);
}

static void find_origins(struct order *order) {
	const struct plan *plan = order->context->plan;

	for (uint32_t i = 0; i < plan->n_nodes; i++) {
		const struct plan_node *node = &plan->nodes[i];
		struct origins *origins = &order->origins[i];

		*origins = (struct origins){PLAN_NONE, PLAN_NONE};
		for (uint32_t u = 0; u < node->n_upstream; u++) {
			add_origin(origins, order->origins[node->upstream[u]].first);
			add_origin(origins, order->origins[node->upstream[u]].second);
		}
		if (emits_by_itself(node))
			add_origin(origins, i);
	}
}

/* Links come from each worker of each group before this one. */
static uint32_t input_links(const struct plan *plan, const struct plan_group *group) {
	uint32_t from = PLAN_NONE, links = 0;

	for (uint32_t i = 0; i < group->n_nodes; i++) {
		const struct plan_node *node = &plan->nodes[group->nodes[i]];

		for (uint32_t u = 0; u < node->n_upstream; u++) {
			uint32_t g = plan->nodes[node->upstream[u]].group;

			if (g == node->group || g == from)
				continue;
			links += plan->groups[g].workers;
			from = g;
		}
	}
	return links;
}

static bool holds_state(const struct plan *plan, const struct plan_group *group) {
	for (uint32_t i = 0; i < group->n_nodes; i++) {
		const struct plan_node *node = &plan->nodes[group->nodes[i]];

		if (node->kind == PLAN_NODE && node->type->flags & RY_NODE_STATEFUL)
			return true;
	}
	return false;
}

static void find_merges(struct order *order) {
	const struct plan *plan = order->context->plan;
	bool sinks = order->context->manifest->runtime.ordering.sink_mode == SINK_SOURCE_SEQ;

	for (uint32_t g = 0; g < plan->n_groups; g++) {
		const struct plan_group *group = &plan->groups[g];
		bool merged = holds_state(plan, group) && input_links(plan, group) > 1;

		for (uint32_t i = 0; i < group->n_nodes; i++) {
			const struct plan_node *node = &plan->nodes[group->nodes[i]];

			order->merges[node->index] = (merged && node->kind == PLAN_NODE) ||
						     (sinks && node->kind == PLAN_SINK);
		}
	}
}

/* The first merge behind each node, in one pass against the order. */
static void find_next(struct order *order) {
	const struct plan *plan = order->context->plan;

	for (uint32_t i = 0; i < plan->n_nodes; i++)
		order->next[i] = PLAN_NONE;
	for (uint32_t i = plan->n_nodes; i-- > 0;) {
		uint32_t merge = order->merges[i] ? i : order->next[i];

		for (uint32_t u = 0; u < plan->nodes[i].n_upstream; u++)
			if (merge < order->next[plan->nodes[i].upstream[u]])
				order->next[plan->nodes[i].upstream[u]] = merge;
	}
}

static void check_unordered(const struct order *order, const struct plan_node *node) {
	struct diag *diag = order->context->diag;
	const struct plan *plan = order->context->plan;
	const struct plan_node *merge;
	struct finding *f;

	if (node->kind != PLAN_NODE || node->node->ordered || node->max_in_flight < 2 ||
	    order->next[node->index] == PLAN_NONE)
		return;
	merge = &plan->nodes[order->next[node->index]];
	f = diag_add(diag, DIAG_RYG021, node_place(node, "ordered"),
		     "`%s` is not ordered, and `%s` behind it takes messages in the order of their "
		     "source",
		     node->name, merge->name);
	finding_second(diag, f, &merge->doc->key_place, "it merges by source sequence");
	finding_why(diag, f, "what comes late would be out of place for ever");
	finding_help(diag, f, "%s",
		     merge->kind == PLAN_SINK
			     ? "leave `ordered` out, or set ordering.sink_mode to `completion`"
			     : "leave `ordered` out");
}

static void check_origins(const struct order *order, const struct plan_node *node) {
	struct diag *diag = order->context->diag;
	const struct plan *plan = order->context->plan;
	const struct origins *origins = &order->origins[node->index];
	struct finding *f;

	if (!order->merges[node->index] || origins->second == PLAN_NONE)
		return;
	f = diag_add(diag, DIAG_RYG026, &node->doc->key_place,
		     "`%s` takes messages of several sources, among them `%s` and `%s`", node->name,
		     plan->nodes[origins->first].name, plan->nodes[origins->second].name);
	finding_why(diag, f,
		    "the order within each source is kept; between sources it is that of arrival, "
		    "and may differ from run to run");
	finding_help(diag, f, "give each source a way and a sink of its own if that matters");
}

void check_placement_order(struct check_context *context) {
	const struct plan *plan = context->plan;
	struct order order = {
		.context = context,
		.origins = must_calloc(plan->n_nodes + 1, sizeof(struct origins)),
		.merges = must_calloc(plan->n_nodes + 1, sizeof(bool)),
		.next = must_calloc(plan->n_nodes + 1, sizeof(uint32_t)),
	};

	find_origins(&order);
	find_merges(&order);
	find_next(&order);
	for (uint32_t i = 0; i < plan->n_nodes; i++) {
		check_unordered(&order, &plan->nodes[i]);
		check_origins(&order, &plan->nodes[i]);
	}
	free(order.origins);
	free(order.merges);
	free(order.next);
}
