/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/probe_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fd.h"
#include "plugin/places.h"
#include "plugin/probe_wire.h"

char *probe_program(struct arena *arena) {
	/* AT_SECURE: who started the process may not choose what it runs. */
	const char *given = secure_getenv("RAILYARD_PROBE");
	char *candidates[] = {
		place_beside(PROBE_PROGRAM, arena),
		place_installed(RAILYARD_LIBEXEC_BELOW "/" PROBE_PROGRAM, arena),
		arena_strdup(arena, RAILYARD_LIBEXECDIR "/" PROBE_PROGRAM),
	};

	if (given && *given)
		return arena_strdup(arena, given);
	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++)
		if (candidates[i] && access(candidates[i], X_OK) == 0)
			return candidates[i];
	return NULL;
}

/* -- starting ------------------------------------------------------------------------------- */

static int set_actions(posix_spawn_file_actions_t *actions, int input, int answer) {
	int r;

	if (input < 0)
		r = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
	else
		r = posix_spawn_file_actions_adddup2(actions, input, 0);
	if (!r)
		r = posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
	if (!r)
		r = posix_spawn_file_actions_adddup2(actions, 1, 2);
	if (!r)
		r = posix_spawn_file_actions_adddup2(actions, answer, PROBE_FD);
	if (!r)
		r = posix_spawn_file_actions_addclosefrom_np(actions, PROBE_FD + 1);
	return -r;
}

/* A group of its own, so that what the plugin starts ends with it; no inherited signal settings. */
static int set_attributes(posix_spawnattr_t *attributes) {
	sigset_t all, none;
	int r;

	sigfillset(&all);
	sigemptyset(&none);
	r = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
							 POSIX_SPAWN_SETSIGMASK);
	if (!r)
		r = posix_spawnattr_setpgroup(attributes, 0);
	if (!r)
		r = posix_spawnattr_setsigdefault(attributes, &all);
	if (!r)
		r = posix_spawnattr_setsigmask(attributes, &none);
	return -r;
}

static int spawn(pid_t *ret_pid, const char *program, char *const *argv, int input, int answer) {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int r;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	r = set_actions(&actions, input, answer);
	if (!r)
		r = set_attributes(&attributes);
	if (!r)
		r = -posix_spawn(ret_pid, program, &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

/*
 * The descriptors are moved above those that the child's actions write to: dup2 to PROBE_FD must
 * not hit the input, and the other way round.
 */
static int move_up(int *fd) {
	int moved;

	if (*fd < 0 || *fd > PROBE_FD)
		return 0;
	moved = fcntl(*fd, F_DUPFD_CLOEXEC, PROBE_FD + 1);
	if (moved < 0)
		return -errno;
	close(*fd);
	*fd = moved;
	return 0;
}

int probe_child_start(struct probe_child *child, const char *program, char *const *argv, int input,
		      unsigned timeout_ms) {
	int ends[2] = {-1, -1};
	pid_t pid;
	int r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	r = move_up(&ends[1]);
	if (!r)
		r = spawn(&pid, program, argv, input, ends[1]);
	fd_close(&ends[1]);
	if (r < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) {
		fd_close(&ends[0]);
		return r;
	}
	*child = (struct probe_child){
		.pid = pid,
		.fd = ends[0],
		.deadline_ns = clock_monotonic_ns() +
			       (timeout_ms ? timeout_ms : PROBE_TIMEOUT_MS) * NS_PER_MS,
		.end = PROBE_RUNNING,
	};
	return 0;
}

/* -- ending --------------------------------------------------------------------------------- */

/* Kills and reaps. `end` is what we make of it if the child did not end by itself before. */
static void finish(struct probe_child *child, enum probe_end end) {
	int status = 0;
	pid_t r;

	/*
	 * The whole group: a process that the plugin left behind must not outlive the probe. A probe
	 * that is exiting already keeps its own status.
	 */
	kill(-child->pid, SIGKILL);
	kill(child->pid, SIGKILL);
	do
		r = waitpid(child->pid, &status, 0);
	while (r < 0 && errno == EINTR);
	fd_close(&child->fd);
	child->end = end;
	child->status = SIGKILL;
	/* r < 0: SIGCHLD is ignored in this process; only the answer tells. */
	if (end == PROBE_CLOSED && r < 0)
		child->end = PROBE_ANSWERED;
	else if (end == PROBE_CLOSED && WIFEXITED(status)) {
		child->status = WEXITSTATUS(status);
		child->end = child->status ? PROBE_EXITED : PROBE_ANSWERED;
	} else if (end == PROBE_CLOSED && WTERMSIG(status) != SIGKILL) {
		child->status = WTERMSIG(status);
		child->end = PROBE_SIGNALED;
	}
}

void probe_child_read(struct probe_child *child) {
	char bytes[65536];

	while (child->end == PROBE_RUNNING) {
		ssize_t n = read(child->fd, bytes, sizeof(bytes));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			finish(child, PROBE_CLOSED);
		} else {
			strbuf_add_bytes(&child->answer, bytes, (size_t)n);
			if (child->answer.length > PROBE_LIMIT)
				finish(child, PROBE_TOO_LONG);
		}
	}
}

void probe_child_check_deadline(struct probe_child *child, uint64_t now_ns) {
	if (child->end == PROBE_RUNNING && now_ns >= child->deadline_ns)
		finish(child, PROBE_LATE);
}

void probe_children_serve(struct probe_child *children, size_t n) {
	struct pollfd *fds = must_calloc(n ? n : 1, sizeof(*fds));
	uint64_t now = clock_monotonic_ns(), nearest = UINT64_MAX;
	int wait_ms = 0;

	for (size_t i = 0; i < n; i++) {
		bool runs = children[i].end == PROBE_RUNNING;

		fds[i] = (struct pollfd){.fd = runs ? children[i].fd : -1, .events = POLLIN};
		if (runs && children[i].deadline_ns < nearest)
			nearest = children[i].deadline_ns;
	}
	if (nearest > now)
		wait_ms = (int)((nearest - now + NS_PER_MS - 1) / NS_PER_MS);
	if (poll(fds, n, wait_ms) < 0)
		memset(fds, 0, n * sizeof(*fds)); /* EINTR: only the deadlines */
	now = clock_monotonic_ns();
	for (size_t i = 0; i < n; i++) {
		if (fds[i].revents)
			probe_child_read(&children[i]);
		probe_child_check_deadline(&children[i], now);
	}
	free(fds);
}
