/* SPDX-License-Identifier: Apache-2.0 */
/*
 * support/fault_server.py for unit tests: started on a free port, ended with the test. Its path
 * comes from the environment (FAULT_SERVER); which path of a URL does what stands at its top.
 */
#ifndef SUPPORT_FAULT_SERVER_H
#define SUPPORT_FAULT_SERVER_H

#include <stddef.h>
#include <sys/types.h>

struct fault_server {
	pid_t pid;
	int input; /* closing it ends the server */
	unsigned port;
};

/* Further arguments, NULL-terminated; NULL: none. Returns when it listens. */
void fault_server_start(struct fault_server *server, const char *const *args);
void fault_server_stop(struct fault_server *server);

/* "http://127.0.0.1:PORT" and the path; in a ring of buffers, good for the next dozen of calls. */
const char *fault_server_url(const struct fault_server *server, const char *path);

#endif
