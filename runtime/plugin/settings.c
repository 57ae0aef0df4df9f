/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bound config as JSON again, for the probe process that checks it: what was taken in from the
 * environment or from files is in it, paths are absolute, and nothing is taken in twice.
 */
#include <string.h>

#include "plugin/probe.h"

static void write_block(const struct ry_config_key *const *keys, const char *config,
			struct strbuf *out);

/* `${` is written `$${`: it is text by now (manifest/interpolate.h). */
static void write_text(const char *text, struct strbuf *out) {
	struct strbuf escaped = STRBUF_INIT;

	for (; *text; text++) {
		if (text[0] == '$' && text[1] == '{')
			strbuf_add_char(&escaped, '$');
		strbuf_add_char(&escaped, *text);
	}
	strbuf_add_json(out, strbuf_text(&escaped));
	strbuf_fini(&escaped);
}

/* The digits with the point among them: {-5, 2} is "-0.05". */
static void write_decimal(const struct ry_decimal *decimal, struct strbuf *out) {
	uint64_t magnitude = decimal->coefficient < 0 ? 0 - (uint64_t)decimal->coefficient
						      : (uint64_t)decimal->coefficient;
	uint64_t unit = 1;

	for (uint32_t i = 0; i < decimal->scale; i++)
		unit *= 10;
	strbuf_printf(out, "\"%s%llu", decimal->coefficient < 0 ? "-" : "",
		      (unsigned long long)(magnitude / unit));
	if (decimal->scale)
		strbuf_printf(out, ".%0*llu", (int)decimal->scale,
			      (unsigned long long)(magnitude % unit));
	strbuf_add_char(out, '"');
}

static void write_list(const struct ry_string_list *list, struct strbuf *out) {
	strbuf_add_char(out, '[');
	for (uint32_t i = 0; i < list->count; i++) {
		if (i)
			strbuf_add_char(out, ',');
		write_text(list->items[i], out);
	}
	strbuf_add_char(out, ']');
}

static void write_map(const struct ry_string_map *map, struct strbuf *out) {
	strbuf_add_char(out, '{');
	for (uint32_t i = 0; i < map->count; i++) {
		if (i)
			strbuf_add_char(out, ',');
		strbuf_add_json(out, map->keys[i]);
		strbuf_add_char(out, ':');
		write_text(map->values[i], out);
	}
	strbuf_add_char(out, '}');
}

static void write_blocks(const struct ry_config_key *key, const struct ry_block_list *list,
			 struct strbuf *out) {
	strbuf_add_char(out, '[');
	for (uint32_t i = 0; i < list->count; i++) {
		if (i)
			strbuf_add_char(out, ',');
		write_block(key->keys, (const char *)list->items + (size_t)i * key->element_size,
			    out);
	}
	strbuf_add_char(out, ']');
}

static void write_value(const struct ry_config_key *key, const void *member, struct strbuf *out) {
	switch (key->type) {
	case RY_CONFIG_BOOL:
		strbuf_add(out, *(const uint8_t *)member ? "true" : "false");
		break;
	case RY_CONFIG_INT:
		strbuf_printf(out, "%lld", (long long)*(const int64_t *)member);
		break;
	case RY_CONFIG_NUMBER:
		strbuf_printf(out, "%.17g", *(const double *)member);
		break;
	case RY_CONFIG_ENUM:
		strbuf_add_json(out, key->choices[*(const int32_t *)member]);
		break;
	case RY_CONFIG_DECIMAL:
		write_decimal(member, out);
		break;
	case RY_CONFIG_STRING_LIST:
		write_list(member, out);
		break;
	case RY_CONFIG_STRING_MAP:
		write_map(member, out);
		break;
	case RY_CONFIG_BLOCK:
		write_block(key->keys, member, out);
		break;
	case RY_CONFIG_BLOCK_LIST:
		write_blocks(key, member, out);
		break;
	default:
		write_text(*(const char *const *)member, out);
	}
}

/* Text that is NULL was absent. */
static bool is_absent(const struct ry_config_key *key, const void *member) {
	return (key->type == RY_CONFIG_STRING || key->type == RY_CONFIG_PATH ||
		key->type == RY_CONFIG_NODE_REF) &&
	       !*(const char *const *)member;
}

static void write_block(const struct ry_config_key *const *keys, const char *config,
			struct strbuf *out) {
	const char *between = "";

	strbuf_add_char(out, '{');
	for (; *keys; keys++) {
		const void *member = config + (*keys)->offset;

		if (is_absent(*keys, member))
			continue;
		strbuf_printf(out, "%s\"%s\":", between, (*keys)->name);
		write_value(*keys, member, out);
		between = ",";
	}
	strbuf_add_char(out, '}');
}

void probe_settings(const struct ry_config_key *const *keys, const void *config,
		    struct strbuf *out) {
	write_block(keys, config, out);
}
