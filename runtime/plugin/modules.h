/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules: adapters that need more libraries than the programs do. A module is a shared object
 * built like a plugin, against <railyard/…> alone, and described and opened like one; but no
 * manifest lists it. It is looked for when a manifest names one of its types and none of the
 * manifest's plugins brings that type: what is listed goes before what is implied, so that a type
 * that a later version adds takes nothing from a plugin that had the name before.
 */
#ifndef PLUGIN_MODULES_H
#define PLUGIN_MODULES_H

#include <stdbool.h>

#include "manifest/manifest.h"
#include "plugin/catalog.h"

/* One adapter type of a module; rows of one module stand together and differ in the type only. */
struct plugin_module {
	const char *type;	/* "http_client.curl"; NULL ends the table */
	const char *contract;	/* that the type provides; NULL: none */
	const char *name;	/* NAME.so; also the build option */
	const char *needs;	/* Debian package with the library that it needs */
	const char *built_with; /* Debian package to build it with */
	bool built;		/* in this build? */
};

/* A module that a manifest names, and where it does so first. */
struct module_use {
	const struct plugin_module *table;
	const struct plugin_module *module; /* the row of the type */
	const struct manifest_adapter *adapter;
};

/* The modules that the manifest names, each once; in the arena. modules NULL: there are none. */
struct module_use *modules_used(const struct manifest *manifest,
				const struct plugin_module *modules, struct arena *arena,
				size_t *ret_n);

/* Do the plugins in the catalog bring all types of this module that the manifest names? */
bool module_superseded(const struct module_use *use, const struct manifest *manifest,
		       const struct catalog *catalog);

/* Where the type is named. */
const struct place *module_place(const struct module_use *use);

/* The finding of a module that is not there. */
struct finding *module_report_missing(struct diag *diag, const struct module_use *use,
				      const char *tried);

#endif
