/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A batch as OTLP in JSON: ids in hex, enums as integers, 64-bit integers as strings.
 * OTLP specification 1.x, "JSON Protobuf Encoding"; opentelemetry/proto/trace/v1/trace.proto.
 */
#ifndef EXPORTERS_OTLP_JSON_H
#define EXPORTERS_OTLP_JSON_H

#include <railyard/span_exporter.h>

#include "exporters/text/text.h"

/* Adds one ExportTraceServiceRequest, without white space and without a newline. */
void otlp_json_request(struct text *text, const struct ry_span_batch *batch);

#endif
