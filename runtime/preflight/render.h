/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as text: for people, and for programs. */
#ifndef PREFLIGHT_RENDER_H
#define PREFLIGHT_RENDER_H

#include "base/diag.h"
#include "base/strbuf.h"

enum render_format { RENDER_HUMAN, RENDER_JSON };

struct render_source {
	const char *file; /* as in the places */
	const char *text; /* for excerpts; NULL: none */
	size_t length;
};

/*
 * Renders the findings of one or several manifests: deterministic order (phase, then place),
 * causes before consequences, consequences folded. colour: ANSI, only for human.
 */
void render_findings(const struct diag *const *diags, const struct render_source *sources, size_t n,
		     enum render_format format, bool colour, struct strbuf *out);

#endif
