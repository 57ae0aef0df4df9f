/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/loader.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "plugin/places.h"

static enum plugin_fault fail(struct plugin_error *error, enum plugin_fault fault,
			      const char *text) {
	error->fault = fault;
	snprintf(error->text, sizeof(error->text), "%s", text);
	return fault;
}

enum plugin_fault plugin_open(const char *path, struct arena *arena, const struct ry_plugin **ret,
			      struct plugin_error *error) {
	const struct ry_plugin *(*query)(uint32_t host_abi);
	const struct ry_plugin *theirs;
	char text[128];
	void *library, *symbol;

	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return fail(error, PLUGIN_NOT_LOADABLE, dlerror());
	symbol = dlsym(library, RY_PLUGIN_QUERY_SYMBOL);
	if (!symbol)
		return fail(error, PLUGIN_NO_SYMBOL,
			    "the library does not export " RY_PLUGIN_QUERY_SYMBOL
			    ", the one symbol that this host looks for");
	memcpy(&query, &symbol, sizeof(query));
	theirs = query(RY_ABI_VERSION);
	if (!theirs) {
		snprintf(text, sizeof(text),
			 RY_PLUGIN_QUERY_SYMBOL
			 " returned NULL: the plugin does not speak ABI %u.%u "
			 "of this host",
			 RY_ABI_MAJOR, RY_ABI_MINOR);
		return fail(error, PLUGIN_QUERY_NULL, text);
	}
	return plugin_normalise(theirs, arena, ret, error);
}

/* -- finding the file ----------------------------------------------------------------------- */

struct search {
	const char *name;
	const char *suffix;
	struct arena *arena;
	struct strbuf tried;
};

static char *look(struct search *search, const char *path) {
	if (search->tried.length)
		strbuf_add(&search->tried, ", ");
	strbuf_add(&search->tried, path);
	return access(path, F_OK) == 0 ? arena_strdup(search->arena, path) : NULL;
}

static char *look_in(struct search *search, const char *dir, size_t length) {
	return look(search, arena_printf(search->arena, "%.*s/%s%s", (int)length, dir, search->name,
					 search->suffix));
}

static char *search_path(struct search *search, const char *dir) {
	/* AT_SECURE: who started the process may not choose what it loads. */
	const char *path = secure_getenv("RAILYARD_PLUGIN_PATH");
	char *installed = place_installed(RAILYARD_PLUGINS_BELOW, search->arena);
	char *built = installed ? NULL : place_beside("", search->arena);
	char *found = dir ? look_in(search, dir, strlen(dir)) : NULL;

	while (!found && path && *path) {
		size_t length = strcspn(path, ":");

		if (length)
			found = look_in(search, path, length);
		path += length + (path[length] == ':');
	}
	if (!found && built)
		found = look_in(search, built, strlen(built) - 1);
	if (!found && installed && strcmp(installed, RAILYARD_PLUGINDIR) != 0)
		found = look_in(search, installed, strlen(installed));
	return found ? found : look_in(search, RAILYARD_PLUGINDIR, strlen(RAILYARD_PLUGINDIR));
}

/* A name with a slash is a path: as it stands for a library, with another suffix for the rest. */
static char *find(struct search *search, const char *dir) {
	const char *name = search->name;
	size_t length = strlen(name);
	bool relative = *name != '/';

	if (!strchr(name, '/'))
		return search_path(search, dir);
	if (strcmp(search->suffix, ".so") != 0 && length > 3 &&
	    strcmp(name + length - 3, ".so") == 0)
		length -= 3;
	return look(search, arena_printf(search->arena, "%s%s%.*s%s", relative ? dir : "",
					 relative ? "/" : "", (int)length, name,
					 strcmp(search->suffix, ".so") ? search->suffix : ""));
}

char *plugin_find(const char *name, const char *dir, struct arena *arena, char **ret_tried) {
	struct search search = {.name = name, .suffix = ".so", .arena = arena};
	char *found = find(&search, dir);

	if (ret_tried)
		*ret_tried = arena_strdup(arena, strbuf_text(&search.tried));
	strbuf_fini(&search.tried);
	return found;
}

char *plugin_find_descriptor(const char *name, const char *dir, struct arena *arena) {
	struct search search = {.name = name, .suffix = ".desc.json", .arena = arena};
	char *found = find(&search, dir);

	strbuf_fini(&search.tried);
	return found;
}
