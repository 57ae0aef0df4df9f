/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/signals.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/fd.h"
#include "commands/commands.h"

/* What the runner has after the second signal before the process ends without it. */
#define LAST_MOMENT_US 150000
/* What it has after the drain deadline. */
#define DRAIN_GRACE_S  1

static struct runner_control *control;
static volatile sig_atomic_t last_stop;
static struct timeval patience; /* with a drain */

static void wake(void) {
	const uint64_t one = 1;
	int saved = errno;
	ssize_t n = write(control->wake_fd, &one, sizeof(one));

	(void)n; /* full: it is readable already */
	errno = saved;
}

static void set_timer(struct timeval after) {
	struct itimerval timer = {.it_value = after};

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void on_stop(int signal_number) {
	static const char text[] = "railyard: stopping; accepted messages are completed first, "
				   "a second signal ends at once\n";
	int before = atomic_load(&control->stop);
	ssize_t n = 0;

	last_stop = signal_number;
	if (before == STOP_NONE) {
		n = write(STDERR_FILENO, text, sizeof(text) - 1);
		atomic_store(&control->stop, STOP_DRAIN);
		set_timer(patience);
	} else {
		atomic_store(&control->stop, STOP_NOW);
		set_timer((struct timeval){.tv_usec = LAST_MOMENT_US});
	}
	(void)n;
	wake();
}

/* The runner cannot look at its deadlines while a component does not return. */
static void on_last_moment(int signal_number, siginfo_t *info, void *context) {
	static const char second[] = "railyard: ended by a second signal; what was in work is lost "
				     "and not counted\n";
	static const char late[] =
		"railyard: the drain deadline passed (lifecycle.drain_timeout_ms) "
		"and a component does not return; what was in work is lost and "
		"not counted\n";
	int stop = atomic_load(&control->stop);
	ssize_t n;

	(void)signal_number;
	(void)context;
	if (stop == STOP_NONE || info->si_code <= 0)
		return; /* sent by a process: not our timer */
	if (stop == STOP_NOW)
		n = write(STDERR_FILENO, second, sizeof(second) - 1);
	else
		n = write(STDERR_FILENO, late, sizeof(late) - 1);
	(void)n;
	_exit(stop == STOP_NOW ? 128 + last_stop : EXIT_ABANDONED);
}

void signals_drained(void) {
	if (atomic_load(&control->stop) != STOP_NOW)
		set_timer((struct timeval){0});
}

static void on_reopen(int signal_number) {
	(void)signal_number;
	atomic_store(&control->reopen, 1);
	wake();
}

static int handle(int signal_number, void (*handler)(int)) {
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

	/* One after the other: two that arrive together are a first and a second one. */
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGINT);
	sigaddset(&action.sa_mask, SIGTERM);
	return sigaction(signal_number, &action, NULL) < 0 ? -errno : 0;
}

static int handle_timer(void) {
	struct sigaction action = {.sa_sigaction = on_last_moment,
				   .sa_flags = SA_RESTART | SA_SIGINFO};

	sigemptyset(&action.sa_mask);
	return sigaction(SIGALRM, &action, NULL) < 0 ? -errno : 0;
}

int signals_install(struct runner_control *c, int64_t drain_timeout_ms) {
	int r;

	c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->wake_fd < 0)
		return -errno;
	control = c;
	last_stop = 0;
	patience.tv_sec = drain_timeout_ms / 1000 + DRAIN_GRACE_S;
	patience.tv_usec = drain_timeout_ms % 1000 * 1000;
	r = handle(SIGPIPE, SIG_IGN);
	if (r == 0)
		r = handle(SIGXFSZ, SIG_IGN); /* a file at its limit: EFBIG, counted like ENOSPC */
	if (r == 0)
		r = handle(SIGINT, on_stop);
	if (r == 0)
		r = handle(SIGTERM, on_stop);
	if (r == 0)
		r = handle(SIGHUP, on_reopen);
	if (r == 0)
		r = handle_timer();
	return r;
}

void signals_restore(struct runner_control *c) {
	static const int handled[] = {SIGINT, SIGTERM, SIGHUP};

	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		(void)handle(handled[i], SIG_DFL);
	set_timer((struct timeval){0}); /* else it would end what comes after the run */
	(void)handle(SIGALRM, SIG_DFL);
	fd_close(&c->wake_fd);
	control = NULL;
}

int signals_last_stop(void) {
	return last_stop;
}
