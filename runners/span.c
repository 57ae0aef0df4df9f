/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One span per node execution. The clock is read once per hop: where one execution ends, the next
 * of this run of work begins. A wait or a pull in between makes the reading stale (now_ns 0).
 */
#include "core.h"

#include <string.h>

#include "base/clock.h"
#include "emit/extras.h"

void span_begin(struct core *core, struct task *task) {
	struct unit *unit = core->unit;

	if (!unit->emit)
		return;
	task->recording = task->message->head.trace_flags & TRACE_FLAG_SAMPLED;
	if (!task->recording) {
		emit_unsampled(unit->emit);
		return;
	}
	task->span_id = span_id_new(&unit->random);
	if (!unit->now_ns)
		unit->now_ns = clock_monotonic_ns();
	task->start_ns = unit->now_ns;
}

static void fill(struct unit *unit, struct emit_span *span, const struct message *message,
		 uint32_t node) {
	const struct ry_message *head = &message->head;

	memcpy(span->trace_id.bytes, head->trace_id, sizeof(span->trace_id));
	memcpy(span->parent_id.bytes, head->span_id, sizeof(span->parent_id));
	span->source_seq = head->source_seq;
	span->source_id = head->source_id;
	span->node = node;
	span->from_node = message->from;
	span->message_type = unit->nodes[message->from].ports[message->port].type_id;
	span->hop = (uint16_t)(head->hop < UINT16_MAX ? head->hop : UINT16_MAX);
	span->trace_flags = (uint8_t)head->trace_flags;
}

/* Every span of a trace says the state that came in with it. */
static void note_tracestate(struct task *task) {
	const char *tracestate = task->message->ingress->tracestate;
	struct extras *extras = tracestate ? task_extras(task) : NULL;

	if (extras)
		(void)extras_text(extras, EXTRA_TRACESTATE, tracestate);
}

void span_end(struct core *core, struct task *task, int error) {
	struct unit *unit = core->unit;
	struct emit_span span = {.attempt = task->head.attempt, .error = error};

	if (!task->recording)
		return;
	if (task->state != TASK_HELD && task->state != TASK_DONE)
		task->end_ns = unit->now_ns = clock_monotonic_ns();
	fill(unit, &span, task->message, task->node->index);
	span.span_id = task->span_id;
	span.start_ns = task->start_ns;
	span.end_ns = task->end_ns;
	if (error || task->error_set)
		span.status = RY_SPAN_ERROR;
	if (task->children)
		task_end_children(task);
	note_tracestate(task);
	if (task->extras && extras_finish(task->extras) == 0 && task->extras->length) {
		span.extra_length = task->extras->length;
		emit_span(unit->emit, &span, task->extras->data);
		extras_reset(task->extras);
	} else {
		emit_span(unit->emit, &span, NULL);
	}
}

/* The source's own span: a root, or the child of what came in from outside. */
void span_source(struct core *core, struct source *source, struct message *message) {
	struct unit *unit = core->unit;
	struct emit_span span = {.attempt = 1};
	struct extras extras = EXTRAS_INIT;

	if (!unit->emit)
		return;
	if (!(message->head.trace_flags & TRACE_FLAG_SAMPLED)) {
		emit_unsampled(unit->emit);
		return;
	}
	fill(unit, &span, message, source->node->index);
	span.from_node = UINT32_MAX;
	span.span_id = span_id_new(&unit->random);
	span.start_ns = source->pull_start_ns;
	span.end_ns = source->pull_end_ns;
	if (message->ingress->tracestate)
		(void)extras_text(&extras, EXTRA_TRACESTATE, message->ingress->tracestate);
	span.extra_length = extras.length;
	emit_span(unit->emit, &span, extras.data);
	extras_fini(&extras);
	memcpy(message->head.span_id, span.span_id.bytes, sizeof(message->head.span_id));
}
