/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jansson decodes the text, and the tree of places takes its values over. Both hold the members
 * of an object in the order of the text, so the two are walked side by side; only an object with
 * duplicate keys, of which jansson keeps the last, needs a look at the keys first.
 */
#include "manifest/scan.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct decoder {
	struct doc *doc;
	const char *plain;
	struct diag *diag;
};

struct member {
	char *key;
	size_t index;
};

static int compare_members(const void *a, const void *b) {
	const struct member *x = a, *y = b;
	int r = strcmp(x->key, y->key);

	return r ? r : (x->index > y->index) - (x->index < y->index);
}

/* The key at a place, decoded by jansson, so that "a" and "\u0061" are one. */
static char *decode_key(const struct decoder *d, const struct place *place) {
	json_t *json = json_loadb(d->plain + place->offset, d->doc->length - place->offset,
				  JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, NULL);
	char *key = must_strdup(json ? json_string_value(json) : "");

	json_decref(json);
	return key;
}

static void report_duplicate(const struct decoder *d, const struct doc_value *first,
			     const struct doc_value *later, const char *key) {
	struct finding *finding = diag_add(d->diag, DIAG_RYS011, &later->key_place,
					   "the key `%s` stands twice in this object", key);

	finding_second(d->diag, finding, &first->key_place, "first here");
	finding_help(d->diag, finding, "remove one of them, or give it another name");
}

/* Leaves one value per key: the last one, in the place of the first, as jansson has it. */
static void drop_duplicates(const struct decoder *d, struct doc_value *object) {
	struct member *members = must_calloc(object->n_items, sizeof(*members));
	struct doc_value **items = object->items;
	size_t n = object->n_items, kept = 0;

	for (size_t i = 0; i < n; i++)
		members[i] = (struct member){decode_key(d, &items[i]->key_place), i};
	qsort(members, n, sizeof(*members), compare_members);
	for (size_t i = 0, j; i < n; i = j) {
		struct doc_value *first = items[members[i].index];

		for (j = i + 1; j < n && strcmp(members[j].key, members[i].key) == 0; j++) {
			report_duplicate(d, first, items[members[j].index], members[j].key);
			items[members[i].index] = items[members[j].index];
			items[members[j].index] = NULL;
		}
	}
	for (size_t i = 0; i < n; i++) {
		free(members[i].key);
		if (items[i])
			items[kept++] = items[i];
	}
	object->n_items = kept;
	free(members);
}

static void take(const struct decoder *d, struct doc_value *value, json_t *json);

static void take_object(const struct decoder *d, struct doc_value *value, json_t *json) {
	void *iter;

	if (json_object_size(json) != value->n_items)
		drop_duplicates(d, value);
	iter = json_object_iter(json);
	for (size_t i = 0; i < value->n_items; i++) {
		value->items[i]->key = arena_strdup(&d->doc->arena, json_object_iter_key(iter));
		take(d, value->items[i], json_object_iter_value(iter));
		iter = json_object_iter_next(json, iter);
	}
}

/* Recursion is bounded by DOC_MAX_DEPTH. */
static void take(const struct decoder *d, struct doc_value *value, json_t *json) {
	switch (value->kind) {
	case DOC_NULL:
		break;
	case DOC_BOOL:
		value->boolean = json_is_true(json);
		break;
	case DOC_INT:
		value->integer = json_integer_value(json);
		value->real = (double)value->integer;
		break;
	case DOC_REAL:
		value->real = json_real_value(json);
		break;
	case DOC_STRING:
		value->text = arena_strdup(&d->doc->arena, json_string_value(json));
		break;
	case DOC_ARRAY:
		for (size_t i = 0; i < value->n_items; i++)
			take(d, value->items[i], json_array_get(json, i));
		break;
	case DOC_OBJECT:
		take_object(d, value, json);
		break;
	}
}

/* The value that stands last before an offset: the one that jansson stumbled over. */
static const struct doc_value *value_before(const struct doc_value *value, size_t offset) {
	const struct doc_value *found = value;

	for (size_t i = 0; i < value->n_items && value->items[i]->place.offset < offset; i++)
		found = value->items[i];
	return found == value ? found : value_before(found, offset);
}

/* The tokenizer is as strict as jansson, but for the range of real numbers. */
static void report_error(const struct decoder *d, const json_error_t *error) {
	size_t offset = error->position > 0 ? (size_t)error->position : 0;
	const struct doc_value *value = value_before(d->doc->root, offset);

	if (json_error_code(error) == json_error_numeric_overflow)
		diag_add(d->diag, DIAG_RYS009, &value->place, "this number is too large");
	else
		diag_add(d->diag, DIAG_RYS005, &value->place, "%s", error->text);
}

int doc_decode(struct doc *doc, const char *plain, struct diag *diag) {
	struct decoder d = {.doc = doc, .plain = plain, .diag = diag};
	json_error_t error;
	json_t *json = json_loadb(plain, doc->length, JSON_DECODE_ANY, &error);

	if (!json) {
		report_error(&d, &error);
		return -EBADMSG;
	}
	take(&d, doc->root, json);
	json_decref(json);
	return 0;
}
