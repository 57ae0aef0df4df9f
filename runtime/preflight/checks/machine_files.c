/* SPDX-License-Identifier: Apache-2.0 */
/* RYE001, RYE002: every file that is read can be read, every one that is written can be written. */
#include "preflight/paths.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/errname.h"

static struct finding *report(struct check_context *context, const struct used_path *used,
			      const char *what, int error) {
	return diag_add(context->diag, used->writes ? DIAG_RYE002 : DIAG_RYE001, used->place,
			"%s cannot %s %s: %s", used->user, used->writes ? "write" : "read", what,
			errno_text(error));
}

/* The errno for which a path cannot be used; 0: it can. */

static int file_error(const char *path) {
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	return eaccess(path, R_OK) < 0 ? errno : 0;
}

static int folder_error(const char *path) {
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	if (!S_ISDIR(st.st_mode))
		return ENOTDIR;
	return eaccess(path, W_OK | X_OK) < 0 ? errno : 0;
}

static void check_readable(struct check_context *context, const struct used_path *used) {
	int error = file_error(used->path);

	if (error)
		report(context, used, used->path, error);
}

static const char *folder_of(struct arena *arena, const char *path) {
	const char *slash = strrchr(path, '/');

	return slash == path ? "/" : arena_strndup(arena, path, (size_t)(slash - path));
}

static void check_writable(struct check_context *context, const struct used_path *used) {
	const char *folder = folder_of(&context->diag->arena, used->path);
	struct finding *f;
	struct stat st;

	if (stat(used->path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			report(context, used, used->path, EISDIR);
		else if (eaccess(used->path, W_OK) < 0)
			report(context, used, used->path, errno);
		return;
	}
	if (errno != ENOENT) {
		report(context, used, used->path, errno);
		return;
	}
	if (stat(folder, &st) < 0) {
		f = report(context, used, used->path, errno);
		finding_why(context->diag, f, "the folder %s is not there", folder);
		finding_help(context->diag, f, "make the folder first");
	} else if (!S_ISDIR(st.st_mode)) {
		report(context, used, folder, ENOTDIR);
	} else if (eaccess(folder, W_OK | X_OK) < 0) {
		report(context, used, folder, errno);
	}
}

static void check_state_dir(struct check_context *context) {
	const char *path = context->manifest->runtime.platform.state_dir;
	const struct doc_value *platform = doc_at(&context->manifest->doc, "/runtime/platform");
	int error;

	if (!path || bind_unknown(path))
		return;
	error = folder_error(path);
	if (error)
		diag_add(context->diag, DIAG_RYE002, doc_place(platform, "state_dir"),
			 "the state folder %s cannot be written: %s", path, errno_text(error));
}

void check_machine_files(struct check_context *context) {
	struct used_paths paths = USED_PATHS_INIT;

	used_paths_collect(&paths, context);
	for (size_t i = 0; i < paths.count; i++) {
		if (paths.items[i].writes)
			check_writable(context, &paths.items[i]);
		else
			check_readable(context, &paths.items[i]);
	}
	used_paths_fini(&paths);
	check_state_dir(context);
}
