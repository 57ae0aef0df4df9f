/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a record of the emit ring to a span: names instead of indices, wall-clock times instead of
 * monotonic ones. What many spans have in common (the attributes of a node, of a message type, of a
 * small number) is made once and shared.
 */
#ifndef EXPORT_RESOLVE_H
#define EXPORT_RESOLVE_H

#include "emit/emit.h"
#include "export/chunk.h"
#include "export/export.h"

#define RESOLVE_NUMBERS 32u /* hops and attempts below this are shared */

struct resolve_node {
	struct ry_field name, process_group, handoff_from;
	uint32_t kind;
	bool platform;
};

struct resolver {
	struct resolve_node *nodes;
	uint32_t n_nodes;
	struct ry_field *types;
	uint32_t n_types;
	struct ry_field scenario;
	struct ry_field hops[RESOLVE_NUMBERS];
	struct ry_field attempts[RESOLVE_NUMBERS];
	/* One anchor per process, so that a stepped wall clock gives no negative span. */
	uint64_t wall_minus_monotonic_ns;
};

int resolver_init(struct resolver *resolver, const struct export_config *config,
		  uint64_t monotonic_ns, uint64_t unix_ns);
void resolver_fini(struct resolver *resolver);

/* A worker's attribute, made once per ring. */
struct ry_field resolve_worker(uint32_t worker);

/* Is the record's node known, and is it part of the platform? -EINVAL: unknown. */
int resolve_class(const struct resolver *resolver, const struct emit_span *record);

/* At most so many bytes will the span take in its chunk. */
uint64_t resolve_bytes_bound(const struct emit_span *record);

/*
 * Adds the span to a chunk that is not full. Extras that are malformed, or for which there is no
 * memory, are left out and counted in the span's dropped_attributes.
 */
void resolve_span(const struct resolver *resolver, const struct emit_span *record,
		  const uint8_t *extras, const struct ry_field *worker, struct chunk *chunk);

#endif
