/* SPDX-License-Identifier: Apache-2.0 */
#include "message/json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "support/test.h"

static struct ry_json *parse(const char *text) {
	struct ry_json *value = NULL;

	expect_ok(json_service.parse(text, strlen(text), &value, NULL, 0));
	return value;
}

static void expect_text(const struct ry_json *value, const char *want) {
	char buf[256];
	int64_t n = json_service.format(value, buf, sizeof(buf));

	expect_int(n, strlen(want));
	ck_assert_mem_eq(buf, want, (size_t)n);
}

static void expect_round_trip(const char *text) {
	struct ry_json *value = parse(text);

	expect_text(value, text);
	json_service.unref(value);
}

START_TEST(compact_text_comes_back_as_it_was)
{
	expect_round_trip("{\"z\":1,\"a\":[true,false,null,{}],\"m\":\"x\"}");
	expect_round_trip("[]");
	expect_round_trip("\"\\u0000\\b\\f\\n\\r\\t\\u001f\\\"\\\\/\x7f é😀\"");
	expect_round_trip("[1.1,0.1,1e+300,-2.5,1.7976931348623157e+308,3.0]");
	expect_round_trip("[9223372036854775807,-9223372036854775808]");
}
END_TEST

START_TEST(bad_text_is_refused_with_a_reason)
{
	static const char *const bad[] = {
		"",
		"{",
		"{\"a\":1,\"a\":2}",
		"{\"a\":{\"b\":1,\"b\":1}}",
		"1 2",
		"\"\xff\"",
		"[1,]",
		"nul",
		"\"\\ud800\"",
		"1e999",
		"99999999999999999999",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ry_json *value = NULL;
		char why[80] = "";

		expect_errno(json_service.parse(bad[i], strlen(bad[i]), &value, why, sizeof(why)),
			     EBADMSG);
		expect(!value);
		expect(strstr(why, "at byte"));
	}
}
END_TEST

START_TEST(format_says_how_much_room_it_needs)
{
	struct ry_json *value = parse("{\"key\":[1,2,3]}");
	char buf[4] = "abc";

	expect_int(json_service.format(value, buf, 0), 15);
	expect_int(json_service.format(value, buf, 3), 15);
	expect_int(buf[3], 0);
	expect_int(json_service.format(NULL, buf, 3), -EINVAL);
	json_service.unref(value);
}
END_TEST

START_TEST(members_are_borrowed_and_typed)
{
	struct ry_json *value = parse("{\"s\":\"a\\u0000b\",\"i\":-7,\"r\":2.5,\"l\":[10,20]}");
	const struct ry_json *list = json_service.member(value, "l");
	uint64_t length = 0;

	expect_int(json_service.kind(value), RY_JSON_OBJECT);
	expect_int(json_service.count(value), 4);
	ck_assert_mem_eq(json_service.string(json_service.member(value, "s"), &length), "a\0b", 3);
	expect_int(length, 3);
	expect_int(json_service.integer(json_service.member(value, "i")), -7);
	ck_assert_double_eq(json_service.real(json_service.member(value, "i")), -7.0);
	ck_assert_double_eq(json_service.real(json_service.member(value, "r")), 2.5);
	expect_int(json_service.integer(json_service.member(value, "r")), 0);
	expect_int(json_service.count(list), 2);
	expect_int(json_service.integer(json_service.element(list, 1)), 20);
	expect(!json_service.element(list, 2));
	expect(!json_service.member(value, "none"));
	expect(!json_service.member(list, "s"));
	expect(!json_service.string(list, &length));
	json_service.unref(value);
}
END_TEST

START_TEST(a_copy_may_be_changed_and_its_origin_stays)
{
	struct ry_json *first = parse("{\"a\":1,\"b\":{\"c\":2}}");
	struct ry_json *second = json_service.copy(first);
	struct ry_json *list = json_service.new_array();

	expect_ok(json_service.append(list, json_service.new_bool(1)));
	expect_ok(json_service.append(list, json_service.new_null()));
	expect_ok(json_service.append(list, json_service.new_real(0.5)));
	expect_ok(json_service.set(second, "a", json_service.new_string("é", 2)));
	expect_ok(json_service.set(second, "l", list));
	expect_ok(json_service.erase(second, "b"));
	expect_errno(json_service.erase(second, "b"), ENOENT);
	expect_text(first, "{\"a\":1,\"b\":{\"c\":2}}");
	json_service.unref(first);
	expect_text(second, "{\"a\":\"é\",\"l\":[true,null,0.5]}");
	json_service.unref(second);
}
END_TEST

START_TEST(misuse_is_refused_and_leaks_nothing)
{
	struct ry_json *object = json_service.new_object();

	expect(!json_service.new_string("\xff", 1));
	expect(!json_service.new_real(INFINITY));
	expect_errno(json_service.set(object, "\xff", json_service.new_integer(1)), EINVAL);
	expect_errno(json_service.set(object, "a", NULL), EINVAL);
	expect_errno(json_service.append(object, json_service.new_integer(1)), EINVAL);
	expect_int(json_service.count(object), 0);
	json_service.unref(object);
	json_service.unref(NULL);
}
END_TEST

TEST_MAIN("message/json", compact_text_comes_back_as_it_was, bad_text_is_refused_with_a_reason,
	  format_says_how_much_room_it_needs, members_are_borrowed_and_typed,
	  a_copy_may_be_changed_and_its_origin_stays, misuse_is_refused_and_leaks_nothing)
