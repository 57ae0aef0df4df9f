/* SPDX-License-Identifier: Apache-2.0 */
/* The message types of the pipeline, and the keys by which they can be spread over workers. */
#include "record.h"

static int get_id(const void *data, uint64_t length, const void **ret_bytes, uint64_t *ret_length) {
	const struct fl_record *record = data;

	(void)length;
	*ret_bytes = fl_id(record);
	*ret_length = record->id_length;
	return 0;
}

static int get_customer_id(const void *data, uint64_t length, const void **ret_bytes,
			   uint64_t *ret_length) {
	const struct fl_record *record = data;

	(void)length;
	*ret_bytes = fl_customer_id(record);
	*ret_length = record->customer_id_length;
	return 0;
}

static const struct ry_partition_key *const partition_keys[] = {
	&(const struct ry_partition_key){RY_SIZE(ry_partition_key), .name = "id", .get = get_id},
	&(const struct ry_partition_key){RY_SIZE(ry_partition_key), .name = "customer_id",
					 .get = get_customer_id},
	NULL,
};

#define TYPE(type_name, text)                          \
	(&(const struct ry_message_type){              \
		RY_SIZE(ry_message_type),              \
		.kind = RY_MESSAGE_PLAIN,              \
		.version = 1,                          \
		.data_size = sizeof(struct fl_record), \
		.name = (type_name),                   \
		.summary = (text),                     \
		.partition_keys = partition_keys,      \
	})

const struct ry_message_type *const fl_message_types[] = {
	TYPE(FL_ATTEMPT, "a line as it was read"),
	TYPE(FL_TIMED_ATTEMPT, "with its UTC day and week"),
	TYPE(FL_GATED_ATTEMPT, "after the test for duplicates"),
	TYPE(FL_FEATURED_ATTEMPT, "with its effective amount and whether its id is prime"),
	TYPE(FL_DECISION, "accepted or declined"),
	TYPE(FL_RECORDED_DECISION, "after the windows were updated"),
	NULL,
};
