/* SPDX-License-Identifier: Apache-2.0 */
#include "fund_load/load_line.h"

#include <stdio.h>
#include <string.h>

#include "support/test.h"

static int parse(struct load_line_parser *parser, const char *line, struct load_line *ret) {
	return load_line_parse(parser, line, strlen(line), ret);
}

static void expect_text(const struct text *text, const char *want, size_t length) {
	expect(text->bytes);
	expect_int(text->length, length);
	ck_assert_mem_eq(text->bytes, want, length);
}

START_TEST(the_four_strings_are_found)
{
	struct load_line_parser parser = {0};
	struct load_line line;

	expect_int(parse(&parser,
			 " { \"time\" :\"t\",\"x\":[1,{\"id\":\"no\"}],\"load_amount\":\"$1\" ,"
			 "\"customer_id\":\"c\",\"id\":\"i\"}\r",
			 &line),
		   LOAD_LINE_OK);
	expect_text(&line.fields[LOAD_LINE_ID], "i", 1);
	expect_text(&line.fields[LOAD_LINE_CUSTOMER_ID], "c", 1);
	expect_text(&line.fields[LOAD_LINE_AMOUNT], "$1", 2);
	expect_text(&line.fields[LOAD_LINE_TIME], "t", 1);
	load_line_parser_fini(&parser);
}
END_TEST

START_TEST(what_is_no_string_is_absent)
{
	struct load_line_parser parser = {0};
	struct load_line line;

	expect_int(parse(&parser, "{\"id\":7,\"time\":null,\"load_amount\":[\"1\"]}", &line),
		   LOAD_LINE_OK);
	for (int i = 0; i < LOAD_LINE_FIELDS; i++)
		expect(!line.fields[i].bytes);
	expect_int(parse(&parser, "{}", &line), LOAD_LINE_OK);
	load_line_parser_fini(&parser);
}
END_TEST

START_TEST(escapes_are_resolved_in_keys_and_values)
{
	struct load_line_parser parser = {0};
	struct load_line line;

	expect_int(parse(&parser,
			 "{\"\\u0069d\":\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u00e9\\u20AC"
			 "\\ud83d\\uDE00z\",\"id\\u0000\":\"other\",\"time\":\"\\u007f\"}",
			 &line),
		   LOAD_LINE_OK);
	expect_text(&line.fields[LOAD_LINE_ID], "a\"\\/\b\f\n\r\t\0é€😀z", 20);
	expect_text(&line.fields[LOAD_LINE_TIME], "\x7f", 1);
	load_line_parser_fini(&parser);
}
END_TEST

START_TEST(valid_lines_pass)
{
	static const char *const good[] = {
		"{\"a\":-0.0e+9}",
		"{\"a\":1e999,\"b\":[0,10,0.5,-1,1E5]}",
		"{\"a\":{\"x\":1},\"b\":{\"x\":1}}",
		"{\"a\":[{\"x\":1},{\"x\":1}]}",
		"{\"a\":\"\xf4\x8f\xbf\xbf\xed\x9f\xbf\xc2\x80\"}",
		"{\"a\":[true,false,null,[],{}]}",
		"\t{}\r\r",
	};
	struct load_line_parser parser = {0};
	struct load_line line;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(parse(&parser, good[i], &line) == LOAD_LINE_OK, "refused: %s",
			      good[i]);
	load_line_parser_fini(&parser);
}
END_TEST

START_TEST(malformed_lines_are_refused)
{
	static const char *const bad[] = {
		"",
		" ",
		"[]",
		"1",
		"\"a\"",
		"null",
		"{",
		"}",
		"{}x",
		"{} {}",
		"\xef\xbb\xbf{}",
		"{\"a\":1,}",
		"{,}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\" 1}",
		"{a:1}",
		"{'a':1}",
		"{\"a\":01}",
		"{\"a\":+1}",
		"{\"a\":.5}",
		"{\"a\":1.}",
		"{\"a\":1e}",
		"{\"a\":-}",
		"{\"a\":NaN}",
		"{\"a\":Infinity}",
		"{\"a\":tru}",
		"{\"a\":[1,]}",
		"{\"a\":[1}",
		"{\"a\":1 /* no */}",
		"{\"a\":\"x}",
		"{\"a\":\"\t\"}",
		"{\"a\":\"\\x\"}",
		"{\"a\":\"\\u12g4\"}",
		"{\"a\":\"\\u12",
		"{\"a\":\"\\ud800\"}",
		"{\"a\":\"\\",
		"{\"a\":\"\\ud800\\u0041\"}",
		"{\"a\":\"\\udc00\"}",
		"{\"\\ud800\":1}",
		"{\"a\":\"\xc0\x80\"}",
		"{\"a\":\"\xe0\x9f\xbf\"}",
		"{\"a\":\"\xed\xa0\x80\"}",
		"{\"a\":\"\xf0\x8f\xbf\xbf\"}",
		"{\"a\":\"\xf4\x90\x80\x80\"}",
		"{\"a\":\"\xe2\x82",
		"{\"a\":\"\xff\"}",
		"{\"a\":\"\x80\"}",
		"{\"\xff\":1}",
		"{\xc2\xa0}",
		"{\"a\":1,\"a\":1}",
		"{\"id\":\"1\",\"\\u0069d\":\"1\"}",
		"{\"x\":{\"a\":1,\"a\":2}}",
		"{\"x\":[0,{\"a\":1,\"\\u0061\":2}]}",
		"{\"\":1,\"\":2}",
	};
	struct load_line_parser parser = {0};
	struct load_line line;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(parse(&parser, bad[i], &line) == LOAD_LINE_MALFORMED, "read: %s",
			      bad[i]);
	load_line_parser_fini(&parser);
}
END_TEST

START_TEST(nesting_is_bounded)
{
	struct load_line_parser parser = {0};
	struct load_line line;
	char text[600];

	for (int levels = 127; levels <= 129; levels++) {
		char *at = text + sprintf(text, "{\"a\":");

		memset(at, '[', (size_t)levels - 1);
		memset(at + levels - 1, ']', (size_t)levels - 1);
		strcpy(at + 2 * (levels - 1), "}");
		expect_int(parse(&parser, text, &line),
			   levels <= 128 ? LOAD_LINE_OK : LOAD_LINE_MALFORMED);
	}
	load_line_parser_fini(&parser);
}
END_TEST

/* Above the number up to which keys are compared pairwise. */
START_TEST(a_duplicate_among_many_keys_is_found)
{
	enum { KEYS = 5000 };
	struct load_line_parser parser = {0};
	struct load_line line;
	char *text = malloc(KEYS * 16);

	for (int duplicate = 0; duplicate <= 1; duplicate++) {
		char *at = text;

		for (int i = 0; i < KEYS; i++)
			at += sprintf(at, "%c\"k%d\":0", i ? ',' : '{',
				      duplicate && i == KEYS - 1 ? 17 : i);
		strcpy(at, "}");
		expect_int(parse(&parser, text, &line),
			   duplicate ? LOAD_LINE_MALFORMED : LOAD_LINE_OK);
	}
	free(text);
	load_line_parser_fini(&parser);
}
END_TEST

TEST_MAIN("fund_load/load_line", the_four_strings_are_found, what_is_no_string_is_absent,
	  escapes_are_resolved_in_keys_and_values, valid_lines_pass, malformed_lines_are_refused,
	  nesting_is_bounded, a_duplicate_among_many_keys_is_found)
