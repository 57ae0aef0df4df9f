/* SPDX-License-Identifier: Apache-2.0 */
/* RYO011, RYO015: one writer of standard output, one reader of standard input. */
#include "preflight/check.h"

#include <string.h>

static bool is_stdio(const struct plan_node *node, enum plan_kind kind) {
	return node->kind == kind && node->adapter->flags & RY_ADAPTER_STDIO;
}

static void check_twice(struct check_context *context, enum plan_kind kind) {
	const struct plan_node *first = NULL;
	bool sink = kind == PLAN_SINK;

	for (uint32_t i = 0; i < context->plan->n_nodes; i++) {
		const struct plan_node *node = &context->plan->nodes[i];
		struct finding *f;

		if (!is_stdio(node, kind))
			continue;
		if (!first) {
			first = node;
			continue;
		}
		f = diag_add(context->diag, sink ? DIAG_RYO011 : DIAG_RYO015, &node->doc->key_place,
			     "`%s` and `%s` both %s", first->name, node->name,
			     sink ? "write standard output" : "read standard input");
		finding_second(context->diag, f, &first->doc->key_place, "the first");
		finding_why(context->diag, f, "%s",
			    sink ? "their records would be mixed, in the middle of lines too"
				 : "each line would go to one of them by chance");
	}
}

static void report_mixed(struct check_context *context, const struct place *place, const char *what,
			 const struct plan_node *sink) {
	struct finding *f;

	f = diag_add(context->diag, DIAG_RYO011, place,
		     "%s go to standard output, where `%s` writes", what, sink->name);
	finding_second(context->diag, f, &sink->doc->key_place, "the sink");
	finding_why(context->diag, f, "whoever reads the pipeline's output would get both");
	finding_help(context->diag, f, "send them to stderr or to a file");
}

static void check_beside_sink(struct check_context *context, const struct plan_node *sink) {
	const struct manifest_observability *o = &context->manifest->runtime.observability;
	const struct manifest_log_exporter *logs = o->logging.exporters.items;

	for (uint32_t i = 0; i < o->tracing.exporters.count; i++) {
		const struct manifest_exporter *exporter = exporter_at(context->manifest, i);
		const struct ry_string_list *fallback = &exporter->settings.fallback;
		const struct doc_value *list = doc_member(exporter->settings_doc, "fallback");

		if (!exporter->enabled || !exporter->kind)
			continue;
		if (strcmp(exporter->kind, "stdout") == 0)
			report_mixed(context, doc_place(exporter->head.doc, "kind"), "spans", sink);
		for (uint32_t f = 0; f < fallback->count; f++)
			if (strcmp(fallback->items[f], "stdout") == 0)
				report_mixed(context, &list->items[f]->place, "spans", sink);
	}
	for (uint32_t i = 0; i < o->logging.exporters.count; i++)
		if (logs[i].kind == LOG_STDOUT)
			report_mixed(context, doc_place(logs[i].head.doc, "kind"), "logs", sink);
}

void check_streams(struct check_context *context) {
	check_twice(context, PLAN_SINK);
	check_twice(context, PLAN_SOURCE);
	for (uint32_t i = 0; i < context->plan->n_nodes; i++) {
		if (!is_stdio(&context->plan->nodes[i], PLAN_SINK))
			continue;
		check_beside_sink(context, &context->plan->nodes[i]);
		break;
	}
}
