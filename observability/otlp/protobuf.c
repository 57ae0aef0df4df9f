/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/protobuf.h"

#include <endian.h>

#include "base/utf8.h"
#include "otlp/otlp.h"

/* A field's number and wire type, in one byte for numbers below 16. */
#define VARINT(number)	((uint8_t)((number) << 3))
#define FIXED64(number) ((uint8_t)((number) << 3 | 1))
#define LENGTH(number)	((uint8_t)((number) << 3 | 2))
#define FIXED32(number) ((uint8_t)((number) << 3 | 5))

/* Bytes of a tag and a length, at most. */
#define HEADER 6u

/* Of a span without its strings and lists: ids 46, kind 6, times 18, count 6, status 18, flags 6. */
#define SPAN_FIXED 112u

/* -- numbers and strings -------------------------------------------------------------------- */

static inline uint32_t varint_size(uint64_t value) {
	return (70u - (uint32_t)__builtin_clzll(value | 1)) / 7;
}

static inline char *put_varint(char *to, uint64_t value) {
	while (value >= 0x80) {
		*to++ = (char)(value | 0x80);
		value >>= 7;
	}
	*to++ = (char)value;
	return to;
}

static inline char *put_header(char *to, uint8_t tag, uint32_t length) {
	*to++ = (char)tag;
	return put_varint(to, length);
}

static inline char *put_fixed64(char *to, uint8_t tag, uint64_t value) {
	value = htole64(value);
	*to++ = (char)tag;
	memcpy(to, &value, sizeof(value));
	return to + sizeof(value);
}

static inline char *put_id(char *to, uint8_t tag, const uint8_t *id, uint32_t length) {
	to = put_header(to, tag, length);
	memcpy(to, id, length);
	return to + length;
}

/* A string and how it will be encoded. */
struct string {
	const char *text;
	uint32_t length; /* encoded */
	bool repair;	 /* it is not UTF-8: strict peers would refuse the request */
};

static bool is_ascii(const char *text, size_t length) {
	uint64_t word, bits = 0;

	while (length >= sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		bits |= word;
		text += sizeof(word);
		length -= sizeof(word);
	}
	while (length--)
		bits |= (unsigned char)*text++;
	return !(bits & 0x8080808080808080u);
}

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
#define REPLACEMENT (sizeof(replacement) - 1)

static size_t repaired_length(const char *text, size_t length) {
	size_t bytes = 0;

	while (length) {
		size_t n = utf8_sequence(text, length), step = n ? n : 1;

		bytes += n ? n : REPLACEMENT;
		text += step;
		length -= step;
	}
	return bytes;
}

/* Longer ones than this find room in no request. */
#define STRING_MAX (1u << 30)

static inline struct string measure(const char *text) {
	const size_t length = text ? strlen(text) : 0;
	struct string string = {.text = text, .length = (uint32_t)length};
	size_t repaired;

	if (__builtin_expect(length > STRING_MAX, 0)) {
		string.length = STRING_MAX;
	} else if (!is_ascii(text, length)) {
		repaired = repaired_length(text, length);
		string.repair = repaired != length;
		string.length = repaired > STRING_MAX ? STRING_MAX : (uint32_t)repaired;
	}
	return string;
}

static char *put_repaired(char *to, const char *from) {
	const char *end = from + strlen(from);

	while (from < end) {
		size_t n = utf8_sequence(from, (size_t)(end - from));

		memcpy(to, n ? from : replacement, n ? n : REPLACEMENT);
		to += n ? n : REPLACEMENT;
		from += n ? n : 1;
	}
	return to;
}

static inline char *put_string(char *to, uint8_t tag, const struct string *string) {
	to = put_header(to, tag, string->length);
	if (__builtin_expect(string->repair, 0))
		return put_repaired(to, string->text);
	if (string->length)
		memcpy(to, string->text, string->length);
	return to + string->length;
}

/* As proto3 has it: an empty string is not there. */
static inline char *put_nonempty(char *to, uint8_t tag, const struct string *string) {
	return string->length ? put_string(to, tag, string) : to;
}

static inline char *cursor(struct text *text) {
	return text->data + text->length;
}

static inline void move_to(struct text *text, const char *to) {
	text->length = (size_t)(to - text->data);
}

/* -- lengths that are guessed ---------------------------------------------------------------- */

/* Begins a message in room that is there; returns where its content begins. */
static inline size_t open_message(struct text *text, uint8_t tag, uint32_t guess) {
	text->data[text->length] = (char)tag;
	text->length += 1 + guess;
	return text->length;
}

/* Writes the length before the content. *ret_moved: the content was moved. false: no room. */
static bool close_message(struct text *text, size_t content, uint32_t guess, bool *ret_moved) {
	const size_t length = text->length - content;
	const uint32_t size = varint_size(length);

	if (__builtin_expect(size != guess, 0)) {
		if (size > guess && !text_room(text, size - guess))
			return false;
		memmove(text->data + content - guess + size, text->data + content, length);
		text->length = text->length - guess + size;
		*ret_moved = true;
	}
	put_varint(text->data + content - guess, length);
	return true;
}

/* -- attributes ------------------------------------------------------------------------------ */

/* opentelemetry.proto.common.v1.AnyValue */
static inline uint32_t value_size(const struct ry_field *field, const struct string *string) {
	switch (field->type) {
	case RY_VALUE_STRING:
		return 1 + varint_size(string->length) + string->length;
	case RY_VALUE_BOOL:
		return 2;
	case RY_VALUE_INT:
		return 1 + varint_size((uint64_t)field->v.integer);
	case RY_VALUE_DOUBLE:
		return 9;
	default: /* of a later version of the ABI: no value */
		return 0;
	}
}

static inline char *put_value(char *to, const struct ry_field *field, const struct string *string) {
	uint64_t bits;

	switch (field->type) {
	case RY_VALUE_STRING:
		return put_string(to, LENGTH(1), string);
	case RY_VALUE_BOOL:
		*to++ = VARINT(2);
		*to++ = field->v.integer != 0;
		return to;
	case RY_VALUE_INT:
		*to++ = VARINT(3);
		return put_varint(to, (uint64_t)field->v.integer);
	case RY_VALUE_DOUBLE:
		memcpy(&bits, &field->v.number, sizeof(bits));
		return put_fixed64(to, FIXED64(4), bits);
	default:
		return to;
	}
}

/* opentelemetry.proto.common.v1.KeyValue, with the tag of the list that it belongs to. */
static bool put_attribute(struct text *text, uint8_t tag, const struct ry_field *field) {
	const struct string key = measure(field->name);
	const struct string string =
		measure(field->type == RY_VALUE_STRING ? field->v.string : NULL);
	const uint32_t value = value_size(field, &string);
	uint32_t length = 1 + varint_size(value) + value;
	char *to;

	if (!text_room(text, (size_t)key.length + value + 3 * HEADER))
		return false;
	if (key.length)
		length += 1 + varint_size(key.length) + key.length;
	to = put_header(cursor(text), tag, length);
	to = put_nonempty(to, LENGTH(1), &key);
	to = put_header(to, LENGTH(2), value);
	move_to(text, put_value(to, field, &string));
	return true;
}

static inline bool put_cached(struct text *text, struct cache *cache, uint8_t tag,
			      const struct ry_field *field) {
	struct cache_entry *entry = cache_slot(cache, field);
	const size_t at = text->length;

	if (entry->field == field)
		return cache_copy(text, entry);
	if (!put_attribute(text, tag, field))
		return false;
	*entry = (struct cache_entry){field, (uint32_t)at, (uint32_t)(text->length - at)};
	return true;
}

static bool put_attributes(struct text *text, uint8_t tag, const struct ry_field *const *fields,
			   uint32_t n) {
	for (uint32_t i = 0; i < n; i++)
		if (!put_attribute(text, tag, fields[i]))
			return false;
	return true;
}

/* -- what a span holds ------------------------------------------------------------------------ */

static bool put_event(struct text *text, const struct ry_span_event *event) {
	const struct string name = measure(event->name);
	bool moved = false;
	size_t content;
	char *to;

	if (!text_room(text, (size_t)name.length + 2 * HEADER + 9))
		return false;
	content = open_message(text, LENGTH(11), 1);
	to = cursor(text);
	if (event->unix_ns)
		to = put_fixed64(to, FIXED64(1), event->unix_ns);
	move_to(text, put_nonempty(to, LENGTH(2), &name));
	return put_attributes(text, LENGTH(3), event->attributes, event->n_attributes) &&
	       close_message(text, content, 1, &moved);
}

static inline char *put_flags(char *to, uint32_t flags) {
	flags = htole32(flags);
	memcpy(to, &flags, sizeof(flags));
	return to + sizeof(flags);
}

static bool put_link(struct text *text, const struct ry_span_link *link) {
	const uint32_t flags = link->trace_flags & OTLP_FLAGS;
	char *to;

	if (!text_room(text, 64))
		return false;
	to = put_header(cursor(text), LENGTH(13), 28 + (flags ? 5 : 0));
	to = put_id(to, LENGTH(1), link->trace_id, sizeof(link->trace_id));
	to = put_id(to, LENGTH(2), link->span_id, sizeof(link->span_id));
	if (flags) {
		*to++ = FIXED32(6);
		to = put_flags(to, flags);
	}
	move_to(text, to);
	return true;
}

static char *put_status(char *to, uint32_t code, const struct string *message) {
	uint32_t length = code ? 1 + varint_size(code) : 0;

	if (message->length)
		length += 1 + varint_size(message->length) + message->length;
	to = put_header(to, LENGTH(15), length);
	to = put_nonempty(to, LENGTH(2), message);
	if (code) {
		*to++ = VARINT(3);
		to = put_varint(to, code);
	}
	return to;
}

static bool is_zero(const uint8_t id[8]) {
	uint64_t bits;

	memcpy(&bits, id, sizeof(bits));
	return bits == 0;
}

/* Fields 1 to 8. */
static inline char *put_head(char *to, const struct ry_span *span, const struct string *name,
			     const struct string *tracestate) {
	to = put_id(to, LENGTH(1), span->trace_id, sizeof(span->trace_id));
	to = put_id(to, LENGTH(2), span->span_id, sizeof(span->span_id));
	to = put_nonempty(to, LENGTH(3), tracestate);
	if (!is_zero(span->parent_span_id))
		to = put_id(to, LENGTH(4), span->parent_span_id, sizeof(span->parent_span_id));
	to = put_nonempty(to, LENGTH(5), name);
	if (span->kind) {
		*to++ = VARINT(6);
		to = put_varint(to, span->kind);
	}
	if (span->start_unix_ns)
		to = put_fixed64(to, FIXED64(7), span->start_unix_ns);
	if (span->end_unix_ns)
		to = put_fixed64(to, FIXED64(8), span->end_unix_ns);
	return to;
}

/* Fields 10 to 14: most spans have none of them. */
static bool put_rest(struct text *text, const struct ry_span *span) {
	char *to;

	if (span->dropped_attributes) {
		if (!text_room(text, HEADER))
			return false;
		to = cursor(text);
		*to++ = VARINT(10);
		move_to(text, put_varint(to, span->dropped_attributes));
	}
	for (uint32_t i = 0; i < span->n_events; i++)
		if (!put_event(text, span->events[i]))
			return false;
	for (uint32_t i = 0; i < span->n_links; i++)
		if (!put_link(text, span->links[i]))
			return false;
	return true;
}

/* Fields 15 and 16. */
static inline bool put_tail(struct text *text, const struct ry_span *span) {
	const uint32_t flags = span->trace_flags & OTLP_FLAGS;
	struct string message;
	char *to;

	if (span->status || span->status_message) {
		message = measure(span->status_message);
		if (!text_room(text, (size_t)message.length + 4 * HEADER))
			return false;
		move_to(text, put_status(cursor(text), span->status, &message));
	}
	if (flags) {
		if (!text_room(text, HEADER))
			return false;
		to = cursor(text);
		*to++ = (char)(FIXED32(16) | 0x80);
		*to++ = FIXED32(16) >> 7;
		move_to(text, put_flags(to, flags));
	}
	return true;
}

bool protobuf_span(struct text *text, struct cache *cache, const struct ry_span *span) {
	const struct string name = measure(span->name), tracestate = measure(span->tracestate);
	bool moved = false;
	size_t content;

	if (!text_room(text, (size_t)name.length + tracestate.length + SPAN_FIXED))
		return false;
	content = open_message(text, LENGTH(2), 2);
	move_to(text, put_head(cursor(text), span, &name, &tracestate));
	for (uint32_t i = 0; i < span->n_attributes; i++)
		if (!put_cached(text, cache, LENGTH(9), span->attributes[i]))
			return false;
	if (!put_rest(text, span) || !put_tail(text, span) ||
	    !close_message(text, content, 2, &moved))
		return false;
	if (moved && span->n_attributes)
		cache_clear(cache);
	return true;
}

/* -- what is around the spans ----------------------------------------------------------------- */

static void put_scope(struct text *text, const struct ry_span_batch *batch) {
	const struct string name = measure(batch->scope_name);
	const struct string version = measure(batch->scope_version);
	uint32_t length = 0;
	char *to;

	if (!text_room(text, (size_t)name.length + version.length + 3 * HEADER))
		return;
	if (name.length)
		length += 1 + varint_size(name.length) + name.length;
	if (version.length)
		length += 1 + varint_size(version.length) + version.length;
	to = put_header(cursor(text), LENGTH(1), length);
	to = put_nonempty(to, LENGTH(1), &name);
	move_to(text, put_nonempty(to, LENGTH(2), &version));
}

void protobuf_prefix(struct protobuf_prefix *prefix, const struct ry_span_batch *batch) {
	struct text *text = &prefix->text;
	bool moved = false;
	size_t content;

	text_clear(text);
	if (!text_room(text, HEADER))
		return;
	content = open_message(text, LENGTH(1), 2);
	if (!put_attributes(text, LENGTH(1), batch->resource, batch->n_resource) ||
	    !close_message(text, content, 2, &moved))
		return;
	prefix->resource = text->length;
	put_scope(text, batch);
}

/* ScopeSpans without its header: the scope and the spans. */
static size_t scope_size(const struct protobuf_prefix *prefix, size_t spans) {
	return prefix->text.length - prefix->resource + spans;
}

/* ResourceSpans without its header. */
static size_t resource_size(const struct protobuf_prefix *prefix, size_t scope) {
	return prefix->resource + 1 + varint_size(scope) + scope;
}

size_t protobuf_headroom(const struct protobuf_prefix *prefix) {
	return prefix->text.length + 2 * HEADER;
}

size_t protobuf_size(const struct protobuf_prefix *prefix, size_t spans) {
	const size_t resource = resource_size(prefix, scope_size(prefix, spans));

	return 1 + varint_size(resource) + resource;
}

size_t protobuf_close(const struct protobuf_prefix *prefix, struct text *text, size_t first) {
	const size_t spans = text->length - first, scope = scope_size(prefix, spans);
	const size_t begin = first + spans - protobuf_size(prefix, spans);
	char *to = text->data + begin;

	to = put_header(to, LENGTH(1), (uint32_t)resource_size(prefix, scope));
	memcpy(to, prefix->text.data, prefix->resource);
	to = put_header(to + prefix->resource, LENGTH(2), (uint32_t)scope);
	memcpy(to, prefix->text.data + prefix->resource, prefix->text.length - prefix->resource);
	return begin;
}
