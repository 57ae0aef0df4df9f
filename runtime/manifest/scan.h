/* SPDX-License-Identifier: Apache-2.0 */
/* The two halves of doc_parse: places from our tokenizer, values from jansson. Inside this room. */
#ifndef MANIFEST_SCAN_H
#define MANIFEST_SCAN_H

#include "manifest/doc.h"

/* Bounds that keep bad input cheap. A value takes about 200 bytes here and in jansson. */
#define DOC_MAX_BYTES  (64u << 20)
#define DOC_MAX_DEPTH  256
#define DOC_MAX_VALUES 1000000

/*
 * Checks the grammar of doc->text and builds doc->root: kinds, places and order of all values,
 * but no strings and numbers yet. plain is a copy of the text, in which it blanks what jansson
 * must not see (comments, byte order mark, trailing commas). -EBADMSG with a finding.
 */
int doc_scan(struct doc *doc, char *plain, struct diag *diag);

/* Decodes the plain text with jansson and fills the values of the tree; reports duplicate keys. */
int doc_decode(struct doc *doc, const char *plain, struct diag *diag);

/* The place of a byte of the text; length in characters. Counts from the start: for findings. */
struct place doc_place_at(const struct doc *doc, size_t offset, uint32_t length);

#endif
