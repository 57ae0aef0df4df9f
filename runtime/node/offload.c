/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The offload pool. One mutex guards all that threads share; jobs are long compared with it.
 *
 * A job costs two hand-overs: a signal to a thread, if one is idle, and a post to the loop, if none
 * is on its way there already: many jobs that end in a burst wake the loop once.
 *
 * Room is counted over jobs that wait and jobs that run together, so that it appears exactly when a
 * job ends, which is when the loop is woken anyway.
 */
#include "node/offload.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

#define DONE_AT_ONCE 64u /* before the loop looks at other things */

struct jobs {
	struct offload_job *first, *last;
};

struct offload_client {
	struct offload *pool;
	struct offload_client *next;
	struct loop *loop;
	struct jobs finished; /* not yet done */
	bool posted;
	/* Loop thread only: */
	struct offload_waiter *first_waiter, *last_waiter;
	bool waiting; /* there are waiters; written under the lock */
};

struct offload_thread {
	struct offload *pool;
	uint32_t index;
	bool ended;
	pthread_t id;
};

struct offload {
	pthread_mutex_t lock;
	pthread_cond_t wanted; /* a job is queued, or the end */
	pthread_cond_t ended; /* a job or a thread has ended; only the loop's thread waits for it */
	struct jobs queued;
	uint32_t n_inside; /* queued or running */
	uint32_t n_running;
	struct offload_client *hushing; /* no job begins; it is told when none runs; NULL: nobody */
	void (*quiet)(void *user);
	void *quiet_user;
	uint32_t n_idle; /* threads that wait for a job */
	uint32_t limit;
	bool stopping;
	bool stopped;	/* offload_stop has come to its end */
	bool abandoned; /* the loops may be gone: threads that come back leave them alone */
	bool someone_waits;
	struct offload_client *clients;
	uint32_t n_threads, n_started;
	struct offload_thread threads[];
};

/* -- lists ---------------------------------------------------------------------------------- */

static void jobs_push(struct jobs *jobs, struct offload_job *job) {
	job->next = NULL;
	job->prev = jobs->last;
	if (jobs->last)
		jobs->last->next = job;
	else
		jobs->first = job;
	jobs->last = job;
}

static void jobs_remove(struct jobs *jobs, struct offload_job *job) {
	if (job->prev)
		job->prev->next = job->next;
	else
		jobs->first = job->next;
	if (job->next)
		job->next->prev = job->prev;
	else
		jobs->last = job->prev;
	job->prev = job->next = NULL;
}

static struct offload_job *jobs_pop(struct jobs *jobs) {
	struct offload_job *job = jobs->first;

	if (job)
		jobs_remove(jobs, job);
	return job;
}

/* -- the loop's thread: what is done -------------------------------------------------------- */

static void on_posted(void *user);

/* Under the lock, any thread. Returns 0 or -ENOMEM. */
static int post_client(struct offload_client *client) {
	int r;

	if (client->posted || client->pool->abandoned)
		return 0;
	r = loop_post(client->loop, on_posted, client);
	client->posted = r == 0;
	return r;
}

static struct offload_job *take_finished(struct offload_client *client) {
	struct offload_job *job;

	pthread_mutex_lock(&client->pool->lock);
	job = jobs_pop(&client->finished);
	if (job)
		job->state = OFFLOAD_IDLE;
	pthread_mutex_unlock(&client->pool->lock);
	return job;
}

static bool has_room(struct offload *pool) {
	bool room;

	pthread_mutex_lock(&pool->lock);
	room = pool->n_inside < pool->limit || pool->stopping;
	pthread_mutex_unlock(&pool->lock);
	return room;
}

/* One that is refused again gets back in line, and then there is no room. */
static void tell_waiters(struct offload_client *client) {
	struct offload_waiter *waiter;

	while ((waiter = client->first_waiter) && has_room(client->pool)) {
		offload_unwait(client, waiter);
		waiter->on_room(waiter);
	}
}

/* Lets the loop look at other things; false: without memory for that, go on. */
static bool post_rest(struct offload_client *client) {
	bool posted;

	pthread_mutex_lock(&client->pool->lock);
	posted = post_client(client) == 0;
	pthread_mutex_unlock(&client->pool->lock);
	return posted;
}

/* The loop's thread; nobody else ends the quiet. */
static void tell_quiet(struct offload_client *client) {
	struct offload *pool = client->pool;
	bool quiet;

	pthread_mutex_lock(&pool->lock);
	quiet = pool->hushing == client && !pool->n_running;
	pthread_mutex_unlock(&pool->lock);
	if (!quiet)
		return;
	pool->quiet(pool->quiet_user);
	pthread_mutex_lock(&pool->lock);
	pool->hushing = NULL;
	pthread_cond_broadcast(&pool->wanted);
	pthread_mutex_unlock(&pool->lock);
}

static void on_posted(void *user) {
	struct offload_client *client = user;
	struct offload_job *job;
	uint32_t n = 0;

	pthread_mutex_lock(&client->pool->lock);
	client->posted = false;
	pthread_mutex_unlock(&client->pool->lock);
	while ((job = take_finished(client))) {
		job->done(job, 0);
		if (++n >= DONE_AT_ONCE && post_rest(client))
			break;
	}
	tell_waiters(client);
	tell_quiet(client);
}

/* -- the pool's threads --------------------------------------------------------------------- */

/* Under the lock. Without memory for a post: again later, as this thread may wait. */
static void tell_loops(struct offload *pool, struct offload_client *own) {
	const struct timespec pause = {.tv_nsec = (long)NS_PER_MS};

	for (struct offload_client *client = pool->clients; client; client = client->next)
		while ((client == own || client->waiting || client == pool->hushing) &&
		       post_client(client) < 0) {
			pthread_mutex_unlock(&pool->lock);
			nanosleep(&pause, NULL);
			pthread_mutex_lock(&pool->lock);
		}
}

static void finish(struct offload *pool, struct offload_job *job) {
	struct offload_client *client = job->client;

	pool->n_inside--;
	pool->n_running--;
	job->state = OFFLOAD_FINISHED;
	jobs_push(&client->finished, job);
	if (pool->someone_waits)
		pthread_cond_signal(&pool->ended);
	tell_loops(pool, client);
}

static struct offload_job *next_job(struct offload *pool) {
	while ((!pool->queued.first || pool->hushing) && !pool->stopping) {
		pool->n_idle++;
		pthread_cond_wait(&pool->wanted, &pool->lock);
		pool->n_idle--;
	}
	return pool->stopping ? NULL : jobs_pop(&pool->queued);
}

static void *work(void *user) {
	struct offload_thread *thread = user;
	struct offload *pool = thread->pool;
	struct offload_job *job;
	char name[32];

	snprintf(name, sizeof(name), "ry-offload-%u", thread->index);
	pthread_setname_np(pthread_self(), name);
	pthread_mutex_lock(&pool->lock);
	while ((job = next_job(pool))) {
		job->state = OFFLOAD_RUNNING;
		pool->n_running++;
		pthread_mutex_unlock(&pool->lock);
		job->run(job, thread->index);
		pthread_mutex_lock(&pool->lock);
		finish(pool, job);
	}
	thread->ended = true;
	pthread_cond_signal(&pool->ended);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* -- life ----------------------------------------------------------------------------------- */

static int init_conds(struct offload *pool) {
	pthread_condattr_t attributes;
	int r;

	r = pthread_condattr_init(&attributes);
	if (r)
		return -r;
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	r = pthread_cond_init(&pool->ended, &attributes);
	pthread_condattr_destroy(&attributes);
	if (r)
		return -r;
	r = pthread_cond_init(&pool->wanted, NULL);
	if (r)
		pthread_cond_destroy(&pool->ended);
	return -r;
}

int offload_new(uint32_t threads, uint32_t queue, struct offload **ret) {
	struct offload *pool = calloc(1, sizeof(*pool) + threads * sizeof(pool->threads[0]));
	int r;

	if (!pool)
		return -ENOMEM;
	r = init_conds(pool);
	if (r < 0) {
		free(pool);
		return r;
	}
	pthread_mutex_init(&pool->lock, NULL);
	pool->n_threads = threads;
	pool->limit = threads + queue;
	*ret = pool;
	return 0;
}

int offload_start(struct offload *pool) {
	sigset_t all, before;
	int r = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (r == 0 && pool->n_started < pool->n_threads) {
		struct offload_thread *thread = &pool->threads[pool->n_started];

		thread->pool = pool;
		thread->index = pool->n_started;
		r = pthread_create(&thread->id, NULL, work, thread);
		if (r == 0)
			pool->n_started++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r)
		offload_stop(pool, UINT64_MAX);
	return -r;
}

static bool threads_ended(const struct offload *pool) {
	for (uint32_t i = 0; i < pool->n_started; i++)
		if (!pool->threads[i].ended)
			return false;
	return true;
}

/* Under the lock, until a time on the monotonic clock. */
static void await_threads(struct offload *pool, uint64_t until_ns) {
	const struct timespec until = {(time_t)(until_ns / NS_PER_SECOND),
				       (long)(until_ns % NS_PER_SECOND)};
	int r = 0;

	pool->someone_waits = true;
	while (r != ETIMEDOUT && !threads_ended(pool))
		r = pthread_cond_timedwait(&pool->ended, &pool->lock, &until);
	pool->someone_waits = false;
}

static uint32_t join_threads(struct offload *pool) {
	uint32_t abandoned = 0;

	for (uint32_t i = 0; i < pool->n_started; i++) {
		if (pool->threads[i].ended) {
			pthread_join(pool->threads[i].id, NULL);
		} else {
			pthread_detach(pool->threads[i].id);
			abandoned++;
		}
	}
	pool->n_started = 0;
	return abandoned;
}

/* One by one, so that whoever is told may recall the next. */
static void cancel_queued(struct offload *pool) {
	struct offload_job *job;

	do {
		pthread_mutex_lock(&pool->lock);
		job = jobs_pop(&pool->queued);
		if (job) {
			pool->n_inside--;
			job->state = OFFLOAD_IDLE;
		}
		pthread_mutex_unlock(&pool->lock);
		if (job)
			job->done(job, -ECANCELED);
	} while (job);
}

static void finish_clients(struct offload *pool) {
	for (struct offload_client *client = pool->clients; client; client = client->next) {
		struct offload_job *job;

		while ((job = take_finished(client)))
			job->done(job, 0);
		loop_unpost(client->loop, on_posted, client);
	}
}

uint32_t offload_stop(struct offload *pool, uint64_t timeout_ns) {
	uint64_t now = clock_monotonic_ns();
	uint64_t until = timeout_ns > UINT64_MAX - now ? UINT64_MAX : now + timeout_ns;

	if (pool->stopped)
		return 0;
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	pthread_cond_broadcast(&pool->wanted);
	pthread_mutex_unlock(&pool->lock);
	cancel_queued(pool);
	for (struct offload_client *client = pool->clients; client; client = client->next)
		tell_waiters(client);
	pthread_mutex_lock(&pool->lock);
	await_threads(pool, until);
	pool->abandoned = pool->abandoned || !threads_ended(pool);
	pthread_mutex_unlock(&pool->lock);
	finish_clients(pool);
	pool->stopped = true;
	return join_threads(pool);
}

struct offload *offload_free(struct offload *pool) {
	if (!pool)
		return NULL;
	offload_stop(pool, UINT64_MAX);
	if (pool->abandoned)
		return NULL;
	while (pool->clients) {
		struct offload_client *next = pool->clients->next;

		free(pool->clients);
		pool->clients = next;
	}
	pthread_cond_destroy(&pool->wanted);
	pthread_cond_destroy(&pool->ended);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
	return NULL;
}

/* -- clients -------------------------------------------------------------------------------- */

int offload_client_new(struct offload *pool, struct loop *loop, struct offload_client **ret) {
	struct offload_client *client = calloc(1, sizeof(*client));

	if (!client)
		return -ENOMEM;
	client->pool = pool;
	client->loop = loop;
	pthread_mutex_lock(&pool->lock);
	client->next = pool->clients;
	pool->clients = client;
	pthread_mutex_unlock(&pool->lock);
	*ret = client;
	return 0;
}

int offload_submit(struct offload_client *client, struct offload_job *job) {
	struct offload *pool = client->pool;
	int r = 0;

	assert(job->state == OFFLOAD_IDLE);
	pthread_mutex_lock(&pool->lock);
	if (pool->stopping) {
		r = -ESHUTDOWN;
	} else if (pool->n_inside >= pool->limit) {
		r = -EAGAIN;
	} else {
		job->client = client;
		job->state = OFFLOAD_QUEUED;
		jobs_push(&pool->queued, job);
		pool->n_inside++;
		if (pool->n_idle)
			pthread_cond_signal(&pool->wanted);
	}
	pthread_mutex_unlock(&pool->lock);
	return r;
}

static void set_waiting(struct offload_client *client) {
	pthread_mutex_lock(&client->pool->lock);
	client->waiting = client->first_waiter != NULL;
	pthread_mutex_unlock(&client->pool->lock);
}

void offload_wait_room(struct offload_client *client, struct offload_waiter *waiter) {
	if (waiter->listed)
		return;
	waiter->listed = true;
	waiter->next = NULL;
	waiter->prev = client->last_waiter;
	if (client->last_waiter)
		client->last_waiter->next = waiter;
	else
		client->first_waiter = waiter;
	client->last_waiter = waiter;
	set_waiting(client);
}

void offload_unwait(struct offload_client *client, struct offload_waiter *waiter) {
	if (!waiter->listed)
		return;
	if (waiter->prev)
		waiter->prev->next = waiter->next;
	else
		client->first_waiter = waiter->next;
	if (waiter->next)
		waiter->next->prev = waiter->prev;
	else
		client->last_waiter = waiter->prev;
	waiter->listed = false;
	set_waiting(client);
}

int offload_when_quiet(struct offload_client *client, void (*quiet)(void *user), void *user) {
	struct offload *pool = client->pool;
	int r = 0;

	pthread_mutex_lock(&pool->lock);
	if (pool->hushing) {
		r = -EBUSY;
	} else {
		pool->hushing = client;
		pool->quiet = quiet;
		pool->quiet_user = user;
	}
	pthread_mutex_unlock(&pool->lock);
	if (r == 0)
		tell_quiet(client);
	return r;
}

/* -- taking a job back ---------------------------------------------------------------------- */

bool offload_withdraw(struct offload_job *job) {
	struct offload *pool = job->client ? job->client->pool : NULL;
	bool withdrawn = true;

	if (!pool)
		return true;
	pthread_mutex_lock(&pool->lock);
	if (job->state == OFFLOAD_QUEUED) {
		jobs_remove(&pool->queued, job);
		pool->n_inside--;
		job->state = OFFLOAD_IDLE;
		for (struct offload_client *c = pool->clients; c; c = c->next)
			if (c->waiting)
				(void)post_client(c); /* else when the next job ends */
	} else {
		withdrawn = job->state == OFFLOAD_IDLE;
	}
	pthread_mutex_unlock(&pool->lock);
	return withdrawn;
}

void offload_recall(struct offload_job *job) {
	struct offload *pool;

	if (offload_withdraw(job))
		return;
	pool = job->client->pool;
	pthread_mutex_lock(&pool->lock);
	pool->someone_waits = true;
	while (job->state == OFFLOAD_RUNNING)
		pthread_cond_wait(&pool->ended, &pool->lock);
	pool->someone_waits = false;
	jobs_remove(&job->client->finished, job);
	job->state = OFFLOAD_IDLE;
	pthread_mutex_unlock(&pool->lock);
}

bool offload_running(struct offload_job *job) {
	struct offload *pool = job->client ? job->client->pool : NULL;
	bool running;

	if (!pool)
		return false;
	pthread_mutex_lock(&pool->lock);
	running = job->state == OFFLOAD_RUNNING;
	pthread_mutex_unlock(&pool->lock);
	return running;
}
