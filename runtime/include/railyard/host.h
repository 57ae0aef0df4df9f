/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host services: everything that a plugin may ask of the process it runs in.
 *
 * A node or adapter gets a `const struct ry_host *` of its own with `create`, asks it for services
 * by name and version, and keeps the tables. A plugin therefore has no undefined `ry_` symbol.
 * A service table has `size` first; a later minor adds members at its end.
 *
 * Unless a function says otherwise it is called on the runner's thread, does not block, and the
 * strings it is given are copied.
 */
#ifndef RAILYARD_HOST_H
#define RAILYARD_HOST_H

#include <stddef.h>
#include <stdint.h>

#include <railyard/version.h>

RY_EXTERN_C_BEGIN

struct ry_task;

struct ry_host {
	uint32_t size;
	uint32_t abi;	       /* RY_ABI_VERSION of the host */
	const char *component; /* name of the node or adapter in the manifest */
	const char *process_group;
	const char *scenario;
	/*
	 * The table of a service, or NULL when this host has no such service in this major version.
	 * Tables live as long as the process. Thread: any.
	 */
	const void *(*get)(const struct ry_host *host, const char *name, uint32_t major);
};

/* -- ry.log 1 ------------------------------------------------------------------------------- */

#define RY_LOG "ry.log"

enum ry_log_level {
	RY_LOG_DEBUG = 0,
	RY_LOG_INFO = 1,
	RY_LOG_WARNING = 2,
	RY_LOG_ERROR = 3,
};

enum ry_value_type {
	RY_VALUE_STRING = 1, /* v.string: NUL-terminated, UTF-8 */
	RY_VALUE_BOOL = 2,   /* v.integer: 0 or 1 */
	RY_VALUE_INT = 3,    /* v.integer */
	RY_VALUE_DOUBLE = 4, /* v.number */
};

/* A named value: a log field, a span attribute, a metric label. */
struct ry_field {
	uint32_t size;
	uint32_t type; /* enum ry_value_type */
	const char *name;
	union {
		const char *string;
		int64_t integer;
		double number;
	} v;
};

struct ry_log_service {
	uint32_t size;
	uint32_t reserved;
	/*
	 * Writes one structured line; inside a task it carries the task's trace and span ids. Equal
	 * lines are limited to 10 a second per call site (the address of `message`), the rest are
	 * counted. Thread: any. fields: n pointers; NULL when n is 0.
	 */
	void (*write)(const struct ry_host *host, uint32_t level, const char *message,
		      const struct ry_field *const *fields, uint32_t n);
	/* Is a line of this level written at all? */
	int (*enabled)(const struct ry_host *host, uint32_t level);
};

/* -- ry.metrics 1 --------------------------------------------------------------------------- */

#define RY_METRICS "ry.metrics"

struct ry_metric; /* opaque */

enum ry_metric_kind {
	RY_METRIC_COUNTER = 1, /* only ever grows */
	RY_METRIC_GAUGE = 2,
};

struct ry_metrics_service {
	uint32_t size;
	uint32_t reserved;
	/*
	 * Makes a metric of this component, named `<component>.<name>`; the same name gives the
	 * same metric. In `create` only. Returns 0 or a negative errno (-EINVAL: bad name).
	 */
	int (*define)(const struct ry_host *host, const char *name, uint32_t kind, const char *unit,
		      const char *help, struct ry_metric **ret);
	void (*add)(struct ry_metric *metric, int64_t delta); /* counter: delta >= 0 */
	void (*set)(struct ry_metric *metric, int64_t value); /* gauge */
};

/* -- ry.trace 1 ----------------------------------------------------------------------------- */

#define RY_TRACE "ry.trace"

struct ry_span_handle;	/* opaque */
struct ry_emit_options; /* railyard/node.h */

/* How a trace stands in the headers of a request. 0: the default, RY_TRACE_W3C and baggage. */
enum ry_trace_format {
	RY_TRACE_W3C = 1u << 0,		  /* traceparent and tracestate */
	RY_TRACE_BAGGAGE = 1u << 1,	  /* baggage */
	RY_TRACE_B3 = 1u << 2,		  /* b3 */
	RY_TRACE_B3_HEADERS = 1u << 3,	  /* x-b3-traceid, x-b3-spanid, x-b3-sampled, x-b3-flags */
	RY_TRACE_UBER_TRACE_ID = 1u << 4, /* uber-trace-id */
};

struct ry_trace_header {
	const char *name; /* lower case */
	const char *value;
};

/* Values may point into `text`: not to be copied or moved. */
struct ry_trace_headers {
	uint32_t size;
	uint32_t n;
	struct ry_trace_header header[8];
	char text[256];
};

#define RY_TRACE_CONTEXT_MAX 8768 /* bytes: room for any context that `extract` may find */

struct ry_trace_service {
	uint32_t size;
	uint32_t reserved;
	/* Is the span of this task recorded? Cheap; skip building attributes when it is 0. */
	int (*recording)(const struct ry_task *task);
	/*
	 * Adds an attribute to the span of the task; the limits of the OpenTelemetry specification
	 * hold (128 attributes; what is beyond is dropped and counted on the span). Inside
	 * `process`, or until the task has completed. Returns 0, also when the span is not recorded,
	 * or -ENOSPC (a limit), -EINVAL (no name, or not a value), -ENOMEM.
	 */
	int (*set_attribute)(struct ry_task *task, const struct ry_field *field);
	/* Adds an event at the present time. At most 128 per span. Returns as set_attribute. */
	int (*add_event)(struct ry_task *task, const char *name,
			 const struct ry_field *const *fields, uint32_t n);
	/* Marks the span as failed; the message is its status description. */
	void (*set_error)(struct ry_task *task, const char *message);
	/* A child span of the task's; NULL when not recording. End it before the task completes. */
	struct ry_span_handle *(*start_child)(struct ry_task *task, const char *name);
	void (*end_child)(struct ry_span_handle *child);
	/*
	 * The context of the task as W3C traceparent: writes at most cap bytes with the final NUL.
	 * Returns the length without it (55), or -ENOSPC.
	 */
	int (*inject)(const struct ry_task *task, char *buf, uint32_t cap);
	/*
	 * The headers that continue the task's trace elsewhere, in each of the formats (a set of
	 * enum ry_trace_format); what came with the trace from outside, tracestate and baggage,
	 * goes on. They hold until the task has completed. Returns how many there are, or -EINVAL
	 * (no such format, or `size`, which the caller sets, is too small).
	 */
	int (*inject_headers)(struct ry_task *task, uint32_t formats, struct ry_trace_headers *ret);
	/*
	 * For sources: the trace that a request came with, as options for its messages. get: the
	 * value of its index-th header of that name (in lower case; to be compared without regard
	 * to case), or NULL. Where several formats are there the first valid one of the enum holds.
	 * The options' strings lie in buf, cap bytes; without room for all, tracestate and baggage
	 * lose members. Returns 1, or 0: no valid trace, though there may be baggage; -EINVAL (as
	 * above), -ENOSPC (cap < 56). Thread: any.
	 */
	int (*extract)(const struct ry_host *host, uint32_t formats,
		       const char *(*get)(void *user, const char *name, uint32_t index), void *user,
		       char *buf, uint32_t cap, struct ry_emit_options *ret);
};

/* -- ry.memory 1 ---------------------------------------------------------------------------- */

#define RY_MEMORY "ry.memory"

struct ry_memory_service {
	uint32_t size;
	uint32_t reserved;
	/*
	 * malloc-like blocks of the component, aligned for any type; a host may count and limit
	 * them. NULL: out of memory, or above the limit. Thread: any.
	 */
	void *(*alloc)(const struct ry_host *host, uint64_t size);
	void *(*resize)(const struct ry_host *host, void *block, uint64_t size);
	void (*release)(const struct ry_host *host, void *block); /* accepts NULL */
};

/* -- ry.loop 1: asynchronous groups only ---------------------------------------------------- */

#define RY_LOOP "ry.loop"

struct event_base;
struct ry_timer;
struct ry_io;

enum ry_io_events {
	RY_IO_READ = 1u << 0,
	RY_IO_WRITE = 1u << 1,
};

/*
 * `get` returns NULL for it in a synchronous group: declare RY_NODE_NEEDS_LOOP or
 * RY_ADAPTER_NEEDS_LOOP.
 */
struct ry_loop_service {
	uint32_t size;
	uint32_t reserved;
	/* For libraries with a libevent adapter. Loop thread only; owned by the host. */
	struct event_base *(*event_base)(const struct ry_host *host);
	/*
	 * One-shot unless repeat is 1. Loop thread. Returns 0 or a negative errno. A one-shot timer
	 * that has fired does nothing more, but its handle stays: give it to timer_stop, as on_timer
	 * itself may. A timer or watch that is still there when its component is destroyed ends
	 * with it. Resolution: 1 ms.
	 */
	int (*timer_start)(const struct ry_host *host, uint64_t after_ns, int repeat,
			   void (*on_timer)(void *user), void *user, struct ry_timer **ret);
	void (*timer_stop)(struct ry_timer *timer); /* accepts NULL; the handle is gone */
	int (*io_start)(const struct ry_host *host, int fd, uint32_t events,
			void (*on_io)(void *user, uint32_t events), void *user, struct ry_io **ret);
	void (*io_stop)(struct ry_io *io);
	/*
	 * Runs fn(user) on the loop thread soon. Thread: any; the only function here that is.
	 * Returns 0 or -ENOMEM. What has not run when the instance is destroyed never runs.
	 */
	int (*post)(const struct ry_host *host, void (*fn)(void *user), void *user);
};

/* -- ry.source 1: nodes with RY_NODE_IS_SOURCE only ------------------------------------------ */

#define RY_SOURCE "ry.source"

struct ry_emitter;

/* What a node emits outside a task has a source name and a sequence of its own. */
struct ry_source_service {
	uint32_t size;
	uint32_t reserved;
	/*
	 * The node's emitter for its own callbacks on the loop thread, from the end of `start` on;
	 * use it with ry_source_stage and the node's ports. An emit returns -ENOBUFS while the
	 * runner has 64 of them to take, and -ESHUTDOWN once the run drains. Such a node keeps no
	 * run alive: the run ends when all source adapters have ended, or, where there is none,
	 * when all such nodes have called ry_source_end. NULL: not such a node.
	 */
	struct ry_emitter *(*emitter)(const struct ry_host *host);
};

RY_EXTERN_C_END

#endif
