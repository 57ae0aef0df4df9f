/* SPDX-License-Identifier: Apache-2.0 */
/* Small questions about units and how findings speak of them. */
#include "plan/build.h"

#include <string.h>

uint32_t list_length(const void *list) {
	const void *const *items = list;
	uint32_t n = 0;

	while (items && items[n])
		n++;
	return n;
}

bool is_core_type(const char *name) {
	return !strncmp(name, "railyard.", 9);
}

bool text_unknown(const struct build *b, const char *text) {
	if (b->manifest->resolve || !bind_unknown(text))
		return false;
	for (size_t i = 0; i < b->manifest->n_unknown_env; i++)
		if (strstr(text, b->manifest->unknown_env[i]))
			return true;
	return strstr(text, "${file:") != NULL;
}

struct unit *unit_adapter(const struct build *b, const char *name) {
	size_t at = strmap_get(&b->adapter_names, name);

	return at == STRMAP_NONE ? NULL : &b->units[at];
}

static struct unit *stream_adapter(const struct build *b, const char *name, bool source) {
	struct unit *unit = unit_adapter(b, name);
	const void *wanted;

	if (!unit || !unit->adapter)
		return unit;
	wanted = source ? (const void *)unit->adapter->ports : (const void *)unit->adapter->accepts;
	return list_length(wanted) ? unit : NULL;
}

struct unit *unit_named(const struct build *b, const char *name) {
	size_t at = strmap_get(&b->node_names, name);
	struct unit *adapter;

	if (at != STRMAP_NONE)
		return &b->units[at];
	adapter = unit_adapter(b, name);
	if (!adapter && !strncmp(name, "source:", 7))
		return stream_adapter(b, name + 7, true);
	if (!adapter && !strncmp(name, "sink:", 5))
		return stream_adapter(b, name + 5, false);
	return adapter;
}

const char *unit_nearest(struct build *b, const char *name, bool adapters_only) {
	const char **names;
	size_t n = 0;

	if (b->guesses++ >= MAX_GUESSES)
		return NULL;
	names = arena_array(b->arena, const char *, b->n_units);
	for (uint32_t i = adapters_only ? b->n_nodes : 0; i < b->n_units; i++)
		names[n++] = b->units[i].name;
	return nearest_name(name, names, n);
}

const struct place *unit_place(const struct unit *unit) {
	return &unit->doc->key_place;
}

const struct place *list_place(const struct doc_value *block, const char *key, size_t i) {
	const struct doc_value *list = doc_member(block, key);

	return list && list->kind == DOC_ARRAY && i < list->n_items ? &list->items[i]->place
								    : doc_place(block, key);
}

void say_plugin(struct build *b, struct finding *finding, const void *type, const char *what) {
	const struct catalog_plugin *owner = catalog_owner(b->catalog, type);

	if (owner && owner->place.file)
		finding_second(b->diag, finding, &owner->place, "plugin `%s` %s",
			       owner->plugin->name, what);
}

void say_meant(struct build *b, struct finding *finding, const char *meant) {
	if (!meant)
		return;
	finding_help(b->diag, finding, "did you mean `%s`?", meant);
	finding_fix(b->diag, finding, "\"%s\"", meant);
}

void soften(struct build *b, struct finding *finding) {
	if (!b->manifest->runtime.strict)
		finding_severity(b->diag, finding, SEVERITY_WARNING);
	if (!finding->cause)
		finding->cause = b->doubt;
}
