/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest plugin that does something: one node, lines in and out. */
#include <stdlib.h>

#include <railyard/plugin.h>

static int create(const struct ry_create *create, void **ret_self) {
	(void)create;
	*ret_self = malloc(1);
	return *ret_self ? 0 : -1;
}

static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	(void)self;
	return ry_forward(task, 0, message);
}

static const struct ry_node_ops ops = {
	RY_SIZE(ry_node_ops),
	.create = create,
	.process = process,
	.destroy = free,
};

static const struct ry_port port = {RY_SIZE(ry_port), .name = "out", .type = RY_TYPE_LINE};

static const struct ry_node_type node = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_DETERMINISTIC,
	.name = "good.pass",
	.summary = "forwards each line",
	.accepts = (const char *const[]){RY_TYPE_LINE, NULL},
	.ports = (const struct ry_port *const[]){&port, NULL},
	.ops = &ops,
};

static const struct ry_plugin plugin = {
	RY_PLUGIN_HEADER,
	.name = "good",
	.version = "1.2.3",
	.nodes = (const struct ry_node_type *const[]){&node, NULL},
};

RY_PLUGIN_EXPORT const struct ry_plugin *ry_plugin_query(uint32_t host_abi) {
	(void)host_abi;
	return &plugin;
}
