/* SPDX-License-Identifier: Apache-2.0 */
/* Words that several checks use. */
#include "preflight/check.h"

#include <string.h>

enum runner_profile group_profile(const struct plan *plan, const struct plan_group *group) {
	return plan->inline_mode ? plan->inline_profile : group->profile;
}

const struct place *node_place(const struct plan_node *node, const char *member) {
	return doc_place(node->doc, member);
}

const struct place *group_place(const struct plan *plan, const struct plan_group *group,
				const char *member) {
	const struct doc_value *doc =
		group->manifest ? group->manifest->head.doc : plan->manifest->doc.root;

	return doc_place(doc, member);
}

const struct place *node_in_group_place(const struct plan *plan, const struct plan_node *node) {
	const struct plan_group *group = &plan->groups[node->group];
	const struct doc_value *names =
		group->manifest ? doc_member(group->manifest->head.doc, "nodes") : NULL;

	for (size_t i = 0; names && i < names->n_items; i++) {
		const char *text = names->items[i]->kind == DOC_STRING ? names->items[i]->text : "";
		const char *colon = strchr(text, ':');

		if (strcmp(colon ? colon + 1 : text, node->name) == 0)
			return &names->items[i]->place;
	}
	return &node->doc->key_place;
}

const struct place *slot_place(const struct plan_slot *slot, const struct doc_value *owner) {
	if (slot->binding && slot->binding->head.doc)
		return &slot->binding->head.doc->key_place;
	return &owner->key_place;
}

const struct finding *contradiction_of(const struct check_context *context,
				       const struct plan_group *group) {
	const struct place *place = group_place(context->plan, group, "runner_profile");

	for (size_t i = 0; i < context->diag->n_findings; i++) {
		const struct finding *f = context->diag->findings[i];

		if (f->code == DIAG_RYR001 && f->place.offset == place->offset)
			return f;
	}
	return NULL;
}

bool message_has_codec(const struct ry_message_type *type) {
	return type->kind != RY_MESSAGE_CUSTOM || (type->encode && type->decode);
}

const char *join_names(struct arena *arena, const char *const *names, size_t n) {
	const char *text = "";

	for (size_t i = 0; i < n && i < 5; i++)
		text = arena_printf(arena, "%s%s`%s`", text,
				    i == 0	 ? ""
				    : i + 1 == n ? " and "
						 : ", ",
				    names[i]);
	return n > 5 ? arena_printf(arena, "%s and %zu more", text, n - 5) : text;
}
