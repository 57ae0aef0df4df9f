/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All types that a manifest can name: those of the built-in components and of its plugins. A
 * plugin is described by the same `struct ry_plugin` whether it was opened in this process
 * (plugin/loader.h, callable) or described by the probe (plugin/probe.h, its functions absent).
 */
#ifndef PLUGIN_CATALOG_H
#define PLUGIN_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

#include <railyard/plugin.h>

#include "base/arena.h"
#include "base/diag.h"

struct catalog_plugin {
	const struct ry_plugin *plugin; /* normalised */
	const char *path;		/* NULL: built in */
	struct place place;		/* in the manifest's `plugins`; file NULL: built in */
	const struct ry_node_type *const *nodes; /* never NULL; NULL-terminated */
};

struct catalog {
	struct arena arena;
	struct catalog_plugin *plugins;
	size_t n_plugins, capacity;
	struct catalog_index *index; /* hash tables by name */
	struct catalog_hint *hints;
	size_t n_hints, hints_capacity;
	bool incomplete; /* a plugin is missing: an unknown type may be its, and is folded under it */
	const struct finding *incomplete_cause;
};

#define CATALOG_INIT \
	{ .arena = ARENA_INIT }

void catalog_fini(struct catalog *catalog);

/* Adds a normalised plugin. Two types of one name: a finding that names both plugins. */
void catalog_add(struct catalog *catalog, const struct ry_plugin *plugin, const char *path,
		 const struct place *place, struct diag *diag);

/* An adapter type that could be named though nothing in the catalog brings it. */
struct catalog_hint {
	const char *name;
	const char *contract; /* that it provides; NULL: none */
};

/* Only for the help of findings. What it points to lives as long as the catalog. */
void catalog_add_hint(struct catalog *catalog, const struct catalog_hint *hint);
const struct catalog_hint *catalog_hints(const struct catalog *catalog, size_t *ret_n);

const struct ry_node_type *catalog_node(const struct catalog *catalog, const char *name);
const struct ry_adapter_type *catalog_adapter(const struct catalog *catalog, const char *name);
const struct ry_message_type *catalog_message(const struct catalog *catalog, const char *name);

/* The plugin that brings a type, by the type's table; NULL: none here. */
const struct catalog_plugin *catalog_owner(const struct catalog *catalog, const void *type);

/* All names of one kind, for "did you mean"; borrowed. */
const char *const *catalog_node_names(const struct catalog *catalog, size_t *ret_n);
const char *const *catalog_adapter_names(const struct catalog *catalog, size_t *ret_n);

#endif
