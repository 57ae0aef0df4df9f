/* SPDX-License-Identifier: Apache-2.0 */
/*
 * railyard-probe: opens one plugin, says what it holds, and exits; see plugin/probe_wire.h. It runs
 * code that may do anything, so it is short-lived, and its caller believes nothing of it unchecked.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fd.h"
#include "plugin/probe.h"
#include "plugin/probe_wire.h"

#define EXIT_USAGE 64

struct options {
	int fd; /* of the answer */
	const char *path;
};

static int parse(int argc, char **argv, struct options *ret) {
	int i = 1;

	*ret = (struct options){.fd = STDOUT_FILENO};
	if (argc - i >= 2 && strcmp(argv[i], "--fd") == 0) {
		ret->fd = atoi(argv[i + 1]);
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
static int guard(int *fd) {
	const struct rlimit no_core = {0, 0};
	int moved = fcntl(*fd, F_DUPFD_CLOEXEC, 100);

	if (moved < 0)
		return -errno;
	close(*fd);
	*fd = moved;
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return 0;
}

static void describe(const char *path, struct strbuf *answer) {
	const struct ry_plugin *plugin;
	struct plugin_error error;
	struct arena arena = ARENA_INIT;

	if (plugin_open(path, &arena, &plugin, &error) == PLUGIN_OK)
		descriptor_write(plugin, answer);
	else
		strbuf_printf(answer, "%c%d %s", PROBE_FAULT_MARK, (int)error.fault, error.text);
	arena_fini(&arena);
}

int main(int argc, char **argv) {
	struct strbuf answer = STRBUF_INIT;
	struct options options;

	if (parse(argc, argv, &options) < 0) {
		fprintf(stderr, "usage: %s [--fd N] PATH\n", PROBE_PROGRAM);
		return EXIT_USAGE;
	}
	prepare();
	if (options.fd != STDOUT_FILENO && guard(&options.fd) < 0)
		_exit(EXIT_USAGE);
	describe(options.path, &answer);
	/* Not exit: the plugin's destructors have no business here. */
	_exit(fd_write_all(options.fd, answer.text, answer.length) < 0 ? EXIT_FAILURE : 0);
}
