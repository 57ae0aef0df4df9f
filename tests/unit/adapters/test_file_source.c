/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters.h"

#include <errno.h>

#include "files.h"
#include "message/json.h"
#include "stream/reader.h"
#include "support/fake_host.h"

static int pull(struct fake_adapter *source, struct fake_task *task, uint32_t max) {
	return source->type->source->pull(source->self, &task->task.emitter, max);
}

/* Pulls to the end of the stream. */
static void pull_all(struct fake_adapter *source, struct fake_task *task) {
	int r;

	do {
		r = pull(source, task, 7);
		ck_assert_msg(r > 0, "pull: %s", errno_text(r));
	} while (r != RY_EOS);
}

static void expect_output(const struct fake_task *task, uint32_t i, const char *want) {
	const struct ry_message *message = &task->outputs[i].message;

	expect(i < task->n_outputs);
	expect_int(message->length, strlen(want));
	ck_assert_mem_eq(message->data, want, strlen(want));
}

START_TEST(lines_come_without_their_ends)
{
	static const char text[] = "one\n\ntwo\r\nlast";
	struct files files = files_new();
	struct fake_task task = fake_task_new(stream_reader_ports);
	struct fake_adapter source;

	files_write(&files, text, strlen(text));
	source = fake_adapter_open(&ry_adapter_file_source, files_json(&files, ""));
	pull_all(&source, &task);
	expect_int(task.n_outputs, 4);
	expect_int(task.outputs[0].port, STREAM_LINES);
	expect_output(&task, 0, "one");
	expect_output(&task, 1, "");
	expect_output(&task, 2, "two\r");
	expect_output(&task, 3, "last");
	fake_task_fini(&task);
	expect_ok(fake_adapter_close(&source));
	files_end(&files);
}
END_TEST

START_TEST(strip_cr_drops_one)
{
	static const char text[] = "one\r\r\n\r\nlast\r";
	struct files files = files_new();
	struct fake_task task = fake_task_new(stream_reader_ports);
	struct fake_adapter source;

	files_write(&files, text, strlen(text));
	source = fake_adapter_open(
		&ry_adapter_file_source,
		files_json(&files, ",\"strip_cr\":true,\"format\":\"text/jsonl\""));
	pull_all(&source, &task);
	expect_int(task.n_outputs, 3);
	expect_int(task.outputs[0].port, STREAM_TEXT_JSONL);
	expect_output(&task, 0, "one\r");
	expect_output(&task, 1, "");
	expect_output(&task, 2, "last");
	fake_task_fini(&task);
	expect_ok(fake_adapter_close(&source));
	files_end(&files);
}
END_TEST

START_TEST(an_empty_file_ends_at_once)
{
	struct files files = files_new();
	struct fake_task task = fake_task_new(stream_reader_ports);
	struct fake_adapter source;

	files_write(&files, "", 0);
	source = fake_adapter_open(&ry_adapter_file_source, files_json(&files, ""));
	expect_int(pull(&source, &task, 1), RY_EOS);
	expect_int(task.n_outputs, 0);
	fake_task_fini(&task);
	expect_ok(fake_adapter_close(&source));
	files_end(&files);
}
END_TEST

/* Lines across the borders of the read buffer: every length, and a sum that would show a loss. */
START_TEST(lines_across_buffer_borders_stay_whole)
{
	enum { N = 4000 };
	struct files files = files_new();
	struct fake_task task = fake_task_new(stream_reader_ports);
	struct fake_adapter source;
	FILE *file = fopen(files.path, "we");

	for (int i = 0; i < N; i++)
		fprintf(file, "%0*d\n", 1 + i % 997, i);
	fclose(file);
	source = fake_adapter_open(&ry_adapter_file_source, files_json(&files, ""));
	pull_all(&source, &task);
	expect_int(task.n_outputs, N);
	for (int i = 0; i < N; i++) {
		char want[1024];

		snprintf(want, sizeof(want), "%0*d", 1 + i % 997, i);
		expect_output(&task, (uint32_t)i, want);
	}
	fake_task_fini(&task);
	expect_ok(fake_adapter_close(&source));
	files_end(&files);
}
END_TEST

START_TEST(ten_megabytes_on_one_line_work_when_allowed)
{
	enum { BIG = 10 << 20 };
	struct files files = files_new();
	struct fake_task task = fake_task_new(stream_reader_ports);
	struct fake_adapter source;
	char *text = malloc(BIG + 3);

	memset(text, 'x', BIG);
	memcpy(text + BIG, "\ny\n", 3);
	files_write(&files, text, BIG + 3);
	source = fake_adapter_open(&ry_adapter_file_source,
				   files_json(&files, ",\"max_line_bytes\":10485760"));
	pull_all(&source, &task);
	expect_int(task.n_outputs, 2);
	expect_int(task.outputs[0].message.length, BIG);
	ck_assert_mem_eq(task.outputs[0].message.data, text, BIG);
	expect_output(&task, 1, "y");
	free(text);
	fake_task_fini(&task);
	expect_ok(fake_adapter_close(&source));
	files_end(&files);
}
END_TEST

START_TEST(a_line_too_long_fails_with_its_number_after_those_before_it)
{
	static const char text[] = "12345\n123456\n1\n";
	struct files files = files_new();
	struct fake_task task = fake_task_new(stream_reader_ports);
	struct fake_adapter source;

	files_write(&files, text, strlen(text));
	source = fake_adapter_open(&ry_adapter_file_source,
				   files_json(&files, ",\"max_line_bytes\":5"));
	expect_int(pull(&source, &task, 10), 1);
	expect_output(&task, 0, "12345");
	expect_int(pull(&source, &task, 10), -EMSGSIZE);
	expect(fake_host_logged(source.fake, RY_LOG_ERROR, "line=2"));
	fake_task_fini(&task);
	expect_ok(fake_adapter_close(&source));
	files_end(&files);
}
END_TEST

START_TEST(a_line_too_long_is_skipped_and_counted)
{
	struct files files = files_new();
	struct fake_task task = fake_task_new(stream_reader_ports);
	struct fake_adapter source;
	FILE *file = fopen(files.path, "we");

	fprintf(file, "first\n%0700000d\nthird\n1234567\nfifth\n%0700000d", 1, 1);
	fclose(file);
	source = fake_adapter_open(
		&ry_adapter_file_source,
		files_json(&files, ",\"max_line_bytes\":6,\"on_oversize\":\"skip\""));
	pull_all(&source, &task);
	expect_int(task.n_outputs, 3);
	expect_output(&task, 0, "first");
	expect_output(&task, 1, "third");
	expect_output(&task, 2, "fifth");
	expect_int(fake_host_metric(source.fake, "skipped"), 3);
	expect(fake_host_logged(source.fake, RY_LOG_WARNING, "line=2"));
	expect(fake_host_logged(source.fake, RY_LOG_WARNING, "line=4"));
	expect(fake_host_logged(source.fake, RY_LOG_WARNING, "line=6"));
	fake_task_fini(&task);
	expect_ok(fake_adapter_close(&source));
	files_end(&files);
}
END_TEST

START_TEST(json_lines_come_as_values)
{
	static const char text[] = "{\"a\":1}\n{\"a\":\n[2]\n";
	struct files files = files_new();
	struct fake_task task = fake_task_new(stream_reader_ports);
	struct fake_adapter source;
	const struct ry_json *value;

	files_write(&files, text, strlen(text));
	source = fake_adapter_open(
		&ry_adapter_file_source,
		files_json(&files, ",\"format\":\"application/jsonl\",\"on_malformed\":\"skip\""));
	pull_all(&source, &task);
	expect_int(task.n_outputs, 2);
	value = task.outputs[0].message.data;
	expect_int(json_service.integer(json_service.member(value, "a")), 1);
	expect_int(json_service.kind(task.outputs[1].message.data), RY_JSON_ARRAY);
	expect_int(fake_host_metric(source.fake, "skipped"), 1);
	expect(fake_host_logged(source.fake, RY_LOG_WARNING, "line=2 why="));
	fake_task_fini(&task);
	expect_ok(fake_adapter_close(&source));
	files_end(&files);
}
END_TEST

START_TEST(malformed_json_fails_by_default)
{
	struct files files = files_new();
	struct fake_task task = fake_task_new(stream_reader_ports);
	struct fake_adapter source;

	files_write(&files, "1\n\n", 3);
	source = fake_adapter_open(&ry_adapter_file_source,
				   files_json(&files, ",\"format\":\"application/jsonl\""));
	expect_int(pull(&source, &task, 10), 1);
	expect_int(pull(&source, &task, 10), -EBADMSG);
	expect(fake_host_logged(source.fake, RY_LOG_ERROR, "line=2"));
	fake_task_fini(&task);
	expect_ok(fake_adapter_close(&source));
	files_end(&files);
}
END_TEST

START_TEST(byte_records_have_their_length)
{
	struct files files = files_new();
	struct fake_task task = fake_task_new(stream_reader_ports);
	struct fake_adapter source;

	files_write(&files, "abcd\nfgh", 8);
	source = fake_adapter_open(
		&ry_adapter_file_source,
		files_json(&files, ",\"format\":\"application/octet-stream\",\"record_bytes\":3"));
	pull_all(&source, &task);
	expect_int(task.n_outputs, 3);
	expect_output(&task, 0, "abc");
	expect_output(&task, 1, "d\nf");
	expect_output(&task, 2, "gh");
	fake_task_fini(&task);
	expect_ok(fake_adapter_close(&source));
	files_end(&files);
}
END_TEST

START_TEST(a_refused_message_comes_again)
{
	struct files files = files_new();
	struct fake_task task = fake_task_new(stream_reader_ports);
	struct fake_adapter source;

	files_write(&files, "a\nb\nc\n", 6);
	source = fake_adapter_open(&ry_adapter_file_source, files_json(&files, ""));
	task.max_outputs = 2;
	expect_int(pull(&source, &task, 10), 2);
	expect_int(pull(&source, &task, 10), -ENOBUFS);
	fake_task_reset(&task);
	expect_int(pull(&source, &task, 10), 1);
	expect_output(&task, 0, "c");
	fake_task_fini(&task);
	expect_ok(fake_adapter_close(&source));
	files_end(&files);
}
END_TEST

START_TEST(a_successor_goes_on_at_the_position)
{
	struct files files = files_new();
	struct fake_task task = fake_task_new(stream_reader_ports);
	struct fake_adapter source;
	char position[256];
	int n;

	files_write(&files, "one\ntwo\nthree\n", 14);
	source = fake_adapter_open(&ry_adapter_file_source, files_json(&files, ""));
	expect_int(pull(&source, &task, 2), 2);
	n = source.type->resume->position(source.self, position, sizeof(position));
	expect(n > 0);
	expect_ok(fake_adapter_close(&source));

	fake_task_reset(&task);
	source = fake_adapter_open(&ry_adapter_file_source, files_json(&files, ""));
	expect_ok(source.type->resume->seek(source.self, position, (uint32_t)n));
	pull_all(&source, &task);
	expect_int(task.n_outputs, 1);
	expect_output(&task, 0, "three");
	expect_ok(fake_adapter_close(&source));
	fake_task_fini(&task);
	files_end(&files);
}
END_TEST

START_TEST(another_or_shorter_file_is_no_successors)
{
	struct files files = files_new();
	struct fake_task task = fake_task_new(stream_reader_ports);
	struct fake_adapter source;
	char position[256], other[128];
	int n;

	files_write(&files, "one\ntwo\n", 8);
	source = fake_adapter_open(&ry_adapter_file_source, files_json(&files, ""));
	pull_all(&source, &task);
	n = source.type->resume->position(source.self, position, sizeof(position));
	files_write(&files, "one\n", 4);
	expect_errno(source.type->resume->seek(source.self, position, (uint32_t)n), ESTALE);
	expect(fake_host_logged(source.fake, RY_LOG_ERROR, "shorter"));
	expect_ok(fake_adapter_close(&source));

	snprintf(other, sizeof(other), "%s/other", files.folder);
	expect_int(rename(files.path, other), 0);
	files_write(&files, "one\ntwo\n", 8);
	source = fake_adapter_open(&ry_adapter_file_source, files_json(&files, ""));
	expect_errno(source.type->resume->seek(source.self, position, (uint32_t)n), ESTALE);
	expect_errno(source.type->resume->seek(source.self, position, 3), EINVAL);
	expect_ok(fake_adapter_close(&source));
	fake_task_fini(&task);
	files_end(&files);
}
END_TEST

START_TEST(a_fifo_waits_for_its_writer_and_ends_with_it)
{
	struct files files = files_new();
	struct fake_task task = fake_task_new(stream_reader_ports);
	struct fake_adapter source;
	uint32_t wait_ms;
	char position[256];
	int writer;

	expect_int(mkfifo(files.path, 0600), 0);
	source = fake_adapter_open(&ry_adapter_file_source, files_json(&files, ""));
	expect_int(pull(&source, &task, 9), RY_WAIT);
	expect(source.type->source->wait_fd(source.self, &wait_ms) >= 0);
	expect_int(source.type->resume->position(source.self, position, sizeof(position)), 0);
	writer = open(files.path, O_WRONLY | O_CLOEXEC);
	expect_int(pull(&source, &task, 9), RY_WAIT);
	expect_ok(fd_write_all(writer, "a\nb\nc", 5));
	expect_int(pull(&source, &task, 9), 2);
	expect_int(pull(&source, &task, 9), RY_WAIT);
	close(writer);
	expect_int(pull(&source, &task, 9), 1);
	expect_output(&task, 2, "c");
	expect_int(pull(&source, &task, 9), RY_EOS);
	expect_ok(fake_adapter_close(&source));
	fake_task_fini(&task);
	files_end(&files);
}
END_TEST

START_TEST(what_cannot_be_opened_is_reported_with_its_path)
{
	struct files files = files_new();
	struct fake_adapter source;
	char why[256];

	source = fake_adapter_create(&ry_adapter_file_source, files_json(&files, ""));
	expect_errno(source.type->ops->start(source.self), ENOENT);
	expect(fake_host_logged(source.fake, RY_LOG_ERROR, files.path));
	expect_errno(source.type->ops->check(source.config, why, sizeof(why)), ENOENT);
	expect(strstr(why, files.path));
	expect_int(mkdir(files.path, 0700), 0);
	expect_errno(source.type->ops->start(source.self), EISDIR);
	expect_errno(source.type->ops->check(source.config, why, sizeof(why)), EISDIR);
	expect_ok(fake_adapter_close(&source));
	files_end(&files);
}
END_TEST

TEST_MAIN("adapters/file_source", lines_come_without_their_ends, strip_cr_drops_one,
	  an_empty_file_ends_at_once, lines_across_buffer_borders_stay_whole,
	  ten_megabytes_on_one_line_work_when_allowed,
	  a_line_too_long_fails_with_its_number_after_those_before_it,
	  a_line_too_long_is_skipped_and_counted, json_lines_come_as_values,
	  malformed_json_fails_by_default, byte_records_have_their_length,
	  a_refused_message_comes_again, a_successor_goes_on_at_the_position,
	  another_or_shorter_file_is_no_successors, a_fifo_waits_for_its_writer_and_ends_with_it,
	  what_cannot_be_opened_is_reported_with_its_path)
