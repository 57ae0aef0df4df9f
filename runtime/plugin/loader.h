/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens plugins and makes their tables safe to use: every struct is copied, by the smaller of both
 * sides' sizes, into a zeroed one of our own; members mandatory for the minor that the plugin
 * declares are checked once. After that no call needs a test.
 */
#ifndef PLUGIN_LOADER_H
#define PLUGIN_LOADER_H

#include <stdbool.h>
#include <stddef.h>

#include <railyard/plugin.h>

#include "base/arena.h"

/* What is wrong with a plugin, as the probe reports it. */
enum plugin_fault {
	PLUGIN_OK = 0,
	PLUGIN_NOT_FOUND,    /* no such file in the path */
	PLUGIN_NOT_LOADABLE, /* dlopen refused: not an ELF file, another architecture, … */
	PLUGIN_NO_SYMBOL,    /* ry_plugin_query is not there */
	PLUGIN_QUERY_NULL,   /* it returned NULL: it does not speak this host's ABI */
	PLUGIN_BAD_MAGIC,
	PLUGIN_ABI_MAJOR,
	PLUGIN_ABI_MINOR,      /* newer than the host's */
	PLUGIN_SHORT_TABLE,    /* a size below what the declared minor needs */
	PLUGIN_MISSING_MEMBER, /* a mandatory member is NULL or zero */
	PLUGIN_BAD_VALUE,      /* a member is out of its range: unknown flag, kind, bad name … */
	PLUGIN_CRASHED,	       /* the probe died by a signal */
	PLUGIN_HUNG,	       /* the probe took longer than its deadline */
	PLUGIN_BAD_OUTPUT,     /* the probe printed what is not a descriptor */
	PLUGIN_BAD_DESCRIPTOR, /* <plugin>.desc.json is not a descriptor */
};

struct plugin_error {
	enum plugin_fault fault;
	char text[512]; /* one sentence; names both sides (the host's version and the plugin's) */
};

/*
 * Copies and checks a plugin's table. The result, in the arena, is complete: absent optional
 * lists are empty lists, absent optional ops NULL. Returns PLUGIN_OK or the fault.
 */
enum plugin_fault plugin_normalise(const struct ry_plugin *theirs, struct arena *arena,
				   const struct ry_plugin **ret, struct plugin_error *error);

/* dlopen (RTLD_NOW | RTLD_LOCAL, never closed), query, normalise. For the process that runs it. */
enum plugin_fault plugin_open(const char *path, struct arena *arena, const struct ry_plugin **ret,
			      struct plugin_error *error);

/*
 * Finds the file of a plugin named in a manifest: a name with a slash is a path relative to dir;
 * else `NAME.so` is looked for in dir, in each folder of RAILYARD_PLUGIN_PATH (ignored under
 * AT_SECURE), beside a program that is not installed (a build folder), and in plugindir (also of an
 * installation that was moved, plugin/places.h). Returns the path or NULL, and in *ret_tried (if
 * not NULL) a list for people of where it looked. dir NULL: not in the manifest's folder, for what
 * the manifest does not list (plugin/modules.h).
 */
char *plugin_find(const char *name, const char *dir, struct arena *arena, char **ret_tried);

/* The descriptor file that can stand in for it: NAME.desc.json where NAME.so was looked for. */
char *plugin_find_descriptor(const char *name, const char *dir, struct arena *arena);

#endif
