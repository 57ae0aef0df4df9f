/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The emitter that a source is given with `pull`: each message that it stages becomes an ingress
 * of its own, with the next sequence of that source and a trace, and waits in the source's ring
 * until the runner takes it.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "node/ingress.h"
#include "node/node.h"
#include "trace/propagation.h"

struct ingress *ingress_new(struct unit *unit) {
	struct ingress *ingress = unit->free_ingress;

	if (ingress) {
		unit->free_ingress = ingress->next;
	} else {
		ingress = malloc(sizeof(*ingress));
		if (!ingress)
			return NULL;
		unit->task_allocations++;
	}
	memset(ingress, 0, sizeof(*ingress));
	return ingress;
}

void ingress_free(struct unit *unit, struct ingress *ingress) {
	free(ingress->tracestate);
	free(ingress->baggage);
	ingress->tracestate = ingress->baggage = NULL;
	ingress->next = unit->free_ingress;
	unit->free_ingress = ingress;
}

/* NULL: none, malformed, or no memory for it; the trace goes on without. */
static char *copy_tracestate(const char *text) {
	char members[TRACESTATE_LENGTH + 1];

	if (!text || tracestate_parse(text, strlen(text), members, sizeof(members)) <= 0)
		return NULL;
	return strdup(members);
}

static char *copy_baggage(const char *text) {
	char members[BAGGAGE_LENGTH + 1];

	if (!text || baggage_parse(text, strlen(text), members, sizeof(members)) <= 0)
		return NULL;
	return strdup(members);
}

/* A trace from outside if it is well-formed, else a new one; and the sampler's word on it. */
static void start_trace(struct unit *unit, struct ry_message *head, struct ingress *ingress,
			const struct ry_emit_options *options) {
	struct trace_parent parent = {.flags = 0};
	bool remote =
		options && options->traceparent &&
		traceparent_parse(options->traceparent, strlen(options->traceparent), &parent) == 0;

	if (!remote) {
		parent.trace_id = trace_id_new(&unit->random);
		parent.flags = TRACE_FLAG_RANDOM;
	}
	memcpy(head->trace_id, parent.trace_id.bytes, sizeof(head->trace_id));
	memcpy(head->span_id, parent.span_id.bytes, sizeof(head->span_id));
	head->trace_flags = parent.flags & ~TRACE_FLAG_SAMPLED;
	if (unit->emit && trace_sampled(&unit->sampler, &parent.trace_id, remote, parent.flags))
		head->trace_flags |= TRACE_FLAG_SAMPLED;
	if (remote)
		ingress->tracestate = copy_tracestate(options->tracestate);
	if (options)
		ingress->baggage = copy_baggage(options->baggage);
}

/* Moves what is not yet taken to the front; false: all places are taken. */
static bool make_room(struct source *source) {
	uint32_t left = source->n_staged - source->taken;

	if (!source->on_loop || source->taken == 0)
		return false;
	memmove(source->staged, source->staged + source->taken, left * sizeof(source->staged[0]));
	source->n_staged = left;
	source->taken = 0;
	return true;
}

static int source_new(struct source *source, uint32_t port_index,
		      const struct node_port **ret_port) {
	if (port_index >= source->node->n_ports)
		return -EINVAL;
	if (source->closed)
		return -ESHUTDOWN;
	if (source->n_staged >= PULL_MAX && !make_room(source)) {
		source->wants_room = source->on_loop;
		return -ENOBUFS;
	}
	*ret_port = &source->node->ports[port_index];
	return 0;
}

static int source_put(struct source *source, uint32_t port, struct message *message,
		      const struct ry_emit_options *options) {
	struct unit *unit = source->node->unit;
	struct ingress *ingress = ingress_new(unit);

	if (!ingress) {
		message_unref(&unit->pool, message);
		return -ENOMEM;
	}
	ingress->source = source->node;
	ingress->source_id = source->node->plan->source_id;
	ingress->seq = ++source->seq;
	message->ingress = ingress;
	message->from = source->node->index;
	message->port = port;
	message->head.source_seq = ingress->seq;
	message->head.source_id = ingress->source_id;
	message->head.hop = 0;
	message->next = NULL;
	start_trace(unit, &message->head, ingress, options);
	if (source->on_loop && unit->emit && source->taken == source->n_staged)
		source->pull_start_ns = source->pull_end_ns = clock_monotonic_ns();
	source->staged[source->n_staged++] = message;
	source->counters.accepted++;
	return 0;
}

static void *source_stage(struct ry_emitter *emitter, uint32_t port_index, uint64_t length,
			  const struct ry_emit_options *options, int *ret_error) {
	struct source *source = source_of(emitter);
	const struct node_port *port = NULL;
	struct message *message;
	int r = source_new(source, port_index, &port);

	if (r == 0 && port->type->kind == RY_MESSAGE_CUSTOM)
		r = -EINVAL;
	if (r == 0 && (length < port->type->data_size || length > port->max_bytes))
		r = -EMSGSIZE;
	if (r == 0 && length > TASK_MAX_BYTES)
		r = -ENOBUFS;
	if (r < 0) {
		*ret_error = r;
		return NULL;
	}
	message = message_new(&source->node->unit->pool, port->type, length);
	r = message ? source_put(source, port_index, message, options) : -ENOMEM;
	if (r < 0) {
		*ret_error = r;
		return NULL;
	}
	return message + 1;
}

static int source_stage_object(struct ry_emitter *emitter, uint32_t port_index, void *object,
			       const struct ry_emit_options *options) {
	struct source *source = source_of(emitter);
	const struct node_port *port = NULL;
	struct message *message;
	int r = source_new(source, port_index, &port);

	if (r == -EINVAL || source->node->ports[port_index].type->kind != RY_MESSAGE_CUSTOM)
		return -EINVAL;
	if (r < 0) {
		source->node->ports[port_index].type->destroy(object);
		return r;
	}
	message = message_new_object(&source->node->unit->pool, port->type, object);
	return message ? source_put(source, port_index, message, options) : -ENOMEM;
}

static int source_stage_message(struct ry_emitter *emitter, uint32_t port,
				const struct ry_message *message) {
	(void)emitter;
	(void)port;
	(void)message;
	return -EINVAL; /* a source has received nothing that it could pass on */
}

static int source_end(struct ry_emitter *emitter) {
	struct source *source = source_of(emitter);

	if (!source->on_loop)
		return -EINVAL;
	source->ended = source->closed = true;
	return 0;
}

const struct ry_emit_ops source_emit_ops = {
	RY_SIZE(ry_emit_ops),
	.stage = source_stage,
	.stage_object = source_stage_object,
	.stage_message = source_stage_message,
	.end = source_end,
};
