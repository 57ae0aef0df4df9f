/* SPDX-License-Identifier: Apache-2.0 */
/* Every address that a manifest makes something listen on. */
#ifndef PREFLIGHT_LISTENERS_H
#define PREFLIGHT_LISTENERS_H

#include <sys/socket.h>

#include "preflight/check.h"

struct listener {
	const char *user; /* "adapter `in`" */
	const char *text; /* as in the manifest */
	const struct place *place;
	bool is_adapter;
	bool has_tls, allows_plaintext; /* as its settings say */
	bool is_address;		/* the text is one: */
	struct sockaddr_storage address;
	socklen_t length;
};

struct listeners {
	struct arena arena;
	struct listener *items;
	size_t count, capacity;
};

#define LISTENERS_INIT \
	{ .arena = ARENA_INIT }

/* Values that are not known offline (`${env:…}`) are left out. */
void listeners_collect(struct listeners *listeners, const struct check_context *context);
void listeners_fini(struct listeners *listeners);

/* Can no other machine reach it? */
bool listener_is_local(const struct listener *listener);

/* Would one of the two take the other's port? A port that the kernel chooses is nobody's. */
bool listeners_collide(const struct listener *a, const struct listener *b);

#endif
