/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The resolved plan: what runs, wired to what, bound to what, where. Built once from a manifest and
 * a catalog by pure functions; immutable afterwards. The runner only looks up.
 *
 * Indices: a plan node's index is its place in a topological order that keeps the order of the
 * manifest where it can (sources first, sinks last among equals). An adapter's is its construction
 * order. Everything lives in the plan's arena and points into the manifest and the catalog, which
 * must outlive it.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "manifest/manifest.h"
#include "plugin/catalog.h"

#define PLAN_NONE UINT32_MAX

enum plan_kind { PLAN_NODE, PLAN_SOURCE, PLAN_SINK };

/* One way of a message: from a port to a consumer. */
struct plan_edge {
	uint32_t from;	/* plan node */
	uint32_t port;	/* index in its ports */
	uint32_t to;	/* plan node */
	uint32_t input; /* index of the type in the consumer's `accepts` */
	bool crosses_group;
};

struct plan_port {
	const char *name;
	const struct ry_message_type *type;
	uint32_t type_id;	       /* in plan->types */
	bool active;		       /* its `when` holds */
	const struct plan_edge *edges; /* in manifest order of the consumers */
	uint32_t n_edges;
};

/* One slot of a node or adapter, bound. */
struct plan_slot {
	const struct ry_slot *slot;
	uint32_t adapter; /* in plan->adapters; PLAN_NONE: unbound optional */
	const struct ry_provides *provides;
	enum bridge bridge;
	const struct manifest_binding *binding; /* NULL: bound because it was the only one */
};

struct plan_node {
	uint32_t index;
	enum plan_kind kind;
	const char *name;
	uint32_t group;
	/* Sources and nodes that emit outside tasks: from 1 on, in plan order; else 0. */
	uint32_t source_id;
	const struct ry_node_type *type;	 /* PLAN_NODE */
	const struct ry_adapter_type *adapter;	 /* PLAN_SOURCE, PLAN_SINK */
	const struct manifest_node *node;	 /* PLAN_NODE */
	const struct manifest_adapter *manifest; /* PLAN_SOURCE, PLAN_SINK */
	const struct doc_value *doc;		 /* its block */
	const void *config;			 /* bound; NULL: no keys */
	const char *const *accepts;		 /* NULL-terminated; sources: empty */
	const uint32_t *accept_types;		 /* type ids, in the order of accepts */
	struct plan_port *ports;		 /* all declared ones, in the type's order */
	uint32_t n_ports;
	struct plan_slot *slots;
	uint32_t n_slots;
	const uint32_t *upstream; /* plan nodes with an edge to this one, ascending */
	uint32_t n_upstream;
	/* Resolved settings; sinks and sources: on_error is FAIL. */
	struct manifest_on_error on_error;
	uint32_t dead_letter; /* plan adapter; PLAN_NONE */
	uint64_t timeout_ms;  /* 0: none */
	uint32_t max_in_flight;
	uint64_t max_outputs;
};

/* An adapter that provides contracts, or the dead letter. Sources and sinks are plan nodes; one that also provides contracts is both. */
struct plan_adapter {
	uint32_t index;
	const char *name;
	const struct ry_adapter_type *type;
	const struct manifest_adapter *manifest;
	const void *config;
	struct plan_slot *slots;
	uint32_t n_slots;
	uint32_t plan_node; /* of the source or sink of the same name; PLAN_NONE */
	bool used;
};

struct plan_group {
	const char *name;
	const struct manifest_group *manifest; /* NULL: the implicit group `default` */
	enum runner_profile profile;	       /* resolved: SYNC or ASYNC */
	uint32_t workers;
	const uint32_t *nodes; /* plan nodes, ascending */
	uint32_t n_nodes;
};

struct plan {
	struct arena arena;
	struct manifest *manifest;
	const struct catalog *catalog;
	bool inline_mode;		      /* all groups as one unit on one thread */
	enum runner_profile inline_profile;   /* SYNC, or ASYNC if any group is */
	const struct ry_message_type **types; /* by type id */
	uint32_t n_types;
	struct plan_node *nodes; /* by index: topological */
	uint32_t n_nodes;
	struct plan_adapter *adapters; /* by index: construction order */
	uint32_t n_adapters;
	struct plan_group *groups; /* in the order of the manifest */
	uint32_t n_groups;
	struct plan_edge *edges;
	uint32_t n_edges;
	uint32_t poison_dead_letter; /* plan adapter; PLAN_NONE */
	bool cyclic;		     /* partial plan: the order of the nodes is not topological */
	struct plan_names *names;    /* for the lookups below */
};

/*
 * Resolves wiring (RYW), dependencies (RYD), which node stands in which group (RYG001..009) and
 * each group's runner (RYR001..009: explicit profile against inference), binds configurations
 * (RYC) and reports everything that hinders it. Returns 0 and a plan, or -EINVAL with findings: then the plan is partial (names
 * and places may be used, edges and slots may be missing). plan: zeroed by the caller; plan_fini
 * in either case.
 */
int plan_build(struct plan *plan, struct manifest *manifest, const struct catalog *catalog,
	       struct diag *diag);
void plan_fini(struct plan *plan);

/* By name, or NULL. */
const struct plan_node *plan_node_named(const struct plan *plan, const char *name);
const struct plan_adapter *plan_adapter_named(const struct plan *plan, const char *name);

/* Operations of a contract that a bridge can serve (node/bridge.h). */
#define PLAN_BRIDGE_OPS 64u

/*
 * Of a bound slot's provider and all that it needs, the first adapter for which this holds together
 * with the slot that leads to it; NULL: there is none.
 */
const struct plan_adapter *plan_slot_any(const struct plan *plan, const struct plan_slot *slot,
					 bool (*holds)(const struct plan_slot *slot,
						       const struct plan_adapter *adapter));

/*
 * May one instance of the slot's provider be called from several threads at a time? It says so, and
 * so does all that it needs.
 */
bool plan_slot_thread_safe(const struct plan *plan, const struct plan_slot *slot);

/* May a consume of it block, be it in what it calls in its turn? */
bool plan_slot_may_block(const struct plan *plan, const struct plan_slot *slot);

/* Is there a path of edges from one node to the other? from == to: only over a cycle. */
bool plan_reaches(const struct plan *plan, uint32_t from, uint32_t to);

#endif
