/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exporter thread: an event base of its own that drains the emit rings, forms batches, and
 * hands them to each exporter's bounded queue. Nothing on it can hurt the business path: whatever
 * an exporter does, runners only ever write to their emit ring.
 *
 * Everything in this room runs on the exporter thread, but for the functions of this header.
 */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

#include <railyard/adapter.h>

#include "emit/emit.h"

struct export_pipeline;
struct loop;

/* What the exporter thread needs to know about the plan, so that records can stay small. */
struct export_node {
	const char *name;
	const char *process_group;
	uint32_t kind; /* enum ry_span_kind */
	bool platform; /* part of the platform, not of the business: `slice` */
};

enum export_drop { EXPORT_DROP_NEWEST, EXPORT_DROP_OLDEST, EXPORT_BLOCK_WITH_TIMEOUT };

struct export_destination {
	const char *name;		    /* "jsonl", "stdout", …; for messages and counters */
	const struct ry_binding *exporter;  /* contract ry.span_exporter, built by the caller */
	const struct ry_adapter_type *type; /* for start, stop and reopen on this thread */
	void *instance;
	uint32_t slice; /* 0 all, 1 business_logic, 2 platform_internals */
	uint32_t batch_items;
	uint32_t flush_interval_ms;
	uint64_t queue_items;
	uint64_t queue_bytes;
	enum export_drop drop_policy;
	uint32_t block_timeout_ms;
	uint32_t max_retries;
	uint32_t backoff_ms;
	uint32_t backoff_max_ms;
	const uint32_t *fallback; /* indices of destinations used while this one fails */
	uint32_t n_fallback;
	bool fallback_only; /* takes nothing of its own, only what falls back to it */
};

struct export_config {
	const struct export_node *nodes; /* by plan node index */
	uint32_t n_nodes;
	const char *const *types; /* message type names by plan type id */
	uint32_t n_types;
	const char *scenario;
	const struct ry_field *const *resource;
	uint32_t n_resource;
	const struct export_destination *destinations;
	uint32_t n_destinations;
	/* A line for people: loss begins, loss ends, an exporter failed to start. Exporter thread. */
	void (*on_message)(void *user, uint32_t level, const char *text);
	void *user;
};

/*
 * Copies the config, lists included; strings, bindings and instances are borrowed. No thread yet.
 * The pipeline starts and stops the instances on the thread on which they are used; whoever built
 * them destroys them, after export_free, or never when export_stop has returned -ETIMEDOUT. -EINVAL:
 * a fallback that does not exist or is the destination itself, a batch or queue of size 0.
 */
int export_new(const struct export_config *config, struct export_pipeline **ret);
struct export_pipeline *export_free(struct export_pipeline *pipeline); /* after export_stop */

/*
 * The loop on which asynchronous exporters live: it runs on the exporter thread, or in export_turn.
 * For building their host services, before export_start. NULL: out of memory.
 */
struct loop *export_loop(struct export_pipeline *pipeline);

/* Adds a ring before export_start; borrowed until export_free. */
int export_add(struct export_pipeline *pipeline, struct emit *emit, uint32_t worker);

/* Starts the thread, starts the exporters on it, returns when they have started or failed to. */
int export_start(struct export_pipeline *pipeline);

/* SIGHUP: exporters reopen their files. Any thread. 0 or -ENOMEM. */
int export_reopen(struct export_pipeline *pipeline);

/*
 * Drains the rings, flushes every destination, stops the exporters and joins the thread. Returns
 * within timeout_ms + 20 ms, whatever a destination does; what is left is counted `shutdown`.
 * 0, or -ETIMEDOUT when the thread had to be abandoned: then export_free keeps what it may touch,
 * and the exporters with all they were given must stay until the process ends.
 */
int export_stop(struct export_pipeline *pipeline, uint32_t timeout_ms);

/*
 * For single-threaded deterministic runs (`placement: runner`): one turn on the calling thread,
 * instead of export_start. drain: until the rings are empty.
 */
int export_turn(struct export_pipeline *pipeline, bool drain);

enum export_loss {
	LOSS_RING_FULL,	 /* the emit ring had no room */
	LOSS_QUEUE_FULL, /* the destination's queue had none */
	LOSS_TIMEOUT,	 /* the tries were used up, or block_timeout_ms passed */
	LOSS_REJECTED,	 /* the destination will not have them */
	LOSS_ENCODE,	 /* they cannot be sent, or their record was malformed */
	LOSS_FALLBACK,	 /* nor did the fallbacks take them */
	LOSS_SHUTDOWN,	 /* the end came first */
	LOSS_KILLED,	 /* in a ring whose writer died or broke it */
	LOSS_COUNT,
};

extern const char *const export_loss_names[LOSS_COUNT];

/*
 * started = exported + sum of dropped + filtered + alive, for each destination but those that are
 * fallback_only: what these send is counted where it was to go.
 */
struct export_counters {
	const char *name;
	uint64_t exported;
	uint64_t exported_fallback; /* of those, by a fallback */
	uint64_t dropped[LOSS_COUNT];
	uint64_t alive;	   /* in a ring, a queue or a request */
	uint64_t filtered; /* outside its slice */
	uint64_t batches;
	uint64_t retries;
	bool fallback_only;
};

/*
 * Of the destination with that index. Any thread; exact after export_stop. Spans that a full ring
 * dropped count for every destination but those that are fallback_only: nobody knows their slice
 * any more. started and unsampled are of all rings together.
 */
void export_counters_read(struct export_pipeline *pipeline, uint32_t index,
			  struct export_counters *ret);
void export_started(const struct export_pipeline *pipeline, struct emit_counters *ret);

#endif
