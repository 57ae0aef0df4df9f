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

static void add_words(struct strbuf *out, const char *what, const char *const *words) {
	if (!words || !words[0])
		return;
	strbuf_printf(out, "    %-9s", what);
	for (size_t i = 0; words[i]; i++)
		strbuf_printf(out, "%s%s", i ? ", " : "", words[i]);
	strbuf_add_char(out, '\n');
}

static void add_flags(struct strbuf *out, uint32_t flags, const char *const *names, size_t n) {
	const char *set[33];
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (flags & 1u << i)
			set[count++] = names[i];
	set[count] = NULL;
	add_words(out, "flags", set);
}

static void add_ports(struct strbuf *out, const struct ry_port *const *ports) {
	for (size_t i = 0; ports && ports[i]; i++) {
		strbuf_printf(out, "    emits    %s: %s", ports[i]->name, ports[i]->type);
		if (ports[i]->when)
			strbuf_printf(out, " (when %s)", ports[i]->when);
		strbuf_add_char(out, '\n');
	}
}

static void add_slots(struct strbuf *out, const struct ry_slot *const *slots) {
	for (size_t i = 0; slots && slots[i]; i++)
		strbuf_printf(out, "    needs    %s: %s %u.%u by %s, %s%s\n", slots[i]->name,
			      slots[i]->contract, slots[i]->major, slots[i]->minor,
			      slots[i]->call == RY_ACONSUME ? "aconsume" : "consume",
			      slots[i]->access == RY_WRITE ? "writing" : "reading",
			      slots[i]->flags & RY_SLOT_OPTIONAL ? ", optional" : "");
}

static void add_keys(struct strbuf *out, const struct ry_config_key *const *keys, int depth) {
	for (size_t i = 0; keys && keys[i]; i++) {
		const struct ry_config_key *key = keys[i];

		strbuf_printf(out, "    %-9s%*s%s", depth ? "" : "key", depth * 2, "", key->name);
		if (key->unit)
			strbuf_printf(out, " [%s]", key->unit);
		if (key->flags & RY_CONFIG_REQUIRED)
			strbuf_add(out, " (required)");
		else if (key->fallback && !(key->flags & RY_CONFIG_SECRET))
			strbuf_printf(out, " = %s", key->fallback);
		strbuf_printf(out, ": %s\n", key->doc);
		add_keys(out, key->keys, depth + 1);
	}
}

static void add_provides(struct strbuf *out, const struct ry_provides *const *provides) {
	static const char *const names[] = {"consume", "aconsume", "consume may block",
					    "thread-safe"};

	for (size_t i = 0; provides && provides[i]; i++) {
		const char *comma = " by ";

		strbuf_printf(out, "    provides %s %u.%u", provides[i]->contract,
			      provides[i]->major, provides[i]->minor);
		for (size_t flag = 0; flag < sizeof(names) / sizeof(names[0]); flag++) {
			if (!(provides[i]->flags & 1u << flag))
				continue;
			strbuf_printf(out, "%s%s", comma, names[flag]);
			comma = ", ";
		}
		strbuf_add_char(out, '\n');
	}
}

static void add_node(struct strbuf *out, const struct ry_node_type *type) {
	static const char *const flags[] = {"asynchronous",  "may block",   "stateful",
					    "deterministic", "is a source", "holds",
					    "needs the loop"};

	strbuf_printf(out, "\n  node %s: %s\n", type->name, type->summary);
	add_flags(out, type->flags, flags, sizeof(flags) / sizeof(flags[0]));
	add_words(out, "accepts", type->accepts);
	add_ports(out, type->ports);
	add_slots(out, type->slots);
	add_words(out, "separable", type->partition_keys);
	add_keys(out, type->keys, 0);
}

static void add_adapter(struct strbuf *out, const struct ry_adapter_type *type) {
	static const char *const flags[] = {"needs the loop", "stateful",	"survives a crash",
					    "multi-process",  "pull may block", "stdio"};

	strbuf_printf(out, "\n  adapter %s: %s\n", type->name, type->summary);
	add_flags(out, type->flags, flags, sizeof(flags) / sizeof(flags[0]));
	add_provides(out, type->provides);
	add_words(out, "accepts", type->accepts);
	add_ports(out, type->ports);
	add_slots(out, type->slots);
	add_words(out, "writes", type->writes);
	add_words(out, "reads", type->reads);
	add_keys(out, type->keys, 0);
}

static void add_message(struct strbuf *out, const struct ry_message_type *type) {
	static const char *const kinds[] = {"", "bytes", "plain data", "an object"};
	bool codec = type->kind != RY_MESSAGE_CUSTOM || type->encode;

	strbuf_printf(out, "\n  message %s: %s\n    kind     %s%s, version %u\n", type->name,
		      type->summary, type->kind < 4 ? kinds[type->kind] : "?",
		      codec ? "" : " without a codec: cannot leave its process", type->version);
	for (size_t i = 0; type->partition_keys && type->partition_keys[i]; i++)
		strbuf_printf(out, "    key      %s\n", type->partition_keys[i]->name);
}

static void write_text(struct strbuf *out, const struct ry_plugin *plugin) {
	strbuf_printf(out, "plugin %s %s (ABI %u.%u)", plugin->name, plugin->version,
		      plugin->abi_major, plugin->abi_minor);
	if (plugin->summary)
		strbuf_printf(out, ": %s", plugin->summary);
	strbuf_add_char(out, '\n');
	for (size_t i = 0; plugin->nodes && plugin->nodes[i]; i++)
		add_node(out, plugin->nodes[i]);
	for (size_t i = 0; plugin->adapters && plugin->adapters[i]; i++)
		add_adapter(out, plugin->adapters[i]);
	for (size_t i = 0; plugin->messages && plugin->messages[i]; i++)
		add_message(out, plugin->messages[i]);
}

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
		write_text(out, plugin);
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
