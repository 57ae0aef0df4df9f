/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trace context: ids, sampling, W3C traceparent and tracestate. No rings and no exporters here.
 *
 * Sources: W3C Trace Context Level 2; OpenTelemetry specification, Trace SDK, Sampling.
 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#define TRACE_FLAG_SAMPLED 0x01u
#define TRACE_FLAG_RANDOM  0x02u

struct trace_id {
	uint8_t bytes[16];
};

struct span_id {
	uint8_t bytes[8];
};

/* Random ids of one thread: xoshiro256**, seeded from the kernel. Never yields zero. */
struct trace_random {
	uint64_t state[4];
};

int trace_random_init(struct trace_random *random);		    /* 0 or a negative errno */
void trace_random_seed(struct trace_random *random, uint64_t seed); /* for tests: deterministic */

/* About 2 ns each; inline in the implementation's header part below. */
static inline uint64_t trace_random_next(struct trace_random *r) {
	uint64_t *s = r->state;
	uint64_t x = s[1] * 5, result = ((x << 7) | (x >> 57)) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = (s[3] << 45) | (s[3] >> 19);
	return result;
}

static inline struct trace_id trace_id_new(struct trace_random *random) {
	struct trace_id id;
	uint64_t words[2];

	do {
		words[0] = trace_random_next(random);
		words[1] = trace_random_next(random);
	} while (!(words[0] | words[1]));
	__builtin_memcpy(id.bytes, words, sizeof(id.bytes));
	return id;
}

static inline struct span_id span_id_new(struct trace_random *random) {
	struct span_id id;
	uint64_t word;

	do
		word = trace_random_next(random);
	while (!word);
	__builtin_memcpy(id.bytes, &word, sizeof(id.bytes));
	return id;
}

enum trace_sampler_kind {
	TRACE_ALWAYS_ON,
	TRACE_ALWAYS_OFF,
	TRACE_ID_RATIO,
};

struct trace_sampler {
	enum trace_sampler_kind root;
	bool parent_based;  /* a remote parent's sampled flag decides */
	uint64_t threshold; /* ID_RATIO: sampled when the last 56 bits of the id are >= threshold */
};

/* ratio is 0..1; see OpenTelemetry "TraceIdRatioBased" and the W3C random flag. */
void trace_sampler_init(struct trace_sampler *sampler, enum trace_sampler_kind root,
			bool parent_based, double ratio);
/* has_parent: a valid remote parent with these flags came in. */
bool trace_sampled(const struct trace_sampler *sampler, const struct trace_id *id, bool has_parent,
		   uint32_t parent_flags);

struct trace_parent {
	struct trace_id trace_id;
	struct span_id span_id;
	uint32_t flags;
};

/*
 * Parses a traceparent (Level 2): lower-case hex only, version ff invalid, version 00 exactly 55
 * characters, zero ids invalid, unknown flag bits cleared except random. 0 or -EINVAL, with *ret
 * untouched.
 */
int traceparent_parse(const char *text, uint64_t length, struct trace_parent *ret);
#define TRACEPARENT_LENGTH 55
void traceparent_format(const struct trace_parent *parent, char buf[TRACEPARENT_LENGTH + 1]);

/*
 * Checks a tracestate and copies its members, at most 32 and at most cap - 1 bytes; a malformed one
 * is dropped whole, as Level 2 says. Returns the length written (0: none), or -EINVAL.
 */
int tracestate_parse(const char *text, uint64_t length, char *buf, uint32_t cap);

void trace_hex(const void *bytes, uint32_t n, char *buf); /* writes 2 n characters and a NUL */

#endif
