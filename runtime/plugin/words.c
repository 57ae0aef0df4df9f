/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/words.h"

#include <string.h>

#include <railyard/plugin.h>

const struct word words_message_kind[] = {
	{"bytes", RY_MESSAGE_BYTES},
	{"plain", RY_MESSAGE_PLAIN},
	{"custom", RY_MESSAGE_CUSTOM},
	{NULL, 0},
};

const struct word words_config_type[] = {
	{"bool", RY_CONFIG_BOOL},
	{"int", RY_CONFIG_INT},
	{"number", RY_CONFIG_NUMBER},
	{"string", RY_CONFIG_STRING},
	{"enum", RY_CONFIG_ENUM},
	{"decimal", RY_CONFIG_DECIMAL},
	{"path", RY_CONFIG_PATH},
	{"node_ref", RY_CONFIG_NODE_REF},
	{"string_list", RY_CONFIG_STRING_LIST},
	{"string_map", RY_CONFIG_STRING_MAP},
	{"block", RY_CONFIG_BLOCK},
	{"block_list", RY_CONFIG_BLOCK_LIST},
	{NULL, 0},
};

const struct word words_config_flag[] = {
	{"required", RY_CONFIG_REQUIRED},
	{"secret", RY_CONFIG_SECRET},
	{"has_min", RY_CONFIG_HAS_MIN},
	{"has_max", RY_CONFIG_HAS_MAX},
	{NULL, 0},
};

const struct word words_call[] = {
	{"consume", RY_CONSUME},
	{"aconsume", RY_ACONSUME},
	{NULL, 0},
};

const struct word words_access[] = {
	{"read", RY_READ},
	{"write", RY_WRITE},
	{NULL, 0},
};

const struct word words_slot_flag[] = {
	{"optional", RY_SLOT_OPTIONAL},
	{NULL, 0},
};

const struct word words_node_flag[] = {
	{"async", RY_NODE_ASYNC},	    {"may_block", RY_NODE_MAY_BLOCK},
	{"stateful", RY_NODE_STATEFUL},	    {"deterministic", RY_NODE_DETERMINISTIC},
	{"is_source", RY_NODE_IS_SOURCE},   {"holds", RY_NODE_HOLDS},
	{"needs_loop", RY_NODE_NEEDS_LOOP}, {NULL, 0},
};

const struct word words_adapter_flag[] = {
	{"needs_loop", RY_ADAPTER_NEEDS_LOOP},
	{"stateful", RY_ADAPTER_STATEFUL},
	{"survives_crash", RY_ADAPTER_SURVIVES_CRASH},
	{"multi_process", RY_ADAPTER_MULTI_PROCESS},
	{"pull_may_block", RY_ADAPTER_PULL_MAY_BLOCK},
	{"stdio", RY_ADAPTER_STDIO},
	{NULL, 0},
};

const struct word words_provides_flag[] = {
	{"offers_consume", RY_OFFERS_CONSUME},
	{"offers_aconsume", RY_OFFERS_ACONSUME},
	{"consume_may_block", RY_CONSUME_MAY_BLOCK},
	{"thread_safe", RY_THREAD_SAFE},
	{NULL, 0},
};

#define OP(type, member) \
	{ #member, offsetof(struct type, member) }

const struct word words_node_ops[] = {
	OP(ry_node_ops, create), OP(ry_node_ops, start),   OP(ry_node_ops, process),
	OP(ry_node_ops, cancel), OP(ry_node_ops, flush),   OP(ry_node_ops, drain),
	OP(ry_node_ops, stop),	 OP(ry_node_ops, destroy), {NULL, 0},
};

const struct word words_adapter_ops[] = {
	OP(ry_adapter_ops, create),
	OP(ry_adapter_ops, start),
	OP(ry_adapter_ops, stop),
	OP(ry_adapter_ops, destroy),
	OP(ry_adapter_ops, check),
	OP(ry_adapter_ops, reopen),
	{NULL, 0},
};

const struct word words_source_ops[] = {
	OP(ry_source_ops, pull),   OP(ry_source_ops, wait_fd),	OP(ry_source_ops, pause),
	OP(ry_source_ops, resume), OP(ry_source_ops, accepted), {NULL, 0},
};

const struct word words_sink_ops[] = {
	OP(ry_sink_ops, write),
	OP(ry_sink_ops, flush),
	OP(ry_sink_ops, unwritten),
	{NULL, 0},
};

const struct word words_resume_ops[] = {
	OP(ry_resume_ops, position),
	OP(ry_resume_ops, seek),
	OP(ry_resume_ops, truncate),
	{NULL, 0},
};

const struct word words_transaction_ops[] = {
	OP(ry_transaction_ops, begin),
	OP(ry_transaction_ops, savepoint),
	OP(ry_transaction_ops, release),
	OP(ry_transaction_ops, rollback),
	OP(ry_transaction_ops, commit),
	OP(ry_transaction_ops, recover),
	{NULL, 0},
};

const char *word_of(const struct word *words, uint32_t value) {
	for (; words->word; words++)
		if (words->value == value)
			return words->word;
	return "?";
}

bool word_value(const struct word *words, const char *word, uint32_t *ret_value) {
	for (; words->word; words++)
		if (strcmp(words->word, word) == 0) {
			*ret_value = words->value;
			return true;
		}
	return false;
}

bool word_has_op(const void *ops, uint32_t offset) {
	void (*op)(void);

	memcpy(&op, (const char *)ops + offset, sizeof(op));
	return op != NULL;
}
