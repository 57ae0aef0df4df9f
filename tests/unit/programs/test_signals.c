/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/signals.h"

#include <signal.h>
#include <sys/time.h>

#include "support/test.h"

static bool timer_runs(void) {
	struct itimerval timer;

	expect_int(getitimer(ITIMER_REAL, &timer), 0);
	return timer.it_value.tv_sec || timer.it_value.tv_usec;
}

START_TEST(no_timer_is_left_behind)
{
	static const int stops[] = {SIGTERM, SIGINT};
	struct runner_control control = {.wake_fd = -1};

	expect_ok(signals_install(&control, 1000));
	for (int i = 0; i < 2; i++) {
		expect_int(raise(stops[i]), 0);
		expect(timer_runs());
		signals_drained();
		expect(timer_runs() == (control.stop == STOP_NOW));
	}
	expect_int(signals_last_stop(), SIGINT);
	signals_restore(&control);
	expect(!timer_runs());
}
END_TEST

TEST_MAIN("programs/signals", no_timer_is_left_behind)
