/* SPDX-License-Identifier: Apache-2.0 */
/* Natural numbers as limbs of 64 bits, the lowest first. */
#include "natural.h"

#include <string.h>

__extension__ typedef unsigned __int128 uint128;

/* -- natural numbers ------------------------------------------------------------------------ */

static void trim(struct natural *a) {
	while (a->n && !a->limb[a->n - 1])
		a->n--;
}

/* a x by + add, in place; it fits. */
static void multiply_small(struct natural *a, uint64_t by, uint64_t add) {
	uint64_t carry = add;

	for (uint32_t i = 0; i < a->n; i++) {
		uint128 t = (uint128)a->limb[i] * by + carry;

		a->limb[i] = (uint64_t)t;
		carry = (uint64_t)(t >> 64);
	}
	if (carry)
		a->limb[a->n++] = carry;
}

void natural_from_decimal(const char *digits, size_t length, struct natural *ret) {
	ret->n = 0;
	while (length) {
		uint64_t group = 0, unit = 1;

		for (; length && unit < UINT64_C(1000000000000000000); length--, unit *= 10)
			group = group * 10 + (uint64_t)(*digits++ - '0');
		multiply_small(ret, unit, group);
	}
}

int natural_compare(const struct natural *a, const struct natural *b) {
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	for (uint32_t i = a->n; i-- > 0;)
		if (a->limb[i] != b->limb[i])
			return a->limb[i] < b->limb[i] ? -1 : 1;
	return 0;
}

uint64_t natural_mod_small(const struct natural *a, uint64_t by) {
	uint64_t rest = 0;

	for (uint32_t i = a->n; i-- > 0;)
		rest = (uint64_t)(((uint128)rest << 64 | a->limb[i]) % by);
	return rest;
}

uint32_t natural_bits(const struct natural *a) {
	return a->n * 64 - (uint32_t)__builtin_clzll(a->limb[a->n - 1]);
}

uint32_t natural_trailing_zeros(const struct natural *a) {
	uint32_t i = 0;

	while (!a->limb[i])
		i++;
	return i * 64 + (uint32_t)__builtin_ctzll(a->limb[i]);
}

void natural_shift_right(const struct natural *a, uint32_t by, struct natural *ret) {
	uint32_t limbs = by / 64, bits = by % 64;

	ret->n = a->n - limbs;
	for (uint32_t i = 0; i < ret->n; i++) {
		uint64_t high = i + limbs + 1 < a->n ? a->limb[i + limbs + 1] : 0;

		ret->limb[i] = a->limb[i + limbs] >> bits | (bits ? high << (64 - bits) : 0);
	}
	trim(ret);
}

void natural_increment(const struct natural *a, struct natural *ret) {
	*ret = *a;
	for (uint32_t i = 0; i < ret->n; i++)
		if (++ret->limb[i])
			return;
	ret->limb[ret->n++] = 1;
}

/* Is root x root above a? root has at most half the bits of a, rounded up. */
static bool square_is_above(const struct natural *root, const struct natural *a) {
	struct natural square = {.n = 2 * root->n};

	if (square.n > NATURAL_LIMBS)
		square.n = NATURAL_LIMBS;
	for (uint32_t i = 0; i < root->n; i++) {
		uint64_t carry = 0;

		for (uint32_t j = 0; i + j < square.n; j++) {
			uint128 t = square.limb[i + j] + (uint128)carry;

			if (j < root->n)
				t += (uint128)root->limb[i] * root->limb[j];
			square.limb[i + j] = (uint64_t)t;
			carry = (uint64_t)(t >> 64);
		}
		if (carry)
			return true;
	}
	trim(&square);
	return natural_compare(&square, a) > 0;
}

/* Builds the root bit by bit from the top. */
bool natural_is_square(const struct natural *a) {
	uint32_t bits = (natural_bits(a) + 1) / 2;
	struct natural root = {.n = (bits + 63) / 64}, square = {0};

	for (uint32_t i = bits; i-- > 0;) {
		root.limb[i / 64] |= UINT64_C(1) << (i % 64);
		if (square_is_above(&root, a))
			root.limb[i / 64] &= ~(UINT64_C(1) << (i % 64));
	}
	/* The root is rounded down: a is a square when root x root is not below it. */
	square = *a;
	for (uint32_t i = 0; i < square.n; i++)
		if (square.limb[i]--)
			break;
	trim(&square);
	return square_is_above(&root, &square);
}

/* -- modulo --------------------------------------------------------------------------------- */

/* a - b over n limbs; returns the borrow. */
static uint64_t subtract_limbs(const uint64_t *a, const uint64_t *b, uint32_t n, uint64_t *to) {
	uint64_t borrow = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint128 t = (uint128)a[i] - b[i] - borrow;

		to[i] = (uint64_t)t;
		borrow = (uint64_t)(t >> 64) & 1;
	}
	return borrow;
}

static uint64_t add_limbs(const uint64_t *a, const uint64_t *b, uint32_t n, uint64_t *to) {
	uint64_t carry = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint128 t = (uint128)a[i] + b[i] + carry;

		to[i] = (uint64_t)t;
		carry = (uint64_t)(t >> 64);
	}
	return carry;
}

/* Takes the modulus off once if value, with a carry above it, is not below it. */
static void reduce_once(const struct modulus *m, uint64_t carry, const uint64_t *value,
			struct natural *ret) {
	uint64_t less[NATURAL_LIMBS];
	uint64_t borrow = subtract_limbs(value, m->n.limb, m->n.n, less);

	ret->n = m->n.n;
	memcpy(ret->limb, carry || !borrow ? less : value, m->n.n * sizeof(*less));
}

void modulus_add(const struct modulus *m, const struct natural *a, const struct natural *b,
		 struct natural *ret) {
	uint64_t sum[NATURAL_LIMBS];
	uint64_t carry = add_limbs(a->limb, b->limb, m->n.n, sum);

	reduce_once(m, carry, sum, ret);
}

void modulus_subtract(const struct modulus *m, const struct natural *a, const struct natural *b,
		      struct natural *ret) {
	ret->n = m->n.n;
	if (subtract_limbs(a->limb, b->limb, m->n.n, ret->limb))
		add_limbs(ret->limb, m->n.limb, m->n.n, ret->limb);
}

void modulus_negate(const struct modulus *m, const struct natural *a, struct natural *ret) {
	const struct natural zero = {.n = m->n.n};

	modulus_subtract(m, &zero, a, ret);
}

void modulus_halve(const struct modulus *m, struct natural *a) {
	uint64_t carry = a->limb[0] & 1 ? add_limbs(a->limb, m->n.limb, m->n.n, a->limb) : 0;

	for (uint32_t i = 0; i < m->n.n; i++) {
		uint64_t high = i + 1 < m->n.n ? a->limb[i + 1] : carry;

		a->limb[i] = a->limb[i] >> 1 | high << 63;
	}
}

/* Montgomery, 1985; one limb of a at a time (CIOS). ret may be a or b. */
void modulus_multiply(const struct modulus *m, const struct natural *a, const struct natural *b,
		      struct natural *ret) {
	const uint32_t n = m->n.n;
	uint64_t t[NATURAL_LIMBS + 1] = {0};

	for (uint32_t i = 0; i < n; i++) {
		uint64_t carry = 0, low_carry, factor;
		uint128 sum;

		for (uint32_t j = 0; j < n; j++) {
			sum = (uint128)a->limb[i] * b->limb[j] + t[j] + carry;
			t[j] = (uint64_t)sum;
			carry = (uint64_t)(sum >> 64);
		}
		sum = (uint128)t[n] + carry;
		t[n] = (uint64_t)sum;
		carry = (uint64_t)(sum >> 64); /* kept for the limb above */
		factor = t[0] * m->inverse;
		sum = (uint128)factor * m->n.limb[0] + t[0];
		low_carry = (uint64_t)(sum >> 64);
		for (uint32_t j = 1; j < n; j++) {
			sum = (uint128)factor * m->n.limb[j] + t[j] + low_carry;
			t[j - 1] = (uint64_t)sum;
			low_carry = (uint64_t)(sum >> 64);
		}
		sum = (uint128)t[n] + low_carry;
		t[n - 1] = (uint64_t)sum;
		t[n] = carry + (uint64_t)(sum >> 64);
	}
	reduce_once(m, t[n], t, ret);
}

void modulus_init(struct modulus *m, const struct natural *n) {
	uint64_t inverse = n->limb[0]; /* right in its low 3 bits, because n is odd */

	m->n = *n;
	for (int i = 0; i < 5; i++)
		inverse *= 2 - n->limb[0] * inverse; /* twice as many bits each time (Newton) */
	m->inverse = -inverse;
	/* R and R^2 modulo n, by doubling 1: R is 2^64 to the number of limbs. */
	m->one = (struct natural){.n = n->n, .limb = {1}};
	for (uint32_t i = 0; i < 64 * n->n; i++)
		modulus_add(m, &m->one, &m->one, &m->one);
	m->r_square = m->one;
	for (uint32_t i = 0; i < 64 * n->n; i++)
		modulus_add(m, &m->r_square, &m->r_square, &m->r_square);
}

void modulus_set(const struct modulus *m, uint64_t value, struct natural *ret) {
	const struct natural plain = {.n = m->n.n, .limb = {value}};

	modulus_multiply(m, &plain, &m->r_square, ret);
}

bool natural_equal(const struct natural *a, const struct natural *b) {
	return natural_compare(a, b) == 0;
}

bool natural_is_zero(const struct natural *a) {
	for (uint32_t i = 0; i < a->n; i++)
		if (a->limb[i])
			return false;
	return true;
}
