/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The emit ring: where a runner thread leaves the record of each node execution. One producer (the
 * runner), one consumer (the exporter thread). Emitting takes no lock, no allocation, no system
 * call and knows no exporter. A full ring drops the new span and counts it (`ring_full`).
 *
 * The ring is base/ring.h: position-independent, its counters in its header. The drain side is
 * emit/reader.h, the encoding of extras is emit/extras.h.
 *
 * A runner without tracing has no struct emit: `if (emit)` is all that tracing costs when it is
 * off.
 *
 * No bell is rung per span. The exporter thread looks at the rings by a timer; emit_span rings only
 * when the ring is more than half full and the exporter thread sleeps.
 */
#ifndef EMIT_EMIT_H
#define EMIT_EMIT_H

#include <stdbool.h>
#include <stdint.h>

#include <railyard/host.h>
#include <railyard/span_exporter.h>

#include "trace/trace.h"

struct emit; /* the ring and its producer side */

/*
 * What is fixed about a span: 120 bytes, with the frame header of the ring two cache lines. Times
 * are CLOCK_MONOTONIC.
 */
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

_Static_assert(sizeof(struct emit_span) == 120, "two cache lines with the frame header");

struct emit_counters {
	uint64_t started; /* spans that a sampler took */
	uint64_t unsampled;
	uint64_t ring_full;
};

/* capacity: a power of two, at least 64 KiB. 0 or a negative errno. */
int emit_new(uint64_t capacity, struct emit **ret);
struct emit *emit_free(struct emit *emit);

/*
 * Runner thread. Copies the record and its extras (see extras.h; NULL exactly when extra_length
 * is 0) into the ring. Drops and counts when it is full. Inline below, as it stands on the hot path.
 */
static inline void emit_span(struct emit *emit, const struct emit_span *span, const void *extras);
static inline void emit_unsampled(struct emit *emit); /* counts a span that was not sampled */

/*
 * The eventfd by which emit_span wakes a sleeping exporter thread when the ring is more than half
 * full: set once, before the first span; borrowed. -1: nothing is woken (it polls by its timer).
 */
void emit_set_wakeup(struct emit *emit, int eventfd);

/*
 * `block_with_timeout`, for synchronous groups: a span that finds the ring full waits up to
 * timeout_ms for room. When that passes in vain, later ones do not wait, until everything that
 * stood in the ring then has been drained. Set once, before the first span. 0 or a negative errno.
 */
int emit_set_block(struct emit *emit, uint32_t timeout_ms);

/* Any thread: a consistent-enough copy for metrics; exact once the runner has stopped. */
void emit_counters_read(const struct emit *emit, struct emit_counters *ret);

/*
 * Runner thread: tells the drain side that nothing more will come.
 */
void emit_close(struct emit *emit);

#include "emit/emit_inline.h" /* IWYU pragma: export */

#endif
