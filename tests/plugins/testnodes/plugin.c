/* SPDX-License-Identifier: Apache-2.0 */
#include "testnodes.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

const char *const accepts_line[] = {RY_TYPE_LINE, NULL};
static const struct ry_port port_line = {RY_SIZE(ry_port), .name = "out", .type = RY_TYPE_LINE};
const struct ry_port *const ports_line[] = {&port_line, NULL};

int make_instance(const struct ry_create *create, uint64_t size, uint64_t config_size,
		  void **ret_self) {
	void *self = calloc(1, size);

	if (!self)
		return -ENOMEM;
	if (config_size)
		memcpy(self, create->config, config_size);
	*ret_self = self;
	return 0;
}

void free_instance(void *self) {
	free(self);
}

uint64_t monotonic_ns(void) {
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

void spin_us(int64_t us) {
	uint64_t end = monotonic_ns() + (uint64_t)us * 1000u;

	while (monotonic_ns() < end)
		;
}

static const struct ry_node_type *const nodes[] = {
	&node_pass,
	&node_upper,
	&node_fail,
	&node_burst,
	&node_split,
	&node_slow,
	&node_block,
	&node_crash,
	&node_count,
	&node_hold,
	&node_kv_user,
	&node_later,
	&node_verify,
	&node_needs_async,
	&node_make_packet,
	&node_open_packet,
	&node_make_token,
	&node_open_token,
	&node_make_point,
	&node_open_point,
	&node_rude,
	&node_ticker,
	NULL,
};

static const struct ry_adapter_type *const adapters[] = {
	&adapter_checker,	   &adapter_blocking_checker, &adapter_async_checker,
	&adapter_layered_checker,  &adapter_quick_checker,    &adapter_unsafe_checker,
	&adapter_stateful_checker, &adapter_relay_checker,    &adapter_generator,
	&adapter_slow_sink,	   &adapter_counting_sink,    NULL,
};

static const struct ry_message_type *const messages[] = {
	&message_packet,
	&message_token,
	&message_point,
	NULL,
};

static const struct ry_plugin plugin = {
	RY_PLUGIN_HEADER,     .name = "testnodes",
	.version = "1.0.0",   .summary = "nodes and adapters for tests of the runtime",
	.nodes = nodes,	      .adapters = adapters,
	.messages = messages,
};

RY_PLUGIN_EXPORT const struct ry_plugin *ry_plugin_query(uint32_t host_abi) {
	(void)host_abi;
	return &plugin;
}
