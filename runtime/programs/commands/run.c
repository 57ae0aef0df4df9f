/* SPDX-License-Identifier: Apache-2.0 */
/* `railyard run`: preflight with the environment, then the pipeline itself. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fd.h"
#include "commands/commands.h"
#include "commands/options.h"
#include "commands/report.h"
#include "plugin/describe.h"
#include "preflight/preflight.h"
#include "programs/builtin.h"
#include "programs/inline.h"

enum { OPTION_SET = 1000, OPTION_INLINE, OPTION_ACCOUNT };

static const struct option_row rows[] = {
	{"set", OPTION_SET, "P=V",
	 "put value V (JSON, else a string) at JSON pointer P first; paths are relative to\n"
	 "the working folder; may be given several times"},
	{"inline", OPTION_INLINE, NULL,
	 "run everything in this process, whatever the manifest says"},
	{"account", OPTION_ACCOUNT, "FILE", "write the account of the run to FILE as JSON"},
	{"quiet", 'q', NULL, "no account on standard error; findings and failures are still said"},
	{NULL, 0, NULL, NULL},
};

static const struct usage usage = {
	.synopsis = "railyard run [OPTION]... MANIFEST",
	.about = "Checks a manifest as `railyard validate --env` does and runs it to the end of "
		 "its\n"
		 "sources. SIGINT or SIGTERM stops the sources and completes what was accepted; a\n"
		 "second one ends at once. SIGHUP reopens output files. At the end the account "
		 "says\n"
		 "what became of every message. `-` reads the manifest from standard input.",
	.rows = rows,
	.examples =
		"Examples:\n"
		"  railyard run orders.json\n"
		"  railyard run orders.json --set /adapters/source/settings/path=today.jsonl\n\n"
		"Exit codes: 0 done; 1 the run failed; 2 findings; 64 wrong usage; 70 internal\n"
		"error; 75 the drain deadline passed and accepted messages were abandoned;\n"
		"130 or 143 after a second SIGINT or SIGTERM.",
};

struct request {
	struct preflight_options preflight;
	struct inline_options run;
	const char **sets;
	size_t capacity;
};

static int parse(struct request *request, int argc, char **argv) {
	struct manifest_options *manifest = &request->preflight.manifest;
	const char *argument = NULL;
	int option;

	while ((option = options_next(&usage, argc, argv, &argument)) != OPTIONS_END) {
		switch (option) {
		case OPTION_SET:
			request->sets = must_grow(request->sets, manifest->n_sets,
						  &request->capacity, sizeof(*request->sets));
			request->sets[manifest->n_sets++] = argument;
			break;
		case OPTION_INLINE:
			manifest->force_inline = true;
			break;
		case OPTION_ACCOUNT:
			request->run.account_path = argument;
			break;
		case 'q':
			request->run.quiet = true;
			break;
		default:
			return option;
		}
	}
	return 0;
}

/*
 * The plan of the preflight was made from descriptions; this one is made from the plugins
 * themselves, opened here. That they differ would mean that a file was replaced in between.
 */
static int run_plan(struct preflight *preflight, const struct request *request) {
	struct catalog catalog = CATALOG_INIT;
	struct diag diag = DIAG_INIT;
	struct plan plan = {0};
	int code = EXIT_FINDINGS;

	plugins_load(&preflight->manifest, &builtin, &catalog, &diag);
	if (!diag.n_errors && plan_build(&plan, &preflight->manifest, &catalog, &diag) == 0)
		code = inline_run(&plan, &request->run);
	else
		report_findings(&diag, &preflight->manifest);
	plan_fini(&plan);
	diag_fini(&diag);
	catalog_fini(&catalog);
	return code;
}

static int check_and_run(const char *path, const struct request *request) {
	struct preflight preflight = {0};
	int code = EXIT_FINDINGS;

	if (preflight_run(&preflight, path, &request->preflight) == 0) {
		report_findings(&preflight.diag, &preflight.manifest);
		code = run_plan(&preflight, request);
	} else {
		report_findings(&preflight.diag, &preflight.manifest);
	}
	preflight_fini(&preflight);
	return code;
}

int command_run(int argc, char **argv) {
	struct request request = {
		.preflight = {.environment = true, .manifest = {.resolve = true}, .own = builtin},
	};
	int r = parse(&request, argc, argv), code;

	request.preflight.manifest.sets = request.sets;
	if (r == OPTIONS_HELP)
		code = EXIT_CLEAN;
	else if (r == OPTIONS_WRONG)
		code = EXIT_USAGE;
	else if (optind != argc - 1)
		code = usage_error(&usage,
				   optind < argc ? "one manifest at a time, there are %d"
						 : "a manifest is missing",
				   argc - optind);
	else
		code = check_and_run(argv[optind], &request);
	free(request.sets);
	return code;
}
