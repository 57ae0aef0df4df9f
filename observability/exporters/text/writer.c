/* SPDX-License-Identifier: Apache-2.0 */
#include "exporters/text/writer.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

void writer_fini(struct writer *writer) {
	text_fini(&writer->tail);
	writer->done = 0;
}

/* A pipe that is writable takes this much without blocking, whatever its flags are. */
static ssize_t write_some(int fd, const char *from, size_t length) {
	struct pollfd pollfd = {.fd = fd, .events = POLLOUT};
	ssize_t n;
	int r;

	do
		r = poll(&pollfd, 1, 0);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		return -EAGAIN;
	do
		n = write(fd, from, length < PIPE_BUF ? length : PIPE_BUF);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Returns 0 or the error that stopped it; *done grows by what was written. */
static int write_pipe(int fd, const char *from, size_t length, size_t *done) {
	while (*done < length) {
		ssize_t n = write_some(fd, from + *done, length - *done);

		if (n < 0)
			return (int)n;
		*done += (size_t)n;
	}
	return 0;
}

static int write_file(int fd, const char *from, size_t length, size_t *done) {
	while (*done < length) {
		ssize_t n = write(fd, from + *done, length - *done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		*done += (size_t)n;
	}
	return 0;
}

/* All or nothing: what a full disk took of the lines is cut off again. */
static int append_to_file(struct writer *writer, off_t size, const char *lines, size_t length) {
	size_t done = 0;
	int r;

	if (writer->torn) {
		r = write_file(writer->fd, "\n", 1, &done);
		if (r < 0)
			return r;
		writer->torn = false;
		size++;
		done = 0;
	}
	r = write_file(writer->fd, lines, length, &done);
	if (r < 0 && done && ftruncate(writer->fd, size) < 0)
		writer->torn = true;
	return r;
}

int writer_flush(struct writer *writer) {
	int r;

	if (writer->done == writer->tail.length)
		return 0;
	r = write_pipe(writer->fd, writer->tail.data, writer->tail.length, &writer->done);
	if (r == 0)
		writer->done = writer->tail.length = 0;
	return r;
}

static int write_to_pipe(struct writer *writer, const char *lines, size_t length) {
	size_t done = 0;
	int r;

	r = writer_flush(writer);
	if (r < 0)
		return r;
	r = write_pipe(writer->fd, lines, length, &done);
	if (r == 0 || done == 0)
		return r;
	text_clear(&writer->tail);
	writer->done = 0;
	text_put(&writer->tail, lines + done, length - done);
	return writer->tail.failed ? -ENOMEM : 0;
}

int writer_write(struct writer *writer, const char *lines, size_t length) {
	struct stat st;

	if (writer->fd < 0)
		return -EBADF;
	if (fstat(writer->fd, &st) < 0)
		return -errno;
	if (S_ISREG(st.st_mode))
		return append_to_file(writer, st.st_size, lines, length);
	return write_to_pipe(writer, lines, length);
}
