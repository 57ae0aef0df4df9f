/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin entry point. A plugin is a shared object that exports exactly one symbol,
 * ry_plugin_query, and includes this header, which brings everything else.
 *
 *	static const struct ry_plugin plugin = {
 *		RY_PLUGIN_HEADER, .name = "hello", .version = "1.0.0", .nodes = nodes,
 *	};
 *
 *	RY_PLUGIN_EXPORT const struct ry_plugin *ry_plugin_query(uint32_t host_abi)
 *	{
 *		(void)host_abi;
 *		return &plugin;
 *	}
 *
 * Plugins are opened with RTLD_NOW | RTLD_LOCAL and never closed. `validate` and `inspect` open
 * them in a short-lived process of their own. C++ exceptions must not leave any function.
 */
#ifndef RAILYARD_PLUGIN_H
#define RAILYARD_PLUGIN_H

#include <stdint.h>

#include <railyard/adapter.h>
#include <railyard/config.h>
#include <railyard/host.h>
#include <railyard/message.h>
#include <railyard/node.h>
#include <railyard/version.h>

RY_EXTERN_C_BEGIN

#define RY_PLUGIN_MAGIC 0x31594c52u /* "RLY1", little-endian */

struct ry_plugin {
	uint32_t
		magic; /* RY_PLUGIN_MAGIC; stands first so that a foreign library is seen at once */
	uint32_t size;
	uint32_t abi_major; /* the ABI that the plugin was built against */
	uint32_t abi_minor;
	const char *name;    /* mandatory; [a-z][a-z0-9_]* */
	const char *version; /* mandatory; of the plugin, for people */
	const char *summary;
	const struct ry_node_type *const *nodes;       /* NULL-terminated; NULL: none */
	const struct ry_adapter_type *const *adapters; /* NULL-terminated; NULL: none */
	const struct ry_message_type *const *messages; /* NULL-terminated; NULL: none */
};

#define RY_PLUGIN_HEADER                                                                 \
	.magic = RY_PLUGIN_MAGIC, .size = RY_SIZE(ry_plugin), .abi_major = RY_ABI_MAJOR, \
	.abi_minor = RY_ABI_MINOR

#if defined(__GNUC__)
#define RY_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define RY_PLUGIN_EXPORT
#endif

#define RY_PLUGIN_QUERY_SYMBOL "ry_plugin_query"

/*
 * Returns the plugin's table: static data, the same on every call. Pure: starts nothing, opens
 * nothing, may be called in any process. host_abi is the host's RY_ABI_VERSION, for plugins that
 * carry tables for several minors; NULL when the plugin does not speak it.
 */
RY_PLUGIN_EXPORT const struct ry_plugin *ry_plugin_query(uint32_t host_abi);

RY_EXTERN_C_END

#endif
