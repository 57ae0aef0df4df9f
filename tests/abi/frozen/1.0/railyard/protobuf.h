/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message types whose payload is a protobuf-c message. Two lines make one from the code that
 * protoc-c generates; for `message Order` in package demo:
 *
 *	RY_PROTOBUF_CODEC(order, demo__order__descriptor)
 *	static const struct ry_message_type order_type = {
 *		RY_PROTOBUF_TYPE(order), .name = "demo.order", .version = 1, .summary = "an order",
 *	};
 *
 * A received message's `data` is a `const Demo__Order *`. To emit one, make it with
 * ry_protobuf_new, fill it, and give it to ry_emit_object: the host ends it as protobuf-c ends what
 * it unpacked, so every string, bytes field, array and submessage in it comes from malloc.
 *
 * The only header here that needs another library: build and link with `pkg-config libprotobuf-c`.
 */
#ifndef RAILYARD_PROTOBUF_H
#define RAILYARD_PROTOBUF_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <protobuf-c/protobuf-c.h>

#include <railyard/message.h>

RY_EXTERN_C_BEGIN

#if PROTOBUF_C_VERSION_NUMBER < 1003000
#error "<railyard/protobuf.h> needs protobuf-c 1.3 or newer"
#endif

/* What the protobuf encoding can hold at most (protobuf.dev, Proto Limits: 2 GiB). */
#define RY_PROTOBUF_MAX_SIZE 0x7fffffffu

static inline void *ry_protobuf_alloc(void *failed, size_t size) {
	void *block = malloc(size ? size : 1);

	if (!block)
		*(int *)failed = 1;
	return block;
}

static inline void ry_protobuf_release(void *failed, void *block) {
	(void)failed;
	free(block);
}

/* An empty message, to be filled and emitted, or ended by its type's `destroy`. NULL: no memory. */
static inline void *ry_protobuf_new(const ProtobufCMessageDescriptor *descriptor) {
	void *message = malloc(descriptor->sizeof_message);

	if (message)
		protobuf_c_message_init(descriptor, message);
	return message;
}

/* The three functions of a codec; see struct ry_message_type for what they return. */

static inline int64_t ry_protobuf_encode(const void *data, void *buf, uint64_t cap) {
	const ProtobufCMessage *message = (const ProtobufCMessage *)data;
	size_t size = protobuf_c_message_get_packed_size(message);

	if (size > RY_PROTOBUF_MAX_SIZE)
		return -EMSGSIZE;
	if (size > cap)
		return -ENOSPC;
	return (int64_t)protobuf_c_message_pack(message, (uint8_t *)buf);
}

/* protobuf-c says only that it failed; the allocator tells -ENOMEM from -EBADMSG. */
static inline int ry_protobuf_decode(const ProtobufCMessageDescriptor *descriptor, const void *buf,
				     uint64_t length, void **ret_object) {
	int no_memory = 0;
	ProtobufCAllocator allocator = {ry_protobuf_alloc, ry_protobuf_release, &no_memory};
	void *object;

	if (length > RY_PROTOBUF_MAX_SIZE)
		return -EBADMSG;
	object = protobuf_c_message_unpack(descriptor, &allocator, (size_t)length,
					   (const uint8_t *)buf);
	if (!object)
		return no_memory ? -ENOMEM : -EBADMSG;
	*ret_object = object;
	return 0;
}

static inline void ry_protobuf_destroy(void *object) {
	protobuf_c_message_free_unpacked((ProtobufCMessage *)object, NULL);
}

/* Defines <prefix>_encode, <prefix>_decode and <prefix>_destroy for one descriptor. */
#define RY_PROTOBUF_CODEC(prefix, descriptor)                                             \
	static int64_t prefix##_encode(const void *data, uint64_t length, void *buf,      \
				       uint64_t cap) {                                    \
		(void)length;                                                             \
		return ry_protobuf_encode(data, buf, cap);                                \
	}                                                                                 \
	static int prefix##_decode(const void *buf, uint64_t length, void **ret_object) { \
		return ry_protobuf_decode(&(descriptor), buf, length, ret_object);        \
	}                                                                                 \
	static void prefix##_destroy(void *object) {                                      \
		ry_protobuf_destroy(object);                                              \
	}

/* The members of struct ry_message_type that the codec decides, for a designated initialiser. */
#define RY_PROTOBUF_TYPE(prefix)                                                                \
	.size = RY_SIZE(ry_message_type), .kind = RY_MESSAGE_CUSTOM, .encode = prefix##_encode, \
	.decode = prefix##_decode, .destroy = prefix##_destroy

RY_EXTERN_C_END

#endif
