/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wait bridge. A call is begun with a ry_call of the bridge's own, and the provider's loop is
 * turned until that has been completed. There is no limit of time here: the call's own timeout is
 * the provider's, and ends the wait through it.
 *
 * The run's end at once (a second signal) is the other end of a wait. Its descriptor belongs to the
 * runner, which reads it when it comes round; while a wait lasts it does not. So the wait reads it
 * itself, lest a readable descriptor turn the loop without end, and makes it readable again when
 * it is over: the runner misses nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "node/bridge.h"
#include "node/bridge_ops.h"

struct wait_bridge {
	struct loop *loop;
	const struct bridge_interrupt *interrupt; /* NULL: none */
	struct loop_io *watch;
	bool woken; /* the interrupt's descriptor has been read and is to be readable again */
	bool turning;
	const struct ry_binding *provider;
};

struct waiting {
	struct ry_call call;
	bool done;
	int status;
};

static void on_done(struct ry_call *call, int status) {
	struct waiting *waiting = call->owner;

	waiting->done = true;
	waiting->status = status;
}

static void on_woken(void *user, uint32_t events) {
	struct wait_bridge *bridge = user;
	uint64_t count;

	(void)events;
	if (read(bridge->interrupt->fd, &count, sizeof(count)) == (ssize_t)sizeof(count))
		bridge->woken = true;
}

static bool interrupted(const struct wait_bridge *bridge) {
	return bridge->interrupt && bridge->interrupt->requested(bridge->interrupt->user);
}

static int turn_until_done(struct wait_bridge *bridge, struct waiting *waiting) {
	int r = 0;

	while (!waiting->done) {
		r = interrupted(bridge) ? -ECANCELED : loop_run_once(bridge->loop);
		if (r < 0 && !waiting->done) {
			ry_call_cancel(&waiting->call);
			return r;
		}
	}
	return waiting->status;
}

static void pass_on_wakeup(struct wait_bridge *bridge) {
	const uint64_t one = 1;
	ssize_t n;

	if (!bridge->woken)
		return;
	bridge->woken = false;
	do
		n = write(bridge->interrupt->fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
}

static int wait_call(void *self, uint32_t op, const void *request, void *result,
		     struct ry_call *call) {
	struct wait_bridge *bridge = self;
	struct waiting waiting = {
		.call = {RY_SIZE(ry_call), .done = on_done, .owner = &waiting},
	};
	int r;

	if (call)
		return -EINVAL; /* a slot of consume that is called otherwise */
	if (bridge->turning)
		return -EDEADLK; /* from a callback of its own loop: preflight refuses what could */
	r = bridge->provider->ops[op](bridge->provider->self, request, result, &waiting.call);
	if (r != RY_PENDING)
		return r;
	bridge->turning = true;
	r = turn_until_done(bridge, &waiting);
	bridge->turning = false;
	pass_on_wakeup(bridge);
	return r;
}

BRIDGE_OPS(wait, wait_call);

int wait_bridge_new(const struct bridge_interrupt *interrupt, struct wait_bridge **ret) {
	struct wait_bridge *bridge = calloc(1, sizeof(*bridge));
	int r;

	if (!bridge)
		return -ENOMEM;
	bridge->interrupt = interrupt;
	r = loop_new(LOOP_PRECISE, &bridge->loop);
	if (r == 0 && interrupt)
		r = loop_io_start(bridge->loop, interrupt->fd, RY_IO_READ, on_woken, bridge,
				  &bridge->watch);
	if (r < 0) {
		wait_bridge_free(bridge);
		return r;
	}
	*ret = bridge;
	return 0;
}

struct wait_bridge *wait_bridge_free(struct wait_bridge *bridge) {
	if (!bridge)
		return NULL;
	loop_io_stop(bridge->watch);
	loop_free(bridge->loop);
	free(bridge);
	return NULL;
}

struct loop *wait_bridge_loop(struct wait_bridge *bridge) {
	return bridge->loop;
}

int wait_bridge_bind(struct wait_bridge *bridge, const struct ry_binding *provider,
		     struct ry_binding *ret) {
	if (provider->op_count > BRIDGE_MAX_OPS)
		return -E2BIG;
	bridge->provider = provider;
	*ret = *provider;
	ret->ops = wait_ops;
	ret->self = bridge;
	return 0;
}
