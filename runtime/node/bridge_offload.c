/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The offload bridge. Each call is a job of the pool: begun in the order of the calls of a binding,
 * completed on the caller's loop.
 *
 * What the operation is given stays the caller's memory, and the operation cannot be interrupted.
 * So a call that a thread has begun ends when the operation returns and not before: its deadline does
 * not end it, and cancelling it waits, unless the caller is patient (RY_CALL_PATIENT). One that has not begun is dropped at once when
 * it is cancelled, and completed with -ETIMEDOUT when its deadline passes.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "node/bridge.h"
#include "node/bridge_ops.h"

struct offloaded_call {
	struct offload_job job; /* must be first */
	struct offload_bridge *bridge;
	struct ry_call *call;
	uint64_t deadline_ns; /* 0: none, or it has begun before */
	uint32_t op;
	bool waits; /* for room in the pool */
	int status;
	const void *request;
	void *result;
	struct offloaded_call *prev, *next;
};

struct offload_bridge {
	struct offload_client *client;
	struct loop *loop;
	struct loop_timer *timer; /* of the next deadline; made with the first */
	uint64_t timer_ns;	  /* 0: it does not run */
	struct offload_waiter waiter;
	struct offloaded_call *first, *last;  /* all that have not ended, in the order of calls */
	struct offloaded_call *first_waiting; /* this one and all behind it wait for room */
	struct offloaded_call *free;
	const struct ry_binding *provider;
	void *const *selves;
	uint32_t n_selves;
};

/* -- the calls of a bridge ------------------------------------------------------------------ */

static void link_call(struct offloaded_call *call) {
	struct offload_bridge *bridge = call->bridge;

	call->next = NULL;
	call->prev = bridge->last;
	if (bridge->last)
		bridge->last->next = call;
	else
		bridge->first = call;
	bridge->last = call;
}

/* Takes it off the list, and keeps its memory for the next one. */
static void drop_call(struct offloaded_call *call) {
	struct offload_bridge *bridge = call->bridge;

	if (bridge->first_waiting == call)
		bridge->first_waiting = call->next;
	if (!bridge->first_waiting)
		offload_unwait(bridge->client, &bridge->waiter);
	if (call->prev)
		call->prev->next = call->next;
	else
		bridge->first = call->next;
	if (call->next)
		call->next->prev = call->prev;
	else
		bridge->last = call->prev;
	call->next = bridge->free;
	bridge->free = call;
}

static void end_call(struct offloaded_call *ended, int status) {
	struct ry_call *call = ended->call;

	drop_call(ended);
	ry_call_complete(call, status);
}

/* -- running -------------------------------------------------------------------------------- */

static void run(struct offload_job *job, uint32_t thread) {
	struct offloaded_call *call = (struct offloaded_call *)job;
	const struct offload_bridge *bridge = call->bridge;
	void *self = bridge->selves[bridge->n_selves > 1 ? thread : 0];

	if (call->deadline_ns && clock_monotonic_ns() >= call->deadline_ns) {
		call->status = -ETIMEDOUT;
		return;
	}
	call->status = bridge->provider->ops[call->op](self, call->request, call->result, NULL);
	if (call->status == RY_PENDING)
		call->status = -EPROTO; /* there is no call that could be completed */
}

static void done(struct offload_job *job, int status) {
	struct offloaded_call *call = (struct offloaded_call *)job;

	end_call(call, status < 0 ? status : call->status);
}

static void on_room(struct offload_waiter *waiter) {
	struct offload_bridge *bridge =
		(struct offload_bridge *)((char *)waiter - offsetof(struct offload_bridge, waiter));
	struct offloaded_call *call;

	while ((call = bridge->first_waiting)) {
		int r = offload_submit(bridge->client, &call->job);

		if (r == -EAGAIN) {
			offload_wait_room(bridge->client, waiter);
			return;
		}
		bridge->first_waiting = call->next;
		call->waits = false;
		if (r < 0)
			end_call(call, -ECANCELED); /* the pool has been stopped */
	}
}

/* -- deadlines ------------------------------------------------------------------------------ */

static struct offloaded_call *next_expired(struct offload_bridge *bridge, uint64_t now) {
	for (struct offloaded_call *call = bridge->first; call; call = call->next) {
		if (!call->deadline_ns || call->deadline_ns > now)
			continue;
		if (call->waits || offload_withdraw(&call->job))
			return call;
	}
	return NULL;
}

static void set_timer(struct offload_bridge *bridge, uint64_t deadline_ns, uint64_t now) {
	bridge->timer_ns = deadline_ns;
	/* Fails only without memory; whoever begins the call looks at its deadline too. */
	(void)loop_timer_set(bridge->timer, deadline_ns > now ? deadline_ns - now : 0, false);
}

static void on_deadline(void *user) {
	struct offload_bridge *bridge = user;
	uint64_t now = clock_monotonic_ns(), next = 0;
	struct offloaded_call *call;

	bridge->timer_ns = 0;
	while ((call = next_expired(bridge, now)))
		end_call(call, -ETIMEDOUT); /* may begin and end other calls */
	for (call = bridge->first; call; call = call->next)
		if (call->deadline_ns > now && (!next || call->deadline_ns < next))
			next = call->deadline_ns;
	if (next && (!bridge->timer_ns || next < bridge->timer_ns))
		set_timer(bridge, next, now);
}

static int watch_deadline(struct offload_bridge *bridge, uint64_t deadline_ns) {
	int r = 0;

	if (!bridge->timer)
		r = loop_timer_new(bridge->loop, on_deadline, bridge, &bridge->timer);
	if (r == 0 && (!bridge->timer_ns || deadline_ns < bridge->timer_ns))
		set_timer(bridge, deadline_ns, clock_monotonic_ns());
	return r;
}

/* -- calling -------------------------------------------------------------------------------- */

static void cancel(struct ry_call *cancelled) {
	struct offloaded_call *call = cancelled->provider;

	if (!call->waits && !offload_withdraw(&call->job)) {
		if (cancelled->flags & RY_CALL_PATIENT) {
			cancelled->cancel = cancel; /* done is called */
			return;
		}
		offload_recall(&call->job);
	}
	drop_call(call);
}

static struct offloaded_call *new_call(struct offload_bridge *bridge) {
	struct offloaded_call *call = bridge->free;

	if (!call)
		return calloc(1, sizeof(*call));
	bridge->free = call->next;
	return call;
}

/* Behind what waits for room already, else into the pool if it has room. */
static int submit(struct offload_bridge *bridge, struct offloaded_call *call) {
	int r = bridge->first_waiting ? -EAGAIN : offload_submit(bridge->client, &call->job);

	call->waits = r == -EAGAIN;
	if (call->waits && !bridge->first_waiting) {
		bridge->first_waiting = call;
		offload_wait_room(bridge->client, &bridge->waiter);
	}
	return call->waits ? 0 : r;
}

static int offload_call(void *self, uint32_t op, const void *request, void *result,
			struct ry_call *ry_call) {
	struct offload_bridge *bridge = self;
	struct offloaded_call *call;
	int r;

	if (!ry_call)
		return -EINVAL; /* a slot of aconsume that is called otherwise */
	call = new_call(bridge);
	if (!call)
		return -ENOMEM;
	*call = (struct offloaded_call){
		.job = {.run = run, .done = done},
		.bridge = bridge,
		.call = ry_call,
		.deadline_ns = ry_call->deadline_ns,
		.op = op,
		.request = request,
		.result = result,
	};
	link_call(call);
	r = call->deadline_ns ? watch_deadline(bridge, call->deadline_ns) : 0;
	if (r == 0)
		r = submit(bridge, call);
	if (r < 0) {
		drop_call(call);
		return r == -ESHUTDOWN ? -ECANCELED : r;
	}
	ry_call->provider = call;
	ry_call->cancel = cancel;
	return RY_PENDING;
}

BRIDGE_OPS(offload, offload_call);

/* -- life ----------------------------------------------------------------------------------- */

int offload_bridge_new(struct offload_client *client, struct loop *loop,
		       struct offload_bridge **ret) {
	struct offload_bridge *bridge = calloc(1, sizeof(*bridge));

	if (!bridge)
		return -ENOMEM;
	bridge->client = client;
	bridge->loop = loop;
	bridge->waiter.on_room = on_room;
	*ret = bridge;
	return 0;
}

struct offload_bridge *offload_bridge_free(struct offload_bridge *bridge) {
	if (!bridge)
		return NULL;
	loop_timer_free(bridge->timer);
	while (bridge->free) {
		struct offloaded_call *next = bridge->free->next;

		free(bridge->free);
		bridge->free = next;
	}
	free(bridge);
	return NULL;
}

int offload_bridge_bind(struct offload_bridge *bridge, const struct ry_binding *provider,
			void *const *selves, uint32_t n_selves, struct ry_binding *ret) {
	if (provider->op_count > BRIDGE_MAX_OPS)
		return -E2BIG;
	bridge->provider = provider;
	bridge->selves = selves;
	bridge->n_selves = n_selves;
	*ret = *provider;
	ret->ops = offload_ops;
	ret->self = bridge;
	return 0;
}

bool offload_bridge_running(struct offload_bridge *bridge) {
	for (struct offloaded_call *call = bridge->first; call; call = call->next)
		if (offload_running(&call->job))
			return true;
	return false;
}
