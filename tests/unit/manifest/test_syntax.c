/* SPDX-License-Identifier: Apache-2.0 */
/* Bad input of every kind: one clear finding at its place, quickly, in bounded memory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/doc.h"
#include "support/diag.h"

struct bad {
	const char *text;
	enum diag_code code;
	uint32_t line, column;
	const char *words; /* in text or help */
	const char *fix;
};

static void expect_bad_bytes(const struct bad *bad, size_t length) {
	struct doc doc = {.arena = ARENA_INIT};
	struct diag diag = DIAG_INIT;
	const struct finding *f;

	expect_errno(doc_parse(&doc, "m.json", bad->text, length, &diag), EBADMSG);
	expect(doc.root == NULL);
	expect_int(diag.n_findings, 1);
	expect_finding(&diag, bad->code, bad->line, bad->column);
	f = diag.findings[0];
	if (bad->words && !strstr(f->text, bad->words) && !(f->help && strstr(f->help, bad->words)))
		ck_abort_msg("no `%s` in: %s; %s", bad->words, f->text, f->help);
	if (bad->fix)
		expect_str(f->fix, bad->fix);
	doc_fini(&doc);
	diag_fini(&diag);
}

static void expect_bad(const struct bad *bad, size_t n) {
	for (size_t i = 0; i < n; i++)
		expect_bad_bytes(&bad[i], strlen(bad[i].text));
}
#define EXPECT_BAD(table) expect_bad((table), sizeof(table) / sizeof((table)[0]))

START_TEST(what_is_not_json_is_said_in_plain_words)
{
	static const struct bad table[] = {
		{"", DIAG_RYS005, 1, 1, "is empty"},
		{" // only a comment\n", DIAG_RYS005, 1, 1, "is empty"},
		{"hello", DIAG_RYS005, 1, 1, "a value is expected"},
		{"{\"a\": 1} x", DIAG_RYS005, 1, 10, "end of the text"},
		{"{\"a\" 1}", DIAG_RYS005, 1, 6, "a `:` after the key"},
		{"{\"a\": 1\n \"b\": 2}", DIAG_RYS005, 2, 2, "`,` or `}`"},
		{"[1 2]", DIAG_RYS005, 1, 4, "`,` or `]`"},
		{"[,1]", DIAG_RYS005, 1, 2, "a value is expected"},
		{"{\"a\":}", DIAG_RYS005, 1, 6, "a value is expected"},
		{"{\"a\": True}", DIAG_RYS005, 1, 7, "JSON writes `true`", "true"},
		{"[None]", DIAG_RYS005, 1, 2, "JSON writes `null`", "null"},
		{"{name: 1}", DIAG_RYS005, 1, 2, "double quotes", "\"name\""},
		{"{'a': 1}", DIAG_RYS005, 1, 2, "double quotes", "\"a\""},
		{"{\"a\": 'it'}", DIAG_RYS005, 1, 7, "double quotes", "\"it\""},
		{"{ # no\n}", DIAG_RYS005, 1, 3, "comments are written"},
		{"{1: 2}", DIAG_RYS005, 1, 2, "a key in double quotes"},
		{"[\xe2\x82\xac]", DIAG_RYS005, 1, 2, "`\xe2\x82\xac`"},
		{"{\"a\": 1 /* x", DIAG_RYS012, 1, 9, "never closed"},
	};

	EXPECT_BAD(table);
}
END_TEST

START_TEST(brackets_that_do_not_match_show_both_ends)
{
	static const struct bad table[] = {
		{"{\"a\": {", DIAG_RYS007, 1, 7, "`{` is never closed"},
		{"{\"a\"", DIAG_RYS007, 1, 1, "never closed"},
		{"{\"a\":", DIAG_RYS007, 1, 1, "never closed"},
		{"\n[1, 2", DIAG_RYS007, 2, 1, "add the missing `]`"},
		{"[1,", DIAG_RYS007, 1, 1, "never closed"},
		{"{\"a\": [1}", DIAG_RYS007, 1, 9, "`}` closes what `[` opened", "]"},
		{"[{\"a\": 1]", DIAG_RYS007, 1, 9, "`]` closes what `{` opened", "}"},
	};

	EXPECT_BAD(table);
}
END_TEST

START_TEST(strings_are_checked)
{
	static const struct bad table[] = {
		{"[\"abc\n]", DIAG_RYS008, 1, 2, "not closed"},
		{"[\"abc", DIAG_RYS008, 1, 2, "not closed"},
		{"[\"a\\", DIAG_RYS008, 1, 4, "escape"},
		{"[\"a\tb\"]", DIAG_RYS008, 1, 4, "control character"},
		{"[\"\xc3\xa9\\q\"]", DIAG_RYS008, 1, 4, "escape"},
		{"[\"\\u12g4\"]", DIAG_RYS008, 1, 3, "four hexadecimal"},
		{"[\"a\\u0000\"]", DIAG_RYS008, 1, 4, "NUL"},
		{"[\"\\ud800\"]", DIAG_RYS008, 1, 3, "surrogate"},
		{"[\"\\udc00\\ud800\"]", DIAG_RYS008, 1, 3, "surrogate"},
		{"[\"\\ud800\\u0041\"]", DIAG_RYS008, 1, 3, "surrogate"},
	};

	EXPECT_BAD(table);
}
END_TEST

START_TEST(numbers_are_checked)
{
	static const struct bad table[] = {
		{"[01]", DIAG_RYS009, 1, 2, "`01`"},
		{"[+1]", DIAG_RYS009, 1, 2, "leading zero"},
		{"[.5]", DIAG_RYS009, 1, 2, "not a JSON number"},
		{"[1.]", DIAG_RYS009, 1, 2, "not a JSON number"},
		{"[-]", DIAG_RYS009, 1, 2, "not a JSON number"},
		{"[1e]", DIAG_RYS009, 1, 2, "not a JSON number"},
		{"[0x10]", DIAG_RYS009, 1, 2, "hexadecimal"},
		{"[1_000]", DIAG_RYS009, 1, 2, "separators"},
		{"[1.2.3]", DIAG_RYS009, 1, 2, "versions"},
		{"[9223372036854775808]", DIAG_RYS009, 1, 2, "64 bits"},
		{"[1,\n -1e999, 2]", DIAG_RYS009, 2, 2, "too large"},
	};

	EXPECT_BAD(table);
}
END_TEST

START_TEST(bytes_are_checked)
{
	static const struct bad table[] = {
		{"{\n\"\xc3\xa9\xff\": 1}", DIAG_RYS002, 2, 3, "0xff at offset 5"},
		{"[\"\xed\xa0\x80\"]", DIAG_RYS002, 1, 3, "0xed"},
		{"\xff\xfe{", DIAG_RYS002, 1, 1, "UTF-16"},
	};
	static const struct bad nul = {"{\"a\": \"x\0\"}", DIAG_RYS003, 1, 9, "NUL"};
	static const struct bad wide = {"{\0}\0", DIAG_RYS002, 1, 2, "UTF-16"};

	EXPECT_BAD(table);
	expect_bad_bytes(&nul, 11);
	expect_bad_bytes(&wide, 4);
}
END_TEST

/* These are mended on the way, so that everything else is checked in the same run. */
START_TEST(trailing_commas_and_a_byte_order_mark_do_not_hide_the_rest)
{
	const char text[] = "\xef\xbb\xbf{\"a\": [1, 2,],\n \"b\": {\"c\": 1, /* x */ },\n}";
	struct doc doc = {.arena = ARENA_INIT};
	struct diag diag = DIAG_INIT;

	expect_ok(doc_parse(&doc, "m.json", text, strlen(text), &diag));
	expect_int(diag.n_findings, 4);
	expect_finding(&diag, DIAG_RYS004, 1, 1);
	expect_finding(&diag, DIAG_RYS006, 1, 12);
	expect_finding(&diag, DIAG_RYS006, 2, 14);
	expect_finding(&diag, DIAG_RYS006, 2, 25);
	expect_int(doc_member(doc.root, "a")->n_items, 2);
	expect_int(doc_member(doc_member(doc.root, "b"), "c")->integer, 1);
	doc_fini(&doc);
	diag_fini(&diag);
}
END_TEST

START_TEST(a_million_brackets_and_100_mb_are_refused_at_once)
{
	struct bad bad = {.code = DIAG_RYS010, .line = 1, .column = 257, .words = "256 brackets"};
	size_t length = 100u << 20;
	char *text = malloc(length + 1);

	memset(text, '[', length);
	text[length] = '\0';
	bad.text = text;
	expect_bad_bytes(&bad, 1000000);
	bad = (struct bad){.text = text, .code = DIAG_RYS001, .words = "above 64 MiB"};
	expect_bad_bytes(&bad, length);
	free(text);
}
END_TEST

START_TEST(the_number_of_values_is_bounded)
{
	struct bad bad = {.code = DIAG_RYS010, .line = 1, .words = "1000000 values"};
	size_t length = 4000001;
	char *text = malloc(length + 1);

	text[0] = '[';
	for (size_t i = 1; i < length; i++)
		text[i] = i % 2 ? '0' : ',';
	text[length] = '\0';
	bad.text = text;
	expect_bad_bytes(&bad, length);
	free(text);
}
END_TEST

TEST_MAIN("manifest/syntax", what_is_not_json_is_said_in_plain_words,
	  brackets_that_do_not_match_show_both_ends, strings_are_checked, numbers_are_checked,
	  bytes_are_checked, trailing_commas_and_a_byte_order_mark_do_not_hide_the_rest,
	  a_million_brackets_and_100_mb_are_refused_at_once, the_number_of_values_is_bounded)
