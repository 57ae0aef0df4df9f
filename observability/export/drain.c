/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the emit rings to the queues.
 *
 * A span leaves its ring once it is in a chunk that the queues hold within their bounds; the ring
 * is not kept as the queues' memory. (A supervised run, where the ring must survive its worker,
 * will release later: the readers can keep frames unreleased.)
 *
 * Drop policies. What does not fit into a destination's queue is dropped there and nowhere else:
 * the newest, or the oldest. Before that the rings hold back for a moment, as they have room of
 * their own and the destination may only be busy with its last batch: while a destination that
 * works has no room, spans stay in the rings, but no longer than hold_ns, and not when a ring is
 * more than half full. So a slow destination delays the others a little, once, and costs them
 * nothing. With `block_with_timeout` the time is block_timeout_ms, the rings may fill up, and the
 * runner waits at its full ring (emit_set_block); once the time has passed spans are dropped until
 * the queue has been empty.
 */
#include <errno.h>

#include "base/clock.h"
#include "export/pipeline.h"

enum { CLASS_BUSINESS, CLASS_PLATFORM };

/* enum of the manifest's `slice` */
enum { SLICE_ALL, SLICE_BUSINESS, SLICE_PLATFORM };

static bool takes_class(const struct destination *destination, int class) {
	switch (destination->config.slice) {
	case SLICE_BUSINESS:
		return class == CLASS_BUSINESS;
	case SLICE_PLATFORM:
		return class == CLASS_PLATFORM;
	default:
		return true;
	}
}

/* n spans of a class are lost for all destinations that would have taken them. */
static void lost_for_all(struct export_pipeline *pipeline, int class, enum export_loss reason,
			 uint64_t n) {
	for (uint32_t i = 0; i < pipeline->n_destinations; i++) {
		struct destination *destination = &pipeline->destinations[i];

		if (destination->config.fallback_only)
			continue;
		if (class < 0 || takes_class(destination, class))
			loss_count(destination, reason, n);
		else
			destination->filtered += n;
	}
}

/* -- into the queues ------------------------------------------------------------------------ */

static enum export_loss overflow_reason(const struct destination *destination) {
	return destination->config.drop_policy == EXPORT_BLOCK_WITH_TIMEOUT ? LOSS_TIMEOUT
									    : LOSS_QUEUE_FULL;
}

static void drop_oldest(struct destination *destination) {
	struct range oldest = span_queue_take_one(&destination->queue);
	struct destination *origin = &destination->pipeline->destinations[oldest.origin];

	loss_count(origin, origin == destination ? LOSS_QUEUE_FULL : LOSS_FALLBACK, 1);
	chunk_unref(destination->queue.pool, oldest.chunk);
}

/* Adds all of range, at the cost of older spans. A span that never fits is dropped itself. */
static void offer_dropping_oldest(struct destination *destination, struct range range) {
	struct span_queue *queue = &destination->queue;

	while (range.from < range.to) {
		range.from += span_queue_push(queue, &range);
		if (range.from == range.to)
			return;
		if (!queue->n || range.chunk->bytes[range.from] > queue->max_bytes) {
			loss_count(destination, LOSS_QUEUE_FULL, 1);
			range.from++;
		} else {
			drop_oldest(destination);
		}
	}
}

static void offer(struct destination *destination, const struct range *range, int class) {
	uint32_t n = range->to - range->from;

	if (destination->config.fallback_only)
		return;
	if (!takes_class(destination, class)) {
		destination->filtered += n;
		return;
	}
	if (destination->config.drop_policy == EXPORT_DROP_OLDEST)
		offer_dropping_oldest(destination, *range);
	else
		loss_count(destination, overflow_reason(destination),
			   n - span_queue_push(&destination->queue, range));
}

/* Puts what was added to the open chunk of that class into the queues. */
static void offer_new(struct export_pipeline *pipeline, int class, uint64_t now) {
	struct chunk *chunk = pipeline->open[class];
	struct range range;

	if (!chunk || pipeline->offered[class] == chunk->n)
		return;
	range = (struct range){
		.chunk = chunk,
		.from = pipeline->offered[class],
		.to = chunk->n,
		.since_ns = now,
	};
	for (uint32_t i = 0; i < pipeline->n_destinations; i++) {
		range.origin = i;
		offer(&pipeline->destinations[i], &range, class);
	}
	pipeline->offered[class] = chunk->n;
	if (chunk->n < CHUNK_SPANS)
		return;
	chunk_unref(&pipeline->pool, chunk);
	pipeline->open[class] = NULL;
	pipeline->offered[class] = 0;
}

/* -- holding back --------------------------------------------------------------------------- */

static bool rings_pressed(const struct export_pipeline *pipeline) {
	for (uint32_t i = 0; i < pipeline->n_rings; i++)
		if (emit_reader_pressed(&pipeline->rings[i].reader))
			return true;
	return false;
}

/* A hold that was in vain is not repeated before the queue has room again. */
static void rearm_hold(struct destination *destination) {
	const struct span_queue *queue = &destination->queue;
	uint64_t enough = destination->config.drop_policy == EXPORT_BLOCK_WITH_TIMEOUT
				  ? 0
				  : queue->max_items / 2;

	if (queue->items <= enough && (!queue->n || queue->bytes <= queue->max_bytes / 2))
		destination->hold_spent = false;
}

/* Do the rings hold back for this destination when it is full? */
static bool may_hold(struct destination *destination, uint64_t now) {
	struct export_pipeline *pipeline = destination->pipeline;
	bool blocks = destination->config.drop_policy == EXPORT_BLOCK_WITH_TIMEOUT;
	bool works = !destination->failing && destination->state != DESTINATION_WAITING;

	if (destination->config.fallback_only || destination->unusable)
		return false;
	if (pipeline->phase != PIPELINE_RUNNING)
		return works && now < pipeline->half_ns;
	rearm_hold(destination);
	if (destination->hold_spent)
		return false;
	return blocks || (works && !rings_pressed(pipeline));
}

static uint64_t hold_ns(const struct destination *destination) {
	if (destination->config.drop_policy == EXPORT_BLOCK_WITH_TIMEOUT)
		return destination->config.block_timeout_ms * NS_PER_MS;
	return destination->pipeline->hold_ns;
}

/* A destination without room for the next span holds back, until its time is over. */
static bool holds(struct destination *destination, uint64_t bytes, uint64_t now) {
	if (!destination->queue.n || span_queue_fits(&destination->queue, bytes)) {
		destination->full_since_ns = 0;
		return false;
	}
	if (!destination->full_since_ns)
		destination->full_since_ns = now;
	if (destination->pipeline->phase != PIPELINE_RUNNING)
		return true;
	if (now - destination->full_since_ns < hold_ns(destination))
		return true;
	destination->hold_spent = true;
	destination->full_since_ns = 0;
	return false;
}

struct room {
	uint64_t items, bytes;
};

/* What a step may take, when the first span takes so many bytes; no items: hold back. */
static struct room find_room(struct export_pipeline *pipeline, uint64_t bytes, uint64_t now) {
	struct room room = {CHUNK_SPANS, UINT64_MAX};

	for (uint32_t i = 0; i < pipeline->n_destinations; i++) {
		struct destination *destination = &pipeline->destinations[i];
		const struct span_queue *queue = &destination->queue;

		if (!may_hold(destination, now)) {
			destination->full_since_ns = 0;
			continue;
		}
		if (holds(destination, bytes, now))
			return (struct room){0, 0};
		if (destination->hold_spent)
			continue;
		if (queue->max_items - queue->items < room.items)
			room.items = queue->max_items - queue->items;
		if (queue->bytes < queue->max_bytes && queue->max_bytes - queue->bytes < room.bytes)
			room.bytes = queue->max_bytes - queue->bytes;
	}
	return room;
}

uint64_t drain_next_ns(const struct export_pipeline *pipeline) {
	uint64_t next = NEVER;

	if (!pipeline->held)
		return NEVER;
	if (pipeline->phase != PIPELINE_RUNNING)
		return pipeline->half_ns;
	for (uint32_t i = 0; i < pipeline->n_destinations; i++) {
		const struct destination *destination = &pipeline->destinations[i];
		uint64_t until = destination->full_since_ns + hold_ns(destination);

		if (destination->full_since_ns && until < next)
			next = until;
	}
	return next;
}

/* -- out of the rings ----------------------------------------------------------------------- */

static void broken_ring(struct export_pipeline *pipeline, struct pipeline_ring *ring) {
	if (!ring->broken)
		pipeline_message(pipeline, RY_LOG_ERROR,
				 "an emit ring is corrupt; its spans are lost");
	ring->broken = true;
}

/* The next record of a ring, over those that are malformed. 1: *ret is valid; 0: none. */
static int peek_record(struct export_pipeline *pipeline, struct pipeline_ring *ring,
		       const struct emit_span **ret, const uint8_t **ret_extras, int *ret_class) {
	int r;

	for (;;) {
		r = emit_reader_peek(&ring->reader, ret, ret_extras);
		if (r == -EBADMSG)
			broken_ring(pipeline, ring);
		if (r == 0 || r == -EBADMSG)
			return 0;
		if (r == 1) {
			*ret_class = resolve_class(&pipeline->resolver, *ret);
			if (*ret_class >= 0)
				return 1;
			emit_reader_advance(&ring->reader);
		}
		lost_for_all(pipeline, -1, LOSS_ENCODE, 1);
	}
}

static void add_record(struct export_pipeline *pipeline, struct pipeline_ring *ring,
		       const struct emit_span *record, const uint8_t *extras, int class,
		       uint64_t now) {
	if (!pipeline->open[class])
		pipeline->open[class] = chunk_new(&pipeline->pool);
	if (!pipeline->open[class]) {
		lost_for_all(pipeline, class, LOSS_QUEUE_FULL, 1);
		return;
	}
	resolve_span(&pipeline->resolver, record, extras, &ring->worker, pipeline->open[class]);
	if (pipeline->open[class]->n == CHUNK_SPANS)
		offer_new(pipeline, class, now);
}

/* Takes records of one ring while there is room. `room` is found at the first one of a step. */
static bool drain_ring(struct export_pipeline *pipeline, struct pipeline_ring *ring,
		       struct room *room, bool *found, uint64_t now) {
	const struct emit_span *record;
	const uint8_t *extras;
	int class;

	while (peek_record(pipeline, ring, &record, &extras, &class)) {
		uint64_t bytes = resolve_bytes_bound(record);

		if (!*found) {
			*room = find_room(pipeline, bytes, now);
			pipeline->held = room->items == 0;
		} else if (bytes > room->bytes) {
			return false;
		}
		*found = true;
		if (room->items == 0)
			return false;
		add_record(pipeline, ring, record, extras, class, now);
		emit_reader_advance(&ring->reader);
		room->items--;
		room->bytes -= bytes < room->bytes ? bytes : room->bytes;
	}
	return true; /* to its end */
}

bool drain_step(struct export_pipeline *pipeline, uint64_t now) {
	struct room room = {0, 0};
	bool found = false, ended = true;

	pipeline->held = false;
	for (uint32_t i = 0; ended && i < pipeline->n_rings; i++) {
		uint32_t at = (pipeline->next_ring + i) % pipeline->n_rings;
		struct pipeline_ring *ring = &pipeline->rings[at];

		ended = drain_ring(pipeline, ring, &room, &found, now);
		emit_reader_release(&ring->reader);
		if (!ended)
			pipeline->next_ring = (at + 1) % pipeline->n_rings;
	}
	offer_new(pipeline, CLASS_BUSINESS, now);
	offer_new(pipeline, CLASS_PLATFORM, now);
	return !ended && !pipeline->held;
}

bool drain_rings_empty(const struct export_pipeline *pipeline) {
	for (uint32_t i = 0; i < pipeline->n_rings; i++)
		if (!pipeline->rings[i].broken &&
		    ring_readable(&pipeline->rings[i].reader.consumer))
			return false;
	return true;
}

static void lost_in_ring(struct export_pipeline *pipeline, struct pipeline_ring *ring,
			 enum export_loss reason) {
	const struct emit_span *record;
	struct emit_counters counters;
	const uint8_t *extras;
	int class;

	while (peek_record(pipeline, ring, &record, &extras, &class)) {
		lost_for_all(pipeline, class, reason, 1);
		emit_reader_advance(&ring->reader);
	}
	emit_reader_release(&ring->reader);
	if (!ring->broken)
		return;
	emit_counters_read(ring->reader.emit, &counters);
	lost_for_all(pipeline, -1, LOSS_KILLED,
		     counters.started - counters.ring_full - ring->reader.read);
	ring->reader.read = counters.started - counters.ring_full;
}

void drain_lost(struct export_pipeline *pipeline, enum export_loss reason) {
	for (uint32_t i = 0; i < pipeline->n_rings; i++)
		lost_in_ring(pipeline, &pipeline->rings[i], reason);
}
