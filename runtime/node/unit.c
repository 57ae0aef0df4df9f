/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a plan to running instances. The container (di) decides the order and which instance serves
 * whom; this file says how an adapter and a node are made. Dependencies were resolved by the plan,
 * so that every need names its provider.
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "emit/extras.h"
#include "loop/loop.h"
#include "node/bridges.h"
#include "node/host.h"
#include "node/ingress.h"
#include "node/instance.h"
#include "node/log.h"
#include "node/node.h"

/* What the container hands back to the callbacks. */
struct recipe {
	struct unit *unit;
	const struct plan_adapter *adapter; /* or */
	const struct plan_node *node;	    /* or */
	struct unit_exporter *exporter;
	const struct plan_slot *slots; /* exporter */
	uint32_t n_slots;
	size_t n_needs;
};

/*
 * Needs of a component: its slots, behind them the dead letter of a node, and then what bridges want
 * in addition.
 */
struct needs {
	struct di_need *items;
	uint32_t n;
};

/* -- describing components to the container ------------------------------------------------- */

static struct needs needs_of(const struct bridge_user *user, uint32_t dead_letter) {
	const struct plan *plan = user->unit->plan;
	uint32_t most = bridges_count_needs(user) + user->n_other;
	struct needs needs = {arena_array(&user->unit->arena, struct di_need, most), 0};

	for (uint32_t i = 0; i < user->n_slots; i++) {
		const struct ry_slot *slot = user->slots[i].slot;
		uint32_t adapter = user->slots[i].adapter;

		needs.items[i] = (struct di_need){
			.slot = slot->name,
			.contract = slot->contract,
			.major = slot->major,
			.minor = slot->minor,
			.optional = adapter == PLAN_NONE,
			.qualifier = adapter == PLAN_NONE ? "" : plan->adapters[adapter].name,
		};
	}
	if (user->n_other)
		needs.items[user->n_slots] = (struct di_need){
			.slot = "on_error.dead_letter",
			.contract = "dead_letter",
			.major = 1,
			.qualifier = plan->adapters[dead_letter].name,
		};
	needs.n = bridges_mark_needs(user, needs.items);
	return needs;
}

static struct bridge_user user_of_adapter(struct unit *unit, const struct plan_adapter *adapter) {
	return (struct bridge_user){
		.unit = unit, .slots = adapter->slots, .n_slots = adapter->n_slots};
}

static struct bridge_user user_of_node(struct unit *unit, const struct plan_node *plan) {
	return (struct bridge_user){
		.unit = unit,
		.slots = plan->slots,
		.n_slots = plan->n_slots,
		.n_other = plan->dead_letter != PLAN_NONE,
		.offloaded = plan->node && plan->node->bridge == BRIDGE_OFFLOAD,
		.loop = unit->loop,
		.node = &unit->nodes[plan->index],
	};
}

static void add_offers(struct unit *unit, struct di_component *component,
		       const struct ry_adapter_type *type) {
	size_t n = 0;
	struct di_offer *offers;

	while (type->provides && type->provides[n])
		n++;
	offers = arena_array(&unit->arena, struct di_offer, n);
	for (size_t i = 0; i < n; i++)
		offers[i] = (struct di_offer){type->provides[i]->contract, type->provides[i]->major,
					      type->provides[i]->minor};
	component->offers = offers;
	component->n_offers = n;
}

static enum di_scope scope_of(const struct plan_adapter *adapter) {
	if (!adapter->manifest)
		return DI_PROCESS;
	switch ((enum adapter_scope)adapter->manifest->scope) {
	case SCOPE_GROUP:
		return DI_GROUP;
	case SCOPE_NODE:
		return DI_NODE;
	case SCOPE_PROCESS:
		break;
	}
	return DI_PROCESS;
}

/* -- building ------------------------------------------------------------------------------- */

static const struct ry_binding *bind_slot(struct unit *unit, const struct instance *provider,
					  const char *contract) {
	struct ry_binding *binding;

	for (size_t i = 0; provider->type->provides[i]; i++) {
		const struct ry_provides *provides = provider->type->provides[i];

		if (strcmp(provides->contract, contract) != 0)
			continue;
		binding = arena_new(&unit->arena, struct ry_binding);
		*binding = (struct ry_binding){
			RY_SIZE(ry_binding),	   .op_count = provides->op_count,
			.ops = provides->ops,	   .self = provider->self,
			.adapter = provider->name, .major = provides->major,
			.minor = provides->minor,
		};
		return binding;
	}
	return NULL; /* cannot be: the plan resolved it */
}

/* Returns 0 or a negative errno, logged under this name. */
static int bind_slots(const struct bridge_user *user, const char *name, void *const *needs,
		      const struct ry_binding *const **ret) {
	struct unit *unit = user->unit;
	const struct ry_binding **bindings =
		arena_array(&unit->arena, const struct ry_binding *, user->n_slots + 1);
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < user->n_slots; i++)
		if (needs[i])
			r = bridges_bind(user, i,
					 bind_slot(unit, needs[i], user->slots[i].slot->contract),
					 needs, &bindings[i]);
	if (r < 0)
		return component_report(unit, name, "cannot make a bridge", r);
	*ret = bindings;
	return 0;
}

/* An adapter about to be made. */
struct making {
	const struct ry_adapter_type *type;
	const char *name;
	const char *group;
	const void *config;
	struct node *node; /* a source or sink; NULL: it stands in no graph */
	struct home home;
	struct bridge_user user;
	void *const *needs;
	size_t n_needs;
};

static int call_create(struct instance *instance, const struct making *making) {
	const struct ry_binding *const *bindings = NULL;
	struct ry_create create = {
		RY_SIZE(ry_create),
		.n_bindings = making->user.n_slots,
		.host = &instance->host.head,
		.config = making->config,
	};
	int r = bind_slots(&making->user, making->name, making->needs, &bindings);

	if (r < 0)
		return r;
	create.bindings = bindings;
	r = making->type->ops->create(&create, &instance->self);
	if (r < 0) {
		host_fini(&instance->host);
		component_report(instance->unit, making->name, "cannot create the adapter", r);
	}
	return r;
}

static int create_adapter(struct making *making, struct instance **ret) {
	struct unit *unit = making->user.unit;
	struct instance *instance = arena_new(&unit->arena, struct instance);
	int r;

	instance->unit = unit;
	instance->type = making->type;
	instance->name = making->name;
	instance->wait = making->home.wait;
	instance->needs = (struct instance *const *)making->needs;
	instance->n_needs = making->n_needs;
	host_init(&instance->host, unit, making->name, making->group, making->node);
	instance->host.loop = making->home.loop;
	making->user.loop = making->home.loop;
	making->user.instance = instance;
	r = call_create(instance, making);
	if (r < 0)
		return r;
	*unit->instances_end = instance;
	unit->instances_end = &instance->next;
	*ret = instance;
	return 0;
}

static int build_adapter(void *user, const struct di_instance_key *key, void *const *needs,
			 void **ret) {
	struct recipe *recipe = user;
	const struct plan_adapter *adapter = recipe->adapter;
	struct making making = {
		.type = adapter->type,
		.name = adapter->name,
		.group = key->group ? key->group : "",
		.config = adapter->config,
		.user = user_of_adapter(recipe->unit, adapter),
		.needs = needs,
		.n_needs = recipe->n_needs,
	};
	struct instance *instance;
	int r = bridges_home(recipe->unit, key, &making.home);

	if (r < 0)
		return component_report(recipe->unit, adapter->name, "cannot make a bridge", r);
	r = create_adapter(&making, &instance);
	if (r == 0)
		*ret = instance;
	return r;
}

static void destroy_adapter(void *user, void *built) {
	struct instance *instance = built;

	(void)user;
	instance->type->ops->destroy(instance->self);
	host_fini(&instance->host);
}

static int create_stream(struct node *node, const struct bridge_user *user, void *const *needs,
			 void **ret) {
	const struct plan_node *plan = node->plan;
	struct making making = {
		.type = plan->adapter,
		.name = plan->name,
		.group = node->unit->plan->groups[plan->group].name,
		.config = plan->config,
		.node = node,
		.home = {.loop = node->unit->loop},
		.user = *user,
		.needs = needs,
		.n_needs = node->n_needs,
	};
	struct instance *instance;
	int r = create_adapter(&making, &instance);

	if (r < 0)
		return r;
	node->self = instance->self;
	node->adapter = plan->adapter;
	if (plan->kind == PLAN_SINK)
		node->write = plan->adapter->sink->write;
	*ret = instance;
	return 0;
}

static int create_node(struct node *node, const struct bridge_user *user, void *const *needs,
		       void **ret) {
	const struct plan_node *plan = node->plan;
	struct ry_create create = {
		RY_SIZE(ry_create),
		.n_bindings = plan->n_slots,
		.host = &node->host.head,
		.config = plan->config,
	};
	int r = bind_slots(user, plan->name, needs, &create.bindings);

	if (r < 0)
		return r;
	node->ops = plan->type->ops;
	r = node->ops->create(&create, &node->self);
	if (r < 0) {
		host_fini(&node->host);
		return component_report(node->unit, plan->name, "cannot create the node", r);
	}
	node->process = node->ops->process;
	node->cancel = node->ops->cancel;
	node->may_pend = (plan->type->flags & RY_NODE_ASYNC) != 0;
	*ret = node;
	return 0;
}

static int offload_node(struct node *node) {
	int r = bridges_offload_node(node);

	if (r < 0) {
		node->ops->destroy(node->self);
		host_fini(&node->host);
		return component_report(node->unit, node->plan->name, "cannot offload the node", r);
	}
	return 0;
}

static int build_node(void *user, const struct di_instance_key *key, void *const *needs,
		      void **ret) {
	struct recipe *recipe = user;
	const struct plan_node *plan = recipe->node;
	struct node *node = &recipe->unit->nodes[plan->index];
	struct bridge_user slots = user_of_node(recipe->unit, plan);
	int r;

	(void)key;
	node->needs = (struct instance *const *)needs;
	node->n_needs = recipe->n_needs;
	if (plan->dead_letter != PLAN_NONE)
		node->dead_letter = bind_slot(recipe->unit, needs[plan->n_slots], "dead_letter");
	if (plan->kind != PLAN_NODE)
		return create_stream(node, &slots, needs, ret);
	r = create_node(node, &slots, needs, ret);
	return r == 0 && slots.offloaded ? offload_node(node) : r;
}

static void destroy_node(void *user, void *built) {
	struct recipe *recipe = user;
	struct node *node = built;

	if (recipe->node->kind != PLAN_NODE) {
		destroy_adapter(user, built);
		return;
	}
	node->ops->destroy(node->self);
	host_fini(&node->host);
}

static void add_component(struct unit *unit, const struct recipe *recipe,
			  struct di_component *component, struct needs needs) {
	struct recipe *kept = arena_new(&unit->arena, struct recipe);

	*kept = *recipe;
	kept->n_needs = needs.n;
	component->needs = needs.items;
	component->n_needs = needs.n;
	component->user = kept;
	di_add(unit->di, component);
}

static void add_adapters(struct unit *unit) {
	const struct plan *plan = unit->plan;

	for (uint32_t i = 0; i < plan->n_adapters; i++) {
		const struct plan_adapter *adapter = &plan->adapters[i];
		struct bridge_user user = user_of_adapter(unit, adapter);
		struct di_component component = {
			.name = adapter->name,
			.scope = scope_of(adapter),
			.build = build_adapter,
			.destroy = destroy_adapter,
		};

		/* One that stands in the graph is built there, and offered from there. */
		if (adapter->plan_node != PLAN_NONE)
			continue;
		add_offers(unit, &component, adapter->type);
		add_component(unit, &(struct recipe){.unit = unit, .adapter = adapter}, &component,
			      needs_of(&user, PLAN_NONE));
	}
}

static void add_nodes(struct unit *unit) {
	const struct plan *plan = unit->plan;

	for (uint32_t i = 0; i < plan->n_nodes; i++) {
		const struct plan_node *node = &plan->nodes[i];
		struct bridge_user user = user_of_node(unit, node);
		struct di_component component = {
			.name = node->kind == PLAN_NODE
					? arena_printf(&unit->arena, "node %s", node->name)
					: node->name,
			.scope = DI_PROCESS,
			.root = true,
			.group = plan->groups[node->group].name,
			.build = build_node,
			.destroy = destroy_node,
		};

		if (node->kind != PLAN_NODE)
			add_offers(unit, &component, node->adapter);
		add_component(unit, &(struct recipe){.unit = unit, .node = node}, &component,
			      needs_of(&user, node->dead_letter));
	}
}

/* -- nodes before their instances ----------------------------------------------------------- */

/* The limit of links holds at group borders in one process too, so that both give the same bytes. */
static uint64_t max_bytes(const struct plan *plan, const struct plan_port *port) {
	for (uint32_t i = 0; i < port->n_edges; i++)
		if (port->edges[i].crosses_group)
			return (uint64_t)plan->manifest->runtime.platform.links.max_message_bytes;
	return UINT64_MAX;
}

static void wire_ports(struct unit *unit, struct node *node) {
	const struct plan_node *plan = node->plan;
	struct node_port *ports = arena_array(&unit->arena, struct node_port, plan->n_ports);

	for (uint32_t i = 0; i < plan->n_ports; i++) {
		const struct plan_port *port = &plan->ports[i];
		struct node_target *targets =
			arena_array(&unit->arena, struct node_target, port->n_edges);

		for (uint32_t j = 0; j < port->n_edges; j++)
			targets[j] = (struct node_target){&unit->nodes[port->edges[j].to],
							  port->edges[j].input};
		ports[i] = (struct node_port){
			.type = port->type,
			.type_id = port->type_id,
			.n_targets = port->n_edges,
			.targets = targets,
			.max_bytes = max_bytes(unit->plan, port),
		};
	}
	node->ports = ports;
	node->n_ports = plan->n_ports;
}

static void init_source(struct unit *unit, struct node *node) {
	struct source *source = arena_new(&unit->arena, struct source);

	source->emitter.size = RY_SIZE(ry_emitter);
	source->emitter.ops = &source_emit_ops;
	source->node = node;
	source->on_loop = node->plan->kind == PLAN_NODE || node->plan->adapter->source->resume;
	source->staged = arena_array(&unit->arena, struct message *, PULL_MAX);
	node->source = source;
}

static void init_nodes(struct unit *unit) {
	const struct plan *plan = unit->plan;
	uint32_t queue_items = (uint32_t)plan->manifest->runtime.queues.max_items;

	unit->n_nodes = plan->n_nodes;
	unit->nodes = arena_array(&unit->arena, struct node, plan->n_nodes);
	for (uint32_t i = 0; i < plan->n_nodes; i++) {
		struct node *node = &unit->nodes[i];

		node->plan = &plan->nodes[i];
		node->unit = unit;
		node->index = i;
		node->max_outputs = node->plan->max_outputs;
		node->max_in_flight = node->plan->max_in_flight ? node->plan->max_in_flight : 1;
		node->ordered = !node->plan->node || node->plan->node->ordered;
		queue_init(&node->queue, queue_items);
		host_init(&node->host, unit, node->plan->name, plan->groups[node->plan->group].name,
			  node);
		wire_ports(unit, node);
		if (node->plan->kind == PLAN_SOURCE ||
		    (node->plan->kind == PLAN_NODE && node->plan->type->flags & RY_NODE_IS_SOURCE))
			init_source(unit, node);
	}
}

/* -- exporters ------------------------------------------------------------------------------ */

static int build_exporter(void *user, const struct di_instance_key *key, void *const *needs,
			  void **ret) {
	struct recipe *recipe = user;
	struct unit_exporter *exporter = recipe->exporter;
	struct making making = {
		.type = exporter->type,
		.name = exporter->name,
		.group = "",
		.config = exporter->config,
		.home = {.loop = recipe->unit->loop},
		.user = {.unit = recipe->unit, .slots = recipe->slots, .n_slots = recipe->n_slots},
		.needs = needs,
		.n_needs = recipe->n_needs,
	};
	struct instance *instance;
	int r = create_adapter(&making, &instance);

	(void)key;
	if (r < 0)
		return r;
	exporter->self = instance->self;
	exporter->exporter = bind_slot(recipe->unit, instance, RY_SPAN_EXPORTER);
	*ret = instance;
	return exporter->exporter ? 0 : -EPROTO;
}

/* An exporter's slots as the plan would have them: found by their contract. */
static struct needs exporter_needs(struct unit *unit, struct recipe *recipe) {
	const struct ry_slot *const *slots = recipe->exporter->type->slots;
	struct plan_slot *own;
	struct needs needs;

	while (slots && slots[recipe->n_slots])
		recipe->n_slots++;
	own = arena_array(&unit->arena, struct plan_slot, recipe->n_slots);
	needs = (struct needs){arena_array(&unit->arena, struct di_need, recipe->n_slots),
			       recipe->n_slots};
	for (uint32_t i = 0; i < recipe->n_slots; i++) {
		own[i].slot = slots[i];
		needs.items[i] = (struct di_need){
			.slot = slots[i]->name,
			.contract = slots[i]->contract,
			.major = slots[i]->major,
			.minor = slots[i]->minor,
			.optional = (slots[i]->flags & RY_SLOT_OPTIONAL) != 0,
		};
	}
	recipe->slots = own;
	return needs;
}

static void add_exporter(struct unit *unit, struct unit_exporter *exporter) {
	struct recipe recipe = {.unit = unit, .exporter = exporter};
	struct di_component component = {
		.name = arena_printf(&unit->arena, "exporter %s", exporter->name),
		.scope = DI_PROCESS,
		.root = true,
		.group = "",
		.build = build_exporter,
		.destroy = destroy_adapter,
	};
	struct needs needs = exporter_needs(unit, &recipe);

	add_component(unit, &recipe, &component, needs);
}

static void on_problem(void *user, const struct di_problem *problem) {
	struct unit *unit = user;

	(void)problem;
	log_write(unit->log, RY_LOG_ERROR, on_problem, "di",
		  "the plan's dependencies cannot be resolved", NULL, 0, NULL, NULL);
}

static struct unit *unit_alloc(const struct plan *plan, const struct unit_options *options) {
	struct unit *unit = must_calloc(1, sizeof(*unit));

	unit->plan = plan;
	unit->instances_end = &unit->instances;
	unit->completions_end = &unit->completions;
	unit->emit = options->emit;
	unit->sampler = *options->sampler;
	unit->log = options->log;
	unit->loop = options->loop;
	unit->interrupt = options->interrupt;
	if (unit->loop)
		unit->stall_ns = (uint64_t)plan->manifest->runtime.stall_warning_ms * NS_PER_MS;
	unit->metrics = metrics_new();
	unit->di = di_new();
	return unit;
}

static int unit_build(struct unit *unit, struct unit **ret) {
	int r = trace_random_init(&unit->random);

	if (r == 0)
		r = di_resolve(unit->di, on_problem, unit);
	if (r == 0)
		r = di_build(unit->di);
	if (r < 0) {
		unit_free(unit);
		return r;
	}
	*ret = unit;
	return 0;
}

int unit_new(const struct plan *plan, const struct unit_options *options, struct unit **ret) {
	struct unit *unit = unit_alloc(plan, options);

	init_nodes(unit);
	add_adapters(unit);
	add_nodes(unit);
	return unit_build(unit, ret);
}

int unit_new_exporters(const struct plan *plan, const struct unit_options *options,
		       struct unit_exporter *exporters, uint32_t n, struct unit **ret) {
	struct unit *unit = unit_alloc(plan, options);

	add_adapters(unit);
	for (uint32_t i = 0; i < n; i++)
		add_exporter(unit, &exporters[i]);
	return unit_build(unit, ret);
}

static void free_lists(struct unit *unit) {
	while (unit->abandoned_tasks)
		task_forget(unit->abandoned_tasks);
	while (unit->free_tasks) {
		struct task *next = unit->free_tasks->next;

		loop_timer_free(unit->free_tasks->timer);
		if (unit->free_tasks->extras)
			extras_fini(unit->free_tasks->extras);
		free(unit->free_tasks->extras);
		free(unit->free_tasks);
		unit->free_tasks = next;
	}
	while (unit->free_ingress) {
		struct ingress *next = unit->free_ingress->next;

		free(unit->free_ingress);
		unit->free_ingress = next;
	}
}

/* Where a thread may still come back to; it ends with the process. */
static struct unit *left_behind;

struct unit *unit_free(struct unit *unit) {
	if (!unit)
		return NULL;
	if (unit_abandoned_threads(unit)) {
		unit->next_left = left_behind;
		left_behind = unit;
		return NULL;
	}
	unit->di = di_free(unit->di);
	bridges_free(unit);
	free_lists(unit);
	for (uint32_t i = 0; i < unit->n_nodes; i++) {
		queue_fini(&unit->nodes[i].queue);
		free(unit->nodes[i].unwritten.ring);
	}
	message_pool_fini(&unit->pool);
	metrics_free(unit->metrics);
	arena_fini(&unit->arena);
	free(unit);
	return NULL;
}

static _Thread_local char thread_mark;

bool unit_on_thread(const struct unit *unit) {
	return unit->thread == &thread_mark;
}

void unit_take_thread(struct unit *unit) {
	unit->thread = &thread_mark;
}

void node_misused(struct node *node) {
	node->counters.plugin_errors++;
#ifdef RY_MISUSE_ABORTS
	log_write(node->unit->log, RY_LOG_ERROR, node_misused, node->plan->name,
		  "has broken a rule of the ABI; this is a debug build, which aborts", NULL, 0,
		  NULL, NULL);
	abort();
#endif
}

void node_count_drop(struct node *node, int error) {
	uint32_t i = 0;

	if (error < 0)
		error = error < -INT_MAX ? INT_MAX : -error;
	while (i < NODE_DROP_REASONS - 1 && node->drops[i].count && node->drops[i].error != error)
		i++;
	node->drops[i].error = node->drops[i].count && node->drops[i].error != error ? 0 : error;
	node->drops[i].count++;
	node->counters.dropped++;
}
