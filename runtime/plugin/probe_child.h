/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of railyard-probe, seen from its caller: a process group of its own, its answer on a
 * pipe, a deadline, a size limit.
 */
#ifndef PLUGIN_PROBE_CHILD_H
#define PLUGIN_PROBE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/strbuf.h"

enum probe_end {
	PROBE_RUNNING,
	PROBE_ANSWERED, /* exit code 0; `answer` is what it sent */
	PROBE_EXITED,	/* `status` is its exit code */
	PROBE_SIGNALED, /* `status` is the signal */
	PROBE_LATE,	/* ended by us at its deadline */
	PROBE_TOO_LONG, /* ended by us: it sent more than PROBE_LIMIT */
	PROBE_CLOSED,	/* ended by us: it closed its answer and went on */
};

struct probe_child {
	pid_t pid;
	int fd; /* its answer; -1: closed */
	uint64_t deadline_ns;
	enum probe_end end;
	int status;
	struct strbuf answer;
};

/* The path of the probe program, or NULL. */
char *probe_program(struct arena *arena);

/*
 * Starts program with the arguments (NULL-terminated, program's name first). input: its standard
 * input, -1: /dev/null. Returns 0 or a negative errno (then there is nothing to end).
 */
int probe_child_start(struct probe_child *child, const char *program, char *const *argv, int input,
		      unsigned timeout_ms);

/* Takes what is there; after the end of the answer, the deadline or the limit, ends the child. */
void probe_child_read(struct probe_child *child);
void probe_child_check_deadline(struct probe_child *child, uint64_t now_ns);

/* Waits until one of the running ones has something to say or is late, and serves them all. */
void probe_children_serve(struct probe_child *children, size_t n);

#endif
