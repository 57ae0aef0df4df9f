/* SPDX-License-Identifier: Apache-2.0 */
/* The account at the end of a run: every message that came in, and what became of it. */
#ifndef PROGRAMS_ACCOUNTING_H
#define PROGRAMS_ACCOUNTING_H

#include "base/strbuf.h"
#include "export/export.h"
#include "node/node.h"

/*
 * Lines for people: one per source and node that did something other than complete everything,
 * one total, and one per exporter. Returns false when a sum does not come out: a defect of the
 * runtime, which the text then says.
 */
bool accounting_write(const struct unit *unit, struct export_pipeline *pipeline,
		      uint32_t n_exporters, struct strbuf *out);

/*
 * The same as one JSON object, for programs. runner: the name of the runner; runner_cpu_ns: CPU time
 * of its thread.
 */
void accounting_write_json(const struct unit *unit, struct export_pipeline *pipeline,
			   uint32_t n_exporters, const char *runner, uint64_t runner_cpu_ns,
			   struct strbuf *out);

#endif
