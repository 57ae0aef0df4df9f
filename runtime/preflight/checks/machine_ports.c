/* SPDX-License-Identifier: Apache-2.0 */
/* RYE008: ports to listen on are free. */
#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/errname.h"
#include "preflight/listeners.h"

static int try_bind(const struct listener *listener) {
	int fd, on = 1, r = 0;

	fd = socket(listener->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (listener->address.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&listener->address, listener->length) < 0 ||
	    listen(fd, 1) < 0)
		r = -errno;
	close(fd);
	return r;
}

/* Two that take the same port are found without the machine. */
static bool is_taken_here(const struct listeners *listeners, size_t at) {
	for (size_t i = 0; i < at; i++)
		if (listeners_collide(&listeners->items[i], &listeners->items[at]))
			return true;
	return false;
}

static void check_listener(struct check_context *context, const struct listener *listener) {
	struct finding *f;
	int r = try_bind(listener);

	if (r == 0)
		return;
	f = diag_add(context->diag, DIAG_RYE008, listener->place, "cannot listen on %s: %s",
		     listener->text, errno_text(r));
	if (r == -EADDRINUSE)
		finding_help(
			context->diag, f,
			"choose another port, or end what listens there (`ss -ltnp` names it)");
	else if (r == -EADDRNOTAVAIL)
		finding_help(context->diag, f,
			     "this machine has no such address: `ip address` lists those it has");
	else if (r == -EACCES)
		finding_help(
			context->diag, f,
			"choose a port from 1024 on, or give the program CAP_NET_BIND_SERVICE");
}

void check_machine_ports(struct check_context *context) {
	struct listeners listeners = LISTENERS_INIT;

	listeners_collect(&listeners, context);
	for (size_t i = 0; i < listeners.count; i++)
		if (listeners.items[i].is_address && !is_taken_here(&listeners, i))
			check_listener(context, &listeners.items[i]);
	listeners_fini(&listeners);
}
