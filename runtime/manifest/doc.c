/* SPDX-License-Identifier: Apache-2.0 */
/* Loading a document, and looking into it. */
#include "manifest/doc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/errname.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "manifest/scan.h"

void doc_fini(struct doc *doc) {
	arena_fini(&doc->arena);
	*doc = (struct doc){.arena = ARENA_INIT};
}

struct place doc_place_at(const struct doc *doc, size_t offset, uint32_t length) {
	struct place place = {.file = doc->file, .line = 1, .column = 1, .length = length};

	place.offset = (uint32_t)offset;
	for (size_t i = 0; i < offset; i++) {
		if (doc->text[i] == '\n') {
			place.line++;
			place.column = 1;
		} else if (((unsigned char)doc->text[i] & 0xc0) != 0x80) {
			place.column++;
		}
	}
	return place;
}

/* What people save by mistake instead of UTF-8 has a NUL or a mark in its first bytes. */
static bool is_utf16(const struct doc *doc) {
	const unsigned char *s = (const unsigned char *)doc->text;

	if (doc->length < 2)
		return false;
	return (s[0] == 0xff && s[1] == 0xfe) || (s[0] == 0xfe && s[1] == 0xff) ||
	       (s[0] == 0 && s[1] != 0) || (s[0] != 0 && s[1] == 0);
}

static int check_bytes(const struct doc *doc, struct diag *diag) {
	size_t at = 0, n = 1;
	struct finding *finding;
	struct place place;

	while (at < doc->length && doc->text[at] &&
	       (n = utf8_sequence(doc->text + at, doc->length - at)) > 0)
		at += n;
	if (at == doc->length)
		return 0;
	place = doc_place_at(doc, at, 1);
	if (is_utf16(doc)) {
		finding = diag_add(diag, DIAG_RYS002, &place, "this is UTF-16, not UTF-8");
		finding_help(diag, finding, "save the file as UTF-8");
	} else if (n) {
		finding = diag_add(diag, DIAG_RYS003, &place, "a NUL byte stands in the text");
		finding_help(diag, finding, "the file may be binary, or damaged");
	} else {
		finding = diag_add(diag, DIAG_RYS002, &place,
				   "the byte 0x%02x at offset %zu is not UTF-8",
				   (unsigned char)doc->text[at], at);
		finding_help(diag, finding, "save the file as UTF-8");
	}
	return -EBADMSG;
}

int doc_parse(struct doc *doc, const char *file, const char *text, size_t length,
	      struct diag *diag) {
	char *plain;
	int r;

	doc->file = arena_strdup(&doc->arena, file);
	doc->root = NULL;
	if (length > DOC_MAX_BYTES) {
		diag_add(diag, DIAG_RYS001, &(struct place){.file = doc->file},
			 "`%s` is above 64 MiB", file);
		return -EBADMSG;
	}
	doc->text = arena_strndup(&doc->arena, text, length);
	doc->length = length;
	r = check_bytes(doc, diag);
	if (r < 0)
		return r;
	plain = must_alloc(length + 1);
	memcpy(plain, doc->text, length + 1);
	r = doc_scan(doc, plain, diag);
	if (r == 0)
		r = doc_decode(doc, plain, diag);
	if (r < 0)
		doc->root = NULL;
	free(plain);
	return r;
}

static int read_stdin(char **ret_data, size_t *ret_length) {
	struct strbuf buf = STRBUF_INIT;
	char chunk[65536];
	ssize_t n;

	while ((n = read(STDIN_FILENO, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || buf.length + (size_t)n > DOC_MAX_BYTES) {
			int r = n < 0 ? -errno : -EFBIG;

			strbuf_fini(&buf);
			return r;
		}
		strbuf_add_bytes(&buf, chunk, (size_t)n);
	}
	*ret_length = buf.length;
	*ret_data = buf.text ? buf.text : must_strdup("");
	return 0;
}

static void report_unreadable(struct doc *doc, int error, struct diag *diag) {
	struct place place = {.file = doc->file};

	switch (-error) {
	case EISDIR:
		diag_add(diag, DIAG_RYS001, &place, "`%s` is a directory", doc->file);
		return;
	case ENXIO:
		diag_add(diag, DIAG_RYS001, &place, "`%s` is not a regular file", doc->file);
		return;
	case EFBIG:
		diag_add(diag, DIAG_RYS001, &place, "`%s` is above 64 MiB", doc->file);
		return;
	default:
		diag_add(diag, DIAG_RYS001, &place, "cannot read `%s`: %s", doc->file,
			 errno_text(error));
	}
}

int doc_load(struct doc *doc, const char *path, struct diag *diag) {
	char *data = NULL;
	size_t length = 0;
	int r;

	if (strcmp(path, "-") == 0) {
		path = "<stdin>";
		r = read_stdin(&data, &length);
	} else {
		r = fd_read_file(path, DOC_MAX_BYTES, &data, &length);
	}
	if (r < 0) {
		doc->file = arena_strdup(&doc->arena, path);
		report_unreadable(doc, r, diag);
		return -EBADMSG;
	}
	r = doc_parse(doc, path, data, length, diag);
	free(data);
	return r;
}

struct doc_value *doc_member(const struct doc_value *object, const char *key) {
	if (!object || object->kind != DOC_OBJECT)
		return NULL;
	for (size_t i = 0; i < object->n_items; i++)
		if (strcmp(object->items[i]->key, key) == 0)
			return object->items[i];
	return NULL;
}

const struct place *doc_place(const struct doc_value *block, const char *member) {
	static const struct place nowhere;
	const struct doc_value *value = member ? doc_member(block, member) : NULL;

	if (value)
		return &value->place;
	return block ? &block->key_place : &nowhere;
}

const char *doc_kind_name(enum doc_kind kind) {
	static const char *const names[] = {
		[DOC_NULL] = "null",	    [DOC_BOOL] = "a boolean",  [DOC_INT] = "an integer",
		[DOC_REAL] = "a number",    [DOC_STRING] = "a string", [DOC_ARRAY] = "an array",
		[DOC_OBJECT] = "an object",
	};

	return names[kind];
}
