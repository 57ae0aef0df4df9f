/* SPDX-License-Identifier: Apache-2.0 */
/* RYO009, RYO010: fallbacks name kinds that exist, and never lead back. */
#include "preflight/backends.h"

#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"

struct walk {
	const struct manifest *manifest;
	uint32_t n;
	unsigned char *state; /* 0 not seen, 1 on the way, 2 done */
	uint32_t *way;
	uint32_t depth;
	struct check_context *context;
};

/* The first enabled exporter of a kind, which a fallback of that name means; or n. */
static uint32_t exporter_of_kind(const struct walk *walk, const char *kind) {
	for (uint32_t i = 0; i < walk->n; i++) {
		const struct manifest_exporter *exporter = exporter_at(walk->manifest, i);

		if (exporter->enabled && exporter->kind && strcmp(exporter->kind, kind) == 0)
			return i;
	}
	return walk->n;
}

static const struct place *fallback_place(const struct manifest_exporter *exporter, uint32_t i) {
	const struct doc_value *list = doc_member(exporter->settings_doc, "fallback");

	return list && i < list->n_items ? &list->items[i]->place
					 : doc_place(exporter->settings_doc, "fallback");
}

static void report_loop(struct walk *walk, uint32_t from, uint32_t index, uint32_t back_to) {
	struct diag *diag = walk->context->diag;
	const struct manifest_exporter *exporter = exporter_at(walk->manifest, from);
	struct strbuf path = STRBUF_INIT;
	uint32_t start = 0;
	struct finding *f;

	while (walk->way[start] != back_to)
		start++;
	for (uint32_t i = start; i < walk->depth; i++)
		strbuf_printf(&path, "%s -> ", exporter_at(walk->manifest, walk->way[i])->kind);
	strbuf_add(&path, exporter_at(walk->manifest, back_to)->kind);
	f = diag_add(diag, DIAG_RYO009, fallback_place(exporter, index), "the fallback loops: %s",
		     strbuf_text(&path));
	finding_why(diag, f, "a batch that nobody takes would go round for ever");
	finding_help(diag, f, "take `%s` out of this list",
		     exporter->settings.fallback.items[index]);
	strbuf_fini(&path);
}

static void visit(struct walk *walk, uint32_t from) {
	const struct manifest_exporter *exporter = exporter_at(walk->manifest, from);
	const struct ry_string_list *fallback = &exporter->settings.fallback;

	walk->state[from] = 1;
	walk->way[walk->depth++] = from;
	for (uint32_t i = 0; i < fallback->count; i++) {
		uint32_t to = exporter_of_kind(walk, fallback->items[i]);

		if (exporter->kind && strcmp(fallback->items[i], exporter->kind) == 0)
			report_loop(walk, from, i, from);
		else if (to < walk->n && walk->state[to] == 1)
			report_loop(walk, from, i, to);
		else if (to < walk->n && walk->state[to] == 0)
			visit(walk, to);
	}
	walk->depth--;
	walk->state[from] = 2;
}

static void check_names(struct check_context *context, const struct manifest_exporter *exporter) {
	for (uint32_t i = 0; i < exporter->settings.fallback.count; i++) {
		const char *kind = exporter->settings.fallback.items[i];
		struct finding *f;

		if (manifest_exporter_builtin(kind) || exporter_type(context->catalog, kind))
			continue;
		f = diag_add(context->diag, DIAG_RYO010, fallback_place(exporter, i),
			     "there is no exporter kind `%s` to fall back to", kind);
		finding_help(context->diag, f, "jsonl, stdout and noop need nothing else");
	}
}

void check_fallbacks(struct check_context *context) {
	struct walk walk = {
		.manifest = context->manifest,
		.n = context->manifest->runtime.observability.tracing.exporters.count,
		.context = context,
	};

	walk.state = must_calloc(walk.n + 1, 1);
	walk.way = must_calloc(walk.n + 1, sizeof(uint32_t));
	for (uint32_t i = 0; i < walk.n; i++) {
		check_names(context, exporter_at(walk.manifest, i));
		if (walk.state[i] == 0)
			visit(&walk, i);
	}
	free(walk.state);
	free(walk.way);
}
