/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks in flight: those whose `process` has returned and whose outcome is not known yet, those
 * that wait for their next attempt, and those that are done before their turn. A node has at most
 * `max_in_flight` of them, in order of arrival. With `ordered` the first one that is not done holds
 * back all behind it.
 *
 * Nothing happens inside ry_task_complete: it puts the task on the unit's list of completions, and
 * the driver's next pass acts on it. A task has one timer, for its time limit while it is pending
 * and for its back-off afterwards.
 */
#include <errno.h>

#include "base/clock.h"
#include "core.h"
#include "loop/loop.h"
#include "node/log.h"

void flight_update(struct core *core, struct node *node) {
	node->blocked = node->parked.first || node->in_flight >= node->max_in_flight;
	if (node->parked.first)
		return; /* ready when there is room for that: see route.c */
	if (node->blocked)
		core_clear_ready(core, node);
	else if (queue_length(&node->queue))
		core_set_ready(core, node);
}

static void enter(struct core *core, struct task *task) {
	struct node *node = task->node;

	task_list_add(&node->flight, task);
	node->in_flight++;
	node->counters.pending++;
	core->in_flight++;
	if (core->strict)
		core->fuel = 0; /* nobody runs until it is done */
	flight_update(core, node);
}

static void leave(struct core *core, struct task_list *list, struct task *task) {
	struct node *node = task->node;

	task_list_remove(list, task);
	node->in_flight--;
	node->counters.pending--;
	core->in_flight--;
}

/* -- time ----------------------------------------------------------------------------------- */

static void cancel(struct task *task) {
	struct node *node = task->node;
	struct core *core = node->unit->core;

	if (!node->cancel)
		return;
	core_watch(core);
	node->cancel(node->self, &task->head);
	core_watch_node(core, node, task->message->head.trace_id);
}

/* Is it still for the node to complete it? */
static bool is_pending(const struct task *task) {
	return task->state == TASK_PENDING && !task->completed;
}

static int set_timer(struct task *task, uint64_t after_ns);
static void wait_for_node(struct core *core, struct task *task);

static void on_time(void *user) {
	struct task *task = user;
	struct core *core = task->node->unit->core;

	if (task->state == TASK_BACKOFF) {
		unit_completed(task->node->unit, task);
	} else if (is_pending(task) && !task->timed_out && !task->given_up) {
		task->timed_out = true;
		cancel(task);
		wait_for_node(core, task);
	} else if (is_pending(task)) {
		task->deserted = true;
		unit_completed(task->node->unit, task);
	}
}

static int set_timer(struct task *task, uint64_t after_ns) {
	int r = 0;

	if (!task->timer)
		r = loop_timer_new(task->node->unit->loop, on_time, task, &task->timer);
	return r < 0 ? r : loop_timer_set(task->timer, after_ns, false);
}

/* It has been asked to end the task, and has some time for it. */
static void wait_for_node(struct core *core, struct task *task) {
	if (is_pending(task) && set_timer(task, core->term_ns) < 0) {
		task->deserted = true;
		unit_completed(core->unit, task);
	}
}

static void unset_timer(struct task *task) {
	if (task->timer)
		loop_timer_unset(task->timer);
}

static void begin_pending(struct core *core, struct task *task) {
	uint64_t limit_ms = task->node->plan->timeout_ms;
	int r = 0;

	task->state = TASK_PENDING;
	if (limit_ms)
		r = set_timer(task, limit_ms * NS_PER_MS);
	if (r < 0) { /* without a time limit it would be another task than was asked for */
		task->given_up = true;
		cancel(task);
		core_fail(core, task->node, r, &task->message->head);
	}
}

void flight_enter(struct core *core, struct task *task) {
	enter(core, task);
	begin_pending(core, task);
}

/* -- outcomes ------------------------------------------------------------------------------- */

static struct task *next_done(struct node *node, struct task_list **ret_list) {
	struct task *task = node->ordered ? node->flight.first : node->done.first;

	*ret_list = node->ordered ? &node->flight : &node->done;
	return task && task->state == TASK_DONE ? task : NULL;
}

/* saved: its message stands in the dead letter. */
static void abandon(struct core *core, struct task_list *list, struct task *task, bool saved) {
	struct ingress *ingress = task->message->ingress;
	bool with_node = is_pending(task);

	unset_timer(task);
	leave(core, list, task);
	if (saved)
		task->node->counters.dead_lettered++;
	else
		task->node->counters.abandoned++;
	span_end(core, task, task->timed_out ? -ETIMEDOUT : -ECANCELED);
	task->recording = false;
	if (!saved && ingress->result == INGRESS_OK)
		ingress->result = INGRESS_ABANDONED;
	if (with_node)
		task_give_up(task);
	else
		task_free(task);
	ingress_close(core, ingress);
}

void flight_advance(struct core *core, struct node *node) {
	struct task_list *list;
	struct task *task;

	while (!node->parked.first && (task = next_done(node, &list))) {
		if (core_abandons(core, task->message->ingress)) {
			/* An earlier one has just failed the run. */
			abandon(core, list, task, false);
			continue;
		}
		leave(core, list, task);
		task_settle(core, task, task->status);
	}
	flight_update(core, node);
}

/* The outcome of a task in flight is known. */
static void done(struct core *core, struct task *task, int outcome) {
	struct node *node = task->node;

	if (task->recording)
		task->end_ns = clock_monotonic_ns();
	task->state = TASK_DONE;
	task->status = outcome;
	if (!node->ordered) {
		task_list_remove(&node->flight, task);
		task_list_add(&node->done, task);
	}
	flight_advance(core, node);
}

static void begin_back_off(struct core *core, struct task *task, int error) {
	task->node->counters.retries++;
	span_end(core, task, error);
	task_discard(task);
	task->timed_out = false;
	task->state = TASK_BACKOFF;
	if (set_timer(task, task_delay(task)) < 0)
		unit_completed(core->unit, task); /* at once, then */
}

void flight_back_off(struct core *core, struct task *task, int error) {
	enter(core, task);
	begin_back_off(core, task, error);
}

static void outcome_known(struct core *core, struct task *task, int outcome) {
	unset_timer(task);
	if (outcome < 0 && task_may_retry(core, task))
		begin_back_off(core, task, outcome);
	else
		done(core, task, outcome);
}

void flight_settle_in_turn(struct core *core, struct task *task, int outcome) {
	enter(core, task);
	outcome_known(core, task, outcome);
}

static void next_attempt(struct core *core, struct task *task) {
	int r;

	task->head.attempt++;
	task->state = TASK_RUNNING;
	span_begin(core, task);
	r = task_call(task);
	core_watch_node(core, task->node, task->message->head.trace_id);
	if (r == RY_PENDING)
		begin_pending(core, task);
	else
		outcome_known(core, task, r);
}

/* The node has been asked to end it, and has not. */
static void desert(struct core *core, struct task *task) {
	struct node *node = task->node;
	bool saved;

	log_write(node->unit->log, RY_LOG_ERROR, desert, node->plan->name,
		  "a task is abandoned: the node did not complete it after its cancel", NULL, 0,
		  task->message->head.trace_id, NULL);
	saved = !task->given_up && task_deserted(core, task);
	abandon(core, &node->flight, task, saved);
	flight_advance(core, node);
}

static void act_on(struct core *core, struct task *task) {
	struct node *node = task->node;

	task->queued = false;
	if (task->deserted && !task->completed) {
		desert(core, task);
	} else if (task->given_up ||
		   (task->state == TASK_BACKOFF && core_abandons(core, task->message->ingress))) {
		abandon(core, &node->flight, task, false);
		flight_advance(core, node);
	} else if (task->state == TASK_BACKOFF) {
		next_attempt(core, task);
	} else {
		outcome_known(core, task, task->timed_out ? -ETIMEDOUT : task->status);
	}
}

void flight_complete_all(struct core *core) {
	struct unit *unit = core->unit;
	struct task *task = unit->completions;

	unit->completions = NULL;
	unit->completions_end = &unit->completions;
	while (task) {
		struct task *next = task->next_done;

		act_on(core, task);
		task = next;
	}
}

/* -- the end -------------------------------------------------------------------------------- */

/* Ends what is not with its node; asks the node for the rest. */
static void give_up(struct core *core, struct task_list *list, struct task *task) {
	if (task->given_up)
		return;
	if (task->queued) {
		task->given_up = true;
		return;
	}
	if (task->state == TASK_DONE || task->state == TASK_BACKOFF) {
		abandon(core, list, task, false);
		return;
	}
	task->given_up = true;
	if (task->timed_out)
		return; /* it has been asked already, and its time for that is running */
	cancel(task);
	wait_for_node(core, task);
}

static void give_up_list(struct core *core, struct task_list *list) {
	struct task *task = list->first;

	while (task) {
		struct task *next = task->next;

		if (core_abandons(core, task->message->ingress))
			give_up(core, list, task);
		task = next;
	}
}

void flight_cancel(struct core *core) {
	for (uint32_t i = 0; core->in_flight && i < core->unit->n_nodes; i++) {
		struct node *node = &core->unit->nodes[i];

		give_up_list(core, &node->flight);
		give_up_list(core, &node->done);
		flight_advance(core, node);
	}
}

void flight_abandon(struct core *core) {
	flight_cancel(core);
	while (core->unit->completions)
		flight_complete_all(core);
	for (uint32_t i = 0; core->in_flight && i < core->unit->n_nodes; i++) {
		struct node *node = &core->unit->nodes[i];

		while (node->flight.first)
			abandon(core, &node->flight, node->flight.first, false);
		while (node->done.first)
			abandon(core, &node->done, node->done.first, false);
		flight_update(core, node);
	}
}
