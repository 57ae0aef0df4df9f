/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a port to the queues of its consumers: one reference of the message for each. What a task
 * staged comes here when it has succeeded, in the order of emission. What finds no room is parked
 * at its node, in a frame, and goes on from the very consumer that had none.
 */
#include "core.h"

#include <assert.h>
#include <errno.h>

#include "node/ingress.h"

/* frame->next_target: 0, or one more than the index of the consumer that comes next. */
#define NOT_BEGUN 0

bool route_room(struct core *core, const struct node *to, uint32_t first) {
	if (!queue_full(&to->queue))
		return true;
	core_run_from(core, first);
	/* Out of fuel not all that stands there has run, and its turn is before the rest. */
	return !queue_full(&to->queue) && !(core->async && !core->fuel);
}

void core_enqueue(struct core *core, struct node *to, struct message *message, uint32_t input) {
	ingress_open(core, message->ingress);
	if (core_abandons(core, message->ingress)) {
		task_abandon(core, to, message);
		return;
	}
	queue_push_take(&to->queue, message, input);
	if (!to->blocked)
		core_set_ready(core, to);
}

/* Hands one reference of the message to a consumer; false: it has no room. */
static bool push(struct core *core, struct node *from, const struct node_target *target,
		 struct message *message) {
	struct node *to = target->node;

	if (to->merge) {
		merge_push(core, to, message, target->input);
		return true;
	}
	if (!core_abandons(core, message->ingress) && !route_room(core, to, from->rank + 1)) {
		core->full = to;
		return false;
	}
	core_enqueue(core, to, message, target->input);
	return true;
}

static bool route_message(struct core *core, struct node *from, struct message *message,
			  uint32_t *next_target) {
	const struct node_port *port = &from->ports[message->port];
	uint32_t n = port->n_targets, i = 0;

	if (*next_target == NOT_BEGUN)
		from->counters.emitted++;
	if (n == 0) {
		from->counters.unrouted++;
		message_unref(&core->unit->pool, message);
		return true;
	}
	if (*next_target == NOT_BEGUN)
		message->refs += n - 1;
	else
		i = *next_target - 1;
	for (; i < n; i++)
		if (!push(core, from, &port->targets[i], message)) {
			*next_target = i + 1;
			return false;
		}
	*next_target = NOT_BEGUN;
	return true;
}

/* false: what is left stays staged. */
static bool route_staged(struct core *core, struct task *frame) {
	while (frame->staged) {
		struct message *message = frame->staged;
		struct message *next = message->next;

		message->next = NULL;
		if (!route_message(core, frame->node, message, &frame->next_target)) {
			message->next = next;
			return false;
		}
		frame->staged = next;
	}
	frame->staged_end = &frame->staged;
	frame->n_staged = 0;
	frame->staged_bytes = 0;
	return true;
}

/* The held task has been answered for: its input is completed. */
static void settle_released(struct core *core, struct node *node, struct task *task) {
	struct ingress *ingress = task->message->ingress;

	task_list_remove(&node->held, task);
	node->counters.held--;
	node->counters.completed++;
	span_end(core, task, 0);
	task_free(task);
	ingress_unkeep(core, ingress);
}

static void settle_releases(struct core *core, struct task *frame) {
	while (frame->releases) {
		struct task *task = frame->releases;

		frame->releases = task->next_release;
		settle_released(core, frame->node, task);
	}
}

/* -- parking -------------------------------------------------------------------------------- */

static void wait_for_room(struct core *core, struct node *node) {
	assert(core->async); /* else everything below has run, and made room */
	node->parked_for = core->full;
	core->full->waited_for = true;
	node->blocked = true;
	core_clear_ready(core, node);
	if (queue_length(&core->full->queue) <= core->full->queue.capacity / 2)
		core_set_ready(core, node);
}

bool frame_apply(struct core *core, struct task *frame) {
	struct node *node = frame->node;
	bool behind = node->parked.first != NULL;

	if (!behind && route_staged(core, frame)) {
		settle_releases(core, frame);
		return true;
	}
	if (frame->message)
		frame->state = TASK_DONE; /* nothing can be added to it any more */
	task_list_add(&node->parked, frame);
	if (!behind)
		wait_for_room(core, node);
	return false;
}

void frame_unpark(struct core *core, struct node *node) {
	struct task *frame = node->parked.first;

	core_clear_ready(core, node);
	node->parked_for = NULL;
	if (!route_staged(core, frame)) {
		wait_for_room(core, node);
		return;
	}
	task_list_remove(&node->parked, frame);
	settle_releases(core, frame);
	task_routed(core, frame);
	if (node->parked.first)
		core_set_ready(core, node);
	else
		flight_advance(core, node);
}

/* Without memory for a frame what is left of it is abandoned. */
static void route_rest(struct core *core, struct node *source, struct message *message,
		       uint32_t next_target) {
	core_fail(core, source, -ENOMEM, &message->head);
	core->abandon_from = message->ingress->ordinal;
	(void)route_message(core, source, message, &next_target);
}

void route_arrival(struct core *core, struct node *source, struct message *message) {
	struct ingress *ingress = message->ingress;
	uint32_t next_target = NOT_BEGUN;
	struct task *frame;

	if (route_message(core, source, message, &next_target))
		return;
	frame = task_new(source, NULL, 0);
	if (!frame) {
		route_rest(core, source, message, next_target);
		return;
	}
	ingress_open(core, ingress); /* the frame's */
	frame->head.user = ingress;
	frame->after = AFTER_ARRIVAL;
	frame->staged = message;
	frame->staged_end = &message->next;
	frame->next_target = next_target;
	task_list_add(&source->parked, frame);
	wait_for_room(core, source);
}
