/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of `railyard`. Each gets its own argument vector (argv[0] is the command word) and
 * returns the exit code of the process.
 */
#ifndef COMMANDS_COMMANDS_H
#define COMMANDS_COMMANDS_H

enum exit_code {
	EXIT_CLEAN = 0,
	EXIT_WARNINGS = 1, /* validate --deny-warnings */
	EXIT_RUN_FAILED = 1,
	EXIT_FINDINGS = 2,
	EXIT_USAGE = 64,
	EXIT_INTERNAL = 70,
	EXIT_ABANDONED = 75, /* run: the drain deadline passed with messages in work */
};

struct command {
	const char *name;
	const char *summary; /* one line */
	int (*run)(int argc, char **argv);
};

extern const struct command commands[]; /* ends with a NULL name */

int command_run(int argc, char **argv);
int command_validate(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_schema(int argc, char **argv);
int command_inspect(int argc, char **argv);
int command_trace(int argc, char **argv);

#endif
