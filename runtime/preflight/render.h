/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings as text: for people, and for programs. Both show the same order: manifest by manifest,
 * phase by phase, then by place. A finding that follows from another one is folded: people read
 * "12 more follow from RYP003" under the cause, programs get it with `follows_from`.
 */
#ifndef PREFLIGHT_RENDER_H
#define PREFLIGHT_RENDER_H

#include "base/diag.h"
#include "base/strbuf.h"
#include "manifest/doc.h"

enum render_format { RENDER_HUMAN, RENDER_JSON };

struct render_source {
	const char *file; /* as in the places */
	const char *text; /* for excerpts; NULL: none */
	size_t length;
	const struct doc *doc; /* for JSON pointers; NULL: none */
};

/*
 * Renders the findings of n manifests, diags[i] being of sources[i]: deterministic order (phase,
 * then place), causes before consequences, consequences folded. colour: ANSI, only for human.
 */
void render_findings(const struct diag *const *diags, const struct render_source *sources, size_t n,
		     enum render_format format, bool colour, struct strbuf *out);

/* "2 errors, 1 warning", without what was folded; "" when there is neither. */
void render_counts(const struct diag *const *diags, size_t n, struct strbuf *out);

/* -- between the files of this room --------------------------------------------------------- */

/* Phase 1..10 of a code, by its letter. */
unsigned finding_phase(const struct finding *finding);

/* All findings of one diag in the order in which they are shown; to be freed. */
const struct finding **findings_sorted(const struct diag *diag);

void render_human(const struct finding *const *findings, size_t n_findings,
		  const struct render_source *sources, size_t n_sources, bool colour,
		  struct strbuf *out);
void render_json(const struct diag *const *diags, const struct render_source *sources, size_t n,
		 struct strbuf *out);

#endif
