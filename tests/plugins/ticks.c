/* SPDX-License-Identifier: Apache-2.0 */
/* Shows ticks as lines, so that a scenario can look at them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <railyard/plugin.h>

static int create(const struct ry_create *create_with, void **ret_self) {
	(void)create_with;
	*ret_self = NULL;
	return 0;
}

static void destroy(void *self) {
	(void)self;
}

static int show(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct ry_tick *tick = message->data;
	char line[32];
	int n = snprintf(line, sizeof(line), "tick %llu", (unsigned long long)tick->count);

	(void)self;
	if (tick->fired_unix_ns < tick->due_unix_ns)
		return -EINVAL;
	return ry_emit(task, 0, line, (uint64_t)n);
}

static const struct ry_node_ops show_ops = {
	RY_SIZE(ry_node_ops),
	.create = create,
	.process = show,
	.destroy = destroy,
};

static const struct ry_port out = {RY_SIZE(ry_port), .name = "out", .type = RY_TYPE_LINE};

static const struct ry_node_type node_show = {
	RY_SIZE(ry_node_type),
	.name = "ticks.show",
	.summary = "a line for each tick",
	.accepts = (const char *const[]){RY_TYPE_TICK, NULL},
	.ports = (const struct ry_port *const[]){&out, NULL},
	.ops = &show_ops,
};

static const struct ry_plugin plugin = {
	RY_PLUGIN_HEADER,
	.name = "ticks",
	.version = "1.0.0",
	.nodes = (const struct ry_node_type *const[]){&node_show, NULL},
};

RY_PLUGIN_EXPORT const struct ry_plugin *ry_plugin_query(uint32_t host_abi) {
	(void)host_abi;
	return &plugin;
}
