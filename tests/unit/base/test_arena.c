/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#include "support/test.h"

START_TEST(memory_is_zeroed_aligned_and_apart)
{
	struct arena arena = ARENA_INIT;
	unsigned char *blocks[100];

	for (size_t i = 0; i < 100; i++) {
		size_t size = i * 997 % 20000;

		blocks[i] = arena_alloc(&arena, size);
		expect_int((uintptr_t)blocks[i] % 16, 0);
		for (size_t j = 0; j < size; j++)
			expect_int(blocks[i][j], 0);
		memset(blocks[i], (int)i, size);
	}
	for (size_t i = 0; i < 100; i++)
		for (size_t j = 0; j < i * 997 % 20000; j++)
			expect_int(blocks[i][j], i);
	arena_fini(&arena);
	arena_fini(&arena);
}
END_TEST

START_TEST(texts_are_copied)
{
	struct arena arena = ARENA_INIT;

	expect_str(arena_strdup(&arena, "abc"), "abc");
	expect_str(arena_strndup(&arena, "abcdef", 3), "abc");
	expect_str(arena_printf(&arena, "%s-%d", "x", 7), "x-7");
	arena_fini(&arena);
}
END_TEST

TEST_MAIN("base/arena", memory_is_zeroed_aligned_and_apart, texts_are_copied)
