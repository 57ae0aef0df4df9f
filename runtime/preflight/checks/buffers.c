/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RYB001: the memory of every bounded buffer, which `validate` prints, against each group's limit:
 * emit rings, exporter queues, queues of nodes, rings between groups and buffered logs. What messages
 * themselves take is not a buffer: it is bounded for each task (64 MiB of outputs).
 */
#include "preflight/check.h"
#include "queue/queue.h"

#define LOG_ENTRY 1024 /* the longest line that a buffered log keeps */

struct sum {
	struct check_context *context;
	uint64_t exporters; /* queues of all exporters of one process */
};

static uint64_t exporter_bytes(const struct sum *sum) {
	const struct manifest_observability *o = &sum->context->manifest->runtime.observability;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < o->tracing.exporters.count; i++) {
		const struct manifest_exporter *exporter = exporter_at(sum->context->manifest, i);

		if (exporter->enabled)
			bytes += (uint64_t)exporter->settings.queue.max_bytes;
	}
	if (o->logging.mode == LOG_MODE_BUFFERED)
		bytes += (uint64_t)o->logging.queue.max_items * LOG_ENTRY;
	return bytes;
}

/* Threads that write spans: the runner's, and those of the offload pool where there is one. */
static uint64_t emit_threads(const struct sum *sum, const struct plan_group *group) {
	const struct plan *plan = sum->context->plan;
	bool offload = false;

	for (uint32_t i = 0; i < group->n_nodes; i++) {
		const struct plan_node *node = &plan->nodes[group->nodes[i]];

		offload |= node->node && node->node->bridge == BRIDGE_OFFLOAD;
	}
	return 1 + (offload ? (uint64_t)sum->context->manifest->runtime.offload.threads : 0);
}

static uint64_t process_bytes(const struct sum *sum, const struct plan_group *group) {
	const struct manifest_runtime *runtime = &sum->context->manifest->runtime;
	uint64_t emit = (uint64_t)runtime->observability.tracing.emit_capacity_bytes;

	return emit_threads(sum, group) * emit + sum->exporters;
}

/* The queues in front of nodes and sinks. */
static uint64_t queue_bytes(const struct sum *sum, const struct plan_group *group) {
	uint64_t items = (uint64_t)sum->context->manifest->runtime.queues.max_items, size = 1;
	uint64_t bytes = 0;

	while (size < items)
		size *= 2;
	for (uint32_t i = 0; i < group->n_nodes; i++)
		if (sum->context->plan->nodes[group->nodes[i]].accepts[0])
			bytes += size * sizeof(struct queue_entry);
	return bytes;
}

/* Does any edge lead from one group to the other? */
static bool linked(const struct plan *plan, uint32_t from, uint32_t to) {
	for (uint32_t i = 0; i < plan->groups[to].n_nodes; i++) {
		const struct plan_node *node = &plan->nodes[plan->groups[to].nodes[i]];

		for (uint32_t u = 0; u < node->n_upstream; u++)
			if (plan->nodes[node->upstream[u]].group == from)
				return true;
	}
	return false;
}

/* Rings into one worker of a group. */
static uint64_t input_bytes(const struct sum *sum, uint32_t to) {
	const struct plan *plan = sum->context->plan;
	uint64_t capacity = (uint64_t)sum->context->manifest->runtime.platform.links.capacity_bytes;
	uint64_t bytes = 0;

	for (uint32_t from = 0; from < plan->n_groups; from++)
		if (from != to && linked(plan, from, to))
			bytes += plan->groups[from].workers * capacity;
	return bytes;
}

static void check_limit(const struct sum *sum, const struct plan_group *group, uint64_t bytes) {
	uint64_t limit = group->manifest ? (uint64_t)group->manifest->limits.memory_bytes : 0;
	struct diag *diag = sum->context->diag;
	struct finding *f;

	if (!limit || bytes <= limit)
		return;
	f = diag_add(diag, DIAG_RYB001,
		     doc_place(doc_member(group->manifest->head.doc, "limits"), "memory_bytes"),
		     "the buffers of group `%s` can take %llu bytes, more than its limit of %llu",
		     group->name, (unsigned long long)bytes, (unsigned long long)limit);
	finding_why(diag, f,
		    "under load the worker would be refused memory: %llu bytes for spans and logs, "
		    "%llu for queues between nodes",
		    (unsigned long long)process_bytes(sum, group),
		    (unsigned long long)queue_bytes(sum, group));
	finding_help(diag, f,
		     "raise the limit, or lower tracing.emit_capacity_bytes, the exporters' "
		     "queue.max_bytes, links.capacity_bytes or queues.max_items");
}

void check_buffers(struct check_context *context) {
	const struct plan *plan = context->plan;
	struct sum sum = {.context = context};
	uint64_t total = 0, threads = 0;

	sum.exporters = exporter_bytes(&sum);
	for (uint32_t i = 0; i < plan->n_groups; i++) {
		const struct plan_group *group = &plan->groups[i];
		uint64_t queues = queue_bytes(&sum, group);
		uint64_t bytes = process_bytes(&sum, group) + queues;

		if (plan->inline_mode) {
			uint64_t own = emit_threads(&sum, group);

			threads = own > threads ? own : threads;
			total += queues;
			continue;
		}
		bytes += input_bytes(&sum, i);
		check_limit(&sum, group, bytes);
		total += group->workers * bytes;
	}
	if (plan->inline_mode)
		total +=
			sum.exporters + threads * (uint64_t)context->manifest->runtime.observability
							  .tracing.emit_capacity_bytes;
	context->preflight->buffer_bytes = total;
}
