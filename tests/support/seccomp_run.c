/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp-run: runs a command as on a machine that refuses some system calls.
 *
 *   seccomp-run [--errno EPERM|ENOSYS] CALL[,CALL]... -- COMMAND [ARGUMENT]...
 *
 * A container's filter answers EPERM, an old kernel ENOSYS. The filter is inherited by all that the
 * command starts. Calls of a foreign architecture (32 bit programs) pass: this is a test's tool, not
 * a wall.
 *
 * Exit status: the command's; 64 wrong usage; 77 the kernel takes no filter (tests: skipped); 127
 * the command cannot be started.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#else
#error "add the AUDIT_ARCH_ of this architecture"
#endif

enum { STATUS_USAGE = 64, STATUS_NO_FILTER = 77, STATUS_NO_COMMAND = 127, MAX_CALLS = 16 };

struct call_name {
	const char *name;
	uint32_t number;
};

/* What a Linux system may lack or a container may refuse, and this project uses or might. */
static const struct call_name call_names[] = {
	{"close_range", SYS_close_range},
	{"epoll_create1", SYS_epoll_create1},
	{"eventfd2", SYS_eventfd2},
	{"io_uring_setup", SYS_io_uring_setup},
	{"memfd_create", SYS_memfd_create},
	{"pidfd_open", SYS_pidfd_open},
	{"pidfd_send_signal", SYS_pidfd_send_signal},
	{"process_vm_readv", SYS_process_vm_readv},
	{"signalfd4", SYS_signalfd4},
	{"timerfd_create", SYS_timerfd_create},
};

struct request {
	uint32_t calls[MAX_CALLS];
	uint32_t n_calls;
	int error;
	char **command;
};

static _Noreturn void usage(const char *why, const char *what) {
	fprintf(stderr, "seccomp-run: %s%s\n", why, what);
	fputs("usage: seccomp-run [--errno EPERM|ENOSYS] CALL[,CALL]... -- COMMAND...\ncalls:",
	      stderr);
	for (size_t i = 0; i < sizeof(call_names) / sizeof(call_names[0]); i++)
		fprintf(stderr, " %s", call_names[i].name);
	fputc('\n', stderr);
	exit(STATUS_USAGE);
}

static uint32_t call_by_name(const char *name) {
	for (size_t i = 0; i < sizeof(call_names) / sizeof(call_names[0]); i++)
		if (strcmp(call_names[i].name, name) == 0)
			return call_names[i].number;
	usage("this call is not in the list: ", name);
}

static int error_by_name(const char *name) {
	if (strcmp(name, "EPERM") == 0)
		return EPERM;
	if (strcmp(name, "ENOSYS") == 0)
		return ENOSYS;
	usage("neither EPERM nor ENOSYS: ", name);
}

static void parse(int argc, char **argv, struct request *request) {
	int i = 1;
	char *rest = NULL;

	request->error = EPERM;
	if (argc > i + 1 && strcmp(argv[i], "--errno") == 0) {
		request->error = error_by_name(argv[i + 1]);
		i += 2;
	}
	if (argc < i + 3 || strcmp(argv[i + 1], "--") != 0)
		usage("calls, -- and a command are needed", "");
	for (char *name = strtok_r(argv[i], ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
		if (request->n_calls == MAX_CALLS)
			usage("too many calls", "");
		request->calls[request->n_calls++] = call_by_name(name);
	}
	if (!request->n_calls)
		usage("no call is named", "");
	request->command = argv + i + 2;
}

/*
 * A program for the kernel's filter machine: if the architecture is ours, load the call's number
 * and compare it with each that is refused.
 */
static int install(const struct request *request) {
	struct sock_filter code[2 * MAX_CALLS + 5];
	struct sock_fprog program = {.filter = code};
	uint16_t n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, arch));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, nr));
	for (uint32_t i = 0; i < request->n_calls; i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							 request->calls[i], 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(
			BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)request->error);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}

int main(int argc, char **argv) {
	struct request request = {0};
	int r;

	parse(argc, argv, &request);
	r = install(&request);
	if (r < 0) {
		fprintf(stderr, "seccomp-run: no filter here: %s\n", strerror(-r));
		return STATUS_NO_FILTER;
	}
	execvp(request.command[0], request.command);
	fprintf(stderr, "seccomp-run: %s: %s\n", request.command[0], strerror(errno));
	return STATUS_NO_COMMAND;
}
