/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The offload pool: a bounded number of threads that run what may block, so that a loop need not.
 *
 * A client is one loop's side of the pool. Jobs of a client are submitted on its loop's thread, run
 * on a thread of the pool, and are done on its loop's thread again. All clients of a pool belong to
 * one thread (that of a runner); all functions here are called on it.
 *
 * The pool never makes the loop wait: when `threads + queue` jobs are in it, a further one is
 * refused, and whoever was refused may ask to be told when there is room.
 */
#ifndef NODE_OFFLOAD_H
#define NODE_OFFLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "loop/loop.h"

struct offload;
struct offload_client;

enum offload_state { OFFLOAD_IDLE, OFFLOAD_QUEUED, OFFLOAD_RUNNING, OFFLOAD_FINISHED };

/* Embedded in what the submitter keeps; zeroed, then run and done set. */
struct offload_job {
	void (*run)(struct offload_job *job, uint32_t thread); /* pool thread, from 0 on */
	/*
	 * Loop thread, once for each submission that was not recalled: 0, or -ECANCELED when the
	 * pool was stopped before the job began. The job is idle again.
	 */
	void (*done)(struct offload_job *job, int status);
	/* The pool's: */
	struct offload_client *client;
	enum offload_state state;
	struct offload_job *prev, *next;
};

/* Embedded likewise. */
struct offload_waiter {
	void (*on_room)(struct offload_waiter *waiter); /* loop thread; submit now */
	struct offload_waiter *prev, *next;
	bool listed;
};

/* No threads yet. 0 or -ENOMEM. */
int offload_new(uint32_t threads, uint32_t queue, struct offload **ret);

/* Starts the threads, with all signals blocked. 0, or a negative errno: then none has started. */
int offload_start(struct offload *pool);

/*
 * Ends the pool. Jobs that have not begun are done with -ECANCELED, waiters are told; then running
 * ones are waited for, up to a time, and done. Returns how many threads have not come back: they
 * are abandoned. Their jobs stay OFFLOAD_RUNNING for ever, and what they may touch has to stay.
 */
uint32_t offload_stop(struct offload *pool, uint64_t timeout_ns);

/* Accepts NULL, returns NULL. Stops it first; with abandoned threads the pool's memory stays. */
struct offload *offload_free(struct offload *pool);

/* 0 or -ENOMEM. Freed with the pool. loop: outlives the pool, or at least offload_stop. */
int offload_client_new(struct offload *pool, struct loop *loop, struct offload_client **ret);

/* 0, -EAGAIN (the pool is full), or -ESHUTDOWN (it has been stopped). */
int offload_submit(struct offload_client *client, struct offload_job *job);

/*
 * Calls on_room when a job can be submitted: in the order of these calls, each once, as long as
 * there is room. Also when the pool is stopped.
 */
void offload_wait_room(struct offload_client *client, struct offload_waiter *waiter);
void offload_unwait(struct offload_client *client, struct offload_waiter *waiter);

/*
 * Calls quiet(user) on the loop's thread as soon as no job runs, perhaps at once; no further one
 * begins before it has returned. 0, or -EBUSY: another such call is still to come.
 */
int offload_when_quiet(struct offload_client *client, void (*quiet)(void *user), void *user);

/* Takes a job back that has not begun: it is neither run nor done. false: it has begun. */
bool offload_withdraw(struct offload_job *job);

/* Gives a job up: it is not done any more. One that runs is waited for. */
void offload_recall(struct offload_job *job);

/* Is a thread inside it? */
bool offload_running(struct offload_job *job);

#endif
