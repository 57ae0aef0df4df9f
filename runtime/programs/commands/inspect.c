/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `railyard inspect`: what a plugin holds. The plugin is opened in a process of its own, so that
 * one which crashes or hangs is a sentence on stderr and no more.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/options.h"
#include "plugin/inspect.h"
#include "plugin/probe.h"

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
		 "where plugins are installed.",
	.rows = rows,
	.examples = "Examples:\n"
		    "  railyard inspect ./fund_load.so\n"
		    "  railyard inspect --format json fund_load > fund_load.desc.json\n\n"
		    "A .desc.json file stands in for a plugin that is absent where manifests are "
		    "checked.\n\n"
		    "Exit codes: 0 shown; 2 not a plugin for this version; 64 wrong usage.",
};

static int inspect(const char *name, bool json, struct strbuf *out) {
	struct arena arena = ARENA_INIT;
	struct probe_request request = {0};
	const struct ry_plugin *plugin = NULL;
	struct plugin_error error = {0};
	char *tried = NULL;

	request.path = plugin_find(name, ".", &arena, &tried);
	if (!request.path) {
		fprintf(stderr, "railyard inspect: there is no plugin `%s`; looked for %s\n", name,
			tried ? tried : name);
		arena_fini(&arena);
		return EXIT_FINDINGS;
	}
	probe_plugins(&request, 1, 1, &arena, &plugin, &error);
	if (plugin && json)
		descriptor_write(plugin, out);
	else if (plugin)
		inspect_write_text(plugin, out);
	else
		fprintf(stderr, "railyard inspect: %s\n", error.text);
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
