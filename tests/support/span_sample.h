/* SPDX-License-Identifier: Apache-2.0 */
/* A small batch with one of everything, for tests of what exports spans. */
#ifndef SUPPORT_SPAN_SAMPLE_H
#define SUPPORT_SPAN_SAMPLE_H

#include <math.h>

#include <railyard/span_exporter.h>

#include "support/test.h"

#define STRING(key, value) \
	(&(const struct ry_field){RY_SIZE(ry_field), RY_VALUE_STRING, (key), {.string = (value)}})

static const struct ry_field *const sample_attributes[] = {
	STRING("text", "q\"b\\n\nt\tx\x01\x7f \xc3\xa9 \xff end"),
	&(const struct ry_field){RY_SIZE(ry_field), RY_VALUE_BOOL, "yes", {.integer = 1}},
	&(const struct ry_field){RY_SIZE(ry_field), RY_VALUE_BOOL, "no", {.integer = 0}},
	&(const struct ry_field){RY_SIZE(ry_field), RY_VALUE_INT, "least", {.integer = INT64_MIN}},
	&(const struct ry_field){RY_SIZE(ry_field), RY_VALUE_INT, "most", {.integer = INT64_MAX}},
	&(const struct ry_field){RY_SIZE(ry_field), RY_VALUE_DOUBLE, "pi", {.number = 3.25}},
	&(const struct ry_field){
		RY_SIZE(ry_field), RY_VALUE_DOUBLE, "nan", {.number = (double)NAN}},
	&(const struct ry_field){
		RY_SIZE(ry_field), RY_VALUE_DOUBLE, "inf", {.number = -(double)INFINITY}},
};

static const struct ry_field *const sample_event_attributes[] = {STRING("exception.type", "EIO")};

static const struct ry_span_event *const sample_events[] = {
	&(const struct ry_span_event){.size = RY_SIZE(ry_span_event),
				      .n_attributes = 1,
				      .unix_ns = 1700000000000000123u,
				      .name = "exception",
				      .attributes = sample_event_attributes},
};

static const struct ry_span_link *const sample_links[] = {
	&(const struct ry_span_link){.size = RY_SIZE(ry_span_link),
				     .trace_flags = 1,
				     .trace_id = {0xaa},
				     .span_id = {0xbb}},
};

static const struct ry_span sample_full = {
	.size = RY_SIZE(ry_span),
	.kind = RY_SPAN_CONSUMER,
	.status = RY_SPAN_ERROR,
	.trace_flags = 3,
	.trace_id = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0, 0, 0, 0, 0, 0, 0, 0xff},
	.span_id = {1, 2, 3, 4, 5, 6, 7, 8},
	.parent_span_id = {0, 0, 0, 0, 0, 0, 0, 9},
	.start_unix_ns = 1700000000000000000u,
	.end_unix_ns = 1700000000001500000u,
	.name = "check",
	.status_message = "broken",
	.tracestate = "a=b",
	.attributes = sample_attributes,
	.n_attributes = sizeof(sample_attributes) / sizeof(sample_attributes[0]),
	.events = sample_events,
	.n_events = 1,
	.links = sample_links,
	.n_links = 1,
	.dropped_attributes = 2,
};

static const struct ry_span sample_plain = {
	.size = RY_SIZE(ry_span),
	.kind = RY_SPAN_INTERNAL,
	.trace_id = {1},
	.span_id = {2},
	.start_unix_ns = 1,
	.end_unix_ns = 2,
	.name = "plain",
};

static const struct ry_span *const sample_spans[] = {&sample_full, &sample_plain};
static const struct ry_field *const sample_resource[] = {STRING("service.name", "test")};

static const struct ry_span_batch sample_batch = {
	.size = RY_SIZE(ry_span_batch),
	.n_spans = 2,
	.spans = sample_spans,
	.resource = sample_resource,
	.n_resource = 1,
	.scope_name = "railyard",
	.scope_version = "1",
};

#endif
