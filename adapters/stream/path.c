/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of paths. */
#include "stream/path.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int stream_path_readable(const char *path, char *why, uint32_t cap) {
	struct stat st;

	if (access(path, R_OK) < 0 || stat(path, &st) < 0) {
		int r = -errno;

		snprintf(why, cap, "%s cannot be read: %s", path, strerrordesc_np(-r));
		return r;
	}
	if (S_ISDIR(st.st_mode)) {
		snprintf(why, cap, "%s is a directory", path);
		return -EISDIR;
	}
	return 0;
}

int stream_path_writable(const char *path, char *why, uint32_t cap) {
	char folder[PATH_MAX];
	const char *what = path;
	size_t length = strlen(path);
	struct stat st;
	int r = 0;

	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			r = -EISDIR;
		else if (access(path, W_OK) < 0)
			r = -errno;
	} else if (errno != ENOENT || length >= sizeof(folder)) {
		r = -errno;
	} else {
		memcpy(folder, path, length + 1);
		what = dirname(folder);
		if (access(what, W_OK | X_OK) < 0)
			r = -errno;
	}
	if (r < 0)
		snprintf(why, cap, "%s cannot be written: %s", what, strerrordesc_np(-r));
	return r;
}
