/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A task: one message at one node, with what it has staged. And an ingress: one arriving message
 * with everything derived from it.
 *
 * Outputs are staged while the node runs and routed by the runner when the task succeeds. What a
 * node stages or releases inside a call belongs to that call's frame: the running task, or for
 * `flush` and `drain` a frame without a message. The runner applies a frame or discards it whole.
 */
#ifndef NODE_TASK_H
#define NODE_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include <railyard/node.h>

#include "message/message.h"
#include "trace/trace.h"

struct node;
struct offloaded;
struct unit;

#define TASK_MAX_BYTES (64ull * 1024 * 1024) /* staged in one task: docs/plugin-guide.md */

enum ingress_result { INGRESS_OK, INGRESS_FAILED, INGRESS_ABANDONED };

struct ingress {
	uint64_t seq;
	uint64_t ordinal; /* among all that the runner has taken, from 0 on */
	uint32_t source_id;
	uint32_t open; /* in work: queued messages and unsettled tasks derived from it */
	uint32_t kept; /* not in work: held, waiting for their turn at a merge, not yet written */
	enum ingress_result result;
	struct node *source;
	char *tracestate;     /* of its trace, as it came from outside; NULL: none */
	char *baggage;	      /* as it came from outside; NULL: none */
	struct ingress *next; /* among the free */
};

enum task_state {
	TASK_FREE,
	TASK_RUNNING,
	TASK_PENDING, /* `process` returned RY_PENDING */
	TASK_BACKOFF, /* waits for its next attempt */
	TASK_DONE,    /* its status is known; waits for its turn */
	TASK_HELD,
	TASK_ABANDONED, /* given up while pending; the node may still have it */
	TASK_FRAME,
};

/* What becomes of a task once everything that it staged has been routed. */
enum task_after { AFTER_COMPLETED, AFTER_HELD, AFTER_CALL, AFTER_ARRIVAL };

struct task {
	struct ry_task head; /* what the node sees; must be first */
	struct node *node;
	struct message *message; /* NULL: a frame of flush or drain */
	enum task_state state;
	uint32_t n_staged;
	uint64_t staged_bytes;
	struct message *staged; /* in the order of emission */
	struct message **staged_end;
	struct task *releases; /* held tasks that this call releases */
	struct task *next_release;
	struct task *prev, *next; /* among those held, in flight or parked; next: among the free */
	bool recording;
	bool releasing;
	bool completed; /* complete() was called; status holds */
	bool timed_out; /* cancelled, for its time is over: settles as -ETIMEDOUT */
	bool given_up;	/* cancelled, for the run ends: settles as abandoned */
	bool deserted;	/* it was not completed after its cancel */
	bool queued;	/* on the unit's list of completions */
	int status;
	enum task_after after;
	uint32_t next_target;	  /* of the first staged message: to whom it goes next */
	struct task *next_done;	  /* among the unit's completions */
	struct loop_timer *timer; /* its time limit, or its back-off; made with the first use */
	struct span_id span_id;
	uint64_t start_ns;
	uint64_t end_ns;		 /* held, done: when that became so */
	bool error_set;			 /* by the node, through ry.trace */
	struct extras *extras;		 /* attributes, events, links; NULL: none yet */
	struct ry_span_handle *children; /* started and not ended */
	struct offloaded *offloaded;	 /* it is the shadow of this node's; NULL: no shadow */
};

/* Tasks linked by prev and next, oldest first. */
struct task_list {
	struct task *first, *last;
};

static inline void task_list_add(struct task_list *list, struct task *task) {
	task->next = NULL;
	task->prev = list->last;
	if (list->last)
		list->last->next = task;
	else
		list->first = task;
	list->last = task;
}

static inline void task_list_remove(struct task_list *list, struct task *task) {
	if (task->prev)
		task->prev->next = task->next;
	else
		list->first = task->next;
	if (task->next)
		task->next->prev = task->prev;
	else
		list->last = task->prev;
}

extern const struct ry_emit_ops task_emit_ops;
extern const struct ry_task_ops task_ops;
extern const struct ry_trace_service task_trace_service;

/* A task of this node in state RUNNING; NULL: out of memory. message: the caller's reference. */
struct task *task_new(struct node *node, struct message *message, uint32_t input);

/* Discards what is staged and gives the task and its message back. */
void task_free(struct task *task);

/* Puts a task whose status is known on the unit's list of completions. */
void unit_completed(struct unit *unit, struct task *task);

/*
 * The run goes on without a pending task. It and its message stay until the node says that it has
 * done with them, or until the unit ends.
 */
void task_give_up(struct task *task);
void task_forget(struct task *task);

/* Drops staged outputs and marked releases: the call failed. */
void task_discard(struct task *task);

/* The extras of a task, made with the first use; NULL: not recording, or out of memory. */
struct extras *task_extras(struct task *task);

/* Adds a link to another task's span. */
void task_link(struct task *task, const struct task *other);

/* Ends child spans that the node left open. */
void task_end_children(struct task *task);

#endif
