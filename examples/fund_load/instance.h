/* SPDX-License-Identifier: Apache-2.0 */
/* The instance of a node that keeps nothing but its settings and the one provider it is given. */
#ifndef FUND_LOAD_INSTANCE_H
#define FUND_LOAD_INSTANCE_H

#include <errno.h>
#include <stdlib.h>

#include <railyard/node.h>

struct fl_instance {
	const void *config; /* the node's own struct */
	const struct ry_binding *provider;
};

/* For `create`; `destroy` is free. */
static inline int fl_instance_create(const struct ry_create *create, void **ret_self) {
	struct fl_instance *instance = malloc(sizeof(*instance));

	if (!instance)
		return -ENOMEM;
	*instance = (struct fl_instance){create->config, create->bindings[0]};
	*ret_self = instance;
	return 0;
}

#endif
