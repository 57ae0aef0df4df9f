/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A destination: one exporter, its queue, and the batch it has in hand. There is at most one, so
 * an exporter is never called concurrently.
 *
 *	IDLE --a batch is due--> CALLING --returns--> IDLE (taken, or given up)
 *	                            |  \--RY_PENDING--> PENDING --completes--> as if it had returned
 *	                            \--EAGAIN, tries left--> WAITING --retry_at_ns--> CALLING
 *
 * What an answer means. 0: the destination has the batch, less `rejected`. EAGAIN: not now; after
 * 1 + max_retries tries the batch is given up as LOSS_TIMEOUT. EMSGSIZE, EOVERFLOW, EILSEQ: the
 * batch itself cannot be sent, LOSS_ENCODE. Anything else: it will never take it, LOSS_REJECTED.
 * Given up means handed to a fallback where there is one (fallback.c), else lost.
 *
 * The operation is called on the exporter thread, so a blocking exporter holds all others up; what
 * may block for long will get sender threads of its own, to which call_export hands the batch and
 * from which the answer comes as the completion of a call. Everything else here stays as it is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/errname.h"
#include "export/pipeline.h"

/* A destination's word is not trusted beyond this. */
#define MAX_RETRY_AFTER_MS (24ull * 3600 * 1000)

static bool offers_call(const struct export_destination *config) {
	const struct ry_provides *const *provides = config->type->provides;

	for (; provides && *provides; provides++)
		if (!strcmp((*provides)->contract, RY_SPAN_EXPORTER))
			return (*provides)->flags & RY_OFFERS_ACONSUME;
	return false;
}

int destination_init(struct destination *destination, struct export_pipeline *pipeline,
		     uint32_t index, const struct export_destination *config) {
	uint32_t *fallback = NULL;

	*destination = (struct destination){
		.config = *config,
		.pipeline = pipeline,
		.index = index,
		.uses_call = offers_call(config),
	};
	destination->config.fallback = NULL;
	span_queue_init(&destination->queue, &pipeline->pool, config->queue_items,
			config->queue_bytes);
	if (config->n_fallback) {
		fallback = malloc(config->n_fallback * sizeof(*fallback));
		if (!fallback)
			return -ENOMEM;
		memcpy(fallback, config->fallback, config->n_fallback * sizeof(*fallback));
		destination->config.fallback = fallback;
	}
	return span_list_init(&destination->batch, config->batch_items);
}

void destination_fini(struct destination *destination) {
	span_queue_fini(&destination->queue);
	span_list_fini(&destination->batch, destination->queue.pool);
	free((void *)destination->config.fallback);
	destination->config.fallback = NULL;
}

bool destination_empty(const struct destination *destination) {
	return destination->state == DESTINATION_IDLE && !destination->queue.n;
}

/* -- what became of a batch ----------------------------------------------------------------- */

static void drop_batch(struct destination *destination) {
	span_list_clear(&destination->batch, destination->queue.pool);
	destination->state = DESTINATION_IDLE;
	destination->tries = 0;
	destination->probing = false;
}

static void settle_taken(struct destination *destination) {
	struct export_pipeline *pipeline = destination->pipeline;
	struct destination *origin = &pipeline->destinations[destination->batch.origin];
	uint32_t n = destination->batch.n, rejected = destination->result.rejected;

	if (rejected > n)
		rejected = n;
	origin->exported += n - rejected;
	if (origin != destination)
		origin->exported_fallback += n - rejected;
	destination->batches++;
	loss_count(origin, origin == destination ? LOSS_REJECTED : LOSS_FALLBACK, rejected);
	if (!rejected)
		loss_success(origin);
	if (destination->failing && origin == destination) {
		destination->failing = false;
		destination->failures = 0;
		pipeline_message(pipeline, RY_LOG_INFO, "exporter %s works again",
				 destination->config.name);
	}
	drop_batch(destination);
}

/* The destination does not take its own spans: from here on they go to its fallbacks. */
static void begin_failing(struct destination *destination, uint64_t now) {
	if (!destination->failing)
		pipeline_message(destination->pipeline, RY_LOG_WARNING,
				 "exporter %s fails; its spans go to its fallback",
				 destination->config.name);
	destination->failing = true;
	destination->probe_at_ns = now + fallback_backoff_ns(destination, destination->failures);
	if (destination->failures < 32)
		destination->failures++;
}

static void settle_given_up(struct destination *destination, enum export_loss reason,
			    uint64_t now) {
	struct export_pipeline *pipeline = destination->pipeline;
	struct span_list *batch = &destination->batch;

	if (reason == LOSS_ENCODE) {
		loss_count(&pipeline->destinations[batch->origin], reason, batch->n);
	} else {
		if (batch->origin == destination->index && destination_has_fallback(destination))
			begin_failing(destination, now);
		for (uint32_t i = 0; i < batch->n_ranges; i++)
			fallback_hand_over(pipeline, &batch->ranges[i], reason);
	}
	drop_batch(destination);
}

/* Not now. The probe is not repeated; neither is what cannot come before the deadline. */
static void settle_again(struct destination *destination, uint64_t now) {
	struct export_pipeline *pipeline = destination->pipeline;
	uint64_t after = destination->result.retry_after_ms, wait;

	if (after > MAX_RETRY_AFTER_MS)
		after = MAX_RETRY_AFTER_MS;
	wait = fallback_backoff_ns(destination, destination->tries);
	if (wait < after * NS_PER_MS)
		wait = after * NS_PER_MS;
	destination->tries++;
	if (destination->probing || destination->tries > destination->config.max_retries) {
		settle_given_up(destination, LOSS_TIMEOUT, now);
		return;
	}
	if (pipeline->phase != PIPELINE_RUNNING && now + wait >= pipeline->deadline_ns) {
		settle_given_up(destination, LOSS_SHUTDOWN, now);
		return;
	}
	destination->retries++;
	destination->retry_at_ns = now + wait;
	destination->state = DESTINATION_WAITING;
}

static void settle(struct destination *destination, int status, uint64_t now) {
	if (destination->flushing) {
		destination->flushing = false;
		destination->flushed = true;
		destination->state = DESTINATION_IDLE;
		if (status < 0)
			pipeline_message(destination->pipeline, RY_LOG_ERROR,
					 "exporter %s could not flush: %s",
					 destination->config.name, errno_text(status));
		return;
	}
	switch (status) {
	case 0:
		settle_taken(destination);
		break;
	case -EAGAIN:
		settle_again(destination, now);
		break;
	case -EMSGSIZE:
	case -EOVERFLOW:
	case -EILSEQ:
		settle_given_up(destination, LOSS_ENCODE, now);
		break;
	default:
		settle_given_up(destination, LOSS_REJECTED, now);
	}
}

/* -- calling the exporter ----------------------------------------------------------------------- */

/* Inside the operation, or later on the loop: only noted here, settled by the next pump. */
static void on_call_done(struct ry_call *call, int status) {
	struct destination *destination = call->owner;
	struct export_pipeline *pipeline = destination->pipeline;

	pthread_mutex_lock(&pipeline->lock);
	destination->completed = true;
	destination->status = status;
	if (!pipeline->abandoned && pipeline->timer)
		loop_timer_set(pipeline->timer, 0, false);
	pthread_mutex_unlock(&pipeline->lock);
}

static struct ry_call *prepare_call(struct destination *destination) {
	destination->completed = false;
	destination->state = DESTINATION_CALLING;
	destination->result =
		(struct ry_span_export_result){.size = RY_SIZE(ry_span_export_result)};
	destination->call = (struct ry_call){
		.size = RY_SIZE(ry_call),
		.done = on_call_done,
		.owner = destination,
	};
	return destination->uses_call ? &destination->call : NULL;
}

/* The operation has returned; the lock is held again. false: abandoned. */
static bool after_call(struct destination *destination, int r) {
	struct export_pipeline *pipeline = destination->pipeline;

	if (pipeline->abandoned)
		return false;
	if (r == RY_PENDING && destination->uses_call)
		destination->state = DESTINATION_PENDING;
	else
		settle(destination, r > 0 ? -EPROTO : r, pipeline_now(pipeline));
	return true;
}

static bool call_export(struct destination *destination) {
	struct export_pipeline *pipeline = destination->pipeline;
	struct ry_call *call = prepare_call(destination);
	int r;

	destination->request = (struct ry_span_batch){
		.size = RY_SIZE(ry_span_batch),
		.n_spans = destination->batch.n,
		.spans = destination->batch.spans,
		.resource = pipeline->resource,
		.n_resource = pipeline->n_resource,
		.scope_name = "railyard",
		.scope_version = RY_VERSION,
	};
	pthread_mutex_unlock(&pipeline->lock);
	r = ry_span_export(destination->config.exporter, &destination->request,
			   &destination->result, call);
	pthread_mutex_lock(&pipeline->lock);
	return after_call(destination, r);
}

bool destination_flush(struct destination *destination) {
	struct export_pipeline *pipeline = destination->pipeline;
	struct ry_call *call;
	int r;

	if (!destination->started) {
		destination->flushed = true;
		return true;
	}
	destination->flushing = true;
	call = prepare_call(destination);
	pthread_mutex_unlock(&pipeline->lock);
	r = ry_span_flush(destination->config.exporter, call);
	pthread_mutex_lock(&pipeline->lock);
	return after_call(destination, r);
}

/* -- what is due ---------------------------------------------------------------------------- */

/* When the oldest span in the queue must go, if not enough come before. */
static uint64_t flush_at_ns(const struct destination *destination) {
	const struct range *oldest = span_queue_peek(&destination->queue);

	if (!oldest || !destination->config.flush_interval_ms)
		return NEVER;
	return oldest->since_ns + destination->config.flush_interval_ms * NS_PER_MS;
}

static bool batch_due(const struct destination *destination, uint64_t now) {
	if (!destination->queue.n)
		return false;
	return destination->pipeline->phase != PIPELINE_RUNNING ||
	       destination->queue.items >= destination->config.batch_items ||
	       now >= flush_at_ns(destination);
}

/* Its own spans, which it would not take, to its fallbacks; not those it is the fallback for. */
static bool divert_oldest(struct destination *destination) {
	const struct range *oldest = span_queue_peek(&destination->queue);
	struct range range;

	if (!oldest || oldest->origin != destination->index)
		return false;
	range = span_queue_take_range(&destination->queue);
	fallback_hand_over(destination->pipeline, &range, LOSS_REJECTED);
	chunk_unref(destination->queue.pool, range.chunk);
	return true;
}

/* Takes the next batch and sends it. */
static bool pump_idle(struct destination *destination, uint64_t now, bool *progress) {
	bool own;

	if (destination->unusable || (destination->failing && now < destination->probe_at_ns)) {
		if (divert_oldest(destination)) {
			*progress = true;
			return true;
		}
	}
	if (!batch_due(destination, now))
		return true;
	*progress = true;
	span_queue_take(&destination->queue, &destination->batch);
	own = destination->batch.origin == destination->index;
	destination->probing = destination->failing && own;
	return call_export(destination);
}

bool destination_pump(struct destination *destination, uint64_t now, bool *progress) {
	switch (destination->state) {
	case DESTINATION_IDLE:
		return pump_idle(destination, now, progress);
	case DESTINATION_CALLING:
		return true;
	case DESTINATION_PENDING:
		if (!destination->completed)
			return true;
		*progress = true;
		settle(destination, destination->status, now);
		return true;
	case DESTINATION_WAITING:
		if (now < destination->retry_at_ns)
			return true;
		*progress = true;
		return call_export(destination);
	}
	return true;
}

uint64_t destination_next_ns(const struct destination *destination) {
	switch (destination->state) {
	case DESTINATION_IDLE:
		return batch_due(destination, 0) ? 0 : flush_at_ns(destination);
	case DESTINATION_PENDING:
		return destination->completed ? 0 : NEVER;
	case DESTINATION_WAITING:
		return destination->retry_at_ns;
	case DESTINATION_CALLING:
		break;
	}
	return NEVER;
}

void destination_begin_stop(struct destination *destination, uint64_t now) {
	if (destination->state == DESTINATION_WAITING &&
	    destination->retry_at_ns >= destination->pipeline->deadline_ns)
		settle_given_up(destination, LOSS_SHUTDOWN, now);
}

bool destination_cancel(struct destination *destination) {
	struct export_pipeline *pipeline = destination->pipeline;

	if (destination->state != DESTINATION_PENDING)
		return true;
	destination->state = DESTINATION_CALLING;
	if (!destination->completed) {
		pthread_mutex_unlock(&pipeline->lock);
		ry_call_cancel(&destination->call);
		pthread_mutex_lock(&pipeline->lock);
	}
	if (pipeline->abandoned)
		return false;
	destination->state = DESTINATION_PENDING;
	if (destination->completed)
		settle(destination, destination->status, pipeline_now(pipeline));
	else
		destination->state = DESTINATION_IDLE;
	return true;
}

void destination_give_up(struct destination *destination, enum export_loss reason) {
	struct export_pipeline *pipeline = destination->pipeline;

	if (destination->batch.n) {
		loss_count(&pipeline->destinations[destination->batch.origin], reason,
			   destination->batch.n);
		/* An operation that still runs reads the spans: they stay. */
		if (destination->state == DESTINATION_CALLING)
			destination->batch.n = 0;
		else
			drop_batch(destination);
	}
	while (destination->queue.n) {
		struct range range = span_queue_take_range(&destination->queue);

		loss_count(&pipeline->destinations[range.origin], reason, range.to - range.from);
		chunk_unref(destination->queue.pool, range.chunk);
	}
}
