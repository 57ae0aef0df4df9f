/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The golden manifests of the codes of phases 1 and 2: bad.json fires its code and nothing else,
 * good.json nothing. The whole of preflight goes over them elsewhere.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/manifest.h"
#include "support/diag.h"

struct golden {
	char lines[8][256]; /* of the file `args` */
	const char *sets[8];
	struct manifest_options options;
};

static void read_args(struct golden *golden, const char *code) {
	char path[512];
	FILE *file;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/%s/args", GOLDEN_DIR, code);
	file = fopen(path, "re");
	while (file && n < 8 && fgets(golden->lines[n], sizeof(golden->lines[n]), file)) {
		golden->lines[n][strcspn(golden->lines[n], "\n")] = '\0';
		if (strcmp(golden->lines[n], "--env") == 0)
			golden->options.resolve = true;
		else if (strcmp(golden->lines[n], "--set") != 0)
			golden->sets[golden->options.n_sets++] = golden->lines[n];
		n++;
	}
	if (file)
		fclose(file);
	golden->options.sets = golden->sets;
}

static void expect_golden(const char *code, const char *name, size_t want) {
	struct manifest manifest = {.doc.file = NULL};
	struct golden golden = {.options.resolve = false};
	struct diag diag = DIAG_INIT;
	char path[512];

	read_args(&golden, code);
	snprintf(path, sizeof(path), "%s/%s/%s", GOLDEN_DIR, code, name);
	manifest_load(&manifest, path, &golden.options, &diag);
	if (diag.n_findings != want)
		ck_abort_msg("%s: %zu findings, the first: %s", path, diag.n_findings,
			     diag.n_findings ? diag.findings[0]->text : "none");
	if (want)
		expect_int(diag.findings[0]->code, diag_find(code));
	manifest_fini(&manifest);
	diag_fini(&diag);
}

/* Decimals are keys of components: test_bind.c. */
static bool elsewhere(const char *code) {
	return strcmp(code, "RYC006") == 0;
}

START_TEST(each_code_fires_in_its_bad_manifest_only)
{
	size_t n = 0;

	unsetenv("RAILYARD_UNSET");
	for (int i = 0; i < DIAG_COUNT; i++) {
		const char *code = diag_info((enum diag_code)i)->code;

		if ((strncmp(code, "RYS", 3) != 0 && strncmp(code, "RYC", 3) != 0) ||
		    elsewhere(code))
			continue;
		expect_golden(code, "bad.json", 1);
		expect_golden(code, "good.json", 0);
		n++;
	}
	expect(n >= 24);
}
END_TEST

TEST_MAIN("manifest/golden", each_code_fires_in_its_bad_manifest_only)
