/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract "ry.span_exporter" 1.0: sends batches of finished spans to a destination.
 *
 * Exporters are adapters. They live on the exporter thread: create, start, every operation, stop
 * and destroy run there (or, with `placement: runner`, on the group's thread), never concurrently
 * for one instance. Nothing here may hold up the business path.
 */
#ifndef RAILYARD_SPAN_EXPORTER_H
#define RAILYARD_SPAN_EXPORTER_H

#include <railyard/node.h>

RY_EXTERN_C_BEGIN

#define RY_SPAN_EXPORTER       "ry.span_exporter"
#define RY_SPAN_EXPORTER_MAJOR 1u
#define RY_SPAN_EXPORTER_MINOR 0u

enum ry_span_exporter_op {
	RY_SPAN_EXPORT = 0,
	RY_SPAN_FLUSH = 1,
	RY_SPAN_EXPORTER_OP_COUNT = 2,
};

/* Numbers as in OTLP: opentelemetry/proto/trace/v1/trace.proto, Span.SpanKind and Status.StatusCode. */
enum ry_span_kind {
	RY_SPAN_INTERNAL = 1,
	RY_SPAN_SERVER = 2,
	RY_SPAN_CLIENT = 3,
	RY_SPAN_PRODUCER = 4,
	RY_SPAN_CONSUMER = 5,
};

enum ry_span_status {
	RY_SPAN_UNSET = 0,
	RY_SPAN_OK = 1,
	RY_SPAN_ERROR = 2,
};

struct ry_span_event {
	uint32_t size;
	uint32_t n_attributes;
	uint64_t unix_ns;
	const char *name;
	const struct ry_field *const *attributes;
};

struct ry_span_link {
	uint32_t size;
	uint32_t trace_flags;
	uint8_t trace_id[16];
	uint8_t span_id[8];
};

struct ry_span {
	uint32_t size;
	uint32_t kind;	 /* enum ry_span_kind */
	uint32_t status; /* enum ry_span_status */
	uint32_t trace_flags;
	uint8_t trace_id[16];
	uint8_t span_id[8];
	uint8_t parent_span_id[8]; /* all zero: a root */
	uint64_t start_unix_ns;
	uint64_t end_unix_ns;
	const char *name;
	const char *status_message; /* NULL unless status is RY_SPAN_ERROR */
	const char *tracestate;	    /* NULL: none */
	const struct ry_field *const *attributes;
	const struct ry_span_event *const *events;
	const struct ry_span_link *const *links;
	uint32_t n_attributes;
	uint32_t n_events;
	uint32_t n_links;
	uint32_t dropped_attributes;
};

/* Immutable, shared by all exporters; valid until the operation has completed. */
struct ry_span_batch {
	uint32_t size;
	uint32_t n_spans;
	const struct ry_span *const *spans;
	const struct ry_field *const *resource;
	uint32_t n_resource;
	uint32_t reserved;
	const char *scope_name;
	const char *scope_version;
};

/* What became of the batch, beside the status. */
struct ry_span_export_result {
	uint32_t size;
	uint32_t rejected; /* spans that the destination refused (partial success) */
	uint64_t
		retry_after_ms; /* with -EAGAIN: not earlier than this; 0: the pipeline's backoff */
};

/*
 * 0: the destination has the batch, less `rejected`; -EAGAIN: not now, try again; any other
 * negative errno: never; with a call also RY_PENDING. result: zeroed by the caller, size set.
 */
static inline int ry_span_export(const struct ry_binding *b, const struct ry_span_batch *batch,
				 struct ry_span_export_result *result, struct ry_call *call) {
	return b->ops[RY_SPAN_EXPORT](b->self, batch, result, call);
}

/* Hands everything that was exported to its destination. */
static inline int ry_span_flush(const struct ry_binding *b, struct ry_call *call) {
	return b->ops[RY_SPAN_FLUSH](b->self, NULL, NULL, call);
}

RY_EXTERN_C_END

#endif
