/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/mask.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "manifest/bind.h"

struct masker {
	struct strbuf *out;
	mask_table_fn *find;
	void *user;
	unsigned depth;
};

enum secrecy {
	PUBLIC,	 /* by its table */
	UNKNOWN, /* no table: numbers and booleans are shown, strings are not */
	SECRET,
};

static void write_object(struct masker *m, const struct doc_value *object,
			 const struct ry_config_key *const *keys);

static void new_line(struct masker *m) {
	strbuf_add_char(m->out, '\n');
	for (unsigned i = 0; i < m->depth; i++)
		strbuf_add(m->out, "  ");
}

/* A real number stays one: 9e9 must not come back as an integer. */
static void write_real(struct masker *m, double real) {
	char text[40];

	snprintf(text, sizeof(text), "%.17g", real);
	strbuf_add(m->out, text);
	if (!strpbrk(text, ".e"))
		strbuf_add(m->out, ".0");
}

static void write_scalar(struct masker *m, const struct doc_value *value, enum secrecy secrecy) {
	if (secrecy == SECRET || (secrecy == UNKNOWN && value->kind == DOC_STRING))
		strbuf_add(m->out, "\"***\"");
	else if (value->kind == DOC_STRING)
		strbuf_add_json(m->out, value->text);
	else if (value->kind == DOC_INT)
		strbuf_printf(m->out, "%" PRId64, value->integer);
	else if (value->kind == DOC_REAL)
		write_real(m, value->real);
	else if (value->kind == DOC_BOOL)
		strbuf_add(m->out, value->boolean ? "true" : "false");
	else
		strbuf_add(m->out, "null");
}

/* A value whose members have no table of their own. */
static void write_loose(struct masker *m, const struct doc_value *value, enum secrecy secrecy) {
	bool object = value->kind == DOC_OBJECT;

	if (!object && value->kind != DOC_ARRAY) {
		write_scalar(m, value, secrecy);
		return;
	}
	strbuf_add_char(m->out, object ? '{' : '[');
	m->depth++;
	for (size_t i = 0; i < value->n_items; i++) {
		if (i)
			strbuf_add_char(m->out, ',');
		new_line(m);
		if (object) {
			strbuf_add_json(m->out, value->items[i]->key);
			strbuf_add(m->out, ": ");
		}
		write_loose(m, value->items[i], secrecy);
	}
	m->depth--;
	if (value->n_items)
		new_line(m);
	strbuf_add_char(m->out, object ? '}' : ']');
}

/* Elements of a list or map of blocks. */
static void write_blocks(struct masker *m, const struct doc_value *value,
			 const struct ry_config_key *key) {
	bool object = value->kind == DOC_OBJECT;

	strbuf_add_char(m->out, object ? '{' : '[');
	m->depth++;
	for (size_t i = 0; i < value->n_items; i++) {
		if (i)
			strbuf_add_char(m->out, ',');
		new_line(m);
		if (object) {
			strbuf_add_json(m->out, value->items[i]->key);
			strbuf_add(m->out, ": ");
		}
		if (value->items[i]->kind == DOC_OBJECT)
			write_object(m, value->items[i], key->keys);
		else
			write_loose(m, value->items[i], key->flags & BIND_WORDS ? PUBLIC : UNKNOWN);
	}
	m->depth--;
	if (value->n_items)
		new_line(m);
	strbuf_add_char(m->out, object ? '}' : ']');
}

static void write_component(struct masker *m, const struct doc_value *value) {
	const struct ry_config_key *const *keys = m->find ? m->find(m->user, value) : NULL;

	if (keys && value->kind == DOC_OBJECT)
		write_object(m, value, keys);
	else
		write_loose(m, value, UNKNOWN);
}

static void write_member(struct masker *m, const struct doc_value *value,
			 const struct ry_config_key *key) {
	bool block = key && value->kind == DOC_OBJECT &&
		     (key->type == RY_CONFIG_BLOCK || key->type == BIND_WORD_OR_BLOCK);
	bool blocks = key && ((key->type == BIND_BLOCK_MAP && value->kind == DOC_OBJECT) ||
			      (key->type == RY_CONFIG_BLOCK_LIST && value->kind == DOC_ARRAY));

	if (!key)
		write_loose(m, value, UNKNOWN);
	else if (key->flags & RY_CONFIG_SECRET)
		write_loose(m, value, SECRET);
	else if (block)
		write_object(m, value, key->keys);
	else if (blocks)
		write_blocks(m, value, key);
	else if (key->type == BIND_ANY)
		write_component(m, value);
	else
		write_loose(m, value, PUBLIC);
}

static const struct ry_config_key *find_key(const struct ry_config_key *const *keys,
					    const char *name) {
	for (; keys && *keys; keys++)
		if (strcmp((*keys)->name, name) == 0)
			return *keys;
	return NULL;
}

static void write_object(struct masker *m, const struct doc_value *object,
			 const struct ry_config_key *const *keys) {
	strbuf_add_char(m->out, '{');
	m->depth++;
	for (size_t i = 0; i < object->n_items; i++) {
		const struct doc_value *value = object->items[i];

		if (i)
			strbuf_add_char(m->out, ',');
		new_line(m);
		strbuf_add_json(m->out, value->key);
		strbuf_add(m->out, ": ");
		write_member(m, value, find_key(keys, value->key));
	}
	m->depth--;
	if (object->n_items)
		new_line(m);
	strbuf_add_char(m->out, '}');
}

void mask_write(struct strbuf *out, const struct doc_value *value,
		const struct ry_config_key *const *keys, mask_table_fn *find, void *user) {
	struct masker m = {.out = out, .find = find, .user = user};

	if (value && value->kind == DOC_OBJECT)
		write_object(&m, value, keys);
	else if (value)
		write_loose(&m, value, UNKNOWN);
	strbuf_add_char(out, '\n');
}
