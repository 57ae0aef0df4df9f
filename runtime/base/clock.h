/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks of the process. Components that tests must control take a `clock` contract instead. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_SECOND 1000000000ull
#define NS_PER_MS     1000000ull

static inline uint64_t clock_ns(clockid_t id) {
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SECOND + (uint64_t)ts.tv_nsec;
}

static inline uint64_t clock_monotonic_ns(void) {
	return clock_ns(CLOCK_MONOTONIC);
}

static inline uint64_t clock_unix_ns(void) {
	return clock_ns(CLOCK_REALTIME);
}

#endif
