/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `railyard inspect`: what a plugin holds. The plugin is opened in a process of its own, so that
 * one which crashes or hangs is a sentence on stderr and no more. What is built in, and the modules,
 * go by the names that stand in manifests too.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/options.h"
#include "plugin/inspect.h"
#include "plugin/normalise.h"
#include "plugin/probe.h"
#include "programs/builtin.h"

enum { OPTION_FORMAT = 1000 };

static const struct option_row rows[] = {
	{"format", OPTION_FORMAT, "FORMAT", "text (default) or json"},
	{NULL, 0, NULL, NULL},
};

static const struct usage usage = {
	.synopsis = "railyard inspect [OPTION]... PLUGIN",
	.about = "Shows the node types, adapters and message types of a plugin: a path with a "
		 "slash,\n"
		 "or a name that is looked for in the working folder, in RAILYARD_PLUGIN_PATH and\n"
		 "where plugins are installed. `railyard` is what is built in; the type of a "
		 "built-in\n"
		 "adapter, or of a module, will do too.",
	.rows = rows,
	.examples = "Examples:\n"
		    "  railyard inspect ./fund_load.so\n"
		    "  railyard inspect stdio.source\n"
		    "  railyard inspect --format json fund_load > fund_load.desc.json\n\n"
		    "A .desc.json file stands in for a plugin that is absent where manifests are "
		    "checked.\n\n"
		    "Exit codes: 0 shown; 2 not a plugin for this version; 64 wrong usage.",
};

/* -- what is built in ----------------------------------------------------------------------- */

/* The plugin with one of its adapters alone; NULL: it has none of that name. */
static const struct ry_plugin *narrowed(const struct ry_plugin *plugin, const char *type,
					struct arena *arena) {
	for (size_t i = 0; plugin->adapters[i]; i++) {
		const struct ry_adapter_type **adapters;
		struct ry_plugin *one;

		if (strcmp(plugin->adapters[i]->name, type) != 0)
			continue;
		adapters = arena_array(arena, const struct ry_adapter_type *, 2);
		adapters[0] = plugin->adapters[i];
		one = arena_alloc(arena, sizeof(*one));
		*one = *plugin;
		one->adapters = adapters;
		return one;
	}
	return NULL;
}

/* A built-in plugin by its name, or one adapter of it by its type; NULL: nothing is called so. */
static const struct ry_plugin *find_builtin(const char *name, struct arena *arena) {
	for (size_t i = 0; builtin.builtins[i]; i++) {
		const struct ry_plugin *plugin = NULL;
		struct plugin_error error;

		if (plugin_normalise(builtin.builtins[i], arena, &plugin, &error) != PLUGIN_OK)
			continue;
		if (strcmp(plugin->name, name) != 0)
			plugin = narrowed(plugin, name, arena);
		if (plugin)
			return plugin;
	}
	return NULL;
}

/* The module that brings an adapter type, or the name itself. */
static const char *module_of(const char *type) {
	for (const struct plugin_module *module = builtin.modules; module->type; module++)
		if (strcmp(module->type, type) == 0)
			return module->name;
	return type;
}

static void write_modules(struct strbuf *out) {
	strbuf_add(out, "\nmodules, opened when a manifest names their type\n");
	for (const struct plugin_module *module = builtin.modules; module->type; module++)
		strbuf_printf(out, "  %-16s railyard inspect %s\n", module->type, module->name);
}

/* -- plugins -------------------------------------------------------------------------------- */

static const struct ry_plugin *probe(const char *name, struct arena *arena) {
	struct probe_request request = {0};
	const struct ry_plugin *plugin = NULL;
	struct plugin_error error = {0};
	char *tried = NULL;

	request.path = plugin_find(name, ".", arena, &tried);
	if (!request.path) {
		fprintf(stderr, "railyard inspect: there is no plugin `%s`; looked for %s\n", name,
			tried ? tried : name);
		return NULL;
	}
	probe_plugins(&request, 1, 1, arena, &plugin, &error);
	if (!plugin)
		fprintf(stderr, "railyard inspect: %s\n", error.text);
	return plugin;
}

static int inspect(const char *name, bool json, struct strbuf *out) {
	struct arena arena = ARENA_INIT;
	const struct ry_plugin *own = find_builtin(name, &arena);
	const struct ry_plugin *plugin = own ? own : probe(module_of(name), &arena);

	if (plugin && json)
		descriptor_write(plugin, out);
	else if (plugin)
		inspect_write_text(plugin, out);
	if (own && !json && strcmp(own->name, name) == 0)
		write_modules(out);
	arena_fini(&arena);
	return plugin ? EXIT_CLEAN : EXIT_FINDINGS;
}

int command_inspect(int argc, char **argv) {
	struct strbuf out = STRBUF_INIT;
	bool json = false;
	const char *argument;
	int r;

	while ((r = options_next(&usage, argc, argv, &argument)) == OPTION_FORMAT) {
		json = strcmp(argument, "json") == 0;
		if (!json && strcmp(argument, "text") != 0)
			return usage_error(&usage,
					   "there is no format `%s`; there are text and json",
					   argument);
	}
	if (r != OPTIONS_END)
		return r == OPTIONS_HELP ? EXIT_CLEAN : EXIT_USAGE;
	if (optind + 1 != argc)
		return usage_error(&usage,
				   optind == argc ? "a plugin is missing" : "one plugin at a time");
	r = inspect(argv[optind], json, &out);
	if (r == EXIT_CLEAN && print_output(&out) < 0)
		r = EXIT_INTERNAL;
	strbuf_fini(&out);
	return r;
}
