/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Schema from key tables. Keys that are no strings also take a string that holds a reference
 * (`${env:PORT}`), because the binder converts what it puts in.
 */
#include "manifest/schema.h"

#include <inttypes.h>
#include <string.h>

#include "manifest/keys.h"
#include "manifest/scalar.h"

#define DIALECT	  "https://json-schema.org/draft/2020-12/schema"
#define REFERENCE "\\$\\{(env:[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?|file:[^}]+)\\}"
#define DECIMAL	  "^-?[0-9]+(\\.[0-9]{1,18})?$"

struct writer {
	struct strbuf *out;
	unsigned depth;
	bool first; /* nothing stands in the innermost container yet */
};

static void write_object(struct writer *w, const struct ry_config_key *const *keys, bool open);

static void begin_item(struct writer *w, const char *key) {
	if (!w->first)
		strbuf_add_char(w->out, ',');
	strbuf_add_char(w->out, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		strbuf_add(w->out, "  ");
	if (key) {
		strbuf_add_json(w->out, key);
		strbuf_add(w->out, ": ");
	}
	w->first = false;
}

static void open_bracket(struct writer *w, const char *key, char bracket) {
	if (w->depth)
		begin_item(w, key);
	strbuf_add_char(w->out, bracket);
	w->depth++;
	w->first = true;
}

static void close_bracket(struct writer *w, char bracket) {
	bool empty = w->first;

	w->depth--;
	w->first = true;
	if (!empty) {
		strbuf_add_char(w->out, '\n');
		for (unsigned i = 0; i < w->depth; i++)
			strbuf_add(w->out, "  ");
	}
	strbuf_add_char(w->out, bracket);
	w->first = false;
}

static void put_string(struct writer *w, const char *key, const char *text) {
	begin_item(w, key);
	strbuf_add_json(w->out, text);
}

static void put_raw(struct writer *w, const char *key, const char *text) {
	begin_item(w, key);
	strbuf_add(w->out, text);
}

static void put_int(struct writer *w, const char *key, int64_t value) {
	begin_item(w, key);
	strbuf_printf(w->out, "%" PRId64, value);
}

/* What the key takes when it is written as the type that it is. */
static void write_plain(struct writer *w, const struct ry_config_key *key) {
	switch (key->type) {
	case RY_CONFIG_BOOL:
		put_string(w, "type", "boolean");
		break;
	case RY_CONFIG_INT:
	case RY_CONFIG_NUMBER:
		put_string(w, "type", key->type == RY_CONFIG_INT ? "integer" : "number");
		if (key->flags & RY_CONFIG_HAS_MIN)
			put_int(w, "minimum", key->minimum);
		if (key->flags & RY_CONFIG_HAS_MAX)
			put_int(w, "maximum", key->maximum);
		break;
	case RY_CONFIG_DECIMAL:
		put_string(w, "type", "string");
		put_string(w, "pattern", DECIMAL);
		break;
	case RY_CONFIG_ENUM:
		open_bracket(w, "enum", '[');
		for (int i = 0; key->choices && key->choices[i]; i++)
			if (*key->choices[i])
				put_string(w, NULL, key->choices[i]);
		close_bracket(w, ']');
		break;
	default:
		put_string(w, "type", "string");
	}
}

static void write_scalar(struct writer *w, const struct ry_config_key *key) {
	if (key->type == RY_CONFIG_STRING || key->type == RY_CONFIG_PATH ||
	    key->type == RY_CONFIG_NODE_REF) {
		put_string(w, "type", "string");
		return;
	}
	open_bracket(w, "anyOf", '[');
	open_bracket(w, NULL, '{');
	write_plain(w, key);
	close_bracket(w, '}');
	open_bracket(w, NULL, '{');
	put_string(w, "type", "string");
	put_string(w, "pattern", REFERENCE);
	close_bracket(w, '}');
	close_bracket(w, ']');
}

/* A default outside of the bounds stands for absence. */
static void write_default(struct writer *w, const struct ry_config_key *key) {
	union {
		uint8_t boolean;
		int64_t integer;
		double number;
		const char *text;
		int32_t word;
		struct ry_decimal decimal;
	} value = {0};

	if (!key->fallback || !scalar_type(key->type) ||
	    scalar_read(key, key->fallback, &value) < 0 || !scalar_in_range(key, &value))
		return;
	if (key->type == RY_CONFIG_BOOL || key->type == RY_CONFIG_INT ||
	    key->type == RY_CONFIG_NUMBER)
		put_raw(w, "default", key->fallback);
	else
		put_string(w, "default", key->fallback);
}

static void write_word_or_block(struct writer *w, const struct ry_config_key *word,
				const struct ry_config_key *const *keys) {
	open_bracket(w, "anyOf", '[');
	open_bracket(w, NULL, '{');
	write_scalar(w, word);
	close_bracket(w, '}');
	open_bracket(w, NULL, '{');
	write_object(w, keys, false);
	close_bracket(w, '}');
	close_bracket(w, ']');
}

static void write_strings(struct writer *w, const char *type, const char *elements) {
	put_string(w, "type", type);
	open_bracket(w, elements, '{');
	put_string(w, "type", "string");
	close_bracket(w, '}');
}

static void write_blocks(struct writer *w, const struct ry_config_key *key) {
	bool map = key->type == BIND_BLOCK_MAP;

	put_string(w, "type", map ? "object" : "array");
	open_bracket(w, map ? "additionalProperties" : "items", '{');
	if (key->flags & BIND_WORDS)
		write_word_or_block(w, key->keys[0], key->keys);
	else
		write_object(w, key->keys, false);
	close_bracket(w, '}');
}

static void write_value(struct writer *w, const struct ry_config_key *key) {
	switch (key->type) {
	case RY_CONFIG_BLOCK:
		write_object(w, key->keys, key->flags & BIND_OPEN);
		break;
	case RY_CONFIG_STRING_LIST:
		write_strings(w, "array", "items");
		break;
	case RY_CONFIG_STRING_MAP:
		write_strings(w, "object", "additionalProperties");
		break;
	case RY_CONFIG_BLOCK_LIST:
	case BIND_BLOCK_MAP:
		write_blocks(w, key);
		break;
	case BIND_WORD_OR_BLOCK:
		write_word_or_block(w, key->keys[0], key->keys);
		break;
	case BIND_ANY:
		put_string(w, "type", "object");
		break;
	default:
		write_scalar(w, key);
	}
}

static void write_key(struct writer *w, const struct ry_config_key *key) {
	struct strbuf text = STRBUF_INIT;

	strbuf_printf(&text, key->unit ? "%s (%s)" : "%s", key->doc, key->unit);
	open_bracket(w, key->name, '{');
	put_string(w, "description", strbuf_text(&text));
	write_value(w, key);
	write_default(w, key);
	if (key->flags & RY_CONFIG_SECRET)
		put_raw(w, "writeOnly", "true");
	close_bracket(w, '}');
	strbuf_fini(&text);
}

static void write_required(struct writer *w, const struct ry_config_key *const *keys) {
	bool any = false;

	for (; *keys; keys++) {
		if (!((*keys)->flags & RY_CONFIG_REQUIRED))
			continue;
		if (!any)
			open_bracket(w, "required", '[');
		any = true;
		put_string(w, NULL, (*keys)->name);
	}
	if (any)
		close_bracket(w, ']');
}

static void write_object(struct writer *w, const struct ry_config_key *const *keys, bool open) {
	put_string(w, "type", "object");
	open_bracket(w, "properties", '{');
	for (size_t i = 0; keys[i]; i++)
		write_key(w, keys[i]);
	close_bracket(w, '}');
	write_required(w, keys);
	put_raw(w, "additionalProperties", open ? "true" : "false");
}

void schema_write_table(struct strbuf *out, const char *title, const char *description,
			const struct ry_config_key *const *keys) {
	static const struct ry_config_key *const none[] = {NULL};
	struct writer w = {.out = out, .first = true};

	open_bracket(&w, NULL, '{');
	put_string(&w, "$schema", DIALECT);
	put_string(&w, "title", title);
	if (description)
		put_string(&w, "description", description);
	write_object(&w, keys ? keys : none, false);
	close_bracket(&w, '}');
	strbuf_add_char(out, '\n');
}

void schema_write(struct strbuf *out) {
	schema_write_table(out, "Railyard manifest",
			   "A pipeline of nodes, their adapters, and how it runs", manifest_keys);
}
