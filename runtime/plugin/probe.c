/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Describes plugins through railyard-probe. Whatever the probe process does or says becomes a
 * fault of the plugin, never of this process.
 */
#include "plugin/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/errname.h"
#include "base/fd.h"
#include "plugin/probe_child.h"
#include "plugin/probe_wire.h"

/* -- from an answer to a plugin or a fault -------------------------------------------------- */

static void set_fault(struct plugin_error *error, enum plugin_fault fault, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void set_fault(struct plugin_error *error, enum plugin_fault fault, const char *format,
		      ...) {
	va_list args;

	error->fault = fault;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
}

/* Text from the probe for a terminal: bytes that could steer it become '?'. */
static void copy_clean(char *to, size_t cap, const char *from) {
	size_t i = 0;

	for (; from[i] && i + 1 < cap; i++) {
		to[i] = from[i];
		if ((unsigned char)from[i] < ' ' || from[i] == 127)
			to[i] = '?';
	}
	if (cap)
		to[i] = '\0';
}

/* "!FAULT TEXT": only faults that the probe can see for itself. */
static void read_fault(const char *answer, struct plugin_error *error) {
	char *text;
	long fault = strtol(answer + 1, &text, 10);

	if (text == answer + 1 || *text != ' ' || fault < PLUGIN_NOT_LOADABLE ||
	    fault > PLUGIN_BAD_VALUE) {
		set_fault(error, PLUGIN_BAD_OUTPUT, "the probe sent a fault that there is not");
		return;
	}
	error->fault = (enum plugin_fault)fault;
	copy_clean(error->text, sizeof(error->text), text + 1);
}

static void read_answer(const struct probe_child *child, struct arena *arena,
			const struct ry_plugin **ret, struct plugin_error *error) {
	const char *answer = strbuf_text(&child->answer);

	if (*answer == PROBE_FAULT_MARK) {
		read_fault(answer, error);
	} else if (*answer != '{') {
		set_fault(error, PLUGIN_BAD_OUTPUT, "%s",
			  child->answer.length
				  ? "the probe sent something else than a descriptor"
				  : "the probe ended with exit code 0 before it had sent "
				    "anything: the plugin's code called exit, or closed "
				    "descriptors that are not its own");
	} else if (descriptor_read(answer, child->answer.length, arena, ret, error) != PLUGIN_OK) {
		char why[sizeof(error->text)];

		copy_clean(why, sizeof(why), error->text);
		set_fault(error, PLUGIN_BAD_OUTPUT,
			  "the probe sent what is not a descriptor: %.400s", why);
	}
}

static const char *signal_name(int number, char *buf, size_t cap) {
	const char *name = sigabbrev_np(number);

	if (name)
		snprintf(buf, cap, "SIG%s", name);
	else
		snprintf(buf, cap, "signal %d", number);
	return buf;
}

/* The child has ended. */
static void conclude(const struct probe_child *child, const struct probe_request *request,
		     struct arena *arena, const struct ry_plugin **ret,
		     struct plugin_error *error) {
	char name[32];

	*error = (struct plugin_error){.fault = PLUGIN_OK};
	switch (child->end) {
	case PROBE_ANSWERED:
		read_answer(child, arena, ret, error);
		break;
	case PROBE_SIGNALED:
		set_fault(error, PLUGIN_CRASHED,
			  "it crashed with %s when it was opened and asked what it holds",
			  signal_name(child->status, name, sizeof(name)));
		break;
	case PROBE_LATE:
		set_fault(error, PLUGIN_HUNG, "it had not answered after %u ms and was ended",
			  request->timeout_ms ? request->timeout_ms : PROBE_TIMEOUT_MS);
		break;
	case PROBE_TOO_LONG:
		set_fault(error, PLUGIN_BAD_OUTPUT,
			  "the probe sent more than %u bytes and was ended", PROBE_LIMIT);
		break;
	case PROBE_CLOSED:
		set_fault(
			error, PLUGIN_BAD_OUTPUT,
			"the probe's answer was closed while it went on running: the plugin's code "
			"closed descriptors that are not its own");
		break;
	default:
		set_fault(error, PLUGIN_BAD_OUTPUT,
			  "the probe ended with exit code %d without an answer: the plugin's code "
			  "called exit, or %s cannot run",
			  child->status, PROBE_PROGRAM);
	}
}

/* -- many at a time ------------------------------------------------------------------------- */

struct pool {
	struct probe_child *children; /* by place; `request` below says whose it is */
	size_t *request;
	size_t n; /* places in use */
};

static int start(struct pool *pool, const char *program, const struct probe_request *request,
		 size_t index) {
	char fd[16];
	char *argv[] = {(char *)PROBE_PROGRAM, (char *)"--fd", fd, (char *)request->path, NULL};
	int r;

	snprintf(fd, sizeof(fd), "%d", PROBE_FD);
	r = probe_child_start(&pool->children[pool->n], program, argv, -1, request->timeout_ms);
	if (r == 0)
		pool->request[pool->n++] = index;
	return r;
}

static void collect(struct pool *pool, const struct probe_request *requests, struct arena *arena,
		    const struct ry_plugin **results, struct plugin_error *errors) {
	for (size_t i = 0; i < pool->n;) {
		struct probe_child *child = &pool->children[i];
		size_t request = pool->request[i];

		if (child->end == PROBE_RUNNING) {
			i++;
			continue;
		}
		conclude(child, &requests[request], arena, &results[request], &errors[request]);
		strbuf_fini(&child->answer);
		pool->n--;
		pool->children[i] = pool->children[pool->n];
		pool->request[i] = pool->request[pool->n];
	}
}

void probe_plugins(const struct probe_request *requests, size_t n, unsigned jobs,
		   struct arena *arena, const struct ry_plugin **results,
		   struct plugin_error *errors) {
	char *program = probe_program(arena);
	size_t places = jobs < 1 ? 1 : jobs < n ? jobs : n;
	struct pool pool = {
		.children = must_calloc(places, sizeof(*pool.children)),
		.request = must_calloc(places, sizeof(*pool.request)),
	};
	size_t next = 0;

	for (size_t i = 0; i < n; i++)
		results[i] = NULL;
	while (next < n || pool.n) {
		for (; next < n && pool.n < places; next++) {
			int r = program ? start(&pool, program, &requests[next], next) : -ENOENT;

			if (r < 0)
				set_fault(&errors[next], PLUGIN_BAD_OUTPUT, "cannot run %s: %s",
					  program ? program : PROBE_PROGRAM, errno_text(r));
		}
		if (pool.n)
			probe_children_serve(pool.children, pool.n);
		collect(&pool, requests, arena, results, errors);
	}
	free(pool.children);
	free(pool.request);
}

/* -- an adapter's check --------------------------------------------------------------------- */

/* The settings in a file without a name: a pipe could fill up, and they may hold secrets. */
static int settings_file(const char *text) {
	int r, moved, fd = memfd_create("settings", MFD_CLOEXEC);

	if (fd < 0)
		fd = open(P_tmpdir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = fd_write_all(fd, text, strlen(text));
	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	/* Above the descriptors that the child's actions write to. */
	moved = r < 0 ? r : fcntl(fd, F_DUPFD_CLOEXEC, PROBE_FD + 1);
	if (r == 0 && moved < 0)
		moved = -errno;
	close(fd);
	return moved;
}

/* "=RESULT TEXT" */
static int read_check(const char *answer, char *why, size_t cap) {
	char *text;
	long result = strtol(answer + 1, &text, 10);

	if (text == answer + 1 || *text != ' ' || result > 0 || result < -4095)
		return -EBADMSG;
	copy_clean(why, cap, text + 1);
	return (int)result;
}

static int conclude_check(const struct probe_child *child, const char *path, char *why,
			  size_t cap) {
	const struct probe_request request = {.path = path};
	const char *answer = strbuf_text(&child->answer);
	const struct ry_plugin *plugin = NULL;
	struct plugin_error error;
	struct arena arena = ARENA_INIT;
	int r = -EBADMSG;

	if (child->end == PROBE_ANSWERED && *answer == PROBE_CHECK_MARK)
		r = read_check(answer, why, cap);
	if (r == -EBADMSG) {
		conclude(child, &request, &arena, &plugin, &error);
		copy_clean(why, cap,
			   error.fault == PLUGIN_OK ? "the probe did not check" : error.text);
	}
	arena_fini(&arena);
	return r;
}

int probe_check(const char *path, const char *adapter_type, const char *config_json, char *why,
		size_t cap) {
	char fd_text[16];
	char *argv[] = {(char *)PROBE_PROGRAM, (char *)"--fd",		fd_text, (char *)"--check",
			(char *)adapter_type,  (char *)(uintptr_t)path, NULL};
	struct arena arena = ARENA_INIT;
	char *program = probe_program(&arena);
	int fd = settings_file(config_json);
	struct probe_child child;
	int r = fd < 0 ? fd : program ? 0 : -ENOENT;

	snprintf(fd_text, sizeof(fd_text), "%d", PROBE_FD);
	if (r == 0)
		r = probe_child_start(&child, program, argv, fd, 0);
	if (r < 0) {
		snprintf(why, cap, "cannot run %s: %s", program ? program : PROBE_PROGRAM,
			 errno_text(r));
	} else {
		while (child.end == PROBE_RUNNING)
			probe_children_serve(&child, 1);
		r = conclude_check(&child, path, why, cap);
		strbuf_fini(&child.answer);
	}
	fd_close(&fd);
	arena_fini(&arena);
	return r;
}
