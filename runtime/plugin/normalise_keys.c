/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Config key tables: that what the binder writes by them stays inside the struct that the plugin
 * declared, and that defaults are values which the manifest could hold too.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/normalise.h"

#define KEY_DEPTH_LIMIT	   16u
#define CONFIG_SIZE_LIMIT  (1u << 20)
#define ELEMENT_SIZE_LIMIT (1u << 16)

static const struct {
	uint32_t size, align;
} members[] = {
	[RY_CONFIG_BOOL] = {sizeof(uint8_t), _Alignof(uint8_t)},
	[RY_CONFIG_INT] = {sizeof(int64_t), _Alignof(int64_t)},
	[RY_CONFIG_NUMBER] = {sizeof(double), _Alignof(double)},
	[RY_CONFIG_STRING] = {sizeof(char *), _Alignof(char *)},
	[RY_CONFIG_ENUM] = {sizeof(int32_t), _Alignof(int32_t)},
	[RY_CONFIG_DECIMAL] = {sizeof(struct ry_decimal), _Alignof(struct ry_decimal)},
	[RY_CONFIG_PATH] = {sizeof(char *), _Alignof(char *)},
	[RY_CONFIG_NODE_REF] = {sizeof(char *), _Alignof(char *)},
	[RY_CONFIG_STRING_LIST] = {sizeof(struct ry_string_list), _Alignof(struct ry_string_list)},
	[RY_CONFIG_STRING_MAP] = {sizeof(struct ry_string_map), _Alignof(struct ry_string_map)},
	[RY_CONFIG_BLOCK] = {0, 1}, /* its own keys say */
	[RY_CONFIG_BLOCK_LIST] = {sizeof(struct ry_block_list), _Alignof(struct ry_block_list)},
};

static bool is_numeric(const struct ry_config_key *key) {
	return key->type == RY_CONFIG_INT || key->type == RY_CONFIG_NUMBER ||
	       key->type == RY_CONFIG_DECIMAL;
}

static bool has_keys(const struct ry_config_key *key) {
	return key->type == RY_CONFIG_BLOCK || key->type == RY_CONFIG_BLOCK_LIST;
}

/* -- defaults ------------------------------------------------------------------------------- */

static bool in_range(const struct ry_config_key *key, double value) {
	return !((key->flags & RY_CONFIG_HAS_MIN) && value < (double)key->minimum) &&
	       !((key->flags & RY_CONFIG_HAS_MAX) && value > (double)key->maximum);
}

static bool int_fits(const struct ry_config_key *key) {
	char *end;
	long long value;

	errno = 0;
	value = strtoll(key->fallback, &end, 10);
	if (errno || end == key->fallback || *end)
		return false;
	return !((key->flags & RY_CONFIG_HAS_MIN) && value < key->minimum) &&
	       !((key->flags & RY_CONFIG_HAS_MAX) && value > key->maximum);
}

/* A decimal is digits with at most 18 after the point; so far a number would do as well. */
static bool number_fits(const struct ry_config_key *key) {
	const char *allowed = key->type == RY_CONFIG_DECIMAL ? "-0123456789." : "-+0123456789.eE";
	char *end;
	double value;

	if (key->fallback[strspn(key->fallback, allowed)])
		return false;
	value = strtod(key->fallback, &end);
	return end != key->fallback && !*end && isfinite(value) && in_range(key, value);
}

static bool choice_fits(const struct ry_config_key *key) {
	for (size_t i = 0; key->choices[i]; i++)
		if (strcmp(key->choices[i], key->fallback) == 0)
			return true;
	return false;
}

static bool fallback_fits(const struct ry_config_key *key) {
	switch (key->type) {
	case RY_CONFIG_BOOL:
		return strcmp(key->fallback, "true") == 0 || strcmp(key->fallback, "false") == 0;
	case RY_CONFIG_INT:
		return int_fits(key);
	case RY_CONFIG_NUMBER:
	case RY_CONFIG_DECIMAL:
		return number_fits(key);
	case RY_CONFIG_ENUM:
		return choice_fits(key);
	case RY_CONFIG_BLOCK:
	case RY_CONFIG_BLOCK_LIST:
	case RY_CONFIG_NODE_REF:
		return false;
	default:
		return true;
	}
}

static enum plugin_fault check_fallback(struct norm *n, const struct ry_config_key *key) {
	if (!key->fallback)
		return PLUGIN_OK;
	if (key->flags & RY_CONFIG_REQUIRED)
		return norm_fail(n, PLUGIN_BAD_VALUE,
				 "a required key cannot have the default `%.48s`", key->fallback);
	/* It may hold any text, but text it is. */
	if (*key->fallback)
		NORM_TRY(norm_line(n, key->fallback, "fallback", true));
	if (!fallback_fits(key))
		return norm_fail(n, PLUGIN_BAD_VALUE,
				 "the default `%.48s` does not fit its type or range",
				 key->fallback);
	return PLUGIN_OK;
}

/* -- one key -------------------------------------------------------------------------------- */

/* [a-z0-9_]+: unlike other names, a key may begin with a digit. */
static enum plugin_fault check_key_name(struct norm *n, const char *name) {
	size_t length = name ? strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") : 0;

	if (!name)
		return norm_fail(n, PLUGIN_MISSING_MEMBER, "`keys`: `name` is missing");
	if (!length || name[length] || length > NORM_NAME_LIMIT)
		return norm_fail(n, PLUGIN_BAD_VALUE, "`name` is no name of a key ([a-z0-9_]+)");
	return PLUGIN_OK;
}

static enum plugin_fault check_flags(struct norm *n, const struct ry_config_key *key) {
	uint32_t bounds = key->flags & (RY_CONFIG_HAS_MIN | RY_CONFIG_HAS_MAX);

	NORM_TRY(norm_flags(n, key->flags,
			    RY_CONFIG_REQUIRED | RY_CONFIG_SECRET | RY_CONFIG_HAS_MIN |
				    RY_CONFIG_HAS_MAX));
	if (bounds && !is_numeric(key))
		return norm_fail(n, PLUGIN_BAD_VALUE, "only numbers have a minimum or maximum");
	if (bounds == (RY_CONFIG_HAS_MIN | RY_CONFIG_HAS_MAX) && key->minimum > key->maximum)
		return norm_fail(n, PLUGIN_BAD_VALUE, "the minimum %lld is above the maximum %lld",
				 (long long)key->minimum, (long long)key->maximum);
	return PLUGIN_OK;
}

static enum plugin_fault check_member(struct norm *n, const struct ry_config_key *key,
				      const struct norm_level *level) {
	uint32_t size = members[key->type].size, align = members[key->type].align;

	if ((uint64_t)key->offset + size > level->size)
		return norm_fail(n, PLUGIN_BAD_VALUE,
				 "its member at offset %u needs %u bytes, but the struct has %u",
				 key->offset, size, level->size);
	if (key->offset % align || align > level->align)
		return norm_fail(n, PLUGIN_BAD_VALUE,
				 "its member at offset %u is not aligned to %u", key->offset,
				 align);
	return PLUGIN_OK;
}

static enum plugin_fault copy_choices(struct norm *n, struct ry_config_key *key) {
	size_t count;
	const char **ours;

	if (key->type != RY_CONFIG_ENUM)
		return key->choices ? norm_fail(n, PLUGIN_BAD_VALUE, "only an ENUM has `choices`")
				    : PLUGIN_OK;
	NORM_TRY(norm_count(n, key->choices, "choices", &count));
	if (!count)
		return norm_fail(n, PLUGIN_MISSING_MEMBER,
				 "`choices` is missing, which is mandatory for ENUM keys");
	ours = arena_alloc_array(n->arena, sizeof(char *), count + 1);
	for (size_t i = 0; i < count; i++) {
		NORM_TRY(norm_line(n, key->choices[i], "choices", true));
		for (size_t k = 0; k < i; k++)
			if (strcmp(ours[k], key->choices[i]) == 0)
				return norm_fail(n, PLUGIN_BAD_VALUE, "`choices` has `%.48s` twice",
						 ours[k]);
		ours[i] = key->choices[i];
	}
	key->choices = ours;
	return PLUGIN_OK;
}

static enum plugin_fault copy_nested(struct norm *n, struct ry_config_key *key,
				     const struct norm_level *level) {
	struct norm_level inner = {level->size - key->offset, level->align, level->depth + 1};
	uint32_t align = 1;

	if (key->type != RY_CONFIG_BLOCK_LIST && key->element_size)
		return norm_fail(n, PLUGIN_BAD_VALUE, "only a BLOCK_LIST has an `element_size`");
	if (!has_keys(key))
		return key->keys ? norm_fail(n, PLUGIN_BAD_VALUE, "only blocks have `keys`")
				 : PLUGIN_OK;
	if (!key->keys || !key->keys[0])
		return norm_fail(n, PLUGIN_MISSING_MEMBER,
				 "`keys` is missing, which is mandatory for blocks");
	if (level->depth == KEY_DEPTH_LIMIT)
		return norm_fail(n, PLUGIN_BAD_VALUE, "blocks are nested deeper than %u",
				 KEY_DEPTH_LIMIT);
	if (key->type == RY_CONFIG_BLOCK_LIST) {
		if (!key->element_size || key->element_size > ELEMENT_SIZE_LIMIT)
			return norm_fail(n, PLUGIN_BAD_VALUE, "`element_size` is %u, not 1..%u",
					 key->element_size, ELEMENT_SIZE_LIMIT);
		/* Elements stand one after the other: each is as aligned as its size is even. */
		while (align < _Alignof(max_align_t) && key->element_size % (2 * align) == 0)
			align *= 2;
		inner.size = key->element_size;
		inner.align = align;
	} else {
		/* Offsets in an embedded struct count from its own start. */
		while (align < inner.align && key->offset % (2 * align) == 0)
			align *= 2;
		inner.align = align;
	}
	return norm_keys(n, key->keys, &inner, &key->keys);
}

static enum plugin_fault item_key(struct norm *n, const void *theirs, const void *owner,
				  void **ret) {
	const struct norm_level *level = owner;
	struct ry_config_key *key;
	size_t mark;

	NORM_TRY(norm_copy(n, ABI_CONFIG_KEY, theirs, "keys", ret));
	key = *ret;
	mark = norm_enter(n, "key", key->name);
	NORM_TRY(check_key_name(n, key->name));
	NORM_TRY(norm_line(n, key->doc, "doc", true));
	NORM_TRY(norm_line(n, key->unit, "unit", false));
	if (key->type < RY_CONFIG_BOOL || key->type > RY_CONFIG_BLOCK_LIST)
		return norm_fail(n, PLUGIN_BAD_VALUE, "`type` is %u, which is none", key->type);
	NORM_TRY(check_flags(n, key));
	NORM_TRY(check_member(n, key, level));
	NORM_TRY(copy_choices(n, key));
	NORM_TRY(copy_nested(n, key, level));
	NORM_TRY(check_fallback(n, key));
	norm_leave(n, mark);
	return PLUGIN_OK;
}

enum plugin_fault norm_keys(struct norm *n, const struct ry_config_key *const *theirs,
			    const struct norm_level *level,
			    const struct ry_config_key *const **ret) {
	const void *ours;

	NORM_TRY(norm_list(n, theirs, "keys", item_key, level, &ours));
	NORM_TRY(norm_unique(n, ours, offsetof(struct ry_config_key, name), "keys"));
	*ret = ours;
	return PLUGIN_OK;
}

enum plugin_fault norm_config(struct norm *n, const struct ry_config_key *const *theirs,
			      uint32_t config_size, const struct ry_config_key *const **ret) {
	struct norm_level level = {.size = config_size, .align = _Alignof(max_align_t)};

	if (config_size > CONFIG_SIZE_LIMIT)
		return norm_fail(n, PLUGIN_BAD_VALUE, "`config_size` is %u, above the limit of %u",
				 config_size, CONFIG_SIZE_LIMIT);
	NORM_TRY(norm_keys(n, theirs, &level, ret));
	if (config_size && !(*ret)[0])
		return norm_fail(n, PLUGIN_BAD_VALUE,
				 "`config_size` is %u, but there are no `keys`", config_size);
	return PLUGIN_OK;
}

const struct ry_config_key *norm_find_key(const struct ry_config_key *const *keys,
					  const char *name) {
	for (; *keys; keys++)
		if (strcmp((*keys)->name, name) == 0)
			return *keys;
	return NULL;
}
