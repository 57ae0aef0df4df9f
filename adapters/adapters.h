/* SPDX-License-Identifier: Apache-2.0 */
/* The adapters that are built in: a table of names for runtime/programs/builtin.c. */
#ifndef ADAPTERS_ADAPTERS_H
#define ADAPTERS_ADAPTERS_H

#include <railyard/adapter.h>

extern const struct ry_adapter_type ry_adapter_file_source;
extern const struct ry_adapter_type ry_adapter_file_sink;
extern const struct ry_adapter_type ry_adapter_stdio_source;
extern const struct ry_adapter_type ry_adapter_stdio_sink;
extern const struct ry_adapter_type ry_adapter_kv_memory;
extern const struct ry_adapter_type ry_adapter_clock_system;
extern const struct ry_adapter_type ry_adapter_clock_manual;
extern const struct ry_adapter_type ry_adapter_dead_letter_file;
extern const struct ry_adapter_type ry_adapter_timer_source;

#endif
