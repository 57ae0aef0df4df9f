/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node of the plan brought to life: its instance, its queue, its ports resolved to other nodes,
 * its counters. And the unit: all that one runner drives on one thread.
 */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include <stdatomic.h>

#include <railyard/adapter.h>
#include <railyard/span_exporter.h>

#include "base/arena.h"
#include "di.h"
#include "emit/emit.h"
#include "node/task.h"
#include "plan/plan.h"
#include "queue/queue.h"

struct unit;

struct node_target {
	struct node *node;
	uint32_t input;
};

struct node_port {
	const struct ry_message_type *type;
	uint32_t type_id;
	uint32_t n_targets;
	uint64_t
		max_bytes; /* of a payload: links.max_message_bytes where an edge leaves the group */
	const struct node_target *targets;
};

/* taken = completed + dropped + dead_lettered + failed + abandoned + held + pending */
struct node_counters {
	uint64_t taken;
	uint64_t completed;
	uint64_t dropped;
	uint64_t dead_lettered;
	uint64_t failed;
	uint64_t abandoned;
	uint64_t held;	  /* now */
	uint64_t pending; /* now */
	uint64_t emitted;
	uint64_t unrouted; /* emitted where nobody accepts it (not strict) */
	uint64_t retries;
	uint64_t plugin_errors;
};

/* accepted = completed + failed + abandoned + in work */
struct source_counters {
	uint64_t accepted;
	uint64_t completed;
	uint64_t failed;
	uint64_t abandoned;
};

#define NODE_DROP_REASONS 8

struct node_drop {
	int error; /* positive errno */
	uint64_t count;
};

/* What a source has pulled and the runner has not yet taken. */
struct source {
	struct ry_emitter emitter; /* must be first */
	struct node *node;
	struct message **staged; /* ring of PULL_MAX */
	uint32_t n_staged, taken;
	uint32_t turn; /* taken in this round of all sources */
	uint64_t seq;
	uint64_t pull_start_ns, pull_end_ns;
	bool ended;	  /* RY_EOS, or told to stop */
	bool waiting;	  /* RY_WAIT: pull again when wait_fd says so */
	bool on_loop;	  /* emits by itself between resume and pause */
	bool closed;	  /* on_loop: emits are refused, for the run drains */
	bool wants_room;  /* on_loop: an emit has been refused for want of room */
	uint64_t n_taken; /* accepted by the runner */
	uint64_t n_told;  /* n_taken, as the source was last told */
	struct source_counters counters;
};

#define PULL_MAX 64u

/*
 * What a sink has taken and not yet handed to the operating system, oldest first: these messages
 * are pending, and their ingress stays open.
 */
struct unwritten {
	struct ingress **ring;
	uint32_t capacity; /* a power of two, or 0 */
	uint32_t head, tail;
};

struct bridge_interrupt; /* node/bridge.h */
struct bridges;		 /* node/bridges.c */
struct instance;	 /* node/instance.h */
struct loop;
struct offloaded; /* node/offloaded.h */

/* The host as one component sees it. */
struct host {
	struct ry_host head; /* must be first */
	struct unit *unit;
	struct node *node;	 /* NULL: an adapter */
	struct loop *loop;	 /* behind its ry.loop; NULL: there is none */
	struct ry_timer *timers; /* that it has started and not stopped */
	struct ry_io *watches;
};

struct node {
	int (*process)(void *self, struct ry_task *task, const struct ry_message *message);
	int (*write)(void *self, const struct ry_message *message, uint32_t input);
	void *self;
	struct queue queue;
	const struct node_port *ports;
	uint32_t n_ports;
	uint32_t index; /* in the plan */
	uint32_t rank;	/* by which the runner picks: the runner's */
	uint32_t visit; /* the runner's: when a message alone in the unit comes here, compared */
	uint64_t max_outputs;
	struct unit *unit;
	struct task *current; /* the frame of the running call */
	uint32_t in_flight;   /* tasks in `flight` and `done` */
	uint32_t max_in_flight;
	bool blocked;	 /* takes nothing: as many in flight as may be, or outputs are parked */
	bool ordered;	 /* outputs leave in the order of the inputs */
	bool may_pend;	 /* `process` may return RY_PENDING */
	bool waited_for; /* a node is parked for room in this one's queue */
	struct task_list flight; /* pending, backing off or done, in order of arrival */
	struct task_list done;	 /* of an unordered node, in order of completion */
	struct task_list parked; /* outputs wait for room in the queue of parked_for */
	struct node *parked_for;
	struct node_counters counters;
	/* Seldom used from here on. */
	const struct plan_node *plan;
	const struct ry_node_ops *ops;			  /* PLAN_NODE */
	void (*cancel)(void *self, struct ry_task *task); /* of a node that may pend */
	const struct ry_adapter_type *adapter;		  /* PLAN_SOURCE, PLAN_SINK */
	const struct ry_binding *dead_letter;		  /* NULL: none */
	struct source *source;				  /* PLAN_SOURCE */
	struct unwritten unwritten;			  /* PLAN_SINK that buffers */
	struct task_list held;				  /* in order of arrival */
	struct node_drop drops[NODE_DROP_REASONS];
	struct host host;
	struct merge *merge; /* where messages wait for their turn (the runner's); NULL: nowhere */
	struct offloaded *offloaded; /* its process runs on the pool (node/offloaded.h); NULL: no */
	struct instance *const *needs;
	size_t n_needs;
	_Atomic uint64_t foreign_calls; /* of other threads where only the loop's may; refused */
	bool started;
};

struct component_log; /* node/log.h */
struct metric_table;  /* node/metrics.c */

struct unit {
	const struct plan *plan;
	struct arena arena;
	struct message_pool pool;
	struct trace_random random;
	struct trace_sampler sampler;
	struct emit *emit;  /* NULL: tracing is off; borrowed */
	uint64_t now_ns;    /* the last reading of the clock within this run of work; 0: read it */
	struct node *nodes; /* by plan index */
	uint32_t n_nodes;
	struct task *free_tasks;
	struct task *abandoned_tasks;		     /* which their nodes may still have */
	struct task *completions, **completions_end; /* pending ones whose status is known */
	const void *thread;			     /* of the runner: see unit_on_thread */
	struct ingress *free_ingress;
	uint64_t task_allocations; /* for the test that counts them */
	struct di *di;
	struct instance *instances, **instances_end; /* adapters, in construction order */
	struct component_log *log;
	struct metric_table *metrics;
	struct loop *loop; /* NULL: synchronous */
	uint64_t stall_ns; /* a callback that holds the loop longer is reported; 0: none is */
	uint64_t n_stalls;
	const struct bridge_interrupt *interrupt; /* of waits; NULL: none; borrowed */
	struct bridges *bridges;		  /* NULL: none */
	struct unit *next_left;			  /* among those that abandoned threads keep */
	struct core *core;			  /* that drives it (runners/core.h) */
};

/* Is this the thread that has started the unit? */
bool unit_on_thread(const struct unit *unit);

/* A component has broken a rule of the ABI: counted; a debug build aborts. */
void node_misused(struct node *node);

struct unit_options {
	struct emit *emit;
	const struct trace_sampler *sampler;
	struct component_log *log;
	struct loop *loop; /* of an asynchronous unit, borrowed; NULL: a synchronous one */
	const struct bridge_interrupt *interrupt; /* ends waits; borrowed; NULL: nothing does */
};

/*
 * Builds all instances of an inline plan, wired and not started. Returns 0 or a negative errno,
 * which has been logged with the component's name. plan must be callable (plugins opened here).
 */
int unit_new(const struct plan *plan, const struct unit_options *options, struct unit **ret);

/* One exporter of the manifest, its own settings bound. */
struct unit_exporter {
	const char *name;
	const struct ry_adapter_type *type;
	const void *config;
	void *self;			   /* out */
	const struct ry_binding *exporter; /* out: its contract ry.span_exporter */
};

/*
 * The exporters' unit: no nodes, only the exporters and instances of their own of the adapters that
 * they need, so that nothing is shared with a runner's thread. Built here; started and stopped on
 * the exporter thread. Returns as unit_new.
 */
int unit_new_exporters(const struct plan *plan, const struct unit_options *options,
		       struct unit_exporter *exporters, uint32_t n, struct unit **ret);

/* With abandoned threads it frees nothing: they may come back to it. Accepts NULL, returns NULL. */
struct unit *unit_free(struct unit *unit);

/* After unit_stop: threads of the offload pool that have not come back from a component. */
uint32_t unit_abandoned_threads(const struct unit *unit);

/* Starts adapters in construction order, sinks, nodes from the sinks up, sources last. */
int unit_start(struct unit *unit);

/* Stops what was started in reverse order. Returns the first error; goes on in any case. */
int unit_stop(struct unit *unit);

/* SIGHUP: every adapter with a `reopen`. */
void unit_reopen(struct unit *unit);

static inline struct source *source_of(struct ry_emitter *emitter) {
	return (struct source *)emitter;
}

extern const struct ry_emit_ops source_emit_ops;

void node_count_drop(struct node *node, int error);

/* A component has held the loop for too long: logged and counted. trace_id: NULL if it had none. */
void unit_stalled(struct unit *unit, const char *component, uint64_t held_ns,
		  const uint8_t trace_id[16]);

#endif
