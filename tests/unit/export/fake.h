/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exporter that does what a test says, a pipeline around it, and a clock that the test moves.
 * It keeps the sequence numbers of the spans that it took (their start times, which the tests set
 * to numbers) so that a test can say exactly which arrived.
 */
#ifndef EXPORT_FAKE_H
#define EXPORT_FAKE_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "export/pipeline.h"
#include "support/test.h"

#define FAKE_TAKEN 4096u

struct fake {
	/* What it does. */
	int fail_times; /* so many calls answer `answer`, then it takes them */
	int answer;	/* -EAGAIN, -EPERM, ...; fail_times -1: always */
	uint64_t retry_after_ms;
	uint32_t rejects; /* of each batch */
	int start_answer;
	int hang_fd;	   /* a call blocks until this is readable; -1: it does not */
	bool pending;	   /* with a call: does not answer before fake_complete */
	uint64_t takes_ns; /* a call moves the test's clock by so much */
	uint64_t *clock;
	/* What it saw. */
	unsigned calls, flushes, starts, stops, reopens;
	uint32_t n_taken;
	uint64_t taken[FAKE_TAKEN];
	uint64_t called_at[64];
	uint32_t last_n;
	struct ry_call *call;
	const struct ry_span_batch *batch;
	void (*look)(struct fake *fake, const struct ry_span_batch *batch);
	void *user; /* the test's */
	struct ry_binding binding;
};

static inline void fake_take(struct fake *fake, const struct ry_span_batch *batch) {
	for (uint32_t i = 0; i < batch->n_spans; i++)
		if (fake->n_taken < FAKE_TAKEN)
			fake->taken[fake->n_taken++] = batch->spans[i]->trace_id[0] |
						       (uint64_t)batch->spans[i]->trace_id[1] << 8 |
						       (uint64_t)batch->spans[i]->trace_id[2] << 16;
}

static inline int fake_export(void *self, const void *request, void *result, struct ry_call *call) {
	struct ry_span_export_result *answer = result;
	const struct ry_span_batch *batch = request;
	struct fake *fake = self;
	char c;

	if (fake->clock) {
		fake->called_at[fake->calls % 64] = *fake->clock;
		*fake->clock += fake->takes_ns;
	}
	fake->calls++;
	fake->last_n = batch->n_spans;
	if (fake->look)
		fake->look(fake, batch);
	if (fake->hang_fd >= 0 && read(fake->hang_fd, &c, 1) < 0)
		return -errno;
	if (fake->fail_times) {
		fake->fail_times -= fake->fail_times > 0;
		answer->retry_after_ms = fake->retry_after_ms;
		return fake->answer;
	}
	if (fake->pending && call) {
		fake->call = call;
		fake->batch = batch;
		return RY_PENDING;
	}
	answer->rejected = fake->rejects;
	fake_take(fake, batch);
	return 0;
}

static inline void fake_complete(struct fake *fake, int status) {
	struct ry_call *call = fake->call;

	ck_assert_ptr_nonnull(call);
	fake->call = NULL;
	if (status == 0)
		fake_take(fake, fake->batch);
	ry_call_complete(call, status);
}

static inline int fake_flush(void *self, const void *request, void *result, struct ry_call *call) {
	struct fake *fake = self;

	(void)request;
	(void)result;
	(void)call;
	fake->flushes++;
	return 0;
}

static inline int fake_start(void *self) {
	struct fake *fake = self;

	fake->starts++;
	return fake->start_answer;
}

static inline int fake_stop(void *self) {
	((struct fake *)self)->stops++;
	return 0;
}

static inline int fake_reopen(void *self) {
	((struct fake *)self)->reopens++;
	return 0;
}

static ry_op *const fake_operations[] = {fake_export, fake_flush};

static const struct ry_adapter_ops fake_adapter_ops = {
	.size = RY_SIZE(ry_adapter_ops),
	.start = fake_start,
	.stop = fake_stop,
	.reopen = fake_reopen,
};

static const struct ry_provides fake_provides = {
	.size = RY_SIZE(ry_provides),
	.flags = RY_OFFERS_CONSUME | RY_OFFERS_ACONSUME,
	.major = RY_SPAN_EXPORTER_MAJOR,
	.contract = RY_SPAN_EXPORTER,
	.ops = fake_operations,
	.op_count = RY_SPAN_EXPORTER_OP_COUNT,
};

static const struct ry_provides *const fake_provides_list[] = {&fake_provides, NULL};

static const struct ry_adapter_type fake_type = {
	.size = RY_SIZE(ry_adapter_type),
	.name = "fake",
	.ops = &fake_adapter_ops,
	.provides = fake_provides_list,
};

/* -- the pipeline around it ----------------------------------------------------------------- */

#define MAX_FAKES 4u

struct rig {
	uint64_t now;
	struct emit *emit;
	struct export_pipeline *pipeline;
	struct fake fakes[MAX_FAKES];
	struct export_destination destinations[MAX_FAKES];
	uint32_t n;
	char messages[8][256];
	unsigned n_messages;
	uint64_t emitted;
};

static inline uint64_t rig_now(void *user) {
	return ((struct rig *)user)->now;
}

static inline void rig_wait(void *user, uint64_t until) {
	struct rig *rig = user;

	if (until > rig->now)
		rig->now = until;
}

static inline void rig_message(void *user, uint32_t level, const char *text) {
	struct rig *rig = user;

	if (rig->n_messages < 8)
		snprintf(rig->messages[rig->n_messages], sizeof(rig->messages[0]), "%u %s", level,
			 text);
	rig->n_messages++;
}

/* Adds a destination with ordinary settings, to be changed before rig_open. */
static inline struct export_destination *rig_add(struct rig *rig, const char *name) {
	struct fake *fake = &rig->fakes[rig->n];
	struct export_destination *destination = &rig->destinations[rig->n++];

	fake->hang_fd = -1;
	fake->binding = (struct ry_binding){
		.size = RY_SIZE(ry_binding),
		.op_count = RY_SPAN_EXPORTER_OP_COUNT,
		.ops = fake_operations,
		.self = fake,
		.adapter = name,
	};
	*destination = (struct export_destination){
		.name = name,
		.exporter = &fake->binding,
		.type = &fake_type,
		.instance = fake,
		.batch_items = 10,
		.flush_interval_ms = 1000,
		.queue_items = 100,
		.queue_bytes = 1 << 20,
		.max_retries = 2,
		.backoff_ms = 100,
		.backoff_max_ms = 1000,
	};
	return destination;
}

static const struct export_node rig_nodes[] = {
	{"source", "ingress", RY_SPAN_PRODUCER, false},
	{"check", "policy", RY_SPAN_INTERNAL, false},
	{"ticker", "policy", RY_SPAN_INTERNAL, true},
};
static const char *const rig_types[] = {"railyard.line", "my.type"};

static inline void rig_make(struct rig *rig) {
	const struct export_config config = {
		.nodes = rig_nodes,
		.n_nodes = 3,
		.types = rig_types,
		.n_types = 2,
		.scenario = "test",
		.destinations = rig->destinations,
		.n_destinations = rig->n,
		.on_message = rig_message,
		.user = rig,
	};

	expect_ok(emit_new(64 * 1024, &rig->emit));
	expect_ok(export_new(&config, &rig->pipeline));
	expect_ok(export_add(rig->pipeline, rig->emit, 7));
}

/* Without a thread, on the test's clock. */
static inline void rig_open(struct rig *rig) {
	const struct export_clock clock = {rig_now, rig_wait, rig};

	rig->now = NS_PER_SECOND;
	rig_make(rig);
	pipeline_set_clock(rig->pipeline, &clock);
	for (uint32_t i = 0; i < rig->n; i++)
		rig->fakes[i].clock = &rig->now;
}

static inline void rig_close(struct rig *rig) {
	rig->pipeline = export_free(rig->pipeline);
	rig->emit = emit_free(rig->emit);
}

/* Emits n spans of a node; their numbers, from 0 on, stand in their trace ids. */
static inline void rig_emit_of(struct rig *rig, uint32_t node, unsigned n) {
	while (n--) {
		uint64_t number = rig->emitted++;
		const struct emit_span span = {
			.trace_id = {{(uint8_t)number, (uint8_t)(number >> 8),
				      (uint8_t)(number >> 16), 1}},
			.start_ns = 1000,
			.end_ns = 2000,
			.node = node,
			.from_node = UINT32_MAX,
			.attempt = 1,
		};

		emit_span(rig->emit, &span, NULL);
	}
}

static inline void rig_emit(struct rig *rig, unsigned n) {
	rig_emit_of(rig, 1, n);
}

static inline void rig_turn(struct rig *rig) {
	expect_ok(export_turn(rig->pipeline, false));
}

static inline void rig_advance(struct rig *rig, uint64_t ms) {
	rig->now += ms * NS_PER_MS;
	rig_turn(rig);
}

static inline struct export_counters rig_counters(struct rig *rig, uint32_t i) {
	struct export_counters counters;

	export_counters_read(rig->pipeline, i, &counters);
	return counters;
}

/* started = exported + dropped + alive, whatever the numbers are; not for slices. */
static inline void rig_expect_balance(struct rig *rig, uint32_t i) {
	struct export_counters counters = rig_counters(rig, i);
	struct emit_counters emitted;
	uint64_t sum = counters.exported + counters.alive + counters.filtered;

	export_started(rig->pipeline, &emitted);
	for (int k = 0; k < LOSS_COUNT; k++)
		sum += counters.dropped[k];
	expect_int(sum, emitted.started);
}

/* Exported so many, lost so many and for that reason alone, nothing alive. */
static inline void rig_expect(struct rig *rig, uint32_t i, uint64_t exported,
			      enum export_loss reason, uint64_t lost) {
	struct export_counters counters = rig_counters(rig, i);

	expect_int(counters.exported, exported);
	for (int k = 0; k < LOSS_COUNT; k++)
		ck_assert_msg(counters.dropped[k] == ((int)reason == k ? lost : 0), "%s: %llu lost",
			      export_loss_names[k], (unsigned long long)counters.dropped[k]);
	expect_int(counters.alive, 0);
	rig_expect_balance(rig, i);
}

/* The fake took just the numbers from, from + 1, …, to - 1, in order. */
static inline void fake_expect_taken(const struct fake *fake, uint64_t from, uint64_t to) {
	expect_int(fake->n_taken, to - from);
	for (uint32_t i = 0; i < fake->n_taken; i++)
		expect_int(fake->taken[i], from + i);
}

#endif
