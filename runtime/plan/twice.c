/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ambiguous wiring: a consumer without `inputs` that receives a type from a node, and from a second
 * node that makes messages of that same type out of the first one's. It would get each message
 * before and after the second node. Somebody who wants that says so with `inputs`.
 */
#include "plan/build.h"

/* The first pair of each type, and the first of which both are nodes, as sinks see it. */
struct pair {
	const struct plan_edge *any, *nodes;
};

static bool emits(const struct plan_node *node, uint32_t type) {
	for (uint32_t i = 0; i < node->n_ports; i++)
		if (node->ports[i].active && node->ports[i].type_id == type)
			return true;
	return false;
}

static struct pair *find_pairs(struct build *b) {
	struct pair *pairs = arena_array(b->arena, struct pair, b->plan->n_types);

	for (size_t i = 0; i < b->n_edges; i++) {
		const struct plan_edge *edge = &b->edges[i];
		const struct plan_node *from = &b->plan->nodes[edge->from];
		uint32_t type = from->ports[edge->port].type_id;

		if (!emits(&b->plan->nodes[edge->to], type))
			continue;
		if (!pairs[type].any)
			pairs[type].any = edge;
		if (!pairs[type].nodes && from->kind == PLAN_NODE)
			pairs[type].nodes = edge;
	}
	return pairs;
}

static void check(struct build *b, const struct pair *pairs, uint32_t to, uint32_t input) {
	const struct plan_node *node = &b->plan->nodes[to];
	uint32_t type = node->accept_types[input];
	const struct plan_edge *pair =
		node->kind == PLAN_SINK ? pairs[type].nodes : pairs[type].any;
	const struct plan_node *first, *second;
	struct finding *f;

	if (!pair || pair->to == to || pair->from == to || !b->plan->types[type])
		return;
	/* By type alone, core types do not reach a node from a node at all. */
	if (node->kind == PLAN_NODE && is_core_type(node->accepts[input]))
		return;
	first = &b->plan->nodes[pair->from];
	second = &b->plan->nodes[pair->to];
	f = diag_add(b->diag, DIAG_RYW008, unit_place(b->vertices[to].unit),
		     "`%s` would receive `%s` messages from `%s` and again from `%s`", node->name,
		     node->accepts[input], first->name, second->name);
	f->cause = b->vertices[pair->to].doubt;
	finding_second(b->diag, f, unit_place(b->vertices[pair->to].unit),
		       "makes them out of those of `%s`", first->name);
	finding_why(b->diag, f, "without `inputs` a type comes from every node that emits it");
	finding_help(b->diag, f, "add \"inputs\": [\"%s\"], or name both if both are meant",
		     second->name);
}

void plan_check_twice(struct build *b) {
	const struct pair *pairs = find_pairs(b);

	for (uint32_t v = 0; v < b->plan->n_nodes; v++)
		for (uint32_t i = 0; !b->vertices[v].has_inputs && i < b->vertices[v].n_accepts;
		     i++)
			check(b, pairs, v, i);
}
