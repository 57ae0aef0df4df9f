/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unknown keys. In the order of how sure the guess is: the key stands in the block around it, in
 * a block of this level or a sibling block; else a known name is near.
 */
#include "manifest/levels.h"

#include <string.h>

#include "base/alloc.h"

static const struct ry_config_key *find_key(const struct ry_config_key *const *keys,
					    const char *name) {
	for (; keys && *keys; keys++)
		if (strcmp((*keys)->name, name) == 0)
			return *keys;
	return NULL;
}

/* The block among the keys of a level that knows the name. */
static const char *block_with(const struct ry_config_key *const *keys, const char *name) {
	for (; keys && *keys; keys++)
		if ((*keys)->type == RY_CONFIG_BLOCK && find_key((*keys)->keys, name))
			return (*keys)->name;
	return NULL;
}

static const char *nearest_key(const struct ry_config_key *const *keys, const char *name) {
	const char *names[256];
	size_t n = 0;

	for (; *keys && n < 256; keys++)
		names[n++] = (*keys)->name;
	return nearest_name(name, names, n);
}

static void list_keys(struct bind *bind, struct finding *finding,
		      const struct ry_config_key *const *keys) {
	char *list = arena_strdup(bind->arena, "");

	if (!keys[0]) {
		finding_help(bind->diag, finding, "this block has no keys");
		return;
	}
	for (size_t i = 0; keys[i] && i < 24; i++)
		list = arena_printf(bind->arena, "%s%s`%s`", list, i ? ", " : "", keys[i]->name);
	finding_help(bind->diag, finding, "known are %s", list);
}

static void report_unknown(struct bind *bind, const struct level *level,
			   const struct doc_value *value) {
	const char *name = value->key, *in = level->name ? level->name : value->parent->key;
	const struct level *up = level->up;
	const char *nearest, *block;
	struct finding *finding =
		diag_add(bind->diag, DIAG_RYC001, &value->key_place, "unknown key `%s`%s%s%s", name,
			 in ? " in `" : "", in ? in : "", in ? "`" : "");

	if (up && find_key(up->keys, name)) {
		finding_help(bind->diag, finding, "it belongs one level up%s%s%s",
			     up->name ? ", into `" : "", up->name ? up->name : "",
			     up->name ? "`" : "");
	} else if ((block = block_with(level->keys, name))) {
		finding_help(bind->diag, finding, "it belongs one level down, into `%s`", block);
	} else if (up && (block = block_with(up->keys, name))) {
		finding_help(bind->diag, finding, "it belongs into `%s`, beside `%s`", block,
			     in ? in : "this block");
	} else if ((nearest = nearest_key(level->keys, name))) {
		finding_help(bind->diag, finding, "did you mean `%s`?", nearest);
		finding_fix(bind->diag, finding, "\"%s\"", nearest);
	} else {
		list_keys(bind, finding, level->keys);
	}
}

bool report_unknown_keys(struct bind *bind, const struct level *level,
			 const struct doc_value *object) {
	bool found = false;

	for (size_t i = 0; i < object->n_items; i++) {
		const char *name = object->items[i]->key;

		if (find_key(level->keys, name) || find_key(bind->also, name))
			continue;
		report_unknown(bind, level, object->items[i]);
		found = true;
	}
	return found;
}

void bind_check_keys(struct bind *bind, const struct ry_config_key *const *keys,
		     const struct doc_value *object) {
	struct level up = {.keys = bind->outer};
	struct level level = {.keys = keys, .up = bind->outer ? &up : NULL};

	if (object && object->kind == DOC_OBJECT)
		report_unknown_keys(bind, &level, object);
}
