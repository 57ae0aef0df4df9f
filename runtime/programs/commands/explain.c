/* SPDX-License-Identifier: Apache-2.0 */
/* `railyard explain`: what a finding means, offline; and the reference page of all of them. */
#include <ctype.h>
#include <getopt.h>
#include <string.h>

#include "base/diag.h"
#include "commands/commands.h"
#include "commands/examples.h"
#include "commands/options.h"

enum { OPTION_MARKDOWN = 1000 };

static const struct option_row rows[] = {
	{"markdown", OPTION_MARKDOWN, NULL, "print the reference page of all codes"},
	{NULL, 0, NULL, NULL},
};

static const struct usage usage = {
	.synopsis = "railyard explain [OPTION]... [CODE]...",
	.about =
		"Says what a finding of `railyard validate` means and what to do about it, with a\n"
		"manifest in which it fires and the same one mended. Without a code: lists all.",
	.rows = rows,
	.examples = "Examples:\n  railyard explain RYW004\n  railyard explain | grep -i ring",
};

struct phase {
	char letter;
	const char *name;
	const char *about;
};

static const struct phase phases[] = {
	{'S', "Syntax", "The manifest as a text: JSON, encoding, duplicate keys."},
	{'C', "Schema", "Keys, types, ranges, and what `${env:…}` and `${file:…}` stand for."},
	{'P', "Plugins", "The shared objects that bring node types and adapters."},
	{'W', "Wiring", "Which message goes where."},
	{'D', "Dependencies", "Which adapter stands behind which slot."},
	{'G', "Placement", "Which node runs in which process group."},
	{'R', "Runners", "Whether a group's runner can run what is in it."},
	{'O', "Observability", "Exporters, logs and metrics."},
	{'B', "Resources", "Memory for buffers, and times that must fit together."},
	{'E', "Environment", "The machine: only with `--env` and at the start of a run."},
};

#define N_PHASES (sizeof(phases) / sizeof(phases[0]))

static const char *severity_word(enum severity severity) {
	static const char *const words[] = {"error", "warning", "note"};

	return words[severity];
}

static const char *example_of(const char *code, const char *file) {
	for (size_t i = 0; i < n_examples; i++)
		if (strcmp(examples[i].code, code) == 0 && strcmp(examples[i].file, file) == 0)
			return examples[i].text;
	return NULL;
}

static void add_example(struct strbuf *out, const char *heading, const char *text) {
	if (!text)
		return;
	strbuf_printf(out, "\n%s\n\n", heading);
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n)
			strbuf_printf(out, "    %.*s", (int)n, text);
		strbuf_add_char(out, '\n');
		text += n + (text[n] ? 1 : 0);
	}
}

/* Words of a paragraph, broken before column 80. */
static void add_wrapped(struct strbuf *out, const char *text) {
	size_t column = 0;

	while (*text) {
		size_t n = strcspn(text, " \n");

		if (column && column + n > 78) {
			strbuf_add_char(out, '\n');
			column = 0;
		}
		strbuf_add_bytes(out, text, n);
		column += n;
		text += n;
		if (*text == '\n') {
			strbuf_add_char(out, '\n');
			column = 0;
			text++;
		} else if (*text == ' ') {
			while (*text == ' ')
				text++;
			if (*text && column + 1 + strcspn(text, " \n") <= 78) {
				strbuf_add_char(out, ' ');
				column++;
			} else if (*text) {
				strbuf_add_char(out, '\n');
				column = 0;
			}
		}
	}
	strbuf_add_char(out, '\n');
}

static void explain(struct strbuf *out, enum diag_code code) {
	const struct diag_info *info = diag_info(code);

	strbuf_printf(out, "%s (%s): %s\n\n", info->code, severity_word(info->severity),
		      info->title);
	add_wrapped(out, info->explanation);
	add_example(out, "It fires in this manifest:", example_of(info->code, "bad.json"));
	add_example(out, "Mended:", example_of(info->code, "good.json"));
}

static void list_codes(struct strbuf *out) {
	for (size_t p = 0; p < N_PHASES; p++) {
		strbuf_printf(out, "%s%s\n", p ? "\n" : "", phases[p].name);
		for (size_t i = 0; i < DIAG_COUNT; i++) {
			const struct diag_info *info = diag_info((enum diag_code)i);

			if (info->code[2] == phases[p].letter)
				strbuf_printf(out, "  %s  %-7s  %s\n", info->code,
					      severity_word(info->severity), info->title);
		}
	}
}

static void add_markdown_code(struct strbuf *out, const struct diag_info *info) {
	strbuf_printf(out, "\n### %s: %s\n\n%c%s. %s\n", info->code, info->title,
		      toupper((unsigned char)severity_word(info->severity)[0]),
		      severity_word(info->severity) + 1, info->explanation);
}

static void write_reference(struct strbuf *out) {
	strbuf_add(
		out,
		"# Findings\n\n"
		"<!-- Made by `railyard explain --markdown` from schemas/diagnostics.def. -->\n\n"
		"What `railyard validate` and the start of `railyard run` can find. A code is\n"
		"stable for ever; its third letter names the phase. `railyard explain CODE` shows\n"
		"a manifest in which it fires, and the same one mended.\n");
	for (size_t p = 0; p < N_PHASES; p++) {
		strbuf_printf(out, "\n## %s (RY%c)\n\n%s\n", phases[p].name, phases[p].letter,
			      phases[p].about);
		for (size_t i = 0; i < DIAG_COUNT; i++)
			if (diag_info((enum diag_code)i)->code[2] == phases[p].letter)
				add_markdown_code(out, diag_info((enum diag_code)i));
	}
}

static int unknown_code(const char *word) {
	const char *names[DIAG_COUNT];
	char upper[16] = "";
	const char *meant;

	for (size_t i = 0; i < DIAG_COUNT; i++)
		names[i] = diag_info((enum diag_code)i)->code;
	for (size_t i = 0; word[i] && i < sizeof(upper) - 1; i++)
		upper[i] = (char)toupper((unsigned char)word[i]);
	meant = nearest_name(upper, names, DIAG_COUNT);
	if (meant)
		return usage_error(&usage, "there is no code `%s`; did you mean %s?", word, meant);
	return usage_error(&usage, "there is no code `%s`; `railyard explain` lists all", word);
}

static int explain_all(struct strbuf *out, int argc, char **argv, bool markdown) {
	if (markdown && optind < argc)
		return usage_error(&usage, "--markdown prints all codes; leave `%s` out",
				   argv[optind]);
	if (markdown)
		write_reference(out);
	else if (optind == argc)
		list_codes(out);
	for (int i = optind; i < argc; i++) {
		enum diag_code code = diag_find(argv[i]);

		if (code == DIAG_COUNT)
			return unknown_code(argv[i]);
		if (i > optind)
			strbuf_add_char(out, '\n');
		explain(out, code);
	}
	return 0;
}

int command_explain(int argc, char **argv) {
	struct strbuf out = STRBUF_INIT;
	bool markdown = false;
	const char *argument;
	int r;

	while ((r = options_next(&usage, argc, argv, &argument)) == OPTION_MARKDOWN)
		markdown = true;
	if (r != OPTIONS_END)
		return r == OPTIONS_HELP ? EXIT_CLEAN : EXIT_USAGE;
	r = explain_all(&out, argc, argv, markdown);
	if (r == 0 && print_output(&out) < 0)
		r = EXIT_INTERNAL;
	strbuf_fini(&out);
	return r;
}
