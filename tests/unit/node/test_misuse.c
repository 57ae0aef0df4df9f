/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A component that breaks a rule: counted, and in a build with RY_MISUSE_ABORTS (buildtype=debug) the
 * end of the process, at the place and with the component's name. Compiled both ways, each with its
 * own runtime/node/unit.c.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/pipeline.h"
#include "support/test.h"

static struct pipeline p;

static const char rude[] =
	"{\"version\":1,\"nodes\":{\"guilty\":{\"type\":\"t.rude\",\"config\":{\"how\":\"twice\"},"
	"\"inputs\":[\"source\"]}},\"adapters\":{\"source\":{\"type\":\"t.source\",\"settings\":{"
	"\"count\":1}},\"sink\":{\"type\":\"t.sink\",\"inputs\":[\"guilty\"]}}}";

/* What the log says, NUL-terminated. */
static void read_log(char *text, size_t size) {
	ssize_t n = pread(p.log_fd, text, size - 1, 0);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
}

START_TEST(misuse_is_counted_or_ends_a_debug_build)
{
	char log[4096];
	int status = 0;
	pid_t child;

	pipeline_build(&p, rude, false);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		pipeline_run(&p);
		_exit(pipeline_node(&p, "guilty")->counters.plugin_errors == 2 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	read_log(log, sizeof(log));
#ifdef RY_MISUSE_ABORTS
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "status %#x", status);
	ck_assert_ptr_nonnull(strstr(log, "guilty"));
	ck_assert_ptr_nonnull(strstr(log, "has broken a rule of the ABI"));
#else
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x", status);
	ck_assert_ptr_null(strstr(log, "has broken a rule of the ABI"));
#endif
	pipeline_fini(&p);
}
END_TEST

TEST_MAIN("node/misuse", misuse_is_counted_or_ends_a_debug_build)
