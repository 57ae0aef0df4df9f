/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis_count: how often has each customer been here? The first word of a line is the customer; its
 * counter lives in a store outside of the process, and the line goes on with the new count:
 *
 *	in	alice buys apples		out	alice 1
 *		bob buys pears				bob 1
 *		alice buys plums			alice 2
 *
 * The node calls its store by aconsume. Up to `max_in_flight` lines wait for their counters at a
 * time, each as a visit: the call, its request and its result, which have to stay where they are
 * until `done` has run or the call was cancelled.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <railyard/kv.h>
#include <railyard/plugin.h>

#define MAX_CUSTOMER_BYTES 200u

struct count {
	const struct ry_binding *counters;
};

struct visit {
	struct ry_call call;
	struct ry_kv_increment_request request;
	struct ry_kv_increment_result result;
	struct ry_task *task;
};

static int create(const struct ry_create *create_with, void **ret_self) {
	struct count *count = calloc(1, sizeof(*count));

	if (!count)
		return -ENOMEM;
	count->counters = create_with->bindings[0];
	*ret_self = count;
	return 0;
}

static void destroy(void *self) {
	free(self);
}

static int emit_count(const struct visit *visit) {
	char line[MAX_CUSTOMER_BYTES + 24];
	int n = snprintf(line, sizeof(line), "%.*s %" PRId64, (int)visit->request.key_length,
			 (const char *)visit->request.key, visit->result.value);

	return ry_emit(visit->task, 0, line, (uint64_t)n);
}

/* The counter has been incremented, or not. Loop thread. */
static void on_counted(struct ry_call *call, int status) {
	struct visit *visit = call->owner;
	struct ry_task *task = visit->task;

	if (status == 0)
		status = emit_count(visit);
	free(visit);
	ry_task_complete(task, status); /* the last: the task is gone afterwards */
}

static struct visit *visit_new(struct ry_task *task, const struct ry_message *message,
			       uint64_t customer_length) {
	struct visit *visit = calloc(1, sizeof(*visit));

	if (!visit)
		return NULL;
	visit->task = task;
	visit->call.size = RY_SIZE(ry_call);
	visit->call.flags = RY_CALL_PATIENT;
	visit->call.done = on_counted;
	visit->call.owner = visit;
	visit->request.key = message->data; /* a pending task keeps its message */
	visit->request.key_length = customer_length;
	visit->request.delta = 1;
	return visit;
}

static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct count *count = self;
	const char *blank = memchr(message->data, ' ', message->length);
	uint64_t length = blank ? (uint64_t)(blank - (const char *)message->data) : message->length;
	struct visit *visit;
	int r;

	if (!length || length > MAX_CUSTOMER_BYTES)
		return -EBADMSG;
	visit = visit_new(task, message, length);
	if (!visit)
		return -ENOMEM;
	r = ry_kv_increment(count->counters, &visit->request, &visit->result, &visit->call);
	if (r == RY_PENDING) {
		task->user = visit; /* for cancel */
		return RY_PENDING;
	}
	if (r == 0)
		r = emit_count(visit); /* a store that answers at once, such as kv.memory */
	free(visit);
	return r;
}

/* The task's time is up, or the run ends. The counter may have been incremented nevertheless. */
static void cancel(void *self, struct ry_task *task) {
	struct visit *visit = task->user;

	(void)self;
	if (ry_call_cancel(&visit->call) < 0)
		return; /* it cannot be given up: on_counted ends the task */
	free(visit);	/* `done` does not run any more */
	ry_task_complete(task, -ECANCELED);
}

static const struct ry_slot counters = {
	.size = RY_SIZE(ry_slot),
	.call = RY_ACONSUME,
	.access = RY_WRITE,
	.major = RY_KV_MAJOR,
	.minor = RY_KV_MINOR,
	.name = "counters",
	.contract = RY_KV,
	.summary = "the number of visits of each customer",
};

static const struct ry_port out = {
	.size = RY_SIZE(ry_port),
	.name = "out",
	.type = RY_TYPE_LINE,
	.summary = "CUSTOMER COUNT",
};

static const struct ry_node_ops count_ops = {
	.size = RY_SIZE(ry_node_ops),
	.create = create,
	.process = process,
	.cancel = cancel,
	.destroy = destroy,
};

static const struct ry_node_type count_type = {
	.size = RY_SIZE(ry_node_type),
	.flags = RY_NODE_ASYNC,
	.name = "redis_count.count",
	.summary = "counts the lines of each customer",
	.accepts = (const char *const[]){RY_TYPE_LINE, NULL},
	.ports = (const struct ry_port *const[]){&out, NULL},
	.slots = (const struct ry_slot *const[]){&counters, NULL},
	.ops = &count_ops,
};

static const struct ry_plugin plugin = {
	RY_PLUGIN_HEADER,
	.name = "redis_count",
	.version = "1.0.0",
	.summary = "counts customers in a store outside of the process",
	.nodes = (const struct ry_node_type *const[]){&count_type, NULL},
};

RY_PLUGIN_EXPORT const struct ry_plugin *ry_plugin_query(uint32_t host_abi) {
	(void)host_abi;
	return &plugin;
}
