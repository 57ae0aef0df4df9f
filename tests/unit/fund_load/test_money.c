/* SPDX-License-Identifier: Apache-2.0 */
#include "fund_load/money.h"

#include "support/test.h"

static int64_t parse(const char *text) {
	int64_t value = -2;

	return money_parse(text, strlen(text), &value) ? value : -1;
}

START_TEST(amounts_are_read_in_every_form)
{
	expect_int(parse("0.00"), 0);
	expect_int(parse("$1.00"), 100);
	expect_int(parse("USD1.05"), 105);
	expect_int(parse("$USD 1.50"), 150);
	expect_int(parse(" \tUSD$\t 0001.50 \t"), 150);
	expect_int(parse("46116860184273879.03"), MONEY_MAX);
}
END_TEST

START_TEST(what_is_no_amount_is_refused)
{
	static const char *const bad[] = {
		"",
		" ",
		"1",
		"1.0",
		"1.000",
		".50",
		"-1.00",
		"+1.00",
		"1,000.00",
		"$ $1.00",
		"US 1.00",
		"usd1.00",
		"$\n1.00",
		"1 .00",
		"1. 00",
		"1.00x",
		"46116860184273879.04",
		"99999999999999999999999.00",
		"$-1.00",
		"USD",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(parse(bad[i]) == -1, "\"%s\" was read", bad[i]);
}
END_TEST

static fl_int128 multiply(int64_t amount, int64_t coefficient, uint32_t scale) {
	return money_multiply(amount, &(struct ry_decimal){coefficient, scale, 0});
}

START_TEST(products_are_rounded_half_to_even)
{
	expect(multiply(100, 2, 0) == 200);
	expect(multiply(1, 5, 1) == 0); /* 0.5 */
	expect(multiply(3, 5, 1) == 2); /* 1.5 */
	expect(multiply(5, 5, 1) == 2); /* 2.5 */
	expect(multiply(1, 500000001, 9) == 1);
	expect(multiply(1, 499999999, 9) == 0);
	expect(multiply(MONEY_MAX, 999999999, 0) == (fl_int128)MONEY_MAX * 999999999);
	expect(multiply(MONEY_MAX, INT64_MAX, 18) > 0);
}
END_TEST

static bool exceeds(int64_t sum, int64_t amount, int64_t coefficient, uint32_t scale, int64_t limit,
		    uint32_t limit_scale) {
	return money_exceeds(sum, amount, coefficient, scale,
			     &(struct ry_decimal){limit, limit_scale, 0});
}

START_TEST(equal_to_a_limit_passes_and_a_cent_above_does_not)
{
	expect(!exceeds(400000, 100000, 1, 0, 500000, 2));
	expect(exceeds(400000, 100001, 1, 0, 500000, 2));
	expect(!exceeds(400000, 100000, 1, 0, 5000, 0));
	expect(exceeds(400000, 100001, 1, 0, 5000, 0));
	expect(!exceeds(0, 500000, 1, 0, 5000009, 3)); /* 5000.009: no whole cent more */
	expect(exceeds(0, 500001, 1, 0, 5000009, 3));
}
END_TEST

START_TEST(multiplied_sums_are_compared_exactly)
{
	expect(!exceeds(100000, 150000, 2, 0, 500000, 2));
	expect(exceeds(100000, 150001, 2, 0, 500000, 2));
	expect(!exceeds(0, 333333, 15, 1, 500000, 2)); /* 4999.995 */
	expect(exceeds(0, 333334, 15, 1, 500000, 2));  /* 5000.01 */
	expect(!exceeds(0, MONEY_MAX, 0, 0, 0, 0));    /* times nothing */
	expect(exceeds(0, MONEY_MAX, 999999999, 0, MONEY_MAX, 2));
	expect(!exceeds(0, MONEY_MAX, 1, 18, 1, 0));
}
END_TEST

TEST_MAIN("fund_load/money", amounts_are_read_in_every_form, what_is_no_amount_is_refused,
	  products_are_rounded_half_to_even, equal_to_a_limit_passes_and_a_cent_above_does_not,
	  multiplied_sums_are_compared_exactly)
