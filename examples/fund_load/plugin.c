/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin's table. RULES.md says what the pipeline decides, the manifests how it is wired. */
#include "nodes.h"
#include "record.h"

static const struct ry_node_type *const nodes[] = {
	&fl_parse_load_attempt, &fl_compute_time_keys, &fl_idempotency_gate, &fl_compute_features,
	&fl_evaluate_policies,	&fl_update_windows,    &fl_format_output,    NULL,
};

static const struct ry_adapter_type *const adapters[] = {&fl_primes, NULL};

static const struct ry_plugin plugin = {
	RY_PLUGIN_HEADER,
	.name = "fund_load",
	.version = "1.0.0",
	.summary = "decides which load attempts are accepted: the reference business pipeline",
	.nodes = nodes,
	.adapters = adapters,
	.messages = fl_message_types,
};

RY_PLUGIN_EXPORT const struct ry_plugin *ry_plugin_query(uint32_t host_abi) {
	(void)host_abi;
	return &plugin;
}
