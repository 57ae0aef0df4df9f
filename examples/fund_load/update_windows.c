/* SPDX-License-Identifier: Apache-2.0 */
/* update_windows: what a canonical attempt leaves behind for the next ones (W1-W5). */
#include "instance.h"
#include "nodes.h"
#include "record.h"
#include "windows.h"

struct window_config {
	uint8_t enabled;
};

struct windows_config {
	struct window_config daily_attempts;
	struct window_config daily_accepted_amount;
	struct window_config weekly_accepted_amount;
	struct window_config daily_prime_gate;
};

static const struct ry_config_key *const window_keys[] = {
	RY_KEY(struct window_config, enabled, RY_CONFIG_BOOL,
	       "a window that is not written stays at zero", .fallback = "true"),
	NULL,
};

#define WINDOW(member, text) \
	RY_KEY(struct windows_config, member, RY_CONFIG_BLOCK, text, .keys = window_keys)

static const struct ry_config_key *const keys[] = {
	WINDOW(daily_attempts, "attempts of a customer on a UTC day"),
	WINDOW(daily_accepted_amount, "what a customer has loaded on a UTC day"),
	WINDOW(weekly_accepted_amount, "what a customer has loaded in a week"),
	WINDOW(daily_prime_gate, "accepted prime attempts on a UTC day, over all customers"),
	NULL,
};

static int update_day(const struct ry_binding *windows, const struct windows_config *config,
		      const struct fl_record *record) {
	bool attempt = config->daily_attempts.enabled;
	bool amount = config->daily_accepted_amount.enabled && record->reason == FL_ACCEPTED;
	struct day_window window;
	struct store_key key;
	int r;

	if (!attempt && !amount)
		return 0;
	day_key(&key, record);
	r = store_read(windows, &key, &window, sizeof(window));
	if (r < 0)
		return r;
	window.attempts += attempt;
	if (amount)
		window.accepted += record->counted;
	return store_write(windows, &key, &window, sizeof(window));
}

static int update_week(const struct ry_binding *windows, const struct fl_record *record) {
	struct week_window window;
	struct store_key key;
	int r;

	week_key(&key, record);
	r = store_read(windows, &key, &window, sizeof(window));
	if (r < 0)
		return r;
	window.accepted += record->counted;
	return store_write(windows, &key, &window, sizeof(window));
}

static int update_primes(const struct ry_binding *windows, const struct fl_record *record) {
	struct prime_window window;
	struct store_key key;
	int r;

	primes_key(&key, record);
	r = store_read(windows, &key, &window, sizeof(window));
	if (r < 0)
		return r;
	window.accepted++;
	return store_write(windows, &key, &window, sizeof(window));
}

static int update(const struct ry_binding *windows, const struct windows_config *config,
		  const struct fl_record *record) {
	int r = update_day(windows, config, record);

	if (r < 0 || record->reason != FL_ACCEPTED)
		return r;
	if (config->weekly_accepted_amount.enabled)
		r = update_week(windows, record);
	if (r == 0 && config->daily_prime_gate.enabled && record->flags & FL_PRIME)
		r = update_primes(windows, record);
	return r;
}

static bool is_canonical(const struct fl_record *record) {
	return record->reason == FL_ACCEPTED || record->reason >= FL_DAILY_ATTEMPT_LIMIT;
}

static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct fl_instance *instance = self;
	int r = 0;
	const struct fl_record *record = fl_pass(task, message, &r);

	if (!record)
		return r;
	return is_canonical(record) ? update(instance->provider, instance->config, record) : 0;
}

static const char *const accepts[] = {FL_DECISION, NULL};
static const struct ry_port *const ports[] = {FL_PORT(FL_RECORDED_DECISION, "every attempt"), NULL};

static const struct ry_slot *const slots[] = {
	STORE_SLOT("windows", RY_WRITE, "the store that evaluate_policies reads"),
	NULL,
};

static const struct ry_node_ops ops = {
	RY_SIZE(ry_node_ops),
	.create = fl_instance_create,
	.process = process,
	.destroy = free,
};

/* No partition keys, for the reason that stands in evaluate_policies.c. */
const struct ry_node_type fl_update_windows = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_STATEFUL | RY_NODE_DETERMINISTIC,
	.config_size = sizeof(struct windows_config),
	.name = "fund_load.update_windows",
	.summary = "adds a decided attempt to the windows of its customer, day and week",
	.accepts = accepts,
	.ports = ports,
	.slots = slots,
	.keys = keys,
	.ops = &ops,
};
