/* SPDX-License-Identifier: Apache-2.0 */
/* RYE008: ports to listen on are free, and asked for once. */
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

static void check_listener(struct check_context *context, const struct listeners *listeners,
			   size_t at) {
	const struct listener *listener = &listeners->items[at];
	struct finding *f;
	int r;

	for (size_t i = 0; i < at; i++) {
		if (!listeners_collide(&listeners->items[i], listener))
			continue;
		f = diag_add(context->diag, DIAG_RYE008, listener->place,
			     "%s listens on %s, and so does %s", listener->user, listener->text,
			     listeners->items[i].user);
		finding_second(context->diag, f, listeners->items[i].place, "%s",
			       listeners->items[i].user);
		return;
	}
	r = listener->is_address ? try_bind(listener) : -EINVAL;
	if (r < 0)
		diag_add(context->diag, DIAG_RYE008, listener->place, "cannot listen on %s: %s",
			 listener->text, errno_text(r));
}

void check_machine_ports(struct check_context *context) {
	struct listeners listeners = LISTENERS_INIT;

	listeners_collect(&listeners, context);
	for (size_t i = 0; i < listeners.count; i++)
		check_listener(context, &listeners, i);
	listeners_fini(&listeners);
}
