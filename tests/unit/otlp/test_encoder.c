/* SPDX-License-Identifier: Apache-2.0 */
/* Both formats on generated batches, against decoders that are not ours. */
#include "otlp/encoder.h"

#include <malloc.h>

#include "support/otlp_compare.h"
#include "support/span_sample.h"
#include "support/spans.h"

#define BATCHES 1500

static struct otlp_encoder encoder;

static const char *compare(const struct ry_span_batch *batch, uint32_t from,
			   const struct otlp_body *body) {
	return encoder.format == OTLP_PROTOBUF ? otlp_compare_protobuf(batch, from, body)
					       : otlp_compare_json(batch, from, body);
}

static void expect_encoded(const struct ry_span_batch *batch, uint32_t from,
			   const struct otlp_body *body, uint64_t seed) {
	const char *why = compare(batch, from, body);

	ck_assert_msg(!why, "batch %ju: not %s", (uintmax_t)seed, why);
}

/* From any start, in one body. */
static void encode_generated(enum otlp_format format) {
	uint64_t spans = 0;

	expect_ok(otlp_encoder_init(&encoder, format, OTLP_BODY_MAX));
	for (uint64_t seed = 1; seed <= BATCHES; seed++) {
		struct choices choices = {.seed = seed};
		struct arena arena = ARENA_INIT;
		const struct ry_span_batch *batch = spans_generate(&choices, &arena, 12);
		uint32_t from = choose(&choices, batch->n_spans);
		struct otlp_body body;

		expect_ok(otlp_encode(&encoder, batch, from, &body));
		expect_int(body.n_spans, batch->n_spans - from);
		expect_encoded(batch, from, &body, seed);
		spans += body.n_spans;
		arena_fini(&arena);
	}
	expect(spans > 2 * BATCHES);
	otlp_encoder_fini(&encoder);
}

START_TEST(protobuf_is_what_protobuf_c_reads_and_writes)
{ encode_generated(OTLP_PROTOBUF); }
END_TEST

START_TEST(json_is_what_jansson_reads)
{ encode_generated(OTLP_JSON); }
END_TEST

static uint32_t spans_within(const struct ry_span_batch *batch, enum otlp_format format,
			     size_t max_bytes, struct otlp_body *ret) {
	int r;

	otlp_encoder_fini(&encoder);
	expect_ok(otlp_encoder_init(&encoder, format, max_bytes));
	r = otlp_encode(&encoder, batch, 0, ret);
	if (r == -EMSGSIZE)
		return 0;
	expect_ok(r);
	expect(ret->length <= max_bytes);
	return ret->n_spans;
}

/* A body that fits to the byte holds everything, one byte less holds one span less. */
static void split_generated(enum otlp_format format) {
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct choices choices = {.seed = seed};
		struct arena arena = ARENA_INIT;
		const struct ry_span_batch *batch = spans_generate(&choices, &arena, 12);
		struct otlp_body body;
		uint32_t n = batch->n_spans;

		expect_int(spans_within(batch, format, OTLP_BODY_MAX, &body), n);
		while (n) {
			const size_t length = body.length;

			expect_int(spans_within(batch, format, length, &body), n);
			expect_int(body.length, length);
			n--;
			expect_int(spans_within(batch, format, length - 1, &body), n);
			if (n)
				expect_encoded(batch, 0, &body, seed);
		}
		arena_fini(&arena);
	}
	otlp_encoder_fini(&encoder);
}

START_TEST(protobuf_bodies_fill_their_limit)
{ split_generated(OTLP_PROTOBUF); }
END_TEST

START_TEST(json_bodies_fill_their_limit)
{ split_generated(OTLP_JSON); }
END_TEST

/* As an exporter does: every span is in exactly one body, in order. */
START_TEST(a_batch_is_sent_in_several_bodies)
{
	struct choices choices = {.seed = 7};
	struct arena arena = ARENA_INIT;
	const struct ry_span_batch *batch = spans_generate(&choices, &arena, 256);
	struct otlp_body body;
	uint32_t bodies = 0, skipped = 0;

	for (int format = OTLP_PROTOBUF; format <= OTLP_JSON; format++) {
		expect_ok(otlp_encoder_init(&encoder, format, 20000));
		for (uint32_t from = 0; from < batch->n_spans; from += body.n_spans) {
			int r = otlp_encode(&encoder, batch, from, &body);

			if (r == -EMSGSIZE) {
				body.n_spans = 1;
				skipped++;
				continue;
			}
			expect_ok(r);
			expect_encoded(batch, from, &body, from);
			bodies++;
		}
		otlp_encoder_fini(&encoder);
	}
	expect(bodies > 8 && skipped < bodies);
	arena_fini(&arena);
}
END_TEST

START_TEST(the_caller_may_write_around_a_body)
{
	char copy[4096];
	struct otlp_body body;

	for (int format = OTLP_PROTOBUF; format <= OTLP_JSON; format++) {
		expect_ok(otlp_encoder_init(&encoder, format, 4000));
		expect_ok(otlp_encode(&encoder, &sample_batch, 0, &body));
		memcpy(copy, body.data, body.length);
		memset(body.data - OTLP_HEADROOM, 0xff, OTLP_HEADROOM);
		memset(body.data + body.length, 0xff, OTLP_TAILROOM);
		expect(memcmp(copy, body.data, body.length) == 0);
		otlp_encoder_fini(&encoder);
	}
}
END_TEST

/* Between two batches an address may come to mean another attribute. */
START_TEST(nothing_is_remembered_from_one_batch_to_the_next)
{
	struct ry_field field = {RY_SIZE(ry_field), RY_VALUE_INT, "a", {.integer = 1}};
	const struct ry_field *const fields[] = {&field, &field, &field};
	struct ry_span span = {
		.size = RY_SIZE(ry_span), .name = "s", .attributes = fields, .n_attributes = 3};
	const struct ry_span *const spans[] = {&span, &span};
	const struct ry_span_batch batch = {
		.size = RY_SIZE(ry_span_batch), .n_spans = 2, .spans = spans};
	struct otlp_body body;

	for (int format = OTLP_PROTOBUF; format <= OTLP_JSON; format++) {
		expect_ok(otlp_encoder_init(&encoder, format, 4000));
		for (int i = 0; i < 3; i++) {
			field.v.integer = i * 1000;
			expect_ok(otlp_encode(&encoder, &batch, 0, &body));
			expect_encoded(&batch, 0, &body, (uint64_t)i);
		}
		otlp_encoder_fini(&encoder);
	}
}
END_TEST

START_TEST(limits_are_checked)
{
	struct otlp_body body;

	expect_errno(otlp_encoder_init(&encoder, OTLP_PROTOBUF, 0), EINVAL);
	expect_errno(otlp_encoder_init(&encoder, OTLP_PROTOBUF, OTLP_BODY_MAX + 1), EINVAL);
	for (int format = OTLP_PROTOBUF; format <= OTLP_JSON; format++) {
		expect_ok(otlp_encoder_init(&encoder, format, 1));
		expect_errno(otlp_encode(&encoder, &sample_batch, 0, &body), EMSGSIZE);
		otlp_encoder_fini(&encoder);
	}
}
END_TEST

/* The buffer never grows beyond the limit and what encoding needs around it. */
START_TEST(memory_is_bounded)
{
	static char text[1 << 20];
	const struct ry_field *const fields[] = {STRING("large", text)};
	const struct ry_span large = {
		.size = RY_SIZE(ry_span), .name = "s", .attributes = fields, .n_attributes = 1};
	const struct ry_span *const spans[] = {&sample_plain, &large};
	const struct ry_span_batch batch = {
		.size = RY_SIZE(ry_span_batch), .n_spans = 2, .spans = spans};
	struct otlp_body body;

	memset(text, 'x', sizeof(text) - 1);
	for (int format = OTLP_PROTOBUF; format <= OTLP_JSON; format++) {
		expect_ok(otlp_encoder_init(&encoder, format, 10000));
		expect_ok(otlp_encode(&encoder, &batch, 0, &body));
		expect_int(body.n_spans, 1);
		expect_encoded(&batch, 0, &body, 0);
		expect(encoder.text.capacity <= 11000);
		otlp_encoder_trim(&encoder, 100);
		expect_int(encoder.text.capacity, 0);
		expect_ok(otlp_encode(&encoder, &batch, 0, &body));
		otlp_encoder_fini(&encoder);
	}
}
END_TEST

/* The buffer is full to the byte at every point of a span: what writes beyond it, a sanitizer sees. */
START_TEST(growth_is_asked_for_in_time)
{
	static char text[33000];
	const struct ry_field *const fields[] = {STRING("key", text)};
	const struct ry_span_event event = {.size = RY_SIZE(ry_span_event),
					    .n_attributes = 1,
					    .unix_ns = 1,
					    .name = "event",
					    .attributes = fields};
	const struct ry_span_event *const events[] = {&event};
	struct ry_span span = sample_full;
	const struct ry_span *const spans[] = {&span};
	const struct ry_span_batch batch = {
		.size = RY_SIZE(ry_span_batch), .n_spans = 1, .spans = spans};
	struct otlp_body body;

	span.events = events;
	for (size_t length = 32200; length < 32800; length++) {
		memset(text, 'x', length);
		for (int format = OTLP_PROTOBUF; format <= OTLP_JSON; format++) {
			expect_ok(otlp_encoder_init(&encoder, format, OTLP_BODY_MAX));
			expect_ok(otlp_encode(&encoder, &batch, 0, &body));
			expect_encoded(&batch, 0, &body, length);
			otlp_encoder_fini(&encoder);
		}
	}
}
END_TEST

/* Any allocation, even one that is freed at once, would be seen by its count. */
static uint64_t allocations;

void *__real_malloc(size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *__wrap_malloc(size_t size) {
	allocations++;
	return __real_malloc(size);
}

void *__wrap_realloc(void *block, size_t size) {
	allocations++;
	return __real_realloc(block, size);
}

void *__wrap_calloc(size_t n, size_t size) {
	allocations++;
	return __real_calloc(n, size);
}

START_TEST(a_warm_encoder_allocates_nothing)
{
	struct choices choices = {.seed = 3};
	struct arena arena = ARENA_INIT;
	const struct ry_span_batch *batch = spans_generate(&choices, &arena, 256);
	struct otlp_body body;

	for (int format = OTLP_PROTOBUF; format <= OTLP_JSON; format++) {
		uint64_t cold, warm, after;
		int r = 0;

		expect_ok(otlp_encoder_init(&encoder, format, OTLP_BODY_MAX));
		cold = allocations; /* nothing of Check's between here and the last one */
		r |= otlp_encode(&encoder, batch, 0, &body);
		warm = allocations;
		for (int i = 0; i < 10; i++)
			r |= otlp_encode(&encoder, batch, 0, &body);
		after = allocations;
		expect_ok(r);
		expect(warm > cold);
		expect_int(after, warm);
		otlp_encoder_fini(&encoder);
	}
	arena_fini(&arena);
}
END_TEST

TEST_MAIN("otlp/encoder", protobuf_is_what_protobuf_c_reads_and_writes, json_is_what_jansson_reads,
	  protobuf_bodies_fill_their_limit, json_bodies_fill_their_limit,
	  a_batch_is_sent_in_several_bodies, the_caller_may_write_around_a_body,
	  nothing_is_remembered_from_one_batch_to_the_next, limits_are_checked, memory_is_bounded,
	  growth_is_asked_for_in_time, a_warm_encoder_allocates_nothing)
