/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin that exports too much and expects a symbol of the host: symbols.py must refuse it. */
#include <railyard/plugin.h>

int ry_not_there(void);
RY_PLUGIN_EXPORT int helper(void);

int helper(void) {
	return ry_not_there();
}

const struct ry_plugin *ry_plugin_query(uint32_t host_abi) {
	(void)host_abi;
	return NULL;
}
