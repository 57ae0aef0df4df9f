/* SPDX-License-Identifier: Apache-2.0 */
/* The container's registry, and what may be asked of it. */
#include "internal.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

struct di *di_new(void) {
	return must_calloc(1, sizeof(struct di));
}

struct di *di_free(struct di *di) {
	if (!di)
		return NULL;
	di_destroy(di);
	for (size_t i = 0; i < di->n_contracts; i++)
		free(di->contracts[i].components);
	strmap_fini(&di->names);
	strmap_fini(&di->contract_names);
	strmap_fini(&di->groups);
	free(di->contracts);
	free(di->entries);
	free(di->instances);
	free(di->sequence);
	arena_fini(&di->arena);
	free(di);
	return NULL;
}

static struct contract *contract_of(struct di *di, const char *name) {
	size_t at = strmap_get(&di->contract_names, name);

	if (at == STRMAP_NONE) {
		at = di->n_contracts++;
		di->contracts = must_grow(di->contracts, at, &di->contracts_capacity,
					  sizeof(struct contract));
		di->contracts[at] = (struct contract){0};
		strmap_add(&di->contract_names, name, at);
	}
	return &di->contracts[at];
}

static void add_offer(struct di *di, size_t component, const struct di_offer *offer) {
	struct contract *contract = contract_of(di, offer->contract);

	/* One contract in two versions is one candidate. */
	if (contract->count && contract->components[contract->count - 1] == component)
		return;
	contract->components = must_grow(contract->components, contract->count, &contract->capacity,
					 sizeof(size_t));
	contract->components[contract->count++] = component;
}

size_t di_add(struct di *di, const struct di_component *component) {
	size_t index = di->count;
	bool nameless = component->root && !component->n_offers;
	bool added = nameless || strmap_add(&di->names, component->name, index);

	assert(added && !di->resolved);
	assert(!component->root || component->scope == DI_PROCESS);
	(void)added;
	di->entries = must_grow(di->entries, index, &di->capacity, sizeof(struct entry));
	di->entries[index] = (struct entry){*component, di->n_needs, NONE};
	di->n_needs += component->n_needs;
	di->count++;
	for (size_t i = 0; i < component->n_offers; i++)
		add_offer(di, index, &component->offers[i]);
	return index;
}

size_t di_resolved(const struct di *di, size_t component, size_t need) {
	assert(di->resolved && component < di->count);
	assert(need < di->entries[component].c.n_needs);
	return di->resolved[di->entries[component].first_need + need];
}

const size_t *di_order(const struct di *di, size_t *ret_n) {
	assert(di->order);
	*ret_n = di->count;
	return di->order;
}
