/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The phases in their order. Each runs as far as the findings before it allow: a text that could not
 * be read ends the run; a plan that could not be resolved whole is checked as far as it goes.
 */
#include "preflight/preflight.h"

#include <errno.h>

#include "preflight/check.h"

struct check_row {
	enum check_when when;
	void (*run)(struct check_context *context);
};

static const struct check_row checks[] = {
#define RY_CHECK(name, when) {when, check_##name},
#include "preflight/checks/list.def"
#undef RY_CHECK
};

static void run_checks(struct preflight *preflight, bool environment) {
	struct store_uses uses = STORE_USES_INIT;
	struct check_context context = {
		.preflight = preflight,
		.plan = &preflight->plan,
		.manifest = &preflight->manifest,
		.catalog = &preflight->catalog,
		.uses = &uses,
		.diag = &preflight->diag,
	};

	store_uses_make(&uses, &preflight->plan);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (checks[i].when == CHECK_ALWAYS || environment)
			checks[i].run(&context);
	store_uses_fini(&uses);
}

int preflight_run(struct preflight *preflight, const char *path,
		  const struct preflight_options *options) {
	int r;

	r = manifest_load(&preflight->manifest, path, &options->manifest, &preflight->diag);
	if (r < 0)
		return -EINVAL;
	plugins_describe(&preflight->manifest, &options->own, &preflight->catalog,
			 &preflight->diag);
	plan_build(&preflight->plan, &preflight->manifest, &preflight->catalog, &preflight->diag);
	run_checks(preflight, options->environment);
	return preflight->diag.n_errors ? -EINVAL : 0;
}

void preflight_fini(struct preflight *preflight) {
	plan_fini(&preflight->plan);
	catalog_fini(&preflight->catalog);
	manifest_fini(&preflight->manifest);
	diag_fini(&preflight->diag);
}
