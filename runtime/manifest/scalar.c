/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/scalar.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

bool scalar_type(uint32_t type) {
	return type >= RY_CONFIG_BOOL && type <= RY_CONFIG_NODE_REF;
}

int choice_index(const struct ry_config_key *key, const char *word) {
	for (int i = 0; *word && key->choices && key->choices[i]; i++)
		if (strcmp(key->choices[i], word) == 0)
			return i;
	return -1;
}

static int read_bool(const char *text, uint8_t *ret) {
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return -EINVAL;
	*ret = *text == 't';
	return 0;
}

static int read_int(const char *text, int64_t *ret) {
	const char *digits = text + (*text == '-');
	long long value;
	char *end;

	if (!isdigit((unsigned char)*digits))
		return -EINVAL;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (*end)
		return -EINVAL;
	if (errno)
		return -ERANGE;
	*ret = value;
	return 0;
}

static int read_number(const char *text, double *ret) {
	const char *digits = text + (*text == '-');
	double value;
	char *end;

	/* strtod also knows "inf", "nan" and hexadecimal, which JSON does not. */
	if (!isdigit((unsigned char)*digits) || strpbrk(text, "xXpP"))
		return -EINVAL;
	value = strtod(text, &end);
	if (*end)
		return -EINVAL;
	if (!isfinite(value))
		return -ERANGE;
	*ret = value;
	return 0;
}

static int read_choice(const struct ry_config_key *key, const char *text, int32_t *ret) {
	int index = choice_index(key, text);

	if (index < 0)
		return -EINVAL;
	*ret = index;
	return 0;
}

int scalar_read(const struct ry_config_key *key, const char *text, void *member) {
	switch (key->type) {
	case RY_CONFIG_BOOL:
		return read_bool(text, member);
	case RY_CONFIG_INT:
		return read_int(text, member);
	case RY_CONFIG_NUMBER:
		return read_number(text, member);
	case RY_CONFIG_ENUM:
		return read_choice(key, text, member);
	case RY_CONFIG_DECIMAL:
		return decimal_parse(text, member);
	default:
		*(const char **)member = text;
		return 0;
	}
}

/* coefficient against bound * 10^scale, exactly: at most 2^63 * 10^18 < 2^127. */
static int compare_decimal(const struct ry_decimal *value, int64_t bound) {
	__int128 scaled = bound;

	for (uint32_t i = 0; i < value->scale; i++)
		scaled *= 10;
	return (value->coefficient > scaled) - (value->coefficient < scaled);
}

static int compare(const struct ry_config_key *key, const void *member, int64_t bound) {
	int64_t integer;
	double number;

	switch (key->type) {
	case RY_CONFIG_INT:
		integer = *(const int64_t *)member;
		return (integer > bound) - (integer < bound);
	case RY_CONFIG_NUMBER:
		number = *(const double *)member;
		return (number > (double)bound) - (number < (double)bound);
	case RY_CONFIG_DECIMAL:
		return compare_decimal(member, bound);
	default:
		return 0;
	}
}

bool scalar_in_range(const struct ry_config_key *key, const void *member) {
	if ((key->flags & RY_CONFIG_HAS_MIN) && compare(key, member, key->minimum) < 0)
		return false;
	return !(key->flags & RY_CONFIG_HAS_MAX) || compare(key, member, key->maximum) <= 0;
}

char *scalar_bounds(const struct ry_config_key *key, struct arena *arena) {
	uint32_t both = RY_CONFIG_HAS_MIN | RY_CONFIG_HAS_MAX;
	const char *space = key->unit ? " " : "", *unit = key->unit ? key->unit : "";

	if ((key->flags & both) == both && key->minimum == key->maximum)
		return arena_printf(arena, "%" PRId64 "%s%s", key->minimum, space, unit);
	if ((key->flags & both) == both)
		return arena_printf(arena, "from %" PRId64 " to %" PRId64 "%s%s", key->minimum,
				    key->maximum, space, unit);
	if (key->flags & RY_CONFIG_HAS_MIN)
		return arena_printf(arena, "at least %" PRId64 "%s%s", key->minimum, space, unit);
	return arena_printf(arena, "at most %" PRId64 "%s%s", key->maximum, space, unit);
}

char *choice_list(const struct ry_config_key *key, struct arena *arena) {
	struct strbuf buf = STRBUF_INIT;
	const char *held = NULL; /* the last one goes behind "or" */
	char *list;

	for (int i = 0; key->choices && key->choices[i]; i++) {
		if (!*key->choices[i])
			continue;
		if (held)
			strbuf_printf(&buf, "%s`%s`", buf.length ? ", " : "", held);
		held = key->choices[i];
	}
	if (held)
		strbuf_printf(&buf, "%s`%s`", buf.length ? " or " : "", held);
	list = arena_strdup(arena, strbuf_text(&buf));
	strbuf_fini(&buf);
	return list;
}

const char *type_name(const struct ry_config_key *key) {
	switch (key->type) {
	case RY_CONFIG_BOOL:
		return "true or false";
	case RY_CONFIG_INT:
		return "an integer";
	case RY_CONFIG_NUMBER:
		return "a number";
	case RY_CONFIG_DECIMAL:
		return "a decimal in a string, such as \"12.50\"";
	case RY_CONFIG_STRING_LIST:
		return "an array of strings";
	case RY_CONFIG_STRING_MAP:
		return "an object whose members are strings";
	case RY_CONFIG_BLOCK_LIST:
		return "an array of objects";
	case RY_CONFIG_BLOCK:
	case BIND_BLOCK_MAP:
	case BIND_ANY:
		return "an object";
	case BIND_WORD_OR_BLOCK:
		return "a word or an object";
	default:
		return "a string";
	}
}
