/* SPDX-License-Identifier: Apache-2.0 */
/* compute_features: the effective amount, and whether the id is prime (F1-F7). */
#include "instance.h"
#include "money.h"
#include "nodes.h"
#include "prime_checker.h"
#include "record.h"

enum apply_to {
	APPLY_TO_AMOUNT,
	APPLY_TO_LIMITS,
};

struct multiplier_config {
	struct ry_decimal multiplier;
	int32_t apply_to; /* enum apply_to */
	uint8_t enabled;
};

struct gate_config {
	uint8_t enabled;
};

struct features_config {
	struct multiplier_config monday_multiplier;
	struct gate_config prime_gate;
};

static const char *const apply_to_choices[] = {"amount", "limits", NULL};

static const struct ry_config_key *const multiplier_keys[] = {
	RY_KEY(struct multiplier_config, enabled, RY_CONFIG_BOOL,
	       "multiply amounts on Mondays (UTC)", .fallback = "false"),
	RY_KEY(struct multiplier_config, multiplier, RY_CONFIG_DECIMAL, "by how much",
	       .fallback = "2", RY_RANGE(0, 999999999)),
	RY_KEY(struct multiplier_config, apply_to, RY_CONFIG_ENUM,
	       "windows add the product, or the plain amount while the product is held against "
	       "the limits",
	       .fallback = "amount", .choices = apply_to_choices),
	NULL,
};

static const struct ry_config_key *const gate_keys[] = {
	RY_KEY(struct gate_config, enabled, RY_CONFIG_BOOL, "look for prime ids",
	       .fallback = "false"),
	NULL,
};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct features_config, monday_multiplier, RY_CONFIG_BLOCK,
	       "larger amounts on Mondays", .keys = multiplier_keys),
	RY_KEY(struct features_config, prime_gate, RY_CONFIG_BLOCK, "ids that are prime numbers",
	       .keys = gate_keys),
	NULL,
};

static void compute_amounts(const struct multiplier_config *monday, struct fl_record *record) {
	bool multiply = monday->enabled && record->flags & FL_MONDAY;
	bool to_limits = monday->apply_to == APPLY_TO_LIMITS;

	record->effective =
		multiply ? money_multiply(record->amount, &monday->multiplier) : record->amount;
	record->counted = to_limits ? record->amount : record->effective;
	record->coefficient = multiply && to_limits ? monday->multiplier.coefficient : 1;
	record->scale = multiply && to_limits ? monday->multiplier.scale : 0;
}

static int check_prime(const struct ry_binding *primes, struct fl_record *record) {
	const struct fl_prime_request req = {fl_id(record), record->id_length};
	struct fl_prime_result res;
	int r = fl_prime_check(primes, &req, &res, NULL);

	if (r == 0 && res.is_prime)
		record->flags |= FL_PRIME;
	return r;
}

static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct fl_instance *instance = self;
	const struct features_config *config = instance->config;
	int r = 0;
	struct fl_record *record = fl_pass_open(task, message, &r);

	if (!record)
		return r;
	compute_amounts(&config->monday_multiplier, record);
	return config->prime_gate.enabled ? check_prime(instance->provider, record) : 0;
}

static const char *const accepts[] = {FL_GATED_ATTEMPT, NULL};
static const struct ry_port *const ports[] = {FL_PORT(FL_FEATURED_ATTEMPT, "every attempt"), NULL};

static const struct ry_slot primes_slot = {
	RY_SIZE(ry_slot),
	.call = RY_CONSUME,
	.access = RY_READ,
	.major = FL_PRIME_CHECKER_MAJOR,
	.minor = FL_PRIME_CHECKER_MINOR,
	.name = "primes",
	.contract = FL_PRIME_CHECKER,
	.summary = "says whether an id is prime",
};
static const struct ry_slot *const slots[] = {&primes_slot, NULL};

static const struct ry_node_ops ops = {
	RY_SIZE(ry_node_ops),
	.create = fl_instance_create,
	.process = process,
	.destroy = free,
};

const struct ry_node_type fl_compute_features = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_DETERMINISTIC,
	.config_size = sizeof(struct features_config),
	.name = "fund_load.compute_features",
	.summary = "the effective amount of an attempt, and whether its id is prime",
	.accepts = accepts,
	.ports = ports,
	.slots = slots,
	.keys = keys,
	.ops = &ops,
};
