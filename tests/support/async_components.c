/* SPDX-License-Identifier: Apache-2.0 */
#include "support/async_components.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define MOST	    4096
#define QUIET_TURNS 3 /* of the loop, without a new message: no more come */

struct settings {
	int64_t batch, every, error, attempts;
	uint8_t reverse, obeys;
};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct settings, batch, RY_CONFIG_INT, "pending at once", .fallback = "1"),
	RY_KEY(struct settings, every, RY_CONFIG_INT, "which fail", .fallback = "0"),
	RY_KEY(struct settings, error, RY_CONFIG_INT, "errno", .fallback = "5"),
	RY_KEY(struct settings, attempts, RY_CONFIG_INT, "failing ones", .fallback = "1000000"),
	RY_KEY(struct settings, reverse, RY_CONFIG_BOOL, "last first", .fallback = "false"),
	RY_KEY(struct settings, obeys, RY_CONFIG_BOOL, "when cancelled", .fallback = "true"),
	NULL,
};

struct later {
	struct settings settings;
	const struct ry_host *host;
	const struct ry_loop_service *loop;
	struct ry_task *tasks[MOST];
	uint32_t n;
	uint32_t quiet; /* turns since the last message */
	bool posted;
};

static int create(const struct ry_create *with, void **ret) {
	struct later *later = calloc(1, sizeof(*later));

	if (!later)
		return -ENOMEM;
	later->settings = *(const struct settings *)with->config;
	later->host = with->host;
	later->loop = with->host->get(with->host, RY_LOOP, 1);
	*ret = later;
	return later->loop ? 0 : (free(later), -EOPNOTSUPP);
}

static int outcome(const struct later *later, struct ry_task *task) {
	const struct settings *s = &later->settings;

	if (s->every && task->message->source_seq % (uint64_t)s->every == 0 &&
	    task->attempt <= (uint64_t)s->attempts)
		return -(int)s->error;
	return ry_forward(task, 0, task->message);
}

static void complete_all(struct later *later) {
	uint32_t n = later->n;

	later->n = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct ry_task *task = later->tasks[later->settings.reverse ? n - 1 - i : i];

		ry_task_complete(task, outcome(later, task));
	}
}

static void on_turn(void *user) {
	struct later *later = user;

	later->posted = false;
	if (later->n == 0)
		return;
	if (later->n >= (uint64_t)later->settings.batch || ++later->quiet > QUIET_TURNS) {
		complete_all(later);
		return;
	}
	later->posted = true;
	later->loop->post(later->host, on_turn, later);
}

static int later_process(void *self, struct ry_task *task, const struct ry_message *message) {
	struct later *later = self;

	(void)message;
	later->tasks[later->n++] = task;
	later->quiet = 0;
	if (!later->posted && later->loop->post(later->host, on_turn, later) < 0)
		return -ENOMEM;
	later->posted = true;
	return RY_PENDING;
}

static void later_cancel(void *self, struct ry_task *task) {
	struct later *later = self;
	uint32_t at = 0;

	while (at < later->n && later->tasks[at] != task)
		at++;
	if (at == later->n)
		return;
	for (later->n--; at < later->n; at++)
		later->tasks[at] = later->tasks[at + 1];
	ry_task_complete(task, -ECANCELED);
}

static int stuck_process(void *self, struct ry_task *task, const struct ry_message *message) {
	(void)self;
	(void)task;
	(void)message;
	return RY_PENDING;
}

static void stuck_cancel(void *self, struct ry_task *task) {
	const struct later *later = self;

	if (later->settings.obeys)
		ry_task_complete(task, -ECANCELED);
}

static const char *const lines[] = {"railyard.line", NULL};
static const struct ry_port out = {RY_SIZE(ry_port), .name = "out", .type = "railyard.line"};
static const struct ry_port *const ports[] = {&out, NULL};
static const struct ry_slot *const no_slots[] = {NULL};

#define NODE(id)                                                                             \
	static const struct ry_node_ops id##_ops = {RY_SIZE(ry_node_ops), .create = create,  \
						    .process = id##_process,                 \
						    .cancel = id##_cancel, .destroy = free}; \
	const struct ry_node_type id##_type = {RY_SIZE(ry_node_type),                        \
					       .flags = RY_NODE_ASYNC,                       \
					       .config_size = sizeof(struct settings),       \
					       .name = "t." #id,                             \
					       .summary = "a test's node",                   \
					       .accepts = lines,                             \
					       .ports = ports,                               \
					       .slots = no_slots,                            \
					       .keys = keys,                                 \
					       .ops = &id##_ops}

NODE(later);
NODE(stuck);
