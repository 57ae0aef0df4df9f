/* SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"

static const struct diag_info infos[] = {
#define ERROR					    SEVERITY_ERROR
#define WARNING					    SEVERITY_WARNING
#define NOTE					    SEVERITY_NOTE
#define RY_DIAG(code, severity, title, explanation) {#code, severity, title, explanation},
#include "diagnostics.def"
#undef RY_DIAG
#undef ERROR
#undef WARNING
#undef NOTE
};

void diag_fini(struct diag *diag) {
	free(diag->findings);
	arena_fini(&diag->arena);
	*diag = (struct diag)DIAG_INIT;
}

const struct diag_info *diag_info(enum diag_code code) {
	return &infos[code];
}

enum diag_code diag_find(const char *name) {
	size_t i = 0;

	while (i < DIAG_COUNT && strcasecmp(infos[i].code, name) != 0)
		i++;
	return (enum diag_code)i;
}

static void count(struct diag *diag, enum severity severity, unsigned by) {
	if (severity == SEVERITY_ERROR)
		diag->n_errors += by;
	else if (severity == SEVERITY_WARNING)
		diag->n_warnings += by;
}

void finding_severity(struct diag *diag, struct finding *finding, enum severity severity) {
	count(diag, finding->severity, -1u);
	finding->severity = severity;
	count(diag, severity, 1);
}

struct finding *diag_add(struct diag *diag, enum diag_code code, const struct place *place,
			 const char *format, ...) {
	struct finding *finding = arena_new(&diag->arena, struct finding);
	va_list args;

	va_start(args, format);
	finding->text = arena_vprintf(&diag->arena, format, args);
	va_end(args);
	finding->code = code;
	finding->severity = infos[code].severity;
	finding->order = (unsigned)diag->n_findings;
	if (place)
		finding->place = *place;
	count(diag, finding->severity, 1);
	diag->findings = must_grow(diag->findings, diag->n_findings, &diag->capacity,
				   sizeof(struct finding *));
	diag->findings[diag->n_findings++] = finding;
	return finding;
}

#define SET_TEXT(member)                                                     \
	do {                                                                 \
		va_list args;                                                \
                                                                             \
		va_start(args, format);                                      \
		finding->member = arena_vprintf(&diag->arena, format, args); \
		va_end(args);                                                \
	} while (0)

void finding_why(struct diag *diag, struct finding *finding, const char *format, ...) {
	SET_TEXT(why);
}

void finding_help(struct diag *diag, struct finding *finding, const char *format, ...) {
	SET_TEXT(help);
}

void finding_label(struct diag *diag, struct finding *finding, const char *format, ...) {
	SET_TEXT(label);
}

void finding_fix(struct diag *diag, struct finding *finding, const char *format, ...) {
	SET_TEXT(fix);
}

void finding_second(struct diag *diag, struct finding *finding, const struct place *place,
		    const char *format, ...) {
	finding->second = *place;
	SET_TEXT(second_text);
}
