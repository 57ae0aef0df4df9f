/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses to listen on, read and written. */
#include "http_source/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static bool parse_port(const char *text, uint16_t *ret) {
	uint32_t port = 0;
	size_t n = strspn(text, "0123456789");

	if (n == 0 || n > 5 || text[n] != '\0')
		return false;
	for (size_t i = 0; i < n; i++)
		port = port * 10 + (uint32_t)(text[i] - '0');
	if (port > UINT16_MAX)
		return false;
	*ret = (uint16_t)port;
	return true;
}

static void set_ipv4(struct address *address, struct in_addr host, uint16_t port) {
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = host};

	memset(address, 0, sizeof(*address));
	memcpy(&address->socket, &in, sizeof(in));
	address->length = sizeof(in);
}

static void set_ipv6(struct address *address, const struct in6_addr *host, uint16_t port) {
	struct sockaddr_in6 in = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_addr = *host,
	};

	memset(address, 0, sizeof(*address));
	memcpy(&address->socket, &in, sizeof(in));
	address->length = sizeof(in);
}

int address_parse(const char *text, struct address *ret) {
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN + 2];
	struct in6_addr ipv6;
	struct in_addr ipv4;
	uint16_t port;
	size_t length;

	if (!colon || !parse_port(colon + 1, &port))
		return -EINVAL;
	length = (size_t)(colon - text);
	if (length == 0 || length >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, length);
	host[length] = '\0';
	if (host[0] == '[' && host[length - 1] == ']') {
		host[length - 1] = '\0';
		if (inet_pton(AF_INET6, host + 1, &ipv6) != 1)
			return -EINVAL;
		set_ipv6(ret, &ipv6, port);
		return 0;
	}
	if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &ipv4) != 1)
		return -EINVAL;
	set_ipv4(ret, ipv4, port);
	return 0;
}

void address_format(const struct address *address, char *text) {
	char host[INET6_ADDRSTRLEN] = "";
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	if (address->socket.ss_family == AF_INET6) {
		memcpy(&in6, &address->socket, sizeof(in6));
		inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof(host));
		snprintf(text, ADDRESS_TEXT, "[%s]:%u", host, ntohs(in6.sin6_port));
		return;
	}
	memcpy(&in, &address->socket, sizeof(in));
	inet_ntop(AF_INET, &in.sin_addr, host, sizeof(host));
	snprintf(text, ADDRESS_TEXT, "%s:%u", host, ntohs(in.sin_port));
}
