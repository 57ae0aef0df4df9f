/* SPDX-License-Identifier: Apache-2.0 */
/* `railyard validate`: preflight over each manifest, then one report of all findings. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "commands/commands.h"
#include "commands/options.h"
#include "commands/report.h"
#include "preflight/preflight.h"
#include "preflight/render.h"
#include "programs/builtin.h"

enum { OPTION_ENV = 1000, OPTION_FORMAT, OPTION_DENY, OPTION_SET, OPTION_INLINE };

static const struct option_row rows[] = {
	{"env", OPTION_ENV, NULL,
	 "look at this machine too: files, folders, ports, users, limits;\n"
	 "unset ${env:NAME} and unreadable ${file:PATH} become errors"},
	{"format", OPTION_FORMAT, "FORMAT", "human (default) or json"},
	{"deny-warnings", OPTION_DENY, NULL, "exit 1 when there are warnings and no errors"},
	{"set", OPTION_SET, "P=V",
	 "put value V (JSON, else a string) at JSON pointer P before checking;\n"
	 "may be given several times: --set /nodes/gate/config/limit=5"},
	{"inline", OPTION_INLINE, NULL,
	 "check as if everything ran in one process, whatever the manifest says"},
	{NULL, 0, NULL, NULL},
};

static const struct usage usage = {
	.synopsis = "railyard validate [OPTION]... MANIFEST...",
	.about =
		"Checks manifests without starting anything: syntax, keys, plugins, wiring,\n"
		"dependencies, placement, runners, observability and memory. All findings come in\n"
		"one run. A manifest that passes can only be stopped by the machine that it "
		"starts\n"
		"on; with --env, on this machine, not even by that. `-` reads standard input.",
	.rows = rows,
	.examples =
		"Examples:\n"
		"  railyard validate orders.json\n"
		"  railyard validate --env --deny-warnings manifests/*.json\n"
		"  railyard validate --format json orders.json | jq '.findings[].code'\n\n"
		"`railyard explain CODE` says more about a finding.\n\n"
		"Exit codes: 0 valid; 1 warnings under --deny-warnings; 2 errors; 64 wrong usage;\n"
		"70 internal error.",
};

struct request {
	struct preflight_options options;
	enum render_format format;
	bool deny_warnings;
	const char **sets;
	size_t capacity;
};

static int parse_format(const char *word, enum render_format *ret) {
	static const char *const later[] = {"sarif", "github", "gcc"};

	if (strcmp(word, "human") == 0) {
		*ret = RENDER_HUMAN;
		return 0;
	}
	if (strcmp(word, "json") == 0) {
		*ret = RENDER_JSON;
		return 0;
	}
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		if (strcmp(word, later[i]) == 0)
			return usage_error(&usage,
					   "format `%s` is not in this version; there are human "
					   "and json",
					   word);
	return usage_error(&usage, "there is no format `%s`; there are human and json", word);
}

static void add_set(struct request *request, const char *assignment) {
	struct manifest_options *manifest = &request->options.manifest;

	request->sets = must_grow(request->sets, manifest->n_sets, &request->capacity,
				  sizeof(*request->sets));
	request->sets[manifest->n_sets++] = assignment;
	manifest->sets = request->sets;
}

/* Returns OPTIONS_END when the command line is right, else what it should exit with. */
static int parse(struct request *request, int argc, char **argv) {
	const char *argument;
	int option, r;

	while ((option = options_next(&usage, argc, argv, &argument)) != OPTIONS_END) {
		switch (option) {
		case OPTION_ENV:
			request->options.environment = true;
			request->options.manifest.resolve = true;
			break;
		case OPTION_FORMAT:
			r = parse_format(argument, &request->format);
			if (r != 0)
				return r;
			break;
		case OPTION_DENY:
			request->deny_warnings = true;
			break;
		case OPTION_SET:
			add_set(request, argument);
			break;
		case OPTION_INLINE:
			request->options.manifest.force_inline = true;
			break;
		default:
			return option == OPTIONS_HELP ? EXIT_CLEAN : EXIT_USAGE;
		}
	}
	if (optind == argc)
		return usage_error(&usage, "no manifest was given");
	return OPTIONS_END;
}

static const char *plural(size_t n) {
	return n == 1 ? "" : "s";
}

/* "valid: 9 nodes, 3 adapters, 1 group; memory for buffers: at most 20 MiB" */
static void add_verdict(struct strbuf *out, const struct preflight *preflight, bool named) {
	uint32_t nodes = preflight->plan.n_nodes, groups = preflight->plan.n_groups;
	uint32_t adapters = preflight->manifest.adapters.count;
	uint64_t mib = (preflight->buffer_bytes + (1u << 20) - 1) >> 20;

	if (named)
		strbuf_printf(out, "%s: ", preflight->manifest.doc.file);
	strbuf_printf(out,
		      "valid: %u node%s, %u adapter%s, %u group%s; memory for buffers: at most "
		      "%llu MiB\n",
		      nodes, plural(nodes), adapters, plural(adapters), groups, plural(groups),
		      (unsigned long long)mib);
}

static void add_closing(struct strbuf *out, const struct preflight *preflights,
			const struct diag *const *diags, size_t n) {
	struct strbuf counts = STRBUF_INIT;

	for (size_t i = 0; i < n; i++)
		if (!preflights[i].diag.n_errors)
			add_verdict(out, &preflights[i], n > 1);
	render_counts(diags, n, &counts);
	if (counts.length)
		strbuf_printf(out, "%s\n", strbuf_text(&counts));
	strbuf_fini(&counts);
}

static int report(const struct request *request, const struct preflight *preflights, size_t n) {
	const struct diag **diags = must_calloc(n, sizeof(*diags));
	struct render_source *sources = must_calloc(n, sizeof(*sources));
	struct strbuf out = STRBUF_INIT;
	bool colour = request->format == RENDER_HUMAN && colour_wanted(STDOUT_FILENO);
	int r;

	for (size_t i = 0; i < n; i++) {
		const struct doc *doc = &preflights[i].manifest.doc;

		diags[i] = &preflights[i].diag;
		sources[i] = (struct render_source){doc->file, doc->text, doc->length, doc};
	}
	render_findings(diags, sources, n, request->format, colour, &out);
	if (request->format == RENDER_HUMAN)
		add_closing(&out, preflights, diags, n);
	r = print_output(&out);
	strbuf_fini(&out);
	free(sources);
	free(diags);
	return r;
}

static int verdict(const struct request *request, const struct preflight *preflights, size_t n) {
	unsigned errors = 0, warnings = 0;

	for (size_t i = 0; i < n; i++) {
		errors += preflights[i].diag.n_errors;
		warnings += preflights[i].diag.n_warnings;
	}
	if (errors)
		return EXIT_FINDINGS;
	return warnings && request->deny_warnings ? EXIT_WARNINGS : EXIT_CLEAN;
}

int command_validate(int argc, char **argv) {
	struct request request = {.options.own = builtin};
	struct preflight *preflights;
	size_t n;
	int r;

	r = parse(&request, argc, argv);
	if (r != OPTIONS_END) {
		free(request.sets);
		return r;
	}
	n = (size_t)(argc - optind);
	preflights = must_calloc(n, sizeof(*preflights));
	for (size_t i = 0; i < n; i++)
		preflight_run(&preflights[i], argv[optind + (int)i], &request.options);
	r = report(&request, preflights, n);
	if (r == 0)
		r = verdict(&request, preflights, n);
	else
		r = EXIT_INTERNAL;
	for (size_t i = 0; i < n; i++)
		preflight_fini(&preflights[i]);
	free(preflights);
	free(request.sets);
	return r;
}
