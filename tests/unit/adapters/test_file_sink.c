/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "files.h"
#include "message/core_types.h"
#include "message/json.h"
#include "support/fake_host.h"

static int put(struct fake_adapter *sink, const char *text) {
	struct ry_message message = fake_message(&core_line, text, strlen(text));

	return sink->type->sink->write(sink->self, &message, 0);
}

static int flush(struct fake_adapter *sink) {
	return sink->type->sink->flush(sink->self);
}

START_TEST(each_type_has_its_form)
{
	struct files files = files_new();
	struct fake_adapter sink;
	struct ry_json *value = NULL;
	struct ry_message message;

	files_write(&files, "old\n", 4);
	sink = fake_adapter_open(&ry_adapter_file_sink, files_json(&files, ""));
	expect_ok(put(&sink, "a line"));
	expect_ok(json_service.parse("{\"a\": [1]}", 10, &value, NULL, 0));
	message = fake_message(&core_json, value, 0);
	expect_ok(sink.type->sink->write(sink.self, &message, 1));
	message = fake_message(&core_bytes, "by\ntes", 6);
	expect_ok(sink.type->sink->write(sink.self, &message, 2));
	expect_ok(flush(&sink));
	files_expect(&files, "a line\n{\"a\":[1]}\nby\ntes");
	expect_ok(fake_adapter_close(&sink));
	json_service.unref(value);
	files_end(&files);
}
END_TEST

START_TEST(without_messages_the_file_is_empty)
{
	struct files files = files_new();
	struct fake_adapter sink;

	files_write(&files, "old\n", 4);
	sink = fake_adapter_open(&ry_adapter_file_sink, files_json(&files, ""));
	expect_ok(fake_adapter_close(&sink));
	files_expect(&files, "");
	files_end(&files);
}
END_TEST

START_TEST(append_keeps_what_is_there)
{
	struct files files = files_new();
	struct fake_adapter sink;

	files_write(&files, "old\n", 4);
	sink = fake_adapter_open(&ry_adapter_file_sink,
				 files_json(&files, ",\"append\":true,\"sync\":\"flush\""));
	expect_ok(put(&sink, "new"));
	expect_ok(fake_adapter_close(&sink));
	files_expect(&files, "old\nnew\n");
	files_end(&files);
}
END_TEST

START_TEST(nothing_is_written_before_a_flush_or_a_full_buffer)
{
	struct files files = files_new();
	struct fake_adapter sink = fake_adapter_open(&ry_adapter_file_sink, files_json(&files, ""));
	char line[1024] = {0};
	struct stat st;

	memset(line, 'x', sizeof(line) - 1);
	expect_ok(put(&sink, line));
	expect_int(stat(files.path, &st), 0);
	expect_int(st.st_size, 0);
	for (int i = 0; i < 64; i++)
		expect_ok(put(&sink, line));
	expect_int(stat(files.path, &st), 0);
	expect_int(st.st_size, 64 * 1024);
	expect_ok(flush(&sink));
	expect_int(stat(files.path, &st), 0);
	expect_int(st.st_size, 65 * 1024);
	expect_ok(fake_adapter_close(&sink));
	files_end(&files);
}
END_TEST

START_TEST(records_longer_than_the_buffer_are_whole)
{
	enum { BIG = 300000 };
	struct files files = files_new();
	struct fake_adapter sink = fake_adapter_open(&ry_adapter_file_sink, files_json(&files, ""));
	char *line = malloc(BIG + 1), *want = malloc(2 * BIG + 16);
	struct ry_json *value;
	struct ry_message message;

	memset(line, 'x', BIG);
	line[BIG] = 0;
	expect_ok(put(&sink, "a"));
	expect_ok(put(&sink, line));
	value = json_service.new_string(line, BIG);
	message = fake_message(&core_json, value, 0);
	expect_ok(sink.type->sink->write(sink.self, &message, 1));
	expect_ok(fake_adapter_close(&sink));
	sprintf(want, "a\n%s\n\"%s\"\n", line, line);
	files_expect(&files, want);
	json_service.unref(value);
	free(want);
	free(line);
	files_end(&files);
}
END_TEST

START_TEST(a_full_disk_is_reported_with_the_path_and_stays)
{
	struct fake_adapter sink =
		fake_adapter_open(&ry_adapter_file_sink, "{\"path\":\"/dev/full\"}");

	expect_ok(put(&sink, "a"));
	expect_errno(flush(&sink), ENOSPC);
	expect(fake_host_logged(sink.fake, RY_LOG_ERROR, "path=/dev/full"));
	expect(fake_host_logged(sink.fake, RY_LOG_ERROR, "No space left"));
	expect_errno(put(&sink, "b"), ENOSPC);
	expect_errno(fake_adapter_close(&sink), ENOSPC);
}
END_TEST

/* RLIMIT_FSIZE cuts a write in the middle, as a full disk does. */
START_TEST(a_failed_write_leaves_whole_lines)
{
	struct files files = files_new();
	struct fake_adapter sink = fake_adapter_open(&ry_adapter_file_sink, files_json(&files, ""));
	struct rlimit limit = {10, RLIM_INFINITY};

	signal(SIGXFSZ, SIG_IGN);
	expect_int(setrlimit(RLIMIT_FSIZE, &limit), 0);
	expect_ok(put(&sink, "1234"));
	expect_ok(put(&sink, "567890"));
	expect_errno(flush(&sink), EFBIG);
	limit.rlim_cur = RLIM_INFINITY;
	expect_int(setrlimit(RLIMIT_FSIZE, &limit), 0);
	files_expect(&files, "1234\n");
	expect_errno(fake_adapter_close(&sink), EFBIG);
	files_end(&files);
}
END_TEST

START_TEST(a_reader_that_goes_is_a_clear_error)
{
	struct files files = files_new();
	struct fake_adapter sink;
	int reader;

	signal(SIGPIPE, SIG_IGN);
	expect_int(mkfifo(files.path, 0600), 0);
	reader = open(files.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	sink = fake_adapter_open(&ry_adapter_file_sink, files_json(&files, ""));
	expect_ok(put(&sink, "a"));
	close(reader);
	expect_errno(flush(&sink), EPIPE);
	expect(fake_host_logged(sink.fake, RY_LOG_ERROR, "reader of the output has gone"));
	expect_errno(fake_adapter_close(&sink), EPIPE);
	files_end(&files);
}
END_TEST

START_TEST(a_successor_cuts_back_to_the_position)
{
	struct files files = files_new();
	struct fake_adapter sink = fake_adapter_open(&ry_adapter_file_sink, files_json(&files, ""));
	char position[256];
	int n;

	expect_ok(put(&sink, "kept"));
	n = sink.type->resume->position(sink.self, position, sizeof(position));
	expect(n > 0);
	files_expect(&files, "kept\n"); /* a position is of what has been written */
	expect_ok(put(&sink, "lost"));
	expect_ok(flush(&sink));
	/* Killed here: neither stop nor flush. */
	sink.type->ops->destroy(sink.self);
	fake_config_free(sink.config);
	fake_host_free(sink.fake);

	sink = fake_adapter_open(&ry_adapter_file_sink, files_json(&files, ""));
	expect_ok(sink.type->resume->truncate(sink.self, position, (uint32_t)n));
	files_expect(&files, "kept\n");
	expect_ok(put(&sink, "again"));
	expect_ok(fake_adapter_close(&sink));
	files_expect(&files, "kept\nagain\n");
	files_end(&files);
}
END_TEST

START_TEST(a_file_that_was_replaced_is_not_cut)
{
	struct files files = files_new();
	struct fake_adapter sink =
		fake_adapter_open(&ry_adapter_file_sink, files_json(&files, ",\"append\":true"));
	char position[256], other[128];
	int n;

	expect_ok(put(&sink, "a"));
	n = sink.type->resume->position(sink.self, position, sizeof(position));
	snprintf(other, sizeof(other), "%s/other", files.folder);
	expect_int(rename(files.path, other), 0);
	expect_ok(fake_adapter_close(&sink));
	files_write(&files, "not ours\n", 9);
	sink = fake_adapter_open(&ry_adapter_file_sink, files_json(&files, ",\"append\":true"));
	expect_errno(sink.type->resume->truncate(sink.self, position, (uint32_t)n), ESTALE);
	expect_errno(fake_adapter_close(&sink), ESTALE);
	files_expect(&files, "not ours\n");
	files_end(&files);
}
END_TEST

START_TEST(reopen_goes_on_in_a_new_file)
{
	struct files files = files_new();
	struct fake_adapter sink =
		fake_adapter_open(&ry_adapter_file_sink, files_json(&files, ",\"sync\":\"close\""));
	char *data;
	char other[128];
	size_t length;

	expect_ok(put(&sink, "before"));
	snprintf(other, sizeof(other), "%s/rotated", files.folder);
	expect_int(rename(files.path, other), 0);
	expect_ok(sink.type->ops->reopen(sink.self));
	expect_ok(put(&sink, "after"));
	expect_ok(fake_adapter_close(&sink));
	files_expect(&files, "after\n");
	expect_ok(fd_read_file(other, 100, &data, &length));
	expect_str(data, "before\n");
	free(data);
	files_end(&files);
}
END_TEST

START_TEST(check_names_what_cannot_be_written)
{
	struct fake_adapter sink = fake_adapter_create(&ry_adapter_file_sink,
						       "{\"path\":\"/nonexistent/folder/file\"}");
	char why[256] = "";

	expect_errno(sink.type->ops->check(sink.config, why, sizeof(why)), ENOENT);
	expect(strstr(why, "/nonexistent/folder"));
	expect_errno(sink.type->ops->start(sink.self), ENOENT);
	expect(fake_host_logged(sink.fake, RY_LOG_ERROR, "/nonexistent/folder/file"));
	expect_ok(fake_adapter_close(&sink));
}
END_TEST

TEST_MAIN("adapters/file_sink", each_type_has_its_form, without_messages_the_file_is_empty,
	  append_keeps_what_is_there, nothing_is_written_before_a_flush_or_a_full_buffer,
	  records_longer_than_the_buffer_are_whole, a_full_disk_is_reported_with_the_path_and_stays,
	  a_failed_write_leaves_whole_lines, a_reader_that_goes_is_a_clear_error,
	  a_successor_cuts_back_to_the_position, a_file_that_was_replaced_is_not_cut,
	  reopen_goes_on_in_a_new_file, check_names_what_cannot_be_written)
