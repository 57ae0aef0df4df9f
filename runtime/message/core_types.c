/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the core message types. */
#include "message/core_types.h"

#include <errno.h>

#include "message/json.h"

const struct ry_message_type core_line = {
	RY_SIZE(ry_message_type),
	.kind = RY_MESSAGE_BYTES,
	.version = 1,
	.name = RY_TYPE_LINE,
	.summary = "one line of text without its terminator",
};

const struct ry_message_type core_bytes = {
	RY_SIZE(ry_message_type),
	.kind = RY_MESSAGE_BYTES,
	.version = 1,
	.name = RY_TYPE_BYTES,
	.summary = "one record of a byte format",
};

static int64_t encode_json(const void *data, uint64_t length, void *buf, uint64_t cap) {
	int64_t n = json_service.format(data, buf, cap);

	(void)length;
	return n > 0 && (uint64_t)n > cap ? -ENOSPC : n;
}

static int decode_json(const void *buf, uint64_t length, void **ret_object) {
	struct ry_json *value;
	int r = json_service.parse(buf, length, &value, NULL, 0);

	if (r < 0)
		return r;
	*ret_object = value;
	return 0;
}

static void destroy_json(void *object) {
	json_service.unref(object);
}

const struct ry_message_type core_json = {
	RY_SIZE(ry_message_type),
	.kind = RY_MESSAGE_CUSTOM,
	.version = 1,
	.name = RY_TYPE_JSON,
	.summary = "a JSON value, parsed once",
	.encode = encode_json,
	.decode = decode_json,
	.destroy = destroy_json,
};

const struct ry_message_type core_tick = {
	RY_SIZE(ry_message_type),
	.kind = RY_MESSAGE_PLAIN,
	.version = 1,
	.data_size = sizeof(struct ry_tick),
	.name = RY_TYPE_TICK,
	.summary = "one firing of a timer",
};
