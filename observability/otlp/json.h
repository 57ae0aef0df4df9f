/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spans as OTLP in JSON: ids in lower-case hex, enums as integers, 64-bit integers as strings,
 * doubles that JSON cannot hold as "NaN", "Infinity", "-Infinity"; no white space.
 * OTLP specification 1.x, "JSON Protobuf Encoding"; opentelemetry/proto/trace/v1/trace.proto.
 */
#ifndef OTLP_JSON_H
#define OTLP_JSON_H

#include <railyard/span_exporter.h>

#include "otlp/cache.h"

#define OTLP_JSON_END 6u /* bytes that otlp_json_end adds */

/* One ExportTraceServiceRequest: its beginning, its spans, its end. */
void otlp_json_begin(struct text *text, const struct ry_span_batch *batch);
void otlp_json_end(struct text *text);

/* false: no room; what it left behind is the caller's to cut off. */
bool otlp_json_span(struct text *text, struct cache *cache, const struct ry_span *span);

#endif
