/* SPDX-License-Identifier: Apache-2.0 */
/* Money on 128-bit intermediates: what is multiplied here has at most 63 + 63 bits. */
#include "money.h"

static fl_int128 power_of_ten(uint32_t n) {
	fl_int128 power = 1;

	while (n--)
		power *= 10;
	return power;
}

/* -- reading -------------------------------------------------------------------------------- */

struct reader {
	const char *at, *end;
};

static void skip_blanks(struct reader *in) {
	while (in->at < in->end && (*in->at == ' ' || *in->at == '\t'))
		in->at++;
}

static bool skip_prefix(struct reader *in, const char *prefix) {
	size_t n = strlen(prefix);

	if ((size_t)(in->end - in->at) < n || memcmp(in->at, prefix, n) != 0)
		return false;
	in->at += n;
	return true;
}

/* One more digit of the amount. False: no digit, or the amount is too large. */
static bool read_digit(struct reader *in, int64_t *value) {
	int digit;

	if (in->at == in->end || *in->at < '0' || *in->at > '9')
		return false;
	digit = *in->at - '0';
	if (*value > (MONEY_MAX - digit) / 10)
		return false;
	*value = *value * 10 + digit;
	in->at++;
	return true;
}

bool money_parse(const char *text, size_t length, int64_t *ret_minor_units) {
	struct reader in = {text, text + length};
	int64_t value = 0;

	skip_blanks(&in);
	if (skip_prefix(&in, "USD$") || skip_prefix(&in, "USD") || skip_prefix(&in, "$USD") ||
	    skip_prefix(&in, "$"))
		skip_blanks(&in);
	if (!read_digit(&in, &value))
		return false;
	while (read_digit(&in, &value))
		;
	if (!skip_prefix(&in, ".") || !read_digit(&in, &value) || !read_digit(&in, &value))
		return false;
	skip_blanks(&in);
	if (in.at != in.end)
		return false;
	*ret_minor_units = value;
	return true;
}

/* -- arithmetic ----------------------------------------------------------------------------- */

fl_int128 money_multiply(int64_t amount, const struct ry_decimal *factor) {
	fl_int128 unit = power_of_ten(factor->scale);
	fl_int128 product = (fl_int128)amount * factor->coefficient;
	fl_int128 whole = product / unit, twice = product % unit * 2;

	return whole + (twice > unit || (twice == unit && whole % 2));
}

bool money_exceeds(fl_int128 sum, fl_int128 amount, int64_t coefficient, uint32_t scale,
		   const struct ry_decimal *limit) {
	/* limit x 100 x 10^scale / coefficient, as one division of integers that fit. */
	fl_int128 above = limit->coefficient, below = coefficient;

	if (coefficient == 0)
		return false;
	if (limit->scale > 2)
		below *= power_of_ten(limit->scale - 2);
	else
		above *= power_of_ten(2 - limit->scale);
	if (coefficient != 1 || scale)
		above *= power_of_ten(scale);
	return amount > (below == 1 ? above : above / below) - sum;
}
