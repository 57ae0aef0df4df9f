/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From names to types: what stands in the graph, its configuration, its ports and the message types
 * on both of its sides.
 */
#include "plan/build.h"

#include <string.h>

#include "base/alloc.h"
#include "message/core_types.h"

static const struct place *type_place(const struct unit *unit) {
	return doc_member(unit->doc, "type") ? doc_place(unit->doc, "type") : unit_place(unit);
}

/* The adapter type that is probably meant, those of modules included; NULL: none. */
static const char *nearest_adapter(const struct build *b, const char *name) {
	size_t n, n_hints;
	const char *const *names = catalog_adapter_names(b->catalog, &n);
	const struct catalog_hint *hints = catalog_hints(b->catalog, &n_hints);
	const char **all = arena_array(b->arena, const char *, n + n_hints);

	memcpy(all, names, n * sizeof(*all));
	for (size_t i = 0; i < n_hints; i++)
		all[n + i] = hints[i].name;
	return nearest_name(name, all, n + n_hints);
}

static const char *nearest_node(const struct build *b, const char *name) {
	size_t n;
	const char *const *names = catalog_node_names(b->catalog, &n);

	return nearest_name(name, names, n);
}

static void report_unknown(struct build *b, struct unit *unit, const char *name, bool node) {
	const char *other = node ? "an adapter type: it belongs under `adapters`"
				 : "a node type: it belongs under `nodes`";
	bool exists = node ? catalog_adapter(b->catalog, name) != NULL
			   : catalog_node(b->catalog, name) != NULL;
	struct finding *f = diag_add(b->diag, node ? DIAG_RYW001 : DIAG_RYW002, type_place(unit),
				     "%s `%s` has the type `%s`, which no plugin brings",
				     node ? "node" : "adapter", unit->name, name);

	if (!b->doubt)
		b->doubt = f;
	if (exists) {
		finding_help(b->diag, f, "`%s` is %s", name, other);
		return;
	}
	if (b->catalog->incomplete) {
		f->cause = b->catalog->incomplete_cause;
		return;
	}
	if (b->guesses++ < MAX_GUESSES)
		say_meant(b, f, node ? nearest_node(b, name) : nearest_adapter(b, name));
	if (!f->help && node && !doc_member(unit->doc, "type"))
		finding_help(b->diag, f, "without `type` the node's name is taken; state its type");
	if (!f->help)
		finding_help(b->diag, f, "%s",
			     node ? "`railyard inspect NAME` shows what a plugin brings"
				  : "`railyard inspect railyard` shows the built-in types and the "
				    "modules, `railyard inspect NAME` those of a plugin");
}

static bool holds_unknown(const struct build *b, const struct doc_value *value) {
	for (size_t i = 0; value && i < value->n_items; i++)
		if (holds_unknown(b, value->items[i]))
			return true;
	return value && value->kind == DOC_STRING && text_unknown(b, value->text);
}

static void bind_config(struct build *b, struct unit *unit, const struct ry_config_key *const *keys,
			const struct doc_value *object, uint32_t size) {
	static const struct ry_config_key *const none[] = {NULL};
	void *config = arena_alloc(b->arena, size);

	unit->config_failed = manifest_bind(b->manifest, keys ? keys : none, object, unit->doc,
					    config, b->diag) < 0 ||
			      (b->manifest->n_unknown_env && holds_unknown(b, object));
	unit->config = list_length(keys) ? config : NULL;
}

/* The type that the manifest states, or NULL: not known here. */
static const char *stated_type(struct build *b, const char *name) {
	if (name && !text_unknown(b, name))
		return name;
	b->unsure = true;
	return NULL;
}

static void resolve_node(struct build *b, struct unit *unit) {
	const char *name = stated_type(b, unit->node->type);

	if (!name)
		return;
	unit->type = catalog_node(b->catalog, name);
	if (unit->type)
		bind_config(b, unit, unit->type->keys, unit->node->config, unit->type->config_size);
	else
		report_unknown(b, unit, name, true);
}

static void resolve_adapter(struct build *b, struct unit *unit) {
	const char *name = stated_type(b, unit->manifest->type);

	if (!name)
		return;
	unit->adapter = catalog_adapter(b->catalog, name);
	if (unit->adapter)
		bind_config(b, unit, unit->adapter->keys, unit->manifest->settings,
			    unit->adapter->config_size);
	else
		report_unknown(b, unit, name, false);
}

static void add_units(struct build *b) {
	const struct manifest_node *nodes = b->manifest->nodes.items;
	const struct manifest_adapter *adapters = b->manifest->adapters.items;
	uint32_t n = b->manifest->nodes.count;

	b->n_nodes = n;
	b->n_units = n + b->manifest->adapters.count;
	b->units = arena_array(b->arena, struct unit, b->n_units);
	for (uint32_t i = 0; i < b->n_units; i++) {
		struct unit *unit = &b->units[i];
		const struct bind_named *head;

		unit->node = i < n ? &nodes[i] : NULL;
		unit->manifest = i < n ? NULL : &adapters[i - n];
		head = i < n ? &unit->node->head : &unit->manifest->head;
		unit->name = head->name;
		unit->doc = head->doc;
		unit->vertex = unit->component = unit->index = unit->group = PLAN_NONE;
		strmap_add(i < n ? &b->node_names : &b->adapter_names, unit->name, i);
	}
}

/* -- message types -------------------------------------------------------------------------- */

static const struct ry_message_type *message_type(const struct catalog *catalog, const char *name) {
	const struct ry_message_type *const core[] = {&core_line, &core_bytes, &core_json,
						      &core_tick};
	const struct ry_message_type *type = catalog_message(catalog, name);

	for (size_t i = 0; !type && i < sizeof(core) / sizeof(core[0]); i++)
		if (!strcmp(core[i]->name, name))
			type = core[i];
	return type;
}

static uint32_t type_id(struct build *b, const struct unit *unit, const char *name) {
	size_t id = strmap_get(&b->type_ids, name);
	const struct ry_message_type *type;
	struct finding *f;

	if (id != STRMAP_NONE)
		return (uint32_t)id;
	type = message_type(b->catalog, name);
	id = b->plan->n_types++;
	b->plan->types = must_grow(b->plan->types, id, &b->types_capacity, sizeof(*b->plan->types));
	b->plan->types[id] = type;
	strmap_add(&b->type_ids, name, id);
	if (type)
		return (uint32_t)id;
	f = diag_add(b->diag, DIAG_RYW003, unit_place(unit),
		     "`%s` uses messages of type `%s`, which no plugin declares", unit->name, name);
	say_plugin(b, f, unit->type ? (const void *)unit->type : unit->adapter, "brings its type");
	finding_help(b->diag, f, "name the plugin that declares `%s` under `plugins` too", name);
	if (b->catalog->incomplete)
		f->cause = b->catalog->incomplete_cause;
	return (uint32_t)id;
}

static void add_ports(struct build *b, struct plan_node *node, const struct unit *unit,
		      const struct ry_port *const *ports, const struct ry_config_key *const *keys) {
	node->n_ports = list_length(ports);
	node->ports = arena_array(b->arena, struct plan_port, node->n_ports);
	for (uint32_t i = 0; i < node->n_ports; i++) {
		struct plan_port *port = &node->ports[i];

		port->name = ports[i]->name;
		port->type_id = type_id(b, unit, ports[i]->type);
		port->type = b->plan->types[port->type_id];
		port->active = unit->config_failed || port_active(ports[i], keys, unit->config);
	}
}

static void add_accepts(struct build *b, struct plan_node *node, const struct unit *unit,
			const char *const *accepts) {
	static const char *const none[] = {NULL};
	uint32_t n = list_length(accepts);
	uint32_t *ids = arena_array(b->arena, uint32_t, n);

	for (uint32_t i = 0; accepts && accepts[i]; i++)
		ids[i] = type_id(b, unit, accepts[i]);
	node->accepts = accepts ? accepts : none;
	node->accept_types = ids;
}

/* -- the graph's nodes ---------------------------------------------------------------------- */

static struct plan_node *add_vertex(struct build *b, struct unit *unit, enum plan_kind kind) {
	uint32_t at = b->plan->n_nodes++;
	struct plan_node *node = &b->plan->nodes[at];

	unit->vertex = at;
	b->vertices[at].unit = unit;
	*node = (struct plan_node){
		.index = at,
		.kind = kind,
		.name = unit->name,
		.type = unit->type,
		.adapter = unit->adapter,
		.node = unit->node,
		.manifest = unit->manifest,
		.doc = unit->doc,
		.config = unit->config,
		.dead_letter = PLAN_NONE,
		.max_in_flight = 1,
	};
	return node;
}

static void add_node(struct build *b, struct unit *unit) {
	struct plan_node *node = add_vertex(b, unit, PLAN_NODE);
	bool async = unit->type->flags & RY_NODE_ASYNC;
	int64_t timeout = unit->node->timeout_ms;

	b->vertices[node->index].has_inputs = unit->node->has_inputs;
	node->on_error = unit->node->on_error;
	node->timeout_ms = timeout >= 0 ? (uint64_t)timeout : async ? 30000 : 0;
	node->max_in_flight = (uint32_t)unit->node->max_in_flight;
	node->max_outputs = (uint64_t)unit->node->max_outputs;
	add_accepts(b, node, unit, unit->type->accepts);
	add_ports(b, node, unit, unit->type->ports, unit->type->keys);
}

static void add_stream(struct build *b, struct unit *unit, enum plan_kind kind) {
	struct plan_node *node = add_vertex(b, unit, kind);

	if (kind == PLAN_SOURCE) {
		add_accepts(b, node, unit, NULL);
		add_ports(b, node, unit, unit->adapter->ports, unit->adapter->keys);
		return;
	}
	b->vertices[node->index].has_inputs = unit->manifest->has_inputs;
	add_accepts(b, node, unit, unit->adapter->accepts);
}

static void check_role(struct build *b, const struct unit *unit) {
	bool source = list_length(unit->adapter->ports), sink = list_length(unit->adapter->accepts);
	struct finding *f;

	if (source && sink) {
		f = diag_add(b->diag, DIAG_RYW018, type_place(unit),
			     "adapter `%s` is a source and a sink at once", unit->name);
		say_plugin(b, f, unit->adapter, "brings its type");
		finding_help(b->diag, f, "the plugin should bring a type for each direction");
	}
	if (unit->manifest->has_inputs && !sink) {
		f = diag_add(b->diag, DIAG_RYW011, doc_place(unit->doc, "inputs"),
			     "adapter `%s` has `inputs`, but it takes no messages", unit->name);
		finding_help(b->diag, f, "leave `inputs` out: only nodes and sinks have them");
	}
}

static void check_name(struct build *b, const struct unit *adapter) {
	size_t at = strmap_get(&b->node_names, adapter->name);
	struct finding *f;

	if (at == STRMAP_NONE)
		return;
	f = diag_add(b->diag, DIAG_RYW015, unit_place(adapter),
		     "a node and an adapter are both called `%s`", adapter->name);
	finding_second(b->diag, f, unit_place(&b->units[at]), "the node");
	finding_why(b->diag, f, "sources and sinks stand in the graph beside the nodes");
	finding_help(b->diag, f, "rename one of them");
}

static void add_vertices(struct build *b) {
	b->plan->nodes = arena_array(b->arena, struct plan_node, b->n_units);
	b->vertices = arena_array(b->arena, struct vertex, b->n_units);
	for (uint32_t i = b->n_nodes; i < b->n_units; i++) {
		struct unit *unit = &b->units[i];

		if (!unit->adapter)
			continue;
		check_role(b, unit);
		if (list_length(unit->adapter->ports))
			add_stream(b, unit, PLAN_SOURCE);
	}
	for (uint32_t i = 0; i < b->n_nodes; i++)
		if (b->units[i].type)
			add_node(b, &b->units[i]);
	for (uint32_t i = b->n_nodes; i < b->n_units; i++) {
		struct unit *unit = &b->units[i];

		if (unit->adapter && unit->vertex == PLAN_NONE &&
		    list_length(unit->adapter->accepts))
			add_stream(b, unit, PLAN_SINK);
		if (unit->vertex != PLAN_NONE)
			check_name(b, unit);
	}
}

static void number_ends(struct build *b) {
	for (uint32_t i = 0; i < b->plan->n_nodes; i++) {
		struct vertex *v = &b->vertices[i];

		v->first_port = b->n_ports;
		v->first_accept = b->n_accepts;
		v->n_accepts = list_length(b->plan->nodes[i].accepts);
		b->n_ports += b->plan->nodes[i].n_ports;
		b->n_accepts += v->n_accepts;
	}
}

void plan_resolve(struct build *b) {
	if (b->catalog->incomplete)
		b->doubt = b->catalog->incomplete_cause;
	add_units(b);
	for (uint32_t i = 0; i < b->n_nodes; i++)
		resolve_node(b, &b->units[i]);
	for (uint32_t i = b->n_nodes; i < b->n_units; i++)
		resolve_adapter(b, &b->units[i]);
	add_vertices(b);
	number_ends(b);
	if (!b->n_units)
		diag_add(b->diag, DIAG_RYW016,
			 b->manifest->doc.root ? &b->manifest->doc.root->place : NULL,
			 "there is nothing to run: the manifest has no nodes and no adapters");
}
