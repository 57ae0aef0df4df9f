/* SPDX-License-Identifier: Apache-2.0 */
/* `railyard schema`: the JSON Schema of manifests, from the key tables. */
#include <getopt.h>

#include "commands/commands.h"
#include "commands/options.h"
#include "manifest/schema.h"

static const struct option_row rows[] = {{NULL, 0, NULL, NULL}};

static const struct usage usage = {
	.synopsis = "railyard schema [OPTION]...",
	.about = "Prints the JSON Schema (2020-12) of manifests. Editors use it to complete keys "
		 "and\n"
		 "to show what each means; `railyard validate` knows more than any schema can say.",
	.rows = rows,
	.examples = "Example:\n  railyard schema > manifest.schema.json",
};

int command_schema(int argc, char **argv) {
	struct strbuf out = STRBUF_INIT;
	const char *argument;
	int r = options_next(&usage, argc, argv, &argument);

	if (r != OPTIONS_END)
		return r == OPTIONS_HELP ? EXIT_CLEAN : EXIT_USAGE;
	if (optind < argc)
		return usage_error(&usage, "`%s` is too much", argv[optind]);
	schema_write(&out);
	r = print_output(&out);
	strbuf_fini(&out);
	return r < 0 ? EXIT_INTERNAL : EXIT_CLEAN;
}
