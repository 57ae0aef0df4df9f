/* SPDX-License-Identifier: Apache-2.0 */
/* The module that brings http.source. */
#include "http_source/module.h"

#include <stddef.h>

#include <railyard/plugin.h>

static const struct ry_adapter_type *const adapters[] = {&http_source_type, NULL};

static const struct ry_plugin plugin = {
	RY_PLUGIN_HEADER,      .name = "http_source",
	.version = RY_VERSION, .summary = "messages by HTTP",
	.adapters = adapters,
};

RY_PLUGIN_EXPORT const struct ry_plugin *ry_plugin_query(uint32_t host_abi) {
	(void)host_abi;
	return &plugin;
}
