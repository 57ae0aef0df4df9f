/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "export/chunk.h"
#include "export/resolve.h"
#include "otlp/encoder.h"
#include "otlp_trace_service.pb-c.h"

#define BATCH	   512u
#define SPAN_BYTES 244u
#define NODES	   10u

typedef Opentelemetry__Proto__Collector__Trace__V1__ExportTraceServiceRequest pb_request;

static void fail(const char *why) {
	fprintf(stderr, "bench: otlp: %s\n", why);
	exit(70);
}

static double cpu_seconds(void) {
	return (double)clock_ns(CLOCK_THREAD_CPUTIME_ID) / 1e9;
}

/* -- the batch: made by the pipeline's own resolver, kept for the whole run ------------------- */

static const struct ry_span_batch *make_batch(void) {
	static struct export_node nodes[NODES];
	static char names[NODES][8];
	static const struct ry_field service = {
		RY_SIZE(ry_field), RY_VALUE_STRING, "service.name", {"fund_load"}};
	static const struct ry_field *const resource[] = {&service};
	static struct resolver resolver;
	static struct ry_field worker;
	static struct chunk_pool pool;
	static const struct ry_span *spans[BATCH];
	static struct ry_span_batch batch = {.size = RY_SIZE(ry_span_batch),
					     .n_spans = BATCH,
					     .spans = spans,
					     .resource = resource,
					     .n_resource = 1,
					     .scope_name = "railyard"};
	struct export_config config = {.nodes = nodes, .n_nodes = NODES, .scenario = "two_groups"};
	struct chunk *chunk = NULL;

	for (uint32_t i = 0; i < NODES; i++) {
		snprintf(names[i], sizeof(names[i]), "node%u", i);
		nodes[i] = (struct export_node){names[i], "policy", RY_SPAN_INTERNAL, false};
	}
	if (resolver_init(&resolver, &config, 0, 1700000000000000000u) < 0)
		fail("no resolver");
	worker = resolve_worker(0);
	for (uint32_t i = 0; i < BATCH; i++) {
		struct emit_span record = {.start_ns = i * 1000u,
					   .end_ns = i * 1000u + 700,
					   .node = i % NODES,
					   .from_node = UINT32_MAX,
					   .message_type = UINT32_MAX,
					   .hop = (uint16_t)(i % NODES),
					   .trace_flags = 3};

		memset(record.trace_id.bytes, (int)(i / NODES), sizeof(record.trace_id.bytes));
		memset(record.span_id.bytes, (int)i, sizeof(record.span_id.bytes));
		memset(record.parent_id.bytes, 1, sizeof(record.parent_id.bytes));
		if (i % CHUNK_SPANS == 0)
			chunk = chunk_new(&pool);
		if (!chunk)
			fail("no chunk");
		resolve_span(&resolver, &record, NULL, &worker, chunk);
		spans[i] = chunk->spans[i % CHUNK_SPANS];
	}
	return &batch;
}

static const struct ry_span_batch *shared(void) {
	static const struct ry_span_batch *batch;

	if (!batch)
		batch = make_batch();
	return batch;
}

static const struct ry_field *const *own_fields(const struct ry_span *span) {
	const struct ry_field **list = must_alloc(span->n_attributes * sizeof(*list));

	for (uint32_t i = 0; i < span->n_attributes; i++) {
		struct ry_field *field = must_alloc(sizeof(*field));

		*field = *span->attributes[i];
		list[i] = field;
	}
	return list;
}

static const struct ry_span_batch *unshared(void) {
	static const struct ry_span *spans[BATCH];
	static struct ry_span_batch batch;

	if (batch.n_spans)
		return &batch;
	batch = *shared();
	for (uint32_t i = 0; i < BATCH; i++) {
		struct ry_span *span = must_alloc(sizeof(*span));

		*span = *shared()->spans[i];
		span->attributes = own_fields(span);
		spans[i] = span;
	}
	batch.spans = spans;
	return &batch;
}

/* -- ours ------------------------------------------------------------------------------------- */

static double encode(const struct ry_span_batch *batch, enum otlp_format format, uint64_t n) {
	struct otlp_encoder encoder;
	struct otlp_body body;
	uint64_t done = 0;
	double start;

	if (otlp_encoder_init(&encoder, format, OTLP_BODY_MAX) < 0 ||
	    otlp_encode(&encoder, batch, 0, &body) < 0)
		fail("not encoded");
	if (format == OTLP_PROTOBUF &&
	    (body.length < BATCH * SPAN_BYTES || body.length > BATCH * SPAN_BYTES + BATCH))
		fail("not spans of 244 bytes");
	start = cpu_seconds();
	for (; done < n; done += body.n_spans)
		if (otlp_encode(&encoder, batch, 0, &body) < 0)
			fail("not encoded");
	start = cpu_seconds() - start;
	otlp_encoder_fini(&encoder);
	return start * 1e9 / (double)done;
}

double bench_otlp_protobuf(uint64_t n) {
	return encode(shared(), OTLP_PROTOBUF, n);
}

double bench_otlp_protobuf_unshared(uint64_t n) {
	return encode(unshared(), OTLP_PROTOBUF, n);
}

double bench_otlp_json(uint64_t n) {
	return encode(shared(), OTLP_JSON, n);
}

/* -- protobuf-c: the same bytes, unpacked and packed again ------------------------------------- */

double bench_otlp_protobuf_c(uint64_t n) {
	struct otlp_encoder encoder;
	struct otlp_body body;
	pb_request *request = NULL;
	uint8_t *packed;
	uint64_t done = 0;
	double start;

	if (otlp_encoder_init(&encoder, OTLP_PROTOBUF, OTLP_BODY_MAX) == 0 &&
	    otlp_encode(&encoder, shared(), 0, &body) == 0)
		request =
			opentelemetry__proto__collector__trace__v1__export_trace_service_request__unpack(
				NULL, body.length, (const uint8_t *)body.data);
	if (!request)
		fail("protobuf-c does not read it");
	packed = must_alloc(body.length);
	start = cpu_seconds();
	for (; done < n; done += BATCH)
		if (protobuf_c_message_get_packed_size(&request->base) != body.length ||
		    protobuf_c_message_pack(&request->base, packed) != body.length)
			fail("protobuf-c does not write it");
	start = cpu_seconds() - start;
	if (memcmp(packed, body.data, body.length) != 0)
		fail("protobuf-c writes something else");
	free(packed);
	protobuf_c_message_free_unpacked(&request->base, NULL);
	otlp_encoder_fini(&encoder);
	return start * 1e9 / (double)done;
}
