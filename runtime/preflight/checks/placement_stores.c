/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RYG012, RYG013, RYG019, RYG028: what one node reads and another writes.
 *
 * A node that reads a store which another one writes relies on this: what was written for the
 * message before is there when the next one is read. It holds within one group, because a group
 * runs each message to completion before the next. It does not hold between groups, nor across an
 * asynchronous node that has several messages in flight: then the second message is read before
 * the first was written, and the result is wrong now and then.
 */
#include "preflight/check.h"

#include "base/alloc.h"

struct store {
	struct check_context *context;
	const struct plan_adapter *adapter;
	const struct store_use *uses;
	uint32_t n;
};

static const char *group_name(const struct store *store, const struct store_use *use) {
	return store->context->plan->groups[use->group].name;
}

static const char *node_name(const struct store *store, const struct store_use *use) {
	return store->context->plan->nodes[use->node].name;
}

/* Two users in different groups; with writing, one of them a writer. */
static bool split_users(const struct store *store, bool writing, const struct store_use **ret_a,
			const struct store_use **ret_b) {
	for (uint32_t i = 0; i < store->n; i++) {
		const struct store_use *a = &store->uses[i];

		if (writing && !a->writes)
			continue;
		for (uint32_t j = 0; j < store->n; j++) {
			if (store->uses[j].group == a->group)
				continue;
			*ret_a = a;
			*ret_b = &store->uses[j];
			return true;
		}
	}
	return false;
}

static void report_split(const struct store *store, enum diag_code code, const struct store_use *a,
			 const struct store_use *b) {
	struct diag *diag = store->context->diag;
	const char *first = a->writes ? "written" : "read",
		   *second = b->writes ? "written" : "read";
	struct finding *f;

	f = diag_add(diag, code, slot_place(a->slot, a->doc),
		     "store `%s` is %s by `%s` in group `%s` and %s%sby `%s` in group `%s`",
		     store->adapter->name, first, node_name(store, a), group_name(store, a),
		     a->writes == b->writes ? "" : second, a->writes == b->writes ? "" : " ",
		     node_name(store, b), group_name(store, b));
	finding_second(diag, f, slot_place(b->slot, b->doc), "`%s` is bound to it here",
		       node_name(store, b));
	finding_why(diag, f,
		    "a group runs each message to completion, two groups run side by side: `%s` "
		    "could look before `%s` has written what the message before it changed",
		    node_name(store, b), node_name(store, a));
	finding_help(diag, f,
		     "put `%s` and `%s` into one group, or give each group a store of its own",
		     node_name(store, a), node_name(store, b));
}

static void check_groups(const struct store *store) {
	const struct store_use *a, *b;

	if (store->adapter->type->transaction && split_users(store, false, &a, &b))
		report_split(store, DIAG_RYG019, a, b);
	else if (split_users(store, true, &a, &b))
		report_split(store, DIAG_RYG012, a, b);
}

/* With `scope: node` each slot has a store of its own, so a reader never sees a write. */
static void check_apart(const struct store *store) {
	struct diag *diag = store->context->diag;
	const struct store_use *writer = NULL, *reader = NULL;
	struct finding *f;

	for (uint32_t i = 0; i < store->n; i++) {
		if (store->uses[i].writes)
			writer = &store->uses[i];
		else
			reader = &store->uses[i];
	}
	if (!writer || !reader)
		return;
	f = diag_add(diag, DIAG_RYG028, doc_place(store->adapter->manifest->head.doc, "scope"),
		     "`%s` reads `%s` and never sees what `%s` writes: its scope is `node`",
		     node_name(store, reader), store->adapter->name, node_name(store, writer));
	finding_why(diag, f, "with this scope each user gets a store of its own");
	finding_help(diag, f, "leave `scope` out, so that both share one");
}

/* -- messages in flight between two users --------------------------------------------------- */

static bool keeps_several(const struct plan_node *node) {
	return node->kind == PLAN_NODE && node->type->flags & RY_NODE_ASYNC &&
	       node->max_in_flight > 1;
}

/* Users of the store on the ways to (or from) a node: enough of them to find a pair. */
struct users {
	const struct store_use *any, *other; /* two different ones */
	const struct store_use *writer;
};

static void add_user(struct users *users, const struct store_use *use) {
	if (!use)
		return;
	if (use->writes && !users->writer)
		users->writer = use;
	if (!users->any)
		users->any = use;
	else if (!users->other && users->any != use)
		users->other = use;
}

static void add_users(struct users *users, const struct users *more) {
	add_user(users, more->any);
	add_user(users, more->other);
	add_user(users, more->writer);
}

/* By plan node: the users before it and those behind it, the node itself counted in both. */
static void spread(const struct store *store, struct users *before, struct users *behind) {
	const struct plan *plan = store->context->plan;

	for (uint32_t i = 0; i < store->n; i++) {
		add_user(&before[store->uses[i].node], &store->uses[i]);
		add_user(&behind[store->uses[i].node], &store->uses[i]);
	}
	for (uint32_t i = 0; i < plan->n_nodes; i++)
		for (uint32_t u = 0; u < plan->nodes[i].n_upstream; u++)
			add_users(&before[i], &before[plan->nodes[i].upstream[u]]);
	for (uint32_t i = plan->n_nodes; i-- > 0;)
		for (uint32_t u = 0; u < plan->nodes[i].n_upstream; u++)
			add_users(&behind[plan->nodes[i].upstream[u]], &behind[i]);
}

static bool pair(const struct store_use *a, const struct store_use *b,
		 const struct store_use **ret_a, const struct store_use **ret_b) {
	if (!a || !b || a == b || !(a->writes || b->writes))
		return false;
	*ret_a = a;
	*ret_b = b;
	return true;
}

static bool pair_around(const struct users *before, const struct users *behind,
			const struct store_use **ret_a, const struct store_use **ret_b) {
	return pair(before->any, behind->writer, ret_a, ret_b) ||
	       pair(before->other, behind->writer, ret_a, ret_b) ||
	       pair(before->writer, behind->any, ret_a, ret_b) ||
	       pair(before->writer, behind->other, ret_a, ret_b);
}

static void report_in_flight(const struct store *store, const struct plan_node *node,
			     const struct store_use *a, const struct store_use *b) {
	struct diag *diag = store->context->diag;
	const struct store_use *writer = b->writes ? b : a;
	struct finding *f;

	f = diag_add(diag, DIAG_RYG013, node_place(node, "max_in_flight"),
		     "`%s` keeps %u messages in flight on the way from `%s` to `%s`, which share "
		     "the store `%s`",
		     node->name, node->max_in_flight, node_name(store, a), node_name(store, b),
		     store->adapter->name);
	finding_second(diag, f, slot_place(writer->slot, writer->doc), "`%s` writes it",
		       node_name(store, writer));
	finding_why(diag, f,
		    "the next message reaches `%s` before the one before it has reached `%s`",
		    node_name(store, a), node_name(store, b));
	finding_help(diag, f, "leave `max_in_flight` at 1, or move `%s` before `%s`", node->name,
		     node_name(store, a));
}

static void check_in_flight(const struct store *store, const uint32_t *several, size_t n_several) {
	const struct plan *plan = store->context->plan;
	struct users *before, *behind;
	const struct store_use *a, *b;

	if (!n_several || store->n < 2)
		return;
	before = must_calloc(plan->n_nodes, sizeof(*before));
	behind = must_calloc(plan->n_nodes, sizeof(*behind));
	spread(store, before, behind);
	for (size_t i = 0; i < n_several; i++)
		if (pair_around(&before[several[i]], &behind[several[i]], &a, &b))
			report_in_flight(store, &plan->nodes[several[i]], a, b);
	free(before);
	free(behind);
}

static bool has_writer(const struct store *store) {
	for (uint32_t i = 0; i < store->n; i++)
		if (store->uses[i].writes)
			return true;
	return false;
}

void check_placement_stores(struct check_context *context) {
	const struct plan *plan = context->plan;
	uint32_t *several = must_calloc(plan->n_nodes + 1, sizeof(uint32_t));
	size_t n_several = 0;

	for (uint32_t i = 0; i < plan->n_nodes; i++)
		if (keeps_several(&plan->nodes[i]))
			several[n_several++] = i;
	for (uint32_t i = 0; i < plan->n_adapters; i++) {
		struct store store = {context, &plan->adapters[i], context->uses->by_adapter[i],
				      context->uses->counts[i]};

		if (!(store.adapter->type->flags & RY_ADAPTER_STATEFUL) || !has_writer(&store))
			continue;
		if (store.adapter->manifest->scope == SCOPE_NODE) {
			check_apart(&store);
			continue;
		}
		check_groups(&store);
		check_in_flight(&store, several, n_several);
	}
	free(several);
}
