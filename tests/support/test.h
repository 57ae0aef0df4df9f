/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words for unit tests on top of Check. A test program is a list of START_TEST functions and
 *
 *	TEST_MAIN("room/file", test_one, test_two)
 *
 * It prints TAP. Each test runs in a process of its own unless CK_FORK=no. A test that cannot run
 * here says so with skip_test("no IPv6"); tools/test names it in its closing lines.
 */
#ifndef SUPPORT_TEST_H
#define SUPPORT_TEST_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Check has no skipped tests: they are failures whose message begins so. */
#define SKIP_PREFIX	  "SKIP "
#define skip_test(reason) ck_abort_msg(SKIP_PREFIX "%s", (reason))

#define TEST_MAIN(name, ...)                                                     \
	int main(void) {                                                         \
		const TTest *const tests[] = {__VA_ARGS__};                      \
                                                                                 \
		return run_tests(name, tests, sizeof(tests) / sizeof(tests[0])); \
	}

/* A TAP comment: each line of the text behind a '#'. */
static inline void print_comment(const char *text) {
	size_t length;

	for (; *text; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		printf("# %.*s\n", (int)length, text);
	}
}

/* Prints one result; the case of a test bears its name. Returns whether it failed. */
static inline int print_result(size_t number, TestResult *result) {
	const char *message = tr_msg(result) ? tr_msg(result) : "";

	if (tr_rtype(result) == CK_PASS) {
		printf("ok %zu - %s\n", number, tr_tcname(result));
		return 0;
	}
	if (tr_rtype(result) == CK_FAILURE &&
	    strncmp(message, SKIP_PREFIX, strlen(SKIP_PREFIX)) == 0) {
		printf("ok %zu - %s # SKIP %s\n", number, tr_tcname(result),
		       message + strlen(SKIP_PREFIX));
		return 0;
	}
	printf("not ok %zu - %s\n# %s:%d\n", number, tr_tcname(result), tr_lfile(result),
	       tr_lno(result));
	print_comment(message);
	return 1;
}

static inline int run_tests(const char *name, const TTest *const *tests, size_t n) {
	Suite *suite = suite_create(name);
	SRunner *runner = srunner_create(suite);
	TestResult **results;
	int failed = 0;

	for (size_t i = 0; i < n; i++) {
		TCase *tcase = tcase_create(tests[i]->name);

		tcase_set_timeout(tcase, 60);
		tcase_add_test(tcase, tests[i]);
		suite_add_tcase(suite, tcase);
	}
	printf("1..%zu\n", n);
	fflush(stdout);
	srunner_run_all(runner, CK_SILENT);
	results = srunner_results(runner);
	for (size_t i = 0; i < (size_t)srunner_ntests_run(runner); i++)
		failed += print_result(i + 1, results[i]);
	free(results);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
