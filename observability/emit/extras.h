/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extras: the attributes, events and links of a span, encoded behind its record in the emit ring.
 * The runner fills a struct extras per task and hands data and length to emit_span; the exporter
 * thread walks the bytes with extras_next.
 *
 * Encoding, for one machine only (native byte order). A sequence of items, each aligned to 8:
 *
 *	u8 kind    enum extra_kind
 *	u8 type    ATTRIBUTE: enum ry_value_type; else 0
 *	u16 count  EVENT: number of ATTRIBUTE items that follow and belong to it; else 0
 *	u32 name   bytes of the name without its NUL; 0: none
 *	u32 value  bytes of the value without its NUL
 *	u32 zero
 *	name, NUL, value, NUL, and zeros up to a multiple of 8
 *
 * The NULs are part of it, so that the reader can use the strings in place.
 */
#ifndef EMIT_EXTRAS_H
#define EMIT_EXTRAS_H

#include <stdbool.h>
#include <stdint.h>

#include <railyard/host.h>
#include <railyard/span_exporter.h>

enum extra_kind {
	EXTRA_ATTRIBUTE = 1, /* value: 8 bytes, or the characters of a string */
	EXTRA_EVENT = 2,     /* value: u64 CLOCK_MONOTONIC ns */
	EXTRA_LINK = 3,	     /* value: trace id 16, span id 8, u32 flags */
	EXTRA_STATUS = 4,    /* value: the description of the error */
	EXTRA_TRACESTATE = 5,
	EXTRA_NAME = 6,	   /* value: the span's name, instead of its node's: a child span */
	EXTRA_DROPPED = 7, /* value: u32, attributes beyond the limits */
};

/* Limits of the OpenTelemetry specification, and one on the whole. */
#define EXTRAS_MAX_ATTRIBUTES 128u
#define EXTRAS_MAX_EVENTS     128u
#define EXTRAS_MAX_LINKS      128u
#define EXTRAS_MAX_BYTES      (16u * 1024)

struct extras {
	uint8_t *data;
	uint32_t length;
	uint32_t capacity;
	uint16_t n_attributes;
	uint16_t n_events;
	uint16_t n_links;
	uint16_t dropped; /* attributes that found no room */
};

#define EXTRAS_INIT \
	{ 0 }

void extras_fini(struct extras *extras);

/* For the next task; keeps the memory. */
static inline void extras_reset(struct extras *extras) {
	extras->length = 0;
	extras->n_attributes = extras->n_events = extras->n_links = extras->dropped = 0;
}

/*
 * Each adds one item and returns 0, or -ENOSPC (a limit; attributes are then counted as dropped),
 * -ENOMEM, -EINVAL (an unknown type, no name, or a NULL string). A failure adds nothing.
 */
int extras_attribute(struct extras *extras, const struct ry_field *field);
int extras_event(struct extras *extras, uint64_t time_ns, const char *name,
		 const struct ry_field *const *fields, uint32_t n);
int extras_link(struct extras *extras, const uint8_t trace_id[16], const uint8_t span_id[8],
		uint32_t trace_flags);
int extras_text(struct extras *extras, enum extra_kind kind, const char *text);

/*
 * Before emit_span: notes how many attributes were dropped. What it adds is beyond the limit on
 * the whole, so it fails with -ENOMEM only. Does nothing when none were.
 */
int extras_finish(struct extras *extras);

/* -- the reader's side ---------------------------------------------------------------------- */

struct extra {
	enum extra_kind kind;
	uint32_t type;
	uint32_t count;
	const char *name; /* NUL-terminated */
	const uint8_t *value;
	uint32_t length; /* of the value; a NUL follows it */
};

/*
 * Reads the item at *offset and moves *offset over it. 1: *ret is valid as long as data; 0: the
 * end; -EBADMSG: not the encoding above. Checks lengths, terminators, kinds, types and the sizes
 * of values, but not that an event's attributes follow it.
 */
int extras_next(const uint8_t *data, uint32_t length, uint32_t *offset, struct extra *ret);

#endif
