/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words for unit tests on top of Check. A test program is a list of START_TEST functions and
 *
 *	TEST_MAIN("room/file", test_one, test_two)
 *
 * It prints TAP. Each test runs in a process of its own unless CK_FORK=no.
 */
#ifndef SUPPORT_TEST_H
#define SUPPORT_TEST_H

#include <check.h>
#include <stdlib.h>

#include "base/errname.h"

#define expect(condition)     ck_assert_msg((condition), "expected %s", #condition)
#define expect_int(got, want) ck_assert_int_eq((intmax_t)(got), (intmax_t)(want))
#define expect_str(got, want) ck_assert_str_eq((got), (want))

/* r is 0. */
#define expect_ok(call)                                                              \
	do {                                                                         \
		int expect_r = (call);                                               \
                                                                                     \
		ck_assert_msg(expect_r == 0, "%s: %s", #call, errno_text(expect_r)); \
	} while (0)

/* r is -error. */
#define expect_errno(call, error)                                                     \
	do {                                                                          \
		int expect_r = (call);                                                \
                                                                                      \
		ck_assert_msg(expect_r == -(error), "%s: got %s, expected %s", #call, \
			      errno_text(expect_r), #error);                          \
	} while (0)

#define TEST_MAIN(name, ...)                                                     \
	int main(void) {                                                         \
		const TTest *const tests[] = {__VA_ARGS__};                      \
                                                                                 \
		return run_tests(name, tests, sizeof(tests) / sizeof(tests[0])); \
	}

static inline int run_tests(const char *name, const TTest *const *tests, size_t n) {
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
