/* SPDX-License-Identifier: Apache-2.0 */
/* Seeds for ids. xoshiro256** (Blackman, Vigna 2018), seeded as its authors say: by splitmix64. */
#include "trace/trace.h"

#include <errno.h>
#include <sys/random.h>

static uint64_t splitmix(uint64_t *state) {
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void trace_random_seed(struct trace_random *random, uint64_t seed) {
	for (int i = 0; i < 4; i++)
		random->state[i] = splitmix(&seed);
}

int trace_random_init(struct trace_random *random) {
	uint64_t seed[4];
	ssize_t n;

	do
		n = getrandom(seed, sizeof(seed), 0);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(seed))
		return n < 0 ? -errno : -EIO;
	/* Only an all-zero state is forbidden. */
	if (!(seed[0] | seed[1] | seed[2] | seed[3]))
		seed[0] = 1;
	for (int i = 0; i < 4; i++)
		random->state[i] = seed[i];
	return 0;
}
