/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs for a loop from any thread: a stack without a lock that its thread takes as a whole. */
#ifndef LOOP_POST_H
#define LOOP_POST_H

#include <stdatomic.h>
#include <stdbool.h>

struct post_job;

struct post_queue {
	_Atomic(struct post_job *) newest;
	atomic_bool stopped;
	struct post_job *taken, **taken_end; /* by the loop's thread, oldest first */
};

void post_init(struct post_queue *queue);
void post_fini(struct post_queue *queue); /* drops the jobs that are left */

/* Any thread. *ret_first: the queue was empty, so its thread must be woken. 0 or -ENOMEM. */
int post_add(struct post_queue *queue, void (*fn)(void *user), void *user, bool *ret_first);
void post_stop(struct post_queue *queue);

/*
 * The loop's thread: runs what was there when it was called, oldest first. true: post_stop was
 * called; this consumes it, and jobs added since stay for the next run.
 */
bool post_run(struct post_queue *queue);

/* The loop's thread: drops the jobs fn(user) that have not run. */
void post_drop(struct post_queue *queue, void (*fn)(void *user), void *user);

#endif
