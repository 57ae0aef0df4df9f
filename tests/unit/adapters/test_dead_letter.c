/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters.h"

#include <errno.h>
#include <railyard/dead_letter.h>
#include <signal.h>
#include <sys/resource.h>

#include "files.h"
#include "message/json.h"
#include "support/fake_host.h"

static struct ry_dead_letter_record record(const void *payload, size_t length) {
	return (struct ry_dead_letter_record){
		RY_SIZE(ry_dead_letter_record),
		.attempts = 3,
		.node = "parse \"it\"",
		.error = "EBADMSG",
		.message_type = "railyard.line",
		.message_version = 1,
		.source_id = 2,
		.source_seq = 18446744073709551615u,
		.failed_unix_ns = 951782400000000001u,
		.trace_id = {0x01, 0xab},
		.span_id = {0xff},
		.payload = payload,
		.length = length,
	};
}

static int put(const struct fake_adapter *letters, const void *payload, size_t length) {
	struct ry_binding b = fake_adapter_binding(letters, 0);
	struct ry_dead_letter_record letter = record(payload, length);

	return ry_dead_letter_put(&b, &letter, NULL);
}

#define HEAD                                                                                  \
	"{\"time\":\"2000-02-29T00:00:00.000000001Z\",\"node\":\"parse \\\"it\\\"\","         \
	"\"error\":\"EBADMSG\",\"attempts\":3,\"type\":\"railyard.line\",\"type_version\":1," \
	"\"source\":2,\"seq\":18446744073709551615,"                                          \
	"\"trace_id\":\"01ab0000000000000000000000000000\",\"span_id\":\"ff00000000000000\","

START_TEST(each_record_is_in_the_file_when_the_call_returns)
{
	struct files files = files_new();
	struct fake_adapter letters;

	files_write(&files, "earlier\n", 8);
	letters = fake_adapter_open(&ry_adapter_dead_letter_file, files_json(&files, ""));
	expect_ok(put(&letters, "é\n\"\\\0", 6));
	files_expect(&files, "earlier\n" HEAD "\"payload\":\"é\\u000a\\\"\\\\\\u0000\"}\n");
	expect_ok(put(&letters, "", 0));
	files_expect(&files, "earlier\n" HEAD "\"payload\":\"é\\u000a\\\"\\\\\\u0000\"}\n" HEAD
			     "\"payload\":\"\"}\n");
	expect_ok(fake_adapter_close(&letters));
	files_end(&files);
}
END_TEST

START_TEST(what_is_not_text_is_base64)
{
	static const struct {
		const char *bytes, *base64;
	} cases[] = {
		{"\xff", "/w=="},	    {"\xc0\x80", "wIA="},
		{"\xed\xa0\x80", "7aCA"},   {"\xf4\x90\x80\x80", "9JCAgA=="},
		{"ab\xe2\x82", "YWLigg=="},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct files files = files_new();
		struct fake_adapter letters = fake_adapter_open(
			&ry_adapter_dead_letter_file, files_json(&files, ",\"sync\":true"));
		char want[512];

		expect_ok(put(&letters, cases[i].bytes, strlen(cases[i].bytes)));
		snprintf(want, sizeof(want), HEAD "\"payload_base64\":\"%s\"}\n", cases[i].base64);
		files_expect(&files, want);
		expect_ok(fake_adapter_close(&letters));
		files_end(&files);
	}
}
END_TEST

START_TEST(a_failed_write_leaves_no_part_of_a_record)
{
	struct files files = files_new();
	struct fake_adapter letters =
		fake_adapter_open(&ry_adapter_dead_letter_file, files_json(&files, ""));
	struct rlimit limit = {20, RLIM_INFINITY};

	signal(SIGXFSZ, SIG_IGN);
	expect_int(setrlimit(RLIMIT_FSIZE, &limit), 0);
	expect_errno(put(&letters, "x", 1), EFBIG);
	expect(fake_host_logged(letters.fake, RY_LOG_ERROR, files.path));
	limit.rlim_cur = RLIM_INFINITY;
	expect_int(setrlimit(RLIMIT_FSIZE, &limit), 0);
	files_expect(&files, "");
	expect_ok(put(&letters, "x", 1));
	files_expect(&files, HEAD "\"payload\":\"x\"}\n");
	expect_ok(fake_adapter_close(&letters));
	files_end(&files);
}
END_TEST

START_TEST(a_full_disk_and_a_wrong_path_are_errors)
{
	struct fake_adapter letters =
		fake_adapter_open(&ry_adapter_dead_letter_file, "{\"path\":\"/dev/full\"}");

	expect_errno(put(&letters, "x", 1), ENOSPC);
	expect_ok(fake_adapter_close(&letters));
	letters =
		fake_adapter_create(&ry_adapter_dead_letter_file, "{\"path\":\"/nonexistent/x\"}");
	expect_errno(letters.type->ops->start(letters.self), ENOENT);
	expect_ok(fake_adapter_close(&letters));
}
END_TEST

TEST_MAIN("adapters/dead_letter", each_record_is_in_the_file_when_the_call_returns,
	  what_is_not_text_is_base64, a_failed_write_leaves_no_part_of_a_record,
	  a_full_disk_and_a_wrong_path_are_errors)
