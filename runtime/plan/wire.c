/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outputs to inputs. Every type is looked at from both sides once: `emitters` are the ports of a
 * type, `acceptors` the consumers. A consumer with `inputs` receives from these alone; one without
 * from every emitter of what it accepts, but for core types (docs/manifest.md, Wiring).
 *
 * Edges are added consumer by consumer in manifest order, so that each port's edges come to stand
 * in that order too.
 */
#include "plan/build.h"

#include <string.h>

#include "base/alloc.h"

/* Everything with everything: nobody means that, and it would take the machine down. */
#define MAX_EDGES (1u << 20)

/* -- the ends of each type ------------------------------------------------------------------ */

static void collect(struct build *b, struct ends *ends, bool emitters) {
	uint32_t n_types = b->plan->n_types, n = emitters ? b->n_ports : b->n_accepts;
	uint32_t *start = arena_array(b->arena, uint32_t, n_types + 2);

	ends->items = arena_array(b->arena, struct end, n);
	/* Twice: count into start[t + 2], then fill at start[t + 1], which leaves start[t] right. */
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t v = 0; v < b->plan->n_nodes; v++) {
			const struct plan_node *node = &b->plan->nodes[v];
			uint32_t count = emitters ? node->n_ports : b->vertices[v].n_accepts;

			for (uint32_t i = 0; i < count; i++) {
				uint32_t type =
					emitters ? node->ports[i].type_id : node->accept_types[i];

				if (emitters && !node->ports[i].active)
					continue;
				if (!pass)
					start[type + 2]++;
				else
					ends->items[start[type + 1]++] = (struct end){v, i};
			}
		}
		for (uint32_t t = 2; !pass && t < n_types + 2; t++)
			start[t] += start[t - 1];
	}
	ends->start = start;
}

/* -- one edge ------------------------------------------------------------------------------- */

/* Said once; consumers for which there is no room are in doubt because of it. */
static bool room_for_edge(struct build *b, uint32_t to) {
	struct finding *f;

	if (b->n_edges < MAX_EDGES)
		return true;
	if (!b->overflow) {
		f = diag_add(b->diag, DIAG_RYW017, doc_place(b->manifest->doc.root, "nodes"),
			     "the wiring has more than %u edges", MAX_EDGES);
		finding_help(b->diag, f, "state `inputs`, so that not all nodes receive from all");
		b->overflow = f;
	}
	if (!b->vertices[to].doubt)
		b->vertices[to].doubt = b->overflow;
	return false;
}

static void add_edge(struct build *b, uint32_t from, uint32_t port, uint32_t to, uint32_t input) {
	if (!room_for_edge(b, to))
		return;
	b->edges = must_grow(b->edges, b->n_edges, &b->edges_capacity, sizeof(*b->edges));
	b->edges[b->n_edges++] =
		(struct plan_edge){.from = from, .port = port, .to = to, .input = input};
	b->arrives[b->vertices[to].first_accept + input] = true;
}

/* -- by type -------------------------------------------------------------------------------- */

static bool accepts_by_type(const struct build *b, uint32_t v, uint32_t type) {
	const struct plan_node *node = &b->plan->nodes[v];

	for (uint32_t i = 0; i < b->vertices[v].n_accepts; i++)
		if (node->accept_types[i] == type)
			return !b->vertices[v].has_inputs;
	return false;
}

static bool emits(const struct build *b, uint32_t v, uint32_t type) {
	const struct plan_node *node = &b->plan->nodes[v];

	for (uint32_t i = 0; i < node->n_ports; i++)
		if (node->ports[i].active && node->ports[i].type_id == type)
			return true;
	return false;
}

static bool wired_by_type(const struct plan_node *from, const struct plan_node *to, bool core) {
	if (from->kind == PLAN_SOURCE)
		return to->kind == PLAN_NODE;
	return to->kind == PLAN_SINK || !core;
}

static void report_self_loop(struct build *b, const struct plan_node *node, const char *type) {
	struct finding *f =
		diag_add(b->diag, DIAG_RYW006, unit_place(b->vertices[node->index].unit),
			 "`%s` would receive its own `%s` messages", node->name, type);

	b->vertices[node->index].doubt = f;
	finding_why(b->diag, f,
		    "it accepts and emits `%s`, and without `inputs` every node that accepts a "
		    "type receives it from every node that emits it",
		    type);
	finding_help(b->diag, f, "add \"inputs\": [...] with the nodes that `%s` receives from",
		     node->name);
}

/*
 * Nodes that would feed themselves would feed one another as well: these edges are left out, so
 * that one forgotten `inputs` is one finding and not a cycle on top.
 */
static void wire_type(struct build *b, uint32_t to, uint32_t input) {
	const struct plan_node *node = &b->plan->nodes[to];
	const char *name = node->accepts[input];
	uint32_t type = node->accept_types[input];
	bool core = is_core_type(name);
	bool loops = !core && emits(b, to, type);

	if (loops)
		report_self_loop(b, node, name);
	for (uint32_t i = b->emitters.start[type]; i < b->emitters.start[type + 1]; i++) {
		const struct end *end = &b->emitters.items[i];

		if (loops && accepts_by_type(b, end->vertex, type))
			continue;
		if (wired_by_type(&b->plan->nodes[end->vertex], node, core))
			add_edge(b, end->vertex, end->at, to, input);
	}
}

/* -- by inputs ------------------------------------------------------------------------------ */

struct entry {
	struct build *b;
	uint32_t to;
	const char *text; /* as written */
	const struct place *place;
	uint32_t *taken; /* by port, counted through: the consumer that took it last, plus 1 */
	struct unit *unit;
	const char *port; /* NULL: all that fit */
};

static struct finding *entry_finding(struct entry *e, enum diag_code code, const char *what) {
	struct build *b = e->b;
	struct finding *f = diag_add(b->diag, code, e->place, "`%s` in the inputs of `%s` %s",
				     e->text, b->plan->nodes[e->to].name, what);

	if (!b->vertices[e->to].doubt)
		b->vertices[e->to].doubt = f;
	return f;
}

static uint32_t find_port(const struct plan_node *node, const char *name) {
	uint32_t i = 0;

	while (i < node->n_ports && strcmp(node->ports[i].name, name) != 0)
		i++;
	return i;
}

/* Splits at the last dot, unless there is something of the whole name. */
static bool find_entry(struct entry *e) {
	struct build *b = e->b;
	const char *dot = strrchr(e->text, '.');
	struct unit *whole = unit_named(b, e->text), *part = NULL;
	struct finding *f;

	if (dot)
		part = unit_named(b, arena_strndup(b->arena, e->text, (size_t)(dot - e->text)));
	e->unit = whole ? whole : part;
	e->port = whole ? NULL : part ? dot + 1 : NULL;
	if (!e->unit) {
		f = entry_finding(e, DIAG_RYW010, "names nothing");
		say_meant(b, f, unit_nearest(b, e->text, false));
		return false;
	}
	if (whole && part && part->vertex != PLAN_NONE) {
		const struct plan_node *node = &b->plan->nodes[part->vertex];

		if (find_port(node, dot + 1) < node->n_ports) {
			f = entry_finding(e, DIAG_RYW015, "can mean two things");
			finding_second(b->diag, f, unit_place(whole), "the node `%s`", whole->name);
			finding_why(b->diag, f, "`%s` has a port called `%s`", part->name, dot + 1);
			finding_help(b->diag, f, "rename one of the nodes");
			return false;
		}
	}
	return true;
}

static uint32_t input_of(const struct build *b, uint32_t v, uint32_t type) {
	const struct plan_node *node = &b->plan->nodes[v];
	uint32_t i = 0;

	while (i < b->vertices[v].n_accepts && node->accept_types[i] != type)
		i++;
	return i;
}

static void take(struct entry *e, uint32_t port, uint32_t input) {
	struct build *b = e->b;
	uint32_t from = e->unit->vertex, *taken = &e->taken[b->vertices[from].first_port + port];

	if (*taken == e->to + 1) {
		struct finding *f = entry_finding(e, DIAG_RYW012, "is there already");

		finding_why(b->diag, f, "port `%s` of `%s` would deliver every message twice",
			    b->plan->nodes[from].ports[port].name, e->unit->name);
		finding_help(b->diag, f, "leave one of them out");
		return;
	}
	*taken = e->to + 1;
	add_edge(b, from, port, e->to, input);
}

/* "A, B" of what a node emits, or accepts. */
static const char *types_text(struct build *b, const struct plan_node *node, bool emitted) {
	const char *text = "nothing";
	uint32_t n = emitted ? node->n_ports : b->vertices[node->index].n_accepts;
	uint32_t shown = 0;

	for (uint32_t i = 0; i < n && shown < 8; i++) {
		uint32_t type = emitted ? node->ports[i].type_id : node->accept_types[i];
		const struct ry_message_type *t = b->plan->types[type];

		if (!t || (emitted && !node->ports[i].active))
			continue;
		text = shown++ ? arena_printf(b->arena, "%s, `%s`", text, t->name)
			       : arena_printf(b->arena, "`%s`", t->name);
	}
	return text;
}

static void take_all(struct entry *e) {
	struct build *b = e->b;
	const struct plan_node *from = &b->plan->nodes[e->unit->vertex];
	const struct plan_node *to = &b->plan->nodes[e->to];
	bool fits = false;
	struct finding *f;

	for (uint32_t i = 0; i < from->n_ports; i++) {
		uint32_t input = input_of(b, e->to, from->ports[i].type_id);

		if (!from->ports[i].active || input == b->vertices[e->to].n_accepts)
			continue;
		fits = true;
		take(e, i, input);
	}
	if (fits)
		return;
	f = entry_finding(e, DIAG_RYW011, "emits nothing that it accepts");
	finding_why(b->diag, f, "`%s` emits %s; `%s` accepts %s", from->name,
		    types_text(b, from, true), to->name, types_text(b, to, false));
	finding_second(b->diag, f, unit_place(e->unit), "`%s`", from->name);
}

static void take_port(struct entry *e) {
	struct build *b = e->b;
	const struct plan_node *from = &b->plan->nodes[e->unit->vertex];
	uint32_t port = find_port(from, e->port), input;
	const char *names[64];
	struct finding *f;
	uint32_t n = 0;

	if (port == from->n_ports) {
		f = entry_finding(e, DIAG_RYW010, "names a port that is not there");
		for (; n < from->n_ports && n < 64; n++)
			names[n] = from->ports[n].name;
		if (nearest_name(e->port, names, n))
			say_meant(b, f,
				  arena_printf(b->arena, "%s.%s", from->name,
					       nearest_name(e->port, names, n)));
		return;
	}
	input = input_of(b, e->to, from->ports[port].type_id);
	if (from->ports[port].active && input < b->vertices[e->to].n_accepts) {
		take(e, port, input);
		return;
	}
	if (!from->ports[port].active) {
		f = entry_finding(e, DIAG_RYW011, "is a port that is not there as configured");
		finding_second(b->diag, f, unit_place(e->unit), "as configured here");
		return;
	}
	f = entry_finding(e, DIAG_RYW011, "has a type that it does not accept");
	finding_why(b->diag, f, "the port emits `%s`; `%s` accepts %s",
		    from->type ? from->type->ports[port]->type : from->adapter->ports[port]->type,
		    b->plan->nodes[e->to].name, types_text(b, &b->plan->nodes[e->to], false));
}

static void take_entry(struct entry *e) {
	struct build *b = e->b;
	struct finding *f;

	if (text_unknown(b, e->text)) {
		b->unsure = true;
		return;
	}
	if (!find_entry(e))
		return;
	if (e->unit->vertex == PLAN_NONE) {
		if (e->unit->adapter)
			entry_finding(e, DIAG_RYW011, "is an adapter that emits nothing");
		else if (!b->vertices[e->to].doubt)
			b->vertices[e->to].doubt = b->doubt; /* its type is unknown: said already */
	} else if (e->unit->vertex == e->to) {
		f = entry_finding(e, DIAG_RYW006, "is itself");
		finding_help(b->diag, f, "name the nodes before it");
	} else if (!b->plan->nodes[e->unit->vertex].n_ports) {
		entry_finding(e, DIAG_RYW011, "emits nothing");
	} else if (e->port) {
		take_port(e);
	} else {
		take_all(e);
	}
}

static void wire_inputs(struct build *b, uint32_t to, uint32_t *taken) {
	const struct unit *unit = b->vertices[to].unit;
	const struct ry_string_list *inputs =
		unit->node ? &unit->node->inputs : &unit->manifest->inputs;

	for (uint32_t i = 0; i < inputs->count; i++) {
		struct entry e = {
			.b = b,
			.to = to,
			.text = inputs->items[i],
			.place = list_place(unit->doc, "inputs", i),
			.taken = taken,
		};

		take_entry(&e);
	}
}

/* -- all of it ------------------------------------------------------------------------------ */

void plan_wire(struct build *b) {
	uint32_t *taken = must_calloc(b->n_ports, sizeof(uint32_t));

	collect(b, &b->emitters, true);
	collect(b, &b->acceptors, false);
	b->arrives = arena_array(b->arena, bool, b->n_accepts);
	for (uint32_t v = 0; v < b->plan->n_nodes; v++) {
		if (b->vertices[v].has_inputs)
			wire_inputs(b, v, taken);
		for (uint32_t i = 0; !b->vertices[v].has_inputs && i < b->vertices[v].n_accepts;
		     i++)
			wire_type(b, v, i);
	}
	free(taken);
}
