/* SPDX-License-Identifier: Apache-2.0 */
/* Files for the tests of this room: each test has a new folder, which is removed at its end. */
#ifndef ADAPTERS_FILES_H
#define ADAPTERS_FILES_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "support/test.h"

struct files {
	char folder[64];
	char path[96];	/* of the file "data" in it */
	char json[512]; /* a place for settings */
};

static inline struct files files_new(void) {
	struct files files = {.folder = "/tmp/railyard-test-XXXXXX"};

	expect(mkdtemp(files.folder));
	snprintf(files.path, sizeof(files.path), "%s/data", files.folder);
	return files;
}

static inline int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw) {
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static inline void files_end(struct files *files) {
	nftw(files->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Settings: the path, and what stands in `more` (", \"key\":value"). */
static inline const char *files_json(struct files *files, const char *more) {
	snprintf(files->json, sizeof(files->json), "{\"path\":\"%s\"%s}", files->path, more);
	return files->json;
}

static inline void files_write(const struct files *files, const void *data, size_t length) {
	int fd = open(files->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	expect(fd >= 0);
	expect_ok(fd_write_all(fd, data, length));
	close(fd);
}

static inline void files_expect(const struct files *files, const char *want) {
	char *data = NULL;
	size_t length = 0;

	expect_ok(fd_read_file(files->path, 64u << 20, &data, &length));
	expect_int(length, strlen(want));
	expect_str(data, want);
	free(data);
}

#endif
