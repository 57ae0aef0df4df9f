/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The history of every struct that crosses the plugin border: how large each minor of the ABI made
 * it. A plugin's struct is accepted when it is at least as large as the minor that the plugin
 * declares made it; what is beyond its end reads as zero.
 *
 * A new minor appends members to structs, adds its end to their rows in abi.c, and nothing else.
 */
#ifndef PLUGIN_ABI_H
#define PLUGIN_ABI_H

#include <stddef.h>
#include <stdint.h>

enum abi_id {
	ABI_PLUGIN,
	ABI_NODE_TYPE,
	ABI_NODE_OPS,
	ABI_ADAPTER_TYPE,
	ABI_ADAPTER_OPS,
	ABI_PROVIDES,
	ABI_SOURCE_OPS,
	ABI_SINK_OPS,
	ABI_RESUME_OPS,
	ABI_TRANSACTION_OPS,
	ABI_MESSAGE_TYPE,
	ABI_PARTITION_KEY,
	ABI_PORT,
	ABI_SLOT,
	ABI_CONFIG_KEY,
	ABI_COUNT,
};

struct abi_struct {
	const char *name;      /* as in the public headers, without "struct" */
	uint32_t size;	       /* the host's */
	const uint32_t *least; /* by minor, not falling: the end of its last member then */
	uint32_t n_minors;
};

const struct abi_struct *abi_struct(enum abi_id id);

/* The least size of a struct of a plugin that declares that minor, which the host knows. */
uint32_t abi_least(const struct abi_struct *abi, uint32_t minor);

/*
 * Copies a struct of their_size bytes into one of the host's size: the smaller of both, the rest
 * zeroed. Returns 0, or -EINVAL when it is shorter than the minor needs.
 */
int abi_copy(const struct abi_struct *abi, uint32_t minor, const void *theirs, uint32_t their_size,
	     void *ret_ours);

#endif
