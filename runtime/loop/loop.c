/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop over libevent 2.1. How the base is set up, and why:
 * - EVENT_BASE_FLAG_NOLOCK: it belongs to one thread; others wake it through an eventfd.
 * - EVENT_BASE_FLAG_IGNORE_ENV: the environment does not choose its backend. Change lists are off,
 *   as they are unsafe with duplicated descriptors.
 * - At most LOOP_CALLBACKS handlers between two looks at the descriptors: a handler that makes
 *   itself active again would otherwise starve I/O for ever.
 */
#include "loop/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/fd.h"
#include "loop/post.h"

#define LOOP_CALLBACKS 64

struct loop {
	struct event_base *base;
	struct post_queue posts;
	struct loop_io *wakeup;
	int wakeup_fd;
};

struct loop_io {
	struct event *event;
	void (*on_io)(void *user, uint32_t events);
	void *user;
};

struct loop_timer {
	struct event *event;
	void (*on_timer)(void *user);
	void *user;
};

static struct event_base *base_new(uint32_t flags) {
	int base_flags = EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV;
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (!config)
		return NULL;
	if (flags & LOOP_PRECISE)
		base_flags |= EVENT_BASE_FLAG_PRECISE_TIMER;
	event_config_set_flag(config, base_flags);
	event_config_set_max_dispatch_interval(config, NULL, LOOP_CALLBACKS, 0);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

static void on_wakeup(void *user, uint32_t events) {
	struct loop *loop = user;
	uint64_t count;

	(void)events;
	/* Before the queue is emptied: whoever posts after this look writes it again. */
	if (read(loop->wakeup_fd, &count, sizeof(count)) < 0 && errno != EAGAIN && errno != EINTR)
		return;
	if (post_run(&loop->posts))
		event_base_loopbreak(loop->base);
}

int loop_new(uint32_t flags, struct loop **ret) {
	struct loop *loop = calloc(1, sizeof(*loop));
	int r;

	if (!loop)
		return -ENOMEM;
	post_init(&loop->posts);
	loop->wakeup_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->wakeup_fd < 0) {
		r = -errno;
		loop_free(loop);
		return r;
	}
	loop->base = base_new(flags);
	r = loop->base ? loop_io_start(loop, loop->wakeup_fd, RY_IO_READ, on_wakeup, loop,
				       &loop->wakeup)
		       : -ENOMEM;
	if (r < 0) {
		loop_free(loop);
		return r;
	}
	*ret = loop;
	return 0;
}

struct loop *loop_free(struct loop *loop) {
	if (!loop)
		return NULL;
	loop_io_stop(loop->wakeup);
	if (loop->base)
		event_base_free(loop->base);
	post_fini(&loop->posts);
	fd_close(&loop->wakeup_fd);
	free(loop);
	return NULL;
}

struct event_base *loop_event_base(struct loop *loop) {
	return loop->base;
}

int loop_run(struct loop *loop) {
	int r = event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);

	return r < 0 ? -EIO : 0;
}

int loop_run_ready(struct loop *loop) {
	int r = event_base_loop(loop->base, EVLOOP_NONBLOCK);

	return r < 0 ? -EIO : 0;
}

int loop_run_once(struct loop *loop) {
	int r = event_base_loop(loop->base, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);

	return r < 0 ? -EIO : 0;
}

static void wake(struct loop *loop) {
	const uint64_t one = 1;

	/* EAGAIN: it is awake already. */
	while (write(loop->wakeup_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

void loop_stop(struct loop *loop) {
	post_stop(&loop->posts);
	wake(loop);
}

int loop_post(struct loop *loop, void (*fn)(void *user), void *user) {
	bool first;
	int r;

	r = post_add(&loop->posts, fn, user, &first);
	if (r == 0 && first)
		wake(loop);
	return r;
}

void loop_unpost(struct loop *loop, void (*fn)(void *user), void *user) {
	post_drop(&loop->posts, fn, user);
}

/* -- descriptors -------------------------------------------------------------------------- */

static void on_event_io(evutil_socket_t fd, short what, void *arg) {
	struct loop_io *io = arg;

	(void)fd;
	io->on_io(io->user, (what & EV_READ ? (uint32_t)RY_IO_READ : 0) |
				    (what & EV_WRITE ? (uint32_t)RY_IO_WRITE : 0));
}

int loop_io_start(struct loop *loop, int fd, uint32_t events,
		  void (*on_io)(void *user, uint32_t events), void *user, struct loop_io **ret) {
	short what = EV_PERSIST;
	struct loop_io *io;

	if (fd < 0 || !events || (events & ~(uint32_t)(RY_IO_READ | RY_IO_WRITE)))
		return -EINVAL;
	what |= events & RY_IO_READ ? EV_READ : 0;
	what |= events & RY_IO_WRITE ? EV_WRITE : 0;
	io = malloc(sizeof(*io));
	if (!io)
		return -ENOMEM;
	*io = (struct loop_io){.on_io = on_io, .user = user};
	io->event = event_new(loop->base, fd, what, on_event_io, io);
	if (!io->event || event_add(io->event, NULL) < 0) {
		loop_io_stop(io);
		return -ENOMEM;
	}
	*ret = io;
	return 0;
}

struct loop_io *loop_io_stop(struct loop_io *io) {
	if (!io)
		return NULL;
	if (io->event)
		event_free(io->event);
	free(io);
	return NULL;
}

/* -- timers ------------------------------------------------------------------------------- */

static void on_event_timer(evutil_socket_t fd, short what, void *arg) {
	struct loop_timer *timer = arg;

	(void)fd;
	(void)what;
	timer->on_timer(timer->user);
}

int loop_timer_new(struct loop *loop, void (*on_timer)(void *user), void *user,
		   struct loop_timer **ret) {
	struct loop_timer *timer = malloc(sizeof(*timer));

	if (!timer)
		return -ENOMEM;
	*timer = (struct loop_timer){.on_timer = on_timer, .user = user};
	timer->event = event_new(loop->base, -1, 0, on_event_timer, timer);
	if (!timer->event) {
		free(timer);
		return -ENOMEM;
	}
	*ret = timer;
	return 0;
}

int loop_timer_set(struct loop_timer *timer, uint64_t after_ns, bool repeat) {
	const uint64_t us = after_ns / 1000 + (after_ns % 1000 != 0);
	const struct timeval after = {(time_t)(us / 1000000), (suseconds_t)(us % 1000000)};
	struct event_base *base = event_get_base(timer->event);

	event_del(timer->event);
	if (event_assign(timer->event, base, -1, repeat ? EV_PERSIST : 0, on_event_timer, timer) <
	    0)
		return -EINVAL;
	return event_add(timer->event, &after) < 0 ? -ENOMEM : 0;
}

void loop_timer_unset(struct loop_timer *timer) {
	event_del(timer->event);
}

struct loop_timer *loop_timer_free(struct loop_timer *timer) {
	if (!timer)
		return NULL;
	event_free(timer->event);
	free(timer);
	return NULL;
}
