/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probe protocol: `railyard-probe PATH` opens one plugin, prints its descriptor as one JSON
 * document on a descriptor of its own, and exits. The caller reads it, with a deadline and a size
 * limit, and treats it as hostile: the plugin's code ran in that process.
 *
 * Descriptor files (`<plugin>.desc.json`, written by `railyard inspect --format json`) have the
 * same form.
 */
#ifndef PLUGIN_PROBE_H
#define PLUGIN_PROBE_H

#include "base/strbuf.h"
#include "plugin/loader.h"

#define DESCRIPTOR_FORMAT 1 /* `format_version` */

/* Writes a normalised plugin as a descriptor: deterministic, one form for equal plugins. */
void descriptor_write(const struct ry_plugin *plugin, struct strbuf *out);

/* Reads one back. Ops are NULL but for placeholders where a check asks "is it there". */
enum plugin_fault descriptor_read(const char *text, size_t length, struct arena *arena,
				  const struct ry_plugin **ret, struct plugin_error *error);

struct probe_request {
	const char *path;
	unsigned timeout_ms; /* 0: 5000 */
};

/*
 * Describes n plugins, each in a process of its own, at most `jobs` at a time. results[i] is NULL
 * where errors[i] holds a fault. Blocks. The probe program is found beside the running one, or in
 * libexecdir, or by RAILYARD_PROBE (ignored under AT_SECURE).
 */
void probe_plugins(const struct probe_request *requests, size_t n, unsigned jobs,
		   struct arena *arena, const struct ry_plugin **results,
		   struct plugin_error *errors);

/*
 * Runs an adapter type's `check` in a probe process, for phase 10; with no such op there is
 * nothing to do. A built-in type is checked by the caller in its own process instead. config_json:
 * from probe_settings. Returns 0, or a negative errno with a sentence in why (-EBADMSG: the check
 * crashed, hung or did not answer).
 */
int probe_check(const char *path, const char *adapter_type, const char *config_json, char *why,
		size_t cap);

/* A bound config (see bind_block) as the JSON that probe_check takes. Holds secrets. */
void probe_settings(const struct ry_config_key *const *keys, const void *config,
		    struct strbuf *out);

#endif
