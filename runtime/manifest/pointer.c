/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 6901 pointers into a document, and the change of one value by `--set`. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/utf8.h"
#include "manifest/doc.h"
#include "manifest/scan.h"

/* Decodes ~0 and ~1 of the token at *pointer (behind its slash) and steps to the next slash. */
static char *next_token(const char **pointer, struct arena *arena) {
	size_t length = strcspn(*pointer, "/"), n = 0;
	char *token = arena_strndup(arena, *pointer, length);

	for (size_t i = 0; i < length; i++) {
		if (token[i] == '~' && (token[i + 1] == '0' || token[i + 1] == '1'))
			token[n++] = token[++i] == '0' ? '~' : '/';
		else
			token[n++] = token[i];
	}
	token[n] = '\0';
	*pointer += length;
	return token;
}

/* The index that a token names in an array of n elements; n: behind the last; SIZE_MAX: none. */
static size_t token_index(const char *token, size_t n) {
	unsigned long long index;
	char *end;

	if (strcmp(token, "-") == 0)
		return n;
	if (!isdigit((unsigned char)*token) || (*token == '0' && token[1]))
		return SIZE_MAX;
	errno = 0;
	index = strtoull(token, &end, 10);
	return *end || errno || index > n ? SIZE_MAX : (size_t)index;
}

static struct doc_value *child(const struct doc_value *value, const char *token) {
	size_t index;

	if (value->kind == DOC_OBJECT)
		return doc_member(value, token);
	if (value->kind != DOC_ARRAY)
		return NULL;
	index = token_index(token, value->n_items);
	return index < value->n_items ? value->items[index] : NULL;
}

struct doc_value *doc_at(const struct doc *doc, const char *pointer) {
	struct arena scratch = ARENA_INIT;
	struct doc_value *value = doc->root;

	while (value && *pointer == '/') {
		pointer++;
		value = child(value, next_token(&pointer, &scratch));
	}
	arena_fini(&scratch);
	return *pointer ? NULL : value;
}

static void add_token(struct strbuf *buf, const char *key) {
	for (; *key; key++) {
		if (*key == '~' || *key == '/')
			strbuf_add(buf, *key == '~' ? "~0" : "~1");
		else
			strbuf_add_char(buf, *key);
	}
}

static size_t index_in_parent(const struct doc_value *value) {
	size_t i = 0;

	while (i < value->parent->n_items && value->parent->items[i] != value)
		i++;
	return i;
}

char *doc_pointer(const struct doc_value *value, struct arena *arena) {
	const struct doc_value *path[DOC_MAX_DEPTH + 1];
	struct strbuf buf = STRBUF_INIT;
	size_t depth = 0;
	char *pointer;

	for (; value->parent && depth < DOC_MAX_DEPTH + 1; value = value->parent)
		path[depth++] = value;
	while (depth--) {
		strbuf_add_char(&buf, '/');
		if (path[depth]->key)
			add_token(&buf, path[depth]->key);
		else
			strbuf_printf(&buf, "%zu", index_in_parent(path[depth]));
	}
	pointer = arena_strdup(arena, strbuf_text(&buf));
	strbuf_fini(&buf);
	return pointer;
}

/* -- --set -------------------------------------------------------------------------------------- */

struct setter {
	struct doc *doc;
	struct diag *diag;
	const char *pointer;
	struct place place;
};

static int cannot_set(struct setter *s, const char *why, const char *help) {
	struct finding *finding =
		diag_add(s->diag, DIAG_RYS013, &s->place, "cannot set `%s`: %s", s->pointer, why);

	finding_help(s->diag, finding, "%s", help);
	return -EINVAL;
}

static struct doc_value *new_value(struct setter *s, enum doc_kind kind) {
	struct doc_value *value = arena_new(&s->doc->arena, struct doc_value);

	value->kind = kind;
	value->from_command_line = true;
	value->place = value->key_place = s->place;
	return value;
}

/* Puts a value behind the last one of a container. */
static void append(struct setter *s, struct doc_value *parent, const char *key,
		   struct doc_value *value) {
	struct doc_value **items =
		arena_array(&s->doc->arena, struct doc_value *, parent->n_items + 1);

	if (parent->n_items)
		memcpy(items, parent->items, parent->n_items * sizeof(items[0]));
	items[parent->n_items++] = value;
	parent->items = items;
	value->parent = parent;
	value->key = key;
}

static void stamp(struct setter *s, struct doc_value *value) {
	value->from_command_line = true;
	value->place = value->key_place = s->place;
	for (size_t i = 0; i < value->n_items; i++)
		stamp(s, value->items[i]);
}

/* VALUE as JSON, or else as a string. */
static struct doc_value *parse_value(struct setter *s, const char *text) {
	struct doc sub = {.arena = s->doc->arena};
	struct diag ignored = DIAG_INIT;
	struct doc_value *value = NULL;

	if (doc_parse(&sub, s->place.file, text, strlen(text), &ignored) == 0 &&
	    ignored.n_errors == 0)
		value = sub.root;
	s->doc->arena = sub.arena;
	if (!value) {
		value = new_value(s, DOC_STRING);
		value->text = arena_strdup(&s->doc->arena, text);
	}
	stamp(s, value);
	diag_fini(&ignored);
	return value;
}

/* The container that holds the last token, made on the way; *ret_token is the last one. */
static int find_parent(struct setter *s, struct doc_value **ret_parent, const char **ret_token) {
	const char *rest = s->pointer + 1;
	struct doc_value *at = s->doc->root, *next;
	const char *token = next_token(&rest, &s->doc->arena);

	for (; *rest == '/'; at = next) {
		next = child(at, token);
		if (!next && at->kind == DOC_OBJECT) {
			next = new_value(s, DOC_OBJECT);
			append(s, at, token, next);
		}
		if (!next || (next->kind != DOC_OBJECT && next->kind != DOC_ARRAY))
			return cannot_set(s, "what stands on the way is no object or array",
					  "name the members from the root on, as in "
					  "/runtime/platform/bootstrap/mode");
		rest++;
		token = next_token(&rest, &s->doc->arena);
	}
	*ret_parent = at;
	*ret_token = token;
	return 0;
}

static int put(struct setter *s, struct doc_value *parent, const char *token,
	       struct doc_value *value) {
	struct doc_value *old = child(parent, token);

	if (parent->kind == DOC_ARRAY && token_index(token, parent->n_items) == SIZE_MAX)
		return cannot_set(s, "the array has no such element",
				  "use an index that is there, or `-` to append");
	if (!old) {
		append(s, parent, parent->kind == DOC_OBJECT ? token : NULL, value);
		return 0;
	}
	parent->items[index_in_parent(old)] = value;
	value->parent = parent;
	value->key = old->key;
	return 0;
}

int doc_set(struct doc *doc, const char *assignment, struct diag *diag) {
	const char *equals = strchr(assignment, '=');
	size_t length = equals ? (size_t)(equals - assignment) : strlen(assignment);
	struct setter s = {.doc = doc, .diag = diag};
	struct doc_value *parent;
	const char *token;
	int r;

	s.pointer = utf8_valid(assignment, length) ? arena_strndup(&doc->arena, assignment, length)
						   : "?";
	s.place.file = arena_printf(&doc->arena, "--set %s", s.pointer);
	if (!equals || *s.pointer != '/' || !utf8_valid(equals, strlen(equals)))
		return cannot_set(&s, "this is no POINTER=VALUE in UTF-8",
				  "write it as in /runtime/strict=false");
	if (!doc->root || (doc->root->kind != DOC_OBJECT && doc->root->kind != DOC_ARRAY))
		return cannot_set(&s, "the document is no object", "mend the manifest first");
	r = find_parent(&s, &parent, &token);
	return r < 0 ? r : put(&s, parent, token, parse_value(&s, equals + 1));
}
