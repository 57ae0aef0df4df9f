/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RYE003: what the adapters themselves say about their settings on this machine. A built-in
 * adapter is asked here; one of a plugin in a process of its own.
 */
#include "preflight/check.h"

#include "base/errname.h"
#include "base/strbuf.h"
#include "plugin/probe.h"

#define WHY_BYTES 512

static int ask_plugin(const char *path, const struct ry_adapter_type *type, const void *config,
		      char *why) {
	struct strbuf json = STRBUF_INIT;
	int r;

	/* As it will have them: with what came from outside, paths made absolute. */
	if (type->keys)
		probe_settings(type->keys, config, &json);
	else
		strbuf_add(&json, "{}");
	r = probe_check(path, type->name, strbuf_text(&json), why, WHY_BYTES);
	strbuf_fini(&json);
	return r;
}

/* Was one of its files found missing? Then it would only say so again. */
static bool file_reported(const struct check_context *context, const char *const *keys,
			  const struct doc_value *settings) {
	for (size_t k = 0; keys && keys[k]; k++) {
		const struct place *place = doc_place(settings, keys[k]);

		for (size_t i = 0; i < context->diag->n_findings; i++) {
			const struct finding *f = context->diag->findings[i];

			if ((f->code == DIAG_RYE001 || f->code == DIAG_RYE002) &&
			    f->place.file == place->file && f->place.offset == place->offset)
				return true;
		}
	}
	return false;
}

/* Settings that could not be bound would be found wrong once more, for the same cause. */
static bool settings_are_wrong(const struct diag *diag) {
	for (size_t i = 0; i < diag->n_findings; i++)
		if (diag->findings[i]->severity == SEVERITY_ERROR &&
		    strncmp(diag_info(diag->findings[i]->code)->code, "RYC", 3) == 0)
			return true;
	return false;
}

static void check_adapter(struct check_context *context, const char *name,
			  const struct ry_adapter_type *type, const void *config,
			  const struct doc_value *doc) {
	const struct catalog_plugin *owner;
	const struct doc_value *settings = doc_member(doc, "settings");
	char why[WHY_BYTES] = "";
	int r;

	if (!type || !type->ops->check || (!config && type->config_size) ||
	    file_reported(context, type->reads, settings) ||
	    file_reported(context, type->writes, settings))
		return;
	owner = catalog_owner(context->catalog, type);
	if (owner && owner->path)
		r = ask_plugin(owner->path, type, config, why);
	else
		r = type->ops->check(config, why, sizeof(why));
	if (r < 0)
		diag_add(context->diag, DIAG_RYE003, doc_place(doc, "settings"),
			 "adapter `%s` cannot work here: %s", name, why[0] ? why : errno_text(r));
}

void check_machine_adapters(struct check_context *context) {
	const struct plan *plan = context->plan;

	if (settings_are_wrong(context->diag))
		return;
	for (uint32_t i = 0; i < plan->n_nodes; i++)
		if (plan->nodes[i].kind != PLAN_NODE)
			check_adapter(context, plan->nodes[i].name, plan->nodes[i].adapter,
				      plan->nodes[i].config, plan->nodes[i].doc);
	for (uint32_t i = 0; i < plan->n_adapters; i++)
		if (plan->adapters[i].plan_node == PLAN_NONE)
			check_adapter(context, plan->adapters[i].name, plan->adapters[i].type,
				      plan->adapters[i].config,
				      plan->adapters[i].manifest->head.doc);
}
