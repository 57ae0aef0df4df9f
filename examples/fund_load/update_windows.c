/* SPDX-License-Identifier: Apache-2.0 */
/* update_windows: what a canonical attempt leaves behind for the next ones (W1-W5). */
#include <errno.h>
#include <stdlib.h>

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

struct update_windows {
	const struct windows_config *config;
	const struct ry_binding *windows;
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

static int create(const struct ry_create *create_with, void **ret_self) {
	struct update_windows *node = calloc(1, sizeof(*node));

	if (!node)
		return -ENOMEM;
	node->config = create_with->config;
	node->windows = create_with->bindings[0];
	*ret_self = node;
	return 0;
}

static int update_day(const struct update_windows *node, const struct fl_record *record) {
	bool attempt = node->config->daily_attempts.enabled;
	bool amount = node->config->daily_accepted_amount.enabled && record->reason == FL_ACCEPTED;
	struct day_window window;
	struct store_key key;
	int r;

	if (!attempt && !amount)
		return 0;
	day_key(&key, record);
	r = store_read(node->windows, &key, &window, sizeof(window));
	if (r < 0)
		return r;
	window.attempts += attempt;
	if (amount)
		window.accepted += record->counted;
	return store_write(node->windows, &key, &window, sizeof(window));
}

static int update_week(const struct update_windows *node, const struct fl_record *record) {
	struct week_window window;
	struct store_key key;
	int r;

	if (!node->config->weekly_accepted_amount.enabled)
		return 0;
	week_key(&key, record);
	r = store_read(node->windows, &key, &window, sizeof(window));
	if (r < 0)
		return r;
	window.accepted += record->counted;
	return store_write(node->windows, &key, &window, sizeof(window));
}

static int update_primes(const struct update_windows *node, const struct fl_record *record) {
	struct prime_window window;
	struct store_key key;
	int r;

	if (!node->config->daily_prime_gate.enabled || !(record->flags & FL_PRIME))
		return 0;
	primes_key(&key, record);
	r = store_read(node->windows, &key, &window, sizeof(window));
	if (r < 0)
		return r;
	window.accepted++;
	return store_write(node->windows, &key, &window, sizeof(window));
}

static int update(const struct update_windows *node, const struct fl_record *record) {
	int r = update_day(node, record);

	if (r < 0 || record->reason != FL_ACCEPTED)
		return r;
	r = update_week(node, record);
	return r < 0 ? r : update_primes(node, record);
}

static bool is_canonical(const struct fl_record *record) {
	return record->reason == FL_ACCEPTED || record->reason >= FL_DAILY_ATTEMPT_LIMIT;
}

static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct update_windows *node = self;
	int r = 0;
	const struct fl_record *record = fl_pass(task, message, &r);

	if (!record)
		return r;
	return is_canonical(record) ? update(node, record) : 0;
}

static const char *const accepts[] = {FL_DECISION, NULL};
static const struct ry_port *const ports[] = {FL_PORT(FL_RECORDED_DECISION, "every attempt"), NULL};

static const struct ry_slot windows_slot = {
	RY_SIZE(ry_slot),     .call = RY_CONSUME,
	.access = RY_WRITE,   .major = RY_KV_MAJOR,
	.minor = RY_KV_MINOR, .name = "windows",
	.contract = RY_KV,    .summary = "the store that evaluate_policies reads",
};
static const struct ry_slot *const slots[] = {&windows_slot, NULL};

static const struct ry_node_ops ops = {
	RY_SIZE(ry_node_ops),
	.create = create,
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
