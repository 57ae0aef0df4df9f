/* SPDX-License-Identifier: Apache-2.0 */
#include "message/core_types.h"

#include <errno.h>
#include <string.h>

#include "message/json.h"
#include "support/test.h"

START_TEST(json_crosses_as_compact_text)
{
	static const char text[] = "{ \"a\" : [ 1, 2 ] }";
	void *object = NULL;
	char buf[32];

	expect_ok(core_json.decode(text, strlen(text), &object));
	expect_int(core_json.encode(object, 0, buf, sizeof(buf)), 11);
	ck_assert_mem_eq(buf, "{\"a\":[1,2]}", 11);
	expect_int(core_json.encode(object, 0, buf, 10), -ENOSPC);
	core_json.destroy(object);
}
END_TEST

START_TEST(a_malformed_encoding_is_refused)
{
	void *object = NULL;

	expect_errno(core_json.decode("{", 1, &object), EBADMSG);
	expect(!object);
}
END_TEST

TEST_MAIN("message/core_types", json_crosses_as_compact_text, a_malformed_encoding_is_refused)
