/* SPDX-License-Identifier: Apache-2.0 */
#include "support/fault_server.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/test.h"

#define MOST_ARGS 16

void fault_server_start(struct fault_server *server, const char *const *args) {
	const char *program = getenv("FAULT_SERVER");
	char *argv[MOST_ARGS] = {(char *)"python3", (char *)(uintptr_t)program};
	posix_spawn_file_actions_t actions;
	int input[2], output[2];
	char line[32] = "";
	size_t n = 2, length = 0;

	ck_assert_msg(program, "FAULT_SERVER is not set");
	for (; args && *args; args++) {
		expect(n + 1 < MOST_ARGS);
		argv[n++] = (char *)(uintptr_t)*args;
	}
	expect_ok(pipe2(input, O_CLOEXEC));
	expect_ok(pipe2(output, O_CLOEXEC));
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
	expect_ok(posix_spawnp(&server->pid, argv[0], &actions, NULL, argv, environ));
	posix_spawn_file_actions_destroy(&actions);
	close(input[0]);
	close(output[1]);
	while (length + 1 < sizeof(line) && read(output[0], line + length, 1) == 1 &&
	       line[length] != '\n')
		length++;
	close(output[0]);
	server->input = input[1];
	server->port = (unsigned)strtoul(line, NULL, 10);
	ck_assert_msg(server->port, "the server did not start");
}

void fault_server_stop(struct fault_server *server) {
	int status;

	close(server->input);
	expect_int(waitpid(server->pid, &status, 0), server->pid);
	expect_int(status, 0);
}

const char *fault_server_url(const struct fault_server *server, const char *path) {
	static char urls[12][256];
	static unsigned next;
	char *url = urls[next++ % 12];

	snprintf(url, sizeof(urls[0]), "http://127.0.0.1:%u%s", server->port, path);
	return url;
}
