/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RYG090, RYO090..093: what a manifest may say and this version does not have. One
 * function each, in one table; when a part arrives, its row goes.
 */
#include "preflight/backends.h"

static void supervisor(struct check_context *context) {
	const struct plan *plan = context->plan;
	const struct doc_value *platform = doc_at(&context->manifest->doc, "/runtime/platform");
	const struct doc_value *bootstrap = doc_member(platform, "bootstrap");
	bool asked = context->manifest->runtime.platform.bootstrap.mode != BOOTSTRAP_UNSET;
	struct finding *f;

	if (plan->inline_mode)
		return;
	f = diag_add(context->diag, DIAG_RYG090,
		     asked ? doc_place(bootstrap, "mode") : doc_place(platform, "process_groups"),
		     "this version does not run groups as processes");
	if (!asked)
		finding_why(context->diag, f,
			    "with %u groups `bootstrap.mode` is `process_supervisor` by default",
			    plan->n_groups);
	finding_help(context->diag, f, "run it with --inline, or set bootstrap.mode to `inline`");
}

static void exporters(struct check_context *context) {
	const struct manifest *manifest = context->manifest;

	for (uint32_t i = 0; i < manifest->runtime.observability.tracing.exporters.count; i++) {
		const struct manifest_exporter *exporter = exporter_at(manifest, i);
		struct finding *f;

		if (!exporter->enabled || !kind_has_backend(exporter->kind))
			continue;
		f = diag_add(context->diag, DIAG_RYO090, doc_place(exporter->head.doc, "kind"),
			     "exporters of kind `%s` are not in this version", exporter->kind);
		finding_help(context->diag, f, "there are jsonl, stdout and noop");
	}
}

static void metrics(struct check_context *context) {
	const struct ry_block_list *list =
		&context->manifest->runtime.observability.metrics.exporters;
	const struct manifest_metrics_exporter *rows = list->items;

	for (uint32_t i = 0; i < list->count; i++)
		diag_add(context->diag, DIAG_RYO091, doc_place(rows[i].head.doc, "kind"),
			 "metrics exporters are not in this version");
}

static void logging(struct check_context *context) {
	static const char *const buffered[] = {"queue", "backpressure", "flush"};
	const struct manifest_observability *o = &context->manifest->runtime.observability;
	const struct manifest_log_exporter *list = o->logging.exporters.items;
	const struct doc_value *block =
		doc_at(&context->manifest->doc, "/runtime/observability/logging");
	struct finding *f;

	if (o->logging.mode == LOG_MODE_BUFFERED && doc_member(block, "mode")) {
		f = diag_add(context->diag, DIAG_RYO092, doc_place(block, "mode"),
			     "buffered logs are not in this version");
		finding_help(context->diag, f, "use mode `direct`, or leave it out");
	}
	for (size_t i = 0; i < sizeof(buffered) / sizeof(buffered[0]); i++)
		if (doc_member(block, buffered[i]))
			diag_add(
				context->diag, DIAG_RYO092, doc_place(block, buffered[i]),
				"`%s` is a setting of buffered logs, which are not in this version",
				buffered[i]);
	for (uint32_t i = 0; i < o->logging.exporters.count; i++) {
		if (list[i].kind == LOG_STDERR)
			continue;
		f = diag_add(context->diag, DIAG_RYO092, doc_place(list[i].head.doc, "kind"),
			     "logs go to stderr only in this version");
		finding_help(context->diag, f, "use kind `stderr`");
	}
}

/* One thread turns all exporters. */
static void mixed_placement(struct check_context *context) {
	const struct manifest *manifest = context->manifest;
	const struct manifest_exporter *first = NULL;

	for (uint32_t i = 0; i < manifest->runtime.observability.tracing.exporters.count; i++) {
		const struct manifest_exporter *exporter = exporter_at(manifest, i);
		struct finding *f;

		if (!exporter->enabled)
			continue;
		if (!first)
			first = exporter;
		if (exporter->placement == first->placement)
			continue;
		f = diag_add(context->diag, DIAG_RYO093, doc_place(exporter->head.doc, "placement"),
			     "exporters with different placements are not in this version");
		finding_second(context->diag, f, doc_place(first->head.doc, "placement"),
			       "this one is placed otherwise");
		finding_help(context->diag, f, "give all exporters the same placement");
	}
}

void check_not_yet(struct check_context *context) {
	static void (*const missing[])(struct check_context *) = {
		supervisor, exporters, metrics, logging, mixed_placement,
	};

	for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
		missing[i](context);
}
