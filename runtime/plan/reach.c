/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What never happens: inputs that nothing reaches, outputs that nobody takes, adapters that nobody
 * uses. Errors in a strict manifest, warnings otherwise; consequences are folded under their cause.
 */
#include "plan/build.h"

#include "base/strbuf.h"

#define MAX_SHOWN 5

/* -- inputs --------------------------------------------------------------------------------- */

static const char *names_of(struct build *b, const struct ends *ends, uint32_t type,
			    enum plan_kind but) {
	struct strbuf text = STRBUF_INIT;
	uint32_t shown = 0;
	const char *copy;

	for (uint32_t i = ends->start[type]; i < ends->start[type + 1]; i++) {
		const struct plan_node *node = &b->plan->nodes[ends->items[i].vertex];

		if (node->kind == but)
			continue;
		if (shown++ == MAX_SHOWN)
			break;
		strbuf_printf(&text, "%s\"%s\"", text.length ? ", " : "", node->name);
	}
	copy = text.length ? arena_strdup(b->arena, strbuf_text(&text)) : NULL;
	strbuf_fini(&text);
	return copy;
}

static const char *accepts_text(struct build *b, const struct plan_node *node) {
	const char *text = arena_printf(b->arena, "`%s`", node->accepts[0]);
	uint32_t i = 1;

	for (; node->accepts[i] && i < MAX_SHOWN; i++)
		text = arena_printf(b->arena, "%s or `%s`", text, node->accepts[i]);
	return node->accepts[i] ? arena_printf(b->arena, "%s or others", text) : text;
}

static void report_no_input(struct build *b, uint32_t v) {
	struct plan_node *node = &b->plan->nodes[v];
	struct unit *unit = b->vertices[v].unit;
	struct finding *f;

	if (b->vertices[v].has_inputs) {
		f = diag_add(b->diag, DIAG_RYW004, doc_place(unit->doc, "inputs"),
			     "`%s` receives nothing: its inputs are empty", node->name);
	} else {
		f = diag_add(b->diag, DIAG_RYW004, unit_place(unit),
			     "`%s` receives nothing: nobody sends it %s", node->name,
			     accepts_text(b, node));
		for (uint32_t i = 0; !f->help && i < b->vertices[v].n_accepts; i++) {
			const char *names =
				names_of(b, &b->emitters, node->accept_types[i], PLAN_SINK);

			if (names)
				finding_help(b->diag, f,
					     "`%s` does not come by type alone here; add "
					     "\"inputs\": [...] with one of %s",
					     node->accepts[i], names);
		}
	}
	soften(b, f);
	b->vertices[v].unreached = f;
}

/* Core types are accepted on the off-chance; one's own types are there to be emitted. */
static void check_each_input(struct build *b, uint32_t v) {
	const struct plan_node *node = &b->plan->nodes[v];
	const struct vertex *vertex = &b->vertices[v];

	for (uint32_t i = 0; i < vertex->n_accepts; i++) {
		uint32_t type = node->accept_types[i];
		struct finding *f;

		if (b->arrives[vertex->first_accept + i] || is_core_type(node->accepts[i]) ||
		    b->emitters.start[type] < b->emitters.start[type + 1] || !b->plan->types[type])
			continue;
		f = diag_add(b->diag, DIAG_RYW004, unit_place(vertex->unit),
			     "`%s` accepts `%s`, which nobody emits", node->name, node->accepts[i]);
		say_plugin(b, f, node->type, "brings the node");
		finding_help(b->diag, f,
			     "add a node that emits it; with `inputs` a node says that it "
			     "receives from these alone");
		soften(b, f);
	}
}

static bool arrives_any(const struct build *b, const struct vertex *vertex) {
	for (uint32_t i = 0; i < vertex->n_accepts; i++)
		if (b->arrives[vertex->first_accept + i])
			return true;
	return false;
}

static void report_unreachable(struct build *b, uint32_t v, const struct finding *cause) {
	const struct plan_node *node = &b->plan->nodes[v];
	struct finding *f = diag_add(b->diag, DIAG_RYW009, unit_place(b->vertices[v].unit),
				     "no source leads to `%s`", node->name);

	if (!node->accepts[0])
		finding_why(b->diag, f, "it accepts no messages and emits none by itself");
	f->cause = cause;
	soften(b, f);
	b->vertices[v].unreached = f;
}

static void check_inputs(struct build *b, uint32_t v) {
	const struct plan_node *node = &b->plan->nodes[v];
	struct vertex *vertex = &b->vertices[v];
	const struct finding *cause = NULL;

	if (node->source_id)
		return;
	if (!vertex->n_accepts) {
		report_unreachable(b, v, NULL);
		return;
	}
	if (!arrives_any(b, vertex)) {
		if (!vertex->doubt)
			report_no_input(b, v);
		return;
	}
	if (node->kind == PLAN_NODE && !vertex->has_inputs && !vertex->doubt)
		check_each_input(b, v);
	for (uint32_t i = 0; i < node->n_upstream; i++) {
		cause = b->vertices[node->upstream[i]].unreached;
		if (!cause)
			return;
	}
	if (!b->plan->cyclic)
		report_unreachable(b, v, cause);
}

/* -- outputs -------------------------------------------------------------------------------- */

static const struct finding *doubtful_acceptor(const struct build *b, uint32_t type) {
	for (uint32_t i = b->acceptors.start[type]; i < b->acceptors.start[type + 1]; i++)
		if (b->vertices[b->acceptors.items[i].vertex].doubt)
			return b->vertices[b->acceptors.items[i].vertex].doubt;
	return NULL;
}

static void report_port(struct build *b, const struct plan_node *node,
			const struct plan_port *port) {
	const char *names = names_of(b, &b->acceptors, port->type_id, PLAN_SOURCE);
	struct finding *f =
		diag_add(b->diag, DIAG_RYW005, unit_place(b->vertices[node->index].unit),
			 "nobody receives `%s` of `%s`, which emits `%s`", port->name, node->name,
			 port->type->name);

	say_plugin(b, f, node->type ? (const void *)node->type : node->adapter,
		   "declares the port");
	if (names)
		finding_help(b->diag, f, "add \"%s.%s\" to the `inputs` of one of %s", node->name,
			     port->name, names);
	else
		finding_help(b->diag, f, "add a node or sink that accepts `%s`", port->type->name);
	f->cause = doubtful_acceptor(b, port->type_id);
	soften(b, f);
}

static bool is_conditional(const struct plan_node *node, uint32_t port) {
	return (node->type ? node->type->ports : node->adapter->ports)[port]->when;
}

static void check_outputs(struct build *b, uint32_t v) {
	const struct plan_node *node = &b->plan->nodes[v];

	for (uint32_t i = 0; i < node->n_ports; i++) {
		const struct plan_port *port = &node->ports[i];

		if (!port->active || port->n_edges || !port->type)
			continue;
		/* Is it there at all? Its key is one of those with findings, perhaps. */
		if (b->vertices[v].unit->config_failed && is_conditional(node, i))
			continue;
		report_port(b, node, port);
	}
}

/* -- adapters ------------------------------------------------------------------------------- */

/* Users stand behind what they use, so backwards what is unused is known before what it uses. */
static void check_adapters(struct build *b) {
	const struct finding **unused =
		(const struct finding **)arena_array(b->arena, void *, b->plan->n_adapters);

	for (uint32_t i = b->plan->n_adapters; i-- > 0;) {
		const struct plan_adapter *adapter = &b->plan->adapters[i];
		const struct unit *unit = unit_adapter(b, adapter->name);
		struct finding *f;

		if (adapter->used || b->wanted[unit->component])
			continue;
		f = diag_add(b->diag, DIAG_RYW014, unit_place(unit), "nobody uses adapter `%s`",
			     adapter->name);
		f->cause = unused[i];
		finding_help(b->diag, f, "bind it to a slot, or leave it out");
		soften(b, f);
		for (uint32_t s = 0; s < adapter->n_slots; s++) {
			uint32_t target = adapter->slots[s].adapter;

			if (target != PLAN_NONE && target < i)
				unused[target] = f;
		}
	}
}

/* An adapter that neither streams nor provides anything has no way to be used. */
static void check_useless(struct build *b) {
	for (uint32_t i = b->n_nodes; i < b->n_units; i++) {
		const struct unit *unit = &b->units[i];

		if (!unit->adapter || unit->vertex != PLAN_NONE ||
		    list_length(unit->adapter->provides))
			continue;
		soften(b, diag_add(b->diag, DIAG_RYW014, unit_place(unit),
				   "adapter `%s` provides nothing, and neither reads nor writes",
				   unit->name));
	}
}

void plan_check_reach(struct build *b) {
	if (b->unsure)
		return;
	for (uint32_t v = 0; v < b->plan->n_nodes; v++) {
		check_inputs(b, v);
		check_outputs(b, v);
	}
	check_adapters(b);
	check_useless(b);
}
