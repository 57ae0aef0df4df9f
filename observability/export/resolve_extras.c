/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding of extras (emit/extras.h): one walk checks and counts, one fills. The bytes are copied
 * into the chunk first: strings are used where they stand.
 */
#include "export/resolve_extras.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/errname.h"
#include "emit/extras.h"

/* What the extras of a span hold, and where they are put. */
struct sink {
	struct chunk *chunk;
	struct ry_span *span;
	uint64_t wall_minus_monotonic_ns;
	uint64_t bytes;
	uint32_t n_attributes, n_events, n_links; /* of the extras */
	const struct ry_field **attributes;	  /* the span's, growing */
	const struct ry_span_event **events;
	const struct ry_span_link **links;
};

static void *take(struct sink *sink, size_t size) {
	void *memory = chunk_alloc(sink->chunk, size);

	if (memory)
		sink->bytes += size;
	return memory;
}

/* Checks everything, so that the second walk need not; counts what the span will hold. */
static int count_extras(const uint8_t *data, uint32_t length, struct sink *sink) {
	uint32_t at = 0, of_event = 0;
	struct extra extra;
	int r;

	while ((r = extras_next(data, length, &at, &extra)) == 1) {
		if (of_event && extra.kind != EXTRA_ATTRIBUTE)
			return -EBADMSG;
		if (of_event) {
			of_event--;
		} else if (extra.kind == EXTRA_ATTRIBUTE) {
			sink->n_attributes++;
		} else if (extra.kind == EXTRA_EVENT) {
			sink->n_events++;
			of_event = extra.count;
		} else if (extra.kind == EXTRA_LINK) {
			sink->n_links++;
		}
	}
	return of_event ? -EBADMSG : r;
}

static struct ry_field *field_from(struct sink *sink, const struct extra *extra) {
	struct ry_field *field = take(sink, sizeof(*field));

	if (!field)
		return NULL;
	*field = (struct ry_field){
		.size = RY_SIZE(ry_field), .type = extra->type, .name = extra->name};
	if (extra->type == RY_VALUE_STRING)
		field->v.string = (const char *)extra->value;
	else
		memcpy(&field->v, extra->value, sizeof(field->v));
	return field;
}

static int add_attribute(struct sink *sink, const struct extra *extra) {
	struct ry_field *field = field_from(sink, extra);

	if (!field)
		return -ENOMEM;
	sink->attributes[sink->span->n_attributes++] = field;
	return 0;
}

/* The event and the attributes behind it. */
static int add_event(struct sink *sink, const struct extra *extra, const uint8_t *data,
		     uint32_t length, uint32_t *at) {
	struct ry_span_event *event = take(sink, sizeof(*event));
	const struct ry_field **fields = take(sink, extra->count * sizeof(*fields));
	struct extra attribute;
	uint64_t time;

	if (!event || !fields)
		return -ENOMEM;
	memcpy(&time, extra->value, sizeof(time));
	*event = (struct ry_span_event){
		.size = RY_SIZE(ry_span_event),
		.unix_ns = time + sink->wall_minus_monotonic_ns,
		.name = extra->name,
		.attributes = fields,
	};
	for (uint32_t i = 0; i < extra->count; i++) {
		if (extras_next(data, length, at, &attribute) != 1)
			return -EBADMSG;
		fields[i] = field_from(sink, &attribute);
		if (!fields[i])
			return -ENOMEM;
		event->n_attributes++;
	}
	sink->events[sink->span->n_events++] = event;
	return 0;
}

static int add_link(struct sink *sink, const struct extra *extra) {
	struct ry_span_link *link = take(sink, sizeof(*link));

	if (!link)
		return -ENOMEM;
	link->size = RY_SIZE(ry_span_link);
	memcpy(link->trace_id, extra->value, 16);
	memcpy(link->span_id, extra->value + 16, 8);
	memcpy(&link->trace_flags, extra->value + 24, 4);
	assert(sink->links);
	sink->links[sink->span->n_links++] = link;
	return 0;
}

static int add_extra(struct sink *sink, const struct extra *extra, const uint8_t *data,
		     uint32_t length, uint32_t *at) {
	switch (extra->kind) {
	case EXTRA_ATTRIBUTE:
		return add_attribute(sink, extra);
	case EXTRA_EVENT:
		return add_event(sink, extra, data, length, at);
	case EXTRA_LINK:
		return add_link(sink, extra);
	case EXTRA_STATUS:
		sink->span->status_message = (const char *)extra->value;
		return 0;
	case EXTRA_TRACESTATE:
		sink->span->tracestate = (const char *)extra->value;
		return 0;
	case EXTRA_NAME:
		sink->span->name = (const char *)extra->value;
		sink->span->kind = RY_SPAN_INTERNAL;
		return 0;
	case EXTRA_DROPPED:
		memcpy(&sink->span->dropped_attributes, extra->value, 4);
		return 0;
	}
	return -EBADMSG;
}

/* Room for what was counted, the exception event, and the attributes that are there already. */
static int make_room(struct sink *sink) {
	struct ry_span *span = sink->span;

	sink->events = take(sink, (sink->n_events + 1) * sizeof(*sink->events));
	if (!sink->events)
		return -ENOMEM;
	if (sink->n_links) {
		sink->links = take(sink, sink->n_links * sizeof(*sink->links));
		if (!sink->links)
			return -ENOMEM;
	}
	if (sink->n_attributes) {
		sink->attributes = take(sink, (span->n_attributes + sink->n_attributes) *
						      sizeof(*sink->attributes));
		if (!sink->attributes)
			return -ENOMEM;
		memcpy(sink->attributes, span->attributes,
		       span->n_attributes * sizeof(*sink->attributes));
		span->attributes = sink->attributes;
	}
	span->events = sink->events;
	span->links = sink->links;
	return 0;
}

static int add_extras(struct sink *sink, const uint8_t *extras, uint32_t length) {
	uint8_t *data = take(sink, length);
	struct extra extra;
	uint32_t at = 0;
	int r;

	if (!data)
		return -ENOMEM;
	memcpy(data, extras, length);
	r = count_extras(data, length, sink);
	if (r < 0)
		return r;
	r = make_room(sink);
	while (r == 0 && extras_next(data, length, &at, &extra) == 1)
		r = add_extra(sink, &extra, data, length, &at);
	return r;
}

/* OpenTelemetry semantic conventions, "exception". */
static int add_exception(struct sink *sink, uint64_t unix_ns, const char *type) {
	struct ry_span_event *event = take(sink, sizeof(*event));
	struct ry_field *fields = take(sink, 2 * sizeof(*fields));
	const struct ry_field **list = take(sink, 2 * sizeof(*list));

	if (!event || !fields || !list)
		return -ENOMEM;
	fields[0] = (struct ry_field){RY_SIZE(ry_field), RY_VALUE_STRING, "exception.type", {type}};
	fields[1] = (struct ry_field){RY_SIZE(ry_field),
				      RY_VALUE_STRING,
				      "exception.message",
				      {sink->span->status_message}};
	list[0] = &fields[0];
	list[1] = &fields[1];
	*event = (struct ry_span_event){.size = RY_SIZE(ry_span_event),
					.n_attributes = 2,
					.unix_ns = unix_ns,
					.name = "exception",
					.attributes = list};
	sink->events[sink->span->n_events++] = event;
	return 0;
}

static const char *copy(struct sink *sink, const char *text) {
	size_t size = strlen(text) + 1;
	char *to = take(sink, size);

	return to ? memcpy(to, text, size) : NULL;
}

static int add_error(struct sink *sink, int error) {
	struct ry_span *span = sink->span;
	const char *type = error ? copy(sink, errno_name(error)) : "error";

	if (!span->status_message)
		span->status_message = error ? copy(sink, errno_text(error)) : "failed";
	if (!type || !span->status_message)
		return -ENOMEM;
	if (!sink->events && make_room(sink) < 0)
		return -ENOMEM;
	return add_exception(sink, span->end_unix_ns, type);
}

uint32_t resolve_extras(const struct emit_span *record, const uint8_t *extras,
			uint64_t wall_minus_monotonic_ns, struct chunk *chunk,
			struct ry_span *span) {
	struct sink sink = {
		.chunk = chunk,
		.span = span,
		.wall_minus_monotonic_ns = wall_minus_monotonic_ns,
	};

	if (record->extra_length && add_extras(&sink, extras, record->extra_length) < 0)
		span->dropped_attributes++;
	if (span->status != RY_SPAN_ERROR)
		span->status_message = NULL;
	else if (add_error(&sink, record->error) < 0)
		span->dropped_attributes++;
	return (uint32_t)sink.bytes;
}
