/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RYO002, 003, 004, 008: backend x placement x runner. On the exporter thread every backend fits.
 * On the runner's own thread a sync group takes blocking ones and an async group those that live on
 * a loop, unless `settings.bridge` allows the other.
 */
#include "preflight/backends.h"

static const struct plan_group *group_with(const struct plan *plan, enum runner_profile profile) {
	for (uint32_t i = 0; i < plan->n_groups; i++)
		if (group_profile(plan, &plan->groups[i]) == profile)
			return &plan->groups[i];
	return NULL;
}

static const char *exporter_name(const struct manifest_exporter *exporter) {
	const char *backend = exporter_backend(exporter);

	return backend ? backend : exporter->kind;
}

static void report(struct check_context *context, const struct manifest_exporter *exporter,
		   const struct plan_group *group, bool sync) {
	struct diag *diag = context->diag;
	struct finding *f;

	f = diag_add(diag, sync ? DIAG_RYO002 : DIAG_RYO003,
		     doc_place(exporter->head.doc, "placement"),
		     "`%s` %s, and group `%s` runs on the %s runner, which would have to drive it",
		     exporter_name(exporter), sync ? "lives on an event loop" : "blocks",
		     group->name, sync ? "sync" : "async");
	finding_second(diag, f,
		       doc_place(exporter->head.doc, exporter->backend ? "backend" : "kind"),
		       "chosen here");
	finding_why(diag, f, "%s",
		    sync ? "a sync runner has no event loop"
			 : "every request would stop all nodes on the loop");
	finding_help(diag, f,
		     "leave `placement` out (the exporter thread takes every backend), or set "
		     "settings.bridge");
}

static void warn_blocking(struct check_context *context, const struct manifest_exporter *exporter) {
	const struct manifest_exporter_settings *settings = &exporter->settings;
	long long tries = (long long)settings->retry.max_retries + 1;
	struct finding *f;

	f = diag_add(context->diag, DIAG_RYO004, doc_place(exporter->head.doc, "placement"),
		     "`%s` makes its requests on the thread of the nodes", exporter_name(exporter));
	finding_why(context->diag, f,
		    "while the collector does not answer, business waits up to %lld x %lld ms for "
		    "each batch",
		    tries, (long long)settings->timeout_ms);
	finding_help(context->diag, f, "leave `placement` out");
}

static void check_placement(struct check_context *context,
			    const struct manifest_exporter *exporter) {
	const struct plan_group *sync = group_with(context->plan, RUNNER_SYNC);
	const struct plan_group *async = group_with(context->plan, RUNNER_ASYNC);
	enum exporter_nature nature = exporter_nature(context->catalog, exporter);

	if (exporter->placement != PLACEMENT_RUNNER)
		return;
	if (nature == NATURE_LOOP && sync && !exporter->settings.bridge)
		report(context, exporter, sync, true);
	if (nature == NATURE_BLOCKING && async && !exporter->settings.bridge)
		report(context, exporter, async, false);
	if (nature == NATURE_BLOCKING && !exporter->settings.bridge && !async)
		warn_blocking(context, exporter);
}

static void check_block(struct check_context *context, const struct manifest_exporter *exporter) {
	const struct plan_group *async = group_with(context->plan, RUNNER_ASYNC);
	const struct doc_value *queue = doc_member(exporter->settings_doc, "queue");
	struct finding *f;

	if (exporter->settings.queue.drop_policy != DROP_BLOCK_WITH_TIMEOUT)
		return;
	if (exporter->placement == PLACEMENT_RUNNER) {
		f = diag_add(context->diag, DIAG_RYO008, doc_place(queue, "drop_policy"),
			     "`block_with_timeout` waits for the thread that would have to go on");
		finding_second(context->diag, f, doc_place(exporter->head.doc, "placement"),
			       "the runner's own thread drains the queue");
		finding_help(context->diag, f, "use drop_newest or drop_oldest");
		return;
	}
	if (!async)
		return;
	f = diag_add(context->diag, DIAG_RYO008, doc_place(queue, "drop_policy"),
		     "`block_with_timeout` would stop the event loop of group `%s`", async->name);
	finding_second(context->diag, f, group_place(context->plan, async, "runner_profile"),
		       "the group is async");
	finding_why(context->diag, f, "a full queue would hold up every node of the group");
	finding_help(context->diag, f, "use drop_newest or drop_oldest");
}

void check_exporter_placement(struct check_context *context) {
	const struct manifest *manifest = context->manifest;

	for (uint32_t i = 0; i < manifest->runtime.observability.tracing.exporters.count; i++) {
		const struct manifest_exporter *exporter = exporter_at(manifest, i);

		if (!exporter->enabled || !exporter->kind)
			continue;
		check_placement(context, exporter);
		check_block(context, exporter);
	}
}
