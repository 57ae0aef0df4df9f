/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

void fd_close(int *fd) {
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

void fd_fill_standard(void) {
	int fd;

	do
		fd = open("/dev/null", O_RDWR); /* not CLOEXEC: as standard streams are */
	while (fd >= 0 && fd <= STDERR_FILENO);
	fd_close(&fd);
}

int fd_write_all(int fd, const void *data, size_t length) {
	const char *from = data;

	while (length) {
		ssize_t n = write(fd, from, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		from += n;
		length -= (size_t)n;
	}
	return 0;
}

static int read_all(int fd, size_t limit, char **ret_data, size_t *ret_length) {
	size_t capacity = 16384, length = 0;
	char *data = must_alloc(capacity + 1);

	for (;;) {
		ssize_t n = read(fd, data + length, capacity - length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int r = -errno;

			free(data);
			return r;
		}
		if (n == 0)
			break;
		length += (size_t)n;
		if (length > limit) {
			free(data);
			return -EFBIG;
		}
		if (length == capacity) {
			capacity *= 2;
			data = must_realloc(data, capacity + 1, 1);
		}
	}
	data[length] = '\0';
	*ret_data = data;
	*ret_length = length;
	return 0;
}

int fd_read_file(const char *path, size_t limit, char **ret_data, size_t *ret_length) {
	struct stat st;
	int r, fd;

	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (S_ISDIR(st.st_mode))
		r = -EISDIR;
	else if (!S_ISREG(st.st_mode))
		r = -ENXIO;
	else
		r = read_all(fd, limit, ret_data, ret_length);
	fd_close(&fd);
	return r;
}
