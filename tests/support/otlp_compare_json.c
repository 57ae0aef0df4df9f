/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP specification 1.x, "JSON Protobuf Encoding". A member that is its default may be absent. */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/otlp_compare.h"

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

static bool same_string(json_t *object, const char *key, const char *want) {
	json_t *value = json_object_get(object, key);
	char *expected = otlp_expected_string(want);
	bool same = value ? json_is_string(value) &&
				    json_string_length(value) == strlen(expected) &&
				    strcmp(json_string_value(value), expected) == 0
			  : !*expected;

	free(expected);
	return same;
}

static bool same_hex(json_t *object, const char *key, const uint8_t *want, size_t length) {
	static const char digits[] = "0123456789abcdef";
	const char *got = json_string_value(json_object_get(object, key));

	if (!got || strlen(got) != 2 * length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (got[2 * i] != digits[want[i] >> 4] || got[2 * i + 1] != digits[want[i] & 15])
			return false;
	return true;
}

static bool same_integer(json_t *object, const char *key, uint32_t want) {
	json_t *value = json_object_get(object, key);

	return value ? json_is_integer(value) && json_integer_value(value) == want : want == 0;
}

/* 64 bits: a string. */
static bool same_u64(json_t *object, const char *key, uint64_t want) {
	const char *got = json_string_value(json_object_get(object, key));
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, want);
	return got && strcmp(got, digits) == 0;
}

static bool same_double(json_t *value, double want) {
	const char *text = json_string_value(value);

	if (isnan(want))
		return text && strcmp(text, "NaN") == 0;
	if (isinf(want))
		return text && strcmp(text, want > 0 ? "Infinity" : "-Infinity") == 0;
	return json_is_number(value) && json_number_value(value) == want &&
	       !signbit(json_number_value(value)) == !signbit(want);
}

static const char *compare_value(json_t *got, const struct ry_field *want) {
	char digits[24];
	const char *text;

	CHECK(json_is_object(got));
	CHECK(json_object_size(got) == (want->type <= RY_VALUE_DOUBLE));
	switch (want->type) {
	case RY_VALUE_STRING:
		CHECK(json_object_get(got, "stringValue"));
		CHECK(same_string(got, "stringValue", want->v.string));
		return NULL;
	case RY_VALUE_BOOL:
		CHECK(json_is_boolean(json_object_get(got, "boolValue")));
		CHECK(json_is_true(json_object_get(got, "boolValue")) == (want->v.integer != 0));
		return NULL;
	case RY_VALUE_INT:
		snprintf(digits, sizeof(digits), "%" PRId64, want->v.integer);
		text = json_string_value(json_object_get(got, "intValue"));
		CHECK(text && strcmp(text, digits) == 0);
		return NULL;
	case RY_VALUE_DOUBLE:
		CHECK(same_double(json_object_get(got, "doubleValue"), want->v.number));
		return NULL;
	default:
		return NULL;
	}
}

static const char *compare_fields(json_t *object, const struct ry_field *const *want, uint32_t n) {
	json_t *list = json_object_get(object, "attributes");

	CHECK(json_array_size(list) == n);
	for (uint32_t i = 0; i < n; i++) {
		json_t *attribute = json_array_get(list, i);

		CHECK(same_string(attribute, "key", want[i]->name));
		TRY(compare_value(json_object_get(attribute, "value"), want[i]));
	}
	return NULL;
}

static const char *compare_events(json_t *list, const struct ry_span *want) {
	CHECK(json_array_size(list) == want->n_events);
	for (uint32_t i = 0; i < want->n_events; i++) {
		json_t *event = json_array_get(list, i);

		CHECK(same_u64(event, "timeUnixNano", want->events[i]->unix_ns));
		CHECK(same_string(event, "name", want->events[i]->name));
		TRY(compare_fields(event, want->events[i]->attributes,
				   want->events[i]->n_attributes));
	}
	return NULL;
}

static const char *compare_links(json_t *list, const struct ry_span *want) {
	CHECK(json_array_size(list) == want->n_links);
	for (uint32_t i = 0; i < want->n_links; i++) {
		json_t *link = json_array_get(list, i);

		CHECK(same_hex(link, "traceId", want->links[i]->trace_id, 16));
		CHECK(same_hex(link, "spanId", want->links[i]->span_id, 8));
		CHECK(same_integer(link, "flags", want->links[i]->trace_flags & 0x3ff));
	}
	return NULL;
}

static const char *compare_head(json_t *got, const struct ry_span *want) {
	static const uint8_t root[8];

	CHECK(same_hex(got, "traceId", want->trace_id, 16));
	CHECK(same_hex(got, "spanId", want->span_id, 8));
	if (memcmp(want->parent_span_id, root, 8) == 0)
		CHECK(!json_object_get(got, "parentSpanId"));
	else
		CHECK(same_hex(got, "parentSpanId", want->parent_span_id, 8));
	CHECK(same_string(got, "traceState", want->tracestate));
	CHECK(same_string(got, "name", want->name));
	CHECK(same_integer(got, "kind", want->kind));
	CHECK(same_u64(got, "startTimeUnixNano", want->start_unix_ns));
	CHECK(same_u64(got, "endTimeUnixNano", want->end_unix_ns));
	CHECK(same_integer(got, "flags", want->trace_flags & 0x3ff));
	return NULL;
}

static const char *compare_span(json_t *got, const struct ry_span *want) {
	json_t *status = json_object_get(got, "status");

	TRY(compare_head(got, want));
	TRY(compare_fields(got, want->attributes, want->n_attributes));
	CHECK(same_integer(got, "droppedAttributesCount", want->dropped_attributes));
	TRY(compare_events(json_object_get(got, "events"), want));
	TRY(compare_links(json_object_get(got, "links"), want));
	CHECK(same_integer(status, "code", want->status));
	CHECK(same_string(status, "message", want->status_message));
	return NULL;
}

static const char *compare_request(json_t *got, const struct ry_span_batch *want, uint32_t from,
				   uint32_t n) {
	json_t *resource, *scope, *spans;

	CHECK(json_array_size(json_object_get(got, "resourceSpans")) == 1);
	resource = json_array_get(json_object_get(got, "resourceSpans"), 0);
	TRY(compare_fields(json_object_get(resource, "resource"), want->resource,
			   want->n_resource));
	CHECK(json_array_size(json_object_get(resource, "scopeSpans")) == 1);
	scope = json_array_get(json_object_get(resource, "scopeSpans"), 0);
	CHECK(same_string(json_object_get(scope, "scope"), "name", want->scope_name));
	CHECK(same_string(json_object_get(scope, "scope"), "version", want->scope_version));
	spans = json_object_get(scope, "spans");
	CHECK(json_array_size(spans) == n);
	for (uint32_t i = 0; i < n; i++)
		TRY(compare_span(json_array_get(spans, i), want->spans[from + i]));
	return NULL;
}

const char *otlp_compare_json(const struct ry_span_batch *batch, uint32_t from,
			      const struct otlp_body *body) {
	json_t *request = json_loadb(body->data, body->length, JSON_REJECT_DUPLICATES, NULL);
	const char *why;

	CHECK(request != NULL);
	why = compare_request(request, batch, from, body->n_spans);
	json_decref(request);
	return why;
}
