/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `ordering.sink_mode: source_seq`: a sink gets the messages of each source in the order of their
 * source sequences. One arriving message is run to completion before the next, so this holds by
 * itself, except behind a node that holds messages: what it derives later carries a sequence that
 * other branches may have passed already.
 *
 * Only sinks behind such a node have a waiting list. A message waits there while a smaller sequence
 * of its source is held anywhere above the sink. When as many wait as a queue may hold, the holding
 * nodes are asked to flush; the list then grows by what they let out, and empties. Between sources,
 * order is arrival order.
 */
#include "core.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

struct waiting {
	struct message *message;
	uint32_t input;
};

struct sink_order {
	struct node *sink;
	struct node **holders; /* nodes above the sink that may hold */
	uint32_t n_holders;
	struct waiting *list; /* in arrival order, per source ascending */
	uint32_t n;
	uint32_t capacity;
	uint32_t limit; /* at which the holders are asked to flush */
	bool flushing;
};

static bool may_hold(const struct node *node) {
	return node->plan->kind == PLAN_NODE && (node->plan->type->flags & RY_NODE_HOLDS);
}

static void add_sink(struct core *core, struct node *sink) {
	struct unit *unit = core->unit;
	struct sink_order *order;
	struct node **holders = must_calloc(unit->n_nodes, sizeof(struct node *));
	uint32_t n = 0;

	for (uint32_t i = 0; i < sink->index; i++)
		if (may_hold(&unit->nodes[i]) && plan_reaches(unit->plan, i, sink->index))
			holders[n++] = &unit->nodes[i];
	if (n == 0) {
		free(holders);
		return;
	}
	order = must_calloc(1, sizeof(*order));
	order->sink = sink;
	order->holders = holders;
	order->n_holders = n;
	order->limit = order->capacity = sink->queue.capacity;
	order->list = must_calloc(order->capacity, sizeof(*order->list));
	sink->order = order;
	core->orders = must_realloc(core->orders, core->n_orders + 1, sizeof(struct sink_order *));
	core->orders[core->n_orders++] = order;
}

void order_init(struct core *core) {
	struct unit *unit = core->unit;

	if (unit->plan->manifest->runtime.ordering.sink_mode != SINK_SOURCE_SEQ)
		return;
	for (uint32_t i = 0; i < unit->n_nodes; i++)
		if (unit->nodes[i].plan->kind == PLAN_SINK)
			add_sink(core, &unit->nodes[i]);
}

void order_fini(struct core *core) {
	for (uint32_t i = 0; i < core->n_orders; i++) {
		core->orders[i]->sink->order = NULL;
		free(core->orders[i]->holders);
		free(core->orders[i]->list);
		free(core->orders[i]);
	}
	free(core->orders);
	core->orders = NULL;
	core->n_orders = 0;
}

/* The smallest sequence of this source that is held above the sink. */
static uint64_t bound_of(const struct sink_order *order, uint32_t source_id) {
	uint64_t bound = UINT64_MAX;

	for (uint32_t i = 0; i < order->n_holders; i++)
		for (const struct task *task = order->holders[i]->held; task; task = task->next) {
			const struct ry_message *held = &task->message->head;

			if (held->source_id == source_id && held->source_seq < bound)
				bound = held->source_seq;
		}
	return bound;
}

/* Behind all of its source that do not come after it. */
static void insert(struct sink_order *order, struct message *message, uint32_t input) {
	uint32_t at = order->n;

	for (uint32_t i = order->n; i > 0; i--) {
		const struct ry_message *before = &order->list[i - 1].message->head;

		if (before->source_id != message->head.source_id)
			continue;
		if (before->source_seq <= message->head.source_seq)
			break;
		at = i - 1;
	}
	memmove(&order->list[at + 1], &order->list[at], (order->n - at) * sizeof(order->list[0]));
	order->list[at] = (struct waiting){message, input};
	order->n++;
}

/* Hands what need not wait any more to the sink, in the order of the list. */
static void release(struct core *core, struct sink_order *order, bool all) {
	uint32_t kept = 0, n = order->n;

	for (uint32_t i = 0; i < n; i++) {
		struct waiting *w = &order->list[i];
		const struct ry_message *head = &w->message->head;

		if (!all && head->source_seq > bound_of(order, head->source_id))
			order->list[kept++] = *w;
		else
			core_enqueue(core, order->sink, w->message, w->input);
	}
	order->n = kept;
}

static void make_room(struct core *core, struct sink_order *order) {
	order->flushing = true;
	for (uint32_t i = 0; i < order->n_holders; i++)
		if (order->holders[i]->held)
			core_flush_node(core, order->holders[i]);
	order->flushing = false;
	release(core, order, false);
	if (order->n >= order->limit) /* a holder does not let go: no worse than arrival order */
		release(core, order, true);
}

void order_push(struct core *core, struct node *sink, struct message *message, uint32_t input) {
	struct sink_order *order = sink->order;

	if (order->n == order->capacity) {
		uint32_t capacity = order->capacity * 2;
		struct waiting *list = realloc(order->list, capacity * sizeof(*list));

		if (!list) {
			core_fail(core, sink, -ENOMEM, &message->head);
			task_abandon(core, sink, message);
			return;
		}
		order->list = list;
		order->capacity = capacity;
	}
	insert(order, message, input);
	if (order->n >= order->limit && !order->flushing)
		make_room(core, order);
}

void order_release(struct core *core) {
	for (uint32_t i = 0; i < core->n_orders; i++)
		if (core->orders[i]->n)
			release(core, core->orders[i], core->abandoning);
}
