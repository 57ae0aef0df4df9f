/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The emit ring: where a runner thread leaves the record of each node execution. One producer (the
 * runner), one consumer (the exporter thread). Emitting takes no lock, no allocation, no system
 * call and knows no exporter. A full ring drops the new span and counts it (`ring_full`).
 *
 * The ring is base/ring.h: position-independent, its counters in its header.
 */
#ifndef EMIT_EMIT_H
#define EMIT_EMIT_H

#include <stdbool.h>
#include <stdint.h>

#include <railyard/host.h>
#include <railyard/span_exporter.h>

#include "trace/trace.h"

struct emit; /* the ring and its producer side */

/* What is fixed about a span; 128 bytes, written as one. Times are CLOCK_MONOTONIC. */
struct emit_span {
	struct trace_id trace_id;
	struct span_id span_id;
	struct span_id parent_id;
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t source_seq;
	uint32_t source_id;
	uint32_t node;	       /* plan node index, by which the exporter thread knows the rest */
	uint32_t from_node;    /* the node that handed the message over; UINT32_MAX: none */
	uint32_t message_type; /* plan type id */
	uint32_t attempt;
	uint16_t hop;
	uint8_t trace_flags;
	uint8_t status;	       /* enum ry_span_status */
	int32_t error;	       /* negative errno with RY_SPAN_ERROR; else 0 */
	uint32_t extra_length; /* bytes of extras behind the record: attributes, events, links */
	uint8_t reserved[32];
};

struct emit_counters {
	uint64_t started; /* spans that a sampler took */
	uint64_t unsampled;
	uint64_t ring_full;
};

/* capacity: a power of two, at least 64 KiB. 0 or a negative errno. */
int emit_new(uint64_t capacity, struct emit **ret);
struct emit *emit_free(struct emit *emit);

/*
 * Runner thread. Copies the record and, if any, its extras (see extras.h) into the ring. Drops and
 * counts when it is full.
 */
void emit_span(struct emit *emit, const struct emit_span *span, const void *extras);
void emit_unsampled(struct emit *emit); /* counts a span that was not sampled */

/*
 * Called on the runner's thread when the exporter thread sleeps and there is something to drain:
 * set once, before the first span. NULL: nothing is woken (it polls by its timer).
 */
void emit_set_wakeup(struct emit *emit, int eventfd);

/* Any thread: a consistent-enough copy for metrics; exact once the runner has stopped. */
void emit_counters_read(const struct emit *emit, struct emit_counters *ret);

/*
 * Runner thread: tells the drain side that nothing more will come.
 */
void emit_close(struct emit *emit);

#endif
