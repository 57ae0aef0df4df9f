/* SPDX-License-Identifier: Apache-2.0 */
#include <railyard/plugin.h>

#include "mqtt_publish.h"

static const struct ry_plugin plugin = {
	RY_PLUGIN_HEADER,
	.name = "mqtt_publish",
	.version = "1.0.0",
	.summary = "publishes lines on an MQTT broker",
	.nodes = (const struct ry_node_type *const[]){&mq_publish_line, NULL},
	.adapters = (const struct ry_adapter_type *const[]){&mq_broker, NULL},
};

RY_PLUGIN_EXPORT const struct ry_plugin *ry_plugin_query(uint32_t host_abi) {
	(void)host_abi;
	return &plugin;
}
