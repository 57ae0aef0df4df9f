/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SipHash-c-d (Aumasson and Bernstein, 2012): who does not know the seed cannot make collisions.
 * c and d are rounds per block and at the end: 2-4 as published, 1-3 as hash tables use it.
 */
#ifndef KV_MEMORY_SIPHASH_H
#define KV_MEMORY_SIPHASH_H

#include <stdint.h>
#include <string.h>

struct siphash_seed {
	uint64_t k0, k1;
};

static inline uint64_t siphash_rotate(uint64_t x, unsigned n) {
	return x << n | x >> (64 - n);
}

static inline void siphash_rounds(uint64_t v[4], int n) {
	while (n--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = siphash_rotate(v[1], 13) ^ v[0];
		v[3] = siphash_rotate(v[3], 16) ^ v[2];
		v[0] = siphash_rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = siphash_rotate(v[1], 17) ^ v[2];
		v[3] = siphash_rotate(v[3], 21) ^ v[0];
		v[2] = siphash_rotate(v[2], 32);
	}
}

static inline void siphash_block(uint64_t v[4], uint64_t block, int c) {
	v[3] ^= block;
	siphash_rounds(v, c);
	v[0] ^= block;
}

/* Little-endian hosts only, as the rest of this room: the hash does not leave the process. */
static inline uint64_t siphash(const struct siphash_seed *seed, int c, int d, const void *data,
			       uint64_t length) {
	uint64_t v[4] = {
		seed->k0 ^ 0x736f6d6570736575ull,
		seed->k1 ^ 0x646f72616e646f6dull,
		seed->k0 ^ 0x6c7967656e657261ull,
		seed->k1 ^ 0x7465646279746573ull,
	};
	const unsigned char *at = data;
	uint64_t block = 0, left = length;

	for (; left >= 8; left -= 8, at += 8) {
		memcpy(&block, at, 8);
		siphash_block(v, block, c);
	}
	block = length << 56;
	for (uint64_t i = 0; i < left; i++)
		block |= (uint64_t)at[i] << (8 * i);
	siphash_block(v, block, c);
	v[2] ^= 0xff;
	siphash_rounds(v, d);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif
