/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exporters that are always there: adapters that provide ry.span_exporter, each in a folder of
 * its own, built against <railyard/…> alone. Their names are the `kind` in the manifest.
 */
#ifndef EXPORTERS_EXPORTERS_H
#define EXPORTERS_EXPORTERS_H

#include <railyard/adapter.h>

extern const struct ry_adapter_type exporter_jsonl_type;
extern const struct ry_adapter_type exporter_stdout_type;
extern const struct ry_adapter_type exporter_noop_type;

#endif
