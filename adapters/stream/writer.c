/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buffers whole records and writes them when the buffer is full, when the runner has nothing to do
 * and at the end. A record that is longer than the buffer makes it grow.
 *
 * The first error ends the stream: what comes after it would stand behind a gap. Where the file can
 * be cut, the part of a record that a failed write has left is removed again.
 */
#include "stream/writer.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stream/report.h"

#define BUFFER_BYTES (64u << 10)

enum input {
	INPUT_LINE,
	INPUT_JSON,
	INPUT_BYTES,
};

const char *const stream_writer_accepts[] = {
	[INPUT_LINE] = RY_TYPE_LINE,
	[INPUT_JSON] = RY_TYPE_JSON,
	[INPUT_BYTES] = RY_TYPE_BYTES,
	NULL,
};

int stream_writer_init(struct stream_writer *writer, const struct ry_host *host, const char *name) {
	*writer = (struct stream_writer){.host = host, .name = name, .fd = -1};
	writer->json = host->get(host, RY_JSON, 1);
	return writer->json ? 0 : -ENOTSUP;
}

void stream_writer_fini(struct stream_writer *writer) {
	free(writer->buf);
	writer->buf = NULL;
}

int stream_writer_open(struct stream_writer *writer, int fd, bool can_cut) {
	if (!writer->buf) {
		writer->buf = malloc(BUFFER_BYTES);
		if (!writer->buf)
			return -ENOMEM;
		writer->cap = BUFFER_BYTES;
	}
	writer->fd = fd;
	writer->can_cut = can_cut;
	return 0;
}

int stream_writer_fail(struct stream_writer *writer, const char *message, int error) {
	writer->failed = error;
	report(writer->host, &(struct report){.level = RY_LOG_ERROR,
					      .message = message,
					      .path = writer->name,
					      .error = error});
	return error;
}

static int wait_writable(int fd) {
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	return poll(&p, 1, -1) < 0 && errno != EINTR ? -errno : 0;
}

int stream_write_all(int fd, const char *bytes, size_t length, size_t *ret_written) {
	size_t done = 0;
	int r = 0;

	while (done < length && r == 0) {
		ssize_t n = write(fd, bytes + done, length - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			r = wait_writable(fd);
		else if (errno != EINTR)
			r = -errno;
	}
	*ret_written = done;
	return r;
}

/* Removes what was written of a record that is not whole; the buffer began with a whole one. */
static void cut_back(const struct stream_writer *writer, size_t written) {
	const char *newline = memrchr(writer->buf, '\n', written);
	size_t whole = newline ? (size_t)(newline - writer->buf) + 1 : 0;
	struct stat st;

	if (whole == written || fstat(writer->fd, &st) < 0)
		return;
	if (ftruncate(writer->fd, st.st_size - (off_t)(written - whole)) < 0)
		report(writer->host, &(struct report){.level = RY_LOG_ERROR,
						      .message = "a part of a record was left",
						      .path = writer->name,
						      .error = -errno});
}

/* How many records the written bytes hold whole. Bytes have no end to be seen: none, then. */
static uint64_t whole_records(const struct stream_writer *writer, size_t written) {
	const char *from = writer->buf, *end = writer->buf + written;
	uint64_t n = 0;

	while (from < end && (from = memchr(from, '\n', (size_t)(end - from)))) {
		n++;
		from++;
	}
	return n < writer->records ? n : writer->records;
}

uint64_t stream_writer_unwritten(const struct stream_writer *writer) {
	return writer->records;
}

int stream_writer_flush(struct stream_writer *writer) {
	size_t written;
	int r;

	if (writer->failed)
		return writer->failed;
	if (!writer->used)
		return 0;
	r = stream_write_all(writer->fd, writer->buf, writer->used, &written);
	if (r < 0 && writer->can_cut)
		cut_back(writer, written);
	writer->records -= r < 0 ? whole_records(writer, written) : writer->records;
	writer->used = 0;
	if (r == -EPIPE)
		return stream_writer_fail(writer, "the reader of the output has gone", r);
	return r < 0 ? stream_writer_fail(writer, "cannot write", r) : 0;
}

/* Makes room for n more bytes: by writing what is there, then by growing. */
static int reserve(struct stream_writer *writer, size_t n) {
	char *grown;
	int r;

	if (n <= writer->cap - writer->used)
		return writer->failed;
	r = stream_writer_flush(writer);
	if (r < 0 || n <= writer->cap)
		return r;
	grown = realloc(writer->buf, n);
	if (!grown)
		return -ENOMEM;
	writer->buf = grown;
	writer->cap = n;
	return 0;
}

static int add_bytes(struct stream_writer *writer, const struct ry_message *message, bool line) {
	int r = reserve(writer, message->length + line);

	if (r < 0)
		return r;
	memcpy(writer->buf + writer->used, message->data, message->length);
	writer->used += message->length;
	if (line)
		writer->buf[writer->used++] = '\n';
	writer->records++;
	return 0;
}

static int add_json(struct stream_writer *writer, const struct ry_json *value) {
	size_t room = writer->cap - writer->used;
	int64_t n = writer->json->format(value, writer->buf + writer->used, room);
	int r;

	if (n < 0)
		return (int)n;
	if ((uint64_t)n + 1 > room) {
		r = reserve(writer, (size_t)n + 1);
		if (r < 0)
			return r;
		n = writer->json->format(value, writer->buf, writer->cap);
	}
	writer->used += (size_t)n;
	writer->buf[writer->used++] = '\n';
	writer->records++;
	return writer->failed;
}

int stream_writer_write(struct stream_writer *writer, const struct ry_message *message,
			uint32_t input) {
	if (writer->failed)
		return writer->failed;
	if (input == INPUT_JSON)
		return add_json(writer, message->data);
	return add_bytes(writer, message, input == INPUT_LINE);
}
