/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The AsyncRunner under random life: graphs, delays, errors, cancels, time limits, retries, small
 * queues, bursts and stops are drawn from a seed. Whatever happens, every sum of the account comes
 * out and nothing is left alive; and where nothing random is asked for but time, the sinks get the
 * same bytes as with one message in flight.
 *
 * STRESS_SEED=n runs one seed, and shows the manifest; STRESS_SEEDS=n so many of each test, from
 * there on (tests/long/async_stress.sh). The same seed draws the same graph and the same delays; what
 * threads and the machine add to these differs.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/chaos.h"
#include "support/pipeline.h"
#include "support/test.h"

#define ORDER_SEEDS   50 /* each makes three runs */
#define ACCOUNT_SEEDS 200
#define NODES_MOST    8

static struct pipeline p;
static uint64_t current_seed;

/* -- which seed it was ---------------------------------------------------------------------- */

static void name_seed(int number) {
	char text[64];
	int length = snprintf(text, sizeof(text), "# seed %llu: signal %d\n",
			      (unsigned long long)current_seed, number);
	ssize_t n = write(STDOUT_FILENO, text, (size_t)length);

	(void)n;
	signal(number, SIG_DFL);
	raise(number);
}

static void at_exit(void) {
	if (current_seed)
		printf("# seed %llu failed\n", (unsigned long long)current_seed);
}

/* A run that takes this long hangs. */
#define RUN_SECONDS 20

static void each_seed(void (*run)(uint64_t seed), uint64_t seeds) {
	const char *one = getenv("STRESS_SEED"), *many = getenv("STRESS_SEEDS");
	uint64_t first = one ? strtoull(one, NULL, 10) : 1;
	uint64_t n = many ? strtoull(many, NULL, 10) : one ? 1 : seeds;

	atexit(at_exit);
	signal(SIGABRT, name_seed);
	signal(SIGALRM, name_seed);
	for (current_seed = first; current_seed < first + n; current_seed++) {
		alarm(RUN_SECONDS);
		run(current_seed);
	}
	alarm(0);
	current_seed = 0;
}

/* -- graphs --------------------------------------------------------------------------------- */

/* What is drawn, and what is not drawn in some tests. */
struct shape {
	uint64_t random;
	bool joins, holds, bursts;
	bool wild; /* everything that may end a message before its end, and unordered nodes */
	uint32_t flight_most; /* 1: one in flight everywhere */
	uint32_t n_sources, n_nodes;
	bool has_great;
	bool consumed[NODES_MOST + 2]; /* sources first */
};

static uint64_t below(struct shape *shape, uint64_t n) {
	return chaos_below(&shape->random, n);
}

static bool one_in(struct shape *shape, uint64_t n) {
	return below(shape, n) == 0;
}

static const char *upstream_name(const struct shape *shape, uint32_t i) {
	static char names[2][16];
	static int turn;
	char *name = names[turn = !turn];

	snprintf(name, sizeof(names[0]), i < shape->n_sources ? "s%u" : "n%u",
		 i < shape->n_sources ? i : i - shape->n_sources);
	return name;
}

static void add_inputs(struct shape *shape, struct strbuf *out, uint32_t node) {
	uint32_t n = shape->n_sources + node;
	/* Rather the latest ones, so that there are long ways. */
	uint32_t a = one_in(shape, 2) ? n - 1 : (uint32_t)below(shape, n);
	uint32_t b = (uint32_t)below(shape, n);
	bool two = shape->joins && a != b && one_in(shape, 3);

	strbuf_printf(out, "\"inputs\":[\"%s\"", upstream_name(shape, a));
	shape->consumed[a] = true;
	if (two) {
		strbuf_printf(out, ",\"%s\"", upstream_name(shape, b));
		shape->consumed[b] = true;
	}
	strbuf_add(out, "]");
}

static void add_on_error(struct shape *shape, struct strbuf *out) {
	static const char *const words[] = {"drop", "drop", "dead_letter", "fail"};
	const char *then = words[below(shape, 4)];

	if (!shape->wild)
		then = "drop";
	strbuf_printf(out, ",\"on_error\":{\"policy\":\"%s\"", one_in(shape, 2) ? "retry" : then);
	if (strstr(out->text + out->length - 8, "retry"))
		strbuf_printf(out, ",\"max_retries\":%u,\"backoff_ms\":%u,\"then\":\"%s\"",
			      (unsigned)below(shape, 3) + 1, (unsigned)one_in(shape, 5), then);
	if (strcmp(then, "dead_letter") == 0)
		strbuf_add(out, ",\"dead_letter\":\"letters\"");
	strbuf_add(out, "}");
}

static unsigned draw_outputs(struct shape *shape) {
	if (!shape->bursts || !one_in(shape, 4))
		return 1;
	if (!one_in(shape, 3) || shape->has_great)
		return (unsigned)below(shape, 3) + 2;
	shape->has_great = true; /* one is enough: they multiply */
	return (unsigned)below(shape, shape->wild ? 500 : 60) + 2;
}

static void add_chaos(struct shape *shape, struct strbuf *out) {
	/* Drawn in any case, so that the rest is the same whatever flight_most is. */
	uint64_t flight = one_in(shape, 4) ? 1 : below(shape, 15) + 2;
	bool ordered = !one_in(shape, 3), limited = one_in(shape, 2);
	uint64_t limit = below(shape, 5) + 1, obeys = below(shape, 3) * 50;
	unsigned kinds = (unsigned)below(shape, CHAOS_ALL) + 1;

	if (flight > shape->flight_most)
		flight = shape->flight_most;
	strbuf_printf(out, ",\"max_in_flight\":%u,\"ordered\":%s", (unsigned)flight,
		      shape->wild && !ordered ? "false" : "true");
	if (shape->wild && limited) {
		strbuf_printf(out, ",\"timeout_ms\":%u", (unsigned)limit);
		kinds |= one_in(shape, 2) ? CHAOS_STUCK : 0;
	}
	strbuf_printf(out,
		      ",\"config\":{\"kinds\":%u,\"obeys\":%u,\"errors\":%u,\"attempts\":%u,"
		      "\"outputs\":%u}",
		      kinds, (unsigned)obeys, (unsigned)below(shape, 3) * 8,
		      (unsigned)below(shape, 3) + 1, draw_outputs(shape));
	add_on_error(shape, out);
}

static void add_node(struct shape *shape, struct strbuf *out, uint32_t node) {
	bool holds = shape->holds && one_in(shape, 7), asynchronous = !one_in(shape, 3);

	strbuf_printf(out, "%s\"n%u\":{\"type\":\"t.%s\",", node ? "," : "", node,
		      holds	     ? "hold"
		      : asynchronous ? "chaos"
				     : "calm");
	add_inputs(shape, out, node);
	if (holds) {
		strbuf_printf(out, ",\"config\":{\"outputs\":%u}}", (unsigned)below(shape, 4) + 1);
		return;
	}
	if (asynchronous) {
		add_chaos(shape, out);
	} else {
		strbuf_printf(out, ",\"config\":{\"errors\":%u,\"attempts\":%u,\"outputs\":%u}",
			      (unsigned)below(shape, 3) * 8, (unsigned)below(shape, 3) + 1,
			      draw_outputs(shape));
		add_on_error(shape, out);
	}
	strbuf_add(out, "}");
}

/* What nobody takes goes to sinks: with joins to two of them, else each to its own. */
static void add_sinks(struct shape *shape, struct strbuf *out) {
	static const char *const types[] = {"t.sink", "t.late_sink"};
	struct strbuf inputs[CHAOS_SINKS] = {STRBUF_INIT};
	uint32_t n = 0;

	for (uint32_t i = 0; i < shape->n_sources + shape->n_nodes; i++) {
		struct strbuf *sink = &inputs[shape->joins ? below(shape, 2) : n];

		if (shape->consumed[i])
			continue;
		n++;
		strbuf_printf(sink, "%s\"%s\"", sink->length ? "," : "", upstream_name(shape, i));
	}
	for (uint32_t i = 0; i < CHAOS_SINKS; i++) {
		if (inputs[i].length)
			strbuf_printf(out, ",\"k%u\":{\"type\":\"%s\",\"inputs\":[%s]}", i,
				      types[below(shape, 2)], inputs[i].text);
		strbuf_fini(&inputs[i]);
	}
}

/* random: the same gives the same graph, whatever flight_most is. */
static void draw_manifest(struct shape *shape, struct strbuf *out) {
	unsigned queue = 2u << below(shape, 3);
	bool letters;

	shape->n_sources = 1 + one_in(shape, 3);
	shape->n_nodes = (uint32_t)below(shape, NODES_MOST) + 1;
	strbuf_printf(
		out,
		"{\"version\":1,\"runtime\":{\"queues\":{\"max_items\":%u},\"ordering\":{"
		"\"sink_mode\":\"%s\"},\"platform\":{\"lifecycle\":{\"term_timeout_ms\":%u}}},"
		"\"nodes\":{",
		queue, shape->wild && one_in(shape, 2) ? "completion" : "source_seq",
		(unsigned)below(shape, 5) + 1);
	for (uint32_t i = 0; i < shape->n_nodes; i++)
		add_node(shape, out, i);
	letters = strstr(out->text, "\"letters\"") != NULL;
	strbuf_add(out, "},\"adapters\":{");
	for (uint32_t i = 0; i < shape->n_sources; i++)
		strbuf_printf(out, "%s\"s%u\":{\"type\":\"t.%s\",\"settings\":{\"count\":%u}}",
			      i ? "," : "", i, one_in(shape, 2) && !i ? "live" : "source",
			      (unsigned)below(shape, shape->bursts ? 60 : 120));
	if (letters)
		strbuf_add(out, ",\"letters\":{\"type\":\"t.letters\"}");
	add_sinks(shape, out);
	strbuf_add(out, "}}");
}

/* -- running -------------------------------------------------------------------------------- */

static void run_drawn(const struct strbuf *manifest, bool traced) {
	if (getenv("STRESS_SEED") && !getenv("STRESS_SEEDS"))
		fprintf(stderr, "%s\n", manifest->text);
	pipeline_build(&p, manifest->text, traced);
	pipeline_run(&p);
	pipeline_expect_account(&p);
	expect_int(p.unit->pool.live, 0); /* what was given up has been given back: see chaos.c */
	ck_assert_ptr_null(p.unit->abandoned_tasks);
	for (uint32_t i = 0; i < p.unit->n_nodes; i++)
		expect_int(p.unit->nodes[i].counters.pending, 0);
}

/* The lines of one source: between sources order is that of arrival. */
static char *lines_of(const struct strbuf *lines, const char *source) {
	struct strbuf own = STRBUF_INIT;
	const char *line = strbuf_text(lines), *end;

	for (; *line; line = end + 1) {
		end = strchr(line, '\n');
		if (strncmp(line, source, strlen(source)) == 0)
			strbuf_add_bytes(&own, line, (size_t)(end + 1 - line));
	}
	end = strdup(strbuf_text(&own));
	strbuf_fini(&own);
	return (char *)end;
}

/* Per sink, in the order in which they started, and per source. */
struct seen {
	char *lines[CHAOS_SINKS][2];
};

static uint64_t sequence_of(const char *line) {
	return strtoull(line + strlen("s0:"), NULL, 10);
}

static int by_text(const void *a, const void *b) {
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts the lines of one message of the source: how these follow one another is not compared. */
static void sort_equals(char *lines) {
	size_t n = 0, length = strlen(lines);
	char *copy = strdup(lines), *at = lines, *line, *rest = copy;
	char **all = calloc(length + 1, sizeof(*all));

	while ((line = strsep(&rest, "\n")) && *line)
		all[n++] = line;
	for (size_t from = 0, to = 0; from < n; from = to) {
		while (to < n && sequence_of(all[to]) == sequence_of(all[from]))
			to++;
		qsort(&all[from], to - from, sizeof(*all), by_text);
		for (size_t i = from; i < to; i++)
			at += sprintf(at, "%s\n", all[i]);
	}
	free(all);
	free(copy);
}

static struct seen seen_now(void) {
	struct seen seen;

	for (uint32_t k = 0; k < CHAOS_SINKS; k++)
		for (uint32_t s = 0; s < 2; s++)
			seen.lines[k][s] = lines_of(&chaos.sinks[k].lines, s ? "s1" : "s0");
	return seen;
}

static void expect_lines(const char *a, const char *b, uint32_t sink) {
	size_t at = 0, line = 0;

	for (; a[at] && a[at] == b[at]; at++)
		if (a[at] == '\n')
			line = at + 1;
	ck_assert_msg(a[at] == b[at], "sink %u, byte %zu: %.150s, and with more in flight: %.150s",
		      sink, at, a + line, b + line);
}

static void expect_seen(const struct seen *a, const struct seen *b) {
	for (uint32_t k = 0; k < CHAOS_SINKS; k++)
		for (uint32_t s = 0; s < 2; s++)
			expect_lines(a->lines[k][s], b->lines[k][s], k);
}

static void seen_sort(struct seen *seen) {
	for (uint32_t k = 0; k < CHAOS_SINKS; k++)
		for (uint32_t s = 0; s < 2; s++)
			sort_equals(seen->lines[k][s]);
}

static void seen_fini(struct seen *seen) {
	for (uint32_t k = 0; k < CHAOS_SINKS; k++)
		for (uint32_t s = 0; s < 2; s++)
			free(seen->lines[k][s]);
}

/* -- order ---------------------------------------------------------------------------------- */

static struct seen run_shape(struct shape shape, uint64_t seed, uint64_t timing) {
	struct strbuf manifest = STRBUF_INIT;
	struct seen seen;

	chaos.content = seed;
	chaos.timing = timing;
	chaos.max_delay_us = shape.flight_most <= 2 ? 0 : shape.bursts ? 500 : 2000;
	draw_manifest(&shape, &manifest);
	run_drawn(&manifest, seed % 4 == 0);
	expect_int(p.result.state, RUNNER_STOPPED);
	expect_int(p.result.abandoned, 0);
	seen = seen_now();
	pipeline_fini(&p);
	chaos_fini();
	strbuf_fini(&manifest);
	return seen;
}

/* any_order: of what derives from one message. */
static void expect_same(const struct shape *shape, uint64_t seed, uint32_t base, bool any_order) {
	struct shape one = *shape, many = *shape;
	struct seen a, b;

	one.flight_most = base;
	many.flight_most = 64;
	a = run_shape(one, seed, seed);
	if (any_order)
		seen_sort(&a);
	for (uint32_t i = 0; i < 2; i++) {
		b = run_shape(many, seed, seed + 1000 + i);
		if (any_order)
			seen_sort(&b);
		expect_seen(&a, &b);
		seen_fini(&b);
	}
	seen_fini(&a);
}

static void same_chain(uint64_t seed) {
	expect_same(&(struct shape){.random = seed, .holds = true, .bursts = true}, seed, 1, false);
}

START_TEST(without_joins_timing_and_max_in_flight_do_not_show)
{ each_seed(same_chain, ORDER_SEEDS); }
END_TEST

static void same_joins(uint64_t seed) {
	expect_same(&(struct shape){.random = seed, .joins = true}, seed, 1, true);
}

/* Only which of several ways of one message is faster may depend on max_in_flight being 1. */
START_TEST(with_joins_timing_and_max_in_flight_do_not_show)
{ each_seed(same_joins, ORDER_SEEDS); }
END_TEST

static void same_bursts(uint64_t seed) {
	expect_same(&(struct shape){.random = seed, .joins = true, .bursts = true}, seed, 2, false);
}

START_TEST(with_joins_and_bursts_timing_does_not_show)
{ each_seed(same_bursts, ORDER_SEEDS); }
END_TEST

/* -- the account ---------------------------------------------------------------------------- */

static void wild(uint64_t seed) {
	struct shape shape = {.random = seed,
			      .joins = true,
			      .holds = true,
			      .bursts = true,
			      .wild = true,
			      .flight_most = seed % 5 ? 64 : 1};
	struct strbuf manifest = STRBUF_INIT;
	uint64_t random = seed;

	chaos.content = chaos.timing = seed;
	chaos.max_delay_us = 2000;
	if (seed % 2) {
		chaos.stop = chaos_below(&random, 3) ? STOP_DRAIN : STOP_NOW;
		chaos.stop_at = chaos_below(&random, chaos_below(&random, 1000) + 1);
		p.drain_timeout_ns = (chaos_below(&random, 20) + 1) * NS_PER_MS;
	}
	draw_manifest(&shape, &manifest);
	run_drawn(&manifest, seed % 3 == 0);
	pipeline_fini(&p);
	chaos_fini();
	strbuf_fini(&manifest);
}

START_TEST(whatever_happens_the_account_comes_out)
{ each_seed(wild, ACCOUNT_SEEDS); }
END_TEST

/* Eight fail in one turn: the first fails the run, the others have come after it. */
START_TEST(what_fails_behind_the_first_is_abandoned)
{
	static const char manifest[] =
		"{\"version\":1,\"nodes\":{\"n\":{\"type\":\"t.chaos\",\"max_in_flight\":8,"
		"\"config\":{"
		"\"kinds\":4,\"errors\":100},\"inputs\":[\"s\"]}},\"adapters\":{\"s\":{\"type\":"
		"\"t.source\",\"settings\":{\"count\":20}},\"k\":{\"type\":\"t.sink\",\"inputs\":"
		"[\"n\"]}}}";
	const struct source_counters *counters;

	pipeline_build(&p, manifest, true);
	pipeline_run(&p);
	pipeline_expect_account(&p);
	counters = &pipeline_node(&p, "s")->source->counters;
	expect_int(p.result.state, RUNNER_FAILED);
	expect_int(p.result.source_seq, 1);
	expect_int(counters->failed, 1);
	expect_int(counters->completed, 0);
	expect_int(counters->abandoned, counters->accepted - 1);
	expect_int(pipeline_node(&p, "n")->counters.failed, 1);
	pipeline_fini(&p);
	chaos_fini();
}
END_TEST

TEST_MAIN("runners/async_stress", what_fails_behind_the_first_is_abandoned,
	  without_joins_timing_and_max_in_flight_do_not_show,
	  with_joins_timing_and_max_in_flight_do_not_show,
	  with_joins_and_bursts_timing_does_not_show, whatever_happens_the_account_comes_out)
