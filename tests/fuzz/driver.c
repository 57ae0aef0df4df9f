/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over every file of the folders and files that are named: the corpus as a
 * regression test, without a fuzzing engine. A file or folder that cannot be read, and a folder
 * without files, fail.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path) {
	FILE *file = fopen(path, "rbe");
	long size = -1;
	uint8_t *data;
	int r = -1;

	if (file && fseek(file, 0, SEEK_END) == 0)
		size = ftell(file);
	if (size < 0 || fseek(file, 0, SEEK_SET) < 0) {
		perror(path);
		if (file)
			fclose(file);
		return -1;
	}
	/* Its exact size, so that a sanitizer sees a read behind the end. */
	data = malloc(size ? (size_t)size : 1);
	if (data && fread(data, 1, (size_t)size, file) == (size_t)size) {
		LLVMFuzzerTestOneInput(data, (size_t)size);
		r = 0;
	}
	free(data);
	fclose(file);
	return r;
}

static int run_folder(const char *path) {
	DIR *dir = opendir(path);
	struct dirent *entry;
	int n = 0, r = 0;

	if (!dir) {
		perror(path);
		return -1;
	}
	while (r == 0 && (entry = readdir(dir))) {
		char file[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		r = run_file(file);
		n++;
	}
	closedir(dir);
	if (r == 0 && n == 0)
		fprintf(stderr, "%s: no files\n", path);
	printf("%s: %d files\n", path, n);
	return r == 0 && n > 0 ? 0 : -1;
}

int main(int argc, char **argv) {
	struct stat st;
	int r = argc > 1 ? 0 : -1;

	for (int i = 1; i < argc && r == 0; i++) {
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			r = run_folder(argv[i]);
		else
			r = run_file(argv[i]);
	}
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
