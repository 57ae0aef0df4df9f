/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What travels through the pipeline: one record for each input line, the declined ones too, so
 * that none overtakes another. Every stage emits a message type of its own, which is what wires
 * the chain; their payload is the same struct, in which each stage fills its part.
 */
#ifndef FUND_LOAD_RECORD_H
#define FUND_LOAD_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <railyard/node.h>

__extension__ typedef __int128 fl_int128;

/* Why a line was declined; the order in which they are tried (RULES.md). */
enum fl_reason {
	FL_ACCEPTED = 0, /* before evaluate_policies: nothing against it yet */
	FL_INPUT_PARSE_ERROR,
	FL_INVALID_ID_FORMAT,
	FL_INVALID_TIMESTAMP,
	FL_INVALID_AMOUNT_FORMAT,
	FL_ID_DUPLICATE_REPLAY,
	FL_ID_DUPLICATE_CONFLICT,
	FL_DAILY_ATTEMPT_LIMIT, /* from here on the attempt was canonical */
	FL_PRIME_AMOUNT_CAP,
	FL_PRIME_DAILY_GLOBAL_LIMIT,
	FL_DAILY_AMOUNT_LIMIT,
	FL_WEEKLY_AMOUNT_LIMIT,
	FL_REASONS,
};

enum fl_flag {
	FL_MONDAY = 1u << 0, /* of the UTC day */
	FL_PRIME = 1u << 1,  /* the id, where the gate looks at it */
};

struct fl_record {
	/* parse_load_attempt */
	uint32_t reason; /* enum fl_reason; changed once, by whoever declines */
	uint32_t flags;	 /* enum fl_flag */
	uint32_t id_length;
	uint32_t customer_id_length;
	int64_t seconds; /* since 1970 in UTC, of `time` */
	int64_t amount;	 /* minor units */
	uint32_t nanoseconds;
	/* compute_features: the amount limits look at (sum + counted) x coefficient / 10^scale */
	uint32_t scale;
	int64_t coefficient;
	fl_int128 effective; /* after the multiplier; the cap looks at it */
	fl_int128 counted;   /* what the windows add */
	/* compute_time_keys */
	int64_t day; /* UTC days since 1970 */
	int64_t week;
	/* The ids one after the other, without escapes; "" where the line had no such string. */
	char text[] __attribute__((aligned(16)));
};

#define FL_ATTEMPT	     "fund_load.attempt"
#define FL_TIMED_ATTEMPT     "fund_load.timed_attempt"
#define FL_GATED_ATTEMPT     "fund_load.gated_attempt"
#define FL_FEATURED_ATTEMPT  "fund_load.featured_attempt"
#define FL_DECISION	     "fund_load.decision"
#define FL_RECORDED_DECISION "fund_load.recorded_decision"

extern const struct ry_message_type *const fl_message_types[];

/* Tables of one row, which all nodes have. */
#define FL_PORT(port_type, text)                                                       \
	(&(const struct ry_port){RY_SIZE(ry_port), .name = "out", .type = (port_type), \
				 .summary = (text)})

static inline const char *fl_id(const struct fl_record *record) {
	return record->text;
}

static inline const char *fl_customer_id(const struct fl_record *record) {
	return record->text + record->id_length;
}

/* Emits a copy of the received record and returns it, to be changed; NULL with an error. */
static inline struct fl_record *fl_pass(struct ry_task *task, const struct ry_message *message,
					int *ret_error) {
	struct fl_record *record = ry_stage(task, 0, message->length, ret_error);

	if (record)
		memcpy(record, message->data, message->length);
	return record;
}

/* The same for rules about what is still open: NULL with 0 after a record that has its reason. */
static inline struct fl_record *fl_pass_open(struct ry_task *task, const struct ry_message *message,
					     int *ret_error) {
	struct fl_record *record = fl_pass(task, message, ret_error);

	if (!record)
		return NULL;
	*ret_error = 0;
	return record->reason ? NULL : record;
}

/* Notes what a rule says: an enum fl_reason, or a negative errno, which is returned. */
static inline int fl_note(struct fl_record *record, int reason) {
	if (reason < 0)
		return reason;
	record->reason = (uint32_t)reason;
	return 0;
}

#endif
