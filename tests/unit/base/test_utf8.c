/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <string.h>

#include "support/test.h"

START_TEST(only_shortest_forms_are_valid)
{
	expect(utf8_valid("aé€😀", strlen("aé€😀")));
	expect(!utf8_valid("\xc0\x80", 2));	    /* overlong NUL */
	expect(!utf8_valid("\xe0\x80\x80", 3));	    /* overlong */
	expect(!utf8_valid("\xed\xa0\x80", 3));	    /* surrogate */
	expect(!utf8_valid("\xf4\x90\x80\x80", 4)); /* above U+10FFFF */
	expect(!utf8_valid("\xe2\x82", 2));	    /* cut short */
	expect(!utf8_valid("\x80", 1));
	expect(utf8_valid("", 0));
}
END_TEST

START_TEST(columns_are_those_of_a_terminal)
{
	expect_int(utf8_columns("abc", 3), 3);
	expect_int(utf8_columns("é", 2), 1);
	expect_int(utf8_columns("e\xcc\x81", 3), 1); /* combining acute */
	expect_int(utf8_columns("漢字", 6), 4);
	expect_int(utf8_columns("\xff", 1), 1);
}
END_TEST

TEST_MAIN("base/utf8", only_shortest_forms_are_valid, columns_are_those_of_a_terminal)
