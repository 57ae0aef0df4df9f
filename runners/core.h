/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core of both runners.
 *
 * Order. A message that arrives is run to completion, everything derived from it included, before
 * the next is taken. Among nodes with work the one of the highest rank runs first: the farthest down,
 * and among siblings the first in the manifest. Queues stay short, one derived message is finished
 * before the next, and results do not depend on timing.
 *
 * Bounds. Routing into a full queue first runs what lies below the emitting node until there is
 * room. There are no cycles, so this nests at most as deep as the longest path.
 *
 * Failure. When a run fails, what is queued is abandoned and counted, message by message; what was
 * held from earlier messages is still drained.
 */
#ifndef RUNNER_CORE_H
#define RUNNER_CORE_H

#include "runner.h"

struct core {
	struct unit *unit;
	struct node **by_rank; /* rank.c */
	uint64_t *ready;       /* a bit per rank: the node has queued messages */
	uint32_t n_words;
	uint32_t highest; /* no bit is set in a word above this one */
	bool abandoning;  /* take messages only to count them as abandoned */
	bool failed;
	struct sink_order **orders; /* of sinks behind nodes that hold: order.c */
	uint32_t n_orders;
	uint32_t held_limit; /* held tasks of one node at which it is flushed */
	struct runner_result *result;
	/*
	 * Waits until a time on the monotonic clock, serving control. Returns 0, or -EINTR when a
	 * stop was asked for that does not let retries go on.
	 */
	int (*wait)(struct core *core, uint64_t until_ns);
};

struct runner {
	const struct runner_ops *ops;
	struct core core;
	struct runner_options options;
	struct runner_result result;
	enum runner_state state;
	void *own; /* of the implementation */
};

void core_init(struct core *core, struct unit *unit, struct runner_result *result);
void core_fini(struct core *core);

/* Moves on along the table of legal moves; asserts that the move is one. */
void runner_move(struct runner *runner, enum runner_state to);

/* -- core.c: order -------------------------------------------------------------------------- */

/* Runs every message queued at nodes of this rank and above. */
void core_run_from(struct core *core, uint32_t first);

/* Runs until nothing is queued anywhere. */
void core_run(struct core *core);

/* Calls flush (or drain) of a node and applies what it staged and released. */
void core_flush_node(struct core *core, struct node *node);
void core_drain_nodes(struct core *core);

/* -- sink.c: what sinks have taken and not yet written -------------------------------------- */

/* Sinks hand what they buffer to the operating system. */
void core_flush_sinks(struct core *core);

/* A sink has taken a message: completed now, or pending until it is written. */
void sink_took(struct core *core, struct task *task);

/* After the sinks have stopped: what was not written by then has failed. */
void core_settle_sinks(struct core *core);

/* Abandons everything queued and pulled, and what nodes hold too if asked; counts each. */
void core_abandon(struct core *core, bool held_too);

/* Fills by_rank and the nodes' ranks. */
void rank_nodes(struct core *core);

/* -- ingress.c: what arrives ---------------------------------------------------------------- */

enum pull_state {
	PULL_SOME,    /* at least one source has a message to take */
	PULL_WAITING, /* none has, at least one may later */
	PULL_ENDED,   /* all have ended */
};

/* Pulls from sources that have nothing staged. */
enum pull_state core_pull(struct core *core);

/* Takes one message from the next source in turn and runs it to completion; false: none staged. */
bool core_take(struct core *core);

/* Closes one reference to an ingress; the last one settles it in its source's counters. */
void ingress_close(struct core *core, struct ingress *ingress);

/* -- settle.c: what becomes of a task ------------------------------------------------------- */

void task_run(struct core *core, struct node *node, struct message *message, uint32_t input);
void task_abandon(struct core *core, struct node *node, struct message *message);
void core_fail(struct core *core, struct node *node, int error, const struct ry_message *message);

/* -- route.c -------------------------------------------------------------------------------- */

/* Routes what a frame staged and settles what it released. */
void frame_apply(struct core *core, struct task *frame);
void route_message(struct core *core, struct node *from, struct message *message);

/* Puts a message into a queue, running from that node on first if it is full. */
void core_enqueue(struct core *core, struct node *to, struct message *message, uint32_t input);

/* -- order.c: sinks that wait for held messages --------------------------------------------- */

void order_init(struct core *core);
void order_fini(struct core *core);
void order_push(struct core *core, struct node *sink, struct message *message, uint32_t input);
/* After a message has been run to completion, and after a flush. */
void order_release(struct core *core);

/* -- span.c: records of node executions ----------------------------------------------------- */

void span_begin(struct core *core, struct task *task);
void span_end(struct core *core, struct task *task, int error);
void span_source(struct core *core, struct source *source, struct message *message);

#endif
