/* SPDX-License-Identifier: Apache-2.0 */
#include "export/queue.h"

#include "support/test.h"
#include "trace/trace.h"

static struct chunk *full_chunk(struct chunk_pool *pool) {
	struct chunk *chunk = chunk_new(pool);

	for (uint32_t i = 0; i < CHUNK_SPANS; i++) {
		chunk->storage[i] = (struct ry_span){.kind = i};
		chunk->spans[i] = &chunk->storage[i];
		chunk->bytes[i] = 10;
	}
	chunk->n = CHUNK_SPANS;
	return chunk;
}

START_TEST(ranges_join_and_split)
{
	struct chunk_pool pool = {0};
	struct chunk *chunk = full_chunk(&pool);
	struct range range = {.chunk = chunk, .from = 0, .to = 5, .since_ns = 1};
	struct span_list list;
	struct span_queue queue;

	span_queue_init(&queue, &pool, 100, 10000);
	expect_ok(span_list_init(&list, 6));
	expect_int(span_queue_push(&queue, &range), 5);
	range.from = 5;
	range.to = 10;
	range.since_ns = 2;
	expect_int(span_queue_push(&queue, &range), 5);
	expect_int(queue.n, 1); /* one range, as old as its oldest span */
	expect_int(span_queue_peek(&queue)->since_ns, 1);
	range.from = 20;
	range.to = 22;
	expect_int(span_queue_push(&queue, &range), 2);
	expect_int(queue.n, 2);
	expect_int(queue.items, 12);
	expect_int(queue.bytes, 120);
	span_queue_take(&queue, &list);
	expect_int(list.n, 6);
	expect_int(list.spans[5]->kind, 5);
	span_list_clear(&list, &pool);
	span_queue_take(&queue, &list);
	expect_int(list.n, 6);
	expect_int(list.n_ranges, 2);
	expect_int(list.spans[4]->kind, 20);
	expect_int(queue.items + queue.bytes + queue.n, 0);
	span_list_fini(&list, &pool);
	expect_int(chunk->refs, 1);
	span_queue_fini(&queue);
	chunk_unref(&pool, chunk);
	chunk_pool_fini(&pool);
}
END_TEST

START_TEST(origins_are_not_mixed)
{
	struct chunk_pool pool = {0};
	struct chunk *chunk = full_chunk(&pool);
	struct range range = {.chunk = chunk, .from = 0, .to = 2, .origin = 1};
	struct span_list list;
	struct span_queue queue;

	span_queue_init(&queue, &pool, 100, 10000);
	expect_ok(span_list_init(&list, 100));
	expect_int(span_queue_push(&queue, &range), 2);
	range = (struct range){.chunk = chunk, .from = 2, .to = 4, .origin = 2};
	expect_int(span_queue_push(&queue, &range), 2);
	range = (struct range){.chunk = chunk, .from = 4, .to = 6, .origin = 2, .step = 1};
	expect_int(span_queue_push(&queue, &range), 2);
	for (uint32_t i = 0; i < 3; i++) {
		span_queue_take(&queue, &list);
		expect_int(list.n, 2);
		expect_int(list.origin, i ? 2 : 1);
		expect_int(list.step, i == 2);
		span_list_clear(&list, &pool);
	}
	span_queue_take(&queue, &list);
	expect_int(list.n, 0);
	span_list_fini(&list, &pool);
	span_queue_fini(&queue);
	chunk_unref(&pool, chunk);
	chunk_pool_fini(&pool);
}
END_TEST

/* Against a model: a plain list of numbers. */
START_TEST(it_is_a_bounded_fifo)
{
	struct chunk_pool pool = {0};
	struct chunk *chunk = full_chunk(&pool);
	uint32_t model[64], n = 0;
	struct trace_random random;
	struct span_queue queue;

	span_queue_init(&queue, &pool, 50, 400);
	trace_random_seed(&random, 2);
	for (int i = 0; i < 100000; i++) {
		uint64_t r = trace_random_next(&random);

		if (r & 1) {
			struct range range = {.chunk = chunk, .from = (r >> 8) % CHUNK_SPANS};
			uint32_t room = 40 - n, want = (r >> 32) % 20, pushed;

			if (want > CHUNK_SPANS - range.from)
				want = CHUNK_SPANS - range.from;
			range.to = range.from + want;
			pushed = span_queue_push(&queue, &range);
			expect_int(pushed, want < room ? want : room);
			for (uint32_t k = 0; k < pushed; k++)
				model[n++] = range.from + k;
		} else if (n) {
			struct range one = span_queue_take_one(&queue);

			expect_int(one.to - one.from, 1);
			expect_int(one.from, model[0]);
			for (uint32_t k = 1; k < n; k++)
				model[k - 1] = model[k];
			n--;
			chunk_unref(&pool, one.chunk);
		}
		expect_int(queue.items, n);
		expect_int(queue.bytes, n * 10);
		expect_int(chunk->refs, 1 + queue.n);
	}
	span_queue_fini(&queue);
	expect_int(chunk->refs, 1);
	chunk_unref(&pool, chunk);
	chunk_pool_fini(&pool);
}
END_TEST

TEST_MAIN("export/queue", ranges_join_and_split, origins_are_not_mixed, it_is_a_bounded_fifo)
