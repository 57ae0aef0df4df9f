/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types that can be wired and bound wrongly in ways in which sensible ones cannot: for the golden
 * examples of findings about wiring and dependencies.
 */
#include <errno.h>
#include <stdlib.h>

#include <railyard/kv.h>
#include <railyard/plugin.h>

static int create(const struct ry_create *create, void **ret_self) {
	(void)create;
	*ret_self = malloc(1);
	return *ret_self ? 0 : -ENOMEM;
}

static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	(void)self;
	(void)task;
	(void)message;
	return 0;
}

static const struct ry_node_ops node_ops = {
	RY_SIZE(ry_node_ops),
	.create = create,
	.process = process,
	.destroy = free,
};
static const struct ry_adapter_ops adapter_ops = {
	RY_SIZE(ry_adapter_ops),
	.create = create,
	.destroy = free,
};

static const char *const lines[] = {RY_TYPE_LINE, NULL};
static const char *const items[] = {"wiring.item", NULL};
static const struct ry_port line_port = {RY_SIZE(ry_port), .name = "out", .type = RY_TYPE_LINE};
static const struct ry_port item_port = {RY_SIZE(ry_port), .name = "out", .type = "wiring.item"};
static const struct ry_port lost_port = {RY_SIZE(ry_port), .name = "out", .type = "lost.type"};
static const struct ry_port *const line_ports[] = {&line_port, NULL};
static const struct ry_port *const item_ports[] = {&item_port, NULL};
static const struct ry_port *const lost_ports[] = {&lost_port, NULL};

static const struct ry_message_type message_item = {
	RY_SIZE(ry_message_type), .kind = RY_MESSAGE_BYTES, .version = 1,
	.name = "wiring.item",	  .summary = "something",
};

#define NODE(id, node_summary, ...)                                                    \
	static const struct ry_node_type node_##id = {                                 \
		RY_SIZE(ry_node_type), .name = "wiring." #id, .summary = node_summary, \
		.ops = &node_ops, __VA_ARGS__}

NODE(make, "makes items out of lines", .accepts = lines, .ports = item_ports);
NODE(filter, "items to items", .accepts = items, .ports = item_ports);
NODE(print, "makes lines out of items", .accepts = items, .ports = line_ports);
NODE(lost, "emits a type that nobody declares", .accepts = lines, .ports = lost_ports);

struct refers_config {
	const char *target;
};
static const struct ry_config_key *const refers_keys[] = {
	RY_KEY(struct refers_config, target, RY_CONFIG_NODE_REF, "a node that it speaks of"),
	NULL,
};
NODE(refers, "names another node", .accepts = lines, .ports = line_ports, .keys = refers_keys,
     .config_size = sizeof(struct refers_config));

/* 256 ports of one type: a few dozen of these and of their takers make a million edges. */
#define PORT(a, b)                                                         \
	&(const struct ry_port) {                                          \
		RY_SIZE(ry_port), .name = "p" #a #b, .type = "wiring.item" \
	}
#define PORTS16(row)                                                                        \
	PORT(row, 0), PORT(row, 1), PORT(row, 2), PORT(row, 3), PORT(row, 4), PORT(row, 5), \
		PORT(row, 6), PORT(row, 7), PORT(row, 8), PORT(row, 9), PORT(row, a),       \
		PORT(row, b), PORT(row, c), PORT(row, d), PORT(row, e), PORT(row, f)
static const struct ry_port *const flood_ports[] = {
	PORTS16(0), PORTS16(1), PORTS16(2), PORTS16(3), PORTS16(4), PORTS16(5),
	PORTS16(6), PORTS16(7), PORTS16(8), PORTS16(9), PORTS16(g), PORTS16(h),
	PORTS16(i), PORTS16(j), PORTS16(k), PORTS16(l), NULL,
};
NODE(flood, "emits items on 256 ports", .accepts = lines, .ports = flood_ports);
NODE(swallow, "takes items", .accepts = items);

/* -- adapters ------------------------------------------------------------------------------- */

static int pull(void *self, struct ry_emitter *emitter, uint32_t max) {
	(void)self;
	(void)emitter;
	(void)max;
	return RY_EOS;
}

static int write_one(void *self, const struct ry_message *message, uint32_t input) {
	(void)self;
	(void)message;
	(void)input;
	return 0;
}

static const struct ry_source_ops source_ops = {RY_SIZE(ry_source_ops), .pull = pull};
static const struct ry_sink_ops sink_ops = {RY_SIZE(ry_sink_ops), .write = write_one};

static const struct ry_adapter_type adapter_both = {
	RY_SIZE(ry_adapter_type), .name = "wiring.both", .summary = "a source and a sink at once",
	.ops = &adapter_ops,	  .ports = line_ports,	 .source = &source_ops,
	.accepts = lines,	  .sink = &sink_ops,
};

static int no_op(void *self, const void *request, void *result, struct ry_call *call) {
	(void)self;
	(void)request;
	(void)result;
	(void)call;
	return -ENOSYS;
}

static const struct ry_provides kv_of_the_future = {
	RY_SIZE(ry_provides), .flags = RY_OFFERS_CONSUME,     .major = RY_KV_MAJOR + 1,
	.contract = RY_KV,    .ops = (ry_op *const[]){no_op}, .op_count = 1,
};
static const struct ry_adapter_type adapter_future_kv = {
	RY_SIZE(ry_adapter_type),
	.name = "wiring.future_kv",
	.summary = "a kv of the next major version",
	.ops = &adapter_ops,
	.provides = (const struct ry_provides *const[]){&kv_of_the_future, NULL},
};

static const struct ry_plugin plugin = {
	RY_PLUGIN_HEADER,
	.name = "wiring",
	.version = "1.0.0",
	.summary = "types that can be wired and bound wrongly",
	.nodes = (const struct ry_node_type *const[]){&node_make, &node_filter, &node_print,
						      &node_lost, &node_refers, &node_flood,
						      &node_swallow, NULL},
	.adapters =
		(const struct ry_adapter_type *const[]){&adapter_both, &adapter_future_kv, NULL},
	.messages = (const struct ry_message_type *const[]){&message_item, NULL},
};

RY_PLUGIN_EXPORT const struct ry_plugin *ry_plugin_query(uint32_t host_abi) {
	(void)host_abi;
	return &plugin;
}
