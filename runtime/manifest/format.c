/* SPDX-License-Identifier: Apache-2.0 */
/* Settings as text for people; secrets as "***". */
#include <inttypes.h>
#include <string.h>

#include "base/strbuf.h"
#include "manifest/bind.h"
#include "manifest/levels.h"

static char *format_decimal(const struct ry_decimal *value, struct arena *arena) {
	uint64_t magnitude = value->coefficient < 0 ? -(uint64_t)value->coefficient
						    : (uint64_t)value->coefficient;
	const char *sign = value->coefficient < 0 ? "-" : "";
	uint64_t unit = 1;

	if (!value->scale)
		return arena_printf(arena, "%s%" PRIu64, sign, magnitude);
	for (uint32_t i = 0; i < value->scale; i++)
		unit *= 10;
	return arena_printf(arena, "%s%" PRIu64 ".%0*" PRIu64, sign, magnitude / unit,
			    (int)value->scale, magnitude % unit);
}

static char *format_list(const char *const *names, const char *const *items, uint32_t n,
			 struct arena *arena) {
	struct strbuf buf = STRBUF_INIT;
	char *text;

	for (uint32_t i = 0; i < n; i++)
		strbuf_printf(&buf, "%s%s%s%s", i ? ", " : "", names ? names[i] : "",
			      names ? "=" : "", items[i]);
	text = arena_strdup(arena, strbuf_text(&buf));
	strbuf_fini(&buf);
	return text;
}

char *bind_format_member(const struct ry_config_key *key, const void *member, struct arena *arena) {
	const struct ry_string_list *list = member;
	const struct ry_string_map *map = member;
	const char *text;

	if (key->flags & RY_CONFIG_SECRET)
		return arena_strdup(arena, "***");
	switch (key->type) {
	case RY_CONFIG_BOOL:
		return arena_strdup(arena, *(const uint8_t *)member ? "true" : "false");
	case RY_CONFIG_INT:
		return arena_printf(arena, "%" PRId64, *(const int64_t *)member);
	case RY_CONFIG_NUMBER:
		return arena_printf(arena, "%.17g", *(const double *)member);
	case RY_CONFIG_ENUM:
		return arena_strdup(arena, key->choices[*(const int32_t *)member]);
	case RY_CONFIG_DECIMAL:
		return format_decimal(member, arena);
	case RY_CONFIG_STRING:
	case RY_CONFIG_PATH:
	case RY_CONFIG_NODE_REF:
		text = *(const char *const *)member;
		return arena_strdup(arena, text ? text : "");
	case RY_CONFIG_STRING_LIST:
		return format_list(NULL, list->items, list->count, arena);
	case RY_CONFIG_STRING_MAP:
		return format_list(map->keys, map->values, map->count, arena);
	default:
		return arena_strdup(arena, "");
	}
}

char *bind_format(const struct ry_config_key *key, const void *config, struct arena *arena) {
	return bind_format_member(key, (const char *)config + key->offset, arena);
}
