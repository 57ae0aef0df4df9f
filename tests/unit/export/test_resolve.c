/* SPDX-License-Identifier: Apache-2.0 */
#include "export/resolve.h"

#include "emit/extras.h"
#include "fake.h"

struct fixture {
	struct resolver resolver;
	struct chunk_pool pool;
	struct chunk *chunk;
	struct ry_field worker;
};

#define WALL 1700000000000000000ull

static void fixture_init(struct fixture *f) {
	const struct export_config config = {
		.nodes = rig_nodes,
		.n_nodes = 3,
		.types = rig_types,
		.n_types = 2,
		.scenario = "test",
	};

	*f = (struct fixture){.worker = resolve_worker(3)};
	expect_ok(resolver_init(&f->resolver, &config, 1000, WALL));
	f->chunk = chunk_new(&f->pool);
}

static void fixture_fini(struct fixture *f) {
	chunk_unref(&f->pool, f->chunk);
	chunk_pool_fini(&f->pool);
	resolver_fini(&f->resolver);
}

static const struct ry_span *resolve(struct fixture *f, struct emit_span record,
				     const struct extras *extras) {
	uint32_t at = f->chunk->n;

	record.extra_length = extras ? extras->length : 0;
	resolve_span(&f->resolver, &record, extras ? extras->data : NULL, &f->worker, f->chunk);
	expect_int(f->chunk->n, at + 1);
	expect(f->chunk->bytes[at] <= resolve_bytes_bound(&record));
	return f->chunk->spans[at];
}

static const struct ry_field *attribute(const struct ry_span *span, const char *name) {
	for (uint32_t i = 0; i < span->n_attributes; i++)
		if (!strcmp(span->attributes[i]->name, name))
			return span->attributes[i];
	return NULL;
}

static void expect_string(const struct ry_span *span, const char *name, const char *want) {
	const struct ry_field *field = attribute(span, name);

	expect(field && field->type == RY_VALUE_STRING);
	expect_str(field->v.string, want);
}

static void expect_number(const struct ry_span *span, const char *name, int64_t want) {
	const struct ry_field *field = attribute(span, name);

	expect(field && field->type == RY_VALUE_INT);
	expect_int(field->v.integer, want);
}

static const struct emit_span plain = {
	.trace_id = {{1}},
	.span_id = {{2}},
	.parent_id = {{3}},
	.start_ns = 1500,
	.end_ns = 1700,
	.node = 1,
	.from_node = 0,
	.message_type = 1,
	.attempt = 1,
	.hop = 2,
	.trace_flags = 3,
};

START_TEST(indices_become_names)
{
	const struct ry_span *span;
	struct emit_span record = plain;
	struct fixture f;

	fixture_init(&f);
	span = resolve(&f, record, NULL);
	expect_str(span->name, "check");
	expect_int(span->kind, RY_SPAN_INTERNAL);
	expect_int(span->status, RY_SPAN_UNSET);
	expect_int(span->trace_flags, 3);
	expect_int(span->trace_id[0], 1);
	expect_int(span->span_id[0], 2);
	expect_int(span->parent_span_id[0], 3);
	expect(span->start_unix_ns == WALL + 500 && span->end_unix_ns == WALL + 700);
	expect_int(span->n_attributes, 8);
	expect_string(span, "railyard.scenario", "test");
	expect_string(span, "railyard.node", "check");
	expect_string(span, "railyard.process_group", "policy");
	expect_number(span, "railyard.worker", 3);
	expect_string(span, "railyard.handoff_from", "source");
	expect_number(span, "railyard.route_hop", 2);
	expect_number(span, "railyard.attempt", 1);
	expect_string(span, "railyard.message.type", "my.type");

	record.from_node = UINT32_MAX; /* ingress */
	record.message_type = 77;      /* unknown: left out */
	record.node = 0;
	span = resolve(&f, record, NULL);
	expect_int(span->kind, RY_SPAN_PRODUCER);
	expect(!attribute(span, "railyard.handoff_from"));
	expect(!attribute(span, "railyard.message.type"));
	fixture_fini(&f);
}
END_TEST

START_TEST(great_numbers_are_kept)
{
	struct emit_span record = plain;
	const struct ry_span *span;
	struct fixture f;

	fixture_init(&f);
	record.hop = UINT16_MAX;
	record.attempt = UINT32_MAX;
	span = resolve(&f, record, NULL);
	expect_number(span, "railyard.route_hop", UINT16_MAX);
	expect_number(span, "railyard.attempt", UINT32_MAX);
	fixture_fini(&f);
}
END_TEST

START_TEST(an_error_has_status_and_exception)
{
	struct emit_span record = plain;
	const struct ry_span *span;
	struct fixture f;

	fixture_init(&f);
	record.status = RY_SPAN_ERROR;
	record.error = -ENOSPC;
	span = resolve(&f, record, NULL);
	expect_int(span->status, RY_SPAN_ERROR);
	expect(strstr(span->status_message, "(ENOSPC)") != NULL);
	expect_int(span->n_events, 1);
	expect_str(span->events[0]->name, "exception");
	expect(span->events[0]->unix_ns == span->end_unix_ns);
	expect_str(span->events[0]->attributes[0]->name, "exception.type");
	expect_str(span->events[0]->attributes[0]->v.string, "ENOSPC");
	expect_str(span->events[0]->attributes[1]->name, "exception.message");
	expect_str(span->events[0]->attributes[1]->v.string, span->status_message);
	fixture_fini(&f);
}
END_TEST

START_TEST(extras_arrive)
{
	static const uint8_t trace[16] = {9}, id[8] = {8};
	struct ry_field text = {RY_SIZE(ry_field), RY_VALUE_STRING, "who", {.string = "me"}};
	struct ry_field number = {RY_SIZE(ry_field), RY_VALUE_DOUBLE, "much", {.number = 0.5}};
	const struct ry_field *fields[] = {&text, &number};
	struct extras extras = EXTRAS_INIT;
	struct emit_span record = plain;
	const struct ry_span *span;
	struct fixture f;

	fixture_init(&f);
	expect_ok(extras_attribute(&extras, &text));
	expect_ok(extras_event(&extras, 1600, "went", fields, 2));
	expect_ok(extras_attribute(&extras, &number));
	expect_ok(extras_link(&extras, trace, id, 1));
	expect_ok(extras_text(&extras, EXTRA_STATUS, "too much"));
	expect_ok(extras_text(&extras, EXTRA_TRACESTATE, "a=b"));
	record.status = RY_SPAN_ERROR;
	span = resolve(&f, record, &extras);
	expect_int(span->n_attributes, 10);
	expect_string(span, "who", "me");
	expect(attribute(span, "much")->v.number == 0.5);
	expect_string(span, "railyard.node", "check");
	expect_int(span->n_events, 2);
	expect_str(span->events[0]->name, "went");
	expect(span->events[0]->unix_ns == WALL + 600);
	expect_int(span->events[0]->n_attributes, 2);
	expect_str(span->events[0]->attributes[0]->v.string, "me");
	expect_str(span->events[1]->attributes[1]->v.string, "too much");
	expect_int(span->n_links, 1);
	expect_int(span->links[0]->trace_id[0], 9);
	expect_int(span->links[0]->span_id[0], 8);
	expect_int(span->links[0]->trace_flags, 1);
	expect_str(span->status_message, "too much");
	expect_str(span->tracestate, "a=b");
	expect_int(span->dropped_attributes, 0);
	extras_fini(&extras);
	fixture_fini(&f);
}
END_TEST

START_TEST(a_child_span_has_its_own_name)
{
	struct extras extras = EXTRAS_INIT;
	struct emit_span record = plain;
	const struct ry_span *span;
	struct fixture f;

	fixture_init(&f);
	expect_ok(extras_text(&extras, EXTRA_NAME, "lookup"));
	expect_ok(extras_text(&extras, EXTRA_STATUS, "ignored without an error"));
	record.node = 0;
	span = resolve(&f, record, &extras);
	expect_str(span->name, "lookup");
	expect_int(span->kind, RY_SPAN_INTERNAL);
	expect(!span->status_message);
	extras_fini(&extras);
	fixture_fini(&f);
}
END_TEST

/* Whatever stands there: no crash, the span itself is right, the bound holds. */
START_TEST(corrupt_extras_leave_the_span)
{
	struct ry_field text = {RY_SIZE(ry_field), RY_VALUE_STRING, "who", {.string = "me"}};
	const struct ry_field *fields[] = {&text, &text};
	struct extras extras = EXTRAS_INIT;
	struct trace_random random;
	unsigned left_out = 0;
	struct fixture f;

	fixture_init(&f);
	trace_random_seed(&random, 5);
	for (int i = 0; i < 20000; i++) {
		const struct ry_span *span;

		extras_reset(&extras);
		expect_ok(extras_attribute(&extras, &text));
		expect_ok(extras_event(&extras, 1, "e", fields, 2));
		expect_ok(extras_text(&extras, EXTRA_NAME, "n"));
		for (int k = 0; k < 3; k++) {
			uint64_t r = trace_random_next(&random);

			extras.data[r % extras.length] = (uint8_t)(r >> 32) & 15;
		}
		span = resolve(&f, plain, &extras);
		left_out += span->dropped_attributes != 0;
		expect(span->n_attributes >= 8 && span->trace_id[0] == 1);
		if (f.chunk->n == CHUNK_SPANS) {
			chunk_unref(&f.pool, f.chunk);
			f.chunk = chunk_new(&f.pool);
		}
	}
	expect(left_out > 1000);
	extras_fini(&extras);
	fixture_fini(&f);
}
END_TEST

TEST_MAIN("export/resolve", indices_become_names, great_numbers_are_kept,
	  an_error_has_status_and_exception, extras_arrive, a_child_span_has_its_own_name,
	  corrupt_extras_leave_the_span)
