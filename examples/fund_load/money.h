/* SPDX-License-Identifier: Apache-2.0 */
/* Exact money: integers of minor units (cents), never floating point (RULES.md, A1-A4, F2, P7). */
#ifndef FUND_LOAD_MONEY_H
#define FUND_LOAD_MONEY_H

#include <stdbool.h>
#include <stddef.h>

#include <railyard/config.h>

#include "record.h"

#define MONEY_MAX ((INT64_C(1) << 62) - 1)

/* Reads `load_amount`. False: it is not one. */
bool money_parse(const char *text, size_t length, int64_t *ret_minor_units);

/* amount x factor, rounded half to even to minor units. amount is 0..MONEY_MAX. */
fl_int128 money_multiply(int64_t amount, const struct ry_decimal *factor);

/* (sum + amount) x coefficient / 10^scale > limit, exactly; limit in major units, not negative. */
bool money_exceeds(fl_int128 sum, fl_int128 amount, int64_t coefficient, uint32_t scale,
		   const struct ry_decimal *limit);

#endif
