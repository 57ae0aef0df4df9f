/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/json.h"

#include "otlp/otlp.h"

static void put_string(struct text *text, const char *string) {
	text_literal(text, "\"");
	text_json_chars(text, string ? string : "");
	text_literal(text, "\"");
}

/* fixed64 and int64 are strings in the JSON mapping. */
static void put_time(struct text *text, uint64_t ns) {
	text_literal(text, "\"");
	text_unsigned(text, ns);
	text_literal(text, "\"");
}

static void put_value(struct text *text, const struct ry_field *field) {
	switch (field->type) {
	case RY_VALUE_STRING:
		text_literal(text, "{\"stringValue\":");
		put_string(text, field->v.string);
		break;
	case RY_VALUE_BOOL:
		if (field->v.integer)
			text_literal(text, "{\"boolValue\":true");
		else
			text_literal(text, "{\"boolValue\":false");
		break;
	case RY_VALUE_INT:
		text_literal(text, "{\"intValue\":\"");
		text_signed(text, field->v.integer);
		text_literal(text, "\"");
		break;
	case RY_VALUE_DOUBLE:
		text_literal(text, "{\"doubleValue\":");
		text_json_double(text, field->v.number);
		break;
	default: /* of a later version of the ABI: no value */
		text_literal(text, "{");
	}
	text_literal(text, "}");
}

static void put_attribute(struct text *text, const struct ry_field *field) {
	text_literal(text, "{\"key\":");
	put_string(text, field->name);
	text_literal(text, ",\"value\":");
	put_value(text, field);
	text_literal(text, "}");
}

/* cache: NULL: none. */
static void put_attributes(struct text *text, struct cache *cache,
			   const struct ry_field *const *fields, uint32_t n) {
	text_literal(text, "\"attributes\":[");
	for (uint32_t i = 0; i < n; i++) {
		struct cache_entry *entry = cache ? cache_slot(cache, fields[i]) : NULL;
		size_t at;

		if (i)
			text_literal(text, ",");
		at = text->length;
		if (entry && entry->field == fields[i]) {
			cache_copy(text, entry);
			continue;
		}
		put_attribute(text, fields[i]);
		if (entry)
			*entry = (struct cache_entry){fields[i], (uint32_t)at,
						      (uint32_t)(text->length - at)};
	}
	text_literal(text, "]");
}

static void put_events(struct text *text, const struct ry_span *span) {
	if (!span->n_events)
		return;
	text_literal(text, ",\"events\":[");
	for (uint32_t i = 0; i < span->n_events; i++) {
		const struct ry_span_event *event = span->events[i];

		if (i)
			text_literal(text, ",");
		text_literal(text, "{\"timeUnixNano\":");
		put_time(text, event->unix_ns);
		text_literal(text, ",\"name\":");
		put_string(text, event->name);
		text_literal(text, ",");
		put_attributes(text, NULL, event->attributes, event->n_attributes);
		text_literal(text, "}");
	}
	text_literal(text, "]");
}

static void put_links(struct text *text, const struct ry_span *span) {
	if (!span->n_links)
		return;
	text_literal(text, ",\"links\":[");
	for (uint32_t i = 0; i < span->n_links; i++) {
		const struct ry_span_link *link = span->links[i];

		if (i)
			text_literal(text, ",");
		text_literal(text, "{\"traceId\":\"");
		text_hex(text, link->trace_id, sizeof(link->trace_id));
		text_literal(text, "\",\"spanId\":\"");
		text_hex(text, link->span_id, sizeof(link->span_id));
		text_literal(text, "\",\"flags\":");
		text_unsigned(text, link->trace_flags & OTLP_FLAGS);
		text_literal(text, "}");
	}
	text_literal(text, "]");
}

static void put_status(struct text *text, const struct ry_span *span) {
	if (span->status == RY_SPAN_UNSET)
		return;
	text_literal(text, ",\"status\":{\"code\":");
	text_unsigned(text, span->status);
	if (span->status_message) {
		text_literal(text, ",\"message\":");
		put_string(text, span->status_message);
	}
	text_literal(text, "}");
}

static void put_ids(struct text *text, const struct ry_span *span) {
	static const uint8_t root[sizeof(span->parent_span_id)];

	text_literal(text, "{\"traceId\":\"");
	text_hex(text, span->trace_id, sizeof(span->trace_id));
	text_literal(text, "\",\"spanId\":\"");
	text_hex(text, span->span_id, sizeof(span->span_id));
	if (memcmp(span->parent_span_id, root, sizeof(root)) != 0) {
		text_literal(text, "\",\"parentSpanId\":\"");
		text_hex(text, span->parent_span_id, sizeof(span->parent_span_id));
	}
	text_literal(text, "\",\"flags\":");
	text_unsigned(text, span->trace_flags & OTLP_FLAGS);
	if (span->tracestate) {
		text_literal(text, ",\"traceState\":");
		put_string(text, span->tracestate);
	}
}

bool otlp_json_span(struct text *text, struct cache *cache, const struct ry_span *span) {
	if (text->data[text->length - 1] == '}')
		text_literal(text, ",");
	put_ids(text, span);
	text_literal(text, ",\"name\":");
	put_string(text, span->name);
	text_literal(text, ",\"kind\":");
	text_unsigned(text, span->kind);
	text_literal(text, ",\"startTimeUnixNano\":");
	put_time(text, span->start_unix_ns);
	text_literal(text, ",\"endTimeUnixNano\":");
	put_time(text, span->end_unix_ns);
	text_literal(text, ",");
	put_attributes(text, cache, span->attributes, span->n_attributes);
	if (span->dropped_attributes) {
		text_literal(text, ",\"droppedAttributesCount\":");
		text_unsigned(text, span->dropped_attributes);
	}
	put_events(text, span);
	put_links(text, span);
	put_status(text, span);
	text_literal(text, "}");
	return !text->full && !text->failed;
}

void otlp_json_begin(struct text *text, const struct ry_span_batch *batch) {
	text_literal(text, "{\"resourceSpans\":[{\"resource\":{");
	put_attributes(text, NULL, batch->resource, batch->n_resource);
	text_literal(text, "},\"scopeSpans\":[{\"scope\":{\"name\":");
	put_string(text, batch->scope_name);
	if (batch->scope_version) {
		text_literal(text, ",\"version\":");
		put_string(text, batch->scope_version);
	}
	text_literal(text, "},\"spans\":[");
}

void otlp_json_end(struct text *text) {
	text_literal(text, "]}]}]}");
}
