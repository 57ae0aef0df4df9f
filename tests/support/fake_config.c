/* SPDX-License-Identifier: Apache-2.0 */
/* Fills a config struct from its key table and a JSON object, for the fake host. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <railyard/config.h>

#include "base/alloc.h"
#include "message/json.h"
#include "support/fake_host.h"
#include "support/test.h"

/* The struct, and behind it the JSON value that its strings belong to. */
struct fake_config {
	struct ry_json *json;
	uint64_t reserved;
	unsigned char bytes[] __attribute__((aligned(16)));
};

static int32_t choice_index(const struct ry_config_key *key, const char *word) {
	for (int32_t i = 0; key->choices[i]; i++)
		if (!strcmp(key->choices[i], word))
			return i;
	ck_abort_msg("%s: no choice \"%s\"", key->name, word);
}

static struct ry_decimal decimal(const char *text) {
	struct ry_decimal value = {0};
	bool point = false;

	for (const char *at = text; *at; at++) {
		if (*at == '.') {
			point = true;
			continue;
		}
		ck_assert_msg(*at >= '0' && *at <= '9', "\"%s\" is no decimal", text);
		value.coefficient = value.coefficient * 10 + (*at - '0');
		value.scale += point;
	}
	return value;
}

/* From the text of a default or of a JSON string. */
static void set_from_text(const struct ry_config_key *key, void *to, const char *text) {
	switch (key->type) {
	case RY_CONFIG_BOOL:
		*(uint8_t *)to = !strcmp(text, "true");
		return;
	case RY_CONFIG_INT:
		*(int64_t *)to = strtoll(text, NULL, 10);
		return;
	case RY_CONFIG_NUMBER:
		*(double *)to = strtod(text, NULL);
		return;
	case RY_CONFIG_ENUM:
		*(int32_t *)to = choice_index(key, text);
		return;
	case RY_CONFIG_DECIMAL:
		*(struct ry_decimal *)to = decimal(text);
		return;
	case RY_CONFIG_STRING:
	case RY_CONFIG_PATH:
	case RY_CONFIG_NODE_REF:
		*(const char **)to = text;
		return;
	default:
		ck_abort_msg("%s: a type that fake_config has not", key->name);
	}
}

static void set_from_json(const struct ry_config_key *key, void *to, const struct ry_json *value) {
	uint32_t kind = json_service.kind(value);

	if (kind == RY_JSON_STRING)
		set_from_text(key, to, json_service.string(value, NULL));
	else if (kind == RY_JSON_INTEGER && key->type == RY_CONFIG_INT)
		*(int64_t *)to = json_service.integer(value);
	else if (key->type == RY_CONFIG_NUMBER)
		*(double *)to = json_service.real(value);
	else if (key->type == RY_CONFIG_BOOL && kind <= RY_JSON_TRUE && kind >= RY_JSON_FALSE)
		*(uint8_t *)to = kind == RY_JSON_TRUE;
	else
		ck_abort_msg("%s: the wrong JSON type", key->name);
}

static void fill(const struct ry_config_key *const *keys, unsigned char *to,
		 const struct ry_json *json) {
	uint64_t known = 0;

	for (; *keys; keys++) {
		const struct ry_config_key *key = *keys;
		const struct ry_json *value = json ? json_service.member(json, key->name) : NULL;

		known += value != NULL;
		if (key->type == RY_CONFIG_BLOCK)
			fill(key->keys, to + key->offset, value);
		else if (value)
			set_from_json(key, to + key->offset, value);
		else if (key->fallback)
			set_from_text(key, to + key->offset, key->fallback);
		else
			ck_assert_msg(!(key->flags & RY_CONFIG_REQUIRED), "%s is missing",
				      key->name);
	}
	ck_assert_msg(!json || known == json_service.count(json), "an unknown key");
}

void *fake_config_new(const struct ry_config_key *const *keys, size_t size, const char *json) {
	struct fake_config *config = must_calloc(1, sizeof(*config) + size);

	if (json)
		expect_ok(json_service.parse(json, strlen(json), &config->json, NULL, 0));
	fill(keys, config->bytes, config->json);
	return config->bytes;
}

void fake_config_free(void *config) {
	struct fake_config *fake;

	if (!config)
		return;
	fake = (struct fake_config *)((unsigned char *)config -
				      offsetof(struct fake_config, bytes));
	json_service.unref(fake->json);
	free(fake);
}
