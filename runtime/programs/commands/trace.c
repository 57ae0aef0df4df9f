/* SPDX-License-Identifier: Apache-2.0 */
/* `railyard trace`: one trace of a file of the exporter `jsonl`, as a tree. */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/options.h"
#include "commands/report.h"
#include "export/tree.h"

static const struct option_row rows[] = {
	{NULL, 0, NULL, NULL},
};

static const struct usage usage = {
	.synopsis = "railyard trace FILE [TRACE_ID]",
	.about = "Shows a trace that the exporter `jsonl` (or an OpenTelemetry Collector's file\n"
		 "exporter) has written, as a tree of spans with their durations. TRACE_ID is a "
		 "whole\n"
		 "id or its beginning; without it the traces of the file are listed, and a single "
		 "one\n"
		 "is shown.",
	.rows = rows,
	.examples = "Examples:\n"
		    "  railyard trace trace.jsonl\n"
		    "  railyard trace trace.jsonl 4bf92f35\n\n"
		    "Exit codes: 0 shown; 1 no such file or trace; 64 wrong usage.",
};

static int show(const char *path, const char *trace_id) {
	struct strbuf out = STRBUF_INIT;
	char why[512] = "";
	int r = trace_tree_render(path, trace_id, colour_wanted(STDOUT_FILENO), &out, why,
				  sizeof(why));

	if (r < 0) {
		fprintf(stderr, "railyard trace: %s\n", why);
		strbuf_fini(&out);
		return EXIT_RUN_FAILED;
	}
	r = print_output(&out);
	strbuf_fini(&out);
	return r < 0 ? EXIT_RUN_FAILED : EXIT_CLEAN;
}

int command_trace(int argc, char **argv) {
	const char *argument;
	int option = options_next(&usage, argc, argv, &argument);

	if (option == OPTIONS_HELP)
		return EXIT_CLEAN;
	if (option != OPTIONS_END)
		return EXIT_USAGE;
	if (argc - optind < 1 || argc - optind > 2)
		return usage_error(&usage, argc - optind < 1
						   ? "a file is missing"
						   : "one file and one trace id at a time");
	return show(argv[optind], argc - optind == 2 ? argv[optind + 1] : NULL);
}
