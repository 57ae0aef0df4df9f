/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages as one byte stream: what file.sink and stdio.sink have in common. The owner opens and
 * closes the descriptor.
 */
#ifndef STREAM_WRITER_H
#define STREAM_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <railyard/adapter.h>
#include <railyard/json.h>

/* What a sink that writes a stream accepts, in this order: lines, JSON values, bytes. */
extern const char *const stream_writer_accepts[];

struct stream_writer {
	const struct ry_host *host;
	const struct ry_json_service *json;
	const char *name; /* of the stream, for reports */
	int fd;
	bool can_cut; /* a regular file: a failed write leaves no part of a record behind */
	int failed;   /* the first error; nothing is written after it */
	char *buf;
	size_t used, cap;
	uint64_t records; /* in the buffer, or lost with it */
};

int stream_writer_init(struct stream_writer *writer, const struct ry_host *host, const char *name);
void stream_writer_fini(struct stream_writer *writer);

int stream_writer_open(struct stream_writer *writer, int fd, bool can_cut);

/* As `write` and `flush` of a sink. Errors are reported with the name, and stay. */
int stream_writer_write(struct stream_writer *writer, const struct ry_message *message,
			uint32_t input);
int stream_writer_flush(struct stream_writer *writer);

/* As `unwritten` of a sink. */
uint64_t stream_writer_unwritten(const struct stream_writer *writer);

/* Reports an error of another call on the descriptor and keeps it. Returns it. */
int stream_writer_fail(struct stream_writer *writer, const char *message, int error);

/* Writes all of it, waiting where the descriptor does not block. 0 or a negative errno. */
int stream_write_all(int fd, const char *bytes, size_t length, size_t *ret_written);

#endif
