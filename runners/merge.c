/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where messages wait for their turn, so that a node gets those of each source in the order of
 * their source sequences.
 *
 * `ordering.sink_mode: source_seq` asks for it at sinks. One arriving message is run to completion
 * before the next, so this holds by itself, except behind a node that holds messages: what it
 * derives later carries a sequence that other branches may have passed already. There a message
 * waits while a smaller sequence of its source is held anywhere above.
 *
 * In an asynchronous unit with several messages in work, timing must not decide what a node sees
 * where paths meet, nor may it matter whose outputs find a full queue first: a message waits while
 * one of its source with the same or a smaller sequence is still on its way above. Equal sequences
 * go by the emitting node, in the order in which a message reaches nodes when it is the only one
 * (rank.c), then by arrival. Nodes that are not ordered stand above no merge (RYG021).
 *
 * When as many wait as a queue may hold, no further message is taken into work; and when nothing
 * comes by itself, the holding nodes are asked to flush: the list then grows by what they let out,
 * and empties. With several messages in work this is looked at only when nothing can be run, so that
 * the list may grow by all that derives from those. Between sources, order is arrival order.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "core.h"

struct waiting {
	struct message *message;
	uint32_t input;
};

struct merge {
	struct node *node;
	struct node **above; /* that may keep messages back */
	uint32_t n_above;
	struct waiting *list; /* in arrival order, per source ascending */
	bool mixed;	      /* of several sources: else the whole list ascends */
	uint32_t n;
	uint32_t capacity;
	uint32_t limit; /* at which the holders are asked to flush */
	bool flushing;
};

/* -- which nodes have one ------------------------------------------------------------------- */

static bool may_hold(const struct node *node) {
	return node->plan->kind == PLAN_NODE && (node->plan->type->flags & RY_NODE_HOLDS);
}

/* May a later message pass one that is at this node? */
static bool may_lag(const struct core *core, const struct node *node) {
	return !core->strict && (node->may_pend || node->plan->on_error.policy == ON_ERROR_RETRY);
}

/* Marks all above those that are marked; upstream nodes have smaller indices. */
static void mark_above(const struct unit *unit, uint32_t last, bool *marks) {
	for (uint32_t i = last + 1; i-- > 0;) {
		const struct plan_node *plan = unit->nodes[i].plan;

		for (uint32_t u = 0; marks[i] && u < plan->n_upstream; u++)
			marks[plan->upstream[u]] = true;
	}
}

static bool sorts(const struct unit *unit, const struct node *node) {
	return node->plan->kind == PLAN_SINK &&
	       unit->plan->manifest->runtime.ordering.sink_mode == SINK_SOURCE_SEQ;
}

/* Do paths meet here, whose messages timing could mix? */
static bool joins(const struct core *core, const struct node *node) {
	return !core->strict && node->plan->n_upstream > 1 &&
	       (sorts(core->unit, node) || node->plan->kind == PLAN_NODE);
}

static void add_merge(struct core *core, struct node *node, struct node **above, uint32_t n) {
	struct merge *merge = must_calloc(1, sizeof(*merge));

	merge->node = node;
	merge->above = must_calloc(n, sizeof(struct node *));
	memcpy(merge->above, above, n * sizeof(struct node *));
	merge->n_above = n;
	merge->limit = merge->capacity = node->queue.capacity;
	merge->list = must_calloc(merge->capacity, sizeof(*merge->list));
	node->merge = merge;
	core->merges = must_realloc(core->merges, core->n_merges + 1, sizeof(struct merge *));
	core->merges[core->n_merges++] = merge;
}

/* lagging: nodes that may lag and all above them, where messages queue up behind those. */
static void consider(struct core *core, struct node *node, const bool *lagging, bool *marks,
		     struct node **above) {
	struct unit *unit = core->unit;
	bool meet = joins(core, node), wanted = meet;
	uint32_t n = 0;

	if (node->plan->kind == PLAN_SOURCE || (node->plan->n_upstream < 2 && !sorts(unit, node)))
		return;
	memset(marks, 0, unit->n_nodes * sizeof(*marks));
	marks[node->index] = true;
	mark_above(unit, node->index, marks);
	for (uint32_t i = 0; i < node->index; i++) {
		struct node *other = &unit->nodes[i];

		if (!marks[i])
			continue;
		wanted = wanted || (may_hold(other) && sorts(unit, node));
		if (meet || may_hold(other) || lagging[i])
			above[n++] = other;
	}
	if (wanted)
		add_merge(core, node, above, n);
}

void merge_init(struct core *core) {
	struct unit *unit = core->unit;
	bool *lagging = must_calloc(unit->n_nodes, sizeof(bool));
	bool *marks = must_calloc(unit->n_nodes, sizeof(bool));
	struct node **above = must_calloc(unit->n_nodes, sizeof(struct node *));
	bool any = false;

	for (uint32_t i = 0; i < unit->n_nodes; i++) {
		any = any || !core->strict || may_hold(&unit->nodes[i]);
		lagging[i] = may_lag(core, &unit->nodes[i]);
	}
	if (unit->n_nodes)
		mark_above(unit, unit->n_nodes - 1, lagging);
	for (uint32_t i = 0; any && i < unit->n_nodes; i++)
		consider(core, &unit->nodes[i], lagging, marks, above);
	free(above);
	free(marks);
	free(lagging);
}

void merge_fini(struct core *core) {
	for (uint32_t i = 0; i < core->n_merges; i++) {
		core->merges[i]->node->merge = NULL;
		free(core->merges[i]->above);
		free(core->merges[i]->list);
		free(core->merges[i]);
	}
	free(core->merges);
	core->merges = NULL;
	core->n_merges = 0;
}

/* -- who has to wait ------------------------------------------------------------------------ */

/* The smallest sequences of one source above a node. */
struct bounds {
	uint32_t source_id;
	uint64_t held;	 /* later ones wait */
	uint64_t on_way; /* these and later ones wait */
};

static void lower(uint64_t *bound, const struct message *message, uint32_t source_id) {
	if (message->head.source_id == source_id && message->head.source_seq < *bound)
		*bound = message->head.source_seq;
}

static void lower_by_tasks(uint64_t *bound, const struct task_list *list, uint32_t source_id) {
	for (const struct task *task = list->first; task; task = task->next)
		lower(bound, task->message, source_id);
}

static void lower_by_parked(uint64_t *bound, const struct node *node, uint32_t source_id) {
	for (const struct task *task = node->parked.first; task; task = task->next)
		for (const struct message *m = task->staged; m; m = m->next)
			lower(bound, m, source_id);
}

static void lower_by_queue(uint64_t *bound, const struct node *node, uint32_t source_id) {
	const struct queue *queue = &node->queue;

	for (uint32_t i = queue->head; i != queue->tail; i++)
		lower(bound, queue->entries[i & queue->mask].message, source_id);
	for (uint32_t i = 0; node->merge && i < node->merge->n; i++)
		lower(bound, node->merge->list[i].message, source_id);
}

static struct bounds bounds_of(const struct core *core, const struct merge *merge,
			       uint32_t source_id) {
	struct bounds bounds = {source_id, UINT64_MAX, UINT64_MAX};

	for (uint32_t i = 0; i < merge->n_above; i++) {
		const struct node *node = merge->above[i];

		lower_by_tasks(&bounds.held, &node->held, source_id);
		if (core->strict)
			continue;
		lower_by_tasks(&bounds.on_way, &node->flight, source_id);
		lower_by_tasks(&bounds.on_way, &node->done, source_id);
		lower_by_parked(&bounds.on_way, node, source_id);
		lower_by_queue(&bounds.on_way, node, source_id);
	}
	return bounds;
}

/* Is anything above on its way, so that waiting will end by itself? */
static bool comes_by_itself(const struct core *core, const struct merge *merge) {
	for (uint32_t i = 0; !core->strict && i < merge->n_above; i++) {
		const struct node *node = merge->above[i];

		if (node->in_flight || node->parked.first || queue_length(&node->queue) ||
		    (node->merge && node->merge->n))
			return true;
	}
	return false;
}

/* -- the list ------------------------------------------------------------------------------- */

static bool comes_before(const struct core *core, const struct message *a,
			 const struct message *b) {
	if (a->head.source_seq != b->head.source_seq || core->strict)
		return a->head.source_seq <= b->head.source_seq;
	return core->unit->nodes[a->from].visit <= core->unit->nodes[b->from].visit;
}

/* Where it goes among messages of its source alone. */
static uint32_t place_in_one(const struct core *core, const struct merge *merge,
			     const struct message *message) {
	uint32_t low = 0, high = merge->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (comes_before(core, merge->list[middle].message, message))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint32_t place_in_mixed(const struct core *core, const struct merge *merge,
			       const struct message *message) {
	uint32_t at = merge->n;

	for (uint32_t i = merge->n; i > 0; i--) {
		const struct message *before = merge->list[i - 1].message;

		if (before->head.source_id != message->head.source_id)
			continue;
		if (comes_before(core, before, message))
			break;
		at = i - 1;
	}
	return at;
}

/* Behind all of its source that do not come after it. */
static void insert(const struct core *core, struct merge *merge, struct message *message,
		   uint32_t input) {
	uint32_t at;

	merge->mixed = merge->n > 0 && (merge->mixed || merge->list[0].message->head.source_id !=
								message->head.source_id);
	at = merge->mixed ? place_in_mixed(core, merge, message)
			  : place_in_one(core, merge, message);
	memmove(&merge->list[at + 1], &merge->list[at], (merge->n - at) * sizeof(merge->list[0]));
	merge->list[at] = (struct waiting){message, input};
	merge->n++;
}

static bool must_stay(const struct core *core, const struct merge *merge,
		      const struct message *message, struct bounds *bounds) {
	const struct ry_message *head = &message->head;

	if (core_abandons(core, message->ingress))
		return false;
	if (head->source_id != bounds->source_id)
		*bounds = bounds_of(core, merge, head->source_id);
	return head->source_seq > bounds->held || head->source_seq >= bounds->on_way;
}

static void let_go(struct core *core, struct merge *merge, const struct waiting *w) {
	struct ingress *ingress = w->message->ingress;

	core_enqueue(core, merge->node, w->message, w->input);
	ingress_unkeep(core, ingress);
}

/* Hands what need not wait any more to the node, in the order of the list; false: it has no room. */
static bool release(struct core *core, struct merge *merge, bool all) {
	struct bounds bounds = {.source_id = 0};
	bool ascends = !merge->mixed && !core->abandoning, room = true;
	uint32_t kept = 0, i = 0, rest;

	for (; i < merge->n; i++) {
		struct waiting *w = &merge->list[i];

		room = core_abandons(core, w->message->ingress) ||
		       route_room(core, merge->node, merge->node->rank);
		if (!room)
			break;
		if (all || !must_stay(core, merge, w->message, &bounds))
			let_go(core, merge, w);
		else if (ascends)
			break; /* what is behind it has to stay too */
		else
			merge->list[kept++] = *w;
	}
	rest = merge->n - i;
	memmove(&merge->list[kept], &merge->list[i], rest * sizeof(merge->list[0]));
	merge->n = kept + rest;
	return room;
}

/* While anything above is on its way there is nothing to do: the list grows by that, and no more. */
static void make_room(struct core *core, struct merge *merge) {
	if (merge->flushing || comes_by_itself(core, merge))
		return;
	merge->flushing = true;
	for (uint32_t i = 0; i < merge->n_above; i++)
		if (merge->above[i]->held.first)
			core_flush_node(core, merge->above[i]);
	merge->flushing = false;
	if (comes_by_itself(core, merge))
		return;
	(void)release(core, merge, false);
	if (merge->n >= merge->limit) /* a holder does not let go: no worse than arrival order */
		(void)release(core, merge, true);
}

void merge_push(struct core *core, struct node *to, struct message *message, uint32_t input) {
	struct merge *merge = to->merge;

	if (merge->n == merge->capacity) {
		uint32_t capacity = merge->capacity * 2;
		struct waiting *list = realloc(merge->list, capacity * sizeof(*list));

		if (!list) {
			core_fail(core, to, -ENOMEM, &message->head);
			ingress_open(core, message->ingress);
			task_abandon(core, to, message);
			return;
		}
		merge->list = list;
		merge->capacity = capacity;
	}
	message->ingress->kept++;
	insert(core, merge, message, input);
	/* With several in work the rest of what is being routed just now is not to be passed. */
	if (merge->n >= merge->limit && core->strict)
		make_room(core, merge);
}

void merge_release(struct core *core) {
	for (uint32_t i = 0; i < core->n_merges; i++) {
		struct merge *merge = core->merges[i];

		/* Nothing may come any more that would make room with its arrival. */
		if (merge->n && release(core, merge, false) && merge->n >= merge->limit)
			make_room(core, merge);
	}
}

bool merge_full(const struct core *core) {
	for (uint32_t i = 0; i < core->n_merges; i++)
		if (core->merges[i]->n >= core->merges[i]->limit)
			return true;
	return false;
}
