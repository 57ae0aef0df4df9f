/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk over a key table and an object, side by side. For each row the default goes into the
 * struct first and what the manifest says over it, so that a finding leaves something usable.
 */
#include "manifest/bind.h"

#include <errno.h>
#include <string.h>

#include "manifest/interpolate.h"
#include "manifest/levels.h"
#include "manifest/scalar.h"

struct binder {
	struct bind *bind;
	bool failed;
};

static void bind_object(struct binder *b, const struct level *level, const struct doc_value *object,
			bool lacking, void *config);

static struct finding *wrong_type(struct binder *b, const struct ry_config_key *key,
				  const struct doc_value *value) {
	struct finding *finding =
		diag_add(b->bind->diag, DIAG_RYC002, &value->place, "`%s` must be %s, not %s",
			 key->name, type_name(key), doc_kind_name(value->kind));

	finding_why(b->bind->diag, finding, "`%s`: %s", key->name, key->doc);
	b->failed = true;
	return finding;
}

static void bad_choice(struct binder *b, const struct ry_config_key *key,
		       const struct doc_value *value, bool taken_in) {
	const char *nearest = NULL;
	struct finding *finding;
	size_t n = 0;

	b->failed = true;
	if (taken_in || (key->flags & RY_CONFIG_SECRET)) {
		finding = diag_add(b->bind->diag, DIAG_RYC004, &value->place,
				   "what was put in for `%s` is none of its words", key->name);
	} else {
		while (key->choices && key->choices[n])
			n++;
		nearest = nearest_name(value->text, key->choices, n);
		finding = diag_add(b->bind->diag, DIAG_RYC004, &value->place,
				   "`%s` is no value of `%s`", value->text, key->name);
	}
	if (nearest && *nearest) {
		finding_fix(b->bind->diag, finding, "\"%s\"", nearest);
		finding_help(b->bind->diag, finding, "did you mean `%s`? Known are %s", nearest,
			     choice_list(key, b->bind->arena));
	} else {
		finding_help(b->bind->diag, finding, "known are %s",
			     choice_list(key, b->bind->arena));
	}
}

/* A text of the wrong form: what was taken in, or a decimal. */
static void bad_text(struct binder *b, const struct ry_config_key *key,
		     const struct doc_value *value, bool taken_in, int r) {
	bool shown = !taken_in && !(key->flags & RY_CONFIG_SECRET);

	b->failed = true;
	if (key->type == RY_CONFIG_ENUM) {
		bad_choice(b, key, value, taken_in);
	} else if (shown) {
		diag_add(b->bind->diag, DIAG_RYC006, &value->place, "`%s` of `%s` is %s",
			 value->text, key->name,
			 r == -ERANGE ? "too long: at most 18 digits after the point, and 63 bits"
				      : "no decimal such as \"12.50\"");
	} else {
		diag_add(b->bind->diag, DIAG_RYC002, &value->place,
			 "what was put in for `%s` is not %s", key->name, type_name(key));
	}
}

static void out_of_range(struct binder *b, const struct ry_config_key *key,
			 const struct doc_value *value, bool taken_in, const void *member) {
	char *bounds = scalar_bounds(key, b->bind->arena);
	struct finding *finding;

	b->failed = true;
	if (taken_in || (key->flags & RY_CONFIG_SECRET))
		finding = diag_add(b->bind->diag, DIAG_RYC003, &value->place, "`%s` must be %s",
				   key->name, bounds);
	else
		finding = diag_add(b->bind->diag, DIAG_RYC003, &value->place,
				   "`%s` must be %s, not %s", key->name, bounds,
				   bind_format_member(key, member, b->bind->arena));
	finding_why(b->bind->diag, finding, "`%s`: %s", key->name, key->doc);
}

/* -- scalars ------------------------------------------------------------------------------------ */

/* Room for any scalar, so that a member changes only when all is well. */
union scalar {
	uint8_t boolean;
	int64_t integer;
	double number;
	const char *text;
	int32_t word;
	struct ry_decimal decimal;
};

static size_t scalar_size(uint32_t type) {
	switch (type) {
	case RY_CONFIG_BOOL:
		return sizeof(uint8_t);
	case RY_CONFIG_ENUM:
		return sizeof(int32_t);
	case RY_CONFIG_DECIMAL:
		return sizeof(struct ry_decimal);
	default:
		return sizeof(int64_t);
	}
}

static bool is_textual(uint32_t type) {
	return type == RY_CONFIG_STRING || type == RY_CONFIG_PATH || type == RY_CONFIG_NODE_REF;
}

static bool wants_string(uint32_t type) {
	return is_textual(type) || type == RY_CONFIG_ENUM || type == RY_CONFIG_DECIMAL;
}

/* A JSON value that is no string. */
static int read_plain(const struct ry_config_key *key, const struct doc_value *value,
		      union scalar *ret) {
	if (key->type == RY_CONFIG_BOOL && value->kind == DOC_BOOL)
		ret->boolean = value->boolean;
	else if (key->type == RY_CONFIG_INT && value->kind == DOC_INT)
		ret->integer = value->integer;
	else if (key->type == RY_CONFIG_NUMBER &&
		 (value->kind == DOC_INT || value->kind == DOC_REAL))
		ret->number = value->real;
	else
		return -EINVAL;
	return 0;
}

static struct finding *report_type(struct binder *b, const struct ry_config_key *key,
				   const struct doc_value *value) {
	struct finding *finding = wrong_type(b, key, value);

	if (key->type == RY_CONFIG_DECIMAL && (value->kind == DOC_INT || value->kind == DOC_REAL))
		finding_help(b->bind->diag, finding,
			     "put it into double quotes: a JSON number is not exact");
	else if (value->kind == DOC_STRING &&
		 (key->type == RY_CONFIG_INT || key->type == RY_CONFIG_BOOL ||
		  key->type == RY_CONFIG_NUMBER))
		finding_help(b->bind->diag, finding,
			     "write it without quotes; only ${env:…} and ${file:…} are converted");
	return finding;
}

/* Reads a string value. 1: not known offline, the member keeps its default. */
static int read_string(struct binder *b, const struct ry_config_key *key,
		       const struct doc_value *value, union scalar *ret, bool *ret_taken_in) {
	const char *text;
	int r = interpolate(b->bind, value, &text);

	if (r < 0) {
		b->failed = true;
		return r;
	}
	*ret_taken_in = r == INTERPOLATED_DONE;
	if (r == INTERPOLATED_UNKNOWN && !is_textual(key->type))
		return 1;
	if (r == INTERPOLATED_NOT && !wants_string(key->type)) {
		report_type(b, key, value);
		return -EINVAL;
	}
	if (key->type == RY_CONFIG_PATH && r != INTERPOLATED_UNKNOWN) {
		ret->text = absolute_path(b->bind, value, text);
		return 0;
	}
	r = scalar_read(key, text, ret);
	if (r < 0)
		bad_text(b, key, value, *ret_taken_in, r);
	return r;
}

static void bind_scalar(struct binder *b, const struct ry_config_key *key,
			const struct doc_value *value, void *member) {
	bool taken_in = false;
	union scalar scalar = {0};
	int r;

	if (value->kind == DOC_STRING) {
		r = read_string(b, key, value, &scalar, &taken_in);
		if (r != 0)
			return;
	} else {
		r = read_plain(key, value, &scalar);
		if (r < 0) {
			report_type(b, key, value);
			return;
		}
	}
	if (!scalar_in_range(key, &scalar)) {
		out_of_range(b, key, value, taken_in, &scalar);
		return;
	}
	memcpy(member, &scalar, scalar_size(key->type));
}

/* -- lists and blocks --------------------------------------------------------------------------- */

/* The strings in a list or map; what is none is reported and left out. */
static uint32_t bind_strings(struct binder *b, const struct ry_config_key *key,
			     const struct doc_value *value, const char **texts,
			     const char **names) {
	uint32_t n = 0;

	for (size_t i = 0; i < value->n_items; i++) {
		const struct doc_value *item = value->items[i];

		if (item->kind != DOC_STRING) {
			diag_add(b->bind->diag, DIAG_RYC002, &item->place,
				 "the elements of `%s` must be strings, not %s", key->name,
				 doc_kind_name(item->kind));
			b->failed = true;
		} else if (interpolate(b->bind, item, &texts[n]) < 0) {
			b->failed = true;
		} else {
			if (names)
				names[n] = item->key;
			n++;
		}
	}
	return n;
}

static void bind_string_list(struct binder *b, const struct ry_config_key *key,
			     const struct doc_value *value, struct ry_string_list *list) {
	const char **items;

	if (value->kind != DOC_ARRAY) {
		wrong_type(b, key, value);
		return;
	}
	items = arena_array(b->bind->arena, const char *, value->n_items);
	*list = (struct ry_string_list){
		.items = items,
		.count = bind_strings(b, key, value, items, NULL),
	};
}

static void bind_string_map(struct binder *b, const struct ry_config_key *key,
			    const struct doc_value *value, struct ry_string_map *map) {
	const char **keys, **values;

	if (value->kind != DOC_OBJECT) {
		wrong_type(b, key, value);
		return;
	}
	keys = arena_array(b->bind->arena, const char *, value->n_items);
	values = arena_array(b->bind->arena, const char *, value->n_items);
	*map = (struct ry_string_map){
		.keys = keys,
		.values = values,
		.count = bind_strings(b, key, value, values, keys),
	};
}

/* `"fail"` instead of `{"policy": "fail"}`. */
static void bind_word(struct binder *b, const struct level *level, const struct doc_value *word,
		      void *config) {
	const struct ry_config_key *key = level->keys[0];

	bind_object(b, level, NULL, false, config);
	bind_scalar(b, key, word, (char *)config + key->offset);
}

static void bind_element(struct binder *b, const struct ry_config_key *key,
			 const struct level *level, const struct doc_value *value, void *config) {
	bool words = key->type == BIND_WORD_OR_BLOCK || (key->flags & BIND_WORDS);

	if (value->kind == DOC_OBJECT) {
		bind_object(b, level, value, true, config);
	} else if (words && value->kind == DOC_STRING) {
		bind_word(b, level, value, config);
	} else {
		const char *name = value->key ? value->key : "an element";

		diag_add(b->bind->diag, DIAG_RYC002, &value->place,
			 "`%s` in `%s` must be %s, not %s", name, key->name,
			 words ? "a word or an object" : "an object", doc_kind_name(value->kind));
		b->failed = true;
		bind_object(b, level, NULL, false, config);
	}
}

static void bind_elements(struct binder *b, const struct ry_config_key *key,
			  const struct doc_value *value, struct ry_block_list *list) {
	struct level level = {.keys = key->keys};
	char *items;

	if (value->kind != (key->type == BIND_BLOCK_MAP ? DOC_OBJECT : DOC_ARRAY)) {
		wrong_type(b, key, value);
		return;
	}
	items = arena_alloc_array(b->bind->arena, key->element_size, value->n_items);
	for (size_t i = 0; i < value->n_items; i++) {
		void *element = items + i * key->element_size;

		if (key->type == BIND_BLOCK_MAP || (key->flags & BIND_NAMED))
			*(struct bind_named *)element =
				(struct bind_named){value->items[i]->key, value->items[i]};
		level.name = value->items[i]->key ? value->items[i]->key : key->name;
		bind_element(b, key, &level, value->items[i], element);
	}
	*list = (struct ry_block_list){.items = items, .count = (uint32_t)value->n_items};
}

static void bind_embedded(struct binder *b, const struct level *up, const struct ry_config_key *key,
			  const struct doc_value *value, void *member) {
	struct level level = {
		.up = up,
		.keys = key->keys,
		.name = key->name,
		.open = key->flags & BIND_OPEN,
	};

	if (!value)
		bind_object(b, &level, NULL, key->flags & RY_CONFIG_REQUIRED, member);
	else if (value->kind == DOC_OBJECT ||
		 (key->type == BIND_WORD_OR_BLOCK && value->kind == DOC_STRING))
		bind_element(b, key, &level, value, member);
	else {
		wrong_type(b, key, value);
		bind_object(b, &level, NULL, false, member);
	}
}

static void bind_any(struct binder *b, const struct ry_config_key *key,
		     const struct doc_value *value, const struct doc_value **member) {
	if (value->kind == DOC_OBJECT)
		*member = value;
	else
		wrong_type(b, key, value);
}

static void set_default(struct binder *b, const struct ry_config_key *key, void *member) {
	if (!key->fallback || !scalar_type(key->type))
		return;
	if (key->type == RY_CONFIG_PATH)
		*(const char **)member = absolute_path(b->bind, NULL, key->fallback);
	else
		scalar_read(key, key->fallback, member);
}

static void bind_member(struct binder *b, const struct level *level,
			const struct ry_config_key *key, const struct doc_value *value,
			void *member) {
	set_default(b, key, member);
	if (key->type == RY_CONFIG_BLOCK || key->type == BIND_WORD_OR_BLOCK)
		bind_embedded(b, level, key, value, member);
	else if (!value)
		return;
	else if (key->type == RY_CONFIG_STRING_LIST)
		bind_string_list(b, key, value, member);
	else if (key->type == RY_CONFIG_STRING_MAP)
		bind_string_map(b, key, value, member);
	else if (key->type == RY_CONFIG_BLOCK_LIST || key->type == BIND_BLOCK_MAP)
		bind_elements(b, key, value, member);
	else if (key->type == BIND_ANY)
		bind_any(b, key, value, member);
	else
		bind_scalar(b, key, value, member);
}

static void report_missing(struct binder *b, const struct ry_config_key *key,
			   const struct level *level, const struct doc_value *object) {
	const struct doc_value *at = object ? object : b->bind->owner;
	const char *in = level->name ? level->name : at && at->key ? at->key : NULL;
	struct finding *finding;

	if (object && object->key)
		in = object->key;
	finding = diag_add(b->bind->diag, DIAG_RYC005, doc_place(at, NULL),
			   "the key `%s` is missing%s%s%s", key->name, in ? " in `" : "",
			   in ? in : "", in ? "`" : "");
	finding_why(b->bind->diag, finding, "`%s`: %s", key->name, key->doc);
	b->failed = true;
}

/* lacking: a required key that is not there is a finding. */
static void bind_object(struct binder *b, const struct level *level, const struct doc_value *object,
			bool lacking, void *config) {
	size_t known = 0;

	for (size_t i = 0; level->keys[i]; i++) {
		const struct ry_config_key *key = level->keys[i];
		const struct doc_value *value = doc_member(object, key->name);

		known += value != NULL;
		if (!value && lacking && (key->flags & RY_CONFIG_REQUIRED))
			report_missing(b, key, level, object);
		bind_member(b, level, key, value, (char *)config + key->offset);
	}
	if (object && known < object->n_items && !level->open &&
	    report_unknown_keys(b->bind, level, object))
		b->failed = true;
}

int bind_block(struct bind *bind, const struct ry_config_key *const *keys,
	       const struct doc_value *object, void *config) {
	static const struct ry_config_key *const none[] = {NULL};
	struct binder b = {.bind = bind};
	struct level outer = {.keys = bind->outer};
	struct level level = {.keys = keys ? keys : none, .up = bind->outer ? &outer : NULL};

	if (object && object->kind != DOC_OBJECT) {
		diag_add(bind->diag, DIAG_RYC002, &object->place,
			 "an object must stand here, not %s", doc_kind_name(object->kind));
		b.failed = true;
		object = NULL;
		bind_object(&b, &level, NULL, false, config);
	} else {
		bind_object(&b, &level, object, true, config);
	}
	return b.failed ? -EINVAL : 0;
}
