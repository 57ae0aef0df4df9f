/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Components of a random life, instead of those of support/components.c and under the same plugin
 * name `t`. What they do to a message is drawn from its text and the attempt, so that it is the same
 * in every run of one `content`; when they do it is drawn from `timing`.
 *
 *	t.chaos   asynchronous: completes inside `process`, in the loop's next turn, by a timer, or
 *		  from another thread through `post`. {kinds}: which of these (CHAOS_...);
 *		  {errors, attempts}: percentage of messages that fail, how often; {outputs}: at most
 *		  so many of one message; {obeys}: percentage of cancels that end the task at once
 *	t.calm    the same, synchronously; {errors, attempts, outputs}
 *	t.hold    {outputs}: joins so many
 *	t.source  {count}: pulled, in batches of random size, waits now and then
 *	t.live    {count}: on the loop
 *	t.sink    collects lines in chaos.sinks, by its name; t.late_sink: flushes before it has them
 *	t.letters a dead letter that counts
 *
 * A test sets `content`, `timing` and what else it wants, and runs a pipeline.
 */
#ifndef SUPPORT_CHAOS_H
#define SUPPORT_CHAOS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

enum chaos_kind {
	CHAOS_RETURNS = 1,   /* nothing is left to do after `process` */
	CHAOS_COMPLETES = 2, /* completed inside `process`, which returns RY_PENDING or 0 */
	CHAOS_NEXT_TURN = 4,
	CHAOS_TIMER = 8,
	CHAOS_THREAD = 16,
	CHAOS_STUCK = 32, /* only when cancelled, if at all */
	CHAOS_ALL = 31,
};

enum { CHAOS_SINKS = 16 };

struct chaos_sink {
	const char *name;
	struct strbuf lines; /* each with a newline */
};

struct chaos {
	uint64_t content, timing;
	uint32_t max_delay_us;
	uint64_t stop_at; /* the stop is asked for at this event; 0: never */
	int stop;	  /* enum stop_request */
	bool polite;	  /* no task is abandoned while it does not end in time */
	/* What happened. */
	uint64_t events;
	uint64_t n_late; /* completions that came after the runner had given the task up */
	uint64_t n_cancelled, n_refused, n_resumed, n_letters;
	uint64_t accepted; /* as t.live was told last */
	struct chaos_sink sinks[CHAOS_SINKS];
};

extern struct chaos chaos;

/* Another number below n; n is not 0. */
uint64_t chaos_below(uint64_t *state, uint64_t n);

/* Frees what the sinks collected, and zeroes all. */
void chaos_fini(void);

#endif
