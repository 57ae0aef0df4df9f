/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strbuf.h"

#include "support/test.h"

START_TEST(it_grows)
{
	struct strbuf buf = STRBUF_INIT;

	expect_str(strbuf_text(&buf), "");
	for (int i = 0; i < 1000; i++)
		strbuf_printf(&buf, "%03d", i);
	expect_int(buf.length, 3000);
	ck_assert_mem_eq(buf.text + 2997, "999", 4);
	strbuf_clear(&buf);
	expect_str(strbuf_text(&buf), "");
	strbuf_fini(&buf);
}
END_TEST

START_TEST(json_strings_are_escaped)
{
	struct strbuf buf = STRBUF_INIT;

	strbuf_add_json(&buf, "a\"\\\b\f\n\r\t\x01\x0b\xc3\xa9\xff");
	expect_str(strbuf_text(&buf),
		   "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u000b\xc3\xa9\xef\xbf\xbd\"");
	strbuf_fini(&buf);
}
END_TEST

START_TEST(what_could_leave_its_line_is_shown)
{
	struct strbuf buf = STRBUF_INIT;

	strbuf_add_visible(&buf, "a\n\x1b[31m\x7f|\xc2\x9b|\xc2\xa0\xc3\xa9\\\xc2");
	expect_str(strbuf_text(&buf), "a\\x0a\\x1b[31m\\x7f|\\x9b|\xc2\xa0\xc3\xa9\\\xc2");
	strbuf_fini(&buf);
}
END_TEST

TEST_MAIN("base/strbuf", it_grows, json_strings_are_escaped, what_could_leave_its_line_is_shown)
