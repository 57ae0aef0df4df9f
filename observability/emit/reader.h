/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The drain side of an emit ring. Exporter thread only. Everything that is read is checked first:
 * in a supervised run the ring outlives a producer that may have died in the middle.
 */
#ifndef EMIT_READER_H
#define EMIT_READER_H

#include "emit/emit.h"

struct emit_reader {
	struct ring_consumer consumer;
	struct emit *emit;
	struct emit_span record; /* a copy of the one last peeked at */
	uint64_t malformed;	 /* frames that hold no record */
	uint64_t read;		 /* records, malformed ones included */
};

int emit_reader_init(struct emit_reader *reader, struct emit *emit);

/*
 * The next record, which stays the next one until emit_reader_advance. 1: *ret is valid until the
 * next call, its extras (ret->extra_length bytes, checked to lie in the frame) until
 * emit_reader_release; 0:
 * nothing there; -EINVAL: a malformed frame, skipped and counted; -EBADMSG: the ring is broken and
 * yields nothing any more.
 */
int emit_reader_peek(struct emit_reader *reader, const struct emit_span **ret,
		     const uint8_t **ret_extras);
void emit_reader_advance(struct emit_reader *reader);

/* Both at once. */
int emit_reader_next(struct emit_reader *reader, const struct emit_span **ret,
		     const uint8_t **ret_extras);

/* Gives everything read so far back, and wakes a producer that waits for room. */
void emit_reader_release(struct emit_reader *reader);

/* Has the producer said that nothing more will come, and was everything read? */
bool emit_reader_finished(struct emit_reader *reader);

/* Is the ring more than half full? */
bool emit_reader_pressed(const struct emit_reader *reader);

/*
 * Before blocking: true: block, the wake-up eventfd is rung when the ring passes half full; false:
 * it is past that already. After blocking: emit_reader_woke.
 */
bool emit_reader_sleep(struct emit_reader *reader);
void emit_reader_woke(struct emit_reader *reader);

#endif
