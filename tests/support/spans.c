/* SPDX-License-Identifier: Apache-2.0 */
#include "support/spans.h"

#include <math.h>
#include <string.h>

#define POOL 12 /* attributes that spans share */

struct generator {
	struct choices *choices;
	struct arena *arena;
	const struct ry_field *pool[POOL];
};

/* xorshift64* (Vigna): the same batches on every machine. */
static uint64_t next_random(struct choices *choices) {
	choices->seed ^= choices->seed >> 12;
	choices->seed ^= choices->seed << 25;
	choices->seed ^= choices->seed >> 27;
	return choices->seed * 0x2545f4914f6cdd1du;
}

static uint8_t next_byte(struct choices *choices) {
	if (choices->size) {
		choices->size--;
		return *choices->data++;
	}
	return choices->seed ? (uint8_t)(next_random(choices) >> 56) : 0;
}

uint32_t choose(struct choices *choices, uint32_t below) {
	uint32_t number = next_byte(choices);

	if (below > 256)
		number |= (uint32_t)next_byte(choices) << 8 | (uint32_t)next_byte(choices) << 16;
	return number % below;
}

/* Small ones, large ones, and those around a change of the number of 7-bit groups. */
uint64_t choose_u64(struct choices *choices) {
	uint64_t number = 0;

	switch (choose(choices, 5)) {
	case 0:
		return choose(choices, 3);
	case 1:
		return (UINT64_C(1) << (7 * choose(choices, 10))) - choose(choices, 2);
	case 2:
		return UINT64_MAX - choose(choices, 2);
	case 3:
		return UINT64_C(1) << 63;
	default:
		for (int i = 0; i < 8; i++)
			number = number << 8 | next_byte(choices);
		return number;
	}
}

static char *any_bytes(struct generator *generator, uint32_t length) {
	char *text = arena_alloc(generator->arena, length + 1);

	for (uint32_t i = 0; i < length; i++)
		text[i] = (char)(1 + choose(generator->choices, 255));
	return text;
}

static char *repeated(struct generator *generator, const char *unit, uint32_t n) {
	const size_t length = strlen(unit);
	char *text = arena_alloc(generator->arena, length * n + 1);

	for (uint32_t i = 0; i < n; i++)
		memcpy(text + i * length, unit, length);
	return text;
}

/* Lengths around those at which the length of a length changes, too. */
static const char *string(struct generator *generator) {
	static const char *const words[] = {
		"",
		"a",
		"railyard.node",
		"\xc3\xa9\xe2\x82\xac",
		"\xf0\x9f\x9a\x82",
		"\xff",
		"\xc0\x80",
		"\xed\xa0\x80",
		"\xf4\x90\x80\x80",
		"a\xe2\x82",
		"\"\\\n",
		"\x01\x1f\x7f",
		("12345678\x80"
		 "1234"),
		"\xc2\x85\xe2\x80\xa8",
		"</script>",
	};
	struct choices *choices = generator->choices;

	switch (choose(choices, 8)) {
	case 0:
		return NULL;
	case 1:
		return any_bytes(generator, choose(choices, 40));
	case 2:
		return repeated(generator, "x", 120 + choose(choices, 16));
	case 3:
		return choose(choices, 16)
			       ? "short"
			       : repeated(generator, "\xe2\x82\xacy", 4000 + choose(choices, 200));
	case 4:
		return choose(choices, 64) ? "another"
					   : repeated(generator, "z", 16300 + choose(choices, 200));
	default:
		return words[choose(choices, sizeof(words) / sizeof(words[0]))];
	}
}

static double number(struct generator *generator) {
	static const double numbers[] = {0.0, -0.0, 1.5, 1e300, 5e-324, 0.1, -1e21};
	const uint32_t choice = choose(generator->choices, 10);

	if (choice == 7)
		return (double)NAN;
	if (choice == 8)
		return (double)INFINITY;
	return choice == 9 ? -(double)INFINITY : numbers[choice % 7];
}

static const struct ry_field *new_field(struct generator *generator) {
	struct ry_field *field = arena_new(generator->arena, struct ry_field);

	field->size = RY_SIZE(ry_field);
	field->name = string(generator);
	field->type = RY_VALUE_STRING + choose(generator->choices, 5); /* one that is unknown */
	switch (field->type) {
	case RY_VALUE_STRING:
		field->v.string = string(generator);
		break;
	case RY_VALUE_BOOL:
		field->v.integer = choose(generator->choices, 2);
		break;
	case RY_VALUE_DOUBLE:
		field->v.number = number(generator);
		break;
	default:
		field->v.integer = (int64_t)choose_u64(generator->choices);
	}
	return field;
}

static const struct ry_field *field_from(struct generator *generator) {
	if (choose(generator->choices, 4))
		return generator->pool[choose(generator->choices, POOL)];
	return new_field(generator);
}

static const struct ry_field *const *fields(struct generator *generator, uint32_t *ret_n) {
	uint32_t n = choose(generator->choices, 12);
	const struct ry_field **list;

	if (n == 11)
		n = choose(generator->choices, 136);
	list = arena_array(generator->arena, const struct ry_field *, n + 1);
	for (uint32_t i = 0; i < n; i++)
		list[i] = field_from(generator);
	*ret_n = n;
	return n ? list : NULL;
}

static void id(struct generator *generator, uint8_t *to, size_t length) {
	for (size_t i = 0; i < length; i++)
		to[i] = next_byte(generator->choices);
}

static void add_events(struct generator *generator, struct ry_span *span) {
	const uint32_t n = choose(generator->choices, 3) ? 0 : choose(generator->choices, 5);
	const struct ry_span_event **list =
		arena_array(generator->arena, const struct ry_span_event *, n + 1);

	for (uint32_t i = 0; i < n; i++) {
		struct ry_span_event *event = arena_new(generator->arena, struct ry_span_event);

		event->size = RY_SIZE(ry_span_event);
		event->unix_ns = choose_u64(generator->choices);
		event->name = string(generator);
		event->attributes = fields(generator, &event->n_attributes);
		list[i] = event;
	}
	span->events = list;
	span->n_events = n;
}

static void add_links(struct generator *generator, struct ry_span *span) {
	const uint32_t most = choose(generator->choices, 16) ? 4 : 129;
	const uint32_t n = choose(generator->choices, 3) ? 0 : choose(generator->choices, most);
	const struct ry_span_link **list =
		arena_array(generator->arena, const struct ry_span_link *, n + 1);

	for (uint32_t i = 0; i < n; i++) {
		struct ry_span_link *link = arena_new(generator->arena, struct ry_span_link);

		link->size = RY_SIZE(ry_span_link);
		link->trace_flags = (uint32_t)choose_u64(generator->choices);
		id(generator, link->trace_id, sizeof(link->trace_id));
		id(generator, link->span_id, sizeof(link->span_id));
		list[i] = link;
	}
	span->links = list;
	span->n_links = n;
}

static const struct ry_span *new_span(struct generator *generator) {
	struct choices *choices = generator->choices;
	struct ry_span *span = arena_new(generator->arena, struct ry_span);

	span->size = RY_SIZE(ry_span);
	span->kind = choose(choices, 6);
	span->status = choose(choices, 3);
	span->trace_flags = (uint32_t)choose_u64(choices);
	id(generator, span->trace_id, sizeof(span->trace_id));
	id(generator, span->span_id, sizeof(span->span_id));
	if (choose(choices, 2))
		id(generator, span->parent_span_id, sizeof(span->parent_span_id));
	span->start_unix_ns = choose_u64(choices);
	span->end_unix_ns = choose_u64(choices);
	span->name = string(generator);
	if (span->status == RY_SPAN_ERROR)
		span->status_message = string(generator);
	if (!choose(choices, 4))
		span->tracestate = string(generator);
	span->attributes = fields(generator, &span->n_attributes);
	if (!choose(choices, 4))
		span->dropped_attributes = (uint32_t)choose_u64(choices);
	add_events(generator, span);
	add_links(generator, span);
	return span;
}

const struct ry_span_batch *spans_generate(struct choices *choices, struct arena *arena,
					   uint32_t max_spans) {
	struct generator generator = {.choices = choices, .arena = arena};
	struct ry_span_batch *batch = arena_new(arena, struct ry_span_batch);
	const struct ry_span **spans;

	for (int i = 0; i < POOL; i++)
		generator.pool[i] = new_field(&generator);
	batch->size = RY_SIZE(ry_span_batch);
	batch->n_spans = 1 + choose(choices, max_spans);
	batch->resource = fields(&generator, &batch->n_resource);
	batch->scope_name = string(&generator);
	batch->scope_version = string(&generator);
	spans = arena_array(arena, const struct ry_span *, batch->n_spans);
	for (uint32_t i = 0; i < batch->n_spans; i++)
		spans[i] = new_span(&generator);
	batch->spans = spans;
	return batch;
}
