/* SPDX-License-Identifier: Apache-2.0 */
/* Every file that a manifest makes something read or write. */
#ifndef PREFLIGHT_PATHS_H
#define PREFLIGHT_PATHS_H

#include "preflight/check.h"

struct used_path {
	const char *path; /* absolute, without "." and ".." */
	const char *user; /* "sink `out`" */
	const struct place *place;
	bool writes;
};

struct used_paths {
	struct arena arena;
	struct used_path *items;
	size_t count, capacity;
};

#define USED_PATHS_INIT \
	{ .arena = ARENA_INIT }

/* Values that are not known offline (`${env:…}`) are left out. */
void used_paths_collect(struct used_paths *paths, const struct check_context *context);
void used_paths_fini(struct used_paths *paths);

#endif
