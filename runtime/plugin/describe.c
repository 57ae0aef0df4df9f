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

/* A plugin of the manifest's list, or a module that it implies. */
struct wanted {
	const char *name;
	const struct place *place;
	const struct module_use *use; /* NULL: of the list */
	char *path;		      /* NULL: not found */
	char *tried;
};

static const struct place *place_of(const struct manifest *manifest, size_t index) {
	const struct doc_value *list = doc_member(manifest->doc.root, "plugins");

	return list && index < list->n_items ? &list->items[index]->place
					     : doc_place(manifest->doc.root, "plugins");
}

/* First the list in its order, then the modules. */
static struct wanted *find_wanted(struct plugins *all, const struct plugin_own *own,
				  size_t *ret_n) {
	const struct manifest *manifest = all->manifest;
	struct arena *arena = &all->catalog->arena;
	size_t n = manifest->plugins.count, n_uses;
	const struct module_use *uses = modules_used(manifest, own->modules, arena, &n_uses);
	struct wanted *wanted = arena_array(arena, struct wanted, n + n_uses);

	for (size_t i = 0; i < n; i++) {
		wanted[i].name = manifest->plugins.items[i];
		wanted[i].place = place_of(manifest, i);
	}
	for (size_t i = 0; i < n_uses; i++)
		wanted[n + i] = (struct wanted){
			.name = uses[i].module->name,
			.place = module_place(&uses[i]),
			.use = &uses[i],
		};
	for (size_t i = 0; i < n + n_uses; i++)
		wanted[i].path = plugin_find(wanted[i].name, wanted[i].use ? NULL : manifest->dir,
					     arena, &wanted[i].tried);
	*ret_n = n + n_uses;
	return wanted;
}

/* A plugin of the list brings what the module was wanted for; it stands in the catalog by now. */
static bool is_superseded(const struct plugins *all, const struct wanted *plugin) {
	return plugin->use && module_superseded(plugin->use, all->manifest, all->catalog);
}

static void set_incomplete(struct catalog *catalog, const struct finding *f) {
	if (!catalog->incomplete)
		catalog->incomplete_cause = f;
	catalog->incomplete = true;
}

static void report(struct plugins *all, const struct wanted *plugin, const char *path,
		   const struct plugin_error *error) {
	struct finding *f = plugin_report(all->diag, plugin->place, plugin->name, path, error);

	if (plugin->use && error->fault == PLUGIN_NOT_LOADABLE)
		finding_help(all->diag, f, "install the Debian package %s, which it needs",
			     plugin->use->module->needs);
	set_incomplete(all->catalog, f);
}

static void report_not_found(struct plugins *all, const struct wanted *plugin,
			     const char *descriptor) {
	struct plugin_error error = {.fault = PLUGIN_NOT_FOUND};

	if (plugin->use) {
		set_incomplete(all->catalog,
			       module_report_missing(all->diag, plugin->use, plugin->tried));
		return;
	}
	if (descriptor)
		snprintf(error.text, sizeof(error.text),
			 "the descriptor %.200s cannot stand in for it where something is started",
			 descriptor);
	else
		snprintf(error.text, sizeof(error.text), "looked for %.480s", plugin->tried);
	report(all, plugin, NULL, &error);
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

/* Types of modules that nobody named may be what was meant, or what is missing. */
static void add_hints(struct catalog *catalog, const struct plugin_module *modules) {
	for (; modules && modules->type; modules++)
		if (!catalog_adapter(catalog, modules->type))
			catalog_add_hint(catalog,
					 &(struct catalog_hint){modules->type, modules->contract});
}

/* -- describing ----------------------------------------------------------------------------- */

/* The descriptor file stands in for a library that is not there. */
static void add_descriptor(struct plugins *all, const struct wanted *wanted, const char *path) {
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
		report(all, wanted, path, &error);
		return;
	}
	f = diag_add(all->diag, DIAG_RYP015, wanted->place,
		     "plugin `%s` is not there: its descriptor stands in", wanted->name);
	finding_label(all->diag, f, "%s", path);
	finding_help(all->diag, f, "build the plugin, so that what is checked is what would run");
	catalog_add(all->catalog, plugin, path, wanted->place, all->diag);
}

static unsigned jobs(void) {
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > JOBS_LIMIT ? JOBS_LIMIT : (unsigned)n;
}

static void add_absent(struct plugins *all, const struct wanted *plugin) {
	const struct manifest *manifest = all->manifest;
	char *descriptor = plugin->use ? NULL
				       : plugin_find_descriptor(plugin->name, manifest->dir,
								&all->catalog->arena);

	if (!descriptor || manifest->resolve)
		report_not_found(all, plugin, descriptor);
	else
		add_descriptor(all, plugin, descriptor);
}

static void add_described(struct plugins *all, const struct wanted *plugin,
			  const struct ry_plugin *result, const struct plugin_error *error) {
	if (is_superseded(all, plugin))
		return;
	if (!plugin->path)
		add_absent(all, plugin);
	else if (!result)
		report(all, plugin, plugin->path, error);
	else
		catalog_add(all->catalog, result, plugin->path, plugin->place, all->diag);
}

void plugins_describe(struct manifest *manifest, const struct plugin_own *own,
		      struct catalog *catalog, struct diag *diag) {
	struct plugins all = {manifest, catalog, diag};
	size_t n, n_found = 0, next = 0;
	const struct wanted *wanted = find_wanted(&all, own, &n);
	struct probe_request *requests = arena_array(&catalog->arena, struct probe_request, n);
	const struct ry_plugin **results =
		arena_array(&catalog->arena, const struct ry_plugin *, n + 1);
	struct plugin_error *errors = arena_array(&catalog->arena, struct plugin_error, n + 1);

	add_builtins(&all, own->builtins);
	for (size_t i = 0; i < n; i++)
		if (wanted[i].path)
			requests[n_found++].path = wanted[i].path;
	probe_plugins(requests, n_found, jobs(), &catalog->arena, results, errors);
	for (size_t i = 0; i < n; i++) {
		add_described(&all, &wanted[i], results[next], &errors[next]);
		next += wanted[i].path != NULL;
	}
	add_hints(catalog, own->modules);
}

/* -- loading -------------------------------------------------------------------------------- */

static void load(struct plugins *all, const struct wanted *wanted) {
	const struct ry_plugin *plugin;
	struct plugin_error error;

	if (is_superseded(all, wanted))
		return;
	if (!wanted->path)
		report_not_found(all, wanted, NULL);
	else if (plugin_open(wanted->path, &all->catalog->arena, &plugin, &error) != PLUGIN_OK)
		report(all, wanted, wanted->path, &error);
	else
		catalog_add(all->catalog, plugin, wanted->path, wanted->place, all->diag);
}

int plugins_load(struct manifest *manifest, const struct plugin_own *own, struct catalog *catalog,
		 struct diag *diag) {
	struct plugins all = {manifest, catalog, diag};
	unsigned before = diag->n_errors;
	size_t n;
	const struct wanted *wanted = find_wanted(&all, own, &n);

	add_builtins(&all, own->builtins);
	for (size_t i = 0; i < n; i++)
		load(&all, &wanted[i]);
	return diag->n_errors > before ? -EINVAL : 0;
}
