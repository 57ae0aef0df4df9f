/* SPDX-License-Identifier: Apache-2.0 */
/* A run in one process: `railyard run` with `bootstrap.mode: inline`. */
#ifndef PROGRAMS_INLINE_H
#define PROGRAMS_INLINE_H

#include "plan/plan.h"

struct inline_options {
	const char *account_path; /* where the account goes as JSON; NULL: nowhere */
	bool quiet;		  /* no account on stderr */
};

/* Runs a plan whose functions can be called, to its end. Returns the exit code of the process. */
int inline_run(const struct plan *plan, const struct inline_options *options);

#endif
