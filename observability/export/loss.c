/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounting: every span that started is exported, dropped for one reason, or alive, for each
 * destination. One warning when a loss begins, one when it ends.
 */
#include <stdarg.h>
#include <stdio.h>

#include "export/pipeline.h"

const char *const export_loss_names[LOSS_COUNT] = {
	[LOSS_RING_FULL] = "ring_full", [LOSS_QUEUE_FULL] = "queue_full",
	[LOSS_TIMEOUT] = "timeout",	[LOSS_REJECTED] = "rejected",
	[LOSS_ENCODE] = "encode",	[LOSS_FALLBACK] = "fallback",
	[LOSS_SHUTDOWN] = "shutdown",	[LOSS_KILLED] = "killed",
};

void pipeline_message(struct export_pipeline *pipeline, uint32_t level, const char *format, ...) {
	char text[256];
	va_list args;

	if (!pipeline->on_message)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	strbuf_add_char(&pipeline->messages, (char)(level + 1)); /* not NUL */
	strbuf_add(&pipeline->messages, text);
	strbuf_add_char(&pipeline->messages, '\0');
}

/* The handler may ask for counters: the lock is not held meanwhile. */
void pipeline_hand_out_messages(struct export_pipeline *pipeline) {
	struct strbuf messages = pipeline->messages;
	size_t at = 0;

	if (!messages.length)
		return;
	pipeline->messages = (struct strbuf)STRBUF_INIT;
	pthread_mutex_unlock(&pipeline->lock);
	while (at < messages.length) {
		uint32_t level = (uint32_t)messages.text[at] - 1;
		const char *text = messages.text + at + 1;

		pipeline->on_message(pipeline->user, level, text);
		while (messages.text[at])
			at++;
		at++;
	}
	strbuf_fini(&messages);
	pthread_mutex_lock(&pipeline->lock);
}

void loss_count(struct destination *destination, enum export_loss reason, uint64_t n) {
	if (n == 0)
		return;
	destination->dropped[reason] += n;
	destination->lost += n;
	destination->lost_since_success = true;
	if (destination->losing)
		return;
	destination->losing = true;
	pipeline_message(destination->pipeline, RY_LOG_WARNING, "exporter %s is losing spans: %s",
			 destination->config.name, export_loss_names[reason]);
}

void loss_success(struct destination *destination) {
	if (destination->losing && !destination->lost_since_success) {
		pipeline_message(destination->pipeline, RY_LOG_WARNING,
				 "exporter %s loses no more spans; %llu were lost",
				 destination->config.name, (unsigned long long)destination->lost);
		destination->losing = false;
		destination->lost = 0;
	}
	destination->lost_since_success = false;
}

void loss_look_at_rings(struct export_pipeline *pipeline) {
	uint64_t lost = 0;

	for (uint32_t i = 0; i < pipeline->n_rings; i++) {
		struct pipeline_ring *ring = &pipeline->rings[i];
		struct emit_counters counters;

		emit_counters_read(ring->reader.emit, &counters);
		lost += counters.ring_full - ring->ring_full;
		ring->ring_full = counters.ring_full;
	}
	pipeline->ring_lost += lost;
	if (lost && !pipeline->ring_losing) {
		pipeline->ring_losing = true;
		pipeline_message(pipeline, RY_LOG_WARNING, "spans are lost: ring_full");
	} else if (!lost && pipeline->ring_losing && drain_rings_empty(pipeline)) {
		pipeline->ring_losing = false;
		pipeline_message(pipeline, RY_LOG_WARNING,
				 "no more spans are lost to a full ring; %llu were",
				 (unsigned long long)pipeline->ring_lost);
		pipeline->ring_lost = 0;
	}
}

/* -- counters for others -------------------------------------------------------------------- */

static uint64_t alive_in_rings(const struct export_pipeline *pipeline) {
	uint64_t alive = 0;

	for (uint32_t i = 0; i < pipeline->n_rings; i++) {
		const struct pipeline_ring *ring = &pipeline->rings[i];
		struct emit_counters counters;

		emit_counters_read(ring->reader.emit, &counters);
		alive += counters.started - counters.ring_full - ring->reader.read;
	}
	return alive;
}

/* Spans of that destination in any queue or hand. */
static uint64_t alive_in_queues(const struct export_pipeline *pipeline, uint32_t origin) {
	uint64_t alive = 0;

	for (uint32_t i = 0; i < pipeline->n_destinations; i++) {
		const struct destination *at = &pipeline->destinations[i];

		for (uint32_t k = 0; k < at->queue.n; k++) {
			const struct range *range = span_queue_at(&at->queue, k);

			if (range->origin == origin)
				alive += range->to - range->from;
		}
		if (at->batch.n && at->batch.origin == origin)
			alive += at->batch.n;
	}
	return alive;
}

void export_counters_read(struct export_pipeline *pipeline, uint32_t index,
			  struct export_counters *ret) {
	const struct destination *destination = &pipeline->destinations[index];

	pthread_mutex_lock(&pipeline->lock);
	*ret = (struct export_counters){
		.name = destination->config.name,
		.exported = destination->exported,
		.exported_fallback = destination->exported_fallback,
		.filtered = destination->filtered,
		.batches = destination->batches,
		.retries = destination->retries,
		.alive = alive_in_queues(pipeline, index),
		.fallback_only = destination->config.fallback_only,
	};
	for (int i = 0; i < LOSS_COUNT; i++)
		ret->dropped[i] = destination->dropped[i];
	if (!destination->config.fallback_only) {
		struct emit_counters counters;

		export_started(pipeline, &counters);
		ret->dropped[LOSS_RING_FULL] = counters.ring_full;
		ret->alive += alive_in_rings(pipeline);
	}
	pthread_mutex_unlock(&pipeline->lock);
}

void export_started(const struct export_pipeline *pipeline, struct emit_counters *ret) {
	struct emit_counters sum = {0}, counters;

	for (uint32_t i = 0; i < pipeline->n_rings; i++) {
		emit_counters_read(pipeline->rings[i].reader.emit, &counters);
		sum.started += counters.started;
		sum.unsampled += counters.unsampled;
		sum.ring_full += counters.ring_full;
	}
	*ret = sum;
}
