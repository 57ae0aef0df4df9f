/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/places.h"

#include <limits.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* The folder of the running program, or NULL. */
static char *program_folder(struct arena *arena) {
	char self[PATH_MAX];
	ssize_t n = getauxval(AT_SECURE) ? -1 : readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n <= 0)
		return NULL;
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	return arena_strdup(arena, self);
}

char *place_beside(const char *name, struct arena *arena) {
	char *folder = program_folder(arena);

	return folder ? arena_printf(arena, "%s/%s", folder, name) : NULL;
}

/* The length of folder without "/below" at its end; 0: it does not end so. */
static size_t without(const char *folder, const char *below) {
	size_t length = strlen(folder), tail = strlen(below);

	if (*below == '/' || length <= tail + 1 || folder[length - tail - 1] != '/' ||
	    strcmp(folder + length - tail, below) != 0)
		return 0;
	return length - tail - 1;
}

char *place_installed(const char *below, struct arena *arena) {
	char *folder = program_folder(arena);
	size_t prefix = folder ? without(folder, RAILYARD_BIN_BELOW) : 0;

	if (folder && !prefix)
		prefix = without(folder, RAILYARD_LIBEXEC_BELOW);
	if (!prefix || *below == '/')
		return NULL;
	return arena_printf(arena, "%.*s/%s", (int)prefix, folder, below);
}
