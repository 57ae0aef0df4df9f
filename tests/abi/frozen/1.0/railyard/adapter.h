/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adapter types: what connects a pipeline to the world. An adapter provides contracts to nodes and
 * to other adapters, or it is a source or a sink in the graph; one type may be several of these.
 *
 * All functions are called on the thread of the runner that owns the instance, unless a contract
 * or a flag says otherwise.
 */
#ifndef RAILYARD_ADAPTER_H
#define RAILYARD_ADAPTER_H

#include <stdint.h>

#include <railyard/node.h>

RY_EXTERN_C_BEGIN

enum ry_provides_flag {
	RY_OFFERS_CONSUME = 1u << 0,  /* operations may be called without a call */
	RY_OFFERS_ACONSUME = 1u << 1, /* operations may be called with one */
	RY_CONSUME_MAY_BLOCK = 1u << 2,
	RY_THREAD_SAFE = 1u << 3, /* consume from several threads at a time */
};

/* One contract that an adapter type provides. */
struct ry_provides {
	uint32_t size;
	uint32_t flags; /* enum ry_provides_flag */
	uint32_t major;
	uint32_t minor;
	const char *contract; /* mandatory */
	/* Operations by the numbers of the contract's enum; `self` is the adapter's. Mandatory. */
	ry_op *const *ops;
	uint32_t op_count;
	uint32_t reserved;
};

enum ry_adapter_flag {
	RY_ADAPTER_NEEDS_LOOP = 1u << 0,     /* asynchronous groups only */
	RY_ADAPTER_STATEFUL = 1u << 1,	     /* a writing call changes later answers */
	RY_ADAPTER_SURVIVES_CRASH = 1u << 2, /* its state outlives the process */
	RY_ADAPTER_MULTI_PROCESS = 1u << 3,  /* may stand in a group with several workers */
	RY_ADAPTER_PULL_MAY_BLOCK = 1u << 4,
	RY_ADAPTER_STDIO = 1u << 5, /* uses the process's standard input or output */
};

/* What `pull` returns beside a count and a negative errno. */
enum ry_pull_result {
	RY_WAIT = 0,	     /* nothing now; see wait_fd */
	RY_EOS = 0x7fffffff, /* the stream has ended; pull is not called again */
};

struct ry_source_ops {
	uint32_t size;
	uint32_t reserved;
	/*
	 * Emits at most max messages with ry_source_stage and returns how many (at least 1),
	 * RY_WAIT, RY_EOS, or a negative errno (the run fails). Mandatory, unless pause and resume
	 * are there; not with them.
	 */
	int (*pull)(void *self, struct ry_emitter *emitter, uint32_t max);
	/*
	 * After RY_WAIT: the descriptor whose readability ends the wait, or -1: pull again after
	 * *ret_wait_ms. NULL: never returns RY_WAIT.
	 */
	int (*wait_fd)(void *self, uint32_t *ret_wait_ms);
	/*
	 * For sources that live on the loop (RY_ADAPTER_NEEDS_LOOP), instead of `pull`; both or
	 * none. After `resume` the source emits in its own callbacks, on the loop thread, until
	 * `pause`; ry_source_end says that the stream has ended. `resume` is called once after
	 * `start`, and again each time that there is room after an emit has returned -ENOBUFS.
	 * `pause` is called once, when the run drains or fails: emits then return -ESHUTDOWN, and
	 * the source answers for what it has not emitted. Both return 0 or a negative errno (the
	 * run fails).
	 */
	int (*pause)(void *self);
	int (*resume)(void *self, struct ry_emitter *emitter);
	/*
	 * Of all messages that this source has emitted the first `total` are accepted: from now on
	 * each of them is completed, or counted as what became of it. `total` only grows. Called
	 * after the emitting callback has returned, at the latest before the runner waits. A
	 * message that is never accepted was emitted before a run ended at once or failed. NULL:
	 * the source does not care.
	 */
	void (*accepted)(void *self, uint64_t total);
};

struct ry_sink_ops {
	uint32_t size;
	uint32_t reserved;
	/*
	 * Takes one message; may buffer what it needs of it. A negative errno fails the message
	 * at the sink (`on_error` of a sink is always `fail`). Mandatory.
	 */
	int (*write)(void *self, const struct ry_message *message, uint32_t input);
	/*
	 * Hands what is buffered to the operating system. Called when the runner has nothing to do,
	 * and at the end. Returns 0 or a negative errno. NULL: unbuffered.
	 */
	int (*flush)(void *self);
	/*
	 * How many of the messages that `write` took, the latest ones, have not yet reached the
	 * operating system. Asked after each write, flush and stop, so that a message is counted as
	 * completed only when it is out, and as failed when it never will be. NULL: `write` returns
	 * when the message is out. Cheap; no system call.
	 */
	uint64_t (*unwritten)(void *self);
};

/*
 * Facet: a source that can go back to a position, a sink that can cut back to one. A successor
 * calls `seek` or `truncate` after `start` and before anything else; a sink that empties its file
 * does so only after that.
 */
struct ry_resume_ops {
	uint32_t size;
	uint32_t reserved;
	/*
	 * Writes the position after the last emitted or written message; at most 256 bytes. A sink
	 * flushes first. Returns its length, 0 when what is open has no positions (a FIFO), or a
	 * negative errno.
	 */
	int (*position)(void *self, void *buf, uint32_t cap);
	int (*seek)(void *self, const void *position, uint32_t length);	    /* source */
	int (*truncate)(void *self, const void *position, uint32_t length); /* sink */
};

/*
 * Facet: a stateful adapter whose writes are undone together; without it there are no transactions.
 * Each returns 0 or a negative errno, unless it says otherwise.
 */
struct ry_transaction_ops {
	uint32_t size;
	uint32_t reserved;
	int (*begin)(void *self);
	int (*savepoint)(void *self); /* nested in begin; ended by release or rollback */
	int (*release)(void *self);
	int (*rollback)(void *self); /* to the savepoint */
	int (*commit)(void *self, const void *blob,
		      uint32_t length); /* durable with the blob, or neither */
	/* The blob of the last commit. Returns its length, 0 when there is none, -ENOBUFS. */
	int (*recover)(void *self, void *buf, uint32_t cap);
};

struct ry_adapter_ops {
	uint32_t size;
	uint32_t reserved;
	/* Makes an instance; opens nothing yet. Bindings must not be called. Mandatory. */
	int (*create)(const struct ry_create *create, void **ret_self);
	/*
	 * Opens what it needs. A negative errno stops the start; report why with ry.log first.
	 * NULL: nothing to do.
	 */
	int (*start)(void *self);
	int (*stop)(void *self);     /* closes, after the last call. NULL: nothing to do */
	void (*destroy)(void *self); /* also when start or stop failed or never ran. Mandatory. */
	/*
	 * Preflight with --env: may this configuration work here? Writes one sentence to why. Runs
	 * in the probe process, without create. Changes nothing. Returns 0, or a negative errno.
	 * NULL: no check.
	 */
	int (*check)(const void *config, char *why, uint32_t cap);
	/* SIGHUP: reopen output files. Returns 0 or a negative errno. NULL: nothing to do. */
	int (*reopen)(void *self);
};

struct ry_adapter_type {
	uint32_t size;
	uint32_t flags; /* enum ry_adapter_flag */
	uint32_t config_size;
	uint32_t reserved;
	const char *name;    /* mandatory; "<plugin>.<adapter>", "kv.memory", "file.source" */
	const char *summary; /* mandatory; one line */
	const struct ry_adapter_ops *ops;	   /* mandatory */
	const struct ry_provides *const *provides; /* NULL-terminated; NULL: none */
	const struct ry_slot *const *slots;	   /* NULL-terminated; NULL: none */
	const struct ry_config_key *const *keys;   /* NULL-terminated; NULL: none */
	/* Source: */
	const struct ry_port *const *ports; /* NULL-terminated */
	const struct ry_source_ops *source;
	/* Sink: */
	const char *const *accepts; /* NULL-terminated */
	const struct ry_sink_ops *sink;
	/* Facets: */
	const struct ry_resume_ops *resume;
	const struct ry_transaction_ops *transaction;
	/*
	 * Names of keys, NULL-terminated, whose values name a file that the instance alone may
	 * write (`writes`) or must be able to read (`reads`): preflight finds two writers of one
	 * path, and with --env what is missing.
	 */
	const char *const *writes;
	const char *const *reads;
	/*
	 * Names of keys, NULL-terminated, whose values are addresses that the instance listens on:
	 * a numeric host and a port, "127.0.0.1:8080", "[::1]:0". Preflight finds two on one port,
	 * one that other machines can reach although there is no block `tls` in the settings and
	 * `allow_plaintext` is not true, and with --env one that is in use.
	 */
	const char *const *listens;
};

/* Source: stages one ingress message, to be filled in place; see struct ry_emit_ops. */
static inline void *ry_source_stage(struct ry_emitter *emitter, uint32_t port, uint64_t length,
				    const struct ry_emit_options *options, int *ret_error) {
	return emitter->ops->stage(emitter, port, length, options, ret_error);
}

/* Source on the loop: nothing more will be emitted. Returns 0, or -EINVAL (not such a source). */
static inline int ry_source_end(struct ry_emitter *emitter) {
	return emitter->ops->end(emitter);
}

RY_EXTERN_C_END

#endif
