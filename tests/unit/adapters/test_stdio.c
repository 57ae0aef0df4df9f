/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "message/core_types.h"
#include "stream/reader.h"
#include "support/fake_host.h"
#include "support/test.h"

/* Puts one end of a new pipe in the place of a standard stream; returns the other end. */
static int replace(int standard) {
	int ends[2], mine = standard == STDIN_FILENO;

	expect_int(pipe2(ends, O_CLOEXEC), 0);
	expect(dup2(ends[!mine], standard) == standard);
	close(ends[!mine]);
	return ends[mine];
}

START_TEST(input_waits_without_changing_the_descriptor)
{
	struct fake_task task = fake_task_new(stream_reader_ports);
	int writer = replace(STDIN_FILENO);
	struct fake_adapter source = fake_adapter_open(&ry_adapter_stdio_source, NULL);
	const struct ry_source_ops *ops = source.type->source;
	uint32_t wait_ms = 1;

	expect_int(ops->pull(source.self, &task.task.emitter, 4), RY_WAIT);
	expect_int(ops->wait_fd(source.self, &wait_ms), STDIN_FILENO);
	expect(!(fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK));
	expect_ok(fd_write_all(writer, "one\ntw", 6));
	expect_int(ops->pull(source.self, &task.task.emitter, 4), 1);
	expect_int(ops->pull(source.self, &task.task.emitter, 4), RY_WAIT);
	expect_ok(fd_write_all(writer, "o", 1));
	close(writer);
	expect_int(ops->pull(source.self, &task.task.emitter, 4), 1);
	ck_assert_mem_eq(task.outputs[1].message.data, "two", 3);
	expect_int(ops->pull(source.self, &task.task.emitter, 4), RY_EOS);
	fake_task_fini(&task);
	expect_ok(fake_adapter_close(&source));
	expect(fcntl(STDIN_FILENO, F_GETFL) >= 0); /* still open */
}
END_TEST

static int put(struct fake_adapter *sink, const char *text) {
	struct ry_message message = fake_message(&core_line, text, strlen(text));

	return sink->type->sink->write(sink->self, &message, 0);
}

/* The reports of Check go to the standard output: each test has it to itself by its own process. */
START_TEST(output_is_there_after_a_flush)
{
	int reader = replace(STDOUT_FILENO);
	struct fake_adapter sink = fake_adapter_open(&ry_adapter_stdio_sink, NULL);
	char text[16] = "";

	expect_ok(put(&sink, "one"));
	expect_ok(sink.type->sink->flush(sink.self));
	expect_int(read(reader, text, sizeof(text)), 4);
	expect_str(text, "one\n");
	expect_ok(fake_adapter_close(&sink));
	expect(fcntl(STDOUT_FILENO, F_GETFL) >= 0);
}
END_TEST

START_TEST(a_full_pipe_that_does_not_block_is_waited_for)
{
	enum { LINES = 3000, LENGTH = 100 };
	int reader = replace(STDOUT_FILENO);
	struct fake_adapter sink = fake_adapter_open(&ry_adapter_stdio_sink, NULL);
	char line[LENGTH] = {0};
	pid_t child;
	int status;

	fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
	memset(line, 'x', LENGTH - 1);
	child = fork();
	if (child == 0) {
		char buf[4096];
		size_t total = 0;
		ssize_t n;

		close(STDOUT_FILENO);
		while ((n = read(reader, buf, sizeof(buf))) > 0)
			total += (size_t)n;
		_exit(total == LINES * LENGTH ? 0 : 1);
	}
	close(reader);
	for (int i = 0; i < LINES; i++)
		expect_ok(put(&sink, line));
	expect_ok(fake_adapter_close(&sink));
	close(STDOUT_FILENO);
	expect(waitpid(child, &status, 0) == child);
	expect_int(status, 0);
}
END_TEST

START_TEST(a_reader_that_goes_is_a_clear_error)
{
	int reader = replace(STDOUT_FILENO);
	struct fake_adapter sink = fake_adapter_open(&ry_adapter_stdio_sink, NULL);

	signal(SIGPIPE, SIG_IGN);
	close(reader);
	expect_ok(put(&sink, "one"));
	expect_errno(sink.type->sink->flush(sink.self), EPIPE);
	expect(fake_host_logged(sink.fake, RY_LOG_ERROR, "reader of the output has gone"));
	expect_errno(fake_adapter_close(&sink), EPIPE);
}
END_TEST

TEST_MAIN("adapters/stdio", input_waits_without_changing_the_descriptor,
	  output_is_there_after_a_flush, a_full_pipe_that_does_not_block_is_waited_for,
	  a_reader_that_goes_is_a_clear_error)
