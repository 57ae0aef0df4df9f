/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bridges: calls of a contract made in another way than its provider offers. Every operation of
 * every contract has one shape, so one table of wrappers serves them all.
 *
 * wait: the caller wants the answer on return, the provider gives it later on a loop. The provider
 * lives on a loop of its own, which is turned while a call is waited for, and only then.
 *
 * offload: the caller wants the answer later on its loop, the provider gives it on return and may
 * block. It is called on a thread of the offload pool (offload.h).
 *
 * docs/plugin-guide.md says what becomes of calls that are cancelled or late.
 */
#ifndef NODE_BRIDGE_H
#define NODE_BRIDGE_H

#include <railyard/node.h>

#include "node/offload.h"

#define BRIDGE_MAX_OPS 64u /* of a contract: wrappers are a static table */

/* How a wait learns that the run is being ended at once. Written by signal handlers. */
struct bridge_interrupt {
	int fd; /* readable after a change; an eventfd that others read too */
	bool (*requested)(void *user); /* is that so? */
	bool (*draining)(void *user);  /* or is it being ended at all? NULL: as requested */
	void *user;
};

/* -- wait ----------------------------------------------------------------------------------- */

struct wait_bridge;

/* interrupt: outlives the bridge; NULL: only the provider ends a wait. 0 or a negative errno. */
int wait_bridge_new(const struct bridge_interrupt *interrupt, struct wait_bridge **ret);

/* What lives on its loop is gone by then. Accepts NULL, returns NULL. */
struct wait_bridge *wait_bridge_free(struct wait_bridge *bridge);

/* The loop for the provider, and for all that it needs. */
struct loop *wait_bridge_loop(struct wait_bridge *bridge);

/*
 * Makes a binding to a provider into one whose operations wait. Both have to outlive the bridge's
 * last call. Returns 0 or -E2BIG (more than BRIDGE_MAX_OPS operations).
 */
int wait_bridge_bind(struct wait_bridge *bridge, const struct ry_binding *provider,
		     struct ry_binding *ret);

/* -- offload -------------------------------------------------------------------------------- */

struct offload_bridge;

/* loop: of the client; that of whoever calls. 0 or -ENOMEM. */
int offload_bridge_new(struct offload_client *client, struct loop *loop,
		       struct offload_bridge **ret);

/* After offload_stop. Accepts NULL, returns NULL. */
struct offload_bridge *offload_bridge_free(struct offload_bridge *bridge);

/*
 * Makes a binding to a provider into one that is called with a ry_call. selves: that of the
 * provider, or one for each thread of the pool; they and provider outlive the bridge's last call.
 * Returns 0 or -E2BIG.
 */
int offload_bridge_bind(struct offload_bridge *bridge, const struct ry_binding *provider,
			void *const *selves, uint32_t n_selves, struct ry_binding *ret);

/* Is a thread inside one of its calls? After offload_stop: one that never came back. */
bool offload_bridge_running(struct offload_bridge *bridge);

#endif
