/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranks: the topological order by which the core picks the next node, the highest first. Among the
 * consumers of one message the first in the manifest gets the highest rank, so that it and what
 * derives from it come before its siblings.
 *
 * This is the reverse postorder of a depth-first walk that visits consumers in manifest order; the
 * plan has no cycles. The stack is explicit: a chain may be thousands of nodes long. The order in
 * which that walk comes to nodes is the one in which a message and what derives from it reach them.
 */
#include "core.h"

#include "base/alloc.h"

struct step {
	struct node *node;
	uint32_t port, target; /* the next to visit */
};

struct walk {
	struct step *stack;
	uint32_t depth;
	bool *seen;
	uint32_t next_rank; /* counts down */
	uint32_t next_visit;
};

static void enter(struct walk *walk, struct node *node) {
	if (walk->seen[node->index])
		return;
	walk->seen[node->index] = true;
	node->visit = walk->next_visit++;
	walk->stack[walk->depth++] = (struct step){.node = node};
}

/* Visits the next consumer of the node on top, or ranks the node when there is none left. */
static void advance(struct core *core, struct walk *walk) {
	struct step *top = &walk->stack[walk->depth - 1];
	struct node *node = top->node;

	while (top->port < node->n_ports && top->target == node->ports[top->port].n_targets) {
		top->port++;
		top->target = 0;
	}
	if (top->port < node->n_ports) {
		enter(walk, node->ports[top->port].targets[top->target++].node);
		return;
	}
	walk->depth--;
	node->rank = --walk->next_rank;
	core->by_rank[node->rank] = node;
}

void rank_nodes(struct core *core) {
	struct unit *unit = core->unit;
	struct walk walk = {
		.stack = must_calloc(unit->n_nodes, sizeof(struct step)),
		.seen = must_calloc(unit->n_nodes, sizeof(bool)),
		.next_rank = unit->n_nodes,
	};

	core->by_rank = must_calloc(unit->n_nodes, sizeof(struct node *));
	for (uint32_t i = 0; i < unit->n_nodes; i++) {
		enter(&walk, &unit->nodes[i]);
		while (walk.depth)
			advance(core, &walk);
	}
	free(walk.stack);
	free(walk.seen);
}
