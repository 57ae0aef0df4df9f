/* SPDX-License-Identifier: Apache-2.0 */
/* Builds a plan step by step (build.h), and answers questions about a finished one. */
#include "plan/build.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

struct plan_names {
	struct strmap nodes, adapters;
};

static void add_names(struct plan *plan) {
	plan->names = must_calloc(1, sizeof(struct plan_names));
	for (uint32_t i = 0; i < plan->n_nodes; i++)
		strmap_add(&plan->names->nodes, plan->nodes[i].name, i);
	for (uint32_t i = 0; i < plan->n_adapters; i++)
		strmap_add(&plan->names->adapters, plan->adapters[i].name, i);
}

static void keep_types(struct plan *plan) {
	const struct ry_message_type **types =
		(const struct ry_message_type **)arena_array(&plan->arena, void *, plan->n_types);

	if (plan->n_types)
		memcpy(types, plan->types, plan->n_types * sizeof(*types));
	free(plan->types);
	plan->types = types;
}

int plan_build(struct plan *plan, struct manifest *manifest, const struct catalog *catalog,
	       struct diag *diag) {
	unsigned errors = diag->n_errors;
	struct build b = {
		.plan = plan,
		.manifest = manifest,
		.catalog = catalog,
		.diag = diag,
		.arena = &plan->arena,
	};

	plan->manifest = manifest;
	plan->catalog = catalog;
	plan_resolve(&b);
	plan_check_refs(&b);
	plan_wire(&b);
	plan_check_twice(&b);
	plan_order(&b);
	plan_group(&b);
	plan_depend(&b);
	plan_infer_runners(&b);
	plan_check_reach(&b);
	keep_types(plan);
	add_names(plan);
	strmap_fini(&b.node_names);
	strmap_fini(&b.adapter_names);
	strmap_fini(&b.type_ids);
	free(b.edges);
	return diag->n_errors == errors ? 0 : -EINVAL;
}

void plan_fini(struct plan *plan) {
	if (plan->names) {
		strmap_fini(&plan->names->nodes);
		strmap_fini(&plan->names->adapters);
		free(plan->names);
	}
	arena_fini(&plan->arena);
	memset(plan, 0, sizeof(*plan));
}

const struct plan_node *plan_node_named(const struct plan *plan, const char *name) {
	size_t at = plan->names ? strmap_get(&plan->names->nodes, name) : STRMAP_NONE;

	return at == STRMAP_NONE ? NULL : &plan->nodes[at];
}

const struct plan_adapter *plan_adapter_named(const struct plan *plan, const char *name) {
	size_t at = plan->names ? strmap_get(&plan->names->adapters, name) : STRMAP_NONE;

	return at == STRMAP_NONE ? NULL : &plan->adapters[at];
}

struct search {
	const struct plan *plan;
	bool *seen;
	uint32_t *stack;
	uint32_t depth;
};

static void visit(struct search *s, uint32_t from, uint32_t wanted) {
	const struct plan_node *node = &s->plan->nodes[from];

	for (uint32_t p = 0; p < node->n_ports; p++) {
		for (uint32_t e = 0; e < node->ports[p].n_edges; e++) {
			uint32_t to = node->ports[p].edges[e].to;

			/* In order, nothing leads back to a lower index. */
			if (s->seen[to] || (!s->plan->cyclic && to > wanted))
				continue;
			s->seen[to] = true;
			s->stack[s->depth++] = to;
		}
	}
}

bool plan_reaches(const struct plan *plan, uint32_t from, uint32_t to) {
	struct search s = {.plan = plan};
	bool found;

	if (!plan->cyclic && from >= to)
		return false;
	s.seen = must_calloc(plan->n_nodes, sizeof(bool));
	s.stack = must_calloc(plan->n_nodes, sizeof(uint32_t));
	visit(&s, from, to);
	while (s.depth && !s.seen[to])
		visit(&s, s.stack[--s.depth], to);
	found = s.seen[to];
	free(s.seen);
	free(s.stack);
	return found;
}
