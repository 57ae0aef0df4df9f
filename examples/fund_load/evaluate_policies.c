/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate_policies: accepts a canonical attempt, or names the first rule against it (P1-P7).
 *
 * It reads windows that update_windows writes: no second attempt may be here before the first one
 * has been there. A group that runs each message to completion keeps that order.
 */
#include "instance.h"
#include "money.h"
#include "nodes.h"
#include "record.h"
#include "windows.h"

#define MAX_LIMIT INT64_C(46116860184273879) /* in major units: 2^62-1 minor ones */

struct limits_config {
	struct ry_decimal daily_amount;
	struct ry_decimal weekly_amount;
	int64_t daily_attempts;
};

struct prime_gate_config {
	struct ry_decimal amount_cap;
	int64_t global_per_day;
	uint8_t enabled;
};

struct policies_config {
	struct limits_config limits;
	struct prime_gate_config prime_gate;
};

static const struct ry_config_key *const limits_keys[] = {
	RY_KEY(struct limits_config, daily_amount, RY_CONFIG_DECIMAL,
	       "the most that a customer may load on a UTC day", .fallback = "5000.00",
	       RY_RANGE(0, MAX_LIMIT)),
	RY_KEY(struct limits_config, weekly_amount, RY_CONFIG_DECIMAL,
	       "the most that a customer may load in a week", .fallback = "20000.00",
	       RY_RANGE(0, MAX_LIMIT)),
	RY_KEY(struct limits_config, daily_attempts, RY_CONFIG_INT,
	       "canonical attempts of a customer on a UTC day, accepted or not; 0 declines all",
	       .fallback = "3", RY_RANGE(0, INT64_MAX)),
	NULL,
};

static const struct ry_config_key *const prime_gate_keys[] = {
	RY_KEY(struct prime_gate_config, enabled, RY_CONFIG_BOOL,
	       "hold attempts with a prime id against these", .fallback = "false"),
	RY_KEY(struct prime_gate_config, global_per_day, RY_CONFIG_INT,
	       "accepted prime attempts on a UTC day, over all customers; 0 declines all",
	       .fallback = "1", RY_RANGE(0, INT64_MAX)),
	RY_KEY(struct prime_gate_config, amount_cap, RY_CONFIG_DECIMAL,
	       "the highest effective amount of a prime attempt", .fallback = "9999.00",
	       RY_RANGE(0, MAX_LIMIT)),
	NULL,
};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct policies_config, limits, RY_CONFIG_BLOCK, "limits per customer",
	       .keys = limits_keys),
	RY_KEY(struct policies_config, prime_gate, RY_CONFIG_BLOCK, "limits for prime ids",
	       .keys = prime_gate_keys),
	NULL,
};

/* Each of these returns an enum fl_reason, FL_ACCEPTED when it has nothing against the attempt. */

static int check_primes(const struct ry_binding *windows, const struct prime_gate_config *gate,
			const struct fl_record *record) {
	struct prime_window window;
	struct store_key key;
	int r;

	if (!gate->enabled || !(record->flags & FL_PRIME))
		return FL_ACCEPTED;
	if (money_exceeds(0, record->effective, 1, 0, &gate->amount_cap))
		return FL_PRIME_AMOUNT_CAP;
	primes_key(&key, record);
	r = store_read(windows, &key, &window, sizeof(window));
	if (r < 0)
		return r;
	return window.accepted >= gate->global_per_day ? FL_PRIME_DAILY_GLOBAL_LIMIT : FL_ACCEPTED;
}

static int check_week(const struct ry_binding *windows, const struct limits_config *limits,
		      const struct fl_record *record) {
	struct week_window window;
	struct store_key key;
	int r;

	week_key(&key, record);
	r = store_read(windows, &key, &window, sizeof(window));
	if (r < 0)
		return r;
	return money_exceeds(window.accepted, record->counted, record->coefficient, record->scale,
			     &limits->weekly_amount)
		       ? FL_WEEKLY_AMOUNT_LIMIT
		       : FL_ACCEPTED;
}

static int decide(const struct ry_binding *windows, const struct policies_config *config,
		  const struct fl_record *record) {
	const struct limits_config *limits = &config->limits;
	struct day_window day;
	struct store_key key;
	int r;

	day_key(&key, record);
	r = store_read(windows, &key, &day, sizeof(day));
	if (r < 0)
		return r;
	if (day.attempts >= limits->daily_attempts)
		return FL_DAILY_ATTEMPT_LIMIT;
	r = check_primes(windows, &config->prime_gate, record);
	if (r != FL_ACCEPTED)
		return r;
	if (money_exceeds(day.accepted, record->counted, record->coefficient, record->scale,
			  &limits->daily_amount))
		return FL_DAILY_AMOUNT_LIMIT;
	return check_week(windows, limits, record);
}

static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct fl_instance *instance = self;
	int r = 0;
	struct fl_record *record = fl_pass_open(task, message, &r);

	if (!record)
		return r;
	return fl_note(record, decide(instance->provider, instance->config, record));
}

static const char *const accepts[] = {FL_FEATURED_ATTEMPT, NULL};
static const struct ry_port *const ports[] = {FL_PORT(FL_DECISION, "every attempt"), NULL};

static const struct ry_slot *const slots[] = {
	STORE_SLOT("windows", RY_READ, "the store that update_windows writes"),
	NULL,
};

static const struct ry_node_ops ops = {
	RY_SIZE(ry_node_ops),
	.create = fl_instance_create,
	.process = process,
	.destroy = free,
};

/*
 * No partition keys: the prime limit is over all customers, so the state is global. Without the
 * prime gate it would be separable by customer_id, but a type cannot say so of one configuration.
 */
const struct ry_node_type fl_evaluate_policies = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_STATEFUL | RY_NODE_DETERMINISTIC,
	.config_size = sizeof(struct policies_config),
	.name = "fund_load.evaluate_policies",
	.summary = "accepts an attempt, or says which limit is against it",
	.accepts = accepts,
	.ports = ports,
	.slots = slots,
	.keys = keys,
	.ops = &ops,
};
