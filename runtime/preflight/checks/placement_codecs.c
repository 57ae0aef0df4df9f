/* SPDX-License-Identifier: Apache-2.0 */
/* RYG010, RYG011: where a message leaves its process, its type has a codec. */
#include "preflight/check.h"

static void check_edge(struct check_context *context, const struct plan_edge *edge) {
	const struct plan *plan = context->plan;
	const struct plan_node *from = &plan->nodes[edge->from], *to = &plan->nodes[edge->to];
	const struct ry_message_type *type = from->ports[edge->port].type;
	struct finding *f;

	if (!edge->crosses_group || !type || message_has_codec(type))
		return;
	f = diag_add(context->diag, DIAG_RYG010, node_in_group_place(plan, to),
		     "`%s` goes from `%s` in group `%s` to `%s` in group `%s`, and it has no codec",
		     type->name, from->name, plan->groups[from->group].name, to->name,
		     plan->groups[to->group].name);
	finding_second(context->diag, f, node_in_group_place(plan, from), "it comes from here");
	finding_why(context->diag, f,
		    "groups are processes: what goes from one to the other is encoded on the way");
	finding_help(context->diag, f,
		     "put `%s` and `%s` into one group, or give the type `encode` and `decode`",
		     from->name, to->name);
}

static void check_dead_letter(struct check_context *context, const struct plan_node *node) {
	struct finding *f;

	if (node->dead_letter == PLAN_NONE)
		return;
	for (size_t i = 0; node->accepts[i]; i++) {
		const struct ry_message_type *type = context->plan->types[node->accept_types[i]];

		if (!type || message_has_codec(type))
			continue;
		f = diag_add(context->diag, DIAG_RYG011, node_place(node, "on_error"),
			     "`%s` may send `%s` to the dead letter `%s`, and it has no codec",
			     node->name, type->name,
			     context->plan->adapters[node->dead_letter].name);
		finding_why(context->diag, f,
			    "a dead letter keeps the encoded message, so that it can be replayed");
		finding_help(context->diag, f,
			     "give the type `encode` and `decode`, or use another policy");
	}
}

void check_placement_codecs(struct check_context *context) {
	for (uint32_t i = 0; i < context->plan->n_edges; i++)
		check_edge(context, &context->plan->edges[i]);
	for (uint32_t i = 0; i < context->plan->n_nodes; i++)
		check_dead_letter(context, &context->plan->nodes[i]);
}
