/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a task: success routes what it staged; failure discards it and `on_error`
 * decides. A task is settled exactly once; every way ends in one counter of its node.
 */
#include "core.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/errname.h"
#include "node/log.h"

#include <railyard/dead_letter.h>

#define LONGEST_BACKOFF (60 * NS_PER_SECOND)

static const struct ingress *ingress_of(const struct ry_message *message) {
	return ((const struct message *)message)->ingress;
}

/*
 * Asynchronously several messages may fail: what arrived before the first of them is completed, and
 * that one is the result's.
 */
void core_fail(struct core *core, struct node *node, int error, const struct ry_message *message) {
	struct runner_result *result = core->result;
	uint64_t ordinal = 0;

	if (core->async)
		ordinal = message ? ingress_of(message)->ordinal : core->n_taken;
	if (!core->abandoning || ordinal < core->abandon_from)
		core->abandon_from = ordinal;
	core->abandoning = true;
	if (core->failed && ordinal >= core->failed_ordinal)
		return;
	core->failed = true;
	core->failed_ordinal = ordinal;
	result->error = error;
	result->node = node;
	if (message) {
		result->source_seq = message->source_seq;
		result->source_id = message->source_id;
		memcpy(result->trace_id, message->trace_id, sizeof(result->trace_id));
	}
}

/* Ends a task whose counter has been chosen. */
static void settle(struct core *core, struct task *task, enum ingress_result result) {
	struct ingress *ingress = task->message->ingress;

	if (ingress->result == INGRESS_OK)
		ingress->result = result;
	task_free(task);
	ingress_close(core, ingress);
}

static void link_held(struct core *core, struct task *task) {
	struct node *node = task->node;

	task->state = TASK_HELD;
	task_list_add(&node->held, task);
	node->counters.held++;
	ingress_keep(core, task->message->ingress);
	if (node->counters.held >= core->held_limit)
		core_flush_node(core, node);
}

static void hold(struct core *core, struct task *task) {
	if (task->recording)
		task->end_ns = core->unit->now_ns = clock_monotonic_ns();
	task->after = AFTER_HELD;
	if (frame_apply(core, task))
		link_held(core, task);
}

static void count_completed(struct core *core, struct task *task) {
	task->node->counters.completed++;
	settle(core, task, INGRESS_OK);
}

void task_routed(struct core *core, struct task *task) {
	struct ingress *ingress;

	switch (task->after) {
	case AFTER_COMPLETED:
		count_completed(core, task);
		break;
	case AFTER_HELD:
		link_held(core, task);
		break;
	case AFTER_CALL:
		task_free(task);
		break;
	case AFTER_ARRIVAL:
		ingress = task->head.user;
		task_free(task);
		ingress_close(core, ingress);
		break;
	}
}

/* On the hot path of every task: a call here would cost as much as what it does. */
static inline __attribute__((always_inline)) void complete(struct core *core, struct task *task) {
	if (task->recording)
		span_end(core, task, 0);
	if (task->node->write) {
		sink_took(core, task);
		return;
	}
	if (task->staged || task->releases) {
		task->after = AFTER_COMPLETED;
		if (!frame_apply(core, task))
			return; /* goes on when there is room */
	}
	count_completed(core, task);
}

/* -- failure -------------------------------------------------------------------------------- */

/* The payload as its codec writes it; *ret_buffer is to be freed. */
static int encode(const struct ry_message *message, const void **ret_data, uint64_t *ret_length,
		  void **ret_buffer) {
	uint64_t cap = 256;
	void *buffer = NULL;
	int64_t n = -ENOSPC;

	if (message->type->kind != RY_MESSAGE_CUSTOM) {
		*ret_data = message->data;
		*ret_length = message->length;
		*ret_buffer = NULL;
		return 0;
	}
	while (n == -ENOSPC && cap <= TASK_MAX_BYTES) {
		free(buffer);
		buffer = malloc(cap);
		if (!buffer)
			return -ENOMEM;
		n = message->type->encode(message->data, message->length, buffer, cap);
		cap *= 4;
	}
	if (n < 0) {
		free(buffer);
		return (int)n;
	}
	*ret_data = *ret_buffer = buffer;
	*ret_length = (uint64_t)n;
	return 0;
}

static int put_dead_letter(struct task *task, int error) {
	const struct ry_message *message = &task->message->head;
	struct ry_dead_letter_record record = {
		RY_SIZE(ry_dead_letter_record),	     .attempts = task->head.attempt,
		.node = task->node->plan->name,	     .error = errno_name(error),
		.message_type = message->type->name, .message_version = message->type->version,
		.source_id = message->source_id,     .source_seq = message->source_seq,
		.failed_unix_ns = clock_unix_ns(),
	};
	void *buffer = NULL;
	int r = encode(message, &record.payload, &record.length, &buffer);

	if (r < 0)
		return r;
	memcpy(record.trace_id, message->trace_id, sizeof(record.trace_id));
	memcpy(record.span_id, task->recording ? task->span_id.bytes : message->span_id,
	       sizeof(record.span_id));
	r = ry_dead_letter_put(task->node->dead_letter, &record, NULL);
	free(buffer);
	return r > 0 ? -EPROTO : r;
}

static void fail_run(struct core *core, struct task *task, int error) {
	task->node->counters.failed++;
	core_fail(core, task->node, error, &task->message->head);
	settle(core, task, INGRESS_FAILED);
}

static void log_dropped(struct node *node, const char *what, int error) {
	struct ry_field field = {
		RY_SIZE(ry_field), RY_VALUE_STRING, "error", {.string = errno_name(error)}};
	const struct ry_field *const fields[] = {&field};

	log_write(node->unit->log, RY_LOG_WARNING, what, node->plan->name, what, fields, 1, NULL,
		  NULL);
}

static void decide(struct core *core, struct task *task, int error, int policy) {
	struct node *node = task->node;
	int r;

	switch (policy) {
	case ON_ERROR_DROP:
		node_count_drop(node, error);
		log_dropped(node, "a message was dropped (on_error: drop)", error);
		settle(core, task, INGRESS_OK);
		return;
	case ON_ERROR_DEAD_LETTER:
		r = put_dead_letter(task, error);
		if (r == 0) {
			node->counters.dead_lettered++;
			settle(core, task, INGRESS_OK);
			return;
		}
		log_dropped(node, "the dead letter could not be written; the run fails", r);
		break;
	default:
		break;
	}
	fail_run(core, task, error);
}

/* Before the n-th further attempt: doubled with each, up to a minute or what was asked for. */
uint64_t task_delay(const struct task *task) {
	uint64_t first = (uint64_t)task->node->plan->on_error.backoff_ms * NS_PER_MS;
	uint64_t most = first > LONGEST_BACKOFF ? first : LONGEST_BACKOFF;
	uint32_t doublings = task->head.attempt - 1;

	return doublings < 32 && first << doublings < most ? first << doublings : first ? most : 0;
}

/* Waits for the next attempt; false: give up, the run is being stopped. */
static bool back_off(struct core *core, struct task *task) {
	uint64_t delay = task_delay(task);

	core->unit->now_ns = 0;
	task->node->counters.retries++;
	return core->wait(core, clock_monotonic_ns() + delay) == 0;
}

static int call(struct task *task) {
	struct node *node = task->node;
	int r;

	node->current = task;
	if (node->process)
		r = node->process(node->self, &task->head, &task->message->head);
	else
		r = node->write(node->self, &task->message->head, task->head.input);
	node->current = NULL;
	return r;
}

/* What a node may return, as an errno; breaking the rules is the plugin's error. */
static int checked(struct task *task, int r) {
	struct node *node = task->node;

	if ((r == RY_PENDING || r == 0) && task->completed)
		return task->status;
	if (r == RY_PENDING && node->may_pend)
		return r;
	if (r == RY_HELD && !task->completed && node->ops &&
	    (node->plan->type->flags & RY_NODE_HOLDS))
		return r;
	if (r > 0) {
		node_misused(node);
		return -EPROTO;
	}
	return r;
}

int task_call(struct task *task) {
	return checked(task, call(task));
}

bool task_may_retry(const struct core *core, const struct task *task) {
	const struct manifest_on_error *on_error = &task->node->plan->on_error;

	return on_error->policy == ON_ERROR_RETRY &&
	       task->head.attempt <= (uint64_t)on_error->max_retries &&
	       !core_abandons(core, task->message->ingress);
}

/* When no further attempt is made. */
static int last_policy(const struct task *task) {
	const struct manifest_on_error *on_error = &task->node->plan->on_error;

	return on_error->policy == ON_ERROR_RETRY ? on_error->then : on_error->policy;
}

/* The attempts that are left, in place. Returns the outcome of the last one. */
static int retry(struct core *core, struct task *task, int r) {
	while (r < 0 && task_may_retry(core, task)) {
		span_end(core, task, r);
		task_discard(task);
		if (!back_off(core, task))
			break;
		task->head.attempt++;
		span_begin(core, task);
		r = task_call(task);
	}
	return r;
}

void task_settle(struct core *core, struct task *task, int outcome) {
	if (outcome < 0 && task_may_retry(core, task)) {
		if (core->async) {
			flight_back_off(core, task, outcome);
			return;
		}
		outcome = retry(core, task, outcome);
	}
	if (outcome == RY_HELD) {
		hold(core, task);
	} else if (outcome == 0) {
		complete(core, task);
	} else {
		span_end(core, task, outcome);
		task_discard(task);
		decide(core, task, outcome, last_policy(task));
	}
}

bool task_deserted(struct core *core, struct task *task) {
	int policy = last_policy(task), r = -ETIMEDOUT;

	if (policy == ON_ERROR_DROP)
		return false;
	if (policy == ON_ERROR_DEAD_LETTER && (r = put_dead_letter(task, -ETIMEDOUT)) == 0)
		return true;
	core_fail(core, task->node, r, &task->message->head);
	return false;
}

void task_run(struct core *core, struct node *node, struct message *message, uint32_t input) {
	struct task *task = task_new(node, message, input);
	int r;

	node->counters.taken++;
	if (!task) {
		struct ingress *ingress = message->ingress;

		node->counters.failed++;
		core_fail(core, node, -ENOMEM, &message->head);
		ingress->result = INGRESS_FAILED;
		message_unref(&core->unit->pool, message);
		ingress_close(core, ingress);
		return;
	}
	if (core->unit->emit)
		span_begin(core, task);
	r = task_call(task);
	if (r == RY_PENDING)
		flight_enter(core, task);
	else if (node->in_flight)
		flight_settle_in_turn(core, task, r);
	else if (r == 0)
		complete(core, task);
	else
		task_settle(core, task, r);
}

void task_abandon(struct core *core, struct node *node, struct message *message) {
	struct ingress *ingress = message->ingress;

	node->counters.taken++;
	node->counters.abandoned++;
	if (ingress->result == INGRESS_OK)
		ingress->result = INGRESS_ABANDONED;
	message_unref(&core->unit->pool, message);
	ingress_close(core, ingress);
}
