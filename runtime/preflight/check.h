/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One preflight check: a function over the manifest and the resolved plan that adds findings. A new
 * check is one file in checks/ and one row in checks/list.def.
 *
 * Checks run whatever was found before, so the plan may be partial: nodes and adapters whose type
 * is unknown are not in it, edges may be missing, slots unbound (PLAN_NONE), message types NULL.
 * What a check says must hold all the same: it reports what is there, never what is missing.
 */
#ifndef PREFLIGHT_CHECK_H
#define PREFLIGHT_CHECK_H

#include "preflight/preflight.h"
#include "preflight/use.h"

struct check_context {
	struct preflight *preflight;
	const struct plan *plan;
	const struct manifest *manifest;
	const struct catalog *catalog;
	const struct store_uses *uses; /* who uses which adapter, through others too */
	struct diag *diag;
};

enum check_when {
	CHECK_ALWAYS,
	CHECK_ENVIRONMENT, /* looks at the machine: only with `--env` and in `run` */
};

#define RY_CHECK(name, when) void check_##name(struct check_context *context);
#include "preflight/checks/list.def"
#undef RY_CHECK

/* -- words that several checks use ---------------------------------------------------------- */

/* The profile on which a group runs: its own, or that of the union when all run inline. */
enum runner_profile group_profile(const struct plan *plan, const struct plan_group *group);

/* Where to show a finding about a node: the member of its block, else its name. */
const struct place *node_place(const struct plan_node *node, const char *member);

/* Where to show a finding about a group's setting; the implicit group has none: the root's place. */
const struct place *group_place(const struct plan *plan, const struct plan_group *group,
				const char *member);

/* The entry of a group's `nodes` that names this node; its own block where there is none. */
const struct place *node_in_group_place(const struct plan *plan, const struct plan_node *node);

/* Where a slot is bound: the binding, else the block of its owner. */
const struct place *slot_place(const struct plan_slot *slot, const struct doc_value *owner);

/*
 * The finding that a group's explicit profile contradicts what it holds (RYR001), of which those
 * about its slots and nodes are consequences; NULL: there is none.
 */
const struct finding *contradiction_of(const struct check_context *context,
				       const struct plan_group *group);

/* Can it leave its process? */
bool message_has_codec(const struct ry_message_type *type);

/* "a, b and 3 more": names for a sentence. */
const char *join_names(struct arena *arena, const char *const *names, size_t n);

static inline const struct manifest_exporter *exporter_at(const struct manifest *manifest,
							  uint32_t i) {
	const struct ry_block_list *list = &manifest->runtime.observability.tracing.exporters;

	return &((const struct manifest_exporter *)list->items)[i];
}

#endif
