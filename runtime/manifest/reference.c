/* SPDX-License-Identifier: Apache-2.0 */
/* Key tables as Markdown: one heading and one table for each block. */
#include "manifest/keys.h"
#include "manifest/scalar.h"
#include "manifest/schema.h"

#include <string.h>

static bool has_block(const struct ry_config_key *key) {
	return key->keys && key->keys[0];
}

/* Text in a cell: a bar would end it. */
static void add_cell(struct strbuf *out, const char *text) {
	for (; *text; text++) {
		if (*text == '|')
			strbuf_add_char(out, '\\');
		strbuf_add_char(out, *text);
	}
}

static void add_value(struct strbuf *out, const struct ry_config_key *key) {
	uint32_t bounds = RY_CONFIG_HAS_MIN | RY_CONFIG_HAS_MAX;
	struct arena arena = ARENA_INIT;

	if (key->type == RY_CONFIG_ENUM)
		add_cell(out, choice_list(key, &arena));
	else if (key->type == BIND_BLOCK_MAP)
		strbuf_add(out, "an object of blocks by name");
	else if (key->type == RY_CONFIG_BLOCK_LIST)
		strbuf_add(out, "an array of blocks");
	else if (key->type == RY_CONFIG_BLOCK)
		strbuf_add(out, "a block");
	else if (key->type == RY_CONFIG_PATH)
		strbuf_add(out, "a path");
	else if (key->type == RY_CONFIG_NODE_REF)
		strbuf_add(out, "the name of a node");
	else
		add_cell(out, type_name(key));
	if (key->flags & bounds)
		strbuf_printf(out, ", %s", scalar_bounds(key, &arena));
	else if (key->unit)
		strbuf_printf(out, ", in %s", key->unit);
	if (key->flags & RY_CONFIG_SECRET)
		strbuf_add(out, "; secret");
	arena_fini(&arena);
}

/* Defaults that stand for absence are told by the text. */
static bool is_absence(const struct ry_config_key *key) {
	int64_t value;

	return !key->fallback || !*key->fallback ||
	       (key->type == RY_CONFIG_INT && scalar_read(key, key->fallback, &value) == 0 &&
		!scalar_in_range(key, &value));
}

static const char *zero_default(const struct ry_config_key *key) {
	if (key->type == RY_CONFIG_BOOL)
		return "`false`";
	if (key->type == RY_CONFIG_INT || key->type == RY_CONFIG_NUMBER)
		return "`0`";
	return "";
}

static void add_default(struct strbuf *out, const struct ry_config_key *key) {
	if (key->flags & RY_CONFIG_REQUIRED)
		strbuf_add(out, "required");
	else if (!is_absence(key))
		strbuf_printf(out, "`%s`", key->fallback);
	else if (!key->fallback)
		strbuf_add(out, zero_default(key));
}

static void add_row(struct strbuf *out, const struct ry_config_key *key) {
	strbuf_printf(out, "| `%s` | ", key->name);
	add_value(out, key);
	strbuf_add(out, " | ");
	add_default(out, key);
	strbuf_add(out, " | ");
	add_cell(out, key->doc);
	strbuf_add(out, " |\n");
}

/* The name of the block below `name`. */
static void add_name(struct strbuf *path, const char *name, const struct ry_config_key *key) {
	strbuf_printf(path, "%s%s%s", name, *name ? "." : "", key->name);
	if (key->type == RY_CONFIG_BLOCK_LIST)
		strbuf_add(path, "[]");
	else if (key->type == BIND_BLOCK_MAP)
		strbuf_add(path, ".NAME");
}

void reference_write_table(struct strbuf *out, const char *name, unsigned level,
			   const struct ry_config_key *const *keys) {
	strbuf_add_char(out, '\n');
	for (unsigned i = 0; i < level; i++)
		strbuf_add_char(out, '#');
	strbuf_printf(out, *name ? " `%s`\n\n" : " The document%s\n\n", name);
	if (!keys || !keys[0]) {
		strbuf_add(out, "No keys.\n");
		return;
	}
	strbuf_add(out, "| key | value | default | what it is |\n|---|---|---|---|\n");
	for (size_t i = 0; keys[i]; i++)
		add_row(out, keys[i]);
	for (size_t i = 0; keys[i]; i++) {
		struct strbuf path = STRBUF_INIT;

		if (!has_block(keys[i]))
			continue;
		add_name(&path, name, keys[i]);
		reference_write_table(out, strbuf_text(&path), level, keys[i]->keys);
		strbuf_fini(&path);
	}
}

void reference_write(struct strbuf *out) {
	strbuf_add(
		out,
		"# Keys of the manifest\n\n"
		"Made from the key tables in `runtime/manifest/keys_*.c`; do not edit. "
		"`${env:NAME}`, `${env:NAME:-default}` and `${file:PATH}` may stand in every "
		"string, and in a string where another type is wanted: what is put in is then "
		"converted. Paths are relative to the manifest's folder. Secret keys are shown as "
		"`***`.\n");
	reference_write_table(out, "", 2, manifest_keys);
}
