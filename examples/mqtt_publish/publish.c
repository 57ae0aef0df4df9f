/* SPDX-License-Identifier: Apache-2.0 */
/* mqtt_publish.publish: publishes lines "TOPIC TEXT"; each goes on when the broker has it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mqtt_publish.h"
#include "publisher.h"

struct publish {
	const struct ry_binding *publisher;
};

struct job {
	struct ry_call call;
	struct mq_publish_request request;
	struct ry_task *task;
	char topic[MQ_MAX_TOPIC_BYTES + 1];
};

static int create(const struct ry_create *create_with, void **ret_self) {
	struct publish *publish = calloc(1, sizeof(*publish));

	if (!publish)
		return -ENOMEM;
	publish->publisher = create_with->bindings[0];
	*ret_self = publish;
	return 0;
}

static void destroy(void *self) {
	free(self);
}

static void on_published(struct ry_call *call, int status) {
	struct job *job = call->owner;
	struct ry_task *task = job->task;

	free(job);
	if (status == 0)
		status = ry_forward(task, 0, task->message);
	ry_task_complete(task, status);
}

static struct job *job_new(struct ry_task *task, const char *text, uint64_t length,
			   uint64_t topic_length) {
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->task = task;
	job->call.size = RY_SIZE(ry_call);
	job->call.done = on_published;
	job->call.owner = job;
	memcpy(job->topic, text, topic_length);
	job->request.topic = job->topic;
	job->request.payload = text + topic_length + 1;
	job->request.length = length - topic_length - 1;
	return job;
}

static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct publish *publish = self;
	const char *text = message->data, *blank = memchr(text, ' ', message->length);
	struct job *job;
	int r;

	if (!blank || blank - text > (ptrdiff_t)MQ_MAX_TOPIC_BYTES)
		return -EBADMSG;
	job = job_new(task, text, message->length, (uint64_t)(blank - text));
	if (!job)
		return -ENOMEM;
	r = mq_publish(publish->publisher, &job->request, &job->call);
	if (r == RY_PENDING) {
		task->user = job;
		return RY_PENDING;
	}
	free(job);
	return r < 0 ? r : ry_forward(task, 0, message);
}

static void cancel(void *self, struct ry_task *task) {
	struct job *job = task->user;

	(void)self;
	ry_call_cancel(&job->call);
	free(job);
	ry_task_complete(task, -ECANCELED);
}

static const struct ry_slot publisher = {
	.size = RY_SIZE(ry_slot),
	.call = RY_ACONSUME,
	.access = RY_WRITE,
	.major = MQ_PUBLISHER_MAJOR,
	.minor = MQ_PUBLISHER_MINOR,
	.name = "publisher",
	.contract = MQ_PUBLISHER,
	.summary = "where the lines go",
};

static const struct ry_port out = {
	.size = RY_SIZE(ry_port),
	.name = "out",
	.type = RY_TYPE_LINE,
	.summary = "lines that the broker has",
};

static const struct ry_node_ops publish_ops = {
	.size = RY_SIZE(ry_node_ops),
	.create = create,
	.process = process,
	.cancel = cancel,
	.destroy = destroy,
};

const struct ry_node_type mq_publish_line = {
	.size = RY_SIZE(ry_node_type),
	.flags = RY_NODE_ASYNC,
	.name = "mqtt_publish.publish",
	.summary = "publishes lines of TOPIC TEXT",
	.accepts = (const char *const[]){RY_TYPE_LINE, NULL},
	.ports = (const struct ry_port *const[]){&out, NULL},
	.slots = (const struct ry_slot *const[]){&publisher, NULL},
	.ops = &publish_ops,
};
