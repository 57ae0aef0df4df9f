/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the export room: the pipeline and its destinations. Nobody else includes this, but for
 * tests, which set the clock.
 *
 * One lock guards all of it. The exporter thread holds it while it works and gives it up while it
 * waits and while it is inside an exporter's operation: an operation that never returns holds
 * nothing that others need. Runners never take it.
 */
#ifndef EXPORT_PIPELINE_H
#define EXPORT_PIPELINE_H

#include <pthread.h>

#include "base/strbuf.h"
#include "emit/reader.h"
#include "export/export.h"
#include "export/queue.h"
#include "export/resolve.h"
#include "loop/loop.h"

#define NEVER UINT64_MAX

/* Time, and waiting for it; tests bring their own. wait: until that time, or a little. */
struct export_clock {
	uint64_t (*now_ns)(void *user);
	void (*wait_until_ns)(void *user, uint64_t until_ns);
	void *user;
};

enum destination_state {
	DESTINATION_IDLE,
	DESTINATION_CALLING, /* inside an operation: the lock is not held */
	DESTINATION_PENDING, /* the operation will complete its call */
	DESTINATION_WAITING, /* the batch is tried again at retry_at_ns */
};

struct destination {
	struct export_destination config; /* its fallback list is a copy */
	struct export_pipeline *pipeline;
	uint32_t index;
	bool uses_call; /* the exporter offers aconsume */
	bool started;
	bool unusable; /* it did not start */
	struct span_queue queue;

	/* The batch in hand, unless idle. */
	enum destination_state state;
	struct span_list batch;
	struct ry_span_batch request;
	struct ry_span_export_result result;
	struct ry_call call;
	bool flushing;	/* the call is a flush, not an export */
	bool flushed;	/* at the end */
	bool completed; /* the call is complete, with `status` */
	int status;
	uint32_t tries;
	uint64_t retry_at_ns;

	/* Its own spans go to its fallbacks until a probe succeeds. */
	bool failing;
	bool probing; /* the batch in hand is the probe */
	uint32_t failures;
	uint64_t probe_at_ns;

	/* Holding the rings back while the queue is full (drain.c). */
	uint64_t full_since_ns; /* 0: it is not full */
	bool hold_spent;

	/* Accounting of its own spans, wherever they are. */
	uint64_t exported, exported_fallback, filtered, batches, retries;
	uint64_t dropped[LOSS_COUNT];
	/* One warning when loss begins, one when it ends. */
	bool losing;
	bool lost_since_success;
	uint64_t lost;
};

struct pipeline_ring {
	struct emit_reader reader;
	struct ry_field worker;
	uint64_t malformed; /* as far as accounted */
	uint64_t ring_full; /* as far as reported */
	bool broken;
};

/* Where the shutdown stands. */
enum pipeline_phase {
	PIPELINE_RUNNING,
	PIPELINE_DRAINING, /* everything is due, until all is empty or the deadline passes */
	PIPELINE_FLUSHING, /* each exporter's flush */
	PIPELINE_DONE,
};

struct export_pipeline {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* started, finished */
	struct export_clock clock;
	struct resolver resolver;
	struct chunk_pool pool;
	struct destination *destinations;
	uint32_t n_destinations;
	struct pipeline_ring *rings;
	uint32_t n_rings;
	uint32_t next_ring;	    /* to be read first in the next turn */
	struct chunk *open[2];	    /* by class: business, platform */
	uint32_t offered[2];	    /* so many spans of these are in the queues */
	bool held;		    /* the last step found spans that it did not take */
	struct trace_random random; /* jitter */
	const struct ry_field **resource;
	uint32_t n_resource;
	void (*on_message)(void *user, uint32_t level, const char *text);
	void *user;
	struct strbuf messages; /* each: a byte for the level, text, NUL; handed out unlocked */
	bool ring_losing;
	uint64_t ring_lost;

	enum pipeline_phase phase;
	uint64_t hold_ns;     /* how long a healthy full queue holds the rings back */
	uint64_t deadline_ns; /* of the shutdown */
	uint64_t half_ns;     /* until then the shutdown holds the rings back too */

	/* thread.c */
	struct loop *loop;
	struct loop_timer *timer;
	struct loop_io *bell_io;
	int bell; /* eventfd, rung by runners */
	uint64_t poll_ns;
	pthread_t thread;
	bool threaded;	/* export_start made a thread */
	bool started;	/* the exporters were started */
	bool finished;	/* the thread is done */
	bool abandoned; /* the thread may touch nothing but this struct any more */
	bool orphan;	/* export_free was called meanwhile: the thread frees it */
	bool gone;	/* the thread has left */
	bool reopen;	/* asked for */
};

/* -- pipeline.c ---------------------------------------------------------------------------- */

/* For tests, before anything else. */
void pipeline_set_clock(struct export_pipeline *pipeline, const struct export_clock *clock);

static inline uint64_t pipeline_now(const struct export_pipeline *pipeline) {
	return pipeline->clock.now_ns(pipeline->clock.user);
}

/* All below: the lock is held. false: the pipeline was abandoned meanwhile, touch nothing. */

/* Drains and sends what can be now. *ret_more: there is more to do at once. */
bool pipeline_turn(struct export_pipeline *pipeline, bool *ret_more);
uint64_t pipeline_next_ns(const struct export_pipeline *pipeline); /* when to turn again; NEVER */
/* Each one's start; a failure makes it unusable. */
bool pipeline_start_exporters(struct export_pipeline *pipeline);
void pipeline_begin_stop(struct export_pipeline *pipeline, uint64_t timeout_ns);
/* One step of the shutdown. *ret_done: nothing is left to do, or the deadline has passed. */
bool pipeline_stop_turn(struct export_pipeline *pipeline, bool *ret_done, bool *ret_more);
/* Gives up what is left, stops the exporters. */
bool pipeline_finish(struct export_pipeline *pipeline);
bool pipeline_reopen(struct export_pipeline *pipeline);
/* Counts everything that is left as LOSS_SHUTDOWN. */
void pipeline_give_up(struct export_pipeline *pipeline);
/* Frees the memory; touches neither rings nor exporters. The lock is not held. */
void pipeline_destroy(struct export_pipeline *pipeline);

/* -- drain.c ------------------------------------------------------------------------------- */

/* Moves spans from the rings to the queues, a step of them. true: there is more that may come. */
bool drain_step(struct export_pipeline *pipeline, uint64_t now);
/* Counts what is left in the rings as lost for that reason. */
void drain_lost(struct export_pipeline *pipeline, enum export_loss reason);
bool drain_rings_empty(const struct export_pipeline *pipeline);
/* When holding back ends at the latest; NEVER: nothing is held back. */
uint64_t drain_next_ns(const struct export_pipeline *pipeline);

/* -- destination.c ------------------------------------------------------------------------- */

int destination_init(struct destination *destination, struct export_pipeline *pipeline,
		     uint32_t index, const struct export_destination *config);
void destination_fini(struct destination *destination);

/*
 * Does the next thing, if there is one to do now: settles a completed call, or makes one. Returns
 * false when the pipeline was abandoned meanwhile. *progress: set when something was done.
 */
bool destination_pump(struct destination *destination, uint64_t now, bool *progress);
uint64_t destination_next_ns(const struct destination *destination);

/* Nothing in hand, nothing queued. */
bool destination_empty(const struct destination *destination);

/* The flush at the end. false: abandoned. destination->flushed: it is over. */
bool destination_flush(struct destination *destination);

/* A retry that cannot come before the deadline of the shutdown is not waited for. */
void destination_begin_stop(struct destination *destination, uint64_t now);

/* Cancels a pending call. false: abandoned. */
bool destination_cancel(struct destination *destination);

/* Gives up what it holds and has queued: counted as lost for that reason. */
void destination_give_up(struct destination *destination, enum export_loss reason);

/* -- fallback.c ---------------------------------------------------------------------------- */

/* Has the destination a fallback of its own? */
static inline bool destination_has_fallback(const struct destination *destination) {
	return destination->config.n_fallback > 0;
}

/*
 * Hands spans to the next fallback of their origin that takes them. What none takes is lost: for
 * the reason given when origin has no fallbacks, else as LOSS_FALLBACK. Takes no reference.
 */
void fallback_hand_over(struct export_pipeline *pipeline, const struct range *range,
			enum export_loss reason);

/* Full jitter: a random part of backoff_ms doubled `failures` times, at most backoff_max_ms. */
uint64_t fallback_backoff_ns(struct destination *destination, uint32_t failures);

/* -- loss.c -------------------------------------------------------------------------------- */

/* Something for people; handed out when the lock is next given up. */
void pipeline_message(struct export_pipeline *pipeline, uint32_t level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void pipeline_hand_out_messages(struct export_pipeline *pipeline);

/* n spans of the destination are lost; warns when it is the beginning of a loss. */
void loss_count(struct destination *destination, enum export_loss reason, uint64_t n);
/* The destination took a batch: when nothing was lost since the last one, a loss has ended. */
void loss_success(struct destination *destination);
/* Looks at the rings' own losses. */
void loss_look_at_rings(struct export_pipeline *pipeline);

#endif
