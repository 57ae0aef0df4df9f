/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/modules.h"

#include <string.h>

static const struct plugin_module *find_row(const struct plugin_module *modules, const char *type) {
	for (; modules->type; modules++)
		if (!strcmp(modules->type, type))
			return modules;
	return NULL;
}

static bool is_listed(const struct module_use *uses, size_t n, const char *name) {
	for (size_t i = 0; i < n; i++)
		if (!strcmp(uses[i].module->name, name))
			return true;
	return false;
}

struct module_use *modules_used(const struct manifest *manifest,
				const struct plugin_module *modules, struct arena *arena,
				size_t *ret_n) {
	const struct manifest_adapter *adapters = manifest->adapters.items;
	struct module_use *uses;
	size_t n = 0, most = 0;

	while (modules && modules[most].type)
		most++;
	uses = arena_array(arena, struct module_use, most);
	for (uint32_t i = 0; most && i < manifest->adapters.count; i++) {
		const struct plugin_module *row =
			adapters[i].type ? find_row(modules, adapters[i].type) : NULL;

		if (row && !is_listed(uses, n, row->name))
			uses[n++] = (struct module_use){modules, row, &adapters[i]};
	}
	*ret_n = n;
	return uses;
}

bool module_superseded(const struct module_use *use, const struct manifest *manifest,
		       const struct catalog *catalog) {
	const struct manifest_adapter *adapters = manifest->adapters.items;

	for (uint32_t i = 0; i < manifest->adapters.count; i++) {
		const char *type = adapters[i].type;
		const struct plugin_module *row = type ? find_row(use->table, type) : NULL;

		if (row && !strcmp(row->name, use->module->name) && !catalog_adapter(catalog, type))
			return false;
	}
	return true;
}

const struct place *module_place(const struct module_use *use) {
	return doc_place(use->adapter->head.doc, "type");
}

struct finding *module_report_missing(struct diag *diag, const struct module_use *use,
				      const char *tried) {
	const struct plugin_module *module = use->module;
	struct finding *f =
		diag_add(diag, DIAG_RYP018, module_place(use),
			 "adapter `%s` has the type `%s`, whose module `%s` is not there",
			 use->adapter->head.name, module->type, module->name);

	if (module->built) {
		finding_why(diag, f, "looked for %s", tried);
		finding_help(diag, f,
			     "install %s.so (it needs the Debian package %s), or name its folder "
			     "in RAILYARD_PLUGIN_PATH",
			     module->name, module->needs);
	} else {
		finding_why(diag, f, "this build of Railyard was made without it; looked for %s",
			    tried);
		finding_help(diag, f, "install the Debian package %s and build with `-D%s=enabled`",
			     module->built_with, module->name);
	}
	return f;
}
