/* SPDX-License-Identifier: Apache-2.0 */
/*
 * count-calls: runs a command and counts the system calls of its first thread.
 *
 *   count-calls FILE COMMAND [ARGUMENT]...
 *
 * FILE gets one line "NUMBER COUNT" for each system call that was made. Threads and processes that
 * the command starts are not traced. Exit status: the command's; 64 wrong usage; 77 this process
 * may not trace (tests: skipped); 126 a call failed on the way.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	STATUS_USAGE = 64,
	STATUS_NO_TRACE = 77,
	STATUS_BROKEN = 126,
	STATUS_NO_COMMAND = 127,
	MAX_CALLS = 1024,
};

static uint64_t counts[MAX_CALLS];

static _Noreturn void run_command(char **command) {
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(STATUS_NO_TRACE);
	execvp(command[0], command);
	_exit(STATUS_NO_COMMAND);
}

/* Counts at the entry of a call; the kernel says which of the two stops it is. */
static int count(pid_t pid) {
	struct __ptrace_syscall_info info;
	long n = ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info);

	if (n < 0)
		return -errno;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr < MAX_CALLS)
		counts[info.entry.nr]++;
	return 0;
}

/* Lets the command go on from stop to stop. Returns its exit status. */
static int trace(pid_t pid) {
	int status, signal_number = 0;

	if (waitpid(pid, &status, 0) < 0)
		return STATUS_BROKEN;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) < 0)
		return STATUS_NO_TRACE;
	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)signal_number) < 0 ||
		    waitpid(pid, &status, 0) < 0)
			return STATUS_BROKEN;
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		signal_number = WSTOPSIG(status);
		if (signal_number == (SIGTRAP | 0x80)) {
			signal_number = 0;
			if (count(pid) < 0)
				return STATUS_NO_TRACE;
		} else if (signal_number == SIGTRAP) {
			signal_number = 0;
		}
	}
}

static int report(const char *path) {
	FILE *file = fopen(path, "we");

	if (!file)
		return -errno;
	for (int i = 0; i < MAX_CALLS; i++)
		if (counts[i])
			fprintf(file, "%d %llu\n", i, (unsigned long long)counts[i]);
	return fclose(file) == 0 ? 0 : -errno;
}

int main(int argc, char **argv) {
	int status, r;
	pid_t pid;

	if (argc < 3) {
		fputs("usage: count-calls FILE COMMAND [ARGUMENT]...\n", stderr);
		return STATUS_USAGE;
	}
	pid = fork();
	if (pid < 0)
		return STATUS_BROKEN;
	if (pid == 0)
		run_command(argv + 2);
	status = trace(pid);
	r = report(argv[1]);
	if (r < 0) {
		fprintf(stderr, "count-calls: %s: %s\n", argv[1], strerror(-r));
		return STATUS_BROKEN;
	}
	return status;
}
