/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/abi.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <railyard/plugin.h>

#define END(name, member) \
	(uint32_t)(offsetof(struct name, member) + sizeof(((struct name *)NULL)->member))

/* One row per struct; the last member of each minor, from 1.0 on. */
static const uint32_t plugin_least[] = {END(ry_plugin, messages)};
static const uint32_t node_type_least[] = {END(ry_node_type, ops)};
static const uint32_t node_ops_least[] = {END(ry_node_ops, destroy)};
static const uint32_t adapter_type_least[] = {END(ry_adapter_type, listens)};
static const uint32_t adapter_ops_least[] = {END(ry_adapter_ops, reopen)};
static const uint32_t provides_least[] = {END(ry_provides, reserved)};
static const uint32_t source_ops_least[] = {END(ry_source_ops, accepted)};
static const uint32_t sink_ops_least[] = {END(ry_sink_ops, unwritten)};
static const uint32_t resume_ops_least[] = {END(ry_resume_ops, truncate)};
static const uint32_t transaction_ops_least[] = {END(ry_transaction_ops, recover)};
static const uint32_t message_type_least[] = {END(ry_message_type, partition_keys)};
static const uint32_t partition_key_least[] = {END(ry_partition_key, get)};
static const uint32_t port_least[] = {END(ry_port, summary)};
static const uint32_t slot_least[] = {END(ry_slot, summary)};
static const uint32_t config_key_least[] = {END(ry_config_key, keys)};

#define ROW(name, rows) \
	{ #name, RY_SIZE(name), rows, sizeof(rows) / sizeof(rows[0]) }

static const struct abi_struct structs[ABI_COUNT] = {
	[ABI_PLUGIN] = ROW(ry_plugin, plugin_least),
	[ABI_NODE_TYPE] = ROW(ry_node_type, node_type_least),
	[ABI_NODE_OPS] = ROW(ry_node_ops, node_ops_least),
	[ABI_ADAPTER_TYPE] = ROW(ry_adapter_type, adapter_type_least),
	[ABI_ADAPTER_OPS] = ROW(ry_adapter_ops, adapter_ops_least),
	[ABI_PROVIDES] = ROW(ry_provides, provides_least),
	[ABI_SOURCE_OPS] = ROW(ry_source_ops, source_ops_least),
	[ABI_SINK_OPS] = ROW(ry_sink_ops, sink_ops_least),
	[ABI_RESUME_OPS] = ROW(ry_resume_ops, resume_ops_least),
	[ABI_TRANSACTION_OPS] = ROW(ry_transaction_ops, transaction_ops_least),
	[ABI_MESSAGE_TYPE] = ROW(ry_message_type, message_type_least),
	[ABI_PARTITION_KEY] = ROW(ry_partition_key, partition_key_least),
	[ABI_PORT] = ROW(ry_port, port_least),
	[ABI_SLOT] = ROW(ry_slot, slot_least),
	[ABI_CONFIG_KEY] = ROW(ry_config_key, config_key_least),
};

const struct abi_struct *abi_struct(enum abi_id id) {
	return &structs[id];
}

uint32_t abi_least(const struct abi_struct *abi, uint32_t minor) {
	assert(abi->n_minors > 0);
	/* A struct that later minors left alone has no rows for them. */
	return abi->least[minor < abi->n_minors ? minor : abi->n_minors - 1];
}

int abi_copy(const struct abi_struct *abi, uint32_t minor, const void *theirs, uint32_t their_size,
	     void *ret_ours) {
	uint32_t n = their_size < abi->size ? their_size : abi->size;

	if (their_size < abi_least(abi, minor))
		return -EINVAL;
	memset(ret_ours, 0, abi->size);
	memcpy(ret_ours, theirs, n);
	return 0;
}
