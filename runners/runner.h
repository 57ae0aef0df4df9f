/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A runner drives one unit (all nodes of one or several process groups) on one thread. Two
 * implementations share one core (core.h): how a task is taken, run, settled, routed, accounted and
 * traced is the same in both; they differ in what they do when there is nothing to do.
 */
#ifndef RUNNER_H
#define RUNNER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "node/node.h"

enum runner_state {
	RUNNER_CREATED,
	RUNNER_READY, /* every instance has started */
	RUNNER_RUNNING,
	RUNNER_DRAINING, /* sources have stopped, accepted messages are completed */
	RUNNER_STOPPED,
	RUNNER_FAILED,
	RUNNER_STATES,
};

enum stop_request {
	STOP_NONE,
	STOP_DRAIN, /* first SIGINT or SIGTERM */
	STOP_NOW,   /* the second one */
};

/* How the program talks to a running runner. Written by signal handlers: lock-free atomics only. */
struct runner_control {
	_Atomic int stop;   /* enum stop_request; only ever grows */
	_Atomic int reopen; /* SIGHUP: 1; the runner sets it back */
	int wake_fd;	    /* readable after a change (an eventfd) */
};

struct runner_options {
	struct runner_control *control;
	uint64_t drain_timeout_ns; /* for STOP_DRAIN */
	/* Runs between batches of messages and before a wait (`placement: runner`); NULL: nothing. */
	void (*turn)(void *user);
	/* A new state has been reached; NULL: nobody listens. */
	void (*on_state)(void *user, enum runner_state state);
	void (*on_reopen)(void *user); /* SIGHUP, after the unit's adapters; NULL: nobody listens */
	void *user;
};

/* What came of a run. */
struct runner_result {
	enum runner_state state; /* STOPPED or FAILED */
	int error;		 /* FAILED: negative errno of the first failure */
	const struct node *node; /* FAILED: where; NULL: none in particular */
	uint64_t source_seq;	 /* FAILED: of the message, 0: none */
	uint32_t source_id;
	uint8_t trace_id[16];
	uint64_t abandoned; /* accepted messages that were not completed */
	bool stopped_now;   /* by STOP_NOW */
	bool late;	    /* the drain deadline passed */
};

struct runner;

struct runner_ops {
	const char *name;
	enum runner_profile profile;
	int (*create)(struct runner *runner); /* 0 or a negative errno; own state in runner->own */
	void (*run)(struct runner *runner);   /* until it has stopped; fills runner->result */
	void (*destroy)(struct runner *runner);
};

extern const struct runner_ops runner_sync;
extern const struct runner_ops runner_async; /* of a unit with a loop */

/* unit: built, not started; borrowed. 0 or a negative errno. */
int runner_new(const struct runner_ops *ops, struct unit *unit,
	       const struct runner_options *options, struct runner **ret);
struct runner *runner_free(struct runner *runner);

/* Starts the unit's instances. 0, or the negative errno of what did not start (logged). */
int runner_start(struct runner *runner);

/* Runs to the end of the stream, a failure or a stop; stops the instances. Blocks. */
void runner_run(struct runner *runner, struct runner_result *ret);

enum runner_state runner_state(const struct runner *runner);
const char *runner_state_name(enum runner_state state);

#endif
