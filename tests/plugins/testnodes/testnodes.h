/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin "testnodes": small nodes and adapters by which tests of the runtime make it do what they
 * want to see. Each type's summary says what it does.
 *
 * Also contract "testnodes.checker" 1.0: is a text allowed? A contract that a plugin brings.
 */
#ifndef TESTNODES_H
#define TESTNODES_H

#include <railyard/plugin.h>

#define CHECKER	      "testnodes.checker"
#define CHECKER_MAJOR 1u
#define CHECKER_MINOR 0u

enum checker_op {
	CHECKER_CHECK = 0,
	CHECKER_OP_COUNT = 1,
};

enum checker_result {
	CHECKER_BANNED = 16, /* beside 0: allowed */
};

struct checker_request {
	const void *text;
	uint64_t length;
};

struct checker_result_data {
	uint64_t checks; /* that this provider has made so far, this one included */
};

/* 0, CHECKER_BANNED, a negative errno; with a call also RY_PENDING. */
static inline int checker_check(const struct ry_binding *b, const struct checker_request *req,
				struct checker_result_data *res, struct ry_call *call) {
	return b->ops[CHECKER_CHECK](b->self, req, res, call);
}

/* "railyard.line" in, "railyard.line" out on port `out`. */
extern const char *const accepts_line[];
extern const struct ry_port *const ports_line[];

extern const struct ry_node_type node_pass, node_upper, node_fail, node_burst, node_split,
	node_slow, node_block, node_crash;
extern const struct ry_node_type node_count, node_hold, node_kv_user;
extern const struct ry_node_type node_later, node_verify, node_needs_async;
extern const struct ry_node_type node_rude, node_ticker;
extern const struct ry_node_type node_make_packet, node_open_packet, node_make_token,
	node_open_token, node_make_point, node_open_point;

extern const struct ry_adapter_type adapter_checker, adapter_blocking_checker,
	adapter_async_checker, adapter_layered_checker, adapter_quick_checker,
	adapter_unsafe_checker, adapter_stateful_checker, adapter_relay_checker;
extern const struct ry_adapter_type adapter_generator, adapter_slow_sink, adapter_counting_sink;

extern const struct ry_message_type message_packet, message_token, message_point;

/* Makes a zeroed instance of that size that starts with a copy of the config. */
int make_instance(const struct ry_create *create, uint64_t size, uint64_t config_size,
		  void **ret_self);
void free_instance(void *self);

/* Spins for that long: work that takes the processor. */
void spin_us(int64_t us);

/* A clock that only runs forward. */
uint64_t monotonic_ns(void);

#endif
