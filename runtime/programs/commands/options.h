/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines by one table: it parses (getopt_long), prints the help, and says what was probably
 * meant by an unknown option.
 */
#ifndef COMMANDS_OPTIONS_H
#define COMMANDS_OPTIONS_H

#include <stddef.h>

#include "base/strbuf.h"

struct option_row {
	const char *name;     /* without its dashes */
	int value;	      /* what options_next returns; a letter is also the short option */
	const char *argument; /* "P=V"; NULL: none */
	const char *text;     /* what it does; may have several lines */
};

struct usage {
	const char *synopsis;	       /* "railyard validate [OPTION]... MANIFEST..." */
	const char *about;	       /* paragraphs */
	const struct option_row *rows; /* ends with a NULL name; --help is added */
	const char *examples;	       /* and exit codes; paragraphs, or NULL */
};

enum { OPTIONS_END = -1, OPTIONS_WRONG = -2, OPTIONS_HELP = -3 };

/*
 * The next option: its value, with its argument in *ret_argument, or OPTIONS_END (operands from
 * argv[optind] on), OPTIONS_HELP (printed: return 0), OPTIONS_WRONG (said on stderr: return 64).
 */
int options_next(const struct usage *usage, int argc, char **argv, const char **ret_argument);

/* "railyard validate: TEXT", and where to find help. Returns EXIT_USAGE. */
int usage_error(const struct usage *usage, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Writes to standard output. Returns 0, or -EIO etc. after saying so on stderr. */
int print_output(const struct strbuf *out);

#endif
