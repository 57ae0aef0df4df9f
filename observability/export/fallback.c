/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fallbacks. A batch whose retries are used up goes to the first destination of its origin's
 * `fallback` list that has room, and from that one, should it fail too, to the next. Meanwhile the
 * origin is failing: its spans go straight to the fallback, but for one batch per backoff, the
 * probe. When the destination takes the probe it gets everything again. Spans stay accounted to
 * their origin wherever they are.
 */
#include "base/clock.h"
#include "export/pipeline.h"

/* The rest of range that `to` did not take. */
static struct range push_part(struct destination *to, const struct range *range, uint32_t step,
			      uint64_t now) {
	struct range pushed = *range, rest = *range;

	pushed.step = step;
	pushed.since_ns = now;
	rest.from += span_queue_push(&to->queue, &pushed);
	return rest;
}

void fallback_hand_over(struct export_pipeline *pipeline, const struct range *range,
			enum export_loss reason) {
	struct destination *origin = &pipeline->destinations[range->origin];
	const uint64_t now = pipeline_now(pipeline);
	struct range rest = *range;

	for (uint32_t step = range->step; step < origin->config.n_fallback; step++) {
		struct destination *to = &pipeline->destinations[origin->config.fallback[step]];

		if (rest.from == rest.to)
			return;
		if (!to->unusable)
			rest = push_part(to, &rest, step + 1, now);
	}
	if (destination_has_fallback(origin))
		reason = LOSS_FALLBACK;
	loss_count(origin, reason, rest.to - rest.from);
}

uint64_t fallback_backoff_ns(struct destination *destination, uint32_t failures) {
	const uint64_t max = destination->config.backoff_max_ms * NS_PER_MS;
	uint64_t backoff = destination->config.backoff_ms * NS_PER_MS;

	for (uint32_t i = 0; i < failures && backoff < max; i++)
		backoff *= 2;
	if (backoff > max)
		backoff = max;
	return trace_random_next(&destination->pipeline->random) % (backoff + 1);
}
