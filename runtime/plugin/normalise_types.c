/* SPDX-License-Identifier: Apache-2.0 */
/* Node and adapter types with their ports, slots and operations, and the rules between flags. */
#include <stdio.h>
#include <string.h>

#include <railyard/clock.h>
#include <railyard/dead_letter.h>
#include <railyard/http_client.h>
#include <railyard/kv.h>
#include <railyard/span_exporter.h>

#include "plugin/normalise.h"

/* -- ports ---------------------------------------------------------------------------------- */

/* "KEY=VALUE": the key is there, is a word, and can have that value. */
static enum plugin_fault check_when(struct norm *n, const char *when,
				    const struct ry_config_key *const *keys) {
	const char *equals = strchr(when, '=');
	const struct ry_config_key *key;
	char name[NORM_NAME_LIMIT + 1];
	bool fits;

	NORM_TRY(norm_line(n, when, "when", true));
	if (!equals || equals == when || (size_t)(equals - when) >= sizeof(name))
		return norm_fail(n, PLUGIN_BAD_VALUE, "`when` is `%.48s`, not KEY=VALUE", when);
	snprintf(name, sizeof(name), "%.*s", (int)(equals - when), when);
	key = norm_find_key(keys, name);
	if (!key)
		return norm_fail(n, PLUGIN_BAD_VALUE, "`when` names the key `%.48s`, which is none",
				 name);
	if (key->type == RY_CONFIG_BOOL)
		fits = strcmp(equals + 1, "true") == 0 || strcmp(equals + 1, "false") == 0;
	else if (key->type == RY_CONFIG_ENUM)
		for (size_t i = fits = 0; key->choices[i]; i++)
			fits |= strcmp(key->choices[i], equals + 1) == 0;
	else
		fits = key->type == RY_CONFIG_STRING;
	if (!fits)
		return norm_fail(n, PLUGIN_BAD_VALUE,
				 "`when` is `%.48s`, but the key cannot be that", when);
	return PLUGIN_OK;
}

static enum plugin_fault item_port(struct norm *n, const void *theirs, const void *owner,
				   void **ret) {
	struct ry_port *port;
	size_t mark;

	NORM_TRY(norm_copy(n, ABI_PORT, theirs, "ports", ret));
	port = *ret;
	mark = norm_enter(n, "port", port->name);
	NORM_TRY(norm_name(n, port->name, "name", false));
	NORM_TRY(norm_name(n, port->type, "type", true));
	NORM_TRY(norm_line(n, port->summary, "summary", false));
	if (port->when)
		NORM_TRY(check_when(n, port->when, owner));
	norm_leave(n, mark);
	return PLUGIN_OK;
}

/* Of two ports of one name only one may be there: same key, another value. */
static bool are_exclusive(const struct ry_port *a, const struct ry_port *b) {
	size_t key = a->when ? strcspn(a->when, "=") : 0;

	return a->when && b->when && strncmp(a->when, b->when, key + 1) == 0 &&
	       strcmp(a->when, b->when) != 0;
}

enum plugin_fault norm_ports(struct norm *n, const struct ry_port *const *theirs,
			     const struct ry_config_key *const *keys,
			     const struct ry_port *const **ret) {
	const struct ry_port *const *ports;
	const void *ours;

	NORM_TRY(norm_list(n, theirs, "ports", item_port, keys, &ours));
	ports = ours;
	for (size_t i = 0; ports[i]; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(ports[i]->name, ports[k]->name) == 0 &&
			    !are_exclusive(ports[i], ports[k]))
				return norm_fail(n, PLUGIN_BAD_VALUE,
						 "`ports` has `%s` twice, and both can be there",
						 ports[i]->name);
	*ret = ports;
	return PLUGIN_OK;
}

/* -- slots ---------------------------------------------------------------------------------- */

static enum plugin_fault item_slot(struct norm *n, const void *theirs, const void *owner,
				   void **ret) {
	struct ry_slot *slot;
	size_t mark;

	(void)owner;
	NORM_TRY(norm_copy(n, ABI_SLOT, theirs, "slots", ret));
	slot = *ret;
	mark = norm_enter(n, "slot", slot->name);
	NORM_TRY(norm_name(n, slot->name, "name", false));
	NORM_TRY(norm_name(n, slot->contract, "contract", true));
	NORM_TRY(norm_line(n, slot->summary, "summary", false));
	NORM_TRY(norm_flags(n, slot->flags, RY_SLOT_OPTIONAL));
	if (slot->call != RY_CONSUME && slot->call != RY_ACONSUME)
		return norm_fail(n, PLUGIN_BAD_VALUE,
				 "`call` is %u, neither RY_CONSUME nor RY_ACONSUME", slot->call);
	if (slot->access != RY_READ && slot->access != RY_WRITE)
		return norm_fail(n, PLUGIN_BAD_VALUE,
				 "`access` is %u, neither RY_READ nor RY_WRITE", slot->access);
	norm_leave(n, mark);
	return PLUGIN_OK;
}

enum plugin_fault norm_slots(struct norm *n, const struct ry_slot *const *theirs,
			     const struct ry_slot *const **ret) {
	const void *ours;

	NORM_TRY(norm_list(n, theirs, "slots", item_slot, NULL, &ours));
	NORM_TRY(norm_unique(n, ours, offsetof(struct ry_slot, name), "slots"));
	*ret = ours;
	return PLUGIN_OK;
}

/* -- node types ----------------------------------------------------------------------------- */

static enum plugin_fault copy_node_ops(struct norm *n, struct ry_node_type *type) {
	const struct ry_node_ops *ops;
	void *copy;

	NORM_TRY(norm_copy(n, ABI_NODE_OPS, type->ops, "ops", &copy));
	ops = copy;
	NORM_TRY(norm_op(n, ops->create, "create", ""));
	NORM_TRY(norm_op(n, ops->process, "process", ""));
	NORM_TRY(norm_op(n, ops->destroy, "destroy", ""));
	NORM_TRY(norm_op(n, ops->cancel || !(type->flags & RY_NODE_ASYNC), "cancel",
			 " with RY_NODE_ASYNC"));
	NORM_TRY(norm_op(n, ops->flush || !(type->flags & RY_NODE_HOLDS), "flush",
			 " with RY_NODE_HOLDS"));
	type->ops = ops;
	return PLUGIN_OK;
}

enum plugin_fault norm_node(struct norm *n, const void *theirs, const void *owner, void **ret) {
	struct ry_node_type *type;

	(void)owner;
	norm_leave(n, 0);
	NORM_TRY(norm_copy(n, ABI_NODE_TYPE, theirs, "nodes", ret));
	type = *ret;
	norm_at(n, "node type", type->name);
	NORM_TRY(norm_own_name(n, type->name));
	NORM_TRY(norm_line(n, type->summary, "summary", true));
	NORM_TRY(norm_flags(n, type->flags,
			    RY_NODE_ASYNC | RY_NODE_MAY_BLOCK | RY_NODE_STATEFUL |
				    RY_NODE_DETERMINISTIC | RY_NODE_IS_SOURCE | RY_NODE_HOLDS |
				    RY_NODE_NEEDS_LOOP));
	NORM_TRY(norm_config(n, type->keys, type->config_size, &type->keys));
	NORM_TRY(norm_names(n, type->accepts, "accepts", true, &type->accepts));
	if (!type->accepts[0] && !(type->flags & RY_NODE_IS_SOURCE))
		return norm_fail(n, PLUGIN_MISSING_MEMBER,
				 "`accepts` is empty, which only RY_NODE_IS_SOURCE allows");
	NORM_TRY(norm_ports(n, type->ports, type->keys, &type->ports));
	NORM_TRY(norm_slots(n, type->slots, &type->slots));
	if (type->partition_keys && !(type->flags & RY_NODE_STATEFUL))
		return norm_fail(n, PLUGIN_BAD_VALUE,
				 "`partition_keys` are for RY_NODE_STATEFUL only");
	NORM_TRY(norm_names(n, type->partition_keys, "partition_keys", false,
			    &type->partition_keys));
	return copy_node_ops(n, type);
}

/* -- what adapters provide ------------------------------------------------------------------ */

/* Operations that the host's own contracts have, by the minor 0 of their major. */
static const struct {
	const char *name;
	uint32_t major;
	uint32_t op_count;
} contracts[] = {
	{RY_KV, RY_KV_MAJOR, RY_KV_OP_COUNT},
	{RY_CLOCK, RY_CLOCK_MAJOR, RY_CLOCK_OP_COUNT},
	{RY_HTTP_CLIENT, RY_HTTP_CLIENT_MAJOR, RY_HTTP_CLIENT_OP_COUNT},
	{RY_DEAD_LETTER, RY_DEAD_LETTER_MAJOR, RY_DEAD_LETTER_OP_COUNT},
	{RY_SPAN_EXPORTER, RY_SPAN_EXPORTER_MAJOR, RY_SPAN_EXPORTER_OP_COUNT},
};

#define OP_LIMIT 256u

static enum plugin_fault copy_provided_ops(struct norm *n, struct ry_provides *provides) {
	ry_op **ours;

	if (!provides->ops || !provides->op_count)
		return norm_fail(n, PLUGIN_MISSING_MEMBER, "`ops` is missing");
	if (provides->op_count > OP_LIMIT)
		return norm_fail(n, PLUGIN_BAD_VALUE, "`op_count` is %u, above the limit of %u",
				 provides->op_count, OP_LIMIT);
	for (size_t i = 0; i < sizeof(contracts) / sizeof(contracts[0]); i++)
		if (strcmp(contracts[i].name, provides->contract) == 0 &&
		    contracts[i].major == provides->major &&
		    provides->op_count < contracts[i].op_count)
			return norm_fail(n, PLUGIN_MISSING_MEMBER,
					 "it has %u operations, contract %s %u has %u",
					 provides->op_count, contracts[i].name, contracts[i].major,
					 contracts[i].op_count);
	ours = arena_alloc_array(n->arena, sizeof(ry_op *), provides->op_count);
	for (uint32_t i = 0; i < provides->op_count; i++) {
		if (!provides->ops[i])
			return norm_fail(n, PLUGIN_MISSING_MEMBER, "operation %u is missing", i);
		ours[i] = provides->ops[i];
	}
	provides->ops = ours;
	return PLUGIN_OK;
}

static enum plugin_fault item_provides(struct norm *n, const void *theirs, const void *owner,
				       void **ret) {
	struct ry_provides *provides;
	size_t mark;

	(void)owner;
	NORM_TRY(norm_copy(n, ABI_PROVIDES, theirs, "provides", ret));
	provides = *ret;
	mark = norm_enter(n, "contract", provides->contract);
	NORM_TRY(norm_name(n, provides->contract, "contract", true));
	NORM_TRY(norm_flags(n, provides->flags,
			    RY_OFFERS_CONSUME | RY_OFFERS_ACONSUME | RY_CONSUME_MAY_BLOCK |
				    RY_THREAD_SAFE));
	if (!(provides->flags & (RY_OFFERS_CONSUME | RY_OFFERS_ACONSUME)))
		return norm_fail(n, PLUGIN_MISSING_MEMBER,
				 "`flags` offers neither RY_OFFERS_CONSUME nor RY_OFFERS_ACONSUME");
	if ((provides->flags & RY_CONSUME_MAY_BLOCK) && !(provides->flags & RY_OFFERS_CONSUME))
		return norm_fail(n, PLUGIN_BAD_VALUE,
				 "RY_CONSUME_MAY_BLOCK stands without RY_OFFERS_CONSUME");
	NORM_TRY(copy_provided_ops(n, provides));
	norm_leave(n, mark);
	return PLUGIN_OK;
}

/* Two majors of one contract are two contracts. */
static enum plugin_fault check_provides(struct norm *n, const struct ry_provides *const *list) {
	for (size_t i = 0; list[i]; i++)
		for (size_t k = 0; k < i; k++)
			if (list[i]->major == list[k]->major &&
			    strcmp(list[i]->contract, list[k]->contract) == 0)
				return norm_fail(n, PLUGIN_BAD_VALUE,
						 "`provides` has `%s` %u twice", list[i]->contract,
						 list[i]->major);
	return PLUGIN_OK;
}

/* -- adapter types -------------------------------------------------------------------------- */

static enum plugin_fault copy_source(struct norm *n, struct ry_adapter_type *type) {
	const struct ry_source_ops *ops;
	void *copy;

	if (!type->source) {
		if (type->ports[0])
			return norm_fail(n, PLUGIN_MISSING_MEMBER,
					 "`source` is missing, which is mandatory with `ports`");
		if (type->flags & RY_ADAPTER_PULL_MAY_BLOCK)
			return norm_fail(n, PLUGIN_BAD_VALUE,
					 "RY_ADAPTER_PULL_MAY_BLOCK is for sources only");
		return PLUGIN_OK;
	}
	NORM_TRY(norm_copy(n, ABI_SOURCE_OPS, type->source, "source", &copy));
	ops = copy;
	if (!type->ports[0])
		return norm_fail(n, PLUGIN_MISSING_MEMBER,
				 "`ports` is empty, which is mandatory for a source");
	if (!ops->pause != !ops->resume)
		return norm_fail(n, PLUGIN_MISSING_MEMBER,
				 "`source`: of `pause` and `resume` there must be both or none");
	NORM_TRY(norm_op(n, ops->pull || ops->pause, "source: pull", " without pause and resume"));
	if (ops->pull && ops->pause)
		return norm_fail(
			n, PLUGIN_BAD_VALUE,
			"`source`: there is `pull` and `resume`; a source is driven one way");
	if (!ops->pull && !(type->flags & RY_ADAPTER_NEEDS_LOOP))
		return norm_fail(
			n, PLUGIN_BAD_VALUE,
			"a source without `pull` lives on the loop: RY_ADAPTER_NEEDS_LOOP is "
			"missing");
	type->source = ops;
	return PLUGIN_OK;
}

static enum plugin_fault copy_sink(struct norm *n, struct ry_adapter_type *type) {
	void *copy;

	NORM_TRY(norm_names(n, type->accepts, "accepts", true, &type->accepts));
	if (!type->sink)
		return type->accepts[0]
			       ? norm_fail(n, PLUGIN_MISSING_MEMBER,
					   "`sink` is missing, which is mandatory with `accepts`")
			       : PLUGIN_OK;
	NORM_TRY(norm_copy(n, ABI_SINK_OPS, type->sink, "sink", &copy));
	type->sink = copy;
	if (!type->accepts[0])
		return norm_fail(n, PLUGIN_MISSING_MEMBER,
				 "`accepts` is empty, which is mandatory for a sink");
	return norm_op(n, type->sink->write, "sink: write", "");
}

static enum plugin_fault copy_resume(struct norm *n, struct ry_adapter_type *type) {
	void *copy;

	if (!type->resume)
		return PLUGIN_OK;
	NORM_TRY(norm_copy(n, ABI_RESUME_OPS, type->resume, "resume", &copy));
	type->resume = copy;
	if (!type->source && !type->sink)
		return norm_fail(n, PLUGIN_BAD_VALUE, "`resume` is for sources and sinks only");
	NORM_TRY(norm_op(n, type->resume->position, "resume: position", ""));
	NORM_TRY(norm_op(n, type->resume->seek || !type->source, "resume: seek", " for a source"));
	return norm_op(n, type->resume->truncate || !type->sink, "resume: truncate", " for a sink");
}

static enum plugin_fault copy_transaction(struct norm *n, struct ry_adapter_type *type) {
	const struct ry_transaction_ops *ops;
	void *copy;

	if (!type->transaction)
		return PLUGIN_OK;
	NORM_TRY(norm_copy(n, ABI_TRANSACTION_OPS, type->transaction, "transaction", &copy));
	type->transaction = ops = copy;
	NORM_TRY(norm_op(n, ops->begin, "transaction: begin", ""));
	NORM_TRY(norm_op(n, ops->savepoint, "transaction: savepoint", ""));
	NORM_TRY(norm_op(n, ops->release, "transaction: release", ""));
	NORM_TRY(norm_op(n, ops->rollback, "transaction: rollback", ""));
	NORM_TRY(norm_op(n, ops->commit, "transaction: commit", ""));
	NORM_TRY(norm_op(n, ops->recover, "transaction: recover", ""));
	if (!(type->flags & RY_ADAPTER_STATEFUL))
		return norm_fail(n, PLUGIN_BAD_VALUE,
				 "`transaction` is for RY_ADAPTER_STATEFUL only");
	return PLUGIN_OK;
}

/* `writes` and `reads` name keys that hold a path, `listens` those that hold an address. */
static enum plugin_fault copy_key_names(struct norm *n, const struct ry_adapter_type *type,
					const char *member, const char *what,
					const char *const **list) {
	NORM_TRY(norm_names(n, *list, member, false, list));
	for (size_t i = 0; (*list)[i]; i++) {
		const struct ry_config_key *key = norm_find_key(type->keys, (*list)[i]);

		if (!key || (key->type != RY_CONFIG_PATH && key->type != RY_CONFIG_STRING))
			return norm_fail(n, PLUGIN_BAD_VALUE,
					 "`%s` names `%s`, which is no key that holds %s", member,
					 (*list)[i], what);
	}
	return PLUGIN_OK;
}

static enum plugin_fault copy_adapter_ops(struct norm *n, struct ry_adapter_type *type) {
	void *copy;

	NORM_TRY(norm_copy(n, ABI_ADAPTER_OPS, type->ops, "ops", &copy));
	type->ops = copy;
	NORM_TRY(norm_op(n, type->ops->create, "create", ""));
	return norm_op(n, type->ops->destroy, "destroy", "");
}

enum plugin_fault norm_adapter(struct norm *n, const void *theirs, const void *owner, void **ret) {
	struct ry_adapter_type *type;
	const void *provides;

	(void)owner;
	norm_leave(n, 0);
	NORM_TRY(norm_copy(n, ABI_ADAPTER_TYPE, theirs, "adapters", ret));
	type = *ret;
	norm_at(n, "adapter type", type->name);
	NORM_TRY(norm_name(n, type->name, "name", true));
	NORM_TRY(norm_line(n, type->summary, "summary", true));
	NORM_TRY(norm_flags(n, type->flags,
			    RY_ADAPTER_NEEDS_LOOP | RY_ADAPTER_STATEFUL |
				    RY_ADAPTER_SURVIVES_CRASH | RY_ADAPTER_MULTI_PROCESS |
				    RY_ADAPTER_PULL_MAY_BLOCK | RY_ADAPTER_STDIO));
	NORM_TRY(copy_adapter_ops(n, type));
	NORM_TRY(norm_config(n, type->keys, type->config_size, &type->keys));
	NORM_TRY(norm_list(n, type->provides, "provides", item_provides, NULL, &provides));
	type->provides = provides;
	NORM_TRY(check_provides(n, type->provides));
	NORM_TRY(norm_slots(n, type->slots, &type->slots));
	NORM_TRY(norm_ports(n, type->ports, type->keys, &type->ports));
	NORM_TRY(copy_source(n, type));
	NORM_TRY(copy_sink(n, type));
	if (!type->provides[0] && !type->source && !type->sink)
		return norm_fail(n, PLUGIN_MISSING_MEMBER,
				 "it provides no contract and is neither a source nor a sink");
	NORM_TRY(copy_resume(n, type));
	NORM_TRY(copy_transaction(n, type));
	NORM_TRY(copy_key_names(n, type, "writes", "a path", &type->writes));
	NORM_TRY(copy_key_names(n, type, "reads", "a path", &type->reads));
	return copy_key_names(n, type, "listens", "an address", &type->listens);
}
