/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who uses which adapter: the slots of every node followed through the adapters that they are bound
 * to, because a store behind a cache is a store that the node uses.
 */
#ifndef PREFLIGHT_USE_H
#define PREFLIGHT_USE_H

#include "plan/plan.h"

/* One plan node's use of one adapter. */
struct store_use {
	uint32_t node;
	uint32_t group;
	bool writes;		      /* some slot on the way to it writes */
	const struct plan_slot *slot; /* of the node: where the way begins */
	const struct doc_value *doc;  /* the node's block */
	/* The same, of a way without a wait bridge, which leads to an instance of its own. */
	const struct plan_slot *unwaited; /* NULL: there is none */
	/* And of one that stays on the runner's thread as well. */
	const struct plan_slot *direct; /* NULL: there is none */
	bool waited;			/* some way has a wait bridge */
};

struct store_uses {
	struct arena arena;
	struct store_use **by_adapter; /* for each plan adapter, by ascending node */
	uint32_t *counts;
	uint32_t n_adapters;
};

#define STORE_USES_INIT \
	{ .arena = ARENA_INIT }

void store_uses_make(struct store_uses *uses, const struct plan *plan);
void store_uses_fini(struct store_uses *uses);

#endif
