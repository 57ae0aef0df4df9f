/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One preflight check: a function over the resolved plan that adds findings. A new check is one
 * file in checks/ and one word in the list of checks/list.def, in the order in which they run.
 * A check runs on plans without errors of earlier phases only where it says so.
 */
#ifndef PREFLIGHT_CHECK_H
#define PREFLIGHT_CHECK_H

#include "preflight/preflight.h"

struct check_context {
	struct preflight *preflight;
	const struct plan *plan;
	const struct manifest *manifest;
	const struct catalog *catalog;
	struct diag *diag;
};

#define RY_CHECK(name) void check_##name(struct check_context *context);
#include "preflight/checks/list.def"
#undef RY_CHECK

#endif
