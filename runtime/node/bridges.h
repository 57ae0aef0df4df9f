/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bridges of a unit: which way each slot is bound, which instances are made for it, and the
 * pool behind them. unit.c builds; here is what a bridge adds to that.
 */
#ifndef NODE_BRIDGES_H
#define NODE_BRIDGES_H

#include "node/bridge.h"
#include "node/instance.h"

/* Where an instance lives. */
struct home {
	struct loop *loop;	  /* behind its ry.loop; NULL: none */
	struct wait_bridge *wait; /* whose loop that is; NULL: the unit's */
};

/* Someone with slots. */
struct bridge_user {
	struct unit *unit;
	const struct plan_slot *slots;
	uint32_t n_slots;
	bool offloaded;	   /* it calls from a thread of the pool */
	uint32_t n_other;  /* needs that are no slots; they follow the slots */
	struct loop *loop; /* its home's; of no meaning before it is built; NULL: none */
	struct node *node; /* it is a node, or */
	struct instance *instance;
};

/* How many needs its slots come to, with the instances for the pool's threads. */
uint32_t bridges_count_needs(const struct bridge_user *user);

/*
 * Marks the needs of slots (one each, then n_other) that want instances of their own, and appends
 * those for further threads. Returns how many there are now.
 */
uint32_t bridges_mark_needs(const struct bridge_user *user, struct di_need *needs);

/* The home of an instance with this key. 0 or a negative errno. */
int bridges_home(struct unit *unit, const struct di_instance_key *key, struct home *ret);

/*
 * Puts a bridge between a slot and its provider where one is needed. binding: to the provider; needs:
 * as built. *ret: the binding to hand out. 0 or a negative errno.
 */
int bridges_bind(const struct bridge_user *user, uint32_t slot, const struct ry_binding *binding,
		 void *const *needs, const struct ry_binding **ret);

/* Makes a node run on the pool. 0 or a negative errno. */
int bridges_offload_node(struct node *node);

/* Before the first instance starts; 0 or a negative errno, logged. */
int bridges_start(struct unit *unit);

/*
 * Before the first node stops: no thread is inside any instance afterwards. Those that a thread has
 * not come back from are marked as not started, so that they are left alone.
 */
void bridges_stop(struct unit *unit);

/* Marks what threads of the pool call, and calls reopen(unit) while none does. */
void bridges_reopen(struct unit *unit, void (*reopen)(void *unit));

/* After all instances have ended. */
void bridges_free(struct unit *unit);

#endif
