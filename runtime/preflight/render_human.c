/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings for people:
 *
 *	error[RYR016]: node `lookup` may block, but its group `enrich` runs on the async runner
 *	  --> orders.json:41:26
 *	   |
 *	41 |       "nodes": ["parse", "lookup", "score"], "runner_profile": "async"
 *	   |                          ^^^^^^^^ needs `db` by consume
 *	   = why: one blocking call would stall 2 other nodes on this loop
 *	   = help: bind it with "bridge": "offload", or move it to a sync group
 *	   = explain: railyard explain RYR016
 */
#include "preflight/render.h"

#include <string.h>

#include "base/alloc.h"
#include "preflight/excerpt.h"

struct style {
	const char *error, *warning, *note, *frame, *strong, *reset;
};

static const struct style plain = {"", "", "", "", "", ""};
static const struct style coloured = {
	.error = "\x1b[1;31m",
	.warning = "\x1b[1;33m",
	.note = "\x1b[1;36m",
	.frame = "\x1b[1;34m",
	.strong = "\x1b[1m",
	.reset = "\x1b[0m",
};

struct page {
	const struct style *style;
	const struct render_source *sources;
	size_t n_sources;
	struct strbuf *out;
	int margin;    /* digits of the longest line number of this finding */
	uint32_t line; /* of the excerpt that was shown last in it; 0: none */
	struct strbuf shown;
};

static const char *severity_word(enum severity severity) {
	static const char *const words[] = {"error", "warning", "note"};

	return words[severity];
}

static const char *severity_colour(const struct style *style, enum severity severity) {
	switch (severity) {
	case SEVERITY_ERROR:
		return style->error;
	case SEVERITY_WARNING:
		return style->warning;
	case SEVERITY_NOTE:
		break;
	}
	return style->note;
}

static int digits(uint32_t number) {
	int n = 1;

	while (number >= 10) {
		number /= 10;
		n++;
	}
	return n;
}

static bool same_file(const char *a, const char *b) {
	return a == b || (a && b && strcmp(a, b) == 0);
}

static const struct render_source *source_of(const struct page *page, const char *file) {
	for (size_t i = 0; i < page->n_sources; i++)
		if (same_file(page->sources[i].file, file))
			return &page->sources[i];
	return NULL;
}

static void add_location(const struct page *page, const char *arrow, const struct place *place) {
	strbuf_printf(page->out, "%*s%s%s%s ", page->margin, "", page->style->frame, arrow,
		      page->style->reset);
	strbuf_add_visible(page->out, place->file);
	if (place->line)
		strbuf_printf(page->out, ":%u:%u", place->line, place->column);
	strbuf_add_char(page->out, '\n');
}

static void add_bar(const struct page *page) {
	strbuf_printf(page->out, "%*s %s|%s\n", page->margin, "", page->style->frame,
		      page->style->reset);
}

/* A line with what points at it, unless it is the line that was shown last. */
static void add_excerpt(struct page *page, const struct place *place, char caret,
			const char *colour, const char *label) {
	const struct render_source *source = source_of(page, place->file);
	struct excerpt excerpt;

	if (!source || !excerpt_make(&excerpt, source->text, source->length, place))
		return;
	if (place->line != page->line ||
	    strcmp(strbuf_text(&page->shown), strbuf_text(&excerpt.line)) != 0)
		strbuf_printf(page->out, "%s%*u |%s %s\n", page->style->frame, page->margin,
			      place->line, page->style->reset, strbuf_text(&excerpt.line));
	page->line = place->line;
	strbuf_clear(&page->shown);
	strbuf_add(&page->shown, strbuf_text(&excerpt.line));
	strbuf_printf(page->out, "%*s %s|%s %*s%s", page->margin, "", page->style->frame,
		      page->style->reset, (int)excerpt.indent, "", colour);
	for (size_t i = 0; i < excerpt.carets; i++)
		strbuf_add_char(page->out, caret);
	if (label && *label) {
		strbuf_add_char(page->out, ' ');
		strbuf_add_visible(page->out, label);
	}
	strbuf_printf(page->out, "%s\n", page->style->reset);
	excerpt_fini(&excerpt);
}

static bool has_excerpt(const struct page *page, const struct place *place) {
	const struct render_source *source = source_of(page, place->file);

	return source && source->text && place->line;
}

static void add_gap(const struct page *page, uint32_t from, uint32_t to) {
	if (to > from + 1)
		strbuf_printf(page->out, "%s...%s\n", page->style->frame, page->style->reset);
}

/* Both places in one excerpt, in the order of their lines. */
static void add_both(struct page *page, const struct finding *finding, const char *colour) {
	const struct place *place = &finding->place, *second = &finding->second;

	if (second->line < place->line) {
		add_excerpt(page, second, '-', page->style->frame, finding->second_text);
		add_gap(page, second->line, place->line);
	}
	add_excerpt(page, place, '^', colour, finding->label);
	if (second->line >= place->line) {
		add_gap(page, place->line, second->line);
		add_excerpt(page, second, '-', page->style->frame, finding->second_text);
	}
}

/* The second place under a heading of its own: it is in another file, or in none. */
static void add_second(struct page *page, const struct finding *finding) {
	const struct place *second = &finding->second;

	add_location(page, ":::", second);
	if (has_excerpt(page, second)) {
		add_bar(page);
		add_excerpt(page, second, '-', page->style->frame, finding->second_text);
	} else if (finding->second_text) {
		strbuf_printf(page->out, "%*s  ", page->margin, "");
		strbuf_add_visible(page->out, finding->second_text);
		strbuf_add_char(page->out, '\n');
	}
}

static void add_places(struct page *page, const struct finding *finding, const char *colour) {
	const struct place *place = &finding->place, *second = &finding->second;
	bool shown = has_excerpt(page, place);

	if (place->file)
		add_location(page, "-->", place);
	if (shown)
		add_bar(page);
	if (shown && has_excerpt(page, second) && same_file(place->file, second->file)) {
		add_both(page, finding, colour);
		return;
	}
	if (shown)
		add_excerpt(page, place, '^', colour, finding->label);
	if (second->file)
		add_second(page, finding);
}

static void add_remark(const struct page *page, const char *what, const char *text) {
	strbuf_printf(page->out, "%*s %s=%s %s%s:%s ", page->margin, "", page->style->frame,
		      page->style->reset, page->style->strong, what, page->style->reset);
	strbuf_add_visible(page->out, text);
	strbuf_add_char(page->out, '\n');
}

static void add_finding(struct page *page, const struct finding *finding, size_t followers) {
	const char *colour = severity_colour(page->style, finding->severity);
	const char *code = diag_info(finding->code)->code;

	page->line = 0;
	page->margin = digits(finding->place.line > finding->second.line ? finding->place.line
									 : finding->second.line);
	strbuf_printf(page->out, "%s%s[%s]%s%s: ", colour, severity_word(finding->severity), code,
		      page->style->reset, page->style->strong);
	strbuf_add_visible(page->out, finding->text);
	strbuf_printf(page->out, "%s\n", page->style->reset);
	add_places(page, finding, colour);
	if (finding->why)
		add_remark(page, "why", finding->why);
	if (finding->help)
		add_remark(page, "help", finding->help);
	if (finding->fix)
		add_remark(page, "fix", finding->fix);
	if (followers)
		strbuf_printf(page->out, "%*s %s=%s %zu more follow%s from %s\n", page->margin, "",
			      page->style->frame, page->style->reset, followers,
			      followers == 1 ? "s" : "", code);
	strbuf_printf(page->out, "%*s %s=%s explain: railyard explain %s\n\n", page->margin, "",
		      page->style->frame, page->style->reset, code);
}

/* The finding at the head of a chain of causes. */
static const struct finding *root_cause(const struct finding *finding) {
	while (finding->cause)
		finding = finding->cause;
	return finding;
}

static int compare_pointers(const void *a, const void *b) {
	uintptr_t l = (uintptr_t) * (const void *const *)a,
		  r = (uintptr_t) * (const void *const *)b;

	return l < r ? -1 : l > r;
}

/* How many findings each cause folds: the causes of all consequences, sorted to be counted. */
static const struct finding **causes_sorted(const struct finding *const *findings, size_t n,
					    size_t *ret_n) {
	const struct finding **causes = must_calloc(n + 1, sizeof(*causes));
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (findings[i]->cause)
			causes[count++] = root_cause(findings[i]);
	qsort(causes, count, sizeof(*causes), compare_pointers);
	*ret_n = count;
	return causes;
}

static size_t followers_of(const struct finding *finding, const struct finding **causes, size_t n) {
	size_t low = 0, high = n, count = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((uintptr_t)causes[middle] < (uintptr_t)finding)
			low = middle + 1;
		else
			high = middle;
	}
	while (low < n && causes[low++] == finding)
		count++;
	return count;
}

void render_human(const struct finding *const *findings, size_t n_findings,
		  const struct render_source *sources, size_t n_sources, bool colour,
		  struct strbuf *out) {
	struct page page = {
		.style = colour ? &coloured : &plain,
		.sources = sources,
		.n_sources = n_sources,
		.out = out,
	};
	size_t n_causes;
	const struct finding **causes = causes_sorted(findings, n_findings, &n_causes);

	for (size_t i = 0; i < n_findings; i++)
		if (!findings[i]->cause)
			add_finding(&page, findings[i],
				    followers_of(findings[i], causes, n_causes));
	strbuf_fini(&page.shown);
	free(causes);
}
