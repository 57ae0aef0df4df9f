/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/interpolate.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/errname.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#define FILE_LIMIT   65536 /* of ${file:…}: keys and certificates are far below */
#define MOST_UNKNOWN 100   /* names that the note lists */

struct reference {
	bool file;
	const char *name; /* of the variable, or the path */
	size_t length;
	const char *fallback; /* NULL: none */
	size_t fallback_length;
};

static const char *const help_form =
	"known are ${env:NAME}, ${env:NAME:-default} and ${file:PATH}; a literal `${` is "
	"written `$${`";

static bool is_name(const char *name, size_t length) {
	if (!length || isdigit((unsigned char)*name))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '_')
			return false;
	return true;
}

/* What is wrong with the reference between "${" and "}", or NULL and *ret. */
static const char *parse_reference(const char *text, size_t length, struct reference *ret) {
	const char *split;

	*ret = (struct reference){0};
	if (length >= 5 && strncmp(text, "file:", 5) == 0) {
		*ret = (struct reference){.file = true, .name = text + 5, .length = length - 5};
		return ret->length ? NULL : "names no file";
	}
	if (length < 4 || strncmp(text, "env:", 4) != 0)
		return "is neither ${env:…} nor ${file:…}";
	ret->name = text + 4;
	ret->length = length - 4;
	split = memmem(ret->name, ret->length, ":-", 2);
	if (split) {
		ret->fallback = split + 2;
		ret->fallback_length = (size_t)(text + length - ret->fallback);
		ret->length = (size_t)(split - ret->name);
	}
	if (!is_name(ret->name, ret->length))
		return "does not hold the name of a variable (letters, digits, `_`)";
	if (ret->fallback && memmem(ret->fallback, ret->fallback_length, "${", 2))
		return "holds another reference in its default";
	return NULL;
}

/* The next "${" that is no escape, or NULL. */
static const char *next_reference(const char *text) {
	const char *at = strstr(text, "${");

	while (at && at > text && at[-1] == '$')
		at = strstr(at + 2, "${");
	return at;
}

static int malformed(struct bind *bind, const struct doc_value *value, const char *at,
		     size_t length, const char *what) {
	struct finding *finding = diag_add(bind->diag, DIAG_RYC008, &value->place, "`%.*s` %s",
					   length > 60 ? 60 : (int)length, at, what);

	finding_help(bind->diag, finding, "%s", help_form);
	return -EINVAL;
}

static void note_unknown(struct bind *bind, const char *name, size_t length) {
	for (size_t i = 0; i < bind->n_unknown_env; i++)
		if (strncmp(bind->unknown_env[i], name, length) == 0 &&
		    bind->unknown_env[i][length] == '\0')
			return;
	if (bind->n_unknown_env == MOST_UNKNOWN)
		return;
	bind->unknown_env = must_grow(bind->unknown_env, bind->n_unknown_env,
				      &bind->unknown_capacity, sizeof(char *));
	bind->unknown_env[bind->n_unknown_env++] = arena_strndup(bind->arena, name, length);
}

char *absolute_path(const struct bind *bind, const struct doc_value *value, const char *path) {
	const char *base =
		value && value->from_command_line ? bind->working_dir : bind->manifest_dir;

	if (*path == '/' || !base)
		return arena_strdup(bind->arena, path);
	return arena_printf(bind->arena, "%s/%s", strcmp(base, "/") == 0 ? "" : base, path);
}

static int put_file(struct bind *bind, const struct doc_value *value, const char *name,
		    struct strbuf *out) {
	char *path = absolute_path(bind, value, name), *data;
	size_t length;
	int r = fd_read_file(path, FILE_LIMIT, &data, &length);

	if (r == 0 && (strlen(data) != length || !utf8_valid(data, length))) {
		free(data);
		r = -EILSEQ;
	}
	if (r < 0) {
		diag_add(bind->diag, DIAG_RYC011, &value->place, "cannot take `%s` in: %s", path,
			 r == -EILSEQ  ? "it is not UTF-8 text"
			 : r == -EFBIG ? "it is above 64 KiB"
				       : errno_text(r));
		return -EINVAL;
	}
	if (length && data[length - 1] == '\n')
		length--;
	if (length && data[length - 1] == '\r')
		length--;
	strbuf_add_bytes(out, data, length);
	free(data);
	return INTERPOLATED_DONE;
}

static int put_variable(struct bind *bind, const struct doc_value *value,
			const struct reference *ref, const char *name, struct strbuf *out) {
	const char *set = getenv(name);
	struct finding *finding;

	if (set && (*set || !ref->fallback)) {
		if (!utf8_valid(set, strlen(set))) {
			diag_add(bind->diag, DIAG_RYC009, &value->place,
				 "the variable `%s` is not UTF-8", name);
			return -EINVAL;
		}
		strbuf_add(out, set);
		return INTERPOLATED_DONE;
	}
	if (ref->fallback) {
		strbuf_add_bytes(out, ref->fallback, ref->fallback_length);
		return INTERPOLATED_DONE;
	}
	note_unknown(bind, name, strlen(name));
	if (!bind->resolve)
		return INTERPOLATED_UNKNOWN;
	finding = diag_add(bind->diag, DIAG_RYC009, &value->place, "the variable `%s` is not set",
			   name);
	finding_help(bind->diag, finding, "set it, or give a default: ${env:%s:-…}", name);
	return -EINVAL;
}

static int put_reference(struct bind *bind, const struct doc_value *value,
			 const struct reference *ref, struct strbuf *out) {
	char *name = arena_strndup(bind->arena, ref->name, ref->length);

	if (!ref->file)
		return put_variable(bind, value, ref, name, out);
	return bind->resolve ? put_file(bind, value, name, out) : INTERPOLATED_UNKNOWN;
}

/* Text between references, in which `$${` stands for `${`. */
static void put_literal(const char *text, size_t length, struct strbuf *out) {
	const char *escape;

	while ((escape = memmem(text, length, "$${", 3))) {
		strbuf_add_bytes(out, text, (size_t)(escape - text));
		strbuf_add(out, "${");
		length -= (size_t)(escape + 3 - text);
		text = escape + 3;
	}
	strbuf_add_bytes(out, text, length);
}

static int put_all(struct bind *bind, const struct doc_value *value, struct strbuf *out) {
	const char *rest = value->text, *at, *end, *what;
	int result = INTERPOLATED_NOT, r;

	while ((at = next_reference(rest))) {
		struct reference ref;

		put_literal(rest, (size_t)(at - rest), out);
		end = strchr(at, '}');
		if (!end)
			return malformed(bind, value, at, strlen(at), "is not closed");
		what = parse_reference(at + 2, (size_t)(end - at - 2), &ref);
		if (what)
			return malformed(bind, value, at, (size_t)(end + 1 - at), what);
		r = put_reference(bind, value, &ref, out);
		if (r < 0)
			return r;
		if (r > result)
			result = r;
		rest = end + 1;
	}
	put_literal(rest, strlen(rest), out);
	return result;
}

int interpolate(struct bind *bind, const struct doc_value *value, const char **ret_text) {
	struct strbuf out = STRBUF_INIT;
	int r;

	if (!strstr(value->text, "${")) {
		*ret_text = value->text;
		return INTERPOLATED_NOT;
	}
	r = put_all(bind, value, &out);
	if (r == INTERPOLATED_UNKNOWN)
		*ret_text = value->text;
	else if (r >= 0)
		*ret_text = arena_strdup(bind->arena, strbuf_text(&out));
	/* It may hold a secret, of which only the bound copy shall be left. */
	if (out.text)
		explicit_bzero(out.text, out.capacity);
	strbuf_fini(&out);
	return r;
}

bool bind_unknown(const char *text) {
	const char *at = text ? next_reference(text) : NULL;

	return at && (strncmp(at, "${env:", 6) == 0 || strncmp(at, "${file:", 7) == 0);
}

static void collect_string(struct bind *bind, const char *text) {
	const char *at = text, *end;
	struct reference ref;

	while ((at = next_reference(at)) && (end = strchr(at, '}'))) {
		char *name;

		if (!parse_reference(at + 2, (size_t)(end - at - 2), &ref) && !ref.file &&
		    !ref.fallback) {
			name = strndup(ref.name, ref.length);
			if (name && !getenv(name))
				note_unknown(bind, name, ref.length);
			free(name);
		}
		at = end + 1;
	}
}

void bind_collect_unknown(struct bind *bind, const struct doc_value *value) {
	if (value->kind == DOC_STRING)
		collect_string(bind, value->text);
	for (size_t i = 0; i < value->n_items; i++)
		bind_collect_unknown(bind, value->items[i]);
}

void bind_fini(struct bind *bind) {
	free(bind->unknown_env);
	bind->unknown_env = NULL;
	bind->n_unknown_env = bind->unknown_capacity = 0;
}
