/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures what happens inside one process and prints one JSON object per line:
 *
 *	{"name":"hop_untraced","value":31.2,"unit":"ns","runs":[…]}
 *
 * Every figure is the median of `runs` interleaved rounds, each round measuring every line once,
 * floors beside what stands on them: on a shared machine only ratios within one run mean anything.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "base/clock.h"
#include "emit/emit.h"
#include "emit/reader.h"
#include "otlp.h"
#include "pipeline.h"

#define MAX_RUNS 101
#define NEAR	 1u
#define FAR	 9u

struct line {
	const char *name;
	const char *unit;
	double (*measure)(uint64_t n);
	double runs[MAX_RUNS];
};

static volatile uint64_t unseen; /* keeps the compiler from leaving work out */

static double cpu_seconds(void) {
	return (double)clock_ns(CLOCK_THREAD_CPUTIME_ID) / 1e9;
}

/* -- floors --------------------------------------------------------------------------------- */

#define RING 1024u

struct slot {
	void (*call)(uint64_t *sum, uint64_t value);
	uint64_t value;
};

static void add(uint64_t *sum, uint64_t value) {
	*sum += value;
}

static void (*volatile chosen)(uint64_t *, uint64_t) = add; /* so that the call stays indirect */

/* The least that a dispatch can cost: a ring in memory and a call through a pointer. */
static double dispatch(uint64_t n) {
	static struct slot ring[RING];
	uint64_t sum = 0;
	double start = cpu_seconds();

	for (uint64_t i = 0; i < n; i++) {
		struct slot *slot = &ring[i % RING];

		*(volatile uint64_t *)&slot->value = i;
		slot->call = chosen;
		slot->call(&sum, slot->value);
	}
	unseen = sum;
	return (cpu_seconds() - start) * 1e9 / (double)n;
}

static double copy_256(uint64_t n) {
	static unsigned char from[RING * 256], to[RING * 256];
	double start = cpu_seconds();

	for (uint64_t i = 0; i < n; i++) {
		memcpy(to + i % RING * 256, from + i % RING * 256, 256);
		__asm__ volatile("" ::: "memory");
	}
	unseen = to[0];
	return (cpu_seconds() - start) * 1e9 / (double)n;
}

struct active {
	struct event *event;
	uint64_t left;
};

static void on_active(evutil_socket_t fd, short what, void *arg) {
	struct active *active = arg;

	(void)fd;
	(void)what;
	if (--active->left)
		event_active(active->event, EV_READ, 0);
}

/* An event of libevent that is made active and run: what a message would cost as an event. */
static double event_cost(uint64_t n) {
	struct event_base *base = event_base_new();
	struct active active = {.left = n};
	double start;

	active.event = base ? event_new(base, -1, 0, on_active, &active) : NULL;
	if (!active.event) {
		fputs("bench: no event base\n", stderr);
		exit(70);
	}
	start = cpu_seconds();
	event_active(active.event, EV_READ, 0);
	event_base_dispatch(base);
	start = cpu_seconds() - start;
	event_free(active.event);
	event_base_free(base);
	return start * 1e9 / (double)n;
}

static double two_clocks(uint64_t n) {
	uint64_t sum = 0;
	double start = cpu_seconds();

	for (uint64_t i = 0; i < n; i++)
		sum += clock_monotonic_ns() + clock_monotonic_ns();
	unseen = sum;
	return (cpu_seconds() - start) * 1e9 / (double)n;
}

/* -- hops: a long chain less a short one ---------------------------------------------------- */

static double chain(enum bench_node node, bool traced, bool async, uint64_t n) {
	struct bench_pipeline shorter = {node, NEAR, n, traced, async};
	struct bench_pipeline longer = {node, FAR, n, traced, async};
	double a = bench_pipeline_run(&shorter).seconds, b = bench_pipeline_run(&longer).seconds;

	return (b - a) * 1e9 / (double)n / (FAR - NEAR);
}

static double hop_untraced(uint64_t n) {
	return chain(BENCH_FORWARD, false, false, n / 10);
}

static double hop_copy_untraced(uint64_t n) {
	return chain(BENCH_COPY, false, false, n / 10);
}

static double hop_traced(uint64_t n) {
	return chain(BENCH_FORWARD, true, false, n / 10);
}

static double hop_async_node(uint64_t n) {
	return chain(BENCH_ASYNC, false, true, n / 10);
}

static double hop_async_node_traced(uint64_t n) {
	return chain(BENCH_ASYNC, true, true, n / 10);
}

static double hop_async_runner(uint64_t n) {
	return chain(BENCH_FORWARD, false, true, n / 10);
}

static double allocations(uint64_t n) {
	struct bench_pipeline pipeline = {BENCH_COPY, FAR, n / 10, false, false};

	return (double)bench_pipeline_run(&pipeline).allocations;
}

/* -- emitting one span, the drain in the same thread left out ------------------------------- */

static double emit_cost(uint64_t n) {
	struct emit_span span = {.node = 1};
	struct emit_reader reader;
	struct emit *emit = NULL;
	const struct emit_span *read;
	const uint8_t *extras;
	double spent = 0;

	if (emit_new(1u << 20, &emit) < 0 || emit_reader_init(&reader, emit) < 0) {
		fputs("bench: no emit ring\n", stderr);
		exit(70);
	}
	for (uint64_t done = 0; done < n; done += 1000) {
		double start = cpu_seconds();

		for (int i = 0; i < 1000; i++) {
			span.source_seq = done + (uint64_t)i;
			emit_span(emit, &span, NULL);
		}
		spent += cpu_seconds() - start;
		while (emit_reader_next(&reader, &read, &extras) > 0)
			unseen = read->source_seq;
		emit_reader_release(&reader);
	}
	emit_free(emit);
	return spent * 1e9 / (double)n;
}

static struct line lines[] = {
	{"floor_dispatch", "ns", dispatch, {0}},
	{"floor_memcpy_256", "ns", copy_256, {0}},
	{"floor_two_clock_reads", "ns", two_clocks, {0}},
	{"floor_event_active", "ns", event_cost, {0}},
	{"hop_untraced", "ns", hop_untraced, {0}},
	{"hop_copy_untraced", "ns", hop_copy_untraced, {0}},
	{"hop_traced", "ns", hop_traced, {0}},
	{"hop_async_runner", "ns", hop_async_runner, {0}},
	{"hop_async_node", "ns", hop_async_node, {0}},
	{"hop_async_node_traced", "ns", hop_async_node_traced, {0}},
	{"emit_span", "ns", emit_cost, {0}},
	{"otlp_span_protobuf_c", "ns", bench_otlp_protobuf_c, {0}},
	{"otlp_span", "ns", bench_otlp_protobuf, {0}},
	{"otlp_span_unshared", "ns", bench_otlp_protobuf_unshared, {0}},
	{"otlp_span_json", "ns", bench_otlp_json, {0}},
	{"allocations_when_warm", "allocations", allocations, {0}},
};

#define N_LINES (sizeof(lines) / sizeof(lines[0]))

static int by_value(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print(struct line *line, int n_runs) {
	qsort(line->runs, (size_t)n_runs, sizeof(line->runs[0]), by_value);
	printf("{\"name\":\"%s\",\"value\":%.3f,\"min\":%.3f,\"max\":%.3f,\"unit\":\"%s\","
	       "\"runs\":%d}\n",
	       line->name, line->runs[n_runs / 2], line->runs[0], line->runs[n_runs - 1],
	       line->unit, n_runs);
}

int main(int argc, char **argv) {
	long n_runs = argc > 1 ? strtol(argv[1], NULL, 10) : 5;
	uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 2000000;

	const char *only = argc > 3 ? argv[3] : NULL; /* one line, to count its instructions */

	if (argc > 4 || n_runs < 1 || n_runs > MAX_RUNS || n < 1000) {
		fprintf(stderr, "usage: bench-core [RUNS (1..%d) [ITERATIONS (>= 1000) [LINE]]]\n",
			MAX_RUNS);
		return 64;
	}
	for (long run = 0; run < n_runs; run++)
		for (size_t i = 0; i < N_LINES; i++)
			if (!only || strcmp(only, lines[i].name) == 0)
				lines[i].runs[run] = lines[i].measure(n);
	for (size_t i = 0; i < N_LINES; i++)
		if (!only || strcmp(only, lines[i].name) == 0)
			print(&lines[i], (int)n_runs);
	return 0;
}
