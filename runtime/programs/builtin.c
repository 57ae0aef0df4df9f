/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the program meets the adapters: neither side names the other anywhere else. A new built-in
 * adapter is one row here.
 */
#include "programs/builtin.h"

static const struct ry_adapter_type *const adapters[] = {
	NULL,
};

static const struct ry_plugin railyard = {
	RY_PLUGIN_HEADER,      .name = "railyard",
	.version = RY_VERSION, .summary = "what every manifest can name",
	.adapters = adapters,
};

const struct ry_plugin *const builtin_plugins[] = {&railyard, NULL};
