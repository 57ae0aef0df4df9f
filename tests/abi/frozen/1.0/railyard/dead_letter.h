/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract "dead_letter" 1.0: where a message goes that a node could not process and that must not
 * be lost (`on_error: dead_letter`).
 */
#ifndef RAILYARD_DEAD_LETTER_H
#define RAILYARD_DEAD_LETTER_H

#include <railyard/node.h>

RY_EXTERN_C_BEGIN

#define RY_DEAD_LETTER	     "dead_letter"
#define RY_DEAD_LETTER_MAJOR 1u
#define RY_DEAD_LETTER_MINOR 0u

enum ry_dead_letter_op {
	RY_DEAD_LETTER_PUT = 0,
	RY_DEAD_LETTER_OP_COUNT = 1,
};

struct ry_dead_letter_record {
	uint32_t size;
	uint32_t attempts;
	const char *node;
	const char *error;	  /* the errno's name, "SIGSEGV", …; for people and filters */
	const char *message_type; /* name of the type; its version follows */
	uint32_t message_version;
	uint32_t source_id;
	uint64_t source_seq;
	uint64_t failed_unix_ns;
	uint8_t trace_id[16];
	uint8_t span_id[8];
	const void *payload; /* encoded by the type's codec */
	uint64_t length;
};

/* 0 once the operating system has the record, or a negative errno; with a call also RY_PENDING. */
static inline int ry_dead_letter_put(const struct ry_binding *b,
				     const struct ry_dead_letter_record *record,
				     struct ry_call *call) {
	return b->ops[RY_DEAD_LETTER_PUT](b->self, record, NULL, call);
}

RY_EXTERN_C_END

#endif
