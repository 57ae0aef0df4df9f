/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message types and messages.
 *
 * A message is immutable once emitted and reference-counted by the host. Inside a process group it
 * is passed by reference and never copied or encoded; a type is encoded only where it crosses to
 * another process or into a dead letter. All calls here are for the thread of the runner that owns
 * the node; messages are not shared between threads.
 */
#ifndef RAILYARD_MESSAGE_H
#define RAILYARD_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include <railyard/version.h>

RY_EXTERN_C_BEGIN

enum ry_message_kind {
	/* Any bytes. Its codec is a copy. */
	RY_MESSAGE_BYTES = 1,
	/*
	 * A C struct without pointers, at least `data_size` bytes; more may follow it (a text that
	 * its members point to by offset). Its codec is a copy. Aligned to 16.
	 */
	RY_MESSAGE_PLAIN = 2,
	/* An object with a `destroy` of its own; crosses processes only if it has encode and decode. */
	RY_MESSAGE_CUSTOM = 3,
};

/* A part of a message by which work can be spread over workers (`partition_by`). */
struct ry_partition_key {
	uint32_t size;
	uint32_t reserved;
	const char *name; /* mandatory */
	/*
	 * Points *ret_bytes into the payload. Pure; any thread. Mandatory.
	 * Returns 0, or a negative errno when the message has no such key.
	 */
	int (*get)(const void *data, uint64_t length, const void **ret_bytes, uint64_t *ret_length);
};

struct ry_message_type {
	uint32_t size;
	uint32_t kind;	     /* enum ry_message_kind */
	uint32_t version;    /* two types are the same when name and version are equal */
	uint32_t data_size;  /* PLAIN: the least length of a payload; else 0 */
	const char *name;    /* mandatory; "<plugin>.<type>"; "railyard." is the host's */
	const char *summary; /* mandatory; one line */
	/*
	 * Writes the payload's encoding to buf. Returns its length, -ENOSPC (needs more than cap:
	 * the host comes back with a larger buffer) or -EMSGSIZE (never fits). Any thread; must
	 * not block. CUSTOM only; NULL: the type cannot leave its process.
	 */
	int64_t (*encode)(const void *data, uint64_t length, void *buf, uint64_t cap);
	/*
	 * Makes an object from an encoding. Returns 0 or a negative errno (-EBADMSG: malformed).
	 * *ret_object is then the host's, which ends it with `destroy`. CUSTOM only, with encode.
	 */
	int (*decode)(const void *buf, uint64_t length, void **ret_object);
	/* Ends an object. CUSTOM: mandatory. Runs on the runner's thread. */
	void (*destroy)(void *object);
	const struct ry_partition_key *const *partition_keys; /* NULL-terminated; NULL: none */
};

/*
 * A message as nodes see it. The host builds it; a plugin reads it and never writes it. Members
 * are added at the end in later minors: check `size` before reading one that is newer than the
 * minor that you declare.
 */
struct ry_message {
	uint32_t size;
	uint32_t trace_flags; /* W3C trace flags; bit 0: sampled */
	const struct ry_message_type *type;
	const void *data;    /* the payload; CUSTOM: the object */
	uint64_t length;     /* of the payload in bytes; CUSTOM: 0 */
	uint64_t source_seq; /* of the ingress message that this one derives from, from 1 on */
	uint32_t source_id;  /* of its source, in plan order from 1 on */
	uint32_t hop;	     /* nodes since the source; 0 for what a source emitted */
	uint8_t trace_id[16];
	uint8_t span_id[8]; /* of the span that emitted this message; all zero: none */
};

/* Core types; their codecs are built in. A port or `accepts` names them by these strings. */
#define RY_TYPE_LINE  "railyard.line"  /* BYTES: one line of text without its terminator */
#define RY_TYPE_BYTES "railyard.bytes" /* BYTES: one record of a byte format */
#define RY_TYPE_JSON  "railyard.json"  /* CUSTOM: struct ry_json; see <railyard/json.h> */
#define RY_TYPE_TICK  "railyard.tick"  /* PLAIN: struct ry_tick */

struct ry_tick {
	uint64_t due_unix_ns; /* when it should have fired */
	uint64_t fired_unix_ns;
	uint64_t count; /* from 1 on */
};

RY_EXTERN_C_END

#endif
