/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON document with the place of every value: jansson decodes, an own tokenizer keeps the
 * positions, and the tree below joins both. jansson is not seen outside this room.
 *
 * Comments (`//` and block comments) are blanked out before jansson sees the text, so places stay
 * true. Duplicate keys are findings that show both places.
 */
#ifndef MANIFEST_DOC_H
#define MANIFEST_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"

enum doc_kind {
	DOC_NULL,
	DOC_BOOL,
	DOC_INT,
	DOC_REAL,
	DOC_STRING,
	DOC_ARRAY,
	DOC_OBJECT,
};

struct doc_value {
	enum doc_kind kind;
	bool from_command_line; /* put there by --set: its paths are relative to the working directory */
	bool boolean;
	int64_t integer;  /* DOC_INT */
	double real;	  /* DOC_REAL, and DOC_INT converted */
	const char *text; /* DOC_STRING: decoded, NUL-terminated; a NUL inside is a finding */
	const char *key;  /* in the parent object; NULL in an array and at the root */
	struct doc_value *parent; /* NULL: the root */
	struct doc_value **items; /* DOC_ARRAY and DOC_OBJECT: in the order of the text */
	size_t n_items;
	struct place place;	/* of the value; for an object or array, of its opening bracket */
	struct place key_place; /* of the key with its quotes; like `place` where there is no key */
};

struct doc {
	struct arena arena;
	const char *file; /* as the user named it; in every place */
	const char *text; /* the original text, for the excerpts of findings; NUL-terminated */
	size_t length;
	struct doc_value *root; /* NULL when the text could not be parsed */
};

/*
 * Reads and parses a file ("-": standard input). Everything wrong with it becomes a finding (RYS).
 * Returns 0, or -EBADMSG when there is no usable root. doc: zeroed by the caller; doc_fini in
 * either case.
 */
int doc_load(struct doc *doc, const char *path, struct diag *diag);
int doc_parse(struct doc *doc, const char *file, const char *text, size_t length,
	      struct diag *diag);
void doc_fini(struct doc *doc);

/*
 * Applies one `--set POINTER=VALUE` (RFC 6901). VALUE is JSON, or else a string as it stands.
 * Missing objects on the way are made; "-" or the length appends to an array. Places of what it
 * puts there name the file "--set POINTER" and line 0. -EINVAL with a finding when it cannot.
 */
int doc_set(struct doc *doc, const char *assignment, struct diag *diag);

/* The member of an object, or NULL (also when object is NULL or no object). */
struct doc_value *doc_member(const struct doc_value *object, const char *key);

/* By RFC 6901 pointer, or NULL. */
struct doc_value *doc_at(const struct doc *doc, const char *pointer);

/* The RFC 6901 pointer of a value. */
char *doc_pointer(const struct doc_value *value, struct arena *arena);

/*
 * Where to show a finding about a member of a block: the member's value if it is there, else the
 * block's own key (or the file). member NULL: the block itself. Never NULL.
 */
const struct place *doc_place(const struct doc_value *block, const char *member);

const char *doc_kind_name(enum doc_kind kind); /* "a string", "an object" … */

#endif
