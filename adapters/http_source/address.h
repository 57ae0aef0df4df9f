/* SPDX-License-Identifier: Apache-2.0 */
/* Where to listen: "127.0.0.1:8080", "[::1]:0". Numbers only, so that no name server is asked. */
#ifndef HTTP_SOURCE_ADDRESS_H
#define HTTP_SOURCE_ADDRESS_H

#include <stddef.h>
#include <sys/socket.h>

#define ADDRESS_TEXT 64

struct address {
	struct sockaddr_storage socket;
	socklen_t length;
};

/*
 * host:port with a host, which is an IPv4 address, an IPv6 address in brackets, or "localhost" for
 * 127.0.0.1; port 0: the kernel takes a free one. 0 or -EINVAL.
 */
int address_parse(const char *text, struct address *ret);

/* As it is written in a manifest; text has ADDRESS_TEXT bytes. */
void address_format(const struct address *address, char *text);

#endif
