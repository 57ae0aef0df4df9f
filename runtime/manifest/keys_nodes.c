/* SPDX-License-Identifier: Apache-2.0 */
/* The elements of `nodes` and `adapters`. */
#include "manifest/keys.h"

static const char *const binding_bridges[] = {"", "wait", "offload", NULL};
static const char *const node_bridges[] = {"", "", "offload", NULL};
static const char *const scopes[] = {"process", "group", "node", NULL};
static const char *const error_policies[] = {"fail", "drop", "retry", "dead_letter", NULL};
static const char *const last_policies[] = {"fail", "drop", "", "dead_letter", NULL};

static const struct ry_config_key *const binding_keys[] = {
	RY_KEY(struct manifest_binding, adapter, RY_CONFIG_STRING,
	       "the adapter to bind the slot to", .flags = RY_CONFIG_REQUIRED),
	RY_KEY(struct manifest_binding, bridge, RY_CONFIG_ENUM,
	       "how a call of the other nature is made: wait for it, or hand it to the thread pool",
	       .choices = binding_bridges),
	NULL,
};

static const struct ry_config_key *const on_error_keys[] = {
	RY_KEY(struct manifest_on_error, policy, RY_CONFIG_ENUM,
	       "what happens to a message at which the node failed", .choices = error_policies,
	       .fallback = "fail"),
	RY_KEY(struct manifest_on_error, max_retries, RY_CONFIG_INT,
	       "with retry: further attempts after the first", .unit = "attempts", .fallback = "3",
	       RY_RANGE(1, 1000)),
	RY_KEY(struct manifest_on_error, backoff_ms, RY_CONFIG_INT,
	       "with retry: wait before the first further attempt; doubles, up to a minute",
	       .unit = "ms", .fallback = "100", RY_RANGE(0, 3600000)),
	RY_KEY(struct manifest_on_error, then, RY_CONFIG_ENUM,
	       "with retry: what happens after the last attempt", .choices = last_policies,
	       .fallback = "fail"),
	RY_KEY(struct manifest_on_error, dead_letter, RY_CONFIG_STRING,
	       "with dead_letter: the adapter that takes the message"),
	NULL,
};

const struct ry_config_key *const node_keys[] = {
	RY_KEY(struct manifest_node, type, RY_CONFIG_STRING,
	       "the node type; the default is the node's name"),
	RY_KEY(struct manifest_node, config, BIND_ANY,
	       "settings of the node, as its type has them"),
	RY_KEY(struct manifest_node, bind, BIND_BLOCK_MAP,
	       "slots by name, each with the adapter it is bound to", .flags = BIND_WORDS,
	       .element_size = sizeof(struct manifest_binding), .keys = binding_keys),
	RY_KEY(struct manifest_node, bridge, RY_CONFIG_ENUM,
	       "offload: a node that may block runs on the thread pool of an asynchronous group",
	       .choices = node_bridges),
	RY_KEY(struct manifest_node, inputs, RY_CONFIG_STRING_LIST,
	       "receive from these nodes or ports (`split.errors`) and no others"),
	RY_KEY(struct manifest_node, max_in_flight, RY_CONFIG_INT,
	       "messages that an asynchronous node works on at once", .unit = "messages",
	       .fallback = "1", RY_RANGE(1, 65536)),
	RY_KEY(struct manifest_node, ordered, RY_CONFIG_BOOL,
	       "hold results back until those of earlier messages are there", .fallback = "true"),
	RY_KEY(struct manifest_node, timeout_ms, RY_CONFIG_INT,
	       "the longest that one message may take; 0: no limit; the default is 30000 for "
	       "asynchronous nodes and none for others",
	       .unit = "ms", .fallback = "-1", RY_RANGE(0, 86400000)),
	RY_KEY(struct manifest_node, max_outputs, RY_CONFIG_INT,
	       "messages that one message may become", .unit = "messages", .fallback = "65536",
	       RY_RANGE(1, 1048576)),
	RY_KEY(struct manifest_node, on_error, BIND_WORD_OR_BLOCK,
	       "what happens when the node fails at a message: a policy, or a block",
	       .keys = on_error_keys),
	NULL,
};

const struct ry_config_key *const adapter_keys[] = {
	RY_KEY(struct manifest_adapter, type, RY_CONFIG_STRING, "the adapter type",
	       .flags = RY_CONFIG_REQUIRED),
	RY_KEY(struct manifest_adapter, settings, BIND_ANY,
	       "settings of the adapter, as its type has them"),
	RY_KEY(struct manifest_adapter, bind, BIND_BLOCK_MAP,
	       "slots by name, each with the adapter it is bound to", .flags = BIND_WORDS,
	       .element_size = sizeof(struct manifest_binding), .keys = binding_keys),
	RY_KEY(struct manifest_adapter, scope, RY_CONFIG_ENUM,
	       "one instance for each worker process, process group or node", .choices = scopes,
	       .fallback = "process"),
	RY_KEY(struct manifest_adapter, inputs, RY_CONFIG_STRING_LIST,
	       "sinks: receive from these nodes or ports and no others"),
	NULL,
};
