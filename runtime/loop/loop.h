/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event loop: descriptors, timers, and jobs posted from other threads. A thin layer over
 * libevent core, which no other room of the runtime includes.
 *
 * A loop belongs to the thread that runs it. All functions are called there (or before it runs),
 * but for loop_post and loop_stop, which any thread may call. Handlers run on that thread, one at
 * a time.
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include <railyard/host.h>

struct loop;
struct loop_io;
struct loop_timer;
struct event_base;

enum loop_flags {
	LOOP_PRECISE =
		1u << 0, /* timers finer than a millisecond; costs a system call when they move */
};

/* 0 or a negative errno. */
int loop_new(uint32_t flags, struct loop **ret);

/* Jobs that did not run are dropped. Watches and timers must be gone. Accepts NULL; returns NULL. */
struct loop *loop_free(struct loop *loop);

/* For libraries with a libevent adapter; stays the loop's. */
struct event_base *loop_event_base(struct loop *loop);

/*
 * Handles events until loop_stop, which also ends a run that has yet to start. 0 or a negative
 * errno.
 */
int loop_run(struct loop *loop);

/* Handles what is ready now, without blocking. 0 or a negative errno. */
int loop_run_ready(struct loop *loop);

/* Waits until something is ready, and handles it. 0 or a negative errno. */
int loop_run_once(struct loop *loop);

/* Ends loop_run soon: after the handlers that are due and the jobs posted before. Any thread. */
void loop_stop(struct loop *loop);

/*
 * Calls on_io while fd is ready for the events (enum ry_io_events), with those that it is ready
 * for. The descriptor stays the caller's and outlives the watch.
 */
int loop_io_start(struct loop *loop, int fd, uint32_t events,
		  void (*on_io)(void *user, uint32_t events), void *user, struct loop_io **ret);
struct loop_io *loop_io_stop(struct loop_io *io); /* accepts NULL; legal in its handler */

/*
 * A timer that does not run yet. loop_timer_set starts it or moves it: on_timer is called once,
 * after_ns from now, or with repeat every after_ns. loop_timer_unset stops it.
 */
int loop_timer_new(struct loop *loop, void (*on_timer)(void *user), void *user,
		   struct loop_timer **ret);
int loop_timer_set(struct loop_timer *timer, uint64_t after_ns, bool repeat);
void loop_timer_unset(struct loop_timer *timer);
struct loop_timer *loop_timer_free(
	struct loop_timer *timer); /* accepts NULL; legal in its handler */

/*
 * Runs fn(user) on the loop's thread soon, in the order of the posts of one thread. Any thread.
 * 0 or -ENOMEM.
 */
int loop_post(struct loop *loop, void (*fn)(void *user), void *user);

/* Drops what was posted as fn(user) and has not run: whoever ends user calls it. */
void loop_unpost(struct loop *loop, void (*fn)(void *user), void *user);

#endif
