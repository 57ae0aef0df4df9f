/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/errname.h"
#include "base/fd.h"
#include "commands/commands.h"

#define MAX_OPTIONS 32
#define TEXT_COLUMN 26

/* The length of "railyard validate" in the synopsis: what stands before options and operands. */
static int program_length(const struct usage *usage) {
	size_t n = strcspn(usage->synopsis, "[ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	while (n && usage->synopsis[n - 1] == ' ')
		n--;
	return (int)n;
}

static void add_row(struct strbuf *out, const struct option_row *row) {
	size_t begin = out->length, width;
	const char *text = row->text, *end;

	if (row->value > ' ' && row->value < 127)
		strbuf_printf(out, "  -%c, --%s", row->value, row->name);
	else
		strbuf_printf(out, "      --%s", row->name);
	if (row->argument)
		strbuf_printf(out, " %s", row->argument);
	width = out->length - begin;
	if (width + 2 > TEXT_COLUMN) {
		strbuf_add_char(out, '\n');
		width = 0;
	}
	for (; (end = strchr(text, '\n')); text = end + 1, width = 0)
		strbuf_printf(out, "%*s%.*s\n", (int)(TEXT_COLUMN - width), "", (int)(end - text),
			      text);
	strbuf_printf(out, "%*s%s\n", (int)(TEXT_COLUMN - width), "", text);
}

static const struct option_row help_row = {"help", 'h', NULL, "print this and exit"};

static void print_help(const struct usage *usage) {
	struct strbuf out = STRBUF_INIT;

	strbuf_printf(&out, "Usage: %s\n\n%s\n\nOptions:\n", usage->synopsis, usage->about);
	for (const struct option_row *row = usage->rows; row->name; row++)
		add_row(&out, row);
	add_row(&out, &help_row);
	if (usage->examples)
		strbuf_printf(&out, "\n%s\n", usage->examples);
	print_output(&out);
	strbuf_fini(&out);
}

static void add_option(const struct option_row *row, struct option *option, char *shorts) {
	*option = (struct option){
		.name = row->name,
		.has_arg = row->argument ? required_argument : no_argument,
		.val = row->value,
	};
	if (row->value > ' ' && row->value < 127) {
		char *end = shorts + strlen(shorts);

		*end++ = (char)row->value;
		if (row->argument)
			*end++ = ':';
		*end = '\0';
	}
}

static int unknown_option(const struct usage *usage, char **argv) {
	const char *names[MAX_OPTIONS];
	const char *given = argv[optind - 1], *meant;
	char name[64];
	size_t n = 0;

	if (strncmp(given, "--", 2) != 0)
		return usage_error(usage, "there is no option -%c", optopt);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(given + 2, "="), given + 2);
	for (const struct option_row *row = usage->rows; row->name; row++)
		names[n++] = row->name;
	names[n++] = help_row.name;
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return usage_error(usage, "--%s takes no value", name);
	meant = nearest_name(name, names, n);
	if (meant)
		return usage_error(usage, "there is no option --%s; did you mean --%s?", name,
				   meant);
	return usage_error(usage, "there is no option --%s", name);
}

int options_next(const struct usage *usage, int argc, char **argv, const char **ret_argument) {
	struct option longs[MAX_OPTIONS] = {{0}};
	char shorts[2 * MAX_OPTIONS + 2] = ":";
	size_t n = 0;
	int value;

	for (const struct option_row *row = usage->rows; row->name && n + 2 < MAX_OPTIONS; row++)
		add_option(row, &longs[n++], shorts);
	add_option(&help_row, &longs[n], shorts);
	opterr = 0;
	value = getopt_long(argc, argv, shorts, longs, NULL);
	if (value == -1)
		return OPTIONS_END;
	if (value == 'h') {
		print_help(usage);
		return OPTIONS_HELP;
	}
	if (value == ':') {
		usage_error(usage, "%s needs a value", argv[optind - 1]);
		return OPTIONS_WRONG;
	}
	if (value == '?') {
		unknown_option(usage, argv);
		return OPTIONS_WRONG;
	}
	*ret_argument = optarg;
	return value;
}

int usage_error(const struct usage *usage, const char *format, ...) {
	int length = program_length(usage);
	va_list args;

	fprintf(stderr, "%.*s: ", length, usage->synopsis);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n%.*s --help says more\n", length, usage->synopsis);
	return EXIT_USAGE;
}

int print_output(const struct strbuf *out) {
	int r = fd_write_all(STDOUT_FILENO, strbuf_text(out), out->length);

	/* A reader that has seen enough (`| head`) is no error to speak of. */
	if (r < 0 && r != -EPIPE)
		fprintf(stderr, "railyard: cannot write to standard output: %s\n", errno_text(r));
	return r;
}
