/* SPDX-License-Identifier: Apache-2.0 */
#include "queue/queue.h"

#include "support/test.h"

static struct message *fake(uintptr_t n) {
	return (struct message *)(n * 64);
}

START_TEST(it_is_first_in_first_out_over_any_wrap)
{
	struct queue queue;
	uintptr_t in = 0, out = 0;

	queue_init(&queue, 5);
	for (int round = 0; round < 1000; round++) {
		while (!queue_full(&queue)) {
			in++;
			queue_push_take(&queue, fake(in), (uint32_t)in);
		}
		expect_int(queue_length(&queue), 5);
		for (int i = 0; i < 1 + round % 5; i++) {
			struct queue_entry entry = queue_take(&queue);

			out++;
			expect(entry.message == fake(out));
			expect_int(entry.input, out);
		}
	}
	while (queue_length(&queue))
		queue_take(&queue);
	expect_int(queue.highest, 5);
	queue_fini(&queue);
}
END_TEST

START_TEST(a_capacity_of_one_holds_one)
{
	struct queue queue;

	queue_init(&queue, 1);
	expect(!queue_full(&queue));
	queue_push_take(&queue, fake(1), 0);
	expect(queue_full(&queue));
	queue_take(&queue);
	expect(!queue_full(&queue));
	queue_fini(&queue);
}
END_TEST

TEST_MAIN("queue/queue", it_is_first_in_first_out_over_any_wrap, a_capacity_of_one_holds_one)
