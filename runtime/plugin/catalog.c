/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalog's index: one open-addressed table per kind by name, and one over all kinds by the
 * address of the type's table, for its owner.
 */
#include "plugin/catalog.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum kind { KIND_NODE, KIND_ADAPTER, KIND_MESSAGE, KIND_COUNT };

static const char *const kind_names[KIND_COUNT] = {"node", "adapter", "message"};

struct entry {
	const char *name; /* NULL: an entry by address */
	const void *type; /* NULL: empty */
	size_t plugin;
};

struct table {
	struct entry *entries;
	size_t n;
	size_t capacity; /* a power of two, or 0 */
};

struct names {
	const char **items; /* in the order in which they were added */
	size_t n;
	size_t capacity;
};

struct catalog_index {
	struct table by_name[KIND_COUNT];
	struct table by_address;
	struct names names[KIND_COUNT];
};

/* FNV-1a over the name, or the address mixed (the finaliser of MurmurHash3). */
static uint64_t hash(const char *name, const void *type) {
	uint64_t h = 0xcbf29ce484222325u;

	if (!name) {
		h = (uintptr_t)type;
		h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
		return h ^ h >> 33;
	}
	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3u;
	return h;
}

/* The entry of that key, or the empty one where it belongs; capacity > n. */
static struct entry *slot(const struct table *table, const char *name, const void *type) {
	size_t mask = table->capacity - 1;
	size_t i = hash(name, type) & mask;

	for (;; i = (i + 1) & mask) {
		struct entry *e = &table->entries[i];

		if (!e->type || (name ? strcmp(e->name, name) == 0 : e->type == type))
			return e;
	}
}

static void table_grow(struct table *table) {
	struct table larger = {.n = table->n,
			       .capacity = table->capacity ? 2 * table->capacity : 64};

	larger.entries = must_calloc(larger.capacity, sizeof(struct entry));
	for (size_t i = 0; i < table->capacity; i++) {
		const struct entry *e = &table->entries[i];

		if (e->type)
			*slot(&larger, e->name, e->type) = *e;
	}
	free(table->entries);
	*table = larger;
}

/* Returns the entry that was there before, or NULL when this one was added. */
static const struct entry *table_add(struct table *table, const char *name, const void *type,
				     size_t plugin) {
	struct entry *e;

	if (2 * (table->n + 1) > table->capacity)
		table_grow(table);
	e = slot(table, name, type);
	if (e->type)
		return e;
	*e = (struct entry){name, type, plugin};
	table->n++;
	return NULL;
}

static const struct entry *table_find(const struct table *table, const char *name,
				      const void *type) {
	const struct entry *e = table->capacity ? slot(table, name, type) : NULL;

	return e && e->type ? e : NULL;
}

static const char *described(const struct catalog_plugin *plugin) {
	return plugin->path ? plugin->path : "built in";
}

static void report_duplicate(struct catalog *catalog, enum kind kind, const char *name,
			     size_t earlier, size_t later, struct diag *diag) {
	const struct catalog_plugin *first = &catalog->plugins[earlier];
	const struct catalog_plugin *second = &catalog->plugins[later];
	struct finding *f =
		diag_add(diag, DIAG_RYP016, second->place.file ? &second->place : NULL,
			 "%s type `%s` is brought by plugin `%s` and by plugin `%s`",
			 kind_names[kind], name, first->plugin->name, second->plugin->name);

	finding_why(diag, f, "`%s` %s (%s) and `%s` %s (%s) both declare it", first->plugin->name,
		    first->plugin->version, described(first), second->plugin->name,
		    second->plugin->version, described(second));
	finding_help(diag, f, "leave one of them out, or rename the type in one");
	if (first->place.file)
		finding_second(diag, f, &first->place, "first brought here");
}

static void add_type(struct catalog *catalog, enum kind kind, const char *name, const void *type,
		     struct diag *diag) {
	struct catalog_index *index = catalog->index;
	struct names *names = &index->names[kind];
	size_t plugin = catalog->n_plugins - 1;
	const struct entry *before = table_add(&index->by_name[kind], name, type, plugin);

	table_add(&index->by_address, NULL, type, plugin);
	if (before) {
		report_duplicate(catalog, kind, name, before->plugin, plugin, diag);
		return;
	}
	names->items = must_grow(names->items, names->n, &names->capacity, sizeof(char *));
	names->items[names->n++] = name;
}

/* The same plugin twice would only repeat itself type by type: one finding says it. */
static bool is_repeated(struct catalog *catalog, const struct ry_plugin *plugin, const char *path,
			const struct place *place, struct diag *diag) {
	for (size_t i = 0; i < catalog->n_plugins; i++) {
		const struct catalog_plugin *other = &catalog->plugins[i];
		struct finding *f;

		if (strcmp(other->plugin->name, plugin->name) != 0)
			continue;
		f = diag_add(diag, DIAG_RYP017, place, "plugin `%s` is there twice", plugin->name);
		finding_why(diag, f, "version %s is %s, version %s is %s", other->plugin->version,
			    described(other), plugin->version, path ? path : "built in");
		finding_help(diag, f, "name it once");
		if (other->place.file)
			finding_second(diag, f, &other->place, "first named here");
		return true;
	}
	return false;
}

static const struct ry_node_type *const no_nodes[] = {NULL};

void catalog_add(struct catalog *catalog, const struct ry_plugin *plugin, const char *path,
		 const struct place *place, struct diag *diag) {
	struct catalog_plugin *added;

	if (is_repeated(catalog, plugin, path, place, diag))
		return;
	if (!catalog->index)
		catalog->index = must_calloc(1, sizeof(*catalog->index));
	catalog->plugins = must_grow(catalog->plugins, catalog->n_plugins, &catalog->capacity,
				     sizeof(struct catalog_plugin));
	added = &catalog->plugins[catalog->n_plugins++];
	*added = (struct catalog_plugin){
		.plugin = plugin,
		.path = path ? arena_strdup(&catalog->arena, path) : NULL,
		.nodes = plugin->nodes ? plugin->nodes : no_nodes,
	};
	if (place)
		added->place = *place;
	for (size_t i = 0; plugin->nodes && plugin->nodes[i]; i++)
		add_type(catalog, KIND_NODE, plugin->nodes[i]->name, plugin->nodes[i], diag);
	for (size_t i = 0; plugin->adapters && plugin->adapters[i]; i++)
		add_type(catalog, KIND_ADAPTER, plugin->adapters[i]->name, plugin->adapters[i],
			 diag);
	for (size_t i = 0; plugin->messages && plugin->messages[i]; i++)
		add_type(catalog, KIND_MESSAGE, plugin->messages[i]->name, plugin->messages[i],
			 diag);
}

void catalog_add_hint(struct catalog *catalog, const struct catalog_hint *hint) {
	catalog->hints = must_grow(catalog->hints, catalog->n_hints, &catalog->hints_capacity,
				   sizeof(*hint));
	catalog->hints[catalog->n_hints++] = *hint;
}

const struct catalog_hint *catalog_hints(const struct catalog *catalog, size_t *ret_n) {
	*ret_n = catalog->n_hints;
	return catalog->hints;
}

void catalog_fini(struct catalog *catalog) {
	struct catalog_index *index = catalog->index;

	for (int kind = 0; index && kind < KIND_COUNT; kind++) {
		free(index->by_name[kind].entries);
		free(index->names[kind].items);
	}
	if (index)
		free(index->by_address.entries);
	free(index);
	free(catalog->plugins);
	free(catalog->hints);
	arena_fini(&catalog->arena);
	*catalog = (struct catalog)CATALOG_INIT;
}

static const void *find(const struct catalog *catalog, enum kind kind, const char *name) {
	const struct entry *e =
		catalog->index ? table_find(&catalog->index->by_name[kind], name, NULL) : NULL;

	return e ? e->type : NULL;
}

const struct ry_node_type *catalog_node(const struct catalog *catalog, const char *name) {
	return find(catalog, KIND_NODE, name);
}

const struct ry_adapter_type *catalog_adapter(const struct catalog *catalog, const char *name) {
	return find(catalog, KIND_ADAPTER, name);
}

const struct ry_message_type *catalog_message(const struct catalog *catalog, const char *name) {
	return find(catalog, KIND_MESSAGE, name);
}

const struct catalog_plugin *catalog_owner(const struct catalog *catalog, const void *type) {
	const struct entry *e = NULL;

	if (catalog->index && type)
		e = table_find(&catalog->index->by_address, NULL, type);
	return e ? &catalog->plugins[e->plugin] : NULL;
}

static const char *const *names(const struct catalog *catalog, enum kind kind, size_t *ret_n) {
	static const char *const none[] = {NULL};
	const struct names *all = catalog->index ? &catalog->index->names[kind] : NULL;

	*ret_n = all ? all->n : 0;
	return all && all->n ? (const char *const *)all->items : none;
}

const char *const *catalog_node_names(const struct catalog *catalog, size_t *ret_n) {
	return names(catalog, KIND_NODE, ret_n);
}

const char *const *catalog_adapter_names(const struct catalog *catalog, size_t *ret_n) {
	return names(catalog, KIND_ADAPTER, ret_n);
}
