/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a stream into messages. One read fills the buffer; every whole record in it is emitted with
 * one search for its end and one copy into the message. The buffer grows only for a line longer
 * than itself, up to max_line_bytes.
 *
 * A record is consumed only after it was staged, so an error that comes after some messages is
 * found again by the next pull, and the position never lies inside a record.
 */
#include "stream/reader.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stream/report.h"

#define BUFFER_BYTES (256u << 10)

enum take_result {
	TAKE_NOTHING = 0, /* no whole record in the buffer */
	TAKE_EMITTED,
	TAKE_SKIPPED,
};

/* The least part of a stream that becomes a message. */
struct piece {
	const char *bytes;
	size_t length;	 /* of the message */
	size_t consumed; /* of the stream: with its terminator */
};

const char *const stream_format_choices[] = {
	"text/lines", "text/jsonl", "application/jsonl", "application/octet-stream", NULL,
};
const char *const stream_on_bad_choices[] = {"fail", "skip", NULL};

#define PORT(port_name, port_type, condition, text)                                          \
	(&(const struct ry_port){RY_SIZE(ry_port), .name = (port_name), .type = (port_type), \
				 .when = (condition), .summary = (text)})

/* One port a format, because a `when` holds for one value; only one of them is there at a time. */
const struct ry_port *const stream_reader_ports[] = {
	[STREAM_LINES] = PORT("line", RY_TYPE_LINE, "format=text/lines", "each line"),
	[STREAM_TEXT_JSONL] = PORT("jsonl", RY_TYPE_LINE, "format=text/jsonl", "each line"),
	[STREAM_JSONL] =
		PORT("json", RY_TYPE_JSON, "format=application/jsonl", "the value of each line"),
	[STREAM_BYTES] =
		PORT("bytes", RY_TYPE_BYTES, "format=application/octet-stream", "each record"),
	NULL,
};

int stream_reader_init(struct stream_reader *reader, const struct ry_host *host,
		       const struct stream_reader_config *config, const char *name) {
	*reader = (struct stream_reader){.host = host, .config = config, .name = name, .fd = -1};
	reader->json = host->get(host, RY_JSON, 1);
	reader->metrics = host->get(host, RY_METRICS, 1);
	if (config->format == STREAM_JSONL && !reader->json)
		return -ENOTSUP;
	if (!reader->metrics)
		return 0;
	return reader->metrics->define(host, "skipped", RY_METRIC_COUNTER, "1",
				       "lines left out because they are too long or malformed",
				       &reader->skipped);
}

void stream_reader_fini(struct stream_reader *reader) {
	free(reader->buf);
	reader->buf = NULL;
}

int stream_reader_open(struct stream_reader *reader, int fd, bool may_wait) {
	if (!reader->buf) {
		reader->buf = malloc(BUFFER_BYTES);
		if (!reader->buf)
			return -ENOMEM;
		reader->cap = BUFFER_BYTES;
	}
	reader->fd = fd;
	reader->may_wait = may_wait;
	stream_reader_rewind(reader, 0, 0);
	return 0;
}

void stream_reader_rewind(struct stream_reader *reader, uint64_t offset, uint64_t records) {
	reader->start = reader->scanned = reader->end = 0;
	reader->offset = offset;
	reader->records = records;
	reader->skipped_bytes = 0;
	reader->eof = reader->skipping = false;
}

/* -- filling the buffer --------------------------------------------------------------------- */

static int make_room(struct stream_reader *reader) {
	size_t unread = reader->end - reader->start;
	size_t cap = reader->cap * 2;
	char *grown;

	if (reader->start) {
		memmove(reader->buf, reader->buf + reader->start, unread);
		reader->scanned -= reader->start;
		reader->end = unread;
		reader->start = 0;
	}
	if (reader->end < reader->cap)
		return 0;
	grown = realloc(reader->buf, cap);
	if (!grown)
		return -ENOMEM;
	reader->buf = grown;
	reader->cap = cap;
	return 0;
}

/* Is there anything to read? A FIFO that no writer has opened yet is not at its end. */
static int look(const struct stream_reader *reader) {
	struct pollfd fd = {.fd = reader->fd, .events = POLLIN};
	int n = poll(&fd, 1, 0);

	return n < 0 && errno != EINTR ? -errno : n > 0;
}

/* 1: bytes came or the end was seen; RY_WAIT; a negative errno. */
static int fill(struct stream_reader *reader) {
	ssize_t n;
	int r = make_room(reader);

	if (r < 0)
		return r;
	if (reader->may_wait) {
		r = look(reader);
		if (r <= 0)
			return r;
	}
	do
		n = read(reader->fd, reader->buf + reader->end, reader->cap - reader->end);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return RY_WAIT;
	if (n < 0) {
		r = -errno;
		report(reader->host, &(struct report){.level = RY_LOG_ERROR,
						      .message = "cannot read",
						      .path = reader->name,
						      .error = r,
						      .line = reader->records + 1});
		return r;
	}
	reader->end += (size_t)n;
	reader->eof = n == 0;
	return 1;
}

/* -- taking records out of it --------------------------------------------------------------- */

static void consume(struct stream_reader *reader, size_t n) {
	reader->start += n;
	reader->scanned = reader->start;
	reader->offset += n;
	reader->records++;
}

static int skip_or_fail(struct stream_reader *reader, int32_t policy, const char *message,
			const char *why, int error) {
	report(reader->host,
	       &(struct report){.level = policy == STREAM_FAIL ? RY_LOG_ERROR : RY_LOG_WARNING,
				.message = message,
				.path = reader->name,
				.line = reader->records + 1,
				.why = why});
	if (policy == STREAM_FAIL)
		return error;
	if (reader->skipped)
		reader->metrics->add(reader->skipped, 1);
	return TAKE_SKIPPED;
}

/* Drops what is there of a line that is too long. */
static int skip_line(struct stream_reader *reader) {
	const char *from = reader->buf + reader->start;
	const char *newline = memchr(from, '\n', reader->end - reader->start);
	size_t n = newline ? (size_t)(newline - from) + 1 : reader->end - reader->start;

	reader->start += n;
	reader->scanned = reader->start;
	reader->skipped_bytes += n;
	if (!newline && !reader->eof)
		return TAKE_NOTHING;
	reader->offset += reader->skipped_bytes;
	reader->skipped_bytes = 0;
	reader->skipping = false;
	reader->records++;
	return TAKE_SKIPPED;
}

/* Finds the next line. False: it is not whole yet, and not too long yet. */
static bool find_line(struct stream_reader *reader, struct piece *ret) {
	const char *from = reader->buf + reader->start;
	const char *unscanned = reader->buf + reader->scanned;
	const char *newline = memchr(unscanned, '\n', reader->end - reader->scanned);
	size_t length = newline ? (size_t)(newline - from) : reader->end - reader->start;

	reader->scanned = reader->end;
	if (!newline && (!reader->eof || !length) &&
	    length <= (size_t)reader->config->max_line_bytes + 1)
		return false;
	*ret = (struct piece){from, length, length + (newline != NULL)};
	if (reader->config->strip_cr && length && from[length - 1] == '\r')
		ret->length--;
	if (newline)
		reader->scanned = reader->start; /* until it is consumed */
	return true;
}

static bool find_record(const struct stream_reader *reader, struct piece *ret) {
	size_t want = (size_t)reader->config->record_bytes;
	size_t have = reader->end - reader->start;

	if (!have || (have < want && !reader->eof))
		return false;
	if (have < want)
		want = have;
	*ret = (struct piece){reader->buf + reader->start, want, want};
	return true;
}

static int emit_copy(struct ry_emitter *emitter, uint32_t port, const struct piece *piece) {
	int error = 0;
	void *to = ry_source_stage(emitter, port, piece->length, NULL, &error);

	if (!to)
		return error;
	memcpy(to, piece->bytes, piece->length);
	return TAKE_EMITTED;
}

static int emit_json(struct stream_reader *reader, struct ry_emitter *emitter,
		     const struct piece *piece) {
	struct ry_json *value;
	char why[160];
	int r = reader->json->parse(piece->bytes, piece->length, &value, why, sizeof(why));

	if (r == -EBADMSG)
		return skip_or_fail(reader, reader->config->on_malformed, "the line is not JSON",
				    why, r);
	if (r < 0)
		return r;
	r = emitter->ops->stage_object(emitter, STREAM_JSONL, value, NULL);
	return r < 0 ? r : TAKE_EMITTED;
}

/* Emits or skips the next record. enum take_result or a negative errno. */
static int take(struct stream_reader *reader, struct ry_emitter *emitter) {
	const struct stream_reader_config *config = reader->config;
	struct piece piece;
	int r;

	if (config->format == STREAM_BYTES) {
		if (!find_record(reader, &piece))
			return TAKE_NOTHING;
		r = emit_copy(emitter, STREAM_BYTES, &piece);
	} else {
		if (reader->skipping)
			return skip_line(reader);
		if (!find_line(reader, &piece))
			return TAKE_NOTHING;
		if (piece.length > (size_t)config->max_line_bytes) {
			r = skip_or_fail(reader, config->on_oversize,
					 "the line is longer than max_line_bytes", NULL, -EMSGSIZE);
			reader->skipping = r == TAKE_SKIPPED;
			return r;
		}
		r = config->format == STREAM_JSONL
			    ? emit_json(reader, emitter, &piece)
			    : emit_copy(emitter, (uint32_t)config->format, &piece);
	}
	if (r > 0)
		consume(reader, piece.consumed);
	return r;
}

int stream_reader_pull(struct stream_reader *reader, struct ry_emitter *emitter, uint32_t max) {
	uint32_t count = 0;

	while (count < max) {
		int r = take(reader, emitter);

		if (r == TAKE_EMITTED)
			count++;
		if (r > 0)
			continue;
		if (count)
			return (int)count; /* an error is met again by the next pull */
		if (r < 0)
			return r;
		if (reader->eof)
			return RY_EOS;
		r = fill(reader);
		if (r <= 0)
			return r;
	}
	return (int)count;
}
