/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/abi.h"

#include <errno.h>
#include <string.h>

#include <railyard/version.h>

#include "support/test.h"

/* A struct that grew in minor 1 and 3. */
struct grown {
	uint32_t size;
	uint32_t first;	 /* 1.0 */
	uint64_t second; /* 1.1 */
	uint64_t third;	 /* 1.3 */
};

static const uint32_t grown_least[] = {8, 16, 16, 24};
static const struct abi_struct grown = {"grown", sizeof(struct grown), grown_least, 4};

START_TEST(a_shorter_struct_of_an_older_minor_is_filled_with_zeros)
{
	const struct grown theirs = {8, 7, 0xdead, 0xbeef};
	struct grown ours;

	memset(&ours, 0xff, sizeof(ours));
	expect_ok(abi_copy(&grown, 0, &theirs, 8, &ours));
	expect_int(ours.first, 7);
	expect_int(ours.second, 0);
	expect_int(ours.third, 0);
	expect_ok(abi_copy(&grown, 2, &theirs, 16, &ours));
	expect_int(ours.second, 0xdead);
	expect_int(ours.third, 0);
}
END_TEST

START_TEST(a_longer_struct_is_cut_to_ours)
{
	struct {
		struct grown known;
		uint64_t unknown;
	} theirs = {{sizeof(theirs), 7, 8, 9}, 10};
	struct {
		struct grown known;
		uint64_t guard;
	} ours = {.guard = 42};

	expect_ok(abi_copy(&grown, 3, &theirs, sizeof(theirs), &ours.known));
	expect_int(ours.known.third, 9);
	expect_int(ours.guard, 42);
}
END_TEST

START_TEST(a_struct_below_what_its_minor_needs_is_refused)
{
	const struct grown theirs = {8, 7, 8, 9};
	struct grown ours = {.first = 1};

	expect_errno(abi_copy(&grown, 1, &theirs, 8, &ours), EINVAL);
	expect_errno(abi_copy(&grown, 0, &theirs, 7, &ours), EINVAL);
	expect_errno(abi_copy(&grown, 3, &theirs, 16, &ours), EINVAL);
	expect_int(ours.first, 1);
}
END_TEST

/* A struct without a row for a minor has not grown in it. */
START_TEST(the_last_row_holds_for_later_minors)
{
	expect_int(abi_least(&grown, 2), 16);
	expect_int(abi_least(&grown, 9), 24);
}
END_TEST

START_TEST(every_row_of_the_real_table_is_sound)
{
	for (int id = 0; id < ABI_COUNT; id++) {
		const struct abi_struct *s = abi_struct(id);

		expect(s->name && s->n_minors >= 1 && s->n_minors <= RY_ABI_MINOR + 1);
		for (uint32_t i = 1; i < s->n_minors; i++)
			expect(s->least[i] >= s->least[i - 1]);
		/* What the host has beyond the newest minor is padding at most. */
		expect(s->least[s->n_minors - 1] <= s->size);
		expect(s->size - s->least[s->n_minors - 1] < 8);
	}
}
END_TEST

TEST_MAIN("plugin/abi", a_shorter_struct_of_an_older_minor_is_filled_with_zeros,
	  a_longer_struct_is_cut_to_ours, a_struct_below_what_its_minor_needs_is_refused,
	  the_last_row_holds_for_later_minors, every_row_of_the_real_table_is_sound)
