/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "otlp_trace_service.pb-c.h"
#include "support/otlp_compare.h"

typedef Opentelemetry__Proto__Common__V1__KeyValue pb_key_value;
typedef Opentelemetry__Proto__Common__V1__AnyValue pb_any_value;
typedef Opentelemetry__Proto__Trace__V1__Span pb_span;
typedef Opentelemetry__Proto__Trace__V1__Span__Event pb_event;
typedef Opentelemetry__Proto__Trace__V1__Span__Link pb_link;
typedef Opentelemetry__Proto__Trace__V1__ResourceSpans pb_resource_spans;
typedef Opentelemetry__Proto__Trace__V1__ScopeSpans pb_scope_spans;
typedef Opentelemetry__Proto__Collector__Trace__V1__ExportTraceServiceRequest pb_request;

#define CHECK(condition)                   \
	do {                               \
		if (!(condition))          \
			return #condition; \
	} while (0)

#define TRY(call)                       \
	do {                            \
		const char *why = call; \
                                        \
		if (why)                \
			return why;     \
	} while (0)

static bool same_string(const char *got, const char *want) {
	char *expected = otlp_expected_string(want);
	bool same = strcmp(got, expected) == 0;

	free(expected);
	return same;
}

static bool same_id(ProtobufCBinaryData got, const uint8_t *want, size_t length) {
	return got.len == length && memcmp(got.data, want, length) == 0;
}

static const char *compare_value(const pb_any_value *got, const struct ry_field *want) {
	switch (want->type) {
	case RY_VALUE_STRING:
		CHECK(got->value_case ==
		      OPENTELEMETRY__PROTO__COMMON__V1__ANY_VALUE__VALUE_STRING_VALUE);
		CHECK(same_string(got->string_value, want->v.string));
		return NULL;
	case RY_VALUE_BOOL:
		CHECK(got->value_case ==
		      OPENTELEMETRY__PROTO__COMMON__V1__ANY_VALUE__VALUE_BOOL_VALUE);
		CHECK(got->bool_value == (want->v.integer != 0));
		return NULL;
	case RY_VALUE_INT:
		CHECK(got->value_case ==
		      OPENTELEMETRY__PROTO__COMMON__V1__ANY_VALUE__VALUE_INT_VALUE);
		CHECK(got->int_value == want->v.integer);
		return NULL;
	case RY_VALUE_DOUBLE: /* by its bits: NaN, and the sign of zero */
		CHECK(got->value_case ==
		      OPENTELEMETRY__PROTO__COMMON__V1__ANY_VALUE__VALUE_DOUBLE_VALUE);
		CHECK(memcmp(&got->double_value, &want->v.number, sizeof(double)) == 0);
		return NULL;
	default:
		CHECK(got->value_case ==
		      OPENTELEMETRY__PROTO__COMMON__V1__ANY_VALUE__VALUE__NOT_SET);
		return NULL;
	}
}

static const char *compare_fields(pb_key_value *const *got, size_t n_got,
				  const struct ry_field *const *want, uint32_t n) {
	CHECK(n_got == n);
	for (uint32_t i = 0; i < n; i++) {
		CHECK(same_string(got[i]->key, want[i]->name));
		CHECK(got[i]->value != NULL);
		TRY(compare_value(got[i]->value, want[i]));
	}
	return NULL;
}

static const char *compare_event(const pb_event *got, const struct ry_span_event *want) {
	CHECK(got->time_unix_nano == want->unix_ns);
	CHECK(same_string(got->name, want->name));
	CHECK(got->dropped_attributes_count == 0);
	return compare_fields(got->attributes, got->n_attributes, want->attributes,
			      want->n_attributes);
}

static const char *compare_link(const pb_link *got, const struct ry_span_link *want) {
	CHECK(same_id(got->trace_id, want->trace_id, 16));
	CHECK(same_id(got->span_id, want->span_id, 8));
	CHECK(got->flags == (want->trace_flags & 0x3ff));
	CHECK(!*got->trace_state && !got->n_attributes);
	return NULL;
}

static const char *compare_head(const pb_span *got, const struct ry_span *want) {
	static const uint8_t root[8];

	CHECK(same_id(got->trace_id, want->trace_id, 16));
	CHECK(same_id(got->span_id, want->span_id, 8));
	if (memcmp(want->parent_span_id, root, 8) == 0)
		CHECK(got->parent_span_id.len == 0);
	else
		CHECK(same_id(got->parent_span_id, want->parent_span_id, 8));
	CHECK(same_string(got->trace_state, want->tracestate));
	CHECK(same_string(got->name, want->name));
	CHECK((uint32_t)got->kind == want->kind);
	CHECK(got->start_time_unix_nano == want->start_unix_ns);
	CHECK(got->end_time_unix_nano == want->end_unix_ns);
	CHECK(got->flags == (want->trace_flags & 0x3ff));
	return NULL;
}

static const char *compare_span(const pb_span *got, const struct ry_span *want) {
	TRY(compare_head(got, want));
	TRY(compare_fields(got->attributes, got->n_attributes, want->attributes,
			   want->n_attributes));
	CHECK(got->dropped_attributes_count == want->dropped_attributes);
	CHECK(got->n_events == want->n_events && got->dropped_events_count == 0);
	for (uint32_t i = 0; i < want->n_events; i++)
		TRY(compare_event(got->events[i], want->events[i]));
	CHECK(got->n_links == want->n_links && got->dropped_links_count == 0);
	for (uint32_t i = 0; i < want->n_links; i++)
		TRY(compare_link(got->links[i], want->links[i]));
	CHECK((got->status != NULL) == (want->status || want->status_message));
	if (got->status) {
		CHECK((uint32_t)got->status->code == want->status);
		CHECK(same_string(got->status->message, want->status_message));
	}
	return NULL;
}

static const char *compare_request(const pb_request *got, const struct ry_span_batch *want,
				   uint32_t from, uint32_t n) {
	const pb_resource_spans *resource;
	const pb_scope_spans *scope;

	CHECK(got->n_resource_spans == 1);
	resource = got->resource_spans[0];
	CHECK(resource->resource && resource->n_scope_spans == 1);
	TRY(compare_fields(resource->resource->attributes, resource->resource->n_attributes,
			   want->resource, want->n_resource));
	scope = resource->scope_spans[0];
	CHECK(scope->scope && scope->n_spans == n);
	CHECK(same_string(scope->scope->name, want->scope_name));
	CHECK(same_string(scope->scope->version, want->scope_version));
	for (uint32_t i = 0; i < n; i++)
		TRY(compare_span(scope->spans[i], want->spans[from + i]));
	return NULL;
}

static const char *compare_packed(const pb_request *request, const struct otlp_body *body) {
	const size_t size = protobuf_c_message_get_packed_size(&request->base);
	uint8_t *packed = malloc(size + 1);
	bool same = packed && size == body->length &&
		    protobuf_c_message_pack(&request->base, packed) == size &&
		    memcmp(packed, body->data, size) == 0;

	free(packed);
	return same ? NULL : "packed again it is the same";
}

const char *otlp_compare_protobuf(const struct ry_span_batch *batch, uint32_t from,
				  const struct otlp_body *body) {
	pb_request *request =
		opentelemetry__proto__collector__trace__v1__export_trace_service_request__unpack(
			NULL, body->length, (const uint8_t *)body->data);
	const char *why;

	CHECK(request != NULL);
	why = compare_request(request, batch, from, body->n_spans);
	if (!why)
		why = compare_packed(request, body);
	protobuf_c_message_free_unpacked(&request->base, NULL);
	return why;
}
