/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters.h"

#include <errno.h>
#include <railyard/clock.h>

#include "base/clock.h"
#include "support/fake_host.h"
#include "support/test.h"

START_TEST(the_system_clock_is_the_systems)
{
	struct fake_adapter clock = fake_adapter_open(&ry_adapter_clock_system, NULL);
	struct ry_binding b = fake_adapter_binding(&clock, 0);
	struct ry_clock_now_result now;
	uint64_t before = clock_unix_ns(), before_monotonic = clock_monotonic_ns();

	expect_ok(ry_clock_now(&b, &now));
	expect(now.unix_ns >= before && now.unix_ns <= clock_unix_ns());
	expect(now.monotonic_ns >= before_monotonic && now.monotonic_ns <= clock_monotonic_ns());
	expect_ok(fake_adapter_close(&clock));
}
END_TEST

START_TEST(the_manual_clock_moves_a_step_with_each_call)
{
	struct fake_adapter clock = fake_adapter_open(&ry_adapter_clock_manual,
						      "{\"start_unix_ns\":1000,\"step_ns\":5}");
	struct ry_binding b = fake_adapter_binding(&clock, 0);
	struct ry_clock_now_result now;

	expect_ok(ry_clock_now(&b, &now));
	expect_int(now.unix_ns, 1000);
	expect_int(now.monotonic_ns, 0);
	expect_ok(ry_clock_now(&b, &now));
	expect_int(now.unix_ns, 1005);
	expect_int(now.monotonic_ns, 5);
	expect_ok(fake_adapter_close(&clock));
}
END_TEST

START_TEST(the_manual_clock_does_not_wrap)
{
	struct fake_adapter clock = fake_adapter_open(
		&ry_adapter_clock_manual,
		"{\"start_unix_ns\":9223372036854775807,\"step_ns\":9223372036854775807}");
	struct ry_binding b = fake_adapter_binding(&clock, 0);
	struct ry_clock_now_result now;

	expect_ok(ry_clock_now(&b, &now));
	expect_errno(ry_clock_now(&b, &now), ERANGE);
	expect(now.unix_ns == INT64_MAX);
	expect_ok(fake_adapter_close(&clock));
}
END_TEST

TEST_MAIN("adapters/clock", the_system_clock_is_the_systems,
	  the_manual_clock_moves_a_step_with_each_call, the_manual_clock_does_not_wrap)
