/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a port to the queues of its consumers: one reference of the message for each. What a task
 * staged comes here when it has succeeded, in the order of emission.
 */
#include "core.h"

#include "node/ingress.h"

void core_enqueue(struct core *core, struct node *to, struct message *message, uint32_t input) {
	if (queue_full(&to->queue))
		core_run_from(core, to->rank);
	if (core->abandoning) {
		task_abandon(core, to, message);
		return;
	}
	queue_push_take(&to->queue, message, input);
	core->ready[to->rank / 64] |= 1ull << to->rank % 64;
	if (to->rank / 64 > core->highest)
		core->highest = to->rank / 64;
}

/* Hands one reference of the message to a consumer. */
static void push(struct core *core, struct node *from, const struct node_target *target,
		 struct message *message) {
	struct node *to = target->node;

	message->ingress->open++;
	if (to->order) {
		order_push(core, to, message, target->input);
		return;
	}
	if (queue_full(&to->queue))
		core_run_from(core, from->rank + 1);
	core_enqueue(core, to, message, target->input);
}

void route_message(struct core *core, struct node *from, struct message *message) {
	const struct node_port *port = &from->ports[message->port];
	uint32_t n = port->n_targets;

	from->counters.emitted++;
	if (n == 0) {
		from->counters.unrouted++;
		message_unref(&core->unit->pool, message);
		return;
	}
	message->refs += n - 1;
	for (uint32_t i = 0; i < n; i++)
		push(core, from, &port->targets[i], message);
}

/* The held task has been answered for: its input is completed. */
static void settle_released(struct core *core, struct node *node, struct task *task) {
	struct ingress *ingress = task->message->ingress;

	if (task->prev)
		task->prev->next = task->next;
	else
		node->held = task->next;
	if (task->next)
		task->next->prev = task->prev;
	else
		node->held_end = task->prev ? &task->prev->next : &node->held;
	node->counters.held--;
	node->counters.completed++;
	span_end(core, task, 0);
	task_free(task);
	ingress_close(core, ingress);
}

void frame_apply(struct core *core, struct task *frame) {
	struct node *node = frame->node;

	/* Routing may run other nodes, so the list is taken off the frame first. */
	while (frame->staged) {
		struct message *message = frame->staged;

		frame->staged = message->next;
		message->next = NULL;
		route_message(core, node, message);
	}
	frame->staged_end = &frame->staged;
	frame->n_staged = 0;
	frame->staged_bytes = 0;
	while (frame->releases) {
		struct task *task = frame->releases;

		frame->releases = task->next_release;
		settle_released(core, node, task);
	}
}
