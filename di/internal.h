/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the container share. */
#ifndef DI_INTERNAL_H
#define DI_INTERNAL_H

#include "base/arena.h"
#include "base/strmap.h"
#include "di.h"

#define NONE SIZE_MAX

/* Which components fit one version of a contract; computed once for all that need it. */
struct fit {
	uint32_t major, minor;
	size_t *components; /* ascending */
	size_t count;
	struct fit *next;
};

struct contract {
	size_t *components; /* that offer it in any version, ascending */
	size_t count, capacity;
	struct fit *fits;
};

struct instance {
	size_t component;
	struct di_instance_key key;
	size_t group;  /* index in di->groups; NONE: process scope */
	size_t *needs; /* instances; NONE: absent */
	void **built;  /* the same as objects; what build was given */
	void *object;
};

struct entry {
	struct di_component c;
	size_t first_need; /* in di->resolved */
	size_t instance;   /* the only one of a root or of process scope; NONE */
};

struct di {
	struct arena arena;
	struct entry *entries;
	size_t count, capacity;
	struct strmap names;
	struct strmap contract_names;
	struct contract *contracts;
	size_t n_contracts, contracts_capacity;
	/* After di_resolve: */
	size_t n_needs;
	size_t *resolved; /* component of each need of each component, or NONE */
	size_t *order;
	bool sound; /* resolved without problems */
	/* After di_build: in the order of construction. */
	struct strmap groups;
	struct instance *instances;
	size_t n_instances, instances_capacity;
	size_t *sequence; /* instances in construction order */
	size_t n_built;
};

#endif
