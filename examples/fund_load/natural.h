/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Natural numbers of up to 1024 decimal digits, and arithmetic modulo an odd one of them in
 * Montgomery's form. No allocation; sizes are fixed by the number of digits.
 */
#ifndef FUND_LOAD_NATURAL_H
#define FUND_LOAD_NATURAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NATURAL_LIMBS 54 /* 10^1024 has 3402 bits; one limb more than that needs none */

struct natural {
	uint32_t n; /* limbs in use; the highest is not 0, except modulo something */
	uint64_t limb[NATURAL_LIMBS];
};

void natural_from_decimal(const char *digits, size_t length, struct natural *ret);
int natural_compare(const struct natural *a, const struct natural *b);
uint64_t natural_mod_small(const struct natural *a, uint64_t by);
uint32_t natural_bits(const struct natural *a);
uint32_t natural_trailing_zeros(const struct natural *a); /* a is not 0 */
void natural_shift_right(const struct natural *a, uint32_t by, struct natural *ret);
void natural_increment(const struct natural *a, struct natural *ret);
bool natural_is_square(const struct natural *a);

static inline bool natural_bit(const struct natural *a, uint32_t i) {
	return a->limb[i / 64] >> (i % 64) & 1;
}

/* Numbers below the modulus, all with as many limbs as it; products are in Montgomery's form. */
struct modulus {
	struct natural n;
	struct natural one;	 /* 1 */
	struct natural r_square; /* to bring others into the form */
	uint64_t inverse;	 /* -1 / n modulo 2^64 */
};

void modulus_init(struct modulus *m, const struct natural *n); /* odd, above 2^64 */
void modulus_set(const struct modulus *m, uint64_t value, struct natural *ret);
void modulus_multiply(const struct modulus *m, const struct natural *a, const struct natural *b,
		      struct natural *ret);
void modulus_add(const struct modulus *m, const struct natural *a, const struct natural *b,
		 struct natural *ret);
void modulus_subtract(const struct modulus *m, const struct natural *a, const struct natural *b,
		      struct natural *ret);
void modulus_negate(const struct modulus *m, const struct natural *a, struct natural *ret);
void modulus_halve(const struct modulus *m, struct natural *a);
bool natural_equal(const struct natural *a, const struct natural *b); /* of one modulus */
bool natural_is_zero(const struct natural *a);

#endif
