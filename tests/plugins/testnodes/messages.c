/* SPDX-License-Identifier: Apache-2.0 */
/* Message types of the plugin's own, and the nodes that make them from lines and back. */
#include <errno.h>
#include <stdlib.h>

#include "testnodes.h"

struct packet { /* also testnodes.token */
	uint64_t length;
	char text[];
};

struct point {
	uint64_t id; /* by which work can be spread */
	uint32_t length;
	uint32_t reserved;
	char text[];
};

static int make_packet_object(const void *text, uint64_t length, void **ret) {
	struct packet *packet = malloc(sizeof(*packet) + length);

	if (!packet)
		return -ENOMEM;
	packet->length = length;
	if (length)
		memcpy(packet->text, text, length);
	*ret = packet;
	return 0;
}

static int64_t encode_packet(const void *data, uint64_t length, void *buf, uint64_t cap) {
	const struct packet *packet = data;

	(void)length;
	if (packet->length > cap)
		return -ENOSPC;
	memcpy(buf, packet->text, packet->length);
	return (int64_t)packet->length;
}

static int decode_packet(const void *buf, uint64_t length, void **ret_object) {
	return make_packet_object(buf, length, ret_object);
}

const struct ry_message_type message_packet = {
	RY_SIZE(ry_message_type),
	.kind = RY_MESSAGE_CUSTOM,
	.version = 1,
	.name = "testnodes.packet",
	.summary = "a line as an object that can leave its process",
	.encode = encode_packet,
	.decode = decode_packet,
	.destroy = free,
};

const struct ry_message_type message_token = {
	RY_SIZE(ry_message_type),
	.kind = RY_MESSAGE_CUSTOM,
	.version = 1,
	.name = "testnodes.token",
	.summary = "a line as an object that cannot leave its process",
	.destroy = free,
};

static int point_id(const void *data, uint64_t length, const void **ret_bytes,
		    uint64_t *ret_length) {
	const struct point *point = data;

	(void)length;
	*ret_bytes = &point->id;
	*ret_length = sizeof(point->id);
	return 0;
}

static const struct ry_partition_key key_id = {
	RY_SIZE(ry_partition_key),
	.name = "id",
	.get = point_id,
};

const struct ry_message_type message_point = {
	RY_SIZE(ry_message_type),
	.kind = RY_MESSAGE_PLAIN,
	.version = 1,
	.data_size = sizeof(struct point),
	.name = "testnodes.point",
	.summary = "a line as a plain struct, with its first byte as its key",
	.partition_keys = (const struct ry_partition_key *const[]){&key_id, NULL},
};

/* -- nodes ---------------------------------------------------------------------------------- */

static int create(const struct ry_create *create, void **ret_self) {
	return make_instance(create, 1, 0, ret_self);
}

static int make_object(void *self, struct ry_task *task, const struct ry_message *message) {
	void *object;
	int r = make_packet_object(message->data, message->length, &object);

	(void)self;
	return r < 0 ? r : ry_emit_object(task, 0, object);
}

static int open_object(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct packet *packet = message->data;

	(void)self;
	return ry_emit(task, 0, packet->text, packet->length);
}

static int make_point(void *self, struct ry_task *task, const struct ry_message *message) {
	struct point *point;
	int error = 0;

	(void)self;
	if (message->length > UINT32_MAX)
		return -EMSGSIZE;
	point = ry_stage(task, 0, sizeof(*point) + message->length, &error);
	if (!point)
		return error;
	*point = (struct point){
		.id = message->length ? *(const unsigned char *)message->data : 0,
		.length = (uint32_t)message->length,
	};
	memcpy(point->text, message->data, message->length);
	return 0;
}

static int open_point(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct point *point = message->data;

	(void)self;
	return ry_emit(task, 0, point->text, point->length);
}

#define NODE(id, type_name, text, in, out, run)                                                 \
	static const struct ry_node_ops id##_ops = {                                            \
		RY_SIZE(ry_node_ops),                                                           \
		.create = create,                                                               \
		.process = run,                                                                 \
		.destroy = free_instance,                                                       \
	};                                                                                      \
	static const struct ry_port id##_port = {RY_SIZE(ry_port), .name = "out", .type = out}; \
	const struct ry_node_type node_##id = {                                                 \
		RY_SIZE(ry_node_type),                                                          \
		.flags = RY_NODE_DETERMINISTIC,                                                 \
		.name = type_name,                                                              \
		.summary = text,                                                                \
		.accepts = (const char *const[]){in, NULL},                                     \
		.ports = (const struct ry_port *const[]){&id##_port, NULL},                     \
		.ops = &id##_ops,                                                               \
	}

NODE(make_packet, "testnodes.make_packet", "puts a line into a packet", RY_TYPE_LINE,
     "testnodes.packet", make_object);
NODE(open_packet, "testnodes.open_packet", "takes a line out of a packet", "testnodes.packet",
     RY_TYPE_LINE, open_object);
NODE(make_token, "testnodes.make_token", "puts a line into a token", RY_TYPE_LINE,
     "testnodes.token", make_object);
NODE(open_token, "testnodes.open_token", "takes a line out of a token", "testnodes.token",
     RY_TYPE_LINE, open_object);
NODE(make_point, "testnodes.make_point", "puts a line into a point", RY_TYPE_LINE,
     "testnodes.point", make_point);
NODE(open_point, "testnodes.open_point", "takes a line out of a point", "testnodes.point",
     RY_TYPE_LINE, open_point);
