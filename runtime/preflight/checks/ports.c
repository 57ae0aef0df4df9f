/* SPDX-License-Identifier: Apache-2.0 */
/* RYE008: what is to be listened on is an address, and asked for once. */
#include "preflight/listeners.h"

static void check_listener(struct check_context *context, const struct listeners *listeners,
			   size_t at) {
	const struct listener *listener = &listeners->items[at];
	struct finding *f;

	if (!listener->is_address) {
		f = diag_add(context->diag, DIAG_RYE008, listener->place,
			     "%s cannot listen on `%s`: it is no numeric address with a port",
			     listener->user, listener->text);
		finding_help(context->diag, f,
			     "write it as `127.0.0.1:8080` or `[::1]:8080`; 0.0.0.0 and [::] are "
			     "all addresses of this machine");
		return;
	}
	for (size_t i = 0; i < at; i++) {
		if (!listeners_collide(&listeners->items[i], listener))
			continue;
		f = diag_add(context->diag, DIAG_RYE008, listener->place,
			     "%s listens on %s, and so does %s", listener->user, listener->text,
			     listeners->items[i].user);
		finding_second(context->diag, f, listeners->items[i].place, "%s",
			       listeners->items[i].user);
		finding_help(context->diag, f, "give each a port of its own");
		return;
	}
}

void check_ports(struct check_context *context) {
	struct listeners listeners = LISTENERS_INIT;

	listeners_collect(&listeners, context);
	for (size_t i = 0; i < listeners.count; i++)
		check_listener(context, &listeners, i);
	listeners_fini(&listeners);
}
