/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Posting: the only way into a loop from another thread. Each job is pushed onto a stack with one
 * compare-and-swap; the loop's thread takes the whole stack with one exchange and turns it around.
 * As nothing is ever popped alone there is no ABA problem, and as the exchange leaves the stack
 * empty, exactly the first job after it wakes the loop.
 */
#include "loop/post.h"

#include <errno.h>
#include <stdlib.h>

struct post_job {
	struct post_job *older;
	void (*fn)(void *user);
	void *user;
};

void post_init(struct post_queue *queue) {
	atomic_init(&queue->newest, NULL);
	atomic_init(&queue->stopped, false);
	queue->taken = NULL;
	queue->taken_end = &queue->taken;
}

int post_add(struct post_queue *queue, void (*fn)(void *user), void *user, bool *ret_first) {
	struct post_job *job = malloc(sizeof(*job)), *older;

	if (!job)
		return -ENOMEM;
	job->fn = fn;
	job->user = user;
	older = atomic_load_explicit(&queue->newest, memory_order_relaxed);
	do
		job->older = older;
	while (!atomic_compare_exchange_weak_explicit(&queue->newest, &older, job,
						      memory_order_release, memory_order_relaxed));
	/* Not job->older: the loop's thread may have freed the job by now. */
	*ret_first = !older;
	return 0;
}

void post_stop(struct post_queue *queue) {
	atomic_store(&queue->stopped, true);
}

/* Moves what has been pushed to the end of what was taken before. */
static void take_all(struct post_queue *queue) {
	struct post_job *newest =
		atomic_exchange_explicit(&queue->newest, NULL, memory_order_acquire);
	struct post_job *oldest = NULL, **end = newest ? &newest->older : queue->taken_end;

	while (newest) {
		struct post_job *next = newest->older;

		newest->older = oldest;
		oldest = newest;
		newest = next;
	}
	*queue->taken_end = oldest;
	queue->taken_end = end;
}

static struct post_job *pop(struct post_queue *queue) {
	struct post_job *job = queue->taken;

	if (job && !(queue->taken = job->older))
		queue->taken_end = &queue->taken;
	return job;
}

bool post_run(struct post_queue *queue) {
	struct post_job *job;

	take_all(queue);
	while ((job = pop(queue))) {
		void (*fn)(void *) = job->fn;
		void *user = job->user;

		free(job);
		fn(user);
	}
	return atomic_exchange(&queue->stopped, false);
}

void post_drop(struct post_queue *queue, void (*fn)(void *user), void *user) {
	struct post_job **link = &queue->taken;

	take_all(queue);
	while (*link) {
		struct post_job *job = *link;

		if (job->fn != fn || job->user != user) {
			link = &job->older;
			continue;
		}
		*link = job->older;
		free(job);
	}
	queue->taken_end = link;
}

void post_fini(struct post_queue *queue) {
	struct post_job *job;

	take_all(queue);
	while ((job = pop(queue)))
		free(job);
}
