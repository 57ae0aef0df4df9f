/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instances. First it is found out which ones are wanted: every root, and then, for each instance
 * in the order in which it was found, what its needs resolve to: the process's one, its group's
 * one, one of its own, or its closure's one. Then all are built, component by component in construction order.
 */
#include "internal.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/alloc.h"

/* Node scope under node scope multiplies; beyond this the plan is not one that anybody meant. */
#define MAX_INSTANCES (1u << 20)

struct demand {
	struct di *di;
	struct strmap per_group;  /* "group/component" of what is shared in a group */
	struct strmap closures;	  /* "instance/tag": their numbers */
	struct strmap in_closure; /* "closure/component" of what is shared in one */
};

static size_t new_instance(struct di *di, size_t component, size_t group,
			   const struct di_instance_key *key) {
	size_t at = di->n_instances++;
	size_t n = di->entries[component].c.n_needs;
	struct instance *instance;

	di->instances =
		must_grow(di->instances, at, &di->instances_capacity, sizeof(struct instance));
	instance = &di->instances[at];
	*instance = (struct instance){.component = component, .group = group, .key = *key};
	instance->needs = arena_array(&di->arena, size_t, n);
	instance->built = arena_array(&di->arena, void *, n);
	return at;
}

static size_t group_index(struct di *di, const char *group) {
	if (!group)
		return NONE;
	strmap_add(&di->groups, group, di->groups.count);
	return strmap_get(&di->groups, group);
}

static size_t process_instance(struct di *di, size_t component) {
	struct entry *entry = &di->entries[component];
	const char *group = entry->c.root ? entry->c.group : NULL;
	struct di_instance_key key = {.component = entry->c.name, .group = group};

	if (entry->instance == NONE)
		entry->instance = new_instance(di, component, group_index(di, group), &key);
	return entry->instance;
}

static size_t group_instance(struct demand *d, size_t component, const struct instance *user) {
	struct di *di = d->di;
	struct di_instance_key key = {.component = di->entries[component].c.name,
				      .group = user->key.group};
	const char *name = arena_printf(&di->arena, "%zu/%zu", user->group, component);
	size_t group = user->group, at = strmap_get(&d->per_group, name);

	if (at == STRMAP_NONE) {
		at = new_instance(di, component, group, &key);
		strmap_add(&d->per_group, name, at);
	}
	return at;
}

/* For a need of a user; owned: made for a closure, whose tag and number it gets. */
static size_t node_instance(struct di *di, size_t component, const struct instance *user,
			    size_t need, const struct di_instance_key *owned) {
	const struct di_component *c = &di->entries[user->component].c;
	const char *own = user->key.user;
	struct di_instance_key key = {
		.component = di->entries[component].c.name,
		.group = user->key.group,
		.own = owned->own,
		.closure = owned->closure,
		.user = arena_printf(&di->arena, "%s%s%s.%s", own ? own : "", own ? "/" : "",
				     c->name, c->needs[need].slot),
	};

	return new_instance(di, component, user->group, &key);
}

static size_t closure_of(struct demand *d, size_t user, const void *tag) {
	const char *name = arena_printf(&d->di->arena, "%zu/%p", user, tag);
	size_t next = d->closures.count + 1;

	return strmap_add(&d->closures, name, next) ? next : strmap_get(&d->closures, name);
}

static size_t closure_instance(struct demand *d, size_t component, const struct instance *user,
			       size_t need, const struct di_instance_key *owned) {
	const char *name = arena_printf(&d->di->arena, "%zu/%zu", owned->closure, component);
	size_t at = strmap_get(&d->in_closure, name);

	if (at == STRMAP_NONE) {
		at = node_instance(d->di, component, user, need, owned);
		strmap_add(&d->in_closure, name, at);
	}
	return at;
}

static size_t instance_for(struct demand *d, size_t user, size_t need) {
	struct di *di = d->di;
	struct instance *instance = &di->instances[user];
	const struct entry *entry = &di->entries[instance->component];
	size_t component = di->resolved[entry->first_need + need];
	const void *tag = entry->c.needs[need].own;
	struct di_instance_key owned = {.own = tag ? tag : instance->key.own,
					.closure = instance->key.closure};

	if (component == NONE)
		return NONE;
	if (di->entries[component].c.root)
		return process_instance(di, component);
	if (tag)
		owned.closure = closure_of(d, user, tag);
	else if (di->entries[component].c.scope == DI_NODE)
		return node_instance(di, component, instance, need, &owned);
	if (owned.closure)
		return closure_instance(d, component, instance, need, &owned);
	if (di->entries[component].c.scope == DI_GROUP)
		return group_instance(d, component, instance);
	return process_instance(di, component);
}

static int find_instances(struct di *di) {
	struct demand d = {.di = di,
			   .per_group = STRMAP_INIT,
			   .closures = STRMAP_INIT,
			   .in_closure = STRMAP_INIT};
	int r = 0;

	for (size_t i = 0; i < di->count; i++)
		if (di->entries[i].c.root)
			process_instance(di, i);
	for (size_t i = 0; i < di->n_instances && !r; i++) {
		size_t n = di->entries[di->instances[i].component].c.n_needs;

		for (size_t need = 0; need < n; need++) {
			size_t found = instance_for(&d, i, need);

			di->instances[i].needs[need] = found;
		}
		if (di->n_instances > MAX_INSTANCES)
			r = -E2BIG;
	}
	strmap_fini(&d.per_group);
	strmap_fini(&d.closures);
	strmap_fini(&d.in_closure);
	return r;
}

/* A counting sort: by the place of the component in the order, else as found. */
static void put_in_sequence(struct di *di) {
	size_t *start = must_calloc(di->count + 1, sizeof(size_t));
	size_t *place = must_calloc(di->count, sizeof(size_t));

	for (size_t i = 0; i < di->count; i++)
		place[di->order[i]] = i;
	for (size_t i = 0; i < di->n_instances; i++)
		start[place[di->instances[i].component] + 1]++;
	for (size_t i = 0; i < di->count; i++)
		start[i + 1] += start[i];
	free(di->sequence);
	di->sequence = must_calloc(di->n_instances, sizeof(size_t));
	for (size_t i = 0; i < di->n_instances; i++)
		di->sequence[start[place[di->instances[i].component]]++] = i;
	free(start);
	free(place);
}

static int build_one(struct di *di, size_t at) {
	struct instance *instance = &di->instances[at];
	const struct di_component *c = &di->entries[instance->component].c;

	for (size_t n = 0; n < c->n_needs; n++)
		if (instance->needs[n] != NONE)
			instance->built[n] = di->instances[instance->needs[n]].object;
	return c->build(c->user, &instance->key, instance->built, &instance->object);
}

int di_build(struct di *di) {
	int r;

	if (!di->sound || di->n_instances)
		return -EINVAL;
	r = find_instances(di);
	if (!r)
		put_in_sequence(di);
	while (!r && di->n_built < di->n_instances) {
		r = build_one(di, di->sequence[di->n_built]);
		if (!r)
			di->n_built++;
	}
	if (r)
		di_destroy(di);
	return r;
}

void di_destroy(struct di *di) {
	while (di->n_built) {
		struct instance *instance = &di->instances[di->sequence[--di->n_built]];
		const struct di_component *c = &di->entries[instance->component].c;

		c->destroy(c->user, instance->object);
		instance->object = NULL;
	}
	di->n_instances = 0;
	for (size_t i = 0; i < di->count; i++)
		di->entries[i].instance = NONE;
}

void *di_root_instance(const struct di *di, size_t component) {
	size_t at = di->entries[component].instance;

	return at == NONE || !di->n_built ? NULL : di->instances[at].object;
}

void di_each(const struct di *di, void (*each)(void *user, size_t component, void *instance),
	     void *user) {
	for (size_t i = 0; i < di->n_built; i++) {
		const struct instance *instance = &di->instances[di->sequence[i]];

		each(user, instance->component, instance->object);
	}
}
