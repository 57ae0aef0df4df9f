/* SPDX-License-Identifier: Apache-2.0 */
#include "preflight/backends.h"

#include <string.h>

#include <railyard/span_exporter.h>

#define DEFAULT_BACKEND	   "curl_multi"
#define OTEL_SDK_MAX_ITEMS 2048

static const struct {
	const char *name;
	enum exporter_nature nature;
} natures[] = {
	{"curl_easy", NATURE_BLOCKING}, {"curl_session", NATURE_BLOCKING},
	{"curl_multi", NATURE_LOOP},	{"evhttp", NATURE_LOOP},
	{"curl_pool", NATURE_BLOCKING}, {"grpc", NATURE_LOOP},
	{"otel_sdk", NATURE_LOOP}, /* its transport's: curl_multi or grpc */
};

bool kind_has_backend(const char *kind) {
	return kind && (strcmp(kind, "otel_otlp") == 0 || strcmp(kind, "zipkin") == 0);
}

const char *exporter_backend(const struct manifest_exporter *exporter) {
	if (!kind_has_backend(exporter->kind))
		return NULL;
	return exporter->backend ? exporter->backend : DEFAULT_BACKEND;
}

static const struct ry_provides *span_exporter_of(const struct ry_adapter_type *type) {
	for (size_t i = 0; type && type->provides && type->provides[i]; i++)
		if (strcmp(type->provides[i]->contract, RY_SPAN_EXPORTER) == 0)
			return type->provides[i];
	return NULL;
}

const struct ry_adapter_type *exporter_type(const struct catalog *catalog, const char *kind) {
	const struct ry_adapter_type *type = catalog_adapter(catalog, kind);

	return span_exporter_of(type) ? type : NULL;
}

static enum exporter_nature plugin_nature(const struct ry_provides *provides) {
	if (!provides)
		return NATURE_UNKNOWN;
	if (!(provides->flags & RY_OFFERS_CONSUME))
		return NATURE_LOOP;
	return provides->flags & RY_CONSUME_MAY_BLOCK ? NATURE_BLOCKING : NATURE_LOCAL;
}

enum exporter_nature exporter_nature(const struct catalog *catalog,
				     const struct manifest_exporter *exporter) {
	const char *backend = exporter_backend(exporter);

	if (!exporter->kind)
		return NATURE_UNKNOWN;
	if (!backend && manifest_exporter_builtin(exporter->kind))
		return NATURE_LOCAL;
	if (!backend)
		return plugin_nature(span_exporter_of(catalog_adapter(catalog, exporter->kind)));
	if (strcmp(backend, "curl_multi") == 0 && exporter->settings.curl_multi.mode == 1)
		return NATURE_BLOCKING;
	for (size_t i = 0; i < sizeof(natures) / sizeof(natures[0]); i++)
		if (strcmp(natures[i].name, backend) == 0)
			return natures[i].nature;
	return NATURE_UNKNOWN;
}

int64_t exporter_queue_items(const struct manifest_exporter *exporter) {
	const char *backend = exporter_backend(exporter);
	const struct doc_value *queue = doc_member(exporter->settings_doc, "queue");

	if (backend && strcmp(backend, "otel_sdk") == 0 && !doc_member(queue, "max_items"))
		return OTEL_SDK_MAX_ITEMS;
	return exporter->settings.queue.max_items;
}
