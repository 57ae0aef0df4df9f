/* SPDX-License-Identifier: Apache-2.0 */
/* The drain side of the emit ring. Exporter thread. */
#include "emit/reader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int emit_reader_init(struct emit_reader *reader, struct emit *emit) {
	*reader = (struct emit_reader){.emit = emit};
	return ring_consumer_init(&reader->consumer, &emit->ring);
}

void emit_reader_advance(struct emit_reader *reader) {
	ring_advance(&reader->consumer);
	reader->read++;
}

int emit_reader_peek(struct emit_reader *reader, const struct emit_span **ret,
		     const uint8_t **ret_extras) {
	const uint8_t *bytes;
	struct ring_view view;
	int r;

	r = ring_peek(&reader->consumer, &view);
	if (r <= 0)
		return r;
	bytes = view.data;
	/* Copied before it is checked: a broken producer may still write there. */
	if (view.length >= sizeof(reader->record))
		memcpy(&reader->record, bytes, sizeof(reader->record));
	if (view.length < sizeof(reader->record) ||
	    view.length - sizeof(reader->record) != reader->record.extra_length) {
		emit_reader_advance(reader);
		reader->malformed++;
		return -EINVAL;
	}
	*ret = &reader->record;
	*ret_extras = bytes + sizeof(reader->record);
	return 1;
}

int emit_reader_next(struct emit_reader *reader, const struct emit_span **ret,
		     const uint8_t **ret_extras) {
	int r = emit_reader_peek(reader, ret, ret_extras);

	if (r == 1)
		emit_reader_advance(reader);
	return r;
}

void emit_reader_release(struct emit_reader *reader) {
	const uint64_t one = 1;

	if (reader->consumer.released == reader->consumer.position)
		return;
	ring_release(&reader->consumer, reader->consumer.position);
	if (reader->emit->space_fd < 0 || !ring_wake_producer(&reader->consumer))
		return;
	while (write(reader->emit->space_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

bool emit_reader_finished(struct emit_reader *reader) {
	struct ring_header *header = reader->consumer.header;

	/* The flag is set after the last span was published: read it first. */
	return atomic_load_explicit(&header->producer_words[EMIT_CLOSED], memory_order_acquire) &&
	       !ring_readable(&reader->consumer);
}

bool emit_reader_pressed(const struct emit_reader *reader) {
	return ring_readable(&reader->consumer) > reader->consumer.capacity / 2;
}

bool emit_reader_sleep(struct emit_reader *reader) {
	return ring_consumer_sleep(&reader->consumer, reader->consumer.capacity / 2 + 1);
}

void emit_reader_woke(struct emit_reader *reader) {
	ring_consumer_woke(&reader->consumer);
}
