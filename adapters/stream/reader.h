/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A byte stream cut into messages: what file.source and stdio.source have in common. The owner
 * opens and closes the descriptor.
 */
#ifndef STREAM_READER_H
#define STREAM_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <railyard/adapter.h>
#include <railyard/config.h>
#include <railyard/json.h>

enum stream_format {
	STREAM_LINES,	   /* text/lines */
	STREAM_TEXT_JSONL, /* text/jsonl: lines too; that they hold JSON is for whoever reads on */
	STREAM_JSONL,	   /* application/jsonl: one parsed value for each line */
	STREAM_BYTES,	   /* application/octet-stream: records of record_bytes */
};

enum stream_on_bad {
	STREAM_FAIL,
	STREAM_SKIP,
};

struct stream_reader_config {
	int32_t format;	      /* enum stream_format */
	int32_t on_oversize;  /* enum stream_on_bad */
	int32_t on_malformed; /* enum stream_on_bad */
	uint8_t strip_cr;
	int64_t max_line_bytes;
	int64_t record_bytes;
};

extern const char *const stream_format_choices[];
extern const char *const stream_on_bad_choices[];

/* The ports of a source that reads a stream, by stream_format. */
extern const struct ry_port *const stream_reader_ports[];

/* Rows for the key table of a source whose config struct has the member `reader`. */
#define STREAM_READER_KEYS(config)                                                              \
	RY_KEY_NAMED("format", config, reader.format, RY_CONFIG_ENUM,                           \
		     "how the stream is cut into messages", .fallback = "text/lines",           \
		     .choices = stream_format_choices),                                         \
		RY_KEY_NAMED("max_line_bytes", config, reader.max_line_bytes, RY_CONFIG_INT,    \
			     "the longest line, its terminator not counted", .unit = "bytes",   \
			     .fallback = "1048576", RY_RANGE(1, 64 << 20)),                     \
		RY_KEY_NAMED("on_oversize", config, reader.on_oversize, RY_CONFIG_ENUM,         \
			     "a longer line fails the run, or is skipped, logged and counted",  \
			     .fallback = "fail", .choices = stream_on_bad_choices),             \
		RY_KEY_NAMED("on_malformed", config, reader.on_malformed, RY_CONFIG_ENUM,       \
			     "application/jsonl: a line that is not JSON fails the run, or is " \
			     "skipped, logged and counted",                                     \
			     .fallback = "fail", .choices = stream_on_bad_choices),             \
		RY_KEY_NAMED("strip_cr", config, reader.strip_cr, RY_CONFIG_BOOL,               \
			     "drop one carriage return at the end of a line",                   \
			     .fallback = "false"),                                              \
		RY_KEY_NAMED("record_bytes", config, reader.record_bytes, RY_CONFIG_INT,        \
			     "application/octet-stream: the length of a record; the last one "  \
			     "may be shorter",                                                  \
			     .unit = "bytes", .fallback = "65536", RY_RANGE(1, 64 << 20))

struct stream_reader {
	const struct ry_host *host;
	const struct stream_reader_config *config;
	const struct ry_json_service *json;
	const struct ry_metrics_service *metrics; /* NULL: none */
	struct ry_metric *skipped;
	const char *name; /* of the stream, for reports */
	int fd;
	bool may_wait; /* not a regular file: look before each read */
	bool eof;
	bool skipping; /* inside a line that is too long */
	char *buf;
	size_t cap;
	size_t start, scanned, end; /* in buf: unread bytes, those without a newline, their end */
	uint64_t offset;	    /* in the stream, of the byte after the last whole record */
	uint64_t skipped_bytes;	    /* of the line that is being skipped */
	uint64_t records;	    /* whole records so far, skipped ones too */
};

/* In `create`: defines metrics; reads nothing. 0 or a negative errno. */
int stream_reader_init(struct stream_reader *reader, const struct ry_host *host,
		       const struct stream_reader_config *config, const char *name);
void stream_reader_fini(struct stream_reader *reader);

/* Starts to read from fd at an offset where `records` records lie behind. */
int stream_reader_open(struct stream_reader *reader, int fd, bool may_wait);
void stream_reader_rewind(struct stream_reader *reader, uint64_t offset, uint64_t records);

/* As `pull` of a source. */
int stream_reader_pull(struct stream_reader *reader, struct ry_emitter *emitter, uint32_t max);

#endif
