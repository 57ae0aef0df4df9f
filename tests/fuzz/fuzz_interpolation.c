/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as the value of a key of each scalar type. What a variable holds must not turn up in a
 * finding, and text without `${` must come through as it is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/bind.h"

#define SECRET "hunter2-of-the-fuzzer"

struct config {
	uint8_t flag;
	int64_t count;
	double ratio;
	const char *text;
	int32_t word;
	struct ry_decimal amount;
};

static const char *const words[] = {"slow", "fast", NULL};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct config, flag, RY_CONFIG_BOOL, "a flag"),
	RY_KEY(struct config, count, RY_CONFIG_INT, "a count", RY_RANGE(-5, 5)),
	RY_KEY(struct config, ratio, RY_CONFIG_NUMBER, "a share", RY_RANGE(0, 1)),
	RY_KEY(struct config, text, RY_CONFIG_STRING, "a text"),
	RY_KEY(struct config, word, RY_CONFIG_ENUM, "a word", .choices = words),
	RY_KEY(struct config, amount, RY_CONFIG_DECIMAL, "an amount", RY_RANGE(-5, 5)),
	NULL,
};

static void require(bool condition) {
	if (!condition)
		abort();
}

static void check_findings(const struct diag *diag, const char *text) {
	for (size_t i = 0; i < diag->n_findings && !strstr(text, SECRET); i++) {
		const struct finding *f = diag->findings[i];

		require(!strstr(f->text, SECRET));
		require(!f->help || !strstr(f->help, SECRET));
		require(!f->why || !strstr(f->why, SECRET));
	}
}

static void bind_as(const struct ry_config_key *key, char *text) {
	struct doc_value value = {.kind = DOC_STRING, .text = text, .key = key->name};
	struct doc_value *items[] = {&value};
	struct doc_value object = {.kind = DOC_OBJECT, .items = items, .n_items = 1};
	struct arena arena = ARENA_INIT;
	struct diag diag = DIAG_INIT;
	struct bind bind = {.arena = &arena, .diag = &diag, .manifest_dir = "/nowhere"};
	struct config config = {0};
	int r;

	value.parent = &object;
	r = bind_block(&bind, keys, &object, &config);
	require((r == 0) == (diag.n_errors == 0));
	if (key->type == RY_CONFIG_STRING && !strstr(text, "${"))
		require(r == 0 && strcmp(config.text, text) == 0);
	if (r == 0)
		bind_format(key, &config, &arena);
	check_findings(&diag, text);
	bind_collect_unknown(&bind, &object);
	bind_unknown(text);
	bind_fini(&bind);
	arena_fini(&arena);
	diag_fini(&diag);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	char *text = malloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';

	setenv("A", SECRET, 1);
	for (size_t i = 0; keys[i]; i++)
		bind_as(keys[i], text);
	free(text);
	return 0;
}
