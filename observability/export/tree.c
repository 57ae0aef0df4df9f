/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of a trace. Spans hang below their parents, in the order of their start. A span whose
 * parent is not in the file stands at the top, with a note; so does one of those whose parents form
 * a ring, as otherwise none of them would be seen. Nothing here recurses: a chain may be as long as
 * the file.
 */
#include "export/tree.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/errname.h"
#include "base/fd.h"
#include "base/utf8.h"
#include "export/tree_read.h"
#include "trace/trace.h"

#define MAX_FILE_BYTES ((size_t)256 << 20)
#define MAX_DEPTH      32u /* levels that are drawn as branches; below, a number says how deep */
#define MAX_NAME       44u /* columns of the first column */

struct style {
	const char *dim, *red, *bold, *off;
};

static const struct style plain = {"", "", "", ""};
static const struct style coloured = {"\x1b[2m", "\x1b[31m", "\x1b[1m", "\x1b[0m"};

/* The spans of one trace: a part of the sorted list. */
struct trace {
	struct tree_span **spans;
	size_t n, errors;
	uint64_t start_ns, end_ns;
	const struct tree_span *first; /* the one that started first, a root if there is one */
};

struct tree {
	const struct trace *trace;
	const struct style *style;
	struct strbuf *out;
	struct tree_span **roots; /* by start */
	size_t n_roots;
	size_t width; /* of the first column */
};

/* -- traces --------------------------------------------------------------------------------- */

static bool starts_before(const struct tree_span *a, const struct tree_span *b) {
	if (a->has_parent != b->has_parent)
		return !a->has_parent;
	return a->start_ns < b->start_ns || (a->start_ns == b->start_ns && a->order < b->order);
}

/* The trace that begins at the i-th span. */
static struct trace trace_at(const struct tree_file *file, size_t i) {
	struct trace trace = {.spans = file->spans + i, .start_ns = UINT64_MAX};

	for (; i < file->n_spans; i++) {
		const struct tree_span *span = file->spans[i];

		if (memcmp(span->trace_id, trace.spans[0]->trace_id, sizeof(span->trace_id)) != 0)
			break;
		trace.n++;
		trace.errors += span->error;
		if (span->start_ns < trace.start_ns)
			trace.start_ns = span->start_ns;
		if (span->end_ns > trace.end_ns)
			trace.end_ns = span->end_ns;
		if (!trace.first || starts_before(span, trace.first))
			trace.first = span;
	}
	return trace;
}

static int by_trace_start(const void *a, const void *b) {
	const struct trace *x = a, *y = b;

	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return memcmp(x->spans[0]->trace_id, y->spans[0]->trace_id, sizeof(x->spans[0]->trace_id));
}

/* All traces, by their start. */
static struct trace *find_traces(const struct tree_file *file, size_t *ret_n) {
	struct trace *traces = NULL;
	size_t n = 0, capacity = 0;

	for (size_t i = 0; i < file->n_spans; i += traces[n - 1].n) {
		if (n == capacity)
			traces = must_grow(traces, n, &capacity, sizeof(*traces));
		traces[n++] = trace_at(file, i);
	}
	qsort(traces, n, sizeof(*traces), by_trace_start);
	*ret_n = n;
	return traces;
}

static bool id_begins_with(const struct trace *trace, const char *wanted) {
	char id[33];
	size_t length = strlen(wanted);

	trace_hex(trace->spans[0]->trace_id, 16, id);
	return length <= 32 && !strncasecmp(id, wanted, length);
}

static int choose(const struct trace *traces, size_t n, const char *wanted, const char *name,
		  const struct trace **ret, char *why, size_t cap) {
	const struct trace *found = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!id_begins_with(&traces[i], wanted))
			continue;
		if (found) {
			snprintf(why, cap, "several traces in %s begin with '%.32s'", name, wanted);
			return -EINVAL;
		}
		found = &traces[i];
	}
	if (!found) {
		snprintf(why, cap, "no trace in %s begins with '%.32s'", name, wanted);
		return -ENOENT;
	}
	*ret = found;
	return 0;
}

/* -- the tree ------------------------------------------------------------------------------- */

/* Any span of the trace may be named as a parent; a span may not be its own. */
static struct tree_span *find_parent(const struct trace *trace, const struct tree_span *span) {
	size_t low = 0, high = trace->n;

	if (!span->has_parent || !memcmp(span->parent_id, span->span_id, sizeof(span->span_id)))
		return NULL;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int r = memcmp(trace->spans[middle]->span_id, span->parent_id,
			       sizeof(span->span_id));

		if (r == 0)
			return trace->spans[middle];
		if (r < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int by_start(const void *a, const void *b) {
	const struct tree_span *x = *(struct tree_span *const *)a;
	const struct tree_span *y = *(struct tree_span *const *)b;

	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* The next span when everything below `span` has been seen; NULL: back at the top. */
static struct tree_span *next_beside(struct tree_span *span) {
	while (span && !span->next)
		span = span->parent;
	return span ? span->next : NULL;
}

static void mark_below(struct tree_span *root) {
	struct tree_span *span = root;

	while (span) {
		span->shown = true;
		span = span->first_child ? span->first_child : next_beside(span);
	}
}

/* Takes a span of a ring out from under its parent, so that it can stand at the top. */
static void detach(struct tree_span *span) {
	struct tree_span *parent = span->parent, **link = &parent->first_child, *last = NULL;

	while (*link != span) {
		last = *link;
		link = &(*link)->next;
	}
	*link = span->next;
	if (parent->last_child == span)
		parent->last_child = last;
	span->next = span->parent = NULL;
}

static void hang(struct tree_span *span, struct tree_span *parent) {
	span->parent = parent;
	if (parent->last_child)
		parent->last_child->next = span;
	else
		parent->first_child = span;
	parent->last_child = span;
}

/* Hangs every span below its parent, in the order of their start; what is left are the roots. */
static void build(struct tree *tree) {
	const struct trace *trace = tree->trace;
	struct tree_span **ordered = must_alloc(trace->n * sizeof(*ordered));

	memcpy(ordered, trace->spans, trace->n * sizeof(*ordered));
	qsort(ordered, trace->n, sizeof(*ordered), by_start);
	tree->roots = must_alloc(trace->n * sizeof(*tree->roots));
	for (size_t i = 0; i < trace->n; i++) {
		struct tree_span *parent = find_parent(trace, ordered[i]);

		if (parent)
			hang(ordered[i], parent);
		else
			tree->roots[tree->n_roots++] = ordered[i];
	}
	for (size_t i = 0; i < tree->n_roots; i++)
		mark_below(tree->roots[i]);
	for (size_t i = 0; i < trace->n; i++) {
		if (ordered[i]->shown)
			continue;
		detach(ordered[i]);
		tree->roots[tree->n_roots++] = ordered[i];
		mark_below(ordered[i]);
	}
	free(ordered);
}

/* -- drawing -------------------------------------------------------------------------------- */

static size_t depth_of(const struct tree_span *span) {
	size_t depth = 0;

	/* Enough to know that it is deeper than what is drawn. */
	while ((span = span->parent) && depth <= MAX_DEPTH)
		depth++;
	return depth;
}

/* The branches in front of a name; returns their columns. */
static size_t add_branches(struct strbuf *buf, const struct tree_span *span, size_t depth) {
	const struct tree_span *path[MAX_DEPTH];
	const struct tree_span *at = span;

	if (depth > MAX_DEPTH) {
		strbuf_add(buf, "(deeper) ");
		return 9;
	}
	for (size_t i = depth; i > 0; i--, at = at->parent)
		path[i - 1] = at;
	for (size_t i = 0; i + 1 < depth; i++)
		strbuf_add(buf, path[i]->next ? "\xe2\x94\x82  " : "   ");
	if (depth)
		strbuf_add(buf,
			   span->next ? "\xe2\x94\x9c\xe2\x94\x80 " : "\xe2\x94\x94\xe2\x94\x80 ");
	return 3 * depth;
}

static void add_duration(struct strbuf *buf, uint64_t ns) {
	if (ns < 1000000)
		strbuf_printf(buf, "%8.1f us", (double)ns / 1e3);
	else if (ns < UINT64_C(10000000000))
		strbuf_printf(buf, "%8.2f ms", (double)ns / 1e6);
	else
		strbuf_printf(buf, "%8.1f s ", (double)ns / 1e9);
}

static uint64_t length_of(uint64_t start, uint64_t end) {
	return end > start ? end - start : 0;
}

static void add_span_line(struct tree *tree, const struct tree_span *span) {
	const struct style *style = tree->style;
	struct strbuf *out = tree->out;
	size_t depth = depth_of(span), columns;

	strbuf_add(out, style->dim);
	columns = add_branches(out, span, depth);
	strbuf_add(out, style->off);
	strbuf_add(out, span->error ? style->red : "");
	strbuf_add(out, span->name);
	strbuf_add(out, span->error ? style->off : "");
	columns += utf8_columns(span->name, strlen(span->name));
	while (columns++ < tree->width)
		strbuf_add_char(out, ' ');
	strbuf_add(out, "  +");
	add_duration(out, length_of(tree->trace->start_ns, span->start_ns));
	add_duration(out, length_of(span->start_ns, span->end_ns));
	if (span->group)
		strbuf_printf(out, "  %s%s%s", style->dim, span->group, style->off);
	if (span->error)
		strbuf_printf(out, "  %serror%s%s%s", style->red, span->message ? ": " : "",
			      span->message ? span->message : "", style->off);
	if (*span->details)
		strbuf_printf(out, "  %s", span->details);
	if (span->has_parent && !span->parent)
		strbuf_printf(out, "  %s(its parent is not above)%s", style->dim, style->off);
	strbuf_add_char(out, '\n');
}

/* Calls each for every span, parents first. */
static void walk(struct tree *tree, void (*each)(struct tree *tree, const struct tree_span *span)) {
	for (size_t i = 0; i < tree->n_roots; i++) {
		struct tree_span *span = tree->roots[i];

		while (span) {
			each(tree, span);
			span = span->first_child ? span->first_child : next_beside(span);
		}
	}
}

static void measure(struct tree *tree, const struct tree_span *span) {
	size_t depth = depth_of(span);
	size_t width =
		(depth > MAX_DEPTH ? 9 : 3 * depth) + utf8_columns(span->name, strlen(span->name));

	if (width <= MAX_NAME && width > tree->width)
		tree->width = width;
}

static void add_start(struct strbuf *out, uint64_t ns) {
	const time_t seconds = (time_t)(ns / 1000000000);
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strbuf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ", tm.tm_year + 1900,
			      tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
			      (unsigned)(ns % 1000000000 / 1000000));
}

static void add_counts(struct strbuf *out, const struct trace *trace, const struct style *style) {
	strbuf_printf(out, "%zu span%s", trace->n, trace->n == 1 ? "" : "s");
	if (trace->errors)
		strbuf_printf(out, ", %s%zu error%s%s", style->red, trace->errors,
			      trace->errors == 1 ? "" : "s", style->off);
}

static void add_tree(const struct trace *trace, const struct style *style, struct strbuf *out) {
	struct tree tree = {.trace = trace, .style = style, .out = out};
	char id[33];

	trace_hex(trace->spans[0]->trace_id, 16, id);
	strbuf_printf(out, "%strace %s%s  ", style->bold, id, style->off);
	add_counts(out, trace, style);
	add_duration(out, length_of(trace->start_ns, trace->end_ns));
	strbuf_add(out, "  ");
	add_start(out, trace->start_ns);
	strbuf_add_char(out, '\n');
	build(&tree);
	walk(&tree, measure);
	walk(&tree, add_span_line);
	free(tree.roots);
}

static void add_list(const struct trace *traces, size_t n, const struct style *style,
		     struct strbuf *out) {
	char id[33];

	for (size_t i = 0; i < n; i++) {
		trace_hex(traces[i].spans[0]->trace_id, 16, id);
		strbuf_printf(out, "%s%s%s  ", style->bold, id, style->off);
		add_start(out, traces[i].start_ns);
		add_duration(out, length_of(traces[i].start_ns, traces[i].end_ns));
		strbuf_printf(out, "  %s, ", traces[i].first->name);
		add_counts(out, &traces[i], style);
		strbuf_add_char(out, '\n');
	}
}

static void add_notes(const struct tree_file *file, struct strbuf *out) {
	if (file->bad_lines)
		strbuf_printf(out, "%" PRIu64 " line%s not OTLP and left out\n", file->bad_lines,
			      file->bad_lines == 1 ? " is" : "s are");
	if (file->repeated)
		strbuf_printf(out, "%" PRIu64 " repeated span%s left out\n", file->repeated,
			      file->repeated == 1 ? "" : "s");
}

int trace_tree_render_text(const char *text, size_t length, const char *name, const char *trace_id,
			   bool colour, struct strbuf *out, char *why, size_t cap) {
	const struct style *style = colour ? &coloured : &plain;
	const struct trace *chosen;
	struct tree_file file;
	struct trace *traces;
	size_t n = 0;
	int r = 0;

	tree_read(&file, text, length);
	if (file.n_spans == 0) {
		snprintf(why, cap, "there are no spans in %s", name);
		tree_file_fini(&file);
		return -ENODATA;
	}
	traces = find_traces(&file, &n);
	chosen = traces;
	if (trace_id)
		r = choose(traces, n, trace_id, name, &chosen, why, cap);
	if (r == 0) {
		if (trace_id || n == 1)
			add_tree(chosen, style, out);
		else
			add_list(traces, n, style, out);
		add_notes(&file, out);
	}
	free(traces);
	tree_file_fini(&file);
	return r;
}

int trace_tree_render(const char *path, const char *trace_id, bool colour, struct strbuf *out,
		      char *why, size_t cap) {
	size_t length = 0;
	char *text = NULL;
	int r;

	r = fd_read_file(path, MAX_FILE_BYTES, &text, &length);
	if (r < 0) {
		snprintf(why, cap, "%s: %s", path, errno_text(r));
		return r;
	}
	r = trace_tree_render_text(text, length, path, trace_id, colour, out, why, cap);
	free(text);
	return r;
}
