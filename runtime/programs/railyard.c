/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `railyard COMMAND …`: finds the command and hands over. Everything that a command does is in
 * commands/; what the commands put together is in the rooms below.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <railyard/version.h>

#include "base/diag.h"
#include "base/fd.h"
#include "commands/commands.h"
#include "commands/options.h"

const struct command commands[] = {
	{"run", "run the pipeline of a manifest", command_run},
	{"validate", "check manifests: everything that would stop them from starting",
	 command_validate},
	{"explain", "say what a finding means, with an example and its cure", command_explain},
	{"trace", "show a trace that a run has written, as a tree", command_trace},
	{"inspect", "show what a plugin holds", command_inspect},
	{"schema", "print the JSON Schema of manifests, for editors", command_schema},
	{NULL, NULL, NULL},
};

static int print_help(void) {
	struct strbuf out = STRBUF_INIT;
	int r;

	strbuf_add(&out, "Usage: railyard COMMAND [ARGUMENT]...\n\n"
			 "Railyard runs pipelines of nodes that one JSON manifest describes.\n\n"
			 "Commands:\n");
	for (const struct command *command = commands; command->name; command++)
		strbuf_printf(&out, "  %-10s %s\n", command->name, command->summary);
	strbuf_add(&out, "\nOptions:\n"
			 "  -h, --help     print this and exit\n"
			 "      --version  print the version and exit\n\n"
			 "`railyard COMMAND --help` says more about each.\n");
	r = print_output(&out);
	strbuf_fini(&out);
	return r < 0 ? EXIT_INTERNAL : EXIT_CLEAN;
}

static int print_version(void) {
	struct strbuf out = STRBUF_INIT;
	int r;

	strbuf_printf(&out, "railyard %s (plugin ABI %u.%u)\n", RY_VERSION, RY_ABI_MAJOR,
		      RY_ABI_MINOR);
	r = print_output(&out);
	strbuf_fini(&out);
	return r < 0 ? EXIT_INTERNAL : EXIT_CLEAN;
}

static int unknown_command(const char *word) {
	const char *names[32];
	const char *meant;
	size_t n = 0;

	for (const struct command *command = commands; command->name && n < 32; command++)
		names[n++] = command->name;
	meant = nearest_name(word, names, n);
	fprintf(stderr, "railyard: there is no %s `%s`", word[0] == '-' ? "option" : "command",
		word);
	if (meant)
		fprintf(stderr, "; did you mean `%s`?", meant);
	fputs("\nrailyard --help lists the commands\n", stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv) {
	fd_fill_standard();
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		fputs("railyard: a command is missing\nrailyard --help lists the commands\n",
		      stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return print_help();
	if (strcmp(argv[1], "--version") == 0)
		return print_version();
	for (const struct command *command = commands; command->name; command++)
		if (strcmp(argv[1], command->name) == 0)
			return command->run(argc - 1, argv + 1);
	return unknown_command(argv[1]);
}
