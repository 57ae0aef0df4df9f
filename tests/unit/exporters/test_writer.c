/* SPDX-License-Identifier: Apache-2.0 */
#include "exporters/text/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/test.h"

static char path[] = "/tmp/railyard-writer-XXXXXX";

static int open_temporary(void) {
	int fd = mkstemp(path);

	expect(fd >= 0);
	unlink(path);
	return fd;
}

static void expect_file(int fd, const char *want) {
	char buf[4096];
	ssize_t n = pread(fd, buf, sizeof(buf) - 1, 0);

	expect(n >= 0);
	buf[n] = '\0';
	expect_str(buf, want);
}

/* A disk that is full after `bytes`. */
static void limit_file_size(rlim_t bytes) {
	const struct rlimit limit = {bytes, RLIM_INFINITY};

	signal(SIGXFSZ, SIG_IGN);
	expect_ok(setrlimit(RLIMIT_FSIZE, &limit));
}

START_TEST(a_full_disk_leaves_whole_lines)
{
	struct writer writer = {.fd = open_temporary()};

	limit_file_size(10);
	expect_ok(writer_write(&writer, "first\n", 6));
	expect_errno(writer_write(&writer, "second\n", 7), EFBIG);
	expect_file(writer.fd, "first\n");
	limit_file_size(100);
	expect_int(lseek(writer.fd, 0, SEEK_END), 6);
	expect_ok(writer_write(&writer, "third\n", 6));
	expect_file(writer.fd, "first\nthird\n");
	close(writer.fd);
	writer_fini(&writer);
}
END_TEST

START_TEST(a_slow_pipe_gets_whole_lines_later)
{
	static char line[100000], got[300000];
	struct writer writer = WRITER_INIT;
	size_t n = 0;
	int fds[2];

	expect_ok(pipe2(fds, O_NONBLOCK));
	writer.fd = fds[1];
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	expect_ok(writer_write(&writer, line, sizeof(line))); /* more than a pipe holds */
	expect_errno(writer_write(&writer, "b\n", 2), EAGAIN);
	expect_errno(writer_flush(&writer), EAGAIN);
	do {
		ssize_t r = read(fds[0], got + n, sizeof(got) - n);

		expect(r > 0);
		n += (size_t)r;
	} while (writer_flush(&writer) < 0);
	expect_ok(writer_write(&writer, "b\n", 2));
	while (n < sizeof(line) + 2) {
		ssize_t r = read(fds[0], got + n, sizeof(got) - n);

		expect(r > 0);
		n += (size_t)r;
	}
	expect_int(n, sizeof(line) + 2);
	expect(!memcmp(got, line, sizeof(line)) && !memcmp(got + sizeof(line), "b\n", 2));
	writer_fini(&writer);
}
END_TEST

/* A blocking descriptor that nobody reads: standard output into a stopped pager. */
START_TEST(a_blocking_pipe_does_not_block)
{
	static char line[200000];
	struct writer writer = WRITER_INIT;
	int fds[2];

	expect_ok(pipe(fds));
	writer.fd = fds[1];
	memset(line, 'x', sizeof(line));
	expect_ok(writer_write(&writer, line, sizeof(line)));
	expect_errno(writer_write(&writer, "b\n", 2), EAGAIN);
	writer_fini(&writer);
}
END_TEST

START_TEST(a_pipe_without_a_reader_is_an_error)
{
	struct writer writer = WRITER_INIT;
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	expect_errno(writer_write(&writer, "a\n", 2), EBADF);
	expect_ok(pipe(fds));
	close(fds[0]);
	writer.fd = fds[1];
	expect_errno(writer_write(&writer, "a\n", 2), EPIPE);
	writer_fini(&writer);
}
END_TEST

TEST_MAIN("exporters/writer", a_full_disk_leaves_whole_lines, a_slow_pipe_gets_whole_lines_later,
	  a_blocking_pipe_does_not_block, a_pipe_without_a_reader_is_an_error)
