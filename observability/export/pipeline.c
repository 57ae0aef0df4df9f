/* SPDX-License-Identifier: Apache-2.0 */
/* The pipeline without its thread: made, turned, stopped, ended. */
#include "export/pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/errname.h"
#include "base/fd.h"

#define STEPS_PER_TURN	16u /* of CHUNK_SPANS spans; then the loop looks at its descriptors */
#define ROUNDS_PER_STEP 64u

static uint64_t real_now_ns(void *user) {
	(void)user;
	return clock_monotonic_ns();
}

static void real_wait_until_ns(void *user, uint64_t until_ns) {
	const struct timespec until = {(time_t)(until_ns / NS_PER_SECOND),
				       (long)(until_ns % NS_PER_SECOND)};

	(void)user;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static bool config_valid(const struct export_config *config) {
	for (uint32_t i = 0; i < config->n_destinations; i++) {
		const struct export_destination *destination = &config->destinations[i];

		if (!destination->exporter || !destination->type || !destination->batch_items ||
		    destination->batch_items > UINT16_MAX + 1u || !destination->queue_items ||
		    !destination->queue_bytes)
			return false;
		for (uint32_t k = 0; k < destination->n_fallback; k++)
			if (destination->fallback[k] >= config->n_destinations ||
			    destination->fallback[k] == i)
				return false;
	}
	return true;
}

static int init_destinations(struct export_pipeline *pipeline, const struct export_config *config) {
	int r = 0;

	pipeline->destinations =
		calloc(config->n_destinations + 1, sizeof(*pipeline->destinations));
	if (!pipeline->destinations)
		return -ENOMEM;
	for (uint32_t i = 0; r == 0 && i < config->n_destinations; i++) {
		r = destination_init(&pipeline->destinations[i], pipeline, i,
				     &config->destinations[i]);
		pipeline->n_destinations = i + 1;
	}
	return r;
}

static int copy_resource(struct export_pipeline *pipeline, const struct export_config *config) {
	pipeline->resource = calloc(config->n_resource + 1, sizeof(*pipeline->resource));
	if (!pipeline->resource)
		return -ENOMEM;
	for (uint32_t i = 0; i < config->n_resource; i++)
		pipeline->resource[i] = config->resource[i];
	pipeline->n_resource = config->n_resource;
	return 0;
}

static int init_lock(struct export_pipeline *pipeline) {
	pthread_condattr_t attributes;

	pthread_mutex_init(&pipeline->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&pipeline->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	return trace_random_init(&pipeline->random);
}

int export_new(const struct export_config *config, struct export_pipeline **ret) {
	struct export_pipeline *pipeline;
	int r;

	if (!config_valid(config))
		return -EINVAL;
	pipeline = calloc(1, sizeof(*pipeline));
	if (!pipeline)
		return -ENOMEM;
	pipeline->clock = (struct export_clock){real_now_ns, real_wait_until_ns, NULL};
	pipeline->bell = -1;
	pipeline->on_message = config->on_message;
	pipeline->user = config->user;
	r = init_lock(pipeline);
	if (r == 0)
		r = resolver_init(&pipeline->resolver, config, clock_monotonic_ns(),
				  clock_unix_ns());
	if (r == 0)
		r = copy_resource(pipeline, config);
	if (r == 0)
		r = init_destinations(pipeline, config);
	if (r < 0) {
		pipeline_destroy(pipeline);
		return r;
	}
	*ret = pipeline;
	return 0;
}

void pipeline_set_clock(struct export_pipeline *pipeline, const struct export_clock *clock) {
	pipeline->clock = *clock;
}

int export_add(struct export_pipeline *pipeline, struct emit *emit, uint32_t worker) {
	struct pipeline_ring *rings, *ring;
	int r;

	rings = realloc(pipeline->rings, (pipeline->n_rings + 1) * sizeof(*rings));
	if (!rings)
		return -ENOMEM;
	pipeline->rings = rings;
	ring = &rings[pipeline->n_rings];
	*ring = (struct pipeline_ring){.worker = resolve_worker(worker)};
	r = emit_reader_init(&ring->reader, emit);
	if (r == 0)
		pipeline->n_rings++;
	return r;
}

/* -- a turn --------------------------------------------------------------------------------- */

/*
 * One thing for each destination, in turn, until there is nothing to do. *ret_done: something was
 * done; *ret_more: there is more.
 */
static bool pump_all(struct export_pipeline *pipeline, bool *ret_done, bool *ret_more) {
	bool progress = true;
	uint32_t round;

	for (round = 0; progress && round < ROUNDS_PER_STEP; round++) {
		progress = false;
		for (uint32_t i = 0; i < pipeline->n_destinations; i++)
			if (!destination_pump(&pipeline->destinations[i], pipeline_now(pipeline),
					      &progress))
				return false;
	}
	*ret_done = progress || round > 1;
	*ret_more = progress;
	return true;
}

bool pipeline_turn(struct export_pipeline *pipeline, bool *ret_more) {
	bool more = true, busy = false, done = false;

	loss_look_at_rings(pipeline);
	for (uint32_t step = 0; more && step < STEPS_PER_TURN; step++) {
		more = drain_step(pipeline, pipeline_now(pipeline));
		if (!pump_all(pipeline, &done, &busy))
			return false;
		/* What was held back may find room now. */
		more = more || (pipeline->held && done);
	}
	pipeline_hand_out_messages(pipeline);
	*ret_more = more || busy;
	return !pipeline->abandoned;
}

uint64_t pipeline_next_ns(const struct export_pipeline *pipeline) {
	uint64_t next = drain_next_ns(pipeline);

	for (uint32_t i = 0; i < pipeline->n_destinations; i++) {
		uint64_t at = destination_next_ns(&pipeline->destinations[i]);

		if (at < next)
			next = at;
	}
	return next;
}

/* -- the exporters' lives ------------------------------------------------------------------- */

/* Calls an operation of the adapter without the lock; *ret_r is what it returned. */
static bool call_op(struct export_pipeline *pipeline, int (*op)(void *self), void *self,
		    int *ret_r) {
	int r = 0;

	if (op) {
		pthread_mutex_unlock(&pipeline->lock);
		r = op(self);
		pthread_mutex_lock(&pipeline->lock);
	}
	*ret_r = r;
	return !pipeline->abandoned;
}

bool pipeline_start_exporters(struct export_pipeline *pipeline) {
	int r;

	for (uint32_t i = 0; i < pipeline->n_destinations; i++) {
		struct destination *destination = &pipeline->destinations[i];
		const struct export_destination *config = &destination->config;

		if (!call_op(pipeline, config->type->ops->start, config->instance, &r))
			return false;
		destination->started = r >= 0;
		destination->unusable = r < 0;
		if (r < 0)
			pipeline_message(pipeline, RY_LOG_ERROR, "exporter %s did not start: %s",
					 config->name, errno_text(r));
	}
	pipeline->started = true;
	pipeline_hand_out_messages(pipeline);
	return !pipeline->abandoned;
}

bool pipeline_reopen(struct export_pipeline *pipeline) {
	int r;

	pipeline->reopen = false;
	for (uint32_t i = 0; i < pipeline->n_destinations; i++) {
		struct destination *destination = &pipeline->destinations[i];
		const struct export_destination *config = &destination->config;

		if (!destination->started)
			continue;
		if (!call_op(pipeline, config->type->ops->reopen, config->instance, &r))
			return false;
		if (r < 0)
			pipeline_message(pipeline, RY_LOG_ERROR, "exporter %s did not reopen: %s",
					 config->name, errno_text(r));
	}
	pipeline_hand_out_messages(pipeline);
	return !pipeline->abandoned;
}

static bool stop_exporter(struct destination *destination) {
	struct export_pipeline *pipeline = destination->pipeline;
	const struct export_destination *config = &destination->config;
	int r;

	if (!destination->started)
		return true;
	destination->started = false;
	if (!call_op(pipeline, config->type->ops->stop, config->instance, &r))
		return false;
	if (r < 0)
		pipeline_message(pipeline, RY_LOG_ERROR, "exporter %s did not stop cleanly: %s",
				 config->name, errno_text(r));
	return true;
}

/* -- the end -------------------------------------------------------------------------------- */

void pipeline_begin_stop(struct export_pipeline *pipeline, uint64_t timeout_ns) {
	const uint64_t now = pipeline_now(pipeline);

	pipeline->phase = PIPELINE_DRAINING;
	pipeline->deadline_ns = now + timeout_ns;
	pipeline->half_ns = now + timeout_ns / 2;
	for (uint32_t i = 0; i < pipeline->n_destinations; i++)
		destination_begin_stop(&pipeline->destinations[i], now);
}

static bool all_empty(const struct export_pipeline *pipeline) {
	for (uint32_t i = 0; i < pipeline->n_destinations; i++)
		if (!destination_empty(&pipeline->destinations[i]))
			return false;
	return drain_rings_empty(pipeline);
}

/* Each exporter's flush. */
static bool flush_all(struct export_pipeline *pipeline, bool *ret_done) {
	bool done = true;

	for (uint32_t i = 0; i < pipeline->n_destinations; i++) {
		struct destination *destination = &pipeline->destinations[i];
		bool progress = false;

		if (destination->state == DESTINATION_IDLE && !destination->flushed &&
		    !destination_flush(destination))
			return false;
		if (!destination_pump(destination, pipeline_now(pipeline), &progress))
			return false;
		done = done && destination->flushed;
	}
	*ret_done = done;
	return true;
}

bool pipeline_stop_turn(struct export_pipeline *pipeline, bool *ret_done, bool *ret_more) {
	bool done = false, more = false;

	if (pipeline->phase == PIPELINE_DRAINING) {
		if (!pipeline_turn(pipeline, &more))
			return false;
		if (!more && all_empty(pipeline))
			pipeline->phase = PIPELINE_FLUSHING;
	}
	if (pipeline->phase == PIPELINE_FLUSHING && !flush_all(pipeline, &done))
		return false;
	*ret_done = done || pipeline_now(pipeline) >= pipeline->deadline_ns;
	*ret_more = more;
	return true;
}

void pipeline_give_up(struct export_pipeline *pipeline) {
	drain_lost(pipeline, LOSS_SHUTDOWN);
	for (uint32_t i = 0; i < pipeline->n_destinations; i++)
		destination_give_up(&pipeline->destinations[i], LOSS_SHUTDOWN);
	for (uint32_t i = 0; i < pipeline->n_destinations; i++) {
		struct destination *destination = &pipeline->destinations[i];

		if (destination->losing)
			pipeline_message(pipeline, RY_LOG_WARNING,
					 "exporter %s lost %llu spans until the end",
					 destination->config.name,
					 (unsigned long long)destination->lost);
		destination->losing = false;
	}
}

bool pipeline_finish(struct export_pipeline *pipeline) {
	pipeline->phase = PIPELINE_DONE;
	for (uint32_t i = 0; i < pipeline->n_destinations; i++)
		if (!destination_cancel(&pipeline->destinations[i]))
			return false;
	pipeline_give_up(pipeline);
	for (uint32_t i = 0; i < pipeline->n_destinations; i++)
		if (!stop_exporter(&pipeline->destinations[i]))
			return false;
	pipeline_hand_out_messages(pipeline);
	return !pipeline->abandoned;
}

void pipeline_destroy(struct export_pipeline *pipeline) {
	for (uint32_t i = 0; i < pipeline->n_destinations; i++)
		destination_fini(&pipeline->destinations[i]);
	free(pipeline->destinations);
	chunk_unref(&pipeline->pool, pipeline->open[0]);
	chunk_unref(&pipeline->pool, pipeline->open[1]);
	chunk_pool_fini(&pipeline->pool);
	resolver_fini(&pipeline->resolver);
	free(pipeline->resource);
	free(pipeline->rings);
	strbuf_fini(&pipeline->messages);
	loop_io_stop(pipeline->bell_io);
	loop_timer_free(pipeline->timer);
	loop_free(pipeline->loop);
	fd_close(&pipeline->bell);
	pthread_cond_destroy(&pipeline->changed);
	pthread_mutex_destroy(&pipeline->lock);
	free(pipeline);
}
