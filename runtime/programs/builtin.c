/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the program meets the adapters and exporters: neither side names the other anywhere else. A
 * new built-in one is one row here, and so is a type of a module.
 */
#include "programs/builtin.h"

#include "adapters.h"
#include "exporters/exporters.h"

static const struct ry_adapter_type *const adapters[] = {
	&ry_adapter_clock_manual,
	&ry_adapter_clock_system,
	&ry_adapter_dead_letter_file,
	&ry_adapter_file_sink,
	&ry_adapter_file_source,
	&ry_adapter_kv_memory,
	&ry_adapter_stdio_sink,
	&ry_adapter_stdio_source,
	&exporter_jsonl_type,
	&ry_adapter_timer_source,
	&exporter_noop_type,
	&exporter_stdout_type,
	NULL,
};

static const struct ry_plugin railyard = {
	RY_PLUGIN_HEADER,      .name = "railyard",
	.version = RY_VERSION, .summary = "what every manifest can name",
	.adapters = adapters,
};

static const struct ry_plugin *const plugins[] = {&railyard, NULL};

/* RAILYARD_HAVE_NAME: 0 or 1, from the build option. */
static const struct plugin_module modules[] = {
	{"http_client.curl", "http_client", "http_client", "libcurl4", "libcurl4-openssl-dev",
	 RAILYARD_HAVE_HTTP_CLIENT},
	{"kv.redis", "kv", "kv_redis", "libhiredis0.14", "libhiredis-dev", RAILYARD_HAVE_KV_REDIS},
	{"http.source", NULL, "http_source", "libevent-openssl-2.1-7",
	 "libevent-dev and libssl-dev", RAILYARD_HAVE_HTTP_SOURCE},
	{.type = NULL},
};

const struct plugin_own builtin = {.builtins = plugins, .modules = modules};
