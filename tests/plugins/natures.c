/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types of every nature that preflight tells apart and that testnodes has no use for: stores with
 * transactions or without, sources that block or live on the loop, nodes that emit by themselves.
 * They are there to be looked at: no operation of theirs does anything.
 */
#include <errno.h>
#include <stdlib.h>

#include <railyard/kv.h>
#include <railyard/plugin.h>
#include <railyard/span_exporter.h>

static int create(const struct ry_create *create, void **ret_self) {
	(void)create;
	*ret_self = malloc(1);
	return *ret_self ? 0 : -ENOMEM;
}

static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	(void)self;
	(void)task;
	(void)message;
	return -ENOSYS;
}

static void cancel(void *self, struct ry_task *task) {
	(void)self;
	(void)task;
}

static int refuse(void *self, const void *request, void *result, struct ry_call *call) {
	(void)self;
	(void)request;
	(void)result;
	(void)call;
	return -ENOSYS;
}

static const char *const lines[] = {RY_TYPE_LINE, NULL};
static const struct ry_port out = {RY_SIZE(ry_port), .name = "out", .type = RY_TYPE_LINE};
static const struct ry_port *const ports[] = {&out, NULL};

/* -- nodes ---------------------------------------------------------------------------------- */

static const struct ry_node_ops node_ops = {
	RY_SIZE(ry_node_ops), .create = create, .process = process,
	.cancel = cancel,     .destroy = free,
};

#define SLOT(id, mode, use, slot_name)                                                   \
	static const struct ry_slot slot_##id =                                          \
		{                                                                        \
			RY_SIZE(ry_slot),     .call = (mode),	    .access = (use),     \
			.major = RY_KV_MAJOR, .minor = RY_KV_MINOR, .name = (slot_name), \
			.contract = RY_KV,    .summary = "a store",                      \
	};                                                                               \
	static const struct ry_slot *const slots_##id[] = {&slot_##id, NULL}

SLOT(read, RY_CONSUME, RY_READ, "store");
SLOT(write, RY_CONSUME, RY_WRITE, "store");
SLOT(awrite, RY_ACONSUME, RY_WRITE, "store");

static const struct ry_slot slot_second = {
	RY_SIZE(ry_slot),     .call = RY_CONSUME, .access = RY_WRITE, .major = RY_KV_MAJOR,
	.minor = RY_KV_MINOR, .name = "second",	  .contract = RY_KV,  .summary = "another store",
};
static const struct ry_slot *const slots_two[] = {&slot_write, &slot_second, NULL};

#define NODE(id, node_flags, node_slots)                                    \
	static const struct ry_node_type node_##id = {                      \
		RY_SIZE(ry_node_type),	.flags = (node_flags),              \
		.name = "natures." #id, .summary = "a node of this nature", \
		.accepts = lines,	.ports = ports,                     \
		.slots = (node_slots),	.ops = &node_ops,                   \
	}

NODE(reader, 0, slots_read);
NODE(writer, 0, slots_write);
NODE(awriter, RY_NODE_ASYNC, slots_awrite);
NODE(two_writer, 0, slots_two);
NODE(looped, RY_NODE_NEEDS_LOOP, NULL);

/* Stands between two nodes of the example fund_load. */
static const char *const decisions[] = {"fund_load.decision", NULL};
static const struct ry_port out_decision = {
	RY_SIZE(ry_port),
	.name = "out",
	.type = "fund_load.decision",
};

static const struct ry_node_type node_delay_decision = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_ASYNC,
	.name = "natures.delay_decision",
	.summary = "asynchronous, between the decision and its record",
	.accepts = decisions,
	.ports = (const struct ry_port *const[]){&out_decision, NULL},
	.ops = &node_ops,
};

static const struct ry_node_type node_ticker = {
	RY_SIZE(ry_node_type),	  .flags = RY_NODE_IS_SOURCE,
	.name = "natures.ticker", .summary = "emits by itself",
	.ports = ports,		  .ops = &node_ops,
};

/* -- stores --------------------------------------------------------------------------------- */

static ry_op *const kv_ops[RY_KV_OP_COUNT] = {
	refuse,
	refuse,
	refuse,
	refuse,
};

static int nothing(void *self) {
	(void)self;
	return -ENOSYS;
}

static int commit(void *self, const void *blob, uint32_t length) {
	(void)self;
	(void)blob;
	(void)length;
	return -ENOSYS;
}

static int recover(void *self, void *buf, uint32_t cap) {
	(void)self;
	(void)buf;
	(void)cap;
	return 0;
}

static const struct ry_transaction_ops transaction = {
	RY_SIZE(ry_transaction_ops), .begin = nothing, .savepoint = nothing, .release = nothing,
	.rollback = nothing,	     .commit = commit, .recover = recover,
};

static const struct ry_adapter_ops adapter_ops = {
	RY_SIZE(ry_adapter_ops),
	.create = create,
	.destroy = free,
};

#define PROVIDES(id, kind, provided, ops_, n_ops)                                           \
	static const struct ry_provides provides_##id =                                     \
		{                                                                           \
			RY_SIZE(ry_provides), .flags = (kind),	      .major = RY_KV_MAJOR, \
			.minor = RY_KV_MINOR, .contract = (provided), .ops = (ops_),        \
			.op_count = (n_ops),                                                \
	};                                                                                  \
	static const struct ry_provides *const list_##id[] = {&provides_##id, NULL}

PROVIDES(direct, RY_OFFERS_CONSUME, RY_KV, kv_ops, RY_KV_OP_COUNT);
PROVIDES(blocking, RY_OFFERS_CONSUME | RY_CONSUME_MAY_BLOCK, RY_KV, kv_ops, RY_KV_OP_COUNT);
PROVIDES(later, RY_OFFERS_ACONSUME, RY_KV, kv_ops, RY_KV_OP_COUNT);

#define STORE(id, store_flags, offers, facet, needs)                           \
	static const struct ry_adapter_type adapter_##id = {                   \
		RY_SIZE(ry_adapter_type), .flags = (store_flags),              \
		.name = "natures." #id,	  .summary = "a store of this nature", \
		.ops = &adapter_ops,	  .provides = (offers),                \
		.transaction = (facet),	  .slots = (needs),                    \
	}

STORE(ledger, RY_ADAPTER_STATEFUL | RY_ADAPTER_SURVIVES_CRASH, list_direct, &transaction, NULL);
STORE(disk, RY_ADAPTER_STATEFUL | RY_ADAPTER_SURVIVES_CRASH, list_direct, NULL, NULL);
STORE(slow_store, RY_ADAPTER_STATEFUL, list_blocking, NULL, NULL);
STORE(remote, RY_ADAPTER_STATEFUL | RY_ADAPTER_NEEDS_LOOP, list_later, NULL, NULL);
STORE(cache, 0, list_direct, NULL, slots_write);
STORE(later_cache, RY_ADAPTER_NEEDS_LOOP, list_later, NULL, slots_write);

/* A contract with as many operations as a bridge serves, and one more. */
static ry_op *const many_ops[65] = {[0 ... 64] = refuse};

PROVIDES(wide, RY_OFFERS_CONSUME | RY_CONSUME_MAY_BLOCK, "natures.many", many_ops, 65);
PROVIDES(narrow, RY_OFFERS_CONSUME | RY_CONSUME_MAY_BLOCK, "natures.many", many_ops, 64);
STORE(wide, 0, list_wide, NULL, NULL);
STORE(narrow, 0, list_narrow, NULL, NULL);

static const struct ry_slot slot_many = {
	RY_SIZE(ry_slot),     .call = RY_ACONSUME, .access = RY_READ,	       .major = RY_KV_MAJOR,
	.minor = RY_KV_MINOR, .name = "many",	   .contract = "natures.many", .summary = "many",
};
static const struct ry_slot *const slots_many[] = {&slot_many, NULL};

NODE(many_user, RY_NODE_ASYNC, slots_many);

/* -- streams and exporters ------------------------------------------------------------------ */

static int pull(void *self, struct ry_emitter *emitter, uint32_t max) {
	(void)self;
	(void)emitter;
	(void)max;
	return RY_EOS;
}

static int write_nothing(void *self, const struct ry_message *message, uint32_t input) {
	(void)self;
	(void)message;
	(void)input;
	return -ENOSYS;
}

static const struct ry_source_ops source = {RY_SIZE(ry_source_ops), .pull = pull};
static const struct ry_sink_ops sink = {RY_SIZE(ry_sink_ops), .write = write_nothing};

#define SOURCE(id, source_flags)                                                \
	static const struct ry_adapter_type adapter_##id = {                    \
		RY_SIZE(ry_adapter_type), .flags = (source_flags),              \
		.name = "natures." #id,	  .summary = "a source of this nature", \
		.ops = &adapter_ops,	  .ports = ports,                       \
		.source = &source,                                              \
	}

SOURCE(waiting_source, RY_ADAPTER_PULL_MAY_BLOCK);
SOURCE(loop_source, RY_ADAPTER_NEEDS_LOOP);
SOURCE(plain_source, 0);

struct listener_config {
	const char *listen;
	uint8_t allow_plaintext;
	struct listener_tls {
		const char *cert_file;
	} tls;
};

static const struct ry_config_key *const listener_tls_keys[] = {
	RY_KEY(struct listener_tls, cert_file, RY_CONFIG_STRING, "a certificate"),
	NULL,
};

static const struct ry_config_key *const listener_keys[] = {
	RY_KEY(struct listener_config, listen, RY_CONFIG_STRING, "where to listen",
	       .fallback = "127.0.0.1:0"),
	RY_KEY(struct listener_config, allow_plaintext, RY_CONFIG_BOOL, "may go without TLS",
	       .fallback = "false"),
	RY_KEY(struct listener_config, tls, RY_CONFIG_BLOCK, "TLS", .keys = listener_tls_keys),
	NULL,
};

static const char *const listener_listens[] = {"listen", NULL};

static const struct ry_adapter_type adapter_listener = {
	RY_SIZE(ry_adapter_type),
	.config_size = sizeof(struct listener_config),
	.name = "natures.listener",
	.summary = "a source that others connect to",
	.ops = &adapter_ops,
	.keys = listener_keys,
	.ports = ports,
	.source = &source,
	.listens = listener_listens,
};

static const struct ry_adapter_type adapter_plain_sink = {
	RY_SIZE(ry_adapter_type),
	.name = "natures.plain_sink",
	.summary = "a sink that cannot be cut back",
	.ops = &adapter_ops,
	.accepts = lines,
	.sink = &sink,
};

static ry_op *const exporter_ops[RY_SPAN_EXPORTER_OP_COUNT] = {refuse, refuse};

PROVIDES(exporter, RY_OFFERS_CONSUME | RY_CONSUME_MAY_BLOCK, RY_SPAN_EXPORTER, exporter_ops,
	 RY_SPAN_EXPORTER_OP_COUNT);

static const struct ry_adapter_type adapter_exporter = {
	RY_SIZE(ry_adapter_type), .name = "natures.exporter", .summary = "an exporter that blocks",
	.ops = &adapter_ops,	  .provides = list_exporter,
};

/* -- the plugin ----------------------------------------------------------------------------- */

static const struct ry_node_type *const nodes[] = {
	&node_reader,	      &node_writer,    &node_awriter,
	&node_two_writer,     &node_looped,    &node_ticker,
	&node_delay_decision, &node_many_user, NULL,
};

static const struct ry_adapter_type *const adapters[] = {
	&adapter_ledger,	 &adapter_disk,	       &adapter_slow_store,
	&adapter_remote,	 &adapter_cache,       &adapter_later_cache,
	&adapter_waiting_source, &adapter_loop_source, &adapter_plain_source,
	&adapter_plain_sink,	 &adapter_exporter,    &adapter_listener,
	&adapter_wide,		 &adapter_narrow,      NULL,
};

static const struct ry_plugin plugin = {
	RY_PLUGIN_HEADER,   .name = "natures",
	.version = "1.0.0", .summary = "types of every nature, for tests of preflight",
	.nodes = nodes,	    .adapters = adapters,
};

RY_PLUGIN_EXPORT const struct ry_plugin *ry_plugin_query(uint32_t host_abi) {
	(void)host_abi;
	return &plugin;
}
