/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ry.loop: timers and watches of a component, each on a list of its host so that none outlives it,
 * and each call timed for the stall detector.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "loop/loop.h"
#include "node/host.h"
#include "node/log.h"

struct ry_timer {
	struct ry_timer *next, **link; /* among those of its host */
	struct host *host;
	struct loop_timer *timer;
	void (*on_timer)(void *user);
	void *user;
};

struct ry_io {
	struct ry_io *next, **link;
	struct host *host;
	struct loop_io *io;
	void (*on_io)(void *user, uint32_t events);
	void *user;
};

static struct host *host_of(const struct ry_host *head) {
	return (struct host *)(uintptr_t)head;
}

void unit_stalled(struct unit *unit, const char *component, uint64_t held_ns,
		  const uint8_t trace_id[16]) {
	struct ry_field field = {RY_SIZE(ry_field),
				 RY_VALUE_INT,
				 "held_ms",
				 {.integer = (int64_t)(held_ns / NS_PER_MS)}};
	const struct ry_field *const fields[] = {&field};

	unit->n_stalls++;
	log_write(unit->log, RY_LOG_WARNING, unit_stalled, component,
		  "held the event loop longer than stall_warning_ms", fields, 1, trace_id, NULL);
}

/* Reports the component if its callback, begun at this time, took too long. */
static void watch_stall(const struct host *host, uint64_t begun_ns) {
	uint64_t held = clock_monotonic_ns() - begun_ns;

	if (host->unit->stall_ns && held > host->unit->stall_ns)
		unit_stalled(host->unit, host->head.component, held, NULL);
}

static struct event_base *loop_base(const struct ry_host *head) {
	return loop_event_base(host_of(head)->loop);
}

/* -- timers --------------------------------------------------------------------------------- */

static void on_timer(void *user) {
	struct ry_timer *timer = user;
	const struct host *host = timer->host;
	uint64_t begun = clock_monotonic_ns();

	timer->on_timer(timer->user); /* may stop it */
	watch_stall(host, begun);
}

static void timer_stop(struct ry_timer *timer) {
	if (!timer)
		return;
	*timer->link = timer->next;
	if (timer->next)
		timer->next->link = timer->link;
	loop_timer_free(timer->timer);
	free(timer);
}

static int timer_start(const struct ry_host *head, uint64_t after_ns, int repeat,
		       void (*call)(void *user), void *user, struct ry_timer **ret) {
	struct host *host = host_of(head);
	struct ry_timer *timer = calloc(1, sizeof(*timer));
	int r;

	if (!timer)
		return -ENOMEM;
	timer->host = host;
	timer->on_timer = call;
	timer->user = user;
	r = loop_timer_new(host->loop, on_timer, timer, &timer->timer);
	if (r == 0)
		r = loop_timer_set(timer->timer, after_ns, repeat);
	if (r < 0) {
		loop_timer_free(timer->timer);
		free(timer);
		return r;
	}
	timer->next = host->timers;
	timer->link = &host->timers;
	if (timer->next)
		timer->next->link = &timer->next;
	host->timers = timer;
	*ret = timer;
	return 0;
}

/* -- descriptors ---------------------------------------------------------------------------- */

static void on_io(void *user, uint32_t events) {
	struct ry_io *io = user;
	const struct host *host = io->host;
	uint64_t begun = clock_monotonic_ns();

	io->on_io(io->user, events); /* may stop it */
	watch_stall(host, begun);
}

static void io_stop(struct ry_io *io) {
	if (!io)
		return;
	*io->link = io->next;
	if (io->next)
		io->next->link = io->link;
	loop_io_stop(io->io);
	free(io);
}

static int io_start(const struct ry_host *head, int fd, uint32_t events,
		    void (*call)(void *user, uint32_t events), void *user, struct ry_io **ret) {
	struct host *host = host_of(head);
	struct ry_io *io = calloc(1, sizeof(*io));
	int r;

	if (!io)
		return -ENOMEM;
	io->host = host;
	io->on_io = call;
	io->user = user;
	r = loop_io_start(host->loop, fd, events, on_io, io, &io->io);
	if (r < 0) {
		free(io);
		return r;
	}
	io->next = host->watches;
	io->link = &host->watches;
	if (io->next)
		io->next->link = &io->next;
	host->watches = io;
	*ret = io;
	return 0;
}

/* -- from other threads --------------------------------------------------------------------- */

static int post(const struct ry_host *head, void (*fn)(void *user), void *user) {
	return loop_post(host_of(head)->loop, fn, user);
}

void host_fini(struct host *host) {
	while (host->timers)
		timer_stop(host->timers);
	while (host->watches)
		io_stop(host->watches);
}

const struct ry_loop_service host_loop_service = {
	RY_SIZE(ry_loop_service),
	.event_base = loop_base,
	.timer_start = timer_start,
	.timer_stop = timer_stop,
	.io_start = io_start,
	.io_stop = io_stop,
	.post = post,
};
