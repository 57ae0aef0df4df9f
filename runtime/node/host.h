/* SPDX-License-Identifier: Apache-2.0 */
/* The host services that components are given (<railyard/host.h>). */
#ifndef NODE_HOST_H
#define NODE_HOST_H

#include "node/node.h"

/* component: borrowed. node: NULL for an adapter that is no node. Its loop is the unit's. */
void host_init(struct host *host, struct unit *unit, const char *component, const char *group,
	       struct node *node);

/* The component has been destroyed: ends its timers and watches. */
void host_fini(struct host *host);

extern const struct ry_loop_service host_loop_service;

/* -- metrics of components ------------------------------------------------------------------ */

struct metric_table *metrics_new(void);
struct metric_table *metrics_free(struct metric_table *table);

struct metric_reading {
	const char *component;
	const char *name;
	const char *unit;
	const char *help;
	uint32_t kind; /* enum ry_metric_kind */
	int64_t value;
};

/* The n-th metric in the order of definition; false: there are not so many. Any thread. */
bool metrics_read(const struct metric_table *table, uint32_t n, struct metric_reading *ret);

extern const struct ry_metrics_service host_metrics_service;

#endif
