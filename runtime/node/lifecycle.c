/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start, stop and reopen. What is depended on starts before those that call it and stops after
 * them; sources start last and stop first, so that no message meets a component that is not there.
 */
#include "base/errname.h"
#include "node/bridges.h"
#include "node/instance.h"
#include "node/log.h"

int component_report(struct unit *unit, const char *component, const char *what, int error) {
	struct ry_field field = {
		RY_SIZE(ry_field), RY_VALUE_STRING, "error", {.string = errno_text(error)}};
	const struct ry_field *const fields[] = {&field};

	log_write(unit->log, RY_LOG_ERROR, what, component, what, fields, 1, NULL, NULL);
	return error;
}

static int start_instance(struct instance *instance) {
	int r = instance->type->ops->start ? instance->type->ops->start(instance->self) : 0;

	if (r < 0)
		return component_report(instance->unit, instance->name, "cannot start the adapter",
					r);
	instance->started = true;
	return 0;
}

static int start_node(struct node *node) {
	int r = node->ops->start ? node->ops->start(node->self) : 0;

	if (r < 0)
		return component_report(node->unit, node->plan->name, "cannot start the node", r);
	node->started = true;
	return 0;
}

static bool is_source(const struct instance *instance) {
	return instance->host.node && instance->host.node->plan->kind == PLAN_SOURCE;
}

int unit_start(struct unit *unit) {
	int r;

	unit_take_thread(unit);
	r = bridges_start(unit);
	if (r < 0)
		return r;
	for (struct instance *i = unit->instances; i; i = i->next)
		if (!is_source(i) && (r = start_instance(i)) < 0)
			return r;
	for (uint32_t i = unit->n_nodes; i-- > 0;)
		if (unit->nodes[i].plan->kind == PLAN_NODE && (r = start_node(&unit->nodes[i])) < 0)
			return r;
	for (struct instance *i = unit->instances; i; i = i->next)
		if (is_source(i) && (r = start_instance(i)) < 0)
			return r;
	return 0;
}

static int stop_instance(struct instance *instance) {
	int r = 0;

	if (instance->started && instance->type->ops->stop)
		r = instance->type->ops->stop(instance->self);
	instance->started = false;
	return r < 0 ? component_report(instance->unit, instance->name,
					"the adapter stopped with an error", r)
		     : 0;
}

/* From the last to the first; the list is short and singly linked. */
static int stop_instances(struct instance *instance, bool sources) {
	int first = 0, r;

	if (!instance)
		return 0;
	first = stop_instances(instance->next, sources);
	if (is_source(instance) != sources)
		return first;
	r = stop_instance(instance);
	return first ? first : r;
}

static int stop_nodes(struct unit *unit) {
	int first = 0;

	for (uint32_t i = 0; i < unit->n_nodes; i++) {
		struct node *node = &unit->nodes[i];
		int r = 0;

		if (node->started && node->ops->stop)
			r = node->ops->stop(node->self);
		node->started = false;
		if (r < 0) {
			component_report(unit, node->plan->name, "the node stopped with an error",
					 r);
			first = first ? first : r;
		}
	}
	return first;
}

int unit_stop(struct unit *unit) {
	int sources, nodes, others;

	sources = stop_instances(unit->instances, true);
	bridges_stop(unit);
	nodes = stop_nodes(unit);
	others = stop_instances(unit->instances, false);
	if (sources)
		return sources;
	return nodes ? nodes : others;
}

static void reopen(struct unit *unit, bool pooled) {
	for (struct instance *i = unit->instances; i; i = i->next) {
		int r = i->started && i->pooled == pooled && i->type->ops->reopen
				? i->type->ops->reopen(i->self)
				: 0;

		if (r < 0)
			component_report(unit, i->name, "cannot reopen", r);
	}
}

static void reopen_pooled(void *user) {
	reopen(user, true);
}

/* No operation of an adapter runs while it reopens. */
void unit_reopen(struct unit *unit) {
	bridges_reopen(unit, reopen_pooled);
	reopen(unit, false);
}
