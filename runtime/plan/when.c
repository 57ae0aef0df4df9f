/* SPDX-License-Identifier: Apache-2.0 */
/* Ports that depend on a configuration key: `when` is "KEY=VALUE", KEY may be "block.key". */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/build.h"

static const struct ry_config_key *find_key(const struct ry_config_key *const *keys,
					    const char *name, size_t length) {
	for (; keys && *keys; keys++)
		if (strlen((*keys)->name) == length && !strncmp((*keys)->name, name, length))
			return *keys;
	return NULL;
}

static bool has_value(const struct ry_config_key *key, const void *member, const char *wanted) {
	const char *text;
	char number[32];
	int32_t word;
	char *end;

	switch (key->type) {
	case RY_CONFIG_BOOL:
		return !strcmp(wanted, *(const uint8_t *)member ? "true" : "false");
	case RY_CONFIG_INT:
		snprintf(number, sizeof(number), "%" PRId64, *(const int64_t *)member);
		return !strcmp(wanted, number);
	case RY_CONFIG_NUMBER:
		return strtod(wanted, &end) == *(const double *)member && !*end && end != wanted;
	case RY_CONFIG_ENUM:
		word = *(const int32_t *)member;
		return word >= 0 && (uint32_t)word < list_length(key->choices) &&
		       !strcmp(wanted, key->choices[word]);
	case RY_CONFIG_STRING:
	case RY_CONFIG_NODE_REF:
		text = *(const char *const *)member;
		return !strcmp(wanted, text ? text : "");
	default:
		return false;
	}
}

bool port_active(const struct ry_port *port, const struct ry_config_key *const *keys,
		 const void *config) {
	const char *name = port->when, *value = name ? strchr(name, '=') : NULL;
	const char *block = config;

	if (!name)
		return true;
	while (value && block) {
		const char *dot = memchr(name, '.', (size_t)(value - name));
		const struct ry_config_key *key =
			find_key(keys, name, (size_t)((dot ? dot : value) - name));

		if (!key)
			return false;
		block += key->offset;
		if (!dot)
			return has_value(key, block, value + 1);
		if (key->type != RY_CONFIG_BLOCK)
			return false;
		keys = key->keys;
		name = dot + 1;
	}
	return false;
}
