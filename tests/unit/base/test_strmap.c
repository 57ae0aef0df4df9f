/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strmap.h"

#include <stdio.h>

#include "support/test.h"

START_TEST(an_empty_map_holds_nothing)
{
	struct strmap map = STRMAP_INIT;

	expect(strmap_get(&map, "a") == STRMAP_NONE);
	strmap_fini(&map);
}
END_TEST

START_TEST(the_first_value_of_a_name_stays)
{
	struct strmap map = STRMAP_INIT;

	expect(strmap_add(&map, "a", 1));
	expect(strmap_add(&map, "", 2));
	expect(!strmap_add(&map, "a", 3));
	expect_int(strmap_get(&map, "a"), 1);
	expect_int(strmap_get(&map, ""), 2);
	expect(strmap_get(&map, "b") == STRMAP_NONE);
	strmap_fini(&map);
}
END_TEST

START_TEST(it_grows_and_keeps_all)
{
	static char names[5000][8];
	struct strmap map = STRMAP_INIT;

	for (size_t i = 0; i < 5000; i++) {
		snprintf(names[i], sizeof(names[i]), "n%zu", i);
		expect(strmap_add(&map, names[i], i));
	}
	for (size_t i = 0; i < 5000; i++)
		expect_int(strmap_get(&map, names[i]), i);
	expect(strmap_get(&map, "n5000") == STRMAP_NONE);
	strmap_fini(&map);
}
END_TEST

TEST_MAIN("base/strmap", an_empty_map_holds_nothing, the_first_value_of_a_name_stays,
	  it_grows_and_keeps_all)
