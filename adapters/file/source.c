/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.source: a file or FIFO as a stream of messages, to its end.
 *
 * A FIFO is opened without waiting for a writer and is at its end when the last writer has gone.
 * A regular file can be resumed: its position names device, inode and offset, and is refused when
 * another file, or a shorter one, stands at the path by then.
 */
#include "adapters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stream/path.h"
#include "stream/reader.h"
#include "stream/report.h"

struct file_source_config {
	const char *path;
	struct stream_reader_config reader;
};

struct file_source {
	const struct ry_host *host;
	const struct file_source_config *config;
	struct stream_reader reader;
	int fd;
	bool regular;
};

/* As it is stored; host byte order, because it does not leave the machine. */
struct file_position {
	uint64_t device, inode;
	uint64_t offset;  /* of the first byte after the last emitted record */
	uint64_t records; /* up to there */
};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct file_source_config, path, RY_CONFIG_PATH, "the file or FIFO to read",
	       .flags = RY_CONFIG_REQUIRED),
	STREAM_READER_KEYS(struct file_source_config),
	NULL,
};

static int file_source_create(const struct ry_create *create, void **ret_self) {
	struct file_source *source = calloc(1, sizeof(*source));
	int r;

	if (!source)
		return -ENOMEM;
	source->host = create->host;
	source->config = create->config;
	source->fd = -1;
	r = stream_reader_init(&source->reader, source->host, &source->config->reader,
			       source->config->path);
	if (r < 0) {
		free(source);
		return r;
	}
	*ret_self = source;
	return 0;
}

static int fail(const struct file_source *source, const char *message, int error) {
	report(source->host, &(struct report){.level = RY_LOG_ERROR,
					      .message = message,
					      .path = source->config->path,
					      .error = error});
	return error;
}

static int file_source_start(void *self) {
	struct file_source *source = self;
	struct stat st;
	int flags;

	source->fd = open(source->config->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (source->fd < 0)
		return fail(source, "cannot open the file", -errno);
	if (fstat(source->fd, &st) < 0)
		return fail(source, "cannot look at the file", -errno);
	if (S_ISDIR(st.st_mode))
		return fail(source, "cannot read the file", -EISDIR);
	source->regular = S_ISREG(st.st_mode);
	flags = fcntl(source->fd, F_GETFL);
	if (source->regular && fcntl(source->fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
		return fail(source, "cannot set up the file", -errno);
	return stream_reader_open(&source->reader, source->fd, !source->regular);
}

static int file_source_pull(void *self, struct ry_emitter *emitter, uint32_t max) {
	struct file_source *source = self;

	return stream_reader_pull(&source->reader, emitter, max);
}

static int file_source_wait_fd(void *self, uint32_t *ret_wait_ms) {
	struct file_source *source = self;

	*ret_wait_ms = 0;
	return source->fd;
}

static int file_source_stop(void *self) {
	struct file_source *source = self;

	if (source->fd >= 0)
		close(source->fd);
	source->fd = -1;
	return 0;
}

static void file_source_destroy(void *self) {
	struct file_source *source = self;

	file_source_stop(source);
	stream_reader_fini(&source->reader);
	free(source);
}

static int file_source_check(const void *config, char *why, uint32_t cap) {
	const struct file_source_config *c = config;

	return stream_path_readable(c->path, why, cap);
}

/* Of the open file; 0 bytes for what cannot be resumed. */
static int file_source_position(void *self, void *buf, uint32_t cap) {
	const struct file_source *source = self;
	struct file_position position;
	struct stat st;

	if (!source->regular)
		return 0;
	if (cap < sizeof(position))
		return -ENOBUFS;
	if (fstat(source->fd, &st) < 0)
		return -errno;
	position = (struct file_position){
		.device = st.st_dev,
		.inode = st.st_ino,
		.offset = source->reader.offset,
		.records = source->reader.records,
	};
	memcpy(buf, &position, sizeof(position));
	return sizeof(position);
}

static int file_source_seek(void *self, const void *blob, uint32_t length) {
	struct file_source *source = self;
	struct file_position position;
	struct stat st;

	if (!length && !source->regular)
		return 0;
	if (length != sizeof(position))
		return -EINVAL;
	memcpy(&position, blob, sizeof(position));
	if (fstat(source->fd, &st) < 0)
		return fail(source, "cannot look at the file", -errno);
	if (st.st_dev != position.device || st.st_ino != position.inode)
		return fail(source, "the file is not the one that was read before", -ESTALE);
	if ((uint64_t)st.st_size < position.offset)
		return fail(source, "the file is shorter than what was read of it", -ESTALE);
	if (lseek(source->fd, (off_t)position.offset, SEEK_SET) < 0)
		return fail(source, "cannot go to the position", -errno);
	stream_reader_rewind(&source->reader, position.offset, position.records);
	return 0;
}

static const char *const reads[] = {"path", NULL};

static const struct ry_adapter_ops ops = {
	RY_SIZE(ry_adapter_ops),  .create = file_source_create,	  .start = file_source_start,
	.stop = file_source_stop, .destroy = file_source_destroy, .check = file_source_check,
};

static const struct ry_source_ops source_ops = {
	RY_SIZE(ry_source_ops),
	.pull = file_source_pull,
	.wait_fd = file_source_wait_fd,
};

static const struct ry_resume_ops resume_ops = {
	RY_SIZE(ry_resume_ops),
	.position = file_source_position,
	.seek = file_source_seek,
};

const struct ry_adapter_type ry_adapter_file_source = {
	RY_SIZE(ry_adapter_type),
	.config_size = sizeof(struct file_source_config),
	.name = "file.source",
	.summary = "reads a file or FIFO: lines, JSON values or byte records",
	.ops = &ops,
	.keys = keys,
	.ports = stream_reader_ports,
	.source = &source_ops,
	.resume = &resume_ops,
	.reads = reads,
};
