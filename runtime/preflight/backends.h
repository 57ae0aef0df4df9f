/* SPDX-License-Identifier: Apache-2.0 */
/* What an exporter is by nature: what it does to the thread that it runs on. */
#ifndef PREFLIGHT_BACKENDS_H
#define PREFLIGHT_BACKENDS_H

#include "preflight/check.h"

enum exporter_nature {
	NATURE_UNKNOWN, /* the kind or the backend does not exist: found elsewhere */
	NATURE_LOCAL,	/* writes to a descriptor or nowhere: fits every runner */
	NATURE_BLOCKING,
	NATURE_LOOP,
};

/* Does this kind send through a backend (otel_otlp, zipkin)? */
bool kind_has_backend(const char *kind);

/* The backend named, or the default one; NULL for kinds without. */
const char *exporter_backend(const struct manifest_exporter *exporter);

/* The adapter type of a kind that a plugin brings; NULL: there is none that exports spans. */
const struct ry_adapter_type *exporter_type(const struct catalog *catalog, const char *kind);

enum exporter_nature exporter_nature(const struct catalog *catalog,
				     const struct manifest_exporter *exporter);

/* Spans that may wait; with the backend's own default. */
int64_t exporter_queue_items(const struct manifest_exporter *exporter);

#endif
