/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/describe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/errname.h"
#include "base/fd.h"
#include "plugin/probe.h"

#define DESCRIPTOR_LIMIT (4u << 20)
#define JOBS_LIMIT	 16

/* -- faults as findings --------------------------------------------------------------------- */

static const struct {
	enum diag_code code;
	const char *sentence; /* after "plugin `NAME` " */
	const char *help;
} reports[] = {
	[PLUGIN_NOT_FOUND] = {DIAG_RYP001, "is not found",
			      "correct the name, or build the plugin; RAILYARD_PLUGIN_PATH names "
			      "further folders"},
	[PLUGIN_NOT_LOADABLE] = {DIAG_RYP002, "cannot be opened",
				 "rebuild it for this machine, or install what it needs"},
	[PLUGIN_NO_SYMBOL] = {DIAG_RYP003, "is no Railyard plugin",
			      "export `ry_plugin_query` with RY_PLUGIN_EXPORT"},
	[PLUGIN_QUERY_NULL] = {DIAG_RYP004, "does not speak this host's ABI",
			       "take a build of it that knows this host's ABI"},
	[PLUGIN_BAD_MAGIC] = {DIAG_RYP005, "returned what is not a plugin's table",
			      "begin the table with RY_PLUGIN_HEADER"},
	[PLUGIN_ABI_MAJOR] = {DIAG_RYP006, "was built for another major version of the ABI",
			      "rebuild it against this host's headers"},
	[PLUGIN_ABI_MINOR] = {DIAG_RYP007, "was built for a newer ABI than this host's",
			      "update the host, or build the plugin against this host's headers"},
	[PLUGIN_SHORT_TABLE] = {DIAG_RYP008, "has a struct that is too short",
				"begin the struct with RY_SIZE, and build it with one version of "
				"the headers"},
	[PLUGIN_MISSING_MEMBER] = {DIAG_RYP009, "lacks a mandatory member", NULL},
	[PLUGIN_BAD_VALUE] = {DIAG_RYP010, "has a member with a value that cannot be", NULL},
	[PLUGIN_CRASHED] = {DIAG_RYP011, "crashes when it is asked what it holds",
			    "run railyard-probe with its path under a debugger"},
	[PLUGIN_HUNG] = {DIAG_RYP012, "does not answer when it is asked what it holds",
			 "`ry_plugin_query` must only return static data"},
	[PLUGIN_BAD_OUTPUT] = {DIAG_RYP013, "gave no answer when it was asked what it holds", NULL},
	[PLUGIN_BAD_DESCRIPTOR] = {DIAG_RYP014, "has a descriptor file that is not valid",
				   "write it anew: railyard inspect --format json"},
};

struct finding *plugin_report(struct diag *diag, const struct place *place, const char *name,
			      const char *path, const struct plugin_error *error) {
	struct finding *f = diag_add(diag, reports[error->fault].code, place, "plugin `%s` %s",
				     name, reports[error->fault].sentence);

	if (path)
		finding_label(diag, f, "%s", path);
	finding_why(diag, f, "%s", error->text);
	if (reports[error->fault].help)
		finding_help(diag, f, "%s", reports[error->fault].help);
	return f;
}

/* -- what both ways have in common ---------------------------------------------------------- */

struct plugins {
	struct manifest *manifest;
	struct catalog *catalog;
	struct diag *diag;
};

static const struct place *place_of(const struct manifest *manifest, size_t index) {
	const struct doc_value *list = doc_member(manifest->doc.root, "plugins");

	return list && index < list->n_items ? &list->items[index]->place
					     : doc_place(manifest->doc.root, "plugins");
}

static void report(struct plugins *all, size_t index, const char *path,
		   const struct plugin_error *error) {
	struct finding *f = plugin_report(all->diag, place_of(all->manifest, index),
					  all->manifest->plugins.items[index], path, error);

	if (!all->catalog->incomplete)
		all->catalog->incomplete_cause = f;
	all->catalog->incomplete = true;
}

static void report_not_found(struct plugins *all, size_t index, const char *tried,
			     const char *descriptor) {
	struct plugin_error error = {.fault = PLUGIN_NOT_FOUND};

	if (descriptor)
		snprintf(error.text, sizeof(error.text),
			 "the descriptor %.200s cannot stand in for it where something is started",
			 descriptor);
	else
		snprintf(error.text, sizeof(error.text), "looked for %.480s", tried);
	report(all, index, NULL, &error);
}

/*
 * Built-in plugins pass the same checks as all others: a mistake in one shows in the first test
 * that uses it.
 */
static void add_builtins(struct plugins *all, const struct ry_plugin *const *builtins) {
	for (; builtins && *builtins; builtins++) {
		const struct ry_plugin *plugin;
		struct plugin_error error;

		if (plugin_normalise(*builtins, &all->catalog->arena, &plugin, &error) == PLUGIN_OK)
			catalog_add(all->catalog, plugin, NULL, NULL, all->diag);
		else
			plugin_report(all->diag, NULL, (*builtins)->name, "built in", &error);
	}
}

/* -- describing ----------------------------------------------------------------------------- */

/* The descriptor file stands in for a library that is not there. */
static void add_descriptor(struct plugins *all, size_t index, const char *path) {
	const char *name = all->manifest->plugins.items[index];
	const struct place *place = place_of(all->manifest, index);
	struct plugin_error error = {.fault = PLUGIN_BAD_DESCRIPTOR};
	const struct ry_plugin *plugin = NULL;
	struct finding *f;
	char *text = NULL;
	size_t length;
	int r = fd_read_file(path, DESCRIPTOR_LIMIT, &text, &length);

	if (r < 0)
		snprintf(error.text, sizeof(error.text), "%s", errno_text(r));
	else
		descriptor_read(text, length, &all->catalog->arena, &plugin, &error);
	free(text);
	if (error.fault != PLUGIN_OK) {
		report(all, index, path, &error);
		return;
	}
	f = diag_add(all->diag, DIAG_RYP015, place,
		     "plugin `%s` is not there: its descriptor stands in", name);
	finding_label(all->diag, f, "%s", path);
	finding_help(all->diag, f, "build the plugin, so that what is checked is what would run");
	catalog_add(all->catalog, plugin, path, place, all->diag);
}

static unsigned jobs(void) {
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > JOBS_LIMIT ? JOBS_LIMIT : (unsigned)n;
}

struct described {
	size_t index; /* in the manifest's list */
	char *path;   /* NULL: not found */
	char *tried;
};

static void add_described(struct plugins *all, const struct described *plugin,
			  const struct ry_plugin *result, const struct plugin_error *error) {
	const char *name = all->manifest->plugins.items[plugin->index];
	struct catalog *catalog = all->catalog;

	if (!plugin->path) {
		char *descriptor =
			plugin_find_descriptor(name, all->manifest->dir, &catalog->arena);

		if (!descriptor || all->manifest->resolve)
			report_not_found(all, plugin->index, plugin->tried, descriptor);
		else
			add_descriptor(all, plugin->index, descriptor);
	} else if (!result) {
		report(all, plugin->index, plugin->path, error);
	} else {
		catalog_add(catalog, result, plugin->path, place_of(all->manifest, plugin->index),
			    all->diag);
	}
}

void plugins_describe(struct manifest *manifest, const struct ry_plugin *const *builtins,
		      struct catalog *catalog, struct diag *diag) {
	struct plugins all = {manifest, catalog, diag};
	size_t n = manifest->plugins.count, n_found = 0, next = 0;
	struct described *plugins = arena_array(&catalog->arena, struct described, n);
	struct probe_request *requests = arena_array(&catalog->arena, struct probe_request, n);
	const struct ry_plugin **results =
		arena_array(&catalog->arena, const struct ry_plugin *, n + 1);
	struct plugin_error *errors = arena_array(&catalog->arena, struct plugin_error, n + 1);

	add_builtins(&all, builtins);
	for (size_t i = 0; i < n; i++) {
		plugins[i].index = i;
		plugins[i].path = plugin_find(manifest->plugins.items[i], manifest->dir,
					      &catalog->arena, &plugins[i].tried);
		if (plugins[i].path)
			requests[n_found++].path = plugins[i].path;
	}
	probe_plugins(requests, n_found, jobs(), &catalog->arena, results, errors);
	for (size_t i = 0; i < n; i++) {
		add_described(&all, &plugins[i], results[next], &errors[next]);
		next += plugins[i].path != NULL;
	}
}

/* -- loading -------------------------------------------------------------------------------- */

int plugins_load(struct manifest *manifest, const struct ry_plugin *const *builtins,
		 struct catalog *catalog, struct diag *diag) {
	struct plugins all = {manifest, catalog, diag};
	unsigned before = diag->n_errors;

	add_builtins(&all, builtins);
	for (size_t i = 0; i < manifest->plugins.count; i++) {
		const struct ry_plugin *plugin;
		struct plugin_error error;
		char *tried;
		char *path = plugin_find(manifest->plugins.items[i], manifest->dir, &catalog->arena,
					 &tried);

		if (!path)
			report_not_found(&all, i, tried, NULL);
		else if (plugin_open(path, &catalog->arena, &plugin, &error) != PLUGIN_OK)
			report(&all, i, path, &error);
		else
			catalog_add(catalog, plugin, path, place_of(manifest, i), diag);
	}
	return diag->n_errors > before ? -EINVAL : 0;
}
