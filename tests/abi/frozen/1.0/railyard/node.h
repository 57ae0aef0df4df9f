/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Node types, tasks, and calls to what a node depends on (docs/plugin-guide.md).
 *
 * One message at one node is a task. What a node emits is staged and routed when the task
 * succeeds; failure discards it, so a retry repeats nothing. All functions here are called on the
 * runner's thread, never concurrently for one instance.
 */
#ifndef RAILYARD_NODE_H
#define RAILYARD_NODE_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <railyard/config.h>
#include <railyard/host.h>
#include <railyard/message.h>
#include <railyard/version.h>

RY_EXTERN_C_BEGIN

/* What `process` returns beside 0 and a negative errno. */
enum ry_process_result {
	RY_PENDING = 1, /* completed later by ry_task_complete (RY_NODE_ASYNC) */
	RY_HELD = 2,	/* kept, to derive one message from several later (RY_NODE_HOLDS) */
};

/* -- emitting ------------------------------------------------------------------------------- */

struct ry_emitter;
struct ry_task;

/* Only for what a source emits; a node passes NULL. */
struct ry_emit_options {
	uint32_t size;
	uint32_t reserved;
	const char *traceparent; /* W3C, as received from outside; NULL or malformed: a new trace */
	const char *tracestate;	 /* with traceparent; NULL or malformed: none */
	const char *baggage;	 /* W3C; with or without traceparent; NULL: none */
};

struct ry_emit_ops {
	uint32_t size;
	uint32_t reserved;
	/*
	 * Stages a message of `length` bytes on a port and returns where to write its payload
	 * (aligned to 16); fill it before the task ends. NULL with *ret_error -ENOBUFS (more than
	 * max_outputs or 64 MiB in this task), -EMSGSIZE (shorter than the type's data_size, or
	 * longer than links.max_message_bytes where the port leads to another group),
	 * -EINVAL (no such port, or a CUSTOM type), -EALREADY (the task has ended), -ENOMEM; for
	 * a source on the loop also -ENOBUFS (until `resume`) and -ESHUTDOWN (after `pause`).
	 */
	void *(*stage)(struct ry_emitter *emitter, uint32_t port, uint64_t length,
		       const struct ry_emit_options *options, int *ret_error);
	/*
	 * Stages an object of a CUSTOM type. Returns 0, or -EINVAL (no such port, not one of a
	 * CUSTOM type, or a held task; the object stays the caller's), -ENOBUFS, -EALREADY,
	 * -ENOMEM. With 0 it is the host's; with any error but -EINVAL the host has ended it.
	 */
	int (*stage_object)(struct ry_emitter *emitter, uint32_t port, void *object,
			    const struct ry_emit_options *options);
	/*
	 * Stages the payload of a received message again, without a copy. The types must match.
	 * Returns 0, or -EINVAL, -ENOBUFS, -EALREADY, -ENOMEM.
	 */
	int (*stage_message)(struct ry_emitter *emitter, uint32_t port,
			     const struct ry_message *message);
	/* See ry_source_end. Returns 0, or -EINVAL: not the emitter of a source on the loop. */
	int (*end)(struct ry_emitter *emitter);
};

/* What emits: a task, or a source inside `pull`. Built by the host. */
struct ry_emitter {
	uint32_t size;
	uint32_t reserved;
	const struct ry_emit_ops *ops;
};

struct ry_task_ops {
	uint32_t size;
	uint32_t reserved;
	/*
	 * Ends a task for which `process` returned RY_PENDING: status 0 or a negative errno,
	 * exactly once, on the loop thread; legal inside `process`, acted on after its return.
	 * Returns 0, -EALREADY (a second time), -EINVAL (a positive status), or -EPERM (not on the
	 * loop thread: nothing has happened; go through `post` of ry.loop); all but 0 are counted
	 * as plugin errors.
	 */
	int (*complete)(struct ry_task *task, int status);
	/*
	 * Stages one message derived from n held tasks of this node: it carries the highest source
	 * sequence among them, continues that one's trace, and links to the others. Inside
	 * `process`, `flush` or `drain`; routed when that call succeeds.
	 */
	void *(*stage_from)(struct ry_task *const *tasks, uint32_t n, uint32_t port,
			    uint64_t length, int *ret_error);
	/* The same for an object of a CUSTOM type; whose it is then, as with stage_object. */
	int (*stage_object_from)(struct ry_task *const *tasks, uint32_t n, uint32_t port,
				 void *object);
	/* Ends n held tasks as completed when the running call succeeds. Returns 0 or -EINVAL. */
	int (*release)(struct ry_task *const *tasks, uint32_t n);
	/*
	 * One more or one less reference to a message, to keep its payload beyond the task. A task
	 * that is pending or held keeps its own message without this.
	 */
	void (*message_ref)(struct ry_task *task, const struct ry_message *message);
	void (*message_unref)(struct ry_task *task, const struct ry_message *message);
};

/* One message at one node. Built by the host; valid until the task has ended. */
struct ry_task {
	struct ry_emitter emitter;
	uint32_t input;	  /* the index of the message's type in the node type's `accepts` */
	uint32_t attempt; /* 1 the first time */
	const struct ry_task_ops *ops;
	const struct ry_message *message;
	void *user; /* the node's; NULL at first; kept while pending or held */
};

/* -- calling what was injected -------------------------------------------------------------- */

enum ry_call_mode {
	RY_CONSUME = 1,	 /* call == NULL: the result is there on return */
	RY_ACONSUME = 2, /* with a call: completed now, or later on the loop thread */
};

enum ry_access {
	RY_READ = 1,
	RY_WRITE = 2, /* changes the provider's state; reads too */
};

enum ry_call_flag {
	/* ry_call_cancel may return -EINPROGRESS where it would have to wait. */
	RY_CALL_PATIENT = 1u << 0,
};

/*
 * An asynchronous call. The caller zeroes it, sets size, done and owner, and keeps it, the request
 * with all it points to, and the result alive until `done` has run or ry_call_cancel has returned 0.
 */
struct ry_call {
	uint32_t size;
	uint32_t flags;					/* enum ry_call_flag */
	void (*done)(struct ry_call *call, int status); /* loop thread, at most once */
	void *owner;					/* the caller's */
	uint64_t deadline_ns;				/* CLOCK_MONOTONIC; 0: the provider's own */
	/*
	 * Set by the provider when it returns RY_PENDING. It gives the call up at once: `done` does
	 * not run any more, and nothing touches request and result. Where it cannot, it waits; or,
	 * if the caller is RY_CALL_PATIENT, sets this member again and completes the call later.
	 */
	void (*cancel)(struct ry_call *call);
	void *provider; /* the provider's */
};

/* Every operation of a contract: 0, a positive enum of its own, RY_PENDING, a negative errno. */
typedef int ry_op(void *self, const void *request, void *result, struct ry_call *call);

/*
 * A provider as bound to one slot. Built by the host, lives as long as the instance; read it, and
 * call through the contract's wrappers.
 */
struct ry_binding {
	uint32_t size;
	uint32_t op_count;
	ry_op *const *ops;
	void *self;
	const char *adapter; /* its name in the manifest */
	uint32_t major;
	uint32_t minor;
};

enum ry_slot_flag {
	RY_SLOT_OPTIONAL = 1u << 0, /* may stay unbound; the binding is then NULL */
};

struct ry_slot {
	uint32_t size;
	uint32_t call;	 /* enum ry_call_mode */
	uint32_t access; /* enum ry_access */
	uint32_t flags;	 /* enum ry_slot_flag */
	uint32_t major;	 /* of the contract: the provider has this major and at least this minor */
	uint32_t minor;
	const char *name;     /* mandatory; the key in `bind` */
	const char *contract; /* mandatory; "kv", "clock", "<plugin>.<contract>" */
	const char *summary;
};

/* -- node types ----------------------------------------------------------------------------- */

struct ry_port {
	uint32_t size;
	uint32_t reserved;
	const char *name; /* mandatory; "out" by custom where there is one */
	const char *type; /* mandatory; a message type's name */
	/* "KEY=VALUE": the port is there only when that config key has that value. NULL: always. */
	const char *when;
	const char *summary;
};

/* Given to `create`. The struct ends with that call; what it points to lives as the instance. */
struct ry_create {
	uint32_t size;
	uint32_t n_bindings;
	const struct ry_host *host;
	const void *
		config; /* struct of config_size bytes, bound from the key table; NULL if no keys */
	const struct ry_binding *const *bindings; /* one per slot, in slot order */
};

enum ry_node_flag {
	RY_NODE_ASYNC = 1u << 0,	 /* may return RY_PENDING: asynchronous groups only */
	RY_NODE_MAY_BLOCK = 1u << 1,	 /* `process` may block: synchronous groups, or offloaded */
	RY_NODE_STATEFUL = 1u << 2,	 /* its result depends on earlier messages */
	RY_NODE_DETERMINISTIC = 1u << 3, /* same messages, same bytes */
	RY_NODE_IS_SOURCE = 1u << 4,	 /* emits outside tasks through ry.source: needs the loop */
	RY_NODE_HOLDS = 1u << 5,	 /* may return RY_HELD; `flush` is mandatory */
	RY_NODE_NEEDS_LOOP = 1u << 6,	 /* uses ry.loop */
};

struct ry_node_ops {
	uint32_t size;
	uint32_t reserved;
	/* Makes an instance. Must not call bindings yet. Mandatory. Returns 0 or a negative errno. */
	int (*create)(const struct ry_create *create, void **ret_self);
	/* Before the first message; bindings may be called. NULL: nothing to do. */
	int (*start)(void *self);
	/* One task. 0, RY_PENDING, RY_HELD, or a negative errno (then `on_error` decides). Mandatory. */
	int (*process)(void *self, struct ry_task *task, const struct ry_message *message);
	/* Ask a pending task to end soon; it still completes. ASYNC: mandatory. */
	void (*cancel)(void *self, struct ry_task *task);
	/* Derive what can be derived and release held tasks. HOLDS: mandatory. */
	int (*flush)(void *self);
	/* No more input will come; stage_from and release are legal. NULL: nothing to do. */
	int (*drain)(void *self);
	/* After the last message; bindings may still be called. NULL: nothing to do. */
	int (*stop)(void *self);
	/* Ends the instance, also when start or stop failed or never ran. Mandatory. */
	void (*destroy)(void *self);
};

struct ry_node_type {
	uint32_t size;
	uint32_t flags; /* enum ry_node_flag */
	uint32_t config_size;
	uint32_t reserved;
	const char *name;			 /* mandatory; "<plugin>.<node>" */
	const char *summary;			 /* mandatory; one line */
	const char *const *accepts;		 /* NULL-terminated message type names */
	const struct ry_port *const *ports;	 /* NULL-terminated; NULL: emits nothing */
	const struct ry_slot *const *slots;	 /* NULL-terminated; NULL: none */
	const struct ry_config_key *const *keys; /* NULL-terminated; NULL: none */
	/*
	 * STATEFUL: the names, NULL-terminated, of the partition keys by each of which its state is
	 * separable. NULL: its state is global.
	 */
	const char *const *partition_keys;
	const struct ry_node_ops *ops; /* mandatory */
};

/* -- the calls that nodes make -------------------------------------------------------------- */

/* Stages a payload to be filled in place; see struct ry_emit_ops. */
static inline void *ry_stage(struct ry_task *task, uint32_t port, uint64_t length, int *ret_error) {
	return task->emitter.ops->stage(&task->emitter, port, length, NULL, ret_error);
}

/* Emits a copy of length bytes. Returns 0 or a negative errno. */
static inline int ry_emit(struct ry_task *task, uint32_t port, const void *data, uint64_t length) {
	int error = 0;
	void *to = ry_stage(task, port, length, &error);

	if (!to)
		return error;
	memcpy(to, data, length);
	return 0;
}

/* Emits an object of a CUSTOM type, which is the host's then; on failure see struct ry_emit_ops. */
static inline int ry_emit_object(struct ry_task *task, uint32_t port, void *object) {
	return task->emitter.ops->stage_object(&task->emitter, port, object, NULL);
}

/* Passes a received message on without a copy. */
static inline int ry_forward(struct ry_task *task, uint32_t port,
			     const struct ry_message *message) {
	return task->emitter.ops->stage_message(&task->emitter, port, message);
}

static inline int ry_task_complete(struct ry_task *task, int status) {
	return task->ops->complete(task, status);
}

/* Provider: ends an asynchronous call for which the operation returned RY_PENDING. */
static inline void ry_call_complete(struct ry_call *call, int status) {
	call->cancel = NULL;
	call->done(call, status);
}

/*
 * Caller: gives a pending call up. Returns 0: `done` does not run any more. Without RY_CALL_PATIENT
 * that is always so, even if it takes until an operation on another thread has ended; with it,
 * -EINPROGRESS says that the operation cannot be given up: `done` runs when it has ended.
 */
static inline int ry_call_cancel(struct ry_call *call) {
	if (call->cancel) {
		void (*cancel)(struct ry_call * cancelled) = call->cancel;

		call->cancel = NULL;
		cancel(call);
		if (call->cancel)
			return -EINPROGRESS;
	}
	return 0;
}

RY_EXTERN_C_END

#endif
