/* SPDX-License-Identifier: Apache-2.0 */
/*
 * railyard-probe: opens one plugin, says what it holds, and exits; see plugin/probe_wire.h. It runs
 * code that may do anything, so it is short-lived, and its caller believes nothing of it unchecked.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fd.h"
#include "manifest/bind.h"
#include "plugin/probe.h"
#include "plugin/probe_wire.h"

#define EXIT_USAGE 64

struct options {
	int fd; /* of the answer */
	const char
		*check; /* an adapter type, whose settings are on standard input; NULL: describe */
	const char *path;
};

static int parse_fd(const char *text, int *ret) {
	char *end;
	long fd = strtol(text, &end, 10);

	if (end == text || *end || fd < 0 || fd > INT_MAX)
		return -EINVAL;
	*ret = (int)fd;
	return 0;
}

static int parse(int argc, char **argv, struct options *ret) {
	int i = 1;

	*ret = (struct options){.fd = STDOUT_FILENO};
	if (argc - i >= 2 && strcmp(argv[i], "--fd") == 0) {
		if (parse_fd(argv[i + 1], &ret->fd) < 0)
			return -EINVAL;
		i += 2;
	}
	if (argc - i >= 2 && strcmp(argv[i], "--check") == 0) {
		ret->check = argv[i + 1];
		i += 2;
	}
	if (argc - i != 1)
		return -EINVAL;
	ret->path = argv[i];
	return 0;
}

/* Fatal signals must be seen as such by the caller. */
static void prepare(void) {
	static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		signal(fatal[i], SIG_DFL);
}

/*
 * With a caller: the answer's descriptor is moved out of the way of a plugin that writes to low
 * numbers, a crash leaves no core file behind, and an orphan ends itself.
 */
static void guard(int *fd) {
	const struct rlimit no_core = {0, 0};
	int moved = fcntl(*fd, F_DUPFD_CLOEXEC, 100);

	if (moved >= 0) { /* else so few are allowed that there is no far place */
		close(*fd);
		*fd = moved;
	}
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* -- checking an adapter's settings --------------------------------------------------------- */

static int bind_settings(const struct ry_adapter_type *type, struct doc *doc, struct arena *arena,
			 struct diag *diag, void *config) {
	char *text = NULL;
	size_t length = 0;
	/* Everything that could be relative or taken in was resolved by the caller. */
	struct bind bind = {
		.arena = arena,
		.diag = diag,
		.manifest_dir = "/",
		.working_dir = "/",
		.resolve = true,
	};
	int r = fd_read_file("/dev/stdin", PROBE_LIMIT, &text, &length);

	if (r == 0)
		r = doc_parse(doc, "settings", text, length, diag);
	if (r == 0)
		r = bind_block(&bind, type->keys, doc->root, config);
	bind_fini(&bind);
	free(text);
	return r;
}

static void check(const struct ry_adapter_type *type, struct arena *arena, struct strbuf *answer) {
	void *config = arena_alloc(arena, type->config_size);
	struct diag diag = DIAG_INIT;
	struct doc doc = {.file = NULL};
	char why[512] = "";
	int r = bind_settings(type, &doc, arena, &diag, config);

	if (r < 0 && diag.n_findings)
		snprintf(why, sizeof(why), "%s", diag.findings[0]->text);
	else if (r == 0 && type->ops->check)
		r = type->ops->check(type->config_size ? config : NULL, why, sizeof(why));
	why[sizeof(why) - 1] = '\0';
	strbuf_printf(answer, "%c%d %s", PROBE_CHECK_MARK, r, why);
	doc_fini(&doc);
	diag_fini(&diag);
}

static const struct ry_adapter_type *find_adapter(const struct ry_plugin *plugin,
						  const char *name) {
	const struct ry_adapter_type *const *type = plugin->adapters;

	while (*type && strcmp((*type)->name, name) != 0)
		type++;
	return *type;
}

/* -- the answer ----------------------------------------------------------------------------- */

static void make_answer(const struct options *options, struct strbuf *answer) {
	const struct ry_adapter_type *type;
	const struct ry_plugin *plugin;
	struct plugin_error error;
	struct arena arena = ARENA_INIT;

	if (plugin_open(options->path, &arena, &plugin, &error) != PLUGIN_OK) {
		strbuf_printf(answer, "%c%d %s", PROBE_FAULT_MARK, (int)error.fault, error.text);
	} else if (!options->check) {
		descriptor_write(plugin, answer);
	} else {
		type = find_adapter(plugin, options->check);
		if (type)
			check(type, &arena, answer);
		else
			strbuf_printf(answer, "%c%d the plugin has no adapter type `%s`",
				      PROBE_CHECK_MARK, -ENOENT, options->check);
	}
	arena_fini(&arena);
}

int main(int argc, char **argv) {
	struct strbuf answer = STRBUF_INIT;
	struct options options;

	if (parse(argc, argv, &options) < 0) {
		fprintf(stderr, "usage: %s [--fd N] [--check TYPE] PATH\n", PROBE_PROGRAM);
		return EXIT_USAGE;
	}
	prepare();
	if (options.fd != STDOUT_FILENO)
		guard(&options.fd);
	make_answer(&options, &answer);
	/* Not exit: the plugin's destructors have no business here. */
	_exit(fd_write_all(options.fd, answer.text, answer.length) < 0 ? EXIT_FAILURE : 0);
}
