/* SPDX-License-Identifier: Apache-2.0 */
/* What the plugin exports, for plugin.c. */
#ifndef FUND_LOAD_NODES_H
#define FUND_LOAD_NODES_H

#include <railyard/plugin.h>

extern const struct ry_node_type fl_parse_load_attempt;
extern const struct ry_node_type fl_compute_time_keys;
extern const struct ry_node_type fl_idempotency_gate;
extern const struct ry_node_type fl_compute_features;
extern const struct ry_node_type fl_evaluate_policies;
extern const struct ry_node_type fl_update_windows;
extern const struct ry_node_type fl_format_output;

extern const struct ry_adapter_type fl_primes;

#endif
