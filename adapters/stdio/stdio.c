/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stdio.source and stdio.sink: the process's standard input and output.
 *
 * They are shared with whoever started the process, a terminal perhaps, so their flags stay as
 * they are: O_NONBLOCK would reach every process that has them. Input is looked at before it is
 * read instead. They are not closed either.
 */
#include "adapters.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stream/reader.h"
#include "stream/report.h"
#include "stream/writer.h"

/* -- stdio.source --------------------------------------------------------------------------- */

struct stdio_source_config {
	struct stream_reader_config reader;
};

static const struct ry_config_key *const source_keys[] = {
	STREAM_READER_KEYS(struct stdio_source_config),
	NULL,
};

static int source_create(const struct ry_create *create, void **ret_self) {
	const struct stdio_source_config *config = create->config;
	struct stream_reader *reader = calloc(1, sizeof(*reader));
	int r;

	if (!reader)
		return -ENOMEM;
	r = stream_reader_init(reader, create->host, &config->reader, "standard input");
	if (r < 0) {
		free(reader);
		return r;
	}
	*ret_self = reader;
	return 0;
}

static int source_start(void *self) {
	struct stream_reader *reader = self;
	struct stat st;

	if (fstat(STDIN_FILENO, &st) < 0) {
		int r = -errno;

		report(reader->host, &(struct report){.level = RY_LOG_ERROR,
						      .message = "cannot look at the input",
						      .path = reader->name,
						      .error = r});
		return r;
	}
	return stream_reader_open(reader, STDIN_FILENO, !S_ISREG(st.st_mode));
}

static int source_pull(void *self, struct ry_emitter *emitter, uint32_t max) {
	return stream_reader_pull(self, emitter, max);
}

static int source_wait_fd(void *self, uint32_t *ret_wait_ms) {
	(void)self;
	*ret_wait_ms = 0;
	return STDIN_FILENO;
}

static void source_destroy(void *self) {
	stream_reader_fini(self);
	free(self);
}

static const struct ry_adapter_ops source_adapter_ops = {
	RY_SIZE(ry_adapter_ops),
	.create = source_create,
	.start = source_start,
	.destroy = source_destroy,
};

static const struct ry_source_ops source_ops = {
	RY_SIZE(ry_source_ops),
	.pull = source_pull,
	.wait_fd = source_wait_fd,
};

const struct ry_adapter_type ry_adapter_stdio_source = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_STDIO,
	.config_size = sizeof(struct stdio_source_config),
	.name = "stdio.source",
	.summary = "reads the standard input: lines, JSON values or byte records",
	.ops = &source_adapter_ops,
	.keys = source_keys,
	.ports = stream_reader_ports,
	.source = &source_ops,
};

/* -- stdio.sink ----------------------------------------------------------------------------- */

static int sink_create(const struct ry_create *create, void **ret_self) {
	struct stream_writer *writer = calloc(1, sizeof(*writer));
	int r;

	if (!writer)
		return -ENOMEM;
	r = stream_writer_init(writer, create->host, "standard output");
	if (r < 0) {
		free(writer);
		return r;
	}
	*ret_self = writer;
	return 0;
}

static int sink_start(void *self) {
	return stream_writer_open(self, STDOUT_FILENO, false);
}

static int sink_write(void *self, const struct ry_message *message, uint32_t input) {
	return stream_writer_write(self, message, input);
}

static int sink_flush(void *self) {
	return stream_writer_flush(self);
}

static uint64_t sink_unwritten(void *self) {
	return stream_writer_unwritten(self);
}

static int sink_stop(void *self) {
	struct stream_writer *writer = self;

	return writer->fd < 0 ? 0 : stream_writer_flush(writer);
}

static void sink_destroy(void *self) {
	stream_writer_fini(self);
	free(self);
}

static const struct ry_adapter_ops sink_adapter_ops = {
	RY_SIZE(ry_adapter_ops), .create = sink_create,	  .start = sink_start,
	.stop = sink_stop,	 .destroy = sink_destroy,
};

static const struct ry_sink_ops sink_ops = {
	RY_SIZE(ry_sink_ops),
	.write = sink_write,
	.flush = sink_flush,
	.unwritten = sink_unwritten,
};

const struct ry_adapter_type ry_adapter_stdio_sink = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_STDIO,
	.name = "stdio.sink",
	.summary = "writes the standard output: lines, JSON values as lines, bytes as they are",
	.ops = &sink_adapter_ops,
	.accepts = stream_writer_accepts,
	.sink = &sink_ops,
};
