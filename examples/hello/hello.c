/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin with one node, hello.greet: each line of text comes out with "hello, " before it. */
#include <railyard/plugin.h>

static int greet(void *self, struct ry_task *task, const struct ry_message *message) {
	int error = 0;
	char *text = ry_stage(task, 0, 7 + message->length, &error);

	(void)self;
	if (!text)
		return error;
	memcpy(text, "hello, ", 7);
	memcpy(text + 7, message->data, message->length);
	return 0;
}

/* The node keeps nothing between messages, so there is nothing to make and nothing to end. */
static int create(const struct ry_create *create, void **ret_self) {
	(void)create;
	*ret_self = NULL;
	return 0;
}

static void destroy(void *self) {
	(void)self;
}

static const struct ry_port out = {
	.size = RY_SIZE(ry_port),
	.name = "out",
	.type = RY_TYPE_LINE,
};

static const struct ry_node_ops greet_ops = {
	.size = RY_SIZE(ry_node_ops),
	.create = create,
	.process = greet,
	.destroy = destroy,
};

static const struct ry_node_type greet_type = {
	.size = RY_SIZE(ry_node_type),
	.flags = RY_NODE_DETERMINISTIC,
	.name = "hello.greet",
	.summary = "greets each line",
	.accepts = (const char *const[]){RY_TYPE_LINE, NULL},
	.ports = (const struct ry_port *const[]){&out, NULL},
	.ops = &greet_ops,
};

static const struct ry_plugin plugin = {
	RY_PLUGIN_HEADER,
	.name = "hello",
	.version = "1.0.0",
	.nodes = (const struct ry_node_type *const[]){&greet_type, NULL},
};

RY_PLUGIN_EXPORT const struct ry_plugin *ry_plugin_query(uint32_t host_abi) {
	(void)host_abi;
	return &plugin;
}
