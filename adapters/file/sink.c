/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.sink: messages into a file, one line each (bytes as they are).
 *
 * The file is always written at its end. Without `append` it is emptied first, but not before it
 * is clear that this run does not go on where an earlier process stopped: a successor calls
 * `truncate` between start and the first write, and then keeps what stands before that position.
 */
#include "adapters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stream/path.h"
#include "stream/writer.h"

enum file_sync {
	SYNC_NONE,
	SYNC_FLUSH,
	SYNC_CLOSE,
};

struct file_sink_config {
	const char *path;
	int32_t sync; /* enum file_sync */
	uint8_t append;
};

struct file_sink {
	const struct ry_host *host;
	const struct file_sink_config *config;
	struct stream_writer writer;
	int fd;
	bool regular;
	bool must_empty; /* before anything else is done with the file */
	bool unsynced;	 /* something was written since the last fsync */
};

/* As it is stored; host byte order. */
struct sink_position {
	uint64_t device, inode;
	uint64_t size;
};

static const char *const sync_choices[] = {"none", "flush", "close", NULL};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct file_sink_config, path, RY_CONFIG_PATH, "the file to write",
	       .flags = RY_CONFIG_REQUIRED),
	RY_KEY(struct file_sink_config, append, RY_CONFIG_BOOL,
	       "keep what is in the file and write after it", .fallback = "false"),
	RY_KEY(struct file_sink_config, sync, RY_CONFIG_ENUM,
	       "when the file is forced to the disk: never, with each flush, or once at the end",
	       .fallback = "none", .choices = sync_choices),
	NULL,
};

static int file_sink_create(const struct ry_create *create, void **ret_self) {
	struct file_sink *sink = calloc(1, sizeof(*sink));
	int r;

	if (!sink)
		return -ENOMEM;
	sink->host = create->host;
	sink->config = create->config;
	sink->fd = -1;
	r = stream_writer_init(&sink->writer, sink->host, sink->config->path);
	if (r < 0) {
		free(sink);
		return r;
	}
	*ret_self = sink;
	return 0;
}

static int fail(struct file_sink *sink, const char *message, int error) {
	return stream_writer_fail(&sink->writer, message, error);
}

/* Opens the path anew and puts it in the place of what was open. */
static int open_file(struct file_sink *sink) {
	int fd = open(sink->config->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY,
		      0666);
	struct stat st;

	if (fd < 0)
		return fail(sink, "cannot open the file", -errno);
	if (fstat(fd, &st) < 0) {
		int r = -errno;

		close(fd);
		return fail(sink, "cannot look at the file", r);
	}
	if (sink->fd >= 0)
		close(sink->fd);
	sink->fd = fd;
	sink->regular = S_ISREG(st.st_mode);
	return stream_writer_open(&sink->writer, fd, sink->regular);
}

static int file_sink_start(void *self) {
	struct file_sink *sink = self;
	int r = open_file(sink);

	sink->must_empty = r == 0 && sink->regular && !sink->config->append;
	return r;
}

static int empty_first(struct file_sink *sink) {
	if (!sink->must_empty)
		return 0;
	if (ftruncate(sink->fd, 0) < 0)
		return fail(sink, "cannot empty the file", -errno);
	sink->must_empty = false;
	return 0;
}

static int sync_file(struct file_sink *sink) {
	/* A device or FIFO has nothing to force: EINVAL. */
	if (sink->unsynced && fsync(sink->fd) < 0 && errno != EINVAL)
		return fail(sink, "cannot force the file to the disk", -errno);
	sink->unsynced = false;
	return 0;
}

static int file_sink_write(void *self, const struct ry_message *message, uint32_t input) {
	struct file_sink *sink = self;
	int r = empty_first(sink);

	if (r < 0)
		return r;
	sink->unsynced = true;
	return stream_writer_write(&sink->writer, message, input);
}

static int file_sink_flush(void *self) {
	struct file_sink *sink = self;
	int r = empty_first(sink);

	if (r == 0)
		r = stream_writer_flush(&sink->writer);
	if (r == 0 && sink->config->sync == SYNC_FLUSH)
		r = sync_file(sink);
	return r;
}

static int file_sink_stop(void *self) {
	struct file_sink *sink = self;
	int r;

	if (sink->fd < 0)
		return 0;
	r = file_sink_flush(sink);
	if (r == 0 && sink->config->sync == SYNC_CLOSE)
		r = sync_file(sink);
	if (close(sink->fd) < 0 && r == 0)
		r = fail(sink, "cannot close the file", -errno);
	sink->fd = -1;
	return r;
}

static uint64_t file_sink_unwritten(void *self) {
	return stream_writer_unwritten(&((struct file_sink *)self)->writer);
}

static void file_sink_destroy(void *self) {
	struct file_sink *sink = self;

	if (sink->fd >= 0)
		close(sink->fd);
	stream_writer_fini(&sink->writer);
	free(sink);
}

/* After a rotation: what is buffered belongs to the old file. */
static int file_sink_reopen(void *self) {
	struct file_sink *sink = self;
	int r = file_sink_flush(sink);

	if (r == 0 && sink->config->sync == SYNC_CLOSE)
		r = sync_file(sink);
	return r < 0 ? r : open_file(sink);
}

static int file_sink_check(const void *config, char *why, uint32_t cap) {
	const struct file_sink_config *c = config;

	return stream_path_writable(c->path, why, cap);
}

/* Of what the operating system has: flushes first. 0 bytes for what cannot be cut. */
static int file_sink_position(void *self, void *buf, uint32_t cap) {
	struct file_sink *sink = self;
	struct sink_position position;
	struct stat st;
	int r = file_sink_flush(sink);

	if (r < 0 || !sink->regular)
		return r;
	if (cap < sizeof(position))
		return -ENOBUFS;
	if (fstat(sink->fd, &st) < 0)
		return -errno;
	position = (struct sink_position){st.st_dev, st.st_ino, (uint64_t)st.st_size};
	memcpy(buf, &position, sizeof(position));
	return sizeof(position);
}

static int file_sink_truncate(void *self, const void *blob, uint32_t length) {
	struct file_sink *sink = self;
	struct sink_position position;
	struct stat st;

	if (!length && !sink->regular)
		return 0;
	if (length != sizeof(position))
		return -EINVAL;
	memcpy(&position, blob, sizeof(position));
	if (fstat(sink->fd, &st) < 0)
		return fail(sink, "cannot look at the file", -errno);
	if (st.st_dev != position.device || st.st_ino != position.inode)
		return fail(sink, "the file is not the one that was written before", -ESTALE);
	if ((uint64_t)st.st_size < position.size)
		return fail(sink, "the file is shorter than what was written to it", -ESTALE);
	if (ftruncate(sink->fd, (off_t)position.size) < 0)
		return fail(sink, "cannot cut the file back", -errno);
	sink->must_empty = false;
	return 0;
}

static const char *const writes[] = {"path", NULL};

static const struct ry_adapter_ops ops = {
	RY_SIZE(ry_adapter_ops),    .create = file_sink_create,	  .start = file_sink_start,
	.stop = file_sink_stop,	    .destroy = file_sink_destroy, .check = file_sink_check,
	.reopen = file_sink_reopen,
};

static const struct ry_sink_ops sink_ops = {
	RY_SIZE(ry_sink_ops),
	.write = file_sink_write,
	.flush = file_sink_flush,
	.unwritten = file_sink_unwritten,
};

static const struct ry_resume_ops resume_ops = {
	RY_SIZE(ry_resume_ops),
	.position = file_sink_position,
	.truncate = file_sink_truncate,
};

const struct ry_adapter_type ry_adapter_file_sink = {
	RY_SIZE(ry_adapter_type),
	.config_size = sizeof(struct file_sink_config),
	.name = "file.sink",
	.summary = "writes a file: lines, JSON values as lines, bytes as they are",
	.ops = &ops,
	.keys = keys,
	.accepts = stream_writer_accepts,
	.sink = &sink_ops,
	.resume = &resume_ops,
	.writes = writes,
};
