/* SPDX-License-Identifier: Apache-2.0 */
/* The document itself, `scenario` and `runtime`. */
#include "manifest/keys.h"

static const char *const sink_modes[] = {"source_seq", "completion", NULL};

static const struct ry_config_key *const scenario_keys[] = {
	RY_KEY(BLOCK_TYPE(struct manifest, scenario), name, RY_CONFIG_STRING,
	       "name of the scenario, in every span and log line", .fallback = "default"),
	RY_KEY(BLOCK_TYPE(struct manifest, scenario), description, RY_CONFIG_STRING,
	       "what the pipeline is for, for people"),
	NULL,
};

static const struct ry_config_key *const ordering_keys[] = {
	RY_KEY(BLOCK_TYPE(struct manifest_runtime, ordering), sink_mode, RY_CONFIG_ENUM,
	       "order of what a sink writes: that of the source's sequence, or of completion",
	       .choices = sink_modes, .fallback = "source_seq"),
	NULL,
};

static const struct ry_config_key *const queues_keys[] = {
	RY_KEY(BLOCK_TYPE(struct manifest_runtime, queues), max_items, RY_CONFIG_INT,
	       "messages that may wait in front of one node", .unit = "messages",
	       .fallback = "1024", RY_RANGE(1, 1048576)),
	NULL,
};

static const struct ry_config_key *const offload_keys[] = {
	RY_KEY(BLOCK_TYPE(struct manifest_runtime, offload), threads, RY_CONFIG_INT,
	       "threads of the pool for what is bound with bridge offload", .unit = "threads",
	       .fallback = "4", RY_RANGE(1, 256)),
	RY_KEY(BLOCK_TYPE(struct manifest_runtime, offload), queue, RY_CONFIG_INT,
	       "calls that may wait for a thread of the pool", .unit = "calls", .fallback = "64",
	       RY_RANGE(1, 65536)),
	NULL,
};

static const struct ry_config_key *const runtime_keys[] = {
	RY_KEY(struct manifest_runtime, strict, RY_CONFIG_BOOL,
	       "is what nobody accepts, emits or uses an error (true) or a warning",
	       .fallback = "true"),
	RY_KEY(struct manifest_runtime, ordering, RY_CONFIG_BLOCK, "order of results",
	       .keys = ordering_keys),
	RY_KEY(struct manifest_runtime, queues, RY_CONFIG_BLOCK, "queues between nodes of a group",
	       .keys = queues_keys),
	RY_KEY(struct manifest_runtime, stall_warning_ms, RY_CONFIG_INT,
	       "a callback that holds the loop longer is reported; 0: never", .unit = "ms",
	       .fallback = "100", RY_RANGE(0, 3600000)),
	RY_KEY(struct manifest_runtime, offload, RY_CONFIG_BLOCK,
	       "thread pool for blocking calls, started only if a binding asks for it",
	       .keys = offload_keys),
	RY_KEY(struct manifest_runtime, platform, RY_CONFIG_BLOCK,
	       "processes, supervision and links", .keys = platform_keys),
	RY_KEY(struct manifest_runtime, observability, RY_CONFIG_BLOCK, "traces, logs and metrics",
	       .keys = observability_keys),
	NULL,
};

const struct ry_config_key *const manifest_keys[] = {
	RY_KEY_NAMED("$schema", struct manifest, schema, RY_CONFIG_STRING,
		     "where editors find the JSON schema; not used otherwise"),
	RY_KEY(struct manifest, version, RY_CONFIG_INT, "version of the manifest's format",
	       .flags = RY_CONFIG_REQUIRED | MIN_AND_MAX, .minimum = 1, .maximum = 1),
	RY_KEY(struct manifest, scenario, RY_CONFIG_BLOCK, "what this pipeline is",
	       .keys = scenario_keys),
	RY_KEY(struct manifest, plugins, RY_CONFIG_STRING_LIST,
	       "plugins: names looked up in the plugin path, or paths of files"),
	RY_KEY(struct manifest, runtime, RY_CONFIG_BLOCK, "how the pipeline runs",
	       .keys = runtime_keys),
	RY_KEY(struct manifest, nodes, BIND_BLOCK_MAP, "the nodes, by name",
	       .element_size = sizeof(struct manifest_node), .keys = node_keys),
	RY_KEY(struct manifest, adapters, BIND_BLOCK_MAP,
	       "the adapters, by name: sources, sinks, and what slots are bound to",
	       .element_size = sizeof(struct manifest_adapter), .keys = adapter_keys),
	NULL,
};
