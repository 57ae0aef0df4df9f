/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the program meets the adapters and exporters: neither side names the other anywhere else. A
 * new built-in one is one row here.
 */
#include "programs/builtin.h"

#include "adapters.h"
#include "exporters/exporters.h"

static const struct ry_adapter_type *const adapters[] = {
	&ry_adapter_clock_manual, &ry_adapter_clock_system, &ry_adapter_dead_letter_file,
	&ry_adapter_file_sink,	  &ry_adapter_file_source,  &ry_adapter_kv_memory,
	&ry_adapter_stdio_sink,	  &ry_adapter_stdio_source, &exporter_jsonl_type,
	&exporter_noop_type,	  &exporter_stdout_type,    NULL,
};

static const struct ry_plugin railyard = {
	RY_PLUGIN_HEADER,      .name = "railyard",
	.version = RY_VERSION, .summary = "what every manifest can name",
	.adapters = adapters,
};

const struct ry_plugin *const builtin_plugins[] = {&railyard, NULL};
