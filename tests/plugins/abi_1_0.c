/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As plugins were written for ABI 1.0: built against the headers of then (tests/abi/frozen/1.0), and
 * never changed again. A node with config and a slot, and a sink.
 */
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

struct config {
	int64_t limit;
};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct config, limit, RY_CONFIG_INT, "a number", .fallback = "3", RY_RANGE(1, 9)),
	NULL,
};

static const struct ry_slot slot = {
	RY_SIZE(ry_slot), .call = RY_CONSUME, .access = RY_READ,   .flags = RY_SLOT_OPTIONAL,
	.major = 1,	  .name = "clock",    .contract = "clock",
};

static const struct ry_node_type node = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_DETERMINISTIC,
	.config_size = sizeof(struct config),
	.name = "abi_1_0.pass",
	.summary = "forwards each line",
	.accepts = (const char *const[]){RY_TYPE_LINE, NULL},
	.ports = (const struct ry_port *const[]){&port, NULL},
	.slots = (const struct ry_slot *const[]){&slot, NULL},
	.keys = keys,
	.ops = &ops,
};

static int take(void *self, const struct ry_message *message, uint32_t input) {
	(void)self;
	(void)message;
	(void)input;
	return 0;
}

static const struct ry_adapter_ops sink_ops = {
	RY_SIZE(ry_adapter_ops),
	.create = create,
	.destroy = free,
};
static const struct ry_sink_ops sink = {RY_SIZE(ry_sink_ops), .write = take};
static const struct ry_adapter_type adapter = {
	RY_SIZE(ry_adapter_type),
	.name = "abi_1_0.sink",
	.summary = "takes lines",
	.ops = &sink_ops,
	.accepts = (const char *const[]){RY_TYPE_LINE, NULL},
	.sink = &sink,
};

static const struct ry_plugin plugin = {
	RY_PLUGIN_HEADER,
	.name = "abi_1_0",
	.version = "1.2.3",
	.nodes = (const struct ry_node_type *const[]){&node, NULL},
	.adapters = (const struct ry_adapter_type *const[]){&adapter, NULL},
};

RY_PLUGIN_EXPORT const struct ry_plugin *ry_plugin_query(uint32_t host_abi) {
	(void)host_abi;
	return &plugin;
}
