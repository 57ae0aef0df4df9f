/* SPDX-License-Identifier: Apache-2.0 */
/* RYG014..RYG017, RYG027: what a group with several workers may hold. */
#include "preflight/check.h"

#include <string.h>

struct several {
	struct check_context *context;
	const struct plan_group *group;
	const char *key; /* partition_by; NULL: none */
};

static size_t count_names(const char *const *names) {
	size_t n = 0;

	while (names && names[n])
		n++;
	return n;
}

static bool has_name(const char *const *names, const char *name) {
	for (size_t i = 0; names && names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* Does its result depend on earlier messages, in its own memory or in a store that it writes? */
static bool is_stateful(const struct several *several, const struct plan_node *node) {
	const struct plan *plan = several->context->plan;
	const struct store_uses *uses = several->context->uses;

	if (node->kind != PLAN_NODE)
		return false;
	if (node->type->flags & RY_NODE_STATEFUL)
		return true;
	for (uint32_t i = 0; i < node->n_slots; i++) {
		uint32_t adapter = node->slots[i].adapter;

		if (adapter == PLAN_NONE ||
		    !(plan->adapters[adapter].type->flags & RY_ADAPTER_STATEFUL))
			continue;
		for (uint32_t j = 0; j < uses->counts[adapter]; j++)
			if (uses->by_adapter[adapter][j].node == node->index &&
			    uses->by_adapter[adapter][j].writes)
				return true;
	}
	return false;
}

static void report_not_separable(const struct several *several, const struct plan_node *node) {
	struct diag *diag = several->context->diag;
	const char *const *keys = node->type->partition_keys;
	struct finding *f;

	f = diag_add(diag, DIAG_RYG015,
		     group_place(several->context->plan, several->group, "partition_by"),
		     "the state of `%s` is not separable by `%s`", node->name, several->key);
	finding_second(diag, f, node_in_group_place(several->context->plan, node),
		       "it stands in this group");
	finding_why(diag, f,
		    "each worker would hold a part of the state that the others must see too");
	if (keys && keys[0])
		finding_help(diag, f, "it is separable by %s",
			     join_names(&diag->arena, keys, count_names(keys)));
	else
		finding_help(diag, f, "its state is global: give it a group with one worker");
}

static void check_state(const struct several *several, const struct plan_node *node) {
	struct diag *diag = several->context->diag;
	struct finding *f;

	if (!is_stateful(several, node))
		return;
	if (several->key) {
		if (!has_name(node->type->partition_keys, several->key))
			report_not_separable(several, node);
		return;
	}
	f = diag_add(diag, DIAG_RYG014,
		     group_place(several->context->plan, several->group, "workers"),
		     "group `%s` has %u workers and no `partition_by`, and `%s` in it is stateful",
		     several->group->name, several->group->workers, node->name);
	finding_second(diag, f, node_in_group_place(several->context->plan, node),
		       "its result depends on earlier messages");
	finding_why(diag, f, "messages that belong together would meet different workers");
	if (node->type->partition_keys && node->type->partition_keys[0])
		finding_help(diag, f, "add \"partition_by\": \"%s\"",
			     node->type->partition_keys[0]);
	else
		finding_help(diag, f, "its state is global: give it a group with one worker");
}

/* A stream adapter or a node that emits by itself would do so once in every worker. */
static void check_ends(const struct several *several, const struct plan_node *node) {
	struct diag *diag = several->context->diag;
	static const char *const kinds[] = {"node", "source", "sink"};
	struct finding *f;

	if (node->kind == PLAN_NODE ? !(node->type->flags & RY_NODE_IS_SOURCE)
				    : node->adapter->flags & RY_ADAPTER_MULTI_PROCESS)
		return;
	f = diag_add(diag, DIAG_RYG017, node_in_group_place(several->context->plan, node),
		     "%s `%s` stands in group `%s`, which has %u workers", kinds[node->kind],
		     node->name, several->group->name, several->group->workers);
	finding_second(diag, f, group_place(several->context->plan, several->group, "workers"),
		       "each of them would have one");
	finding_why(diag, f, "%s",
		    node->kind == PLAN_SINK ? "several processes would write one output"
					    : "every message would come once from each worker");
	finding_help(diag, f, "give it a group with one worker");
}

static bool type_has_key(const struct ry_message_type *type, const char *key) {
	for (size_t i = 0; type->partition_keys && type->partition_keys[i]; i++)
		if (strcmp(type->partition_keys[i]->name, key) == 0)
			return true;
	return false;
}

static void report_no_key(const struct several *several, const struct plan_node *to,
			  const struct ry_message_type *type) {
	struct diag *diag = several->context->diag;
	const char *names[32];
	size_t n = 0;
	struct finding *f;

	f = diag_add(diag, DIAG_RYG016,
		     group_place(several->context->plan, several->group, "partition_by"),
		     "`%s` enters group `%s` at `%s` and has no key `%s`", type->name,
		     several->group->name, to->name, several->key);
	finding_second(diag, f, node_in_group_place(several->context->plan, to),
		       "it is accepted here");
	for (; n < 32 && type->partition_keys && type->partition_keys[n]; n++)
		names[n] = type->partition_keys[n]->name;
	if (n)
		finding_help(diag, f, "its keys are %s", join_names(&diag->arena, names, n));
	else
		finding_help(diag, f, "the type declares no keys: use one worker, or add the key");
}

static void check_entries(const struct several *several, const struct plan_node *to) {
	const struct plan *plan = several->context->plan;

	for (size_t i = 0; to->accepts[i]; i++) {
		const struct ry_message_type *type = plan->types[to->accept_types[i]];
		bool enters = false;

		if (!type || type_has_key(type, several->key))
			continue;
		for (uint32_t u = 0; u < to->n_upstream; u++) {
			const struct plan_node *from = &plan->nodes[to->upstream[u]];

			for (uint32_t p = 0; from->group != to->group && p < from->n_ports; p++)
				for (uint32_t e = 0; e < from->ports[p].n_edges; e++)
					enters |= from->ports[p].edges[e].to == to->index &&
						  from->ports[p].edges[e].input == i;
		}
		if (enters)
			report_no_key(several, to, type);
	}
}

static void check_group(const struct several *several) {
	for (uint32_t i = 0; i < several->group->n_nodes; i++) {
		const struct plan_node *node =
			&several->context->plan->nodes[several->group->nodes[i]];

		check_state(several, node);
		check_ends(several, node);
		if (several->key)
			check_entries(several, node);
	}
}

void check_placement_workers(struct check_context *context) {
	for (uint32_t i = 0; i < context->plan->n_groups; i++) {
		struct several several = {context, &context->plan->groups[i], NULL};

		if (several.group->manifest)
			several.key = several.group->manifest->partition_by;
		if (several.group->workers > 1)
			check_group(&several);
		else if (several.key)
			diag_add(context->diag, DIAG_RYG027,
				 group_place(context->plan, several.group, "partition_by"),
				 "`partition_by` has no effect: group `%s` has one worker",
				 several.group->name);
	}
}
