/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of the plan: Kahn's algorithm, taking the node of the lowest rank among those whose
 * producers have all been taken, from a heap. What it cannot take stands on a cycle or behind one;
 * a depth-first walk over that rest finds the cycles. Then everything moves to its final index.
 */
#include "plan/build.h"

#include "base/alloc.h"
#include "base/strbuf.h"

#define MAX_SHOWN 100 /* names of a cycle's path */

struct ordering {
	struct build *b;
	uint32_t n;
	uint32_t *start; /* of each node's edges in `out`, n + 1 */
	const struct plan_edge **out;
	uint32_t *missing; /* producers not taken yet */
	uint32_t *heap;
	uint32_t n_heap;
	uint32_t *order; /* ranks */
	uint32_t n_order;
	/* The walk over the rest. */
	uint32_t *stack, *next;
	uint32_t depth;
	uint8_t *colour;
};

static void group_edges(struct ordering *o) {
	struct build *b = o->b;

	for (size_t i = 0; i < b->n_edges; i++) {
		o->start[b->edges[i].from + 1]++;
		o->missing[b->edges[i].to]++;
	}
	for (uint32_t i = 0; i < o->n; i++)
		o->start[i + 1] += o->start[i];
	for (size_t i = 0; i < b->n_edges; i++)
		o->out[o->start[b->edges[i].from]++] = &b->edges[i];
	for (uint32_t i = o->n; i > 0; i--)
		o->start[i] = o->start[i - 1];
	o->start[0] = 0;
}

static void heap_push(struct ordering *o, uint32_t rank) {
	uint32_t at = o->n_heap++;

	for (; at && o->heap[(at - 1) / 2] > rank; at = (at - 1) / 2)
		o->heap[at] = o->heap[(at - 1) / 2];
	o->heap[at] = rank;
}

static uint32_t heap_pop(struct ordering *o) {
	uint32_t top = o->heap[0], last = o->heap[--o->n_heap], at = 0;

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child + 1 < o->n_heap && o->heap[child + 1] < o->heap[child])
			child++;
		if (child >= o->n_heap || o->heap[child] >= last)
			break;
		o->heap[at] = o->heap[child];
		at = child;
	}
	o->heap[at] = last;
	return top;
}

static void take_all(struct ordering *o) {
	for (uint32_t i = 0; i < o->n; i++)
		if (!o->missing[i])
			heap_push(o, i);
	while (o->n_heap) {
		uint32_t rank = heap_pop(o);

		o->order[o->n_order++] = rank;
		for (uint32_t i = o->start[rank]; i < o->start[rank + 1]; i++)
			if (!--o->missing[o->out[i]->to])
				heap_push(o, o->out[i]->to);
	}
}

/* -- cycles --------------------------------------------------------------------------------- */

static void report_cycle(struct ordering *o, const uint32_t *cycle, uint32_t n) {
	struct build *b = o->b;
	struct strbuf path = STRBUF_INIT;
	uint32_t first = 0;
	bool known = true;
	struct finding *f;

	for (uint32_t i = 0; i < n; i++) {
		known = known && b->vertices[cycle[i]].in_cycle;
		b->vertices[cycle[i]].in_cycle = true;
		first = cycle[i] < cycle[first] ? i : first;
	}
	if (known)
		return;
	for (uint32_t i = 0; i < n && i < MAX_SHOWN; i++)
		strbuf_printf(&path, "`%s` -> ", b->plan->nodes[cycle[(first + i) % n]].name);
	if (n > MAX_SHOWN)
		strbuf_printf(&path, "%u more -> ", n - MAX_SHOWN);
	f = diag_add(b->diag, DIAG_RYW007, unit_place(b->vertices[cycle[first]].unit),
		     "the nodes feed one another in a cycle: %s`%s`", strbuf_text(&path),
		     b->plan->nodes[cycle[first]].name);
	finding_second(b->diag, f, unit_place(b->vertices[cycle[(first + n - 1) % n]].unit),
		       "its last node feeds the first");
	finding_why(b->diag, f, "a message would never come to an end");
	finding_help(b->diag, f, "state `inputs` at one of them, so that the cycle is open");
	strbuf_fini(&path);
}

static void enter(struct ordering *o, uint32_t rank) {
	o->colour[rank] = 1;
	o->next[o->depth] = o->start[rank];
	o->stack[o->depth++] = rank;
}

static void step(struct ordering *o) {
	uint32_t rank = o->stack[o->depth - 1], at = o->next[o->depth - 1]++;
	uint32_t to, from = o->depth;

	if (at == o->start[rank + 1]) {
		o->colour[rank] = 2;
		o->depth--;
		return;
	}
	to = o->out[at]->to;
	if (o->colour[to] == 1) {
		while (o->stack[from - 1] != to)
			from--;
		report_cycle(o, &o->stack[from - 1], o->depth - from + 1);
	} else if (!o->colour[to]) {
		enter(o, to);
	}
}

/* What is left has cycles; it goes to the end by rank, so that the plan can still be looked at. */
static void find_cycles(struct ordering *o) {
	uint32_t taken = o->n_order;

	o->b->plan->cyclic = true;
	for (uint32_t i = 0; i < taken; i++)
		o->colour[o->order[i]] = 2;
	for (uint32_t i = 0; i < o->n; i++) {
		if (!o->colour[i])
			enter(o, i);
		while (o->depth)
			step(o);
		if (o->missing[i])
			o->order[o->n_order++] = i;
	}
}

/* -- final indices -------------------------------------------------------------------------- */

static void move_nodes(struct ordering *o, uint32_t *place) {
	struct build *b = o->b;
	struct plan_node *nodes = arena_array(b->arena, struct plan_node, o->n);
	struct vertex *vertices = arena_array(b->arena, struct vertex, o->n);
	uint32_t sources = 0;

	for (uint32_t i = 0; i < o->n; i++) {
		struct plan_node *node = &nodes[i];

		*node = b->plan->nodes[o->order[i]];
		vertices[i] = b->vertices[o->order[i]];
		vertices[i].unit->vertex = node->index = i;
		place[o->order[i]] = i;
		if (node->kind == PLAN_SOURCE ||
		    (node->kind == PLAN_NODE && node->type->flags & RY_NODE_IS_SOURCE))
			node->source_id = ++sources;
	}
	b->plan->nodes = nodes;
	b->vertices = vertices;
}

static void move_edges(struct ordering *o, const uint32_t *place) {
	struct build *b = o->b;
	struct plan *plan = b->plan;
	uint32_t done = 0;

	plan->edges = arena_array(b->arena, struct plan_edge, b->n_edges);
	plan->n_edges = (uint32_t)b->n_edges;
	for (uint32_t i = 0; i < o->n; i++) {
		uint32_t rank = o->order[i];
		struct plan_node *node = &plan->nodes[i];
		const struct plan_edge **out = &o->out[o->start[rank]];
		uint32_t n = o->start[rank + 1] - o->start[rank];
		uint32_t *fill = must_calloc(node->n_ports + 1, sizeof(uint32_t));

		for (uint32_t e = 0; e < n; e++)
			node->ports[out[e]->port].n_edges++;
		for (uint32_t p = 0; p < node->n_ports; p++) {
			node->ports[p].edges = &plan->edges[done + fill[p]];
			fill[p + 1] = fill[p] + node->ports[p].n_edges;
		}
		for (uint32_t e = 0; e < n; e++) {
			struct plan_edge *edge = &plan->edges[done + fill[out[e]->port]++];

			*edge = *out[e];
			edge->from = i;
			edge->to = place[edge->to];
		}
		done += n;
		free(fill);
	}
}

/* Edges stand by producer, ascending, so each consumer's list grows in order. */
static void list_upstream(struct build *b) {
	struct plan *plan = b->plan;
	uint32_t *count = must_calloc(plan->n_nodes, sizeof(uint32_t));
	uint32_t *last = must_calloc(plan->n_nodes, sizeof(uint32_t));
	uint32_t **lists = must_calloc(plan->n_nodes, sizeof(uint32_t *));

	for (uint32_t i = 0; i < plan->n_edges; i++)
		count[plan->edges[i].to]++;
	for (uint32_t i = 0; i < plan->n_nodes; i++)
		plan->nodes[i].upstream = lists[i] = arena_array(b->arena, uint32_t, count[i]);
	for (uint32_t i = 0; i < plan->n_edges; i++) {
		const struct plan_edge *edge = &plan->edges[i];

		if (last[edge->to] == edge->from + 1)
			continue;
		last[edge->to] = edge->from + 1;
		lists[edge->to][plan->nodes[edge->to].n_upstream++] = edge->from;
	}
	free(count);
	free(last);
	free(lists);
}

static void move(struct ordering *o) {
	uint32_t *place = must_calloc(o->n, sizeof(uint32_t));
	struct ends *ends[] = {&o->b->emitters, &o->b->acceptors};
	const uint32_t counts[] = {o->b->emitters.start[o->b->plan->n_types],
				   o->b->acceptors.start[o->b->plan->n_types]};

	move_nodes(o, place);
	move_edges(o, place);
	for (int i = 0; i < 2; i++)
		for (uint32_t e = 0; e < counts[i]; e++)
			ends[i]->items[e].vertex = place[ends[i]->items[e].vertex];
	list_upstream(o->b);
	free(place);
}

void plan_order(struct build *b) {
	uint32_t n = b->plan->n_nodes;
	struct ordering o = {
		.b = b,
		.n = n,
		.start = must_calloc(n + 1, sizeof(uint32_t)),
		.out = must_calloc(b->n_edges, sizeof(*o.out)),
		.missing = must_calloc(n, sizeof(uint32_t)),
		.heap = must_calloc(n, sizeof(uint32_t)),
		.order = must_calloc(n, sizeof(uint32_t)),
		.stack = must_calloc(n, sizeof(uint32_t)),
		.next = must_calloc(n, sizeof(uint32_t)),
		.colour = must_calloc(n, 1),
	};

	group_edges(&o);
	take_all(&o);
	if (o.n_order < n)
		find_cycles(&o);
	move(&o);
	free(o.start);
	free(o.out);
	free(o.missing);
	free(o.heap);
	free(o.order);
	free(o.stack);
	free(o.next);
	free(o.colour);
}
