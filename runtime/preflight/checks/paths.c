/* SPDX-License-Identifier: Apache-2.0 */
/* RYO012, RYO014: two writers of one file; a file that is read and written. */
#include "preflight/paths.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *left, const void *right) {
	const struct used_path *a = left, *b = right;
	int r = strcmp(a->path, b->path);

	if (r == 0)
		r = b->writes - a->writes;
	if (r == 0)
		r = a->place->offset < b->place->offset ? -1 : a->place->offset > b->place->offset;
	return r;
}

static void report(struct check_context *context, const struct used_path *writer,
		   const struct used_path *other) {
	struct finding *f;

	f = diag_add(context->diag, other->writes ? DIAG_RYO012 : DIAG_RYO014, other->place,
		     "%s %s what %s writes: %s", other->user, other->writes ? "writes" : "reads",
		     writer->user, writer->path);
	finding_second(context->diag, f, writer->place, "%s writes it", writer->user);
	finding_why(context->diag, f, "%s",
		    other->writes ? "each would overwrite what the other wrote"
				  : "the input would be emptied before it is read");
	finding_help(context->diag, f, "give each a file of its own");
}

void check_paths(struct check_context *context) {
	struct used_paths paths = USED_PATHS_INIT;
	size_t first = 0;

	used_paths_collect(&paths, context);
	if (paths.count)
		qsort(paths.items, paths.count, sizeof(paths.items[0]), compare);
	for (size_t i = 1; i < paths.count; i++) {
		if (strcmp(paths.items[i].path, paths.items[first].path) != 0)
			first = i;
		else if (paths.items[first].writes && strncmp(paths.items[i].path, "/dev/", 5) != 0)
			report(context, &paths.items[first], &paths.items[i]);
	}
	used_paths_fini(&paths);
}
