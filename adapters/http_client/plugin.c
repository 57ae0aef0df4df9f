/* SPDX-License-Identifier: Apache-2.0 */
/* The module http_client, a plugin like any other. */
#include <railyard/plugin.h>

#include "http_client/http_client.h"

static const struct ry_plugin plugin = {
	RY_PLUGIN_HEADER,
	.name = "http_client",
	.version = RY_VERSION,
	.summary = "HTTP requests",
	.adapters = (const struct ry_adapter_type *const[]){&http_client_curl, NULL},
};

RY_PLUGIN_EXPORT const struct ry_plugin *ry_plugin_query(uint32_t host_abi) {
	(void)host_abi;
	return &plugin;
}
