/* SPDX-License-Identifier: Apache-2.0 */
#include "export/resolve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/errname.h"
#include "export/resolve_extras.h"

static struct ry_field string_field(const char *name, const char *value) {
	return (struct ry_field){.size = RY_SIZE(ry_field),
				 .type = RY_VALUE_STRING,
				 .name = name,
				 .v.string = value};
}

static struct ry_field int_field(const char *name, int64_t value) {
	return (struct ry_field){
		.size = RY_SIZE(ry_field), .type = RY_VALUE_INT, .name = name, .v.integer = value};
}

static void init_nodes(struct resolver *resolver, const struct export_config *config) {
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		const struct export_node *node = &config->nodes[i];

		resolver->nodes[i] = (struct resolve_node){
			.name = string_field("railyard.node", node->name),
			.process_group =
				string_field("railyard.process_group", node->process_group),
			.handoff_from = string_field("railyard.handoff_from", node->name),
			.kind = node->kind,
			.platform = node->platform,
		};
	}
	for (uint32_t i = 0; i < config->n_types; i++)
		resolver->types[i] = string_field("railyard.message.type", config->types[i]);
}

int resolver_init(struct resolver *resolver, const struct export_config *config,
		  uint64_t monotonic_ns, uint64_t unix_ns) {
	*resolver = (struct resolver){
		.n_nodes = config->n_nodes,
		.n_types = config->n_types,
		.scenario = string_field("railyard.scenario", config->scenario),
		.wall_minus_monotonic_ns = unix_ns - monotonic_ns,
	};
	resolver->nodes = calloc(config->n_nodes + 1, sizeof(*resolver->nodes));
	resolver->types = calloc(config->n_types + 1, sizeof(*resolver->types));
	if (!resolver->nodes || !resolver->types) {
		resolver_fini(resolver);
		return -ENOMEM;
	}
	init_nodes(resolver, config);
	for (uint32_t i = 0; i < RESOLVE_NUMBERS; i++) {
		resolver->hops[i] = int_field("railyard.route_hop", i);
		resolver->attempts[i] = int_field("railyard.attempt", i);
	}
	return 0;
}

void resolver_fini(struct resolver *resolver) {
	free(resolver->nodes);
	free(resolver->types);
	resolver->nodes = NULL;
	resolver->types = NULL;
}

struct ry_field resolve_worker(uint32_t worker) {
	return int_field("railyard.worker", worker);
}

int resolve_class(const struct resolver *resolver, const struct emit_span *record) {
	if (record->node >= resolver->n_nodes)
		return -EINVAL;
	return resolver->nodes[record->node].platform;
}

uint64_t resolve_bytes_bound(const struct emit_span *record) {
	/* An item of extras has at least 24 bytes and becomes at most an event of 48 and a pointer. */
	uint64_t bytes = CHUNK_SPAN_BYTES + 4 * (uint64_t)record->extra_length;

	if (record->extra_length)
		bytes += CHUNK_ATTRIBUTES * sizeof(const struct ry_field *);
	if (record->status == RY_SPAN_ERROR)
		bytes += RESOLVE_ERROR_BYTES;
	if (record->hop >= RESOLVE_NUMBERS || record->attempt >= RESOLVE_NUMBERS)
		bytes += 2 * sizeof(struct ry_field);
	return bytes;
}

/* A shared attribute for a small number, else one of the chunk's; NULL: out of memory. */
static const struct ry_field *number(struct chunk *chunk, const struct ry_field *shared,
				     uint32_t value, uint32_t *bytes) {
	struct ry_field *field;

	if (value < RESOLVE_NUMBERS)
		return &shared[value];
	field = chunk_alloc(chunk, sizeof(*field));
	if (field) {
		*field = int_field(shared->name, value);
		*bytes += sizeof(*field);
	}
	return field;
}

/* What every span has; returns how many. */
static uint32_t add_attributes(const struct resolver *resolver, const struct emit_span *record,
			       const struct ry_field *worker, struct chunk *chunk,
			       const struct ry_field **to, uint32_t *bytes) {
	const struct resolve_node *node = &resolver->nodes[record->node];
	const struct ry_field *all[CHUNK_ATTRIBUTES] = {
		&resolver->scenario,
		&node->name,
		&node->process_group,
		worker,
		record->from_node < resolver->n_nodes
			? &resolver->nodes[record->from_node].handoff_from
			: NULL,
		number(chunk, resolver->hops, record->hop, bytes),
		number(chunk, resolver->attempts, record->attempt, bytes),
		record->message_type < resolver->n_types ? &resolver->types[record->message_type]
							 : NULL,
	};
	uint32_t n = 0;

	for (uint32_t i = 0; i < CHUNK_ATTRIBUTES; i++)
		if (all[i])
			to[n++] = all[i];
	return n;
}

void resolve_span(const struct resolver *resolver, const struct emit_span *record,
		  const uint8_t *extras, const struct ry_field *worker, struct chunk *chunk) {
	const struct resolve_node *node = &resolver->nodes[record->node];
	const uint32_t at = chunk->n;
	struct ry_span *span = &chunk->storage[at];
	uint32_t bytes = CHUNK_SPAN_BYTES;

	*span = (struct ry_span){
		.size = RY_SIZE(ry_span),
		.kind = node->kind,
		.status = record->status,
		.trace_flags = record->trace_flags,
		.start_unix_ns = record->start_ns + resolver->wall_minus_monotonic_ns,
		.end_unix_ns = record->end_ns + resolver->wall_minus_monotonic_ns,
		.name = node->name.v.string,
		.attributes = chunk->attributes[at],
	};
	memcpy(span->trace_id, record->trace_id.bytes, sizeof(span->trace_id));
	memcpy(span->span_id, record->span_id.bytes, sizeof(span->span_id));
	memcpy(span->parent_span_id, record->parent_id.bytes, sizeof(span->parent_span_id));
	span->n_attributes =
		add_attributes(resolver, record, worker, chunk, chunk->attributes[at], &bytes);
	if (record->extra_length || record->status == RY_SPAN_ERROR)
		bytes += resolve_extras(record, extras, resolver->wall_minus_monotonic_ns, chunk,
					span);
	chunk->spans[at] = span;
	chunk->bytes[at] = bytes;
	chunk->n++;
}
