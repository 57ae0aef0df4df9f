/* SPDX-License-Identifier: Apache-2.0 */
/* RYR012, 013, 014, 018, 019, 023, 025, 026: what a runner can run, and settings without effect on it. */
#include "preflight/check.h"

#include "base/alloc.h"

struct member {
	struct check_context *context;
	const struct plan_node *node;
	const struct plan_group *group;
};

static bool is_async(const struct plan_node *node) {
	return node->kind == PLAN_NODE && node->type->flags & RY_NODE_ASYNC;
}

static const char *what_needs_loop(const struct plan_node *node) {
	if (node->kind != PLAN_NODE)
		return node->adapter->flags & RY_ADAPTER_NEEDS_LOOP ? "needs an event loop" : NULL;
	if (node->type->flags & RY_NODE_ASYNC)
		return "is asynchronous";
	if (node->type->flags & (RY_NODE_IS_SOURCE | RY_NODE_NEEDS_LOOP))
		return "needs an event loop";
	return NULL;
}

static const char *kind_name(const struct plan_node *node) {
	static const char *const kinds[] = {"node", "source", "sink"};

	return kinds[node->kind];
}

static void help_async(struct check_context *context, struct finding *f,
		       const struct plan_group *group) {
	finding_second(context->diag, f, group_place(context->plan, group, "runner_profile"),
		       "group `%s` is sync", group->name);
	finding_help(context->diag, f,
		     "set \"runner_profile\": \"async\" for group `%s`, or leave it out",
		     group->name);
	f->cause = contradiction_of(context, group);
}

static void check_on_sync(const struct member *member) {
	struct diag *diag = member->context->diag;
	const struct plan_node *node = member->node;
	const char *need = what_needs_loop(node);
	struct finding *f;

	if (need) {
		f = diag_add(diag, DIAG_RYR012, node_in_group_place(member->context->plan, node),
			     "%s `%s` %s, and its group `%s` runs on the sync runner",
			     kind_name(node), node->name, need, member->group->name);
		finding_why(diag, f, "a sync runner has no event loop");
		help_async(member->context, f, member->group);
	}
	if (node->kind != PLAN_NODE)
		return;
	if (node->max_in_flight > 1) {
		f = diag_add(diag, DIAG_RYR013, node_place(node, "max_in_flight"),
			     "`max_in_flight` of `%s` has no effect: its group `%s` runs on the "
			     "sync runner",
			     node->name, member->group->name);
		finding_why(diag, f, "a sync runner runs one message to completion at a time");
		finding_help(diag, f, "leave it out");
		f->cause = contradiction_of(member->context, member->group);
	}
	if (node->node->bridge == BRIDGE_OFFLOAD) {
		f = diag_add(diag, DIAG_RYR014, node_place(node, "bridge"),
			     "node `%s` asks for the offload bridge on a sync runner", node->name);
		finding_why(diag, f, "a sync runner has no loop to keep free: a node may block it");
		finding_help(diag, f, "leave `bridge` out");
		f->cause = contradiction_of(member->context, member->group);
	}
}

static void report_blocking(const struct member *member) {
	struct diag *diag = member->context->diag;
	const struct plan *plan = member->context->plan;
	const struct plan_node *node = member->node;
	const char **names = must_calloc(plan->n_nodes + 1, sizeof(*names));
	bool pulls = node->kind == PLAN_SOURCE;
	size_t n = 0;
	struct finding *f;

	for (uint32_t i = 0; i < plan->n_nodes; i++)
		if (i != node->index && (plan->inline_mode || plan->nodes[i].group == node->group))
			names[n++] = plan->nodes[i].name;
	f = diag_add(diag, pulls ? DIAG_RYR019 : DIAG_RYR018, node_in_group_place(plan, node),
		     "%s `%s` may block, but its group `%s` runs on the async runner",
		     kind_name(node), node->name, member->group->name);
	if (n)
		finding_why(diag, f,
			    "while it blocks, %zu other node%s on this loop stand%s still: %s", n,
			    n == 1 ? "" : "s", n == 1 ? "s" : "",
			    join_names(&diag->arena, names, n));
	finding_help(diag, f, "%s",
		     pulls ? "move it to a sync group"
			   : "add \"bridge\": \"offload\" to the node, or move it to a sync group");
	free(names);
}

static void check_on_async(const struct member *member) {
	struct diag *diag = member->context->diag;
	const struct plan_node *node = member->node;
	struct finding *f;

	if (node->kind == PLAN_SOURCE && node->adapter->flags & RY_ADAPTER_PULL_MAY_BLOCK)
		report_blocking(member);
	if (node->kind != PLAN_NODE)
		return;
	if (node->type->flags & RY_NODE_MAY_BLOCK && node->node->bridge != BRIDGE_OFFLOAD)
		report_blocking(member);
	if (node->max_in_flight > 1 && !is_async(node)) {
		f = diag_add(diag, DIAG_RYR023, node_place(node, "max_in_flight"),
			     "`max_in_flight` of `%s` has no effect: the node is not asynchronous",
			     node->name);
		finding_why(diag, f, "its `process` has ended before the next message comes");
		finding_help(diag, f, "leave it out");
	}
}

/* Of a node: `ordered: false` and `timeout_ms` are about messages that are pending. */
static void check_pending_settings(const struct member *member) {
	static const char *const keys[] = {"ordered", "timeout_ms"};
	const struct plan_node *node = member->node;
	bool pending = is_async(node) || node->node->bridge == BRIDGE_OFFLOAD;

	for (size_t i = 0; i < 2; i++) {
		bool set = i == 0 ? !node->node->ordered : node->node->timeout_ms > 0;
		struct finding *f;

		if (!set || (i == 0 ? is_async(node) && node->max_in_flight > 1 : pending))
			continue;
		f = diag_add(member->context->diag, DIAG_RYR025, node_place(node, keys[i]),
			     "`%s` of `%s` has no effect", keys[i], node->name);
		finding_why(member->context->diag, f, "%s",
			    i == 0 ? "it has one message at a time, so they keep their order"
				   : "the node is not asynchronous: nothing could end its call");
		finding_help(member->context->diag, f, "leave it out");
	}
}

static void check_providers(struct check_context *context) {
	for (uint32_t i = 0; i < context->plan->n_adapters; i++) {
		const struct plan_adapter *adapter = &context->plan->adapters[i];
		const struct store_use *uses = context->uses->by_adapter[i];

		if (!(adapter->type->flags & RY_ADAPTER_NEEDS_LOOP) ||
		    adapter->plan_node != PLAN_NONE)
			continue;
		for (uint32_t u = 0; u < context->uses->counts[i]; u++) {
			const struct plan_group *group = &context->plan->groups[uses[u].group];
			struct finding *f;

			if (group_profile(context->plan, group) != RUNNER_SYNC || !uses[u].unwaited)
				continue;
			f = diag_add(context->diag, DIAG_RYR012,
				     slot_place(uses[u].unwaited, uses[u].doc),
				     "adapter `%s` needs an event loop, and group `%s` runs on the "
				     "sync runner",
				     adapter->name, group->name);
			finding_why(context->diag, f, "a sync runner has no event loop");
			help_async(context, f, group);
			break;
		}
	}
}

static void check_stall_warning(struct check_context *context) {
	const struct plan *plan = context->plan;
	const struct doc_value *runtime = doc_at(&context->manifest->doc, "/runtime");
	struct finding *f;

	if (!doc_member(runtime, "stall_warning_ms"))
		return;
	for (uint32_t i = 0; i < plan->n_groups; i++)
		if (group_profile(plan, &plan->groups[i]) == RUNNER_ASYNC)
			return;
	f = diag_add(context->diag, DIAG_RYR026, doc_place(runtime, "stall_warning_ms"),
		     "`stall_warning_ms` has no effect: no group runs on the async runner");
	finding_help(context->diag, f, "leave it out");
}

void check_runner_nodes(struct check_context *context) {
	for (uint32_t i = 0; i < context->plan->n_nodes; i++) {
		const struct plan_node *node = &context->plan->nodes[i];
		struct member member = {context, node, &context->plan->groups[node->group]};

		if (group_profile(context->plan, member.group) == RUNNER_SYNC)
			check_on_sync(&member);
		else
			check_on_async(&member);
		if (node->kind == PLAN_NODE)
			check_pending_settings(&member);
	}
	check_providers(context);
	check_stall_warning(context);
}
