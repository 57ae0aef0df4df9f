/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "support/test.h"
#include "trace/propagation.h"

static char result[BAGGAGE_LENGTH + 1];

static int parse(const char *text, uint32_t cap) {
	size_t length = strlen(text);
	char *copy = malloc(length ? length : 1);
	int r;

	memcpy(copy, text, length);
	r = baggage_parse(copy, length, result, cap);
	free(copy);
	return r;
}

static void expect_baggage(const char *text, const char *want) {
	expect_int(parse(text, sizeof(result)), strlen(want));
	expect_str(result, want);
}

/* W3C Baggage, "Example" and "Examples of HTTP headers". */
START_TEST(the_examples_of_the_specification)
{
	expect_baggage("key1=value1;property1;property2, key2 = value2, "
		       "key3=value3; propertyKey=propertyValue",
		       "key1=value1;property1;property2,key2=value2,"
		       "key3=value3;propertyKey=propertyValue");
	expect_baggage("userId=alice,serverNode=DF%2028,isProduction=false",
		       "userId=alice,serverNode=DF%2028,isProduction=false");
	expect_baggage("userId =   alice", "userId=alice");
	expect_baggage("serverNode = DF%2028, isProduction = false",
		       "serverNode=DF%2028,isProduction=false");
}
END_TEST

START_TEST(what_the_grammar_allows_stays)
{
	expect_baggage("a=", "a=");
	expect_baggage("a==b=c", "a==b=c");
	expect_baggage("a=1,a=2", "a=1,a=2");
	expect_baggage("!#$%&'*+-.^_`|~=!#$%&'()*+-./:<=>?@[]^_`{|}~",
		       "!#$%&'*+-.^_`|~=!#$%&'()*+-./:<=>?@[]^_`{|}~");
	expect_baggage("\ta\t=\t1\t;\tb\t;\tc\t=\t2\t", "a=1;b;c=2");
	expect_baggage("a=%", "a=%");
}
END_TEST

START_TEST(what_is_no_member_is_left_out)
{
	static const char *const bad[] = {
		"",	  " ",	    ",",	  "a",		"=1",	    ";",      "a=1;",
		"a=1;=2", "a=1;;b", "a b=1",	  "a=b c",	"a=\"b\"",  "a=b\\c", "(a)=1",
		"a=\x7f", "a=\x01", "a=\xc3\xa4", "\xc3\xa4=1", "a=1;b=\"", "a;b=1",  "a[]=1",
	};
	char text[64];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(parse(bad[i], sizeof(result)) == 0, "accepted: %s", bad[i]);
		expect_str(result, "");
		snprintf(text, sizeof(text), "x=1,%s,y=2", bad[i]);
		expect_baggage(text, "x=1,y=2");
	}
	expect_int(baggage_parse("a=\0b,c=1", 8, result, sizeof(result)), 3);
	expect_str(result, "c=1");
	expect_int(baggage_parse("\0=b", 3, result, sizeof(result)), 0);
}
END_TEST

START_TEST(at_most_64_members)
{
	char text[512] = "", want[512];

	for (int i = 0; i < 70; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "k%02d=%d,", i, i % 10);
	memcpy(want, text, sizeof(want));
	want[64 * 6 - 1] = '\0';
	expect_baggage(text, want);
}
END_TEST

START_TEST(at_most_8192_characters)
{
	static char text[BAGGAGE_LENGTH + 64];

	memset(text, 'v', sizeof(text) - 1);
	memcpy(text, "a=", 2);
	text[BAGGAGE_LENGTH] = '\0';
	expect_int(parse(text, sizeof(result)), BAGGAGE_LENGTH);
	expect_str(result, text);
	text[BAGGAGE_LENGTH] = 'v';
	memcpy(text + BAGGAGE_LENGTH + 1, ",b=1", 5);
	expect_baggage(text, "b=1"); /* the first is one too long */
}
END_TEST

START_TEST(members_stay_whole_in_little_room)
{
	expect_int(parse("a=1,long=12345678,c=3", 8), 7);
	expect_str(result, "a=1,c=3");
	expect_int(parse("a=1,c=3", 7), 3);
	expect_str(result, "a=1");
	expect_int(parse("a=1;p=2", 7), 0);
	expect_int(parse("a=1", 1), 0);
	expect_str(result, "");
	expect_errno(parse("a=1", 0), EINVAL);
}
END_TEST

TEST_MAIN("trace/baggage", the_examples_of_the_specification, what_the_grammar_allows_stays,
	  what_is_no_member_is_left_out, at_most_64_members, at_most_8192_characters,
	  members_stay_whole_in_little_room)
