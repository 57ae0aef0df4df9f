/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings for programs: one JSON document.
 *
 *	{"format_version":1,"valid":false,"error_count":1,"warning_count":0,"findings":[…]}
 *
 * Members that a finding does not have are absent. `format_version` grows when a member changes
 * its meaning or goes; new members may come without that.
 */
#include "preflight/render.h"

#include <string.h>

#include "base/alloc.h"

#define FORMAT_VERSION 1

static void add_member(struct strbuf *out, const char *name, const char *value) {
	if (!value)
		return;
	strbuf_printf(out, ",\"%s\":", name);
	strbuf_add_json(out, value);
}

static bool in_text(const struct doc_value *value) {
	return !value->from_command_line && value->key_place.line;
}

/* The value, or the key of one, that begins at an offset: the last that begins not after it. */
static const struct doc_value *value_at(const struct doc_value *value, uint32_t offset) {
	for (;;) {
		const struct doc_value *found = NULL;

		for (size_t i = 0; i < value->n_items; i++)
			if (in_text(value->items[i]) && value->items[i]->key_place.offset <= offset)
				found = value->items[i];
		if (!found)
			return value;
		value = found;
	}
}

static void add_pointer(struct strbuf *out, const struct doc *doc, const struct place *place) {
	struct arena arena = ARENA_INIT;
	const struct doc_value *value;

	if (!doc || !doc->root || !place->line)
		return;
	value = value_at(doc->root, place->offset);
	if (value->place.offset == place->offset || value->key_place.offset == place->offset)
		add_member(out, "pointer", doc_pointer(value, &arena));
	arena_fini(&arena);
}

static const struct doc *doc_of(const struct render_source *sources, size_t n, const char *file) {
	for (size_t i = 0; i < n; i++)
		if (sources[i].file && strcmp(sources[i].file, file) == 0)
			return sources[i].doc;
	return NULL;
}

static void add_place(struct strbuf *out, const struct place *place,
		      const struct render_source *sources, size_t n) {
	if (!place->file)
		return;
	add_member(out, "file", place->file);
	if (!place->line)
		return;
	strbuf_printf(out, ",\"line\":%u,\"column\":%u,\"length\":%u", place->line, place->column,
		      place->length);
	add_pointer(out, doc_of(sources, n, place->file), place);
}

static void add_finding(struct strbuf *out, const struct finding *finding,
			const struct render_source *sources, size_t n) {
	static const char *const severities[] = {"error", "warning", "note"};

	strbuf_printf(out, "{\"code\":\"%s\",\"severity\":\"%s\"", diag_info(finding->code)->code,
		      severities[finding->severity]);
	add_member(out, "text", finding->text);
	add_place(out, &finding->place, sources, n);
	add_member(out, "label", finding->label);
	if (finding->second.file) {
		strbuf_add(out, ",\"second\":{\"text\":");
		strbuf_add_json(out, finding->second_text ? finding->second_text : "");
		add_place(out, &finding->second, sources, n);
		strbuf_add_char(out, '}');
	}
	add_member(out, "why", finding->why);
	add_member(out, "help", finding->help);
	add_member(out, "fix", finding->fix);
	if (finding->cause)
		add_member(out, "follows_from", diag_info(finding->cause->code)->code);
	strbuf_add_char(out, '}');
}

void render_json(const struct diag *const *diags, const struct render_source *sources, size_t n,
		 struct strbuf *out) {
	size_t errors = 0, warnings = 0;
	const char *comma = "";

	for (size_t i = 0; i < n; i++) {
		errors += diags[i]->n_errors;
		warnings += diags[i]->n_warnings;
	}
	strbuf_printf(out,
		      "{\"format_version\":%d,\"valid\":%s,\"error_count\":%zu,"
		      "\"warning_count\":%zu,\"findings\":[",
		      FORMAT_VERSION, errors ? "false" : "true", errors, warnings);
	for (size_t i = 0; i < n; i++) {
		const struct finding **sorted = findings_sorted(diags[i]);

		for (size_t j = 0; j < diags[i]->n_findings; j++) {
			strbuf_printf(out, "%s\n", comma);
			add_finding(out, sorted[j], sources, n);
			comma = ",";
		}
		free(sorted);
	}
	strbuf_printf(out, "%s]}\n", *comma ? "\n" : "");
}
