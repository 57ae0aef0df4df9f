/* SPDX-License-Identifier: Apache-2.0 */
/* Instances of adapters, for the two files that make them and that start and stop them. */
#ifndef NODE_INSTANCE_H
#define NODE_INSTANCE_H

#include "node/node.h"

/* An adapter instance; sources and sinks have one too. */
struct instance {
	struct unit *unit;
	const struct ry_adapter_type *type;
	const char *name;
	void *self;
	struct host host;
	struct wait_bridge *wait;      /* on whose loop it lives; NULL: the unit's */
	struct instance *const *needs; /* NULL where an optional one is absent */
	size_t n_needs;
	bool pooled; /* called from threads of the pool: bridges_reopen */
	bool started;
	struct instance *next; /* in construction order */
};

/* The calling thread is the runner's from now on. */
void unit_take_thread(struct unit *unit);

/* Logs what could not be done to a component, and returns the error. */
int component_report(struct unit *unit, const char *component, const char *what, int error);

#endif
