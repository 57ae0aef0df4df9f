/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core of both runners.
 *
 * Order. A message that arrives is run to completion, everything derived from it included, before
 * the next is taken. Among nodes with work the one of the highest rank runs first: the farthest down,
 * and among siblings the first in the manifest. Queues stay short, one derived message is finished
 * before the next, and results do not depend on timing.
 *
 * Asynchronous units. While no node may have more than one message in flight, a pending task
 * suspends all nodes, so that the order is the very same. Else several arriving messages are in
 * work at once, as many as the nodes may have in flight together; nodes with `ordered` and merges
 * (merge.c) then see to it that what stands below them does not depend on timing either.
 *
 * Bounds. Routing into a full queue first runs what lies below the emitting node until there is
 * room. There are no cycles, so this nests at most as deep as the longest path. Where a node below
 * waits for something else, there is no room to be made: the emitting node's outputs are parked,
 * and it takes nothing until they are routed.
 *
 * Failure. When a run fails, messages that arrived before the failing one are completed; what is
 * queued of later ones is abandoned and counted, message by message; what was held from earlier
 * messages is still drained.
 */
#ifndef RUNNER_CORE_H
#define RUNNER_CORE_H

#include "runner.h"

struct core {
	struct unit *unit;
	struct node **by_rank; /* rank.c */
	uint64_t *ready;       /* a bit per rank: the node has something to do */
	uint32_t n_words;
	uint32_t highest;      /* no bit is set in a word above this one */
	struct node **sources; /* adapters first, then nodes that are sources */
	uint32_t n_sources;
	uint64_t n_taken;      /* arriving messages so far: the next one's ordinal */
	uint32_t in_work;      /* of these, how many have something queued or in a task */
	bool abandoning;       /* take messages only to count them as abandoned: */
	uint64_t abandon_from; /* those of this ordinal and later */
	bool failed;
	uint64_t failed_ordinal; /* of the message that the result names */
	struct merge **merges;
	uint32_t n_merges;
	uint32_t held_limit; /* held tasks of one node at which it is flushed */
	struct runner_result *result;
	/* Runs until nothing is in work, or as long as the driver lets it: then cut_short is set. */
	void (*settle)(struct core *core);
	bool cut_short;
	/*
	 * Synchronous: waits until a time on the monotonic clock, serving control. Returns 0, or
	 * -EINTR when a stop was asked for that does not let retries go on.
	 */
	int (*wait)(struct core *core, uint64_t until_ns);
	/* Asynchronous: */
	bool async;
	bool strict;	     /* one message in work at a time */
	uint32_t window;     /* arriving messages in work at once, at most */
	uint32_t in_flight;  /* tasks in flight, over all nodes */
	uint64_t fuel;	     /* tasks to run before the driver looks at the world again */
	struct node *full;   /* where there was no room */
	uint64_t term_ns;    /* how long after `cancel` a task may still be pending */
	uint64_t watched_ns; /* the last reading of the stall detector's clock */
	uint64_t pass_ns;    /* the same when the pass began */
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

static inline struct runner *runner_of(struct core *core) {
	return (struct runner *)((char *)core - offsetof(struct runner, core));
}

/* enum stop_request, as of now. */
static inline int stop_requested(const struct runner *runner) {
	return atomic_load_explicit(&runner->options.control->stop, memory_order_relaxed);
}

/* What the program asked for since the last look, other than to stop. */
void runner_serve_control(struct runner *runner);

/* Moves on along the table of legal moves; asserts that the move is one. */
void runner_move(struct runner *runner, enum runner_state to);

/* -- core.c: order -------------------------------------------------------------------------- */

/* Runs every message queued at nodes of this rank and above; asynchronous: while there is fuel. */
void core_run_from(struct core *core, uint32_t first);

/* Runs until nothing can be run, merges included. */
void core_run(struct core *core);

/* Does a pending task keep all nodes from running? */
static inline bool core_suspended(const struct core *core) {
	return core->strict && core->in_flight;
}

/* Has any node something to do now? */
bool core_runnable(const struct core *core);

static inline void core_set_ready(struct core *core, const struct node *node) {
	core->ready[node->rank / 64] |= 1ull << node->rank % 64;
	if (node->rank / 64 > core->highest)
		core->highest = node->rank / 64;
}

static inline void core_clear_ready(struct core *core, const struct node *node) {
	core->ready[node->rank / 64] &= ~(1ull << node->rank % 64);
}

/* Is what derives from this arriving message to be abandoned? */
static inline bool core_abandons(const struct core *core, const struct ingress *ingress) {
	return core->abandoning && ingress->ordinal >= core->abandon_from;
}

/* Calls flush (or drain) of a node and applies what it staged and released. */
void core_flush_node(struct core *core, struct node *node);
void core_drain_nodes(struct core *core);

/*
 * The stall detector of an asynchronous unit: its clock is set when the driver gives the thread to
 * the core; the node named has had it since then, or since the last of these. trace_id: of the
 * message; NULL: none. It also takes the rest of the fuel from a pass that goes on for too long.
 */
void core_watch(struct core *core);
void core_watch_node(struct core *core, const struct node *node, const uint8_t *trace_id);

/* -- sink.c: what sinks have taken and not yet written -------------------------------------- */

/* Sinks hand what they buffer to the operating system. */
void core_flush_sinks(struct core *core);

/* A sink has taken a message: completed now, or pending until it is written. */
void sink_took(struct core *core, struct task *task);

/* After the sinks have stopped: what was not written by then has failed. */
void core_settle_sinks(struct core *core);

/* Abandons everything queued, in flight and pulled, and what nodes hold too if asked. */
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

/*
 * Takes one message from the next source in turn and runs it to completion, or as far as it comes;
 * false: none staged.
 */
bool core_take(struct core *core);

/* Would core_take find one? */
bool core_arrived(const struct core *core);

/* Is one there that a source on the loop has emitted? */
bool core_emitted(const struct core *core);

/* Asynchronous: may another message be taken into work? */
bool core_may_take(const struct core *core);

/* Tells sources what has been accepted, and those on the loop that there is room again. */
void core_tell_sources(struct core *core);

/* Sources on the loop begin, and end. */
void core_resume_sources(struct core *core);
void core_pause_sources(struct core *core);

/* One more piece of work derived from it. */
static inline void ingress_open(struct core *core, struct ingress *ingress) {
	if (ingress->open++ == 0)
		core->in_work++;
}

/*
 * One less, and the same for what is kept out of work; the last one settles it in its source's
 * counters. ingress_keep moves one piece of work to what is kept.
 */
void ingress_close(struct core *core, struct ingress *ingress);
void ingress_keep(struct core *core, struct ingress *ingress);
void ingress_unkeep(struct core *core, struct ingress *ingress);

/* -- settle.c: what becomes of a task ------------------------------------------------------- */

void task_run(struct core *core, struct node *node, struct message *message, uint32_t input);
void task_abandon(struct core *core, struct node *node, struct message *message);

/* A task in no list whose outcome is known and whose turn it is: 0, RY_HELD, a negative errno. */
void task_settle(struct core *core, struct task *task, int outcome);

/* All that the task has staged is routed: what comes after. */
void task_routed(struct core *core, struct task *task);

/* One call of `process`; returns what it returned, as an errno where it broke a rule. */
int task_call(struct task *task);
bool task_may_retry(const struct core *core, const struct task *task);
uint64_t task_delay(const struct task *task); /* before its next attempt, ns */

/*
 * The node does not let go of a task whose time is over: on_error decides whether the run fails.
 * Returns whether its message now stands in the dead letter.
 */
bool task_deserted(struct core *core, struct task *task);

void core_fail(struct core *core, struct node *node, int error, const struct ry_message *message);

/* -- route.c -------------------------------------------------------------------------------- */

/*
 * Routes what a frame staged and settles what it released; false: for want of room it is parked,
 * and task_routed is called when it is done.
 */
bool frame_apply(struct core *core, struct task *frame);

/* A node with parked outputs tries again. */
void frame_unpark(struct core *core, struct node *node);

/* Routes a message of a source, which may be parked too. */
void route_arrival(struct core *core, struct node *source, struct message *message);

/* Is there room in front of a node, if need be after running what stands at these ranks? */
bool route_room(struct core *core, const struct node *to, uint32_t first);

/* Puts a message into a queue that has room, or abandons it. */
void core_enqueue(struct core *core, struct node *to, struct message *message, uint32_t input);

/* -- flight.c: tasks that complete later ---------------------------------------------------- */

/* Puts a task whose `process` returned RY_PENDING into flight. */
void flight_enter(struct core *core, struct task *task);

/* One whose outcome is known, while others of its node are in flight. */
void flight_settle_in_turn(struct core *core, struct task *task, int outcome);

/* A failed attempt: the next one follows after its delay, in the same place. */
void flight_back_off(struct core *core, struct task *task, int error);

/* Acts on what has completed since the last call. */
void flight_complete_all(struct core *core);

/* Settles what has its turn, and lets the node take again. */
void flight_advance(struct core *core, struct node *node);

/* Whether the node may take a message now has changed. */
void flight_update(struct core *core, struct node *node);

/* Cancels what is in flight of the messages that are to be abandoned; it may still complete. */
void flight_cancel(struct core *core);

/* Abandons it without waiting. */
void flight_abandon(struct core *core);

/* -- merge.c: where messages wait for their turn -------------------------------------------- */

void merge_init(struct core *core);
void merge_fini(struct core *core);
/* Keeps the message until its turn; it is no work until then. */
void merge_push(struct core *core, struct node *to, struct message *message, uint32_t input);
/* When nothing can be run, and after a flush: lets go what has its turn. */
void merge_release(struct core *core);
bool merge_full(const struct core *core); /* one of them has as many as it should hold */

/* -- span.c: records of node executions ----------------------------------------------------- */

void span_begin(struct core *core, struct task *task);
void span_end(struct core *core, struct task *task, int error);
void span_source(struct core *core, struct source *source, struct message *message);

#endif
