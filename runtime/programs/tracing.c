/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/tracing.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/errname.h"
#include "programs/resource.h"

struct tracing {
	struct arena arena;
	const struct plan *plan;
	struct component_log *log;
	struct emit *emit;
	struct unit *unit; /* of the exporters */
	struct unit_exporter *exporters;
	struct export_destination *destinations; /* one per exporter */
	uint32_t n;
	struct export_pipeline *pipeline;
	bool on_runner; /* placement: runner */
	bool started;
	bool abandoned;	   /* the exporter thread did not end: what it may touch stays */
	uint32_t block_ms; /* block_with_timeout; 0: never */
};

/* -- exporters by the manifest -------------------------------------------------------------- */

static const struct manifest_exporter *exporter_at(const struct plan *plan, uint32_t i) {
	const struct ry_block_list *list = &plan->manifest->runtime.observability.tracing.exporters;

	return i < list->count ? &((const struct manifest_exporter *)list->items)[i] : NULL;
}

static uint32_t find_kind(const struct tracing *t, const char *kind) {
	uint32_t i = 0;

	while (i < t->n && strcmp(t->destinations[i].name, kind) != 0)
		i++;
	return i;
}

/* Adds one exporter; settings are those of the block that asks for it. */
static int add_exporter(struct tracing *t, const char *kind, const struct manifest_exporter *block,
			bool fallback_only) {
	const struct ry_adapter_type *type = catalog_adapter(t->plan->catalog, kind);
	struct export_destination *to = &t->destinations[t->n];
	struct unit_exporter *exporter = &t->exporters[t->n];
	struct diag diag = DIAG_INIT;
	void *config;
	int r;

	if (!type)
		return -ENOENT;
	config = arena_alloc(&t->arena, type->config_size);
	r = manifest_bind_exporter(t->plan->manifest, type->keys, block, config, &diag);
	diag_fini(&diag);
	if (r < 0)
		return r;
	*exporter = (struct unit_exporter){.name = kind, .type = type, .config = config};
	*to = (struct export_destination){
		.name = kind,
		.type = type,
		.slice = (uint32_t)block->slice,
		.batch_items = (uint32_t)block->settings.batch.max_items,
		.flush_interval_ms = (uint32_t)block->settings.batch.flush_interval_ms,
		.queue_items = (uint64_t)block->settings.queue.max_items,
		.queue_bytes = (uint64_t)block->settings.queue.max_bytes,
		.drop_policy = (enum export_drop)block->settings.queue.drop_policy,
		.block_timeout_ms = (uint32_t)block->settings.queue.block_timeout_ms,
		.max_retries = (uint32_t)block->settings.retry.max_retries,
		.backoff_ms = (uint32_t)block->settings.retry.backoff_ms,
		.backoff_max_ms = (uint32_t)block->settings.retry.backoff_max_ms,
		.fallback_only = fallback_only,
	};
	t->on_runner = t->on_runner || block->placement == PLACEMENT_RUNNER;
	if (block->settings.queue.drop_policy == DROP_BLOCK_WITH_TIMEOUT)
		t->block_ms = (uint32_t)block->settings.queue.block_timeout_ms;
	t->n++;
	return 0;
}

/* A fallback that is no exporter of its own is made with the settings of the one it serves. */
static int add_fallbacks(struct tracing *t, uint32_t of, const struct manifest_exporter *block) {
	const struct ry_string_list *kinds = &block->settings.fallback;
	uint32_t *indices = arena_array(&t->arena, uint32_t, kinds->count);

	for (uint32_t i = 0; i < kinds->count; i++) {
		uint32_t found = find_kind(t, kinds->items[i]);
		int r = found < t->n ? 0 : add_exporter(t, kinds->items[i], block, true);

		if (r < 0)
			return r;
		indices[i] = found;
	}
	t->destinations[of].fallback = indices;
	t->destinations[of].n_fallback = kinds->count;
	return 0;
}

static int add_all(struct tracing *t) {
	const struct manifest_exporter *block;
	uint32_t own = 0;
	int r = 0;

	for (uint32_t i = 0; r == 0 && (block = exporter_at(t->plan, i)); i++)
		if (block->enabled)
			r = add_exporter(t, block->kind, block, false);
	for (uint32_t i = 0; r == 0 && (block = exporter_at(t->plan, i)); i++)
		if (block->enabled)
			r = add_fallbacks(t, own++, block);
	return r;
}

/* The most there can be: every exporter, and every word of every fallback list. */
static uint32_t most_exporters(const struct plan *plan) {
	const struct manifest_exporter *block;
	uint32_t n = 0;

	for (uint32_t i = 0; (block = exporter_at(plan, i)); i++)
		if (block->enabled)
			n += 1 + block->settings.fallback.count;
	return n;
}

/* -- the pipeline --------------------------------------------------------------------------- */

static void on_message(void *user, uint32_t level, const char *text) {
	const struct tracing *t = user;

	log_write(t->log, level, text, "tracing", text, NULL, 0, NULL, NULL);
}

static const struct export_node *export_nodes(struct tracing *t) {
	static const uint32_t kinds[] = {
		[PLAN_NODE] = RY_SPAN_INTERNAL,
		[PLAN_SOURCE] = RY_SPAN_PRODUCER,
		[PLAN_SINK] = RY_SPAN_CONSUMER,
	};
	const struct plan *plan = t->plan;
	struct export_node *nodes = arena_array(&t->arena, struct export_node, plan->n_nodes);

	for (uint32_t i = 0; i < plan->n_nodes; i++)
		nodes[i] = (struct export_node){
			.name = plan->nodes[i].name,
			.process_group = plan->groups[plan->nodes[i].group].name,
			.kind = kinds[plan->nodes[i].kind],
			.platform = plan->nodes[i].kind != PLAN_NODE,
		};
	return nodes;
}

static const char *const *type_names(struct tracing *t) {
	const char **names = arena_array(&t->arena, const char *, t->plan->n_types);

	for (uint32_t i = 0; i < t->plan->n_types; i++)
		names[i] = t->plan->types[i]->name;
	return names;
}

static int make_pipeline(struct tracing *t) {
	struct resource resource;
	struct export_config config = {
		.nodes = export_nodes(t),
		.n_nodes = t->plan->n_nodes,
		.types = type_names(t),
		.n_types = t->plan->n_types,
		.scenario = t->plan->manifest->scenario.name,
		.destinations = t->destinations,
		.n_destinations = t->n,
		.on_message = on_message,
		.user = t,
	};
	int r;

	resource_make(t->plan->manifest, &t->arena, &resource);
	config.resource = resource.fields;
	config.n_resource = resource.n;
	for (uint32_t i = 0; i < t->n; i++) {
		t->destinations[i].exporter = t->exporters[i].exporter;
		t->destinations[i].instance = t->exporters[i].self;
	}
	r = export_new(&config, &t->pipeline);
	return r < 0 ? r : export_add(t->pipeline, t->emit, 0);
}

static int report(struct tracing *t, int error) {
	on_message(t, RY_LOG_ERROR, "tracing cannot be set up");
	on_message(t, RY_LOG_ERROR, errno_text(error));
	return error;
}

int tracing_new(const struct plan *plan, struct component_log *log, struct tracing **ret) {
	const struct manifest_observability *o = &plan->manifest->runtime.observability;
	uint32_t most = most_exporters(plan);
	struct tracing *t;
	struct trace_sampler sampler;
	struct unit_options options = {.sampler = &sampler, .log = log};
	int r;

	*ret = NULL;
	if (!most)
		return 0;
	t = must_calloc(1, sizeof(*t));
	t->plan = plan;
	t->log = log;
	t->exporters = arena_array(&t->arena, struct unit_exporter, most);
	t->destinations = arena_array(&t->arena, struct export_destination, most);
	tracing_sampler(plan, &sampler);
	r = add_all(t);
	if (r == 0)
		r = emit_new((uint64_t)o->tracing.emit_capacity_bytes, &t->emit);
	if (r == 0 && t->block_ms && !t->on_runner)
		r = emit_set_block(t->emit, t->block_ms);
	if (r == 0)
		r = unit_new_exporters(plan, &options, t->exporters, t->n, &t->unit);
	if (r == 0)
		r = make_pipeline(t);
	if (r < 0) {
		report(t, r);
		tracing_free(t);
		return r;
	}
	*ret = t;
	return 0;
}

struct tracing *tracing_free(struct tracing *t) {
	if (!t || t->abandoned)
		return NULL;
	export_free(t->pipeline);
	unit_free(t->unit);
	emit_free(t->emit);
	arena_fini(&t->arena);
	free(t);
	return NULL;
}

struct emit *tracing_emit(struct tracing *t) {
	return t ? t->emit : NULL;
}

struct export_pipeline *tracing_pipeline(struct tracing *t) {
	return t ? t->pipeline : NULL;
}

uint32_t tracing_exporters(const struct tracing *t) {
	return t ? t->n : 0;
}

void tracing_sampler(const struct plan *plan, struct trace_sampler *ret) {
	static const struct {
		enum trace_sampler_kind root;
		bool parent_based;
	} kinds[] = {
		[SAMPLER_ALWAYS_ON] = {TRACE_ALWAYS_ON, false},
		[SAMPLER_ALWAYS_OFF] = {TRACE_ALWAYS_OFF, false},
		[SAMPLER_TRACEIDRATIO] = {TRACE_ID_RATIO, false},
		[SAMPLER_PARENTBASED_ALWAYS_ON] = {TRACE_ALWAYS_ON, true},
		[SAMPLER_PARENTBASED_ALWAYS_OFF] = {TRACE_ALWAYS_OFF, true},
		[SAMPLER_PARENTBASED_TRACEIDRATIO] = {TRACE_ID_RATIO, true},
	};
	const struct manifest_observability *o = &plan->manifest->runtime.observability;
	int32_t i = o->tracing.sampler;

	trace_sampler_init(ret, kinds[i].root, kinds[i].parent_based, o->tracing.sampler_arg);
}

int tracing_start(struct tracing *t) {
	int r;

	if (!t || t->on_runner)
		return 0;
	r = export_start(t->pipeline);
	if (r < 0)
		return report(t, r);
	t->started = true;
	return 0;
}

void tracing_stop(struct tracing *t) {
	const struct manifest_observability *o;

	if (!t)
		return;
	o = &t->plan->manifest->runtime.observability;
	emit_close(t->emit);
	if (t->started || t->on_runner)
		t->abandoned =
			export_stop(t->pipeline, (uint32_t)o->shutdown_timeout_ms) == -ETIMEDOUT;
	t->started = false;
}

void tracing_reopen(struct tracing *t) {
	if (t && export_reopen(t->pipeline) < 0)
		on_message(t, RY_LOG_ERROR, "exporters cannot be told to reopen their files");
}

bool tracing_on_runner(const struct tracing *t) {
	return t && t->on_runner;
}

void tracing_turn(struct tracing *t) {
	(void)export_turn(t->pipeline, false);
}
