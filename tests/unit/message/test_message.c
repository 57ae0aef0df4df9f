/* SPDX-License-Identifier: Apache-2.0 */
#include "message/message.h"

#include <string.h>

#include "support/test.h"

static const struct ry_message_type bytes_type = {RY_SIZE(ry_message_type),
						  .kind = RY_MESSAGE_BYTES, .name = "t.bytes"};

static int destroyed;

static void destroy(void *object) {
	destroyed++;
	free(object);
}

static const struct ry_message_type custom_type = {RY_SIZE(ry_message_type),
						   .kind = RY_MESSAGE_CUSTOM, .name = "t.custom",
						   .destroy = destroy};

START_TEST(a_payload_is_aligned_and_whole_at_every_length)
{
	struct message_pool pool = {0};

	for (uint64_t length = 0; length < 300000; length = length * 3 / 2 + 1) {
		struct message *m = message_new(&pool, &bytes_type, length);

		expect_int((uintptr_t)m->head.data % 16, 0);
		expect_int(m->head.length, length);
		memset((void *)(uintptr_t)m->head.data, 0xa5, length);
		message_unref(&pool, m);
	}
	message_pool_fini(&pool);
}
END_TEST

START_TEST(a_warm_pool_allocates_nothing)
{
	struct message_pool pool = {0};
	struct message *kept[16];
	uint64_t warm;

	for (int i = 0; i < 16; i++)
		kept[i] = message_new(&pool, &bytes_type, 100);
	for (int i = 0; i < 16; i++)
		message_unref(&pool, kept[i]);
	warm = pool.allocations;
	expect_int(warm, 16);
	for (int i = 0; i < 10000; i++) {
		struct message *m = message_new(&pool, &bytes_type, 65 + (uint64_t)i % 64);

		message_unref(&pool, m);
	}
	expect_int(pool.allocations, warm);
	expect_int(pool.live, 0);
	message_pool_fini(&pool);
}
END_TEST

START_TEST(a_burst_gives_its_memory_back)
{
	struct message_pool pool = {0};
	struct message **kept = calloc(60000, sizeof(struct message *));
	uint64_t bytes = 0;

	for (int i = 0; i < 60000; i++)
		kept[i] = message_new(&pool, &bytes_type, 1000);
	for (int i = 0; i < 60000; i++)
		message_unref(&pool, kept[i]);
	for (int i = 0; i < MESSAGE_CLASSES; i++)
		bytes += (uint64_t)pool.n_free[i] * (32u << i);
	ck_assert_uint_le(bytes, 2u * 1024 * 1024);
	free(kept);
	message_pool_fini(&pool);
}
END_TEST

START_TEST(a_shared_payload_lives_as_long_as_its_last_user)
{
	struct message_pool pool = {0};
	struct message *first = message_new(&pool, &bytes_type, 5), *second, *third;

	memcpy((void *)(uintptr_t)first->head.data, "hello", 5);
	second = message_share(&pool, first);
	message_unref(&pool, first);
	third = message_share(&pool, second);
	expect(third->head.data == second->head.data);
	message_unref(&pool, second);
	ck_assert_mem_eq(third->head.data, "hello", 5);
	expect_int(third->head.length, 5);
	message_unref(&pool, third);
	expect_int(pool.live, 0);
	message_pool_fini(&pool);
}
END_TEST

START_TEST(an_object_is_destroyed_once)
{
	struct message_pool pool = {0};
	struct message *m = message_new_object(&pool, &custom_type, malloc(1)), *other;

	destroyed = 0;
	other = message_share(&pool, m);
	message_unref(&pool, m);
	expect_int(destroyed, 0);
	message_unref(&pool, other);
	expect_int(destroyed, 1);
	message_unref(&pool, NULL);
	message_pool_fini(&pool);
}
END_TEST

TEST_MAIN("message/message", a_payload_is_aligned_and_whole_at_every_length,
	  a_warm_pool_allocates_nothing, a_burst_gives_its_memory_back,
	  a_shared_payload_lives_as_long_as_its_last_user, an_object_is_destroyed_once)
