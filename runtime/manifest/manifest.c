/* SPDX-License-Identifier: Apache-2.0 */
/* Phases 1 and 2 put together: load, patch, bind, and fill in what depends on absence. */
#include "manifest/manifest.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "manifest/keys.h"

/* A folder that has no name any more leaves relative paths relative: they lead nowhere else. */
static char *working_dir(struct arena *arena) {
	char *cwd = getcwd(NULL, 0), *dir = arena_strdup(arena, cwd ? cwd : ".");

	free(cwd);
	return dir;
}

/* The folder of the file, absolute; it need not be there. */
static char *folder_of(const char *file, const char *cwd, struct arena *arena) {
	const char *slash = strrchr(file, '/');

	if (!slash)
		return arena_strdup(arena, cwd);
	if (slash == file)
		return arena_strdup(arena, "/");
	if (*file == '/')
		return arena_strndup(arena, file, (size_t)(slash - file));
	return arena_printf(arena, "%s/%.*s", strcmp(cwd, "/") == 0 ? "" : cwd, (int)(slash - file),
			    file);
}

static struct bind new_bind(struct manifest *manifest, struct diag *diag) {
	return (struct bind){
		.arena = &manifest->arena,
		.diag = diag,
		.manifest_dir = manifest->dir,
		.working_dir = manifest->working_dir,
		.resolve = manifest->resolve,
	};
}

/* A group's restart settings that are absent are those of the platform. */
static void inherit_restart(struct manifest_group *group, const struct manifest_restart *platform) {
	const struct doc_value *block = doc_member(group->head.doc, "restart");
	struct manifest_restart *own = &group->restart;

	if (!doc_member(block, "policy"))
		own->policy = platform->policy;
	if (!doc_member(block, "on_crash_loop"))
		own->on_crash_loop = platform->on_crash_loop;
	if (!doc_member(block, "backoff_ms"))
		own->backoff_ms = platform->backoff_ms;
	if (!doc_member(block, "backoff_max_ms"))
		own->backoff_max_ms = platform->backoff_max_ms;
	if (!doc_member(block, "max_restarts"))
		own->max_restarts = platform->max_restarts;
	if (!doc_member(block, "window_ms"))
		own->window_ms = platform->window_ms;
}

static void complete_exporter(struct manifest_exporter *exporter) {
	const struct doc_value *settings = doc_member(exporter->head.doc, "settings");
	const struct doc_value *queue = doc_member(settings, "queue");

	exporter->settings_doc = settings;
	/* The specification of the batch span processor: maxQueueSize. */
	if (exporter->backend && strcmp(exporter->backend, "otel_sdk") == 0 &&
	    !doc_member(queue, "max_items"))
		exporter->settings.queue.max_items = 2048;
}

static void complete(struct manifest *manifest) {
	struct manifest_platform *platform = &manifest->runtime.platform;
	struct manifest_exporter *exporters =
		manifest->runtime.observability.tracing.exporters.items;
	struct manifest_group *groups = platform->process_groups.items;
	struct manifest_adapter *adapters = manifest->adapters.items;
	struct manifest_node *nodes = manifest->nodes.items;

	for (uint32_t i = 0; i < manifest->nodes.count; i++) {
		nodes[i].has_inputs = doc_member(nodes[i].head.doc, "inputs") != NULL;
		if (!nodes[i].type)
			nodes[i].type = nodes[i].head.name;
	}
	for (uint32_t i = 0; i < manifest->adapters.count; i++)
		adapters[i].has_inputs = doc_member(adapters[i].head.doc, "inputs") != NULL;
	for (uint32_t i = 0; i < platform->process_groups.count; i++)
		inherit_restart(&groups[i], &platform->restart);
	for (uint32_t i = 0; i < manifest->runtime.observability.tracing.exporters.count; i++)
		complete_exporter(&exporters[i]);
}

/* One note for all names, those in `config` and `settings` included, which are bound later. */
static void note_unknown_env(struct manifest *manifest, struct bind *bind) {
	struct place place = {.file = manifest->doc.file};
	struct strbuf names = STRBUF_INIT;
	struct finding *note;

	bind_collect_unknown(bind, manifest->doc.root);
	manifest->n_unknown_env = bind->n_unknown_env;
	manifest->unknown_env =
		arena_array(&manifest->arena, const char *, manifest->n_unknown_env);
	for (size_t i = 0; i < bind->n_unknown_env; i++) {
		manifest->unknown_env[i] = bind->unknown_env[i];
		strbuf_printf(&names, "%s`%s`", i ? ", " : "", bind->unknown_env[i]);
	}
	if (bind->n_unknown_env && !bind->resolve) {
		note = diag_add(bind->diag, DIAG_RYC010, &place,
				"not set here, and so taken as unknown: %s", strbuf_text(&names));
		finding_help(bind->diag, note, "`railyard validate --env` takes them as errors");
	}
	strbuf_fini(&names);
}

static int bind_manifest(struct manifest *manifest, const struct manifest_options *options,
			 struct diag *diag) {
	struct bind bind = new_bind(manifest, diag);

	for (size_t i = 0; i < options->n_sets; i++)
		doc_set(&manifest->doc, options->sets[i], diag);
	bind_block(&bind, manifest_keys, manifest->doc.root, manifest);
	complete(manifest);
	manifest_check_rules(manifest, &bind);
	note_unknown_env(manifest, &bind);
	bind_fini(&bind);
	return 0;
}

static void prepare(struct manifest *manifest, const char *file,
		    const struct manifest_options *options) {
	manifest->resolve = options->resolve;
	manifest->inline_forced = options->force_inline;
	manifest->working_dir = working_dir(&manifest->arena);
	manifest->dir = folder_of(file, manifest->working_dir, &manifest->arena);
}

static const struct manifest_options no_options;

int manifest_load(struct manifest *manifest, const char *path,
		  const struct manifest_options *options, struct diag *diag) {
	int r;

	options = options ? options : &no_options;
	prepare(manifest, path, options);
	r = doc_load(&manifest->doc, path, diag);
	return r < 0 ? r : bind_manifest(manifest, options, diag);
}

int manifest_parse(struct manifest *manifest, const char *file, const char *text, size_t length,
		   const struct manifest_options *options, struct diag *diag) {
	int r;

	options = options ? options : &no_options;
	prepare(manifest, file, options);
	r = doc_parse(&manifest->doc, file, text, length, diag);
	return r < 0 ? r : bind_manifest(manifest, options, diag);
}

void manifest_fini(struct manifest *manifest) {
	doc_fini(&manifest->doc);
	arena_fini(&manifest->arena);
	*manifest = (struct manifest){.arena = ARENA_INIT};
}

/* The table of the block that a component's settings stand in. */
static const struct ry_config_key *const *outer_keys(const struct doc_value *owner) {
	if (!owner || !owner->parent || !owner->parent->key)
		return NULL;
	if (strcmp(owner->parent->key, "nodes") == 0)
		return node_keys;
	if (strcmp(owner->parent->key, "adapters") == 0)
		return adapter_keys;
	return strcmp(owner->parent->key, "exporters") == 0 ? exporter_keys : NULL;
}

static int bind_component(struct manifest *manifest, const struct ry_config_key *const *keys,
			  const struct ry_config_key *const *also, const struct doc_value *object,
			  const struct doc_value *owner, void *config, struct diag *diag) {
	struct bind bind = new_bind(manifest, diag);
	int r;

	bind.owner = owner;
	bind.also = also;
	bind.outer = outer_keys(owner);
	r = bind_block(&bind, keys, object, config);
	bind_fini(&bind);
	return r;
}

int manifest_bind(struct manifest *manifest, const struct ry_config_key *const *keys,
		  const struct doc_value *object, const struct doc_value *owner, void *config,
		  struct diag *diag) {
	return bind_component(manifest, keys, NULL, object, owner, config, diag);
}

int manifest_bind_exporter(struct manifest *manifest, const struct ry_config_key *const *keys,
			   const struct manifest_exporter *exporter, void *config,
			   struct diag *diag) {
	return bind_component(manifest, keys, exporter_settings_keys, exporter->settings_doc,
			      exporter->head.doc, config, diag);
}

bool manifest_exporter_builtin(const char *kind) {
	static const char *const kinds[] = {"otel_otlp", "zipkin", "jsonl", "stdout", "noop"};

	for (size_t i = 0; kind && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i], kind) == 0)
			return true;
	return false;
}
