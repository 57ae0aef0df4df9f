/* SPDX-License-Identifier: Apache-2.0 */
/* compute_time_keys: the UTC day and week of an attempt, and whether it is a Monday (T6-T8). */
#include "civil_time.h"
#include "nodes.h"
#include "record.h"

struct time_keys_config {
	int32_t week_start; /* 0 Monday .. 6 Sunday */
};

static const char *const weekdays[] = {"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN", NULL};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct time_keys_config, week_start, RY_CONFIG_ENUM,
	       "the UTC weekday on which a week starts", .fallback = "MON", .choices = weekdays),
	NULL,
};

static int create(const struct ry_create *create_with, void **ret_self) {
	*ret_self = (void *)create_with->config; /* it lives as long, and is all there is */
	return 0;
}

static void destroy(void *self) {
	(void)self;
}

static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct time_keys_config *config = self;
	int r = 0;
	struct fl_record *record = fl_pass_open(task, message, &r);

	if (!record)
		return r;
	record->day = civil_day(record->seconds);
	record->week = civil_week(record->day, (unsigned)config->week_start);
	if (civil_weekday(record->day) == 0)
		record->flags |= FL_MONDAY;
	return 0;
}

static const char *const accepts[] = {FL_ATTEMPT, NULL};
static const struct ry_port *const ports[] = {FL_PORT(FL_TIMED_ATTEMPT, "every attempt"), NULL};

static const struct ry_node_ops ops = {
	RY_SIZE(ry_node_ops),
	.create = create,
	.process = process,
	.destroy = destroy,
};

const struct ry_node_type fl_compute_time_keys = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_DETERMINISTIC,
	.config_size = sizeof(struct time_keys_config),
	.name = "fund_load.compute_time_keys",
	.summary = "the UTC day and week of an attempt",
	.accepts = accepts,
	.ports = ports,
	.keys = keys,
	.ops = &ops,
};
