/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the steps of plan_build share. The steps run in this order, each on what the ones before it
 * left; a finding of one does not stop the next, so that all findings come in one run:
 *
 *	resolve  names to types, configurations bound, ports that are there
 *	wire     outputs to inputs
 *	order    cycles; plan nodes get their final indices
 *	groups   which node stands where
 *	depend   slots to adapters
 *	runner   each group's runner
 *	reach    what never gets a message, and what nobody uses
 *
 * Until `order` a graph node is known by its rank: sources, nodes, sinks, each in manifest order.
 */
#ifndef PLAN_BUILD_H
#define PLAN_BUILD_H

#include "base/strmap.h"
#include "di.h"
#include "plan/plan.h"

/* One entry of `nodes` or `adapters`. */
struct unit {
	const char *name;
	const struct doc_value *doc;
	const struct manifest_node *node;	 /* or */
	const struct manifest_adapter *manifest; /* … one of both */
	const struct ry_node_type *type;	 /* NULL: an adapter, or unknown */
	const struct ry_adapter_type *adapter;	 /* NULL: a node, or unknown */
	void *config;
	bool config_failed; /* or not known offline: ports that depend on it may be there */
	uint32_t vertex;    /* in plan->nodes; PLAN_NONE: not in the graph */
	uint32_t component; /* in the container; PLAN_NONE */
	uint32_t index;	    /* in plan->adapters; PLAN_NONE */
	struct plan_slot *slots;
	uint32_t n_slots;
	const struct finding *misbound; /* `bind` names no slot: an open one may be meant */
	/* The first group that names it. */
	uint32_t group;
	const struct place *group_place;
};

/* What is known of a plan node while it is built; same index as in plan->nodes. */
struct vertex {
	struct unit *unit;
	uint32_t first_port;   /* of all ports of all nodes, counted through */
	uint32_t first_accept; /* likewise */
	uint32_t n_accepts;
	bool has_inputs;
	/* A finding about its inputs: what reaches it is not known. */
	const struct finding *doubt;
	bool in_cycle;
	const struct finding *unreached; /* why no message comes here; NULL: one does */
};

/* An output or an input of one type. */
struct end {
	uint32_t vertex;
	uint32_t at; /* index of the port, or in accepts */
};

struct ends {
	struct end *items; /* grouped by type id */
	uint32_t *start;   /* n_types + 1 */
};

struct build {
	struct plan *plan;
	struct manifest *manifest;
	const struct catalog *catalog;
	struct diag *diag;
	struct arena *arena;
	struct unit *units; /* nodes, then adapters */
	uint32_t n_nodes, n_units;
	struct strmap node_names, adapter_names; /* to units */
	const struct finding *doubt; /* an unknown type: what is missing may follow from it */
	/*
	 * A name or type is not known offline (an unset variable) or missing with a finding of the
	 * schema: then nobody can say what is missing or unused.
	 */
	bool unsure;
	bool homes_unknown; /* the same, of names in groups */
	unsigned guesses;   /* how often the nearest name was looked for */
	struct vertex *vertices;
	uint32_t n_ports, n_accepts;
	/* Types. */
	struct strmap type_ids;
	size_t types_capacity;
	/* Wiring. */
	struct ends emitters, acceptors; /* ports that are there; accepts */
	struct plan_edge *edges;
	size_t n_edges, edges_capacity;
	const struct finding *overflow; /* too many edges */
	bool *arrives;			/* by accept: an edge brings that type */
	/* Dependencies. */
	struct di *di;
	struct unit **components; /* by index in the container */
	bool *wanted;		  /* by component: meant by a need with a finding of its own */
};

void plan_resolve(struct build *b);
void plan_check_refs(struct build *b);
void plan_wire(struct build *b);
void plan_check_twice(struct build *b);
void plan_order(struct build *b);
void plan_group(struct build *b);
void plan_depend(struct build *b);
void plan_infer_runners(struct build *b);
void plan_check_reach(struct build *b);

/* The node's or stream adapter's unit of that name ("source:NAME" and "sink:NAME" too), or NULL. */
struct unit *unit_named(const struct build *b, const char *name);
struct unit *unit_adapter(const struct build *b, const char *name);

/* Looking for the nearest name is a pass over all of them: after so many it is left out. */
#define MAX_GUESSES 64

/* The nearest name of a node or adapter, or NULL. adapters_only: of an adapter. */
const char *unit_nearest(struct build *b, const char *name, bool adapters_only);

/* The place of the key under which the unit stands. */
const struct place *unit_place(const struct unit *unit);

/* The place of element i of the list under `key` of a block; the list's or block's where it has none. */
const struct place *list_place(const struct doc_value *block, const char *key, size_t i);

/* Names the plugin whose type this is as the second place, if the manifest names the plugin. */
void say_plugin(struct build *b, struct finding *finding, const void *type, const char *what);

/* Adds "did you mean" as help and fix; meant NULL: nothing. */
void say_meant(struct build *b, struct finding *finding, const char *meant);

/* An error in a strict manifest, a warning otherwise; folded under an unknown type. */
void soften(struct build *b, struct finding *finding);

/* Is it there, by the `when` of a port? */
bool port_active(const struct ry_port *port, const struct ry_config_key *const *keys,
		 const void *config);

/* Is it the text of a setting that is not known offline? */
bool text_unknown(const struct build *b, const char *text);

bool is_core_type(const char *name);

/* Counts a NULL-terminated list; NULL is empty. */
uint32_t list_length(const void *list);

#endif
