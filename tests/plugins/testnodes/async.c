/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes that complete later, and nodes that call the contract testnodes.checker. */
#include <errno.h>
#include <stdlib.h>

#include "testnodes.h"

/* -- later ---------------------------------------------------------------------------------- */

struct later_config {
	int64_t delay_ms;
	uint8_t ignore_cancel;
};

struct later {
	struct later_config config;
	const struct ry_host *host;
	const struct ry_loop_service *loop;
};

struct later_job {
	struct later *later;
	struct ry_task *task;
	struct ry_timer *timer;
};

static const struct ry_config_key *const later_keys[] = {
	RY_KEY(struct later_config, delay_ms, RY_CONFIG_INT,
	       "when a line is forwarded; 0: completed inside process", .unit = "ms",
	       .fallback = "0", RY_RANGE(0, 3600000)),
	RY_KEY(struct later_config, ignore_cancel, RY_CONFIG_BOOL,
	       "does not end a task when it is asked to", .fallback = "false"),
	NULL,
};

static int create_later(const struct ry_create *create, void **ret_self) {
	struct later *later;
	int r = make_instance(create, sizeof(*later), sizeof(later->config), ret_self);

	if (r < 0)
		return r;
	later = *ret_self;
	later->host = create->host;
	later->loop = create->host->get(create->host, RY_LOOP, 1);
	if (later->loop)
		return 0;
	free_instance(later);
	return -EOPNOTSUPP;
}

static void later_end(struct later_job *job, int status) {
	struct ry_task *task = job->task;

	job->later->loop->timer_stop(job->timer);
	task->user = NULL;
	free(job);
	ry_task_complete(task, status);
}

static void on_later_due(void *user) {
	struct later_job *job = user;

	later_end(job, ry_forward(job->task, 0, job->task->message));
}

static int later(void *self, struct ry_task *task, const struct ry_message *message) {
	struct later *later = self;
	struct later_job *job;
	int r;

	if (!later->config.delay_ms) {
		r = ry_forward(task, 0, message);
		return r < 0 || (r = ry_task_complete(task, 0)) < 0 ? r : RY_PENDING;
	}
	job = calloc(1, sizeof(*job));
	if (!job)
		return -ENOMEM;
	job->later = later;
	job->task = task;
	task->user = job;
	r = later->loop->timer_start(later->host, (uint64_t)later->config.delay_ms * 1000000u, 0,
				     on_later_due, job, &job->timer);
	if (r < 0) {
		task->user = NULL;
		free(job);
		return r;
	}
	return RY_PENDING;
}

static void later_cancel(void *self, struct ry_task *task) {
	const struct later *later = self;

	if (task->user && !later->config.ignore_cancel)
		later_end(task->user, -ECANCELED);
}

static const struct ry_node_ops later_ops = {
	RY_SIZE(ry_node_ops),	.create = create_later,	  .process = later,
	.cancel = later_cancel, .destroy = free_instance,
};

const struct ry_node_type node_later = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_ASYNC | RY_NODE_NEEDS_LOOP | RY_NODE_DETERMINISTIC,
	.config_size = sizeof(struct later_config),
	.name = "testnodes.later",
	.summary = "forwards each line after a time, asynchronously",
	.accepts = accepts_line,
	.ports = ports_line,
	.keys = later_keys,
	.ops = &later_ops,
};

/* -- verify: consume ------------------------------------------------------------------------ */

struct verify {
	const struct ry_binding *checker;
};

static int create_verify(const struct ry_create *create, void **ret_self) {
	int r = make_instance(create, sizeof(struct verify), 0, ret_self);

	if (r == 0)
		((struct verify *)*ret_self)->checker = create->bindings[0];
	return r;
}

/* Allowed lines pass, banned ones end here. */
static int settle(struct ry_task *task, int result) {
	if (result == CHECKER_BANNED)
		return 0;
	return result < 0 ? result : ry_forward(task, 0, task->message);
}

static int verify(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct verify *verify = self;
	const struct checker_request request = {message->data, message->length};
	struct checker_result_data result = {0};

	return settle(task, checker_check(verify->checker, &request, &result, NULL));
}

static const struct ry_node_ops verify_ops = {
	RY_SIZE(ry_node_ops),
	.create = create_verify,
	.process = verify,
	.destroy = free_instance,
};

static const struct ry_slot slot_checker = {
	RY_SIZE(ry_slot),	.call = RY_CONSUME,
	.access = RY_READ,	.major = CHECKER_MAJOR,
	.minor = CHECKER_MINOR, .name = "checker",
	.contract = CHECKER,	.summary = "says which lines pass",
};

const struct ry_node_type node_verify = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_DETERMINISTIC,
	.name = "testnodes.verify",
	.summary = "forwards the lines that a checker allows",
	.accepts = accepts_line,
	.ports = ports_line,
	.slots = (const struct ry_slot *const[]){&slot_checker, NULL},
	.ops = &verify_ops,
};

/* -- needs_async: aconsume ------------------------------------------------------------------ */

struct check_job {
	struct ry_call call;
	struct checker_request request;
	struct checker_result_data result;
	struct ry_task *task;
};

static void check_end(struct check_job *job, int status) {
	struct ry_task *task = job->task;

	task->user = NULL;
	free(job);
	ry_task_complete(task, status);
}

static void on_check_done(struct ry_call *call, int status) {
	struct check_job *job = call->owner;

	check_end(job, settle(job->task, status));
}

static int needs_async(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct verify *verify = self;
	struct check_job *job = calloc(1, sizeof(*job));
	int r;

	if (!job)
		return -ENOMEM;
	job->call = (struct ry_call){RY_SIZE(ry_call), .flags = RY_CALL_PATIENT,
				     .done = on_check_done, .owner = job};
	job->request = (struct checker_request){message->data, message->length};
	job->task = task;
	task->user = job;
	r = checker_check(verify->checker, &job->request, &job->result, &job->call);
	if (r == RY_PENDING)
		return RY_PENDING;
	task->user = NULL;
	free(job);
	return settle(task, r);
}

static void cancel_check(void *self, struct ry_task *task) {
	struct check_job *job = task->user;

	(void)self;
	if (!job)
		return;
	if (ry_call_cancel(&job->call) == 0) /* else on_check_done ends it */
		check_end(job, -ECANCELED);
}

static const struct ry_node_ops needs_async_ops = {
	RY_SIZE(ry_node_ops),	.create = create_verify,  .process = needs_async,
	.cancel = cancel_check, .destroy = free_instance,
};

static const struct ry_slot slot_async_checker = {
	RY_SIZE(ry_slot),	.call = RY_ACONSUME,
	.access = RY_READ,	.major = CHECKER_MAJOR,
	.minor = CHECKER_MINOR, .name = "checker",
	.contract = CHECKER,	.summary = "says which lines pass",
};

const struct ry_node_type node_needs_async = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_ASYNC | RY_NODE_DETERMINISTIC,
	.name = "testnodes.needs_async",
	.summary = "forwards the lines that a checker allows, without waiting for it",
	.accepts = accepts_line,
	.ports = ports_line,
	.slots = (const struct ry_slot *const[]){&slot_async_checker, NULL},
	.ops = &needs_async_ops,
};
