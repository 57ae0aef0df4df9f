/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration keys that hold the name of a node (RY_CONFIG_NODE_REF). */
#include "plan/build.h"

static void check_ref(struct build *b, const struct unit *unit, const struct ry_config_key *key,
		      const char *name, const struct place *place) {
	const struct unit *named = unit_named(b, name);
	struct finding *f;

	if ((named && named->node) || text_unknown(b, name))
		return;
	f = diag_add(b->diag, DIAG_RYW013, place, "`%s` of `%s` names `%s`, which is %s", key->name,
		     unit->name, name, named ? "an adapter and no node" : "no node");
	if (named)
		finding_second(b->diag, f, unit_place(named), "the adapter");
	else
		say_meant(b, f, unit_nearest(b, name, false));
}

/* object may be NULL: then the values are defaults, and their place is the unit's. */
static void check_block(struct build *b, const struct unit *unit,
			const struct ry_config_key *const *keys, const char *config,
			const struct doc_value *object) {
	for (; keys && *keys; keys++) {
		const struct ry_config_key *key = *keys;
		const char *member = config + key->offset;
		const struct doc_value *value = doc_member(object, key->name);
		const char *name;
		const struct ry_block_list *list;

		switch (key->type) {
		case RY_CONFIG_NODE_REF:
			name = *(const char *const *)member;
			if (name)
				check_ref(b, unit, key, name,
					  value ? &value->place : unit_place(unit));
			break;
		case RY_CONFIG_BLOCK:
			check_block(b, unit, key->keys, member, value);
			break;
		case RY_CONFIG_BLOCK_LIST:
			list = (const struct ry_block_list *)member;
			for (uint32_t i = 0; i < list->count; i++)
				check_block(b, unit, key->keys,
					    (const char *)list->items +
						    (size_t)i * key->element_size,
					    value && i < value->n_items ? value->items[i] : NULL);
			break;
		default:
			break;
		}
	}
}

void plan_check_refs(struct build *b) {
	for (uint32_t i = 0; i < b->n_units; i++) {
		const struct unit *unit = &b->units[i];

		if (!unit->config)
			continue;
		if (unit->type)
			check_block(b, unit, unit->type->keys, unit->config, unit->node->config);
		else
			check_block(b, unit, unit->adapter->keys, unit->config,
				    unit->manifest->settings);
	}
}
