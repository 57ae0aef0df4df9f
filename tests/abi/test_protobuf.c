/* SPDX-License-Identifier: Apache-2.0 */
/* <railyard/protobuf.h>: a codec from a descriptor. */
#include <railyard/protobuf.h>

#include <string.h>

#include "order.pb-c.h"
#include "support/test.h"

RY_PROTOBUF_CODEC(order, demo__order__descriptor)
static const struct ry_message_type order_type = {
	RY_PROTOBUF_TYPE(order),
	.name = "demo.order",
	.version = 1,
	.summary = "an order",
};

static Demo__Order *new_order(void) {
	Demo__Order *order = ry_protobuf_new(&demo__order__descriptor);

	expect(order);
	order->id = strdup("A-17");
	order->signature.data = memcpy(malloc(3), "\0\1\2", 3);
	order->signature.len = 3;
	order->lines = calloc(1, sizeof(*order->lines));
	order->n_lines = 1;
	order->lines[0] = ry_protobuf_new(&demo__line__descriptor);
	order->lines[0]->item = strdup("coal");
	order->lines[0]->cents = -1250;
	order->tags = calloc(2, sizeof(*order->tags));
	order->tags[order->n_tags++] = strdup("urgent");
	order->tags[order->n_tags++] = strdup("");
	return order;
}

START_TEST(an_object_comes_back)
{
	Demo__Order *order = new_order();
	uint8_t buf[256];
	int64_t length = order_type.encode(order, 0, buf, sizeof(buf));
	void *object = NULL;
	const Demo__Order *back;

	expect(length > 0);
	order_type.destroy(order);
	expect_ok(order_type.decode(buf, (uint64_t)length, &object));
	back = object;
	expect_str(back->id, "A-17");
	expect_int(back->signature.len, 3);
	expect(memcmp(back->signature.data, "\0\1\2", 3) == 0);
	expect_int(back->n_lines, 1);
	expect_str(back->lines[0]->item, "coal");
	expect_int(back->lines[0]->cents, -1250);
	expect_int(back->n_tags, 2);
	expect_str(back->tags[0], "urgent");
	expect_str(back->tags[1], "");
	order_type.destroy(object);
}
END_TEST

START_TEST(a_small_buffer_is_told_and_untouched)
{
	Demo__Order *order = new_order();
	uint8_t buf[256];
	int64_t length = order_type.encode(order, 0, buf, sizeof(buf));

	memset(buf, 0xa5, sizeof(buf));
	for (int64_t cap = 0; cap < length; cap++)
		expect_errno((int)order_type.encode(order, 0, buf, (uint64_t)cap), ENOSPC);
	for (size_t i = 0; i < sizeof(buf); i++)
		expect_int(buf[i], 0xa5);
	expect_int(order_type.encode(order, 0, buf, (uint64_t)length), length);
	expect_int(buf[length], 0xa5);
	order_type.destroy(order);
}
END_TEST

START_TEST(an_empty_message_has_no_bytes)
{
	void *order = ry_protobuf_new(&demo__order__descriptor);
	void *object = NULL;

	expect_int(order_type.encode(order, 0, NULL, 0), 0);
	order_type.destroy(order);
	expect_ok(order_type.decode("", 0, &object));
	expect_str(((Demo__Order *)object)->id, "");
	order_type.destroy(object);
}
END_TEST

START_TEST(malformed_bytes_are_refused)
{
	Demo__Order *order = new_order();
	uint8_t buf[256];
	int64_t length = order_type.encode(order, 0, buf, sizeof(buf));
	void *object = order;

	expect_errno(order_type.decode("\x0a\xff", 2, &object), EBADMSG);
	expect_errno(order_type.decode(buf, (uint64_t)length - 1, &object), EBADMSG);
	expect_errno(order_type.decode(buf, (uint64_t)RY_PROTOBUF_MAX_SIZE + 1, &object), EBADMSG);
	expect(object == order); /* outputs stay untouched on failure */
	order_type.destroy(order);
}
END_TEST

START_TEST(the_table_is_complete)
{
	expect_int(order_type.size, sizeof(struct ry_message_type));
	expect_int(order_type.kind, RY_MESSAGE_CUSTOM);
	expect_int(order_type.data_size, 0);
	order_type.destroy(NULL);
}
END_TEST

TEST_MAIN("abi/protobuf", an_object_comes_back, a_small_buffer_is_told_and_untouched,
	  an_empty_message_has_no_bytes, malformed_bytes_are_refused, the_table_is_complete)
