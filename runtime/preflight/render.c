/* SPDX-License-Identifier: Apache-2.0 */
/* The order of findings, and which of the two formats is asked for. */
#include "preflight/render.h"

#include <string.h>

#include "base/alloc.h"

unsigned finding_phase(const struct finding *finding) {
	static const char letters[] = "SCPWDGROBE";
	const char *at = strchr(letters, diag_info(finding->code)->code[2]);

	return at ? (unsigned)(at - letters) + 1 : sizeof(letters);
}

static int compare_numbers(uint32_t a, uint32_t b) {
	return a < b ? -1 : a > b;
}

static int compare_places(const struct place *a, const struct place *b) {
	int r = strcmp(a->file ? a->file : "", b->file ? b->file : "");

	if (r == 0)
		r = compare_numbers(a->line, b->line);
	if (r == 0)
		r = compare_numbers(a->column, b->column);
	return r;
}

static int compare_findings(const void *left, const void *right) {
	const struct finding *a = *(const struct finding *const *)left;
	const struct finding *b = *(const struct finding *const *)right;
	int r = compare_numbers(finding_phase(a), finding_phase(b));

	if (r == 0)
		r = compare_places(&a->place, &b->place);
	if (r == 0)
		r = compare_numbers(a->code, b->code);
	if (r == 0)
		r = compare_numbers(a->order, b->order);
	return r;
}

const struct finding **findings_sorted(const struct diag *diag) {
	const struct finding **sorted = must_calloc(diag->n_findings + 1, sizeof(*sorted));

	for (size_t i = 0; i < diag->n_findings; i++)
		sorted[i] = diag->findings[i];
	qsort(sorted, diag->n_findings, sizeof(*sorted), compare_findings);
	return sorted;
}

void render_findings(const struct diag *const *diags, const struct render_source *sources, size_t n,
		     enum render_format format, bool colour, struct strbuf *out) {
	if (format == RENDER_JSON) {
		render_json(diags, sources, n, out);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct finding **sorted = findings_sorted(diags[i]);

		render_human(sorted, diags[i]->n_findings, sources, n, colour, out);
		free(sorted);
	}
}

static void add_count(struct strbuf *out, size_t count, const char *what) {
	if (!count)
		return;
	strbuf_printf(out, "%s%zu %s%s", out->length ? ", " : "", count, what,
		      count == 1 ? "" : "s");
}

void render_counts(const struct diag *const *diags, size_t n, struct strbuf *out) {
	size_t counts[SEVERITY_NOTE + 1] = {0};

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < diags[i]->n_findings; j++)
			if (!diags[i]->findings[j]->cause)
				counts[diags[i]->findings[j]->severity]++;
	add_count(out, counts[SEVERITY_ERROR], "error");
	add_count(out, counts[SEVERITY_WARNING], "warning");
}
