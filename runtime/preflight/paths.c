/* SPDX-License-Identifier: Apache-2.0 */
#include "preflight/paths.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* "/a/./b//../c" is "/a/c". By the text alone: nothing is looked up. */
static const char *normal_path(struct arena *arena, const char *path) {
	char *out = arena_alloc(arena, strlen(path) + 2);
	size_t length = 0;

	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && strncmp(path, "..", 2) == 0) {
			while (length && out[--length] != '/')
				;
		} else if (n && !(n == 1 && *path == '.')) {
			out[length++] = '/';
			memcpy(out + length, path, n);
			length += n;
		}
		path += n + (path[n] == '/');
	}
	out[length ? length : length++] = '\0';
	if (!out[0])
		out[0] = '/';
	return out;
}

static void add(struct used_paths *paths, const char *path, const char *user,
		const struct place *place, bool writes) {
	if (!path || path[0] != '/' || bind_unknown(path))
		return;
	paths->items =
		must_grow(paths->items, paths->count, &paths->capacity, sizeof(*paths->items));
	paths->items[paths->count++] = (struct used_path){
		normal_path(&paths->arena, path),
		user,
		place,
		writes,
	};
}

/* The string that a type's key was bound to. */
static const char *bound_string(const struct ry_adapter_type *type, const void *config,
				const char *name) {
	for (size_t i = 0; config && type->keys && type->keys[i]; i++) {
		const struct ry_config_key *key = type->keys[i];

		if (strcmp(key->name, name) == 0 &&
		    (key->type == RY_CONFIG_PATH || key->type == RY_CONFIG_STRING))
			return *(const char *const *)((const char *)config + key->offset);
	}
	return NULL;
}

static void add_adapter(struct used_paths *paths, const struct ry_adapter_type *type,
			const void *config, const char *name, const struct doc_value *doc) {
	const struct doc_value *settings = doc_member(doc, "settings");
	const char *user = arena_printf(&paths->arena, "adapter `%s`", name);

	for (size_t i = 0; type->writes && type->writes[i]; i++)
		add(paths, bound_string(type, config, type->writes[i]), user,
		    doc_place(settings, type->writes[i]), true);
	for (size_t i = 0; type->reads && type->reads[i]; i++)
		add(paths, bound_string(type, config, type->reads[i]), user,
		    doc_place(settings, type->reads[i]), false);
}

static void add_observability(struct used_paths *paths, const struct manifest *manifest) {
	const struct manifest_observability *o = &manifest->runtime.observability;
	const struct manifest_log_exporter *logs = o->logging.exporters.items;
	const struct manifest_metrics_exporter *metrics = o->metrics.exporters.items;

	for (uint32_t i = 0; i < o->tracing.exporters.count; i++) {
		const struct manifest_exporter *exporter = exporter_at(manifest, i);

		if (exporter->enabled)
			add(paths, exporter->settings.path, "a tracing exporter",
			    doc_place(exporter->settings_doc, "path"), true);
	}
	for (uint32_t i = 0; i < o->logging.exporters.count; i++)
		add(paths, logs[i].settings.path, "a logging exporter",
		    doc_place(doc_member(logs[i].head.doc, "settings"), "path"), true);
	for (uint32_t i = 0; i < o->metrics.exporters.count; i++)
		add(paths, metrics[i].settings.path, "a metrics exporter",
		    doc_place(doc_member(metrics[i].head.doc, "settings"), "path"), true);
}

void used_paths_collect(struct used_paths *paths, const struct check_context *context) {
	const struct plan *plan = context->plan;

	for (uint32_t i = 0; i < plan->n_nodes; i++)
		if (plan->nodes[i].kind != PLAN_NODE && plan->nodes[i].adapter)
			add_adapter(paths, plan->nodes[i].adapter, plan->nodes[i].config,
				    plan->nodes[i].name, plan->nodes[i].doc);
	for (uint32_t i = 0; i < plan->n_adapters; i++)
		if (plan->adapters[i].plan_node == PLAN_NONE && plan->adapters[i].type)
			add_adapter(paths, plan->adapters[i].type, plan->adapters[i].config,
				    plan->adapters[i].name, plan->adapters[i].manifest->head.doc);
	add_observability(paths, context->manifest);
}

void used_paths_fini(struct used_paths *paths) {
	free(paths->items);
	arena_fini(&paths->arena);
}
