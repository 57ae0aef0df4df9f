/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RYO001, 005, 006, 007, 013: each tracing exporter by itself. Backends that do not exist and
 * settings without effect were found when the manifest was bound.
 */
#include "preflight/backends.h"

#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"

static const char *const builtin_kinds[] = {"otel_otlp", "zipkin", "jsonl", "stdout", "noop"};

#define N_BUILTIN_KINDS (sizeof(builtin_kinds) / sizeof(builtin_kinds[0]))

/* "did you mean `x`? there are a, b, c": the names from which one can be chosen. */
static void help_names(struct diag *diag, struct finding *f, const char *name,
		       const char *const *names, size_t n) {
	const char *meant = nearest_name(name, names, n);
	struct strbuf list = STRBUF_INIT;

	for (size_t i = 0; i < n; i++)
		strbuf_printf(&list, "%s%s", i ? ", " : "", names[i]);
	if (meant) {
		finding_fix(diag, f, "\"%s\"", meant);
		finding_help(diag, f, "did you mean `%s`? there are %s", meant, strbuf_text(&list));
	} else {
		finding_help(diag, f, "there are %s", strbuf_text(&list));
	}
	strbuf_fini(&list);
}

static void help_kinds(struct check_context *context, struct finding *f, const char *kind) {
	size_t n_adapters, n = 0;
	const char *const *adapters = catalog_adapter_names(context->catalog, &n_adapters);
	const char **names = must_calloc(N_BUILTIN_KINDS + n_adapters, sizeof(*names));

	for (size_t i = 0; i < N_BUILTIN_KINDS; i++)
		names[n++] = builtin_kinds[i];
	for (size_t i = 0; i < n_adapters; i++)
		if (exporter_type(context->catalog, adapters[i]) &&
		    !manifest_exporter_builtin(adapters[i]))
			names[n++] = adapters[i];
	help_names(context->diag, f, kind, names, n);
	free(names);
}

static bool kind_exists(const struct check_context *context, const char *kind) {
	return manifest_exporter_builtin(kind) || exporter_type(context->catalog, kind);
}

static void check_kind(struct check_context *context, const struct manifest_exporter *exporter) {
	struct finding *f;

	if (kind_exists(context, exporter->kind))
		return;
	f = diag_add(context->diag, DIAG_RYO001, doc_place(exporter->head.doc, "kind"),
		     "there is no exporter kind `%s`", exporter->kind);
	help_kinds(context, f, exporter->kind);
	if (context->catalog->incomplete)
		f->cause = context->catalog->incomplete_cause;
}

static void check_backend(struct check_context *context, const struct manifest_exporter *exporter) {
	const char *backend = exporter_backend(exporter);
	const struct place *place = doc_place(exporter->head.doc, "backend");
	struct finding *f;

	if (!backend)
		return;
	if (strcmp(exporter->kind, "zipkin") == 0 &&
	    (strcmp(backend, "grpc") == 0 || strcmp(backend, "otel_sdk") == 0)) {
		f = diag_add(context->diag, DIAG_RYO006, place,
			     "`%s` speaks OTLP only and cannot send to Zipkin", backend);
		finding_second(context->diag, f, doc_place(exporter->head.doc, "kind"),
			       "the kind is zipkin");
		finding_help(context->diag, f, "leave `backend` out: the default is curl_multi");
	} else if (strcmp(backend, "curl_easy") == 0) {
		f = diag_add(context->diag, DIAG_RYO013, place,
			     "`curl_easy` opens a connection for every span");
		finding_why(context->diag, f,
			    "it is there to be measured against; every other backend is more "
			    "than 100 times cheaper");
		finding_help(context->diag, f, "leave `backend` out: the default is curl_multi");
	}
}

/* The settings that a kind of a plugin has for itself. */
static void check_own_settings(struct check_context *context,
			       const struct manifest_exporter *exporter) {
	static const struct ry_config_key *const none[] = {NULL};
	const struct ry_adapter_type *type = exporter_type(context->catalog, exporter->kind);
	struct preflight *preflight = context->preflight;

	if (!type || manifest_exporter_builtin(exporter->kind))
		return;
	manifest_bind_exporter(&preflight->manifest, type->keys ? type->keys : none, exporter,
			       arena_alloc(&preflight->manifest.arena, type->config_size),
			       context->diag);
}

static void check_batch(struct check_context *context, const struct manifest_exporter *exporter) {
	const struct manifest_exporter_settings *settings = &exporter->settings;
	const struct doc_value *batch = doc_member(exporter->settings_doc, "batch");
	const struct doc_value *queue = doc_member(exporter->settings_doc, "queue");
	int64_t items = exporter_queue_items(exporter);
	struct finding *f;

	if (settings->batch.max_items > items) {
		f = diag_add(context->diag, DIAG_RYO005,
			     doc_member(batch, "max_items") ? doc_place(batch, "max_items")
							    : doc_place(queue, "max_items"),
			     "a batch of %lld spans is larger than the queue of %lld",
			     (long long)settings->batch.max_items, (long long)items);
		if (doc_member(batch, "max_items") && doc_member(queue, "max_items"))
			finding_second(context->diag, f, doc_place(queue, "max_items"),
				       "the queue");
		finding_why(context->diag, f, "the batch would never be full");
		finding_help(context->diag, f, "make the batch smaller or the queue larger");
	}
}

/* HTTP/2 is negotiated inside TLS. */
static void check_http2(struct check_context *context, const struct manifest_exporter *exporter) {
	const char *endpoint = exporter->settings.endpoint;
	const struct doc_value *block = doc_member(exporter->settings_doc, "curl_multi");
	struct finding *f;

	if (!exporter->settings.curl_multi.http2 || !endpoint ||
	    strncasecmp(endpoint, "http://", 7) != 0)
		return;
	f = diag_add(context->diag, DIAG_RYO007, doc_place(block, "http2"),
		     "`http2` needs TLS, and the endpoint is `http://`");
	finding_second(context->diag, f, doc_place(exporter->settings_doc, "endpoint"),
		       "without TLS");
	finding_help(context->diag, f, "use an https:// endpoint, or leave `http2` out");
}

void check_exporters(struct check_context *context) {
	const struct manifest *manifest = context->manifest;

	for (uint32_t i = 0; i < manifest->runtime.observability.tracing.exporters.count; i++) {
		const struct manifest_exporter *exporter = exporter_at(manifest, i);

		if (!exporter->kind || bind_unknown(exporter->kind))
			continue;
		check_kind(context, exporter);
		check_own_settings(context, exporter);
		check_backend(context, exporter);
		check_batch(context, exporter);
		check_http2(context, exporter);
	}
}
