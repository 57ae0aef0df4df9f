/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timer.source: a tick every interval, on the event loop.
 *
 * Ticks are due at start + n * interval, so lateness does not add up. What is due while there is no
 * room for a message, or while the loop is held, does not pile up: the latest tick is emitted when
 * it can be, and those before it are counted as missed. Emitted and missed ones together are all
 * that were due.
 */
#include "adapters.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "stream/report.h"

#define NS_PER_MS 1000000ull

struct timer_config {
	int64_t interval_ms;
	int64_t count;
	uint8_t immediate;
};

struct timer {
	const struct ry_host *host;
	const struct ry_loop_service *loop;
	const struct ry_metrics_service *metrics; /* NULL: none */
	struct ry_metric *missed;
	struct ry_emitter *emitter;
	struct ry_timer *timer; /* NULL: not set */
	uint64_t interval_ns;
	uint64_t due_ns; /* monotonic; of the next tick; 0: not begun */
	uint64_t emitted, count;
	uint8_t immediate;
};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct timer_config, interval_ms, RY_CONFIG_INT, "time from tick to tick",
	       .unit = "ms", .flags = RY_CONFIG_REQUIRED | RY_CONFIG_HAS_MIN | RY_CONFIG_HAS_MAX,
	       .minimum = 1, .maximum = INT64_C(31536000000)),
	RY_KEY(struct timer_config, count, RY_CONFIG_INT,
	       "the stream ends after so many ticks; 0: it does not end", .unit = "items",
	       .fallback = "0", RY_RANGE(0, INT64_C(1) << 53)),
	RY_KEY(struct timer_config, immediate, RY_CONFIG_BOOL,
	       "is the first tick due at the start (true) or one interval later",
	       .fallback = "false"),
	NULL,
};

static uint64_t clock_ns(clockid_t clock) {
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* -- ticking -------------------------------------------------------------------------------- */

static void on_timer(void *user);

static void unset(struct timer *timer) {
	timer->loop->timer_stop(timer->timer);
	timer->timer = NULL;
}

static int set(struct timer *timer, uint64_t now) {
	uint64_t after = timer->due_ns > now ? timer->due_ns - now : 0;

	unset(timer);
	return timer->loop->timer_start(timer->host, after, 0, on_timer, timer, &timer->timer);
}

/* The present on both clocks, read one right after the other. */
struct moment {
	uint64_t ns, unix_ns;
};

/* 0, or why not. */
static int emit(struct timer *timer, uint64_t due, const struct moment *now) {
	int error = 0;
	struct ry_tick *tick = ry_source_stage(timer->emitter, 0, sizeof(*tick), NULL, &error);

	if (!tick)
		return error;
	*tick = (struct ry_tick){.due_unix_ns = now->unix_ns - (now->ns - due),
				 .fired_unix_ns = now->unix_ns,
				 .count = ++timer->emitted};
	return 0;
}

static void add_missed(struct timer *timer, uint64_t n) {
	if (n && timer->metrics)
		timer->metrics->add(timer->missed, (int64_t)n);
}

static void end(struct timer *timer) {
	unset(timer);
	ry_source_end(timer->emitter);
}

static void log_error(const struct timer *timer, const char *message, int error) {
	report(timer->host,
	       &(struct report){.level = RY_LOG_ERROR, .message = message, .error = error});
}

/* Emits the latest tick that is due. Returns whether the timer is to be set for the next. */
static int fire(struct timer *timer, const struct moment *now) {
	uint64_t missed = (now->ns - timer->due_ns) / timer->interval_ns;
	uint64_t due = timer->due_ns + missed * timer->interval_ns;
	int r = emit(timer, due, now);

	if (r == -ENOBUFS || r == -ESHUTDOWN)
		return 0; /* until resume, or for good */
	if (r < 0) {
		log_error(timer, "a tick could not be emitted", r);
		missed++;
	}
	add_missed(timer, missed);
	timer->due_ns = due + timer->interval_ns;
	return 1;
}

static void on_timer(void *user) {
	struct timer *timer = user;
	struct moment now = {clock_ns(CLOCK_MONOTONIC), clock_ns(CLOCK_REALTIME)};
	int r;

	/* The loop's clock is coarse: it may be early by its resolution. */
	if (now.ns >= timer->due_ns && !fire(timer, &now)) {
		unset(timer);
		return;
	}
	if (timer->count && timer->emitted == timer->count) {
		end(timer);
		return;
	}
	r = set(timer, now.ns);
	if (r < 0) {
		log_error(timer, "no timer: the stream ends here", r);
		end(timer);
	}
}

static int source_resume(void *self, struct ry_emitter *emitter) {
	struct timer *timer = self;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	timer->emitter = emitter;
	if (!timer->due_ns)
		timer->due_ns = timer->immediate ? now : now + timer->interval_ns;
	return set(timer, now);
}

static int source_pause(void *self) {
	unset(self);
	return 0;
}

/* -- the adapter ---------------------------------------------------------------------------- */

static int create(const struct ry_create *create_with, void **ret_self) {
	const struct timer_config *config = create_with->config;
	const struct ry_host *host = create_with->host;
	struct timer *timer = calloc(1, sizeof(*timer));
	int r = 0;

	if (!timer)
		return -ENOMEM;
	timer->host = host;
	timer->loop = host->get(host, RY_LOOP, 1);
	timer->metrics = host->get(host, RY_METRICS, 1);
	timer->interval_ns = (uint64_t)config->interval_ms * NS_PER_MS;
	timer->count = (uint64_t)config->count;
	timer->immediate = config->immediate;
	if (!timer->loop)
		r = -ENOTSUP;
	if (r == 0 && timer->metrics)
		r = timer->metrics->define(host, "missed", RY_METRIC_COUNTER, "1",
					   "ticks that were due while none could be emitted",
					   &timer->missed);
	if (r < 0) {
		free(timer);
		return r;
	}
	*ret_self = timer;
	return 0;
}

static int stop(void *self) {
	unset(self);
	return 0;
}

static void destroy(void *self) {
	unset(self);
	free(self);
}

static const struct ry_port out = {RY_SIZE(ry_port), .name = "out", .type = RY_TYPE_TICK,
				   .summary = "one message for each tick"};

static const struct ry_adapter_ops ops = {
	RY_SIZE(ry_adapter_ops),
	.create = create,
	.stop = stop,
	.destroy = destroy,
};

static const struct ry_source_ops source = {
	RY_SIZE(ry_source_ops),
	.pause = source_pause,
	.resume = source_resume,
};

const struct ry_adapter_type ry_adapter_timer_source = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_NEEDS_LOOP,
	.config_size = sizeof(struct timer_config),
	.name = "timer.source",
	.summary = "a tick every interval",
	.ops = &ops,
	.keys = keys,
	.ports = (const struct ry_port *const[]){&out, NULL},
	.source = &source,
};
