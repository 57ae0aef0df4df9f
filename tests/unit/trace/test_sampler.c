/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/trace.h"

#include <math.h>
#include <string.h>

#include "support/test.h"

/* An id whose last 56 bits are the given ones. */
static struct trace_id id_with(uint64_t randomness) {
	struct trace_id id;

	memset(id.bytes, 0xff, sizeof(id.bytes));
	for (int i = 15; i >= 9; i--, randomness >>= 8)
		id.bytes[i] = (uint8_t)randomness;
	return id;
}

START_TEST(ids_are_never_zero_and_differ)
{
	struct trace_random random;
	struct trace_id first, second;

	expect_ok(trace_random_init(&random));
	first = trace_id_new(&random);
	second = trace_id_new(&random);
	expect(memcmp(first.bytes, second.bytes, 16) != 0);
	/* State from which the generator yields zero next: s[1] = 0. */
	random = (struct trace_random){{1, 0, 0, 0}};
	expect_int(trace_random_next(&(struct trace_random){{1, 0, 0, 0}}), 0);
	for (int i = 0; i < 1000; i++) {
		static const struct span_id zero;
		struct span_id id = span_id_new(&random);

		expect(memcmp(id.bytes, zero.bytes, 8) != 0);
	}
}
END_TEST

START_TEST(a_seed_repeats_its_ids)
{
	struct trace_random a, b;

	trace_random_seed(&a, 7);
	trace_random_seed(&b, 7);
	for (int i = 0; i < 100; i++)
		expect(trace_random_next(&a) == trace_random_next(&b));
	trace_random_seed(&b, 8);
	expect(trace_random_next(&a) != trace_random_next(&b));
}
END_TEST

/* xoshiro256** from the state {1, 2, 3, 4}: the first values of the authors' reference code. */
START_TEST(the_generator_is_the_published_one)
{
	struct trace_random random = {{1, 2, 3, 4}};

	expect(trace_random_next(&random) == 11520);
	expect(trace_random_next(&random) == 0);
	expect(trace_random_next(&random) == 1509978240);
	expect(trace_random_next(&random) == 1215971899390074240u);
}
END_TEST

START_TEST(the_threshold_is_one_minus_ratio)
{
	const struct trace_id low = id_with(0), high = id_with((UINT64_C(1) << 56) - 1);
	const struct trace_id quarter = id_with(UINT64_C(3) << 54);
	const struct trace_id below = id_with((UINT64_C(3) << 54) - 1);
	struct trace_sampler sampler;

	trace_sampler_init(&sampler, TRACE_ID_RATIO, false, 0.25);
	expect(trace_sampled(&sampler, &quarter, false, 0));
	expect(!trace_sampled(&sampler, &below, false, 0));
	trace_sampler_init(&sampler, TRACE_ID_RATIO, false, 1);
	expect(trace_sampled(&sampler, &low, false, 0));
	trace_sampler_init(&sampler, TRACE_ID_RATIO, false, 0);
	expect(!trace_sampled(&sampler, &high, false, 0));
	trace_sampler_init(&sampler, TRACE_ID_RATIO, false, (double)NAN);
	expect(!trace_sampled(&sampler, &high, false, 0));
	trace_sampler_init(&sampler, TRACE_ID_RATIO, false, 7);
	expect(trace_sampled(&sampler, &low, false, 0));
}
END_TEST

START_TEST(a_ratio_takes_its_share_and_a_greater_one_takes_more)
{
	struct trace_sampler small, great;
	struct trace_random random;
	unsigned n_small = 0, n_great = 0;

	trace_random_seed(&random, 1);
	trace_sampler_init(&small, TRACE_ID_RATIO, false, 0.1);
	trace_sampler_init(&great, TRACE_ID_RATIO, false, 0.5);
	for (int i = 0; i < 100000; i++) {
		struct trace_id id = trace_id_new(&random);
		bool in_small = trace_sampled(&small, &id, false, 0);
		bool in_great = trace_sampled(&great, &id, false, 0);

		expect(!in_small || in_great);
		n_small += in_small;
		n_great += in_great;
	}
	expect(n_small > 9500 && n_small < 10500);
	expect(n_great > 49000 && n_great < 51000);
}
END_TEST

START_TEST(a_parent_decides_if_asked)
{
	const struct trace_id id = id_with(5);
	struct trace_sampler sampler;

	trace_sampler_init(&sampler, TRACE_ALWAYS_ON, true, 1);
	expect(trace_sampled(&sampler, &id, false, 0));
	expect(!trace_sampled(&sampler, &id, true, TRACE_FLAG_RANDOM));
	expect(trace_sampled(&sampler, &id, true, TRACE_FLAG_SAMPLED));
	trace_sampler_init(&sampler, TRACE_ALWAYS_OFF, true, 1);
	expect(!trace_sampled(&sampler, &id, false, 0));
	expect(trace_sampled(&sampler, &id, true, TRACE_FLAG_SAMPLED));
	trace_sampler_init(&sampler, TRACE_ALWAYS_ON, false, 1);
	expect(trace_sampled(&sampler, &id, true, 0));
}
END_TEST

TEST_MAIN("trace/sampler", ids_are_never_zero_and_differ, a_seed_repeats_its_ids,
	  the_generator_is_the_published_one, the_threshold_is_one_minus_ratio,
	  a_ratio_takes_its_share_and_a_greater_one_takes_more, a_parent_decides_if_asked)
