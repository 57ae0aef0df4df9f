/* SPDX-License-Identifier: Apache-2.0 */
/* One test of each outcome, for test_support.py: what tests/support/test.h prints of them. */
#include "support/test.h"

START_TEST(passes)
{
	expect_int(1, 1);
	expect_ok(0);
	expect_errno(-EINVAL, EINVAL);
}
END_TEST

START_TEST(is_skipped)
{ skip_test("no such machine"); }
END_TEST

START_TEST(fails)
{ expect_str("a", "b"); }
END_TEST

START_TEST(fails_with_an_errno)
{ expect_ok(-ENOENT); }
END_TEST

START_TEST(crashes)
{ abort(); }
END_TEST

TEST_MAIN("support/sample", passes, is_skipped, fails, fails_with_an_errno, crashes)
