/* SPDX-License-Identifier: Apache-2.0 */
/* Exact decimals: "5000.00" is {500000, 2}. No exponent, no `+`, no bare point. */
#include <ctype.h>
#include <errno.h>

#include "manifest/bind.h"

#define DECIMAL_MAX_SCALE 18

int decimal_parse(const char *text, struct ry_decimal *ret) {
	const char *at = text;
	bool negative = *at == '-', point = false;
	struct ry_decimal value = {0};
	int64_t magnitude = 0; /* negative, so that the least int64_t fits */

	if (negative)
		at++;
	for (const char *first = at; *at; at++) {
		if (*at == '.') {
			if (point || at == first || !isdigit((unsigned char)at[1]))
				return -EINVAL;
			point = true;
			continue;
		}
		if (!isdigit((unsigned char)*at))
			return -EINVAL;
		if (point && ++value.scale > DECIMAL_MAX_SCALE)
			return -ERANGE;
		if (__builtin_mul_overflow(magnitude, 10, &magnitude) ||
		    __builtin_sub_overflow(magnitude, *at - '0', &magnitude))
			return -ERANGE;
	}
	if (at == text + negative)
		return -EINVAL;
	if (!negative && magnitude == INT64_MIN)
		return -ERANGE;
	value.coefficient = negative ? magnitude : -magnitude;
	*ret = value;
	return 0;
}
