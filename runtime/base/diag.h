/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings: what is wrong with what the user wrote. They are collected, not logged, and printed by
 * the program that asked (preflight/render.h). Every code stands in schemas/diagnostics.def.
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* A place in a text. line 0: no position in it (the whole file, or a value from --set). */
struct place {
	const char *file;
	uint32_t line;	 /* from 1 on */
	uint32_t column; /* from 1 on, in characters */
	uint32_t length; /* in characters; 0: to nowhere in particular */
	uint32_t offset; /* of the first byte in the file */
};

enum severity {
	SEVERITY_ERROR,
	SEVERITY_WARNING,
	SEVERITY_NOTE,
};

enum diag_code {
#define RY_DIAG(code, severity, title, explanation) DIAG_##code,
#include "diagnostics.def"
#undef RY_DIAG
	DIAG_COUNT,
};

struct diag_info {
	const char *code; /* "RYS001" */
	enum severity severity;
	const char *title;	 /* one line, for lists */
	const char *explanation; /* paragraphs, for `railyard explain` */
};

struct finding {
	enum diag_code code;
	enum severity severity;
	const char *text; /* one sentence without a full stop */
	struct place place;
	const char *label;   /* beside the carets under `place`; NULL: none */
	struct place second; /* file NULL: none */
	const char *second_text;
	const char *why;  /* NULL: none */
	const char *help; /* NULL: none */
	const char *fix;  /* a text that can stand in place of what `place` covers; NULL: none */
	const struct finding *cause; /* of which this is a consequence, to be folded; NULL: none */
	unsigned order;		     /* in which it was found */
};

struct diag {
	struct arena arena;
	struct finding **findings;
	size_t n_findings;
	size_t capacity;
	unsigned n_errors; /* consequences included */
	unsigned n_warnings;
};

#define DIAG_INIT \
	{ .arena = ARENA_INIT }

void diag_fini(struct diag *diag);

const struct diag_info *diag_info(enum diag_code code);

/* The code named so, or DIAG_COUNT. Case does not matter. */
enum diag_code diag_find(const char *name);

/*
 * Adds a finding with the severity of its code. The place is copied, its file name is not. The
 * result is valid until diag_fini; the setters below copy their text.
 */
struct finding *diag_add(struct diag *diag, enum diag_code code, const struct place *place,
			 const char *format, ...) __attribute__((format(printf, 4, 5)));
void finding_why(struct diag *diag, struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void finding_help(struct diag *diag, struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void finding_label(struct diag *diag, struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void finding_fix(struct diag *diag, struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void finding_second(struct diag *diag, struct finding *finding, const struct place *place,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Another severity than the code's own, where the manifest says how strict to be. */
void finding_severity(struct diag *diag, struct finding *finding, enum severity severity);

/*
 * The name among n that was probably meant (Damerau-Levenshtein distance of at most a third of its
 * length), or NULL.
 */
const char *nearest_name(const char *name, const char *const *names, size_t n);

#endif
