/* SPDX-License-Identifier: Apache-2.0 */
/* Expectations on findings. */
#ifndef SUPPORT_DIAG_H
#define SUPPORT_DIAG_H

#include <stdio.h>

#include "base/diag.h"
#include "support/test.h"

static inline const struct finding *find_finding(const struct diag *diag, enum diag_code code) {
	for (size_t i = 0; i < diag->n_findings; i++)
		if (diag->findings[i]->code == code)
			return diag->findings[i];
	return NULL;
}

/* There is a finding of that code at that line and column (0: anywhere). */
static inline void expect_finding(const struct diag *diag, enum diag_code code, uint32_t line,
				  uint32_t column) {
	for (size_t i = 0; i < diag->n_findings; i++) {
		const struct finding *f = diag->findings[i];

		if (f->code == code && (!line || f->place.line == line) &&
		    (!column || f->place.column == column))
			return;
	}
	for (size_t i = 0; i < diag->n_findings; i++)
		fprintf(stderr, "# %s at %u:%u: %s\n", diag_info(diag->findings[i]->code)->code,
			diag->findings[i]->place.line, diag->findings[i]->place.column,
			diag->findings[i]->text);
	ck_abort_msg("no %s at %u:%u", diag_info(code)->code, line, column);
}

static inline void expect_no_findings(const struct diag *diag) {
	for (size_t i = 0; i < diag->n_findings; i++)
		ck_abort_msg("%s at %u:%u: %s", diag_info(diag->findings[i]->code)->code,
			     diag->findings[i]->place.line, diag->findings[i]->place.column,
			     diag->findings[i]->text);
}

#endif
