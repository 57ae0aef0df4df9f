/* SPDX-License-Identifier: Apache-2.0 */
/* The line of a text that a place points at, made fit for a terminal, with carets under it. */
#ifndef PREFLIGHT_EXCERPT_H
#define PREFLIGHT_EXCERPT_H

#include "base/diag.h"
#include "base/strbuf.h"

struct excerpt {
	struct strbuf line; /* no tabs, no control characters, at most EXCERPT_COLUMNS wide */
	size_t indent;	    /* columns before the first caret */
	size_t carets;	    /* at least 1 */
};

#define EXCERPT_COLUMNS 100

/*
 * Cuts the line of `place` out of text. Returns false when the place has no line, or is not in the
 * text. What cannot be shown as it stands (control characters, broken UTF-8, marks that change the
 * direction of writing) becomes U+FFFD, so that a manifest cannot write to the terminal.
 */
bool excerpt_make(struct excerpt *excerpt, const char *text, size_t length,
		  const struct place *place);
void excerpt_fini(struct excerpt *excerpt);

#endif
