/* SPDX-License-Identifier: Apache-2.0 */
/* ry.trace: what a node adds to the span of its task. Nothing is allocated while nothing is added. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "emit/extras.h"
#include "node/node.h"
#include "node/offloaded.h"
#include "node/span_handle.h"
#include "trace/propagation.h"
#include "trace/text.h"

static struct task *task_of(const struct ry_task *head) {
	return (struct task *)(uintptr_t)head;
}

struct extras *task_extras(struct task *task) {
	if (!task->recording)
		return NULL;
	if (!task->extras)
		task->extras = calloc(1, sizeof(*task->extras));
	return task->extras;
}

static struct trace_random *random_of(struct task *task) {
	return task->offloaded ? offloaded_random(task->offloaded) : &task->node->unit->random;
}

static int trace_recording(const struct ry_task *head) {
	return task_of(head)->recording;
}

static int trace_set_attribute(struct ry_task *head, const struct ry_field *field) {
	struct extras *extras = task_extras(task_of(head));

	return extras ? extras_attribute(extras, field) : 0;
}

static int trace_add_event(struct ry_task *head, const char *name,
			   const struct ry_field *const *fields, uint32_t n) {
	struct extras *extras = task_extras(task_of(head));

	return extras ? extras_event(extras, clock_monotonic_ns(), name, fields, n) : 0;
}

static void trace_set_error(struct ry_task *head, const char *message) {
	struct task *task = task_of(head);
	struct extras *extras = task_extras(task);

	task->error_set = true;
	if (extras && message)
		(void)extras_text(extras, EXTRA_STATUS, message);
}

static struct ry_span_handle *trace_start_child(struct ry_task *head, const char *name) {
	struct task *task = task_of(head);
	struct ry_span_handle *child;

	if (!task->recording)
		return NULL;
	child = calloc(1, sizeof(*child));
	if (!child || extras_text(&child->extras, EXTRA_NAME, name) < 0) {
		free(child);
		return NULL;
	}
	child->task = task;
	child->span_id = span_id_new(random_of(task));
	child->start_ns = clock_monotonic_ns();
	child->next = task->children;
	task->children = child;
	return child;
}

static void emit_child(struct ry_span_handle *child) {
	const struct task *task = child->task;
	const struct ry_message *message = &task->message->head;
	const char *tracestate = task->message->ingress->tracestate;
	struct emit_span span = {
		.span_id = child->span_id,
		.parent_id = task->span_id,
		.start_ns = child->start_ns,
		.end_ns = child->end_ns ? child->end_ns : clock_monotonic_ns(),
		.source_seq = message->source_seq,
		.source_id = message->source_id,
		.node = task->node->index,
		.from_node = UINT32_MAX,
		.message_type = UINT32_MAX,
		.attempt = task->head.attempt,
		.hop = (uint16_t)message->hop,
		.trace_flags = (uint8_t)message->trace_flags,
	};

	if (tracestate)
		(void)extras_text(&child->extras, EXTRA_TRACESTATE, tracestate);
	span.extra_length = child->extras.length;
	memcpy(span.trace_id.bytes, message->trace_id, sizeof(span.trace_id));
	emit_span(task->node->unit->emit, &span, child->extras.data);
}

void span_handle_end(struct ry_span_handle *child) {
	emit_child(child);
	extras_fini(&child->extras);
	free(child);
}

static void trace_end_child(struct ry_span_handle *child) {
	struct ry_span_handle **link;

	if (!child)
		return;
	link = &child->task->children;
	while (*link != child)
		link = &(*link)->next;
	*link = child->next;
	if (child->task->offloaded)
		offloaded_child_ended(child);
	else
		span_handle_end(child);
}

/*
 * What others are to continue. Without a span of the task's it is the last one recorded before it;
 * without any, an id that stands for none, since zero would make the whole context invalid.
 */
static struct trace_parent context_of(struct task *task) {
	const struct ry_message *message = &task->message->head;
	struct trace_parent parent = {.flags = message->trace_flags};

	memcpy(parent.trace_id.bytes, message->trace_id, sizeof(parent.trace_id));
	memcpy(parent.span_id.bytes, task->recording ? task->span_id.bytes : message->span_id,
	       sizeof(parent.span_id));
	if (text_all_zero(parent.span_id.bytes, sizeof(parent.span_id)))
		parent.span_id = span_id_new(random_of(task));
	return parent;
}

static int trace_inject(const struct ry_task *head, char *buf, uint32_t cap) {
	struct trace_parent parent;

	if (cap < TRACEPARENT_LENGTH + 1)
		return -ENOSPC;
	parent = context_of(task_of(head));
	traceparent_format(&parent, buf);
	return TRACEPARENT_LENGTH;
}

static int trace_inject_headers(struct ry_task *head, uint32_t formats,
				struct ry_trace_headers *ret) {
	struct task *task = task_of(head);
	const struct ingress *ingress = task->message->ingress;
	struct trace_parent parent = context_of(task);

	return propagation_inject(formats, &parent, ingress->tracestate, ingress->baggage, ret);
}

static int trace_extract(const struct ry_host *host, uint32_t formats,
			 const char *(*get)(void *user, const char *name, uint32_t index),
			 void *user, char *buf, uint32_t cap, struct ry_emit_options *ret) {
	(void)host; /* the formats are the caller's choice, so far */
	return propagation_extract(formats, get, user, buf, cap, ret);
}

const struct ry_trace_service task_trace_service = {
	RY_SIZE(ry_trace_service),
	.recording = trace_recording,
	.set_attribute = trace_set_attribute,
	.add_event = trace_add_event,
	.set_error = trace_set_error,
	.start_child = trace_start_child,
	.end_child = trace_end_child,
	.inject = trace_inject,
	.inject_headers = trace_inject_headers,
	.extract = trace_extract,
};

void task_link(struct task *task, const struct task *other) {
	const struct ry_message *message = &other->message->head;
	struct extras *extras = other->recording ? task_extras(task) : NULL;

	if (extras)
		(void)extras_link(extras, message->trace_id, other->span_id.bytes,
				  message->trace_flags);
}

void task_end_children(struct task *task) {
	while (task->children) {
		struct ry_span_handle *child = task->children;

		task->children = child->next;
		span_handle_end(child);
	}
}
