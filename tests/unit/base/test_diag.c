/* SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"

#include "support/diag.h"

START_TEST(a_finding_keeps_what_it_was_given)
{
	struct diag diag = DIAG_INIT;
	struct place place = {.file = "a.json", .line = 3, .column = 5};
	struct finding *f = diag_add(&diag, DIAG_RYS001, &place, "cannot read `%s`", "a.json");

	finding_why(&diag, f, "why %d", 1);
	finding_help(&diag, f, "help");
	finding_second(&diag, f, &place, "here");
	expect_str(f->text, "cannot read `a.json`");
	expect_str(f->why, "why 1");
	expect_str(f->help, "help");
	expect_str(f->second_text, "here");
	expect_int(f->place.line, 3);
	expect_int(diag.n_errors, 1);
	expect_finding(&diag, DIAG_RYS001, 3, 5);
	diag_fini(&diag);
}
END_TEST

START_TEST(another_severity_is_counted_as_such)
{
	struct diag diag = DIAG_INIT;
	struct finding *f = diag_add(&diag, DIAG_RYS001, NULL, "one");

	diag_add(&diag, DIAG_RYS001, NULL, "two");
	finding_severity(&diag, f, SEVERITY_WARNING);
	expect_int(diag.n_errors, 1);
	expect_int(diag.n_warnings, 1);
	finding_severity(&diag, f, SEVERITY_NOTE);
	expect_int(diag.n_errors, 1);
	expect_int(diag.n_warnings, 0);
	diag_fini(&diag);
}
END_TEST

START_TEST(codes_are_found_by_name_in_any_case)
{
	expect_int(diag_find("rys001"), DIAG_RYS001);
	expect_int(diag_find("RYX999"), DIAG_COUNT);
	expect_str(diag_info(DIAG_RYS001)->code, "RYS001");
}
END_TEST

START_TEST(the_nearest_name_is_one_typo_away)
{
	const char *const names[] = {"curl_easy", "curl_multi", "evhttp", "max_items"};

	expect_str(nearest_name("curl_mutli", names, 4), "curl_multi");
	expect_str(nearest_name("evhtp", names, 4), "evhttp");
	expect_str(nearest_name("maxitems", names, 4), "max_items");
	expect(nearest_name("zebra", names, 4) == NULL);
	expect(nearest_name("", names, 4) == NULL);
}
END_TEST

TEST_MAIN("base/diag", a_finding_keeps_what_it_was_given, another_severity_is_counted_as_such,
	  codes_are_found_by_name_in_any_case, the_nearest_name_is_one_typo_away)
