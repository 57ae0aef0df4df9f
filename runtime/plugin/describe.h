/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a manifest's `plugins`, and the modules whose types it names, to a catalog. Everything wrong
 * is a finding (RYP) at the string that names the plugin or the type; catalog->incomplete is set
 * when one is missing.
 */
#ifndef PLUGIN_DESCRIBE_H
#define PLUGIN_DESCRIBE_H

#include "manifest/manifest.h"
#include "plugin/catalog.h"
#include "plugin/loader.h"
#include "plugin/modules.h"

/* What a program knows without a manifest. */
struct plugin_own {
	const struct ry_plugin *const *builtins; /* linked into it; NULL-terminated; NULL: none */
	const struct plugin_module *modules;	 /* opened when they are named; NULL: none */
};

/*
 * Phase 3 of preflight: describes all plugins by probe processes; none of their code runs in this
 * one. Where the library is absent and nothing is to be started (manifest->resolve is false), its
 * descriptor file stands in, with a warning. catalog: empty; its functions must not be called.
 */
void plugins_describe(struct manifest *manifest, const struct plugin_own *own,
		      struct catalog *catalog, struct diag *diag);

/*
 * Opens all plugins in this process, for those that run them. Returns 0, or -EINVAL with findings.
 * catalog: empty; its functions may be called until the process ends.
 */
int plugins_load(struct manifest *manifest, const struct plugin_own *own, struct catalog *catalog,
		 struct diag *diag);

/* Adds the finding of a fault. place NULL: none. path NULL: not known. */
struct finding *plugin_report(struct diag *diag, const struct place *place, const char *name,
			      const char *path, const struct plugin_error *error);

#endif
