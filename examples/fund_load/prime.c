/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Primality of decimal texts, without chance:
 *
 *	below 2^64			strong probable prime tests to the first twelve prime bases, which is exact
 *	below 3317044064679887385961981	the same to the first thirteen, exact as well
 *					(Sorenson and Webster, 2015)
 *	above				Baillie-PSW: a strong test to base 2 and a strong Lucas test
 *					with Selfridge's parameters
 *
 * Numbers of more than 64 bits are arrays of 64-bit limbs, multiplied in Montgomery's form; see
 * natural.h.
 */
#include "prime.h"

#include <stdint.h>
#include <string.h>

#include "natural.h"

static const uint64_t bases[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41};
#define N_BASES (sizeof(bases) / sizeof(bases[0]))

/* -- up to 64 bits -------------------------------------------------------------------------- */

__extension__ typedef unsigned __int128 uint128;

static uint64_t multiply_mod(uint64_t a, uint64_t b, uint64_t n) {
	if (n >> 32 == 0)
		return a * b % n;
	return (uint64_t)((uint128)a * b % n);
}

static bool is_strong_probable_prime_64(uint64_t n, uint64_t base) {
	int twos = __builtin_ctzll(n - 1);
	uint64_t power = base, x = 1;

	for (uint64_t odd = (n - 1) >> twos; odd; odd >>= 1) {
		if (odd & 1)
			x = multiply_mod(x, power, n);
		power = multiply_mod(power, power, n);
	}
	if (x == 1 || x == n - 1)
		return true;
	for (int i = 1; i < twos; i++) {
		x = multiply_mod(x, x, n);
		if (x == n - 1)
			return true;
	}
	return false;
}

/* How many of the bases are enough for an exact answer (Jaeschke, 1993, and later). */
static size_t bases_for(uint64_t n) {
	return n < UINT64_C(3215031751) ? 4 : n < UINT64_C(341550071728321) ? 7 : 12;
}

static bool is_prime_64(uint64_t n) {
	if (n < 2)
		return false;
	for (size_t i = 0; i < N_BASES; i++)
		if (n % bases[i] == 0)
			return n == bases[i];
	if (n < 43 * 43)
		return true;
	for (size_t i = 0; i < bases_for(n); i++)
		if (!is_strong_probable_prime_64(n, bases[i]))
			return false;
	return true;
}

/* -- above: strong probable primes ---------------------------------------------------------- */

/* The exponent's bits from below the highest one downwards: for left-to-right powers. */
#define FOR_LOWER_BITS(i, number) for (uint32_t i = natural_bits(number) - 1; i-- > 0;)

static bool is_strong_probable_prime(const struct modulus *m, uint64_t base) {
	struct natural less_one = m->n, odd, x, b, minus_one;
	uint32_t twos;

	less_one.limb[0]--; /* n is odd */
	twos = natural_trailing_zeros(&less_one);
	natural_shift_right(&less_one, twos, &odd);
	modulus_set(m, base, &b);
	modulus_negate(m, &m->one, &minus_one);
	x = b;
	FOR_LOWER_BITS(i, &odd) {
		modulus_multiply(m, &x, &x, &x);
		if (natural_bit(&odd, i))
			modulus_multiply(m, &x, &b, &x);
	}
	if (natural_equal(&x, &m->one) || natural_equal(&x, &minus_one))
		return true;
	for (uint32_t i = 1; i < twos; i++) {
		modulus_multiply(m, &x, &x, &x);
		if (natural_equal(&x, &minus_one))
			return true;
	}
	return false;
}

/* -- above: strong Lucas probable primes ---------------------------------------------------- */

/* The Jacobi symbol (a/n) of small odd n. */
static int jacobi_small(uint64_t a, uint64_t n) {
	int sign = 1;

	for (a %= n; a; a %= n) {
		int twos = __builtin_ctzll(a);
		uint64_t swap = n;

		a >>= twos;
		if (twos % 2 && (n % 8 == 3 || n % 8 == 5))
			sign = -sign;
		if (a % 4 == 3 && n % 4 == 3)
			sign = -sign;
		n = a;
		a = swap;
	}
	return n == 1 ? sign : 0;
}

/* The Jacobi symbol (d/n) of a large odd n and a small odd d, by reciprocity. */
static int jacobi(int64_t d, const struct natural *n) {
	uint64_t size = (uint64_t)(d < 0 ? -d : d);
	uint64_t n_mod_4 = n->limb[0] % 4;
	int sign = jacobi_small(natural_mod_small(n, size), size);

	if (d < 0 && n_mod_4 == 3)
		sign = -sign;
	return size % 4 == 3 && n_mod_4 == 3 ? -sign : sign;
}

/* Selfridge's D, or 0: the search has shown that n is composite. */
static int64_t selfridge_d(const struct natural *n) {
	int64_t d = 5;

	for (int tries = 0;; tries++) {
		int symbol = jacobi(d, n);

		if (symbol == -1)
			return d;
		/* |d| is far below n. For a square there is no D, and the search would not end. */
		if (symbol == 0 || (tries == 16 && natural_is_square(n)))
			return 0;
		d = d > 0 ? -(d + 2) : -(d - 2);
	}
}

struct lucas {
	struct natural u, v, q_power; /* U(k), V(k), Q^k */
	struct natural d, q;
};

/* k becomes 2k. */
static void lucas_double(const struct modulus *m, struct lucas *s) {
	modulus_multiply(m, &s->u, &s->v, &s->u);
	modulus_multiply(m, &s->v, &s->v, &s->v);
	modulus_subtract(m, &s->v, &s->q_power, &s->v);
	modulus_subtract(m, &s->v, &s->q_power, &s->v);
	modulus_multiply(m, &s->q_power, &s->q_power, &s->q_power);
}

/* k becomes k + 1. */
static void lucas_increment(const struct modulus *m, struct lucas *s) {
	struct natural u = s->u, du;

	modulus_multiply(m, &s->d, &u, &du);
	modulus_add(m, &u, &s->v, &s->u);
	modulus_halve(m, &s->u);
	modulus_add(m, &du, &s->v, &s->v);
	modulus_halve(m, &s->v);
	modulus_multiply(m, &s->q_power, &s->q, &s->q_power);
}

static void set_signed(const struct modulus *m, int64_t value, struct natural *ret) {
	modulus_set(m, (uint64_t)(value < 0 ? -value : value), ret);
	if (value < 0)
		modulus_negate(m, ret, ret);
}

static bool is_strong_lucas_probable_prime(const struct modulus *m) {
	int64_t d = selfridge_d(&m->n);
	struct natural more_one, odd;
	struct lucas s;
	uint32_t twos;

	if (!d)
		return false;
	natural_increment(&m->n, &more_one);
	twos = natural_trailing_zeros(&more_one);
	natural_shift_right(&more_one, twos, &odd);
	set_signed(m, d, &s.d);
	set_signed(m, (1 - d) / 4, &s.q);
	s.u = s.v = m->one;
	s.q_power = s.q;
	FOR_LOWER_BITS(i, &odd) {
		lucas_double(m, &s);
		if (natural_bit(&odd, i))
			lucas_increment(m, &s);
	}
	if (natural_is_zero(&s.u))
		return true;
	for (uint32_t i = 0; i < twos; i++) {
		if (natural_is_zero(&s.v))
			return true;
		lucas_double(m, &s);
	}
	return false;
}

/* -- both ----------------------------------------------------------------------------------- */

/* Below it the first thirteen prime bases decide exactly. */
static bool is_below_exact_limit(const struct natural *n) {
	static const char limit_text[] = "3317044064679887385961981";
	struct natural limit;

	natural_from_decimal(limit_text, sizeof(limit_text) - 1, &limit);
	return natural_compare(n, &limit) < 0;
}

static bool is_prime_large(const struct natural *n) {
	struct modulus m;

	for (size_t i = 0; i < N_BASES; i++)
		if (natural_mod_small(n, bases[i]) == 0)
			return false;
	modulus_init(&m, n);
	if (!is_below_exact_limit(n))
		return is_strong_probable_prime(&m, 2) && is_strong_lucas_probable_prime(&m);
	for (size_t i = 0; i < N_BASES; i++)
		if (!is_strong_probable_prime(&m, bases[i]))
			return false;
	return true;
}

bool prime_text(const char *digits, size_t length) {
	struct natural n;

	while (length && *digits == '0') {
		digits++;
		length--;
	}
	if (length > PRIME_MAX_DIGITS)
		return false;
	if (length <= 19) {
		uint64_t value = 0;

		while (length--)
			value = value * 10 + (uint64_t)(*digits++ - '0');
		return is_prime_64(value);
	}
	natural_from_decimal(digits, length, &n);
	return n.n == 1 ? is_prime_64(n.limb[0]) : is_prime_large(&n);
}
