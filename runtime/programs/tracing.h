/* SPDX-License-Identifier: Apache-2.0 */
/* Puts a run's tracing together: emit ring, exporters by the manifest, exporter thread. */
#ifndef PROGRAMS_TRACING_H
#define PROGRAMS_TRACING_H

#include "emit/emit.h"
#include "export/export.h"
#include "node/log.h"
#include "node/node.h"

struct tracing; /* exporters, pipeline, ring */

/*
 * Builds what the plan's manifest asks for. *ret is NULL when no exporter is enabled: tracing is
 * off. Returns 0 or a negative errno, which has been logged.
 */
int tracing_new(const struct plan *plan, struct component_log *log, struct tracing **ret);
struct tracing *tracing_free(struct tracing *tracing);

struct emit *tracing_emit(struct tracing *tracing); /* NULL for NULL */
struct export_pipeline *tracing_pipeline(struct tracing *tracing);
uint32_t tracing_exporters(const struct tracing *tracing);
void tracing_sampler(const struct plan *plan, struct trace_sampler *ret);

/* After unit_new and before the run; and after it, within the manifest's shutdown_timeout_ms. */
int tracing_start(struct tracing *tracing);
void tracing_stop(struct tracing *tracing);

/* SIGHUP: exporters reopen their files. Accepts NULL. */
void tracing_reopen(struct tracing *tracing);

/* `placement: runner`: the pipeline has no thread; tracing_turn turns it on the calling one. */
bool tracing_on_runner(const struct tracing *tracing);
void tracing_turn(struct tracing *tracing);

#endif
