/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preflight: all ten phases over one manifest, all findings in one run. `railyard validate` and the
 * start of `railyard run` are this one function: what validates, starts.
 */
#ifndef PREFLIGHT_PREFLIGHT_H
#define PREFLIGHT_PREFLIGHT_H

#include "plan/plan.h"
#include "plugin/describe.h"

struct preflight_options {
	struct manifest_options manifest;
	bool environment;      /* phase 10 (`--env`, `run`) */
	struct plugin_own own; /* adapters of the program */
};

struct preflight {
	struct diag diag;
	struct manifest manifest;
	struct catalog catalog; /* descriptors only: its functions must not be called */
	struct plan plan;
	uint64_t buffer_bytes; /* phase 9: the most memory that all bounded buffers can take */
};

/*
 * Runs the phases. preflight: zeroed by the caller; preflight_fini in either case. Returns 0 when
 * there is no error (warnings may be there), -EINVAL when there is one.
 */
int preflight_run(struct preflight *preflight, const char *path,
		  const struct preflight_options *options);
void preflight_fini(struct preflight *preflight);

#endif
