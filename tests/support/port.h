/* SPDX-License-Identifier: Apache-2.0 */
/* A port of 127.0.0.1 for a server that a test starts. */
#ifndef SUPPORT_PORT_H
#define SUPPORT_PORT_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/test.h"

/* One that nothing listens on now. */
static inline int free_port(void) {
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	expect_ok(bind(fd, (struct sockaddr *)&address, sizeof(address)));
	expect_ok(getsockname(fd, (struct sockaddr *)&address, &length));
	close(fd);
	return ntohs(address.sin_port);
}

#endif
