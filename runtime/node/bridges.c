/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which instances a bridge makes. Preflight has seen to it that the ways here are possible; what is
 * said about them in a finding (RYR020, RYR021, RYR027 to RYR029) is why they are as they are.
 *
 * - wait: the provider and all that it needs are a closure (di.h) with a loop of its own.
 * - offload: a provider that is safe to call from several threads is bound as it is; of others
 *   there is one for each thread of the pool, each with all that it needs.
 * - an offloaded node calls from one thread at a time: of providers that are not thread-safe it has
 *   instances of its own.
 */
#include "node/bridges.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "node/log.h"
#include "node/offloaded.h"

/* How long threads are waited for at the end, after a second and after a first signal. */
#define LAST_MOMENT_MS 50u
#define DRAINED_MS     500u

_Static_assert(PLAN_BRIDGE_OPS == BRIDGE_MAX_OPS, "preflight says what a bridge can serve");

enum way {
	WAY_DIRECT,
	WAY_WAIT,
	WAY_SHARED,	/* offload: one provider for all threads */
	WAY_PER_THREAD, /* offload */
	WAY_OWN,	/* direct, from an offloaded node */
};

/* What a need of a closure is tagged with. */
struct tag {
	enum way way;
};

struct wait_entry {
	size_t closure;
	struct wait_bridge *bridge;
	struct wait_entry *next;
};

struct client_entry {
	struct loop *loop;
	struct offload_client *client;
	struct client_entry *next;
};

/* Who calls whom over an offload bridge. */
struct offload_entry {
	struct offload_bridge *bridge;
	struct node *node; /* the caller, or */
	struct instance *instance;
	struct instance **providers;
	uint32_t n_providers;
	struct offload_entry *next;
};

struct bridges {
	struct wait_entry *waits;
	struct offload *pool; /* NULL: nothing is offloaded */
	struct client_entry *clients;
	struct offload_entry *offloads;
	uint32_t n_abandoned; /* threads */
};

static struct bridges *bridges_of(struct unit *unit) {
	if (!unit->bridges)
		unit->bridges = arena_new(&unit->arena, struct bridges);
	return unit->bridges;
}

static uint32_t n_threads(const struct unit *unit) {
	return (uint32_t)unit->plan->manifest->runtime.offload.threads;
}

static enum way way_of(const struct bridge_user *user, const struct plan_slot *slot) {
	const struct plan *plan = user->unit->plan;

	if (slot->adapter == PLAN_NONE)
		return WAY_DIRECT;
	if (slot->bridge == BRIDGE_WAIT)
		return WAY_WAIT;
	if (slot->bridge == BRIDGE_OFFLOAD)
		return plan_slot_thread_safe(plan, slot) ? WAY_SHARED : WAY_PER_THREAD;
	return user->offloaded && !plan_slot_thread_safe(plan, slot) ? WAY_OWN : WAY_DIRECT;
}

/* -- needs ---------------------------------------------------------------------------------- */

uint32_t bridges_count_needs(const struct bridge_user *user) {
	uint32_t n = user->n_slots;

	for (uint32_t i = 0; i < user->n_slots; i++)
		if (way_of(user, &user->slots[i]) == WAY_PER_THREAD)
			n += n_threads(user->unit) - 1;
	return n;
}

static const struct tag *new_tag(const struct bridge_user *user, enum way way) {
	struct tag *tag = arena_new(&user->unit->arena, struct tag);

	tag->way = way;
	return tag;
}

uint32_t bridges_mark_needs(const struct bridge_user *user, struct di_need *needs) {
	uint32_t n = user->n_slots + user->n_other;
	const struct tag *own = NULL;

	for (uint32_t i = 0; i < user->n_slots; i++) {
		enum way way = way_of(user, &user->slots[i]);

		if (way == WAY_WAIT || way == WAY_PER_THREAD)
			needs[i].own = new_tag(user, way);
		else if (way == WAY_OWN)
			needs[i].own = own = own ? own : new_tag(user, way);
		for (uint32_t t = 1; way == WAY_PER_THREAD && t < n_threads(user->unit); t++) {
			needs[n] = needs[i];
			needs[n++].own = new_tag(user, way);
		}
	}
	return n;
}

/* -- homes ---------------------------------------------------------------------------------- */

static int wait_of(struct unit *unit, size_t closure, struct wait_bridge **ret) {
	struct bridges *bridges = bridges_of(unit);
	struct wait_entry *entry;
	int r;

	for (entry = bridges->waits; entry; entry = entry->next)
		if (entry->closure == closure)
			break;
	if (!entry) {
		entry = arena_new(&unit->arena, struct wait_entry);
		entry->closure = closure;
		r = wait_bridge_new(unit->interrupt, &entry->bridge);
		if (r < 0)
			return r;
		entry->next = bridges->waits;
		bridges->waits = entry;
	}
	*ret = entry->bridge;
	return 0;
}

int bridges_home(struct unit *unit, const struct di_instance_key *key, struct home *ret) {
	const struct tag *tag = key->own;
	struct home home = {.loop = unit->loop};
	int r = 0;

	if (tag && tag->way == WAY_WAIT) {
		r = wait_of(unit, key->closure, &home.wait);
		home.loop = r == 0 ? wait_bridge_loop(home.wait) : NULL;
	} else if (tag) {
		home.loop = NULL; /* it is called on threads of the pool */
	}
	if (r == 0)
		*ret = home;
	return r;
}

/* -- the pool ------------------------------------------------------------------------------- */

static int client_of(struct unit *unit, struct loop *loop, struct offload_client **ret) {
	struct bridges *bridges = bridges_of(unit);
	struct client_entry *entry;
	int r = 0;

	for (entry = bridges->clients; entry; entry = entry->next)
		if (entry->loop == loop)
			break;
	if (!entry) {
		entry = arena_new(&unit->arena, struct client_entry);
		entry->loop = loop;
		if (!bridges->pool)
			r = offload_new(n_threads(unit),
					(uint32_t)unit->plan->manifest->runtime.offload.queue,
					&bridges->pool);
		if (r == 0)
			r = offload_client_new(bridges->pool, loop, &entry->client);
		if (r < 0)
			return r;
		entry->next = bridges->clients;
		bridges->clients = entry;
	}
	*ret = entry->client;
	return 0;
}

int bridges_offload_node(struct node *node) {
	struct offload_client *client;
	int r = client_of(node->unit, node->unit->loop, &client);

	return r < 0 ? r : offloaded_new(node, client);
}

/* -- binding -------------------------------------------------------------------------------- */

/* Of the slot's further instances, the first one's place among the needs. */
static uint32_t further_needs(const struct bridge_user *user, uint32_t slot) {
	uint32_t at = user->n_slots + user->n_other;

	for (uint32_t i = 0; i < slot; i++)
		if (way_of(user, &user->slots[i]) == WAY_PER_THREAD)
			at += n_threads(user->unit) - 1;
	return at;
}

static int bind_offload(const struct bridge_user *user, uint32_t slot, bool per_thread,
			const struct ry_binding *binding, void *const *needs,
			struct ry_binding *ret) {
	struct unit *unit = user->unit;
	struct bridges *bridges = bridges_of(unit);
	struct offload_entry *entry = arena_new(&unit->arena, struct offload_entry);
	uint32_t n = per_thread ? n_threads(unit) : 1, further = further_needs(user, slot);
	void **selves = arena_array(&unit->arena, void *, n);
	struct offload_client *client;
	int r = client_of(unit, user->loop, &client);

	if (r == 0)
		r = offload_bridge_new(client, user->loop, &entry->bridge);
	if (r < 0)
		return r;
	entry->node = user->node;
	entry->instance = user->instance;
	entry->providers = arena_array(&unit->arena, struct instance *, n);
	entry->n_providers = n;
	for (uint32_t i = 0; i < n; i++) {
		entry->providers[i] = needs[i == 0 ? slot : further + i - 1];
		selves[i] = entry->providers[i]->self;
	}
	entry->next = bridges->offloads;
	bridges->offloads = entry;
	return offload_bridge_bind(entry->bridge, binding, selves, n, ret);
}

int bridges_bind(const struct bridge_user *user, uint32_t slot, const struct ry_binding *binding,
		 void *const *needs, const struct ry_binding **ret) {
	const struct instance *provider = needs[slot];
	enum way way = way_of(user, &user->slots[slot]);
	struct ry_binding *bridged;
	int r = 0;

	if (way == WAY_OWN || (way != WAY_WAIT && !user->loop))
		way = WAY_DIRECT; /* exporters have a thread of their own, which may block */
	if (way == WAY_DIRECT) {
		*ret = binding;
		return 0;
	}
	bridged = arena_new(&user->unit->arena, struct ry_binding);
	if (way == WAY_WAIT)
		r = wait_bridge_bind(provider->wait, binding, bridged);
	else
		r = bind_offload(user, slot, way == WAY_PER_THREAD, binding, needs, bridged);
	if (r == 0)
		*ret = bridged;
	return r;
}

/* -- life ----------------------------------------------------------------------------------- */

int bridges_start(struct unit *unit) {
	int r;

	if (!unit->bridges || !unit->bridges->pool)
		return 0;
	r = offload_start(unit->bridges->pool);
	return r < 0 ? component_report(unit, "offload", "cannot start the threads of the pool", r)
		     : 0;
}

/* A thread may touch it, and what it calls, at any time. */
static void leave_alone(struct instance *instance) {
	if (!instance)
		return;
	instance->started = false;
	for (size_t i = 0; i < instance->n_needs; i++)
		leave_alone(instance->needs[i]);
}

static void report_abandoned(struct unit *unit, const char *component) {
	static const char text[] = "a call on a thread of the offload pool has not come back; "
				   "the thread is abandoned";

	log_write(unit->log, RY_LOG_ERROR, text, component, text, NULL, 0, NULL, NULL);
}

static void leave_bridge_alone(struct unit *unit, const struct offload_entry *entry) {
	if (!offload_bridge_running(entry->bridge))
		return;
	for (uint32_t i = 0; i < entry->n_providers; i++)
		leave_alone(entry->providers[i]);
	if (entry->node)
		entry->node->started = false;
	if (entry->instance)
		entry->instance->started = false;
	report_abandoned(unit, entry->providers[0]->name);
}

static void leave_node_alone(struct node *node) {
	if (!node->offloaded || !offloaded_running(node->offloaded))
		return;
	node->started = false;
	for (size_t i = 0; i < node->n_needs; i++)
		leave_alone(node->needs[i]);
	report_abandoned(node->unit, node->plan->name);
}

static void mark_pooled(struct instance *instance) {
	if (!instance || instance->pooled)
		return;
	instance->pooled = true;
	for (size_t i = 0; i < instance->n_needs; i++)
		mark_pooled(instance->needs[i]);
}

/* A request that comes while one is still to be served is served with that one. */
void bridges_reopen(struct unit *unit, void (*reopen)(void *unit)) {
	const struct bridges *bridges = unit->bridges;

	if (!bridges || !bridges->clients)
		return;
	for (struct offload_entry *entry = bridges->offloads; entry; entry = entry->next)
		for (uint32_t i = 0; i < entry->n_providers; i++)
			mark_pooled(entry->providers[i]);
	for (uint32_t i = 0; i < unit->n_nodes; i++)
		for (size_t n = 0; unit->nodes[i].offloaded && n < unit->nodes[i].n_needs; n++)
			mark_pooled(unit->nodes[i].needs[n]);
	for (const struct instance *i = unit->instances; i; i = i->next)
		if (i->pooled && i->type->ops->reopen) {
			(void)offload_when_quiet(bridges->clients->client, reopen, unit);
			return;
		}
}

/*
 * What is still running by now belongs to tasks that were given up. At the end of a stream it may
 * take its time; after a signal there is but a moment before the process is ended (signals.c).
 */
static uint64_t patience(const struct unit *unit) {
	const struct bridge_interrupt *interrupt = unit->interrupt;
	uint64_t limit = (uint64_t)unit->plan->manifest->runtime.platform.lifecycle.term_timeout_ms;
	uint64_t most = limit;

	if (interrupt && interrupt->requested(interrupt->user))
		most = LAST_MOMENT_MS;
	else if (interrupt && interrupt->draining && interrupt->draining(interrupt->user))
		most = DRAINED_MS;
	return (most < limit ? most : limit) * NS_PER_MS;
}

void bridges_stop(struct unit *unit) {
	struct bridges *bridges = unit->bridges;

	if (!bridges || !bridges->pool)
		return;
	bridges->n_abandoned += offload_stop(bridges->pool, patience(unit));
	if (!bridges->n_abandoned)
		return;
	for (struct offload_entry *entry = bridges->offloads; entry; entry = entry->next)
		leave_bridge_alone(unit, entry);
	for (uint32_t i = 0; i < unit->n_nodes; i++)
		leave_node_alone(&unit->nodes[i]);
}

uint32_t unit_abandoned_threads(const struct unit *unit) {
	return unit->bridges ? unit->bridges->n_abandoned : 0;
}

void bridges_free(struct unit *unit) {
	struct bridges *bridges = unit->bridges;

	if (!bridges)
		return;
	assert(!bridges->n_abandoned);
	for (uint32_t i = 0; i < unit->n_nodes; i++)
		unit->nodes[i].offloaded = offloaded_free(unit->nodes[i].offloaded);
	for (struct offload_entry *entry = bridges->offloads; entry; entry = entry->next)
		offload_bridge_free(entry->bridge);
	bridges->pool = offload_free(bridges->pool);
	for (struct wait_entry *entry = bridges->waits; entry; entry = entry->next)
		wait_bridge_free(entry->bridge);
}
