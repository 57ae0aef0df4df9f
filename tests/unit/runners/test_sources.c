/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources that live on the loop: pause and resume, what is accepted, the end, turns between
 * several; and sources that are pulled there. `t.tap` emits what the test tells it to.
 */
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <railyard/plugin.h>

#include "base/clock.h"
#include "core.h"
#include "loop/loop.h"
#include "support/pipeline.h"
#include "support/test.h"

static struct pipeline p;

/* -- components ----------------------------------------------------------------------------- */

struct settings {
	int64_t count, batch;
	uint8_t in_resume, ends;
};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct settings, count, RY_CONFIG_INT, "messages; -1: no end", .fallback = "0"),
	RY_KEY(struct settings, batch, RY_CONFIG_INT, "at once", .fallback = "1000000"),
	RY_KEY(struct settings, in_resume, RY_CONFIG_BOOL, "or in the next turn",
	       .fallback = "false"),
	RY_KEY(struct settings, ends, RY_CONFIG_BOOL, "or is silent", .fallback = "true"),
	NULL,
};

enum { TAPS = 2 };

struct tap {
	struct settings settings;
	const struct ry_host *host;
	const struct ry_loop_service *loop;
	struct ry_emitter *emitter;
	uint64_t emitted, refused, resumed, paused, accepted;
	uint64_t most_ahead; /* emitted beyond what is accepted */
	bool full, posted;
};

/* Each source by the last letter of its name, a or b; kept beyond the run. */
static struct tap taps[TAPS];
static uint64_t written[TAPS];
static uint64_t longest_run; /* of lines of one source in a row, while both had some */

static int create(const struct ry_create *with, void **ret) {
	const char *name = with->host->component;
	struct tap *tap;

	*ret = NULL;
	if (name[0] != 's' || strlen(name) != 2)
		return 0; /* not a source */
	tap = &taps[name[1] - 'a'];
	*tap = (struct tap){.settings = *(const struct settings *)with->config,
			    .host = with->host,
			    .loop = with->host->get(with->host, RY_LOOP, 1)};
	*ret = tap;
	return 0;
}

static void destroy(void *self) {
	(void)self;
}

static int emit_line(struct tap *tap, struct ry_emitter *emitter) {
	char text[32];
	int error = 0, length = snprintf(text, sizeof(text), "%s:%llu", tap->host->component,
					 (unsigned long long)tap->emitted + 1);
	void *to = ry_source_stage(emitter, 0, (uint64_t)length, NULL, &error);

	if (!to)
		return error;
	memcpy(to, text, (size_t)length);
	tap->emitted++;
	return 0;
}

static bool is_done(const struct tap *tap) {
	return tap->emitted == (uint64_t)tap->settings.count;
}

static void on_posted(void *user);

static void emit_batch(struct tap *tap) {
	for (int64_t i = 0; i < tap->settings.batch && !tap->full && !is_done(tap); i++) {
		int r = emit_line(tap, tap->emitter);

		tap->full = r == -ENOBUFS;
		tap->refused += tap->full;
		if (!tap->full)
			expect_ok(r);
	}
	if (tap->emitted - tap->accepted > tap->most_ahead)
		tap->most_ahead = tap->emitted - tap->accepted;
	if (is_done(tap) && tap->settings.ends) {
		expect_ok(ry_source_end(tap->emitter));
	} else if (!tap->full && !is_done(tap) && !tap->posted) {
		tap->posted = true;
		expect_ok(tap->loop->post(tap->host, on_posted, tap));
	}
}

static void on_posted(void *user) {
	struct tap *tap = user;

	tap->posted = false;
	if (!tap->paused)
		emit_batch(tap);
}

static int resume(void *self, struct ry_emitter *emitter) {
	struct tap *tap = self;

	ck_assert_int_eq(tap->paused, 0);
	ck_assert(tap->resumed == 0 || tap->full);
	tap->resumed++;
	tap->emitter = emitter;
	tap->full = false;
	if (tap->settings.in_resume) {
		emit_batch(tap);
	} else {
		tap->posted = true;
		expect_ok(tap->loop->post(tap->host, on_posted, tap));
	}
	return 0;
}

static int pause_tap(void *self) {
	struct tap *tap = self;

	tap->paused++;
	if (tap->settings.ends && is_done(tap))
		return 0;
	expect_errno(emit_line(tap, tap->emitter), ESHUTDOWN);
	return 0;
}

static void accepted(void *self, uint64_t total) {
	struct tap *tap = self;

	ck_assert_uint_gt(total, tap->accepted);
	ck_assert_uint_le(total, tap->emitted);
	tap->accepted = total;
}

static int pull_lines(void *self, struct ry_emitter *emitter, uint32_t max) {
	struct tap *tap = self;
	uint32_t n = 0;

	while (n < max && n < (uint64_t)tap->settings.batch && !is_done(tap)) {
		expect_ok(emit_line(tap, emitter));
		n++;
	}
	return n ? (int)n : RY_EOS;
}

/* Waits before each line for a descriptor that is readable. */
static int ready_fd = -1;
static bool has_waited;

static int pull_waiting(void *self, struct ry_emitter *emitter, uint32_t max) {
	struct tap *tap = self;

	(void)max;
	if (is_done(tap))
		return RY_EOS;
	has_waited = !has_waited;
	if (has_waited)
		return RY_WAIT;
	expect_ok(emit_line(tap, emitter));
	return 1;
}

static int wait_fd(void *self, uint32_t *ret_wait_ms) {
	(void)self;
	(void)ret_wait_ms;
	return ready_fd;
}

static uint64_t stop_after; /* lines of all; 0: never */
static int stop_how;

static void stop(int how) {
	const uint64_t one = 1;

	atomic_store(&p.control.stop, how);
	ck_assert_int_eq(write(p.control.wake_fd, &one, sizeof(one)), sizeof(one));
}

static int write_line(void *self, const struct ry_message *message, uint32_t input) {
	static uint32_t last;
	static uint64_t run;
	uint32_t which = (uint32_t)(((const char *)message->data)[1] - 'a');

	(void)self;
	(void)input;
	written[which]++;
	run = which == last ? run + 1 : 1;
	last = which;
	if (!is_done(&taps[!which]) && taps[!which].emitted && run > longest_run)
		longest_run = run;
	if (written[0] + written[1] == stop_after)
		stop(stop_how);
	return 0;
}

static int pass(void *self, struct ry_task *task, const struct ry_message *message) {
	(void)self;
	return ry_forward(task, 0, message);
}

static const char *const lines[] = {"railyard.line", NULL};
static const char *const no_names[] = {NULL};
static const struct ry_port out = {RY_SIZE(ry_port), .name = "out", .type = "railyard.line"};
static const struct ry_port *const ports[] = {&out, NULL};
static const struct ry_port *const no_ports[] = {NULL};
static const struct ry_slot *const no_slots[] = {NULL};
static const struct ry_provides *const no_provides[] = {NULL};
static const struct ry_adapter_ops ops = {RY_SIZE(ry_adapter_ops), .create = create,
					  .destroy = destroy};
static const struct ry_node_ops pass_ops = {RY_SIZE(ry_node_ops), .create = create, .process = pass,
					    .destroy = destroy};
static const struct ry_source_ops tap_ops = {RY_SIZE(ry_source_ops), .pause = pause_tap,
					     .resume = resume, .accepted = accepted};
static const struct ry_source_ops pulled_ops = {RY_SIZE(ry_source_ops), .pull = pull_lines,
						.accepted = accepted};
static const struct ry_source_ops waiting_ops = {RY_SIZE(ry_source_ops), .pull = pull_waiting,
						 .wait_fd = wait_fd};
static const struct ry_sink_ops sink_ops = {RY_SIZE(ry_sink_ops), .write = write_line};

#define ADAPTER(id, ...)                                                                         \
	static const struct ry_adapter_type id##_type = {RY_SIZE(ry_adapter_type),               \
							 .config_size = sizeof(struct settings), \
							 .name = "t." #id,                       \
							 .summary = "a test's adapter",          \
							 .ops = &ops,                            \
							 .provides = no_provides,                \
							 .slots = no_slots,                      \
							 .keys = keys,                           \
							 .writes = no_names,                     \
							 .reads = no_names,                      \
							 __VA_ARGS__}

ADAPTER(tap, .flags = RY_ADAPTER_NEEDS_LOOP, .ports = ports, .source = &tap_ops,
	.accepts = no_names);
ADAPTER(pulled, .ports = ports, .source = &pulled_ops, .accepts = no_names);
ADAPTER(waiting, .ports = ports, .source = &waiting_ops, .accepts = no_names);
ADAPTER(sink, .ports = no_ports, .accepts = lines, .sink = &sink_ops);

static const struct ry_node_type pass_type = {
	RY_SIZE(ry_node_type), .config_size = sizeof(struct settings),
	.name = "t.pass",      .summary = "a test's node",
	.accepts = lines,      .ports = ports,
	.slots = no_slots,     .keys = keys,
	.ops = &pass_ops,
};
static const struct ry_node_type *const nodes[] = {&pass_type, NULL};
static const struct ry_adapter_type *const adapters[] = {&tap_type, &pulled_type, &waiting_type,
							 &sink_type, NULL};
static const struct ry_message_type *const messages[] = {NULL};

const struct ry_plugin components_plugin = {
	RY_PLUGIN_HEADER, .name = "t",		.version = "1",
	.nodes = nodes,	  .adapters = adapters, .messages = messages,
};

/* -- one source ----------------------------------------------------------------------------- */

#define ONE(type, settings)                                                                   \
	"{\"version\":1,\"nodes\":{\"pass\":{\"type\":\"t.pass\",\"inputs\":[\"sa\"]}},"      \
	"\"adapters\":{\"sa\":{\"type\":\"" type "\",\"settings\":{" settings "}},\"sink\":{" \
	"\"type\":\"t.sink\",\"inputs\":[\"pass\"]}}}"

#define TWO(type_a, settings_a, type_b, settings_b)                                             \
	"{\"version\":1,\"nodes\":{\"pass\":{\"type\":\"t.pass\",\"inputs\":[\"sa\",\"sb\"]}}," \
	"\"runtime\":{\"platform\":{\"process_groups\":[{\"name\":\"g\",\"runner_profile\":"    \
	"\"async\",\"nodes\":[\"sa\",\"sb\",\"pass\",\"sink\"]}]}},"                            \
	"\"adapters\":{\"sa\":{\"type\":\"" type_a "\",\"settings\":{" settings_a "}},\"sb\":{" \
	"\"type\":\"" type_b "\",\"settings\":{" settings_b "}},\"sink\":{\"type\":\"t.sink\"," \
	"\"inputs\":[\"pass\"]}}}"

static void run(const char *manifest) {
	pipeline_build(&p, manifest, false);
	pipeline_run(&p);
	expect_int(p.result.state, RUNNER_STOPPED);
	pipeline_expect_account(&p);
}

/* All were emitted, accepted and written, with at most 64 not yet taken at a time. */
static void expect_whole(const struct tap *tap, uint64_t lines_written) {
	expect_int(tap->emitted, tap->settings.count);
	expect_int(lines_written, tap->settings.count);
	expect_int(tap->accepted, tap->settings.count);
	expect_int(tap->paused, 1);
	expect_int(tap->resumed, tap->refused + 1);
	ck_assert_uint_le(tap->most_ahead, PULL_MAX);
}

START_TEST(a_source_that_is_refused_is_resumed)
{
	run(ONE("t.tap", "\"count\":10000"));
	expect_whole(&taps[0], written[0]);
	ck_assert_uint_gt(taps[0].refused, 10);
	pipeline_fini(&p);
}
END_TEST

/* In resume itself: nothing else wakes the loop then. */
START_TEST(a_source_may_emit_in_resume)
{
	run(ONE("t.tap", "\"count\":10000,\"in_resume\":true"));
	expect_whole(&taps[0], written[0]);
	ck_assert_uint_gt(taps[0].refused, 10);
	pipeline_fini(&p);
}
END_TEST

START_TEST(a_source_with_room_is_resumed_once)
{
	run(ONE("t.tap", "\"count\":1000,\"batch\":7"));
	expect_whole(&taps[0], written[0]);
	expect_int(taps[0].resumed, 1);
	pipeline_fini(&p);
}
END_TEST

START_TEST(a_source_may_end_before_it_has_emitted)
{
	run(ONE("t.tap", "\"count\":0"));
	expect_int(taps[0].emitted + taps[0].accepted, 0);
	pipeline_fini(&p);
}
END_TEST

/* -- stopping ------------------------------------------------------------------------------- */

START_TEST(a_drain_takes_what_was_emitted)
{
	stop_after = 100;
	stop_how = STOP_DRAIN;
	run(ONE("t.tap", "\"count\":-1"));
	expect_int(taps[0].paused, 1);
	expect_int(written[0], taps[0].emitted);
	expect_int(taps[0].accepted, taps[0].emitted);
	expect_int(pipeline_node(&p, "sa")->source->counters.completed, taps[0].emitted);
	pipeline_fini(&p);
}
END_TEST

/* What was accepted is known to both, and the rest is the source's. */
START_TEST(a_stop_at_once_accepts_no_more)
{
	const struct source_counters *counters;

	stop_after = 100;
	stop_how = STOP_NOW;
	run(ONE("t.tap", "\"count\":-1"));
	counters = &pipeline_node(&p, "sa")->source->counters;
	ck_assert(p.result.stopped_now);
	expect_int(taps[0].paused, 1);
	expect_int(counters->accepted, taps[0].emitted);
	expect_int(counters->completed, written[0]);
	ck_assert_uint_le(counters->completed, taps[0].accepted);
	ck_assert_uint_lt(taps[0].accepted, taps[0].emitted);
	expect_int(counters->abandoned, taps[0].emitted - written[0]);
	pipeline_fini(&p);
}
END_TEST

/* -- several sources ------------------------------------------------------------------------ */

/* While both have lines, neither gets more than a few rounds in a row. */
static void expect_fair(void) {
	expect_int(written[0], taps[0].settings.count);
	expect_int(written[1], taps[1].settings.count);
	ck_assert_msg(longest_run <= 4 * PULL_MAX, "%llu lines of one source in a row",
		      (unsigned long long)longest_run);
}

START_TEST(two_sources_on_the_loop_take_turns)
{
	run(TWO("t.tap", "\"count\":5000", "t.tap", "\"count\":5000"));
	expect_fair();
	pipeline_fini(&p);
}
END_TEST

START_TEST(a_pulled_source_and_one_on_the_loop_take_turns)
{
	run(TWO("t.pulled", "\"count\":5000", "t.tap", "\"count\":5000,\"in_resume\":true"));
	expect_fair();
	pipeline_fini(&p);
}
END_TEST

/* The one that is ready is looked at, though the other one always has more. */
START_TEST(a_source_that_waits_is_not_starved)
{
	ready_fd = eventfd(1, EFD_CLOEXEC);
	stop_after = 1000000;
	stop_how = STOP_DRAIN;
	run(TWO("t.pulled", "\"count\":-1", "t.waiting", "\"count\":20"));
	expect_int(written[1], 20);
	ck_assert_uint_gt(written[0], 20);
	pipeline_fini(&p);
	close(ready_fd);
}
END_TEST

/* -- time under load ------------------------------------------------------------------------ */

enum { LOOKS = 101 };

struct clockwork {
	struct loop_timer *timer;
	struct loop_io *io;
	int fd; /* made readable by the timer, which is when its time begins */
	uint64_t set_ns, began_ns;
	uint64_t timer_ns[LOOKS], fd_ns[LOOKS];
	uint32_t n_timer, n_fd;
	struct loop *loop;
	bool ends; /* the run, with the last look */
};

static struct clockwork work;

/* What this thread has had of a processor: other programs on the machine do not count. */
static uint64_t own_ns(void) {
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static void on_ready(void *user, uint32_t events) {
	uint64_t count;

	(void)user;
	(void)events;
	work.fd_ns[work.n_fd++] = own_ns() - work.began_ns;
	ck_assert_int_eq(read(work.fd, &count, sizeof(count)), sizeof(count));
	if (work.n_fd < LOOKS) {
		work.set_ns = clock_monotonic_ns();
		expect_ok(loop_timer_set(work.timer, NS_PER_MS, false));
	} else if (work.ends) {
		stop(STOP_DRAIN);
	}
}

static void on_time(void *user) {
	const uint64_t one = 1;

	(void)user;
	work.timer_ns[work.n_timer++] = clock_monotonic_ns() - work.set_ns;
	work.began_ns = own_ns();
	ck_assert_int_eq(write(work.fd, &one, sizeof(one)), sizeof(one));
}

static void begin_work(struct loop *loop, bool ends) {
	work = (struct clockwork){.fd = eventfd(0, EFD_CLOEXEC), .loop = loop, .ends = ends};
	expect_ok(loop_timer_new(loop, on_time, NULL, &work.timer));
	expect_ok(loop_io_start(loop, work.fd, RY_IO_READ, on_ready, NULL, &work.io));
	work.set_ns = clock_monotonic_ns();
	expect_ok(loop_timer_set(work.timer, NS_PER_MS, false));
}

static void end_work(void) {
	work.timer = loop_timer_free(work.timer);
	work.io = loop_io_stop(work.io);
	close(work.fd);
}

static int by_size(const void *a, const void *b) {
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static uint64_t median(uint64_t *values) {
	qsort(values, LOOKS, sizeof(*values), by_size);
	return values[LOOKS / 2];
}

/*
 * A timer of a millisecond and a descriptor are served within a millisecond of what an idle loop on
 * this machine needs for them, while messages never end.
 */
START_TEST(timers_and_descriptors_are_served_under_load)
{
	uint64_t idle_timer, idle_fd, timer, fd;

	pipeline_build(&p,
		       TWO("t.pulled", "\"count\":-1", "t.tap", "\"count\":-1,\"in_resume\":true"),
		       false);
	begin_work(p.loop, false);
	while (work.n_fd < LOOKS)
		expect_ok(loop_run_once(p.loop));
	idle_timer = median(work.timer_ns);
	idle_fd = median(work.fd_ns);
	end_work();

	begin_work(p.loop, true);
	pipeline_run(&p);
	timer = median(work.timer_ns);
	fd = median(work.fd_ns);
	end_work();
	pipeline_expect_account(&p);
	printf("# timer of 1 ms: %llu us idle, %llu us under load; descriptor: %llu us, %llu us; "
	       "%llu messages meanwhile\n",
	       (unsigned long long)idle_timer / 1000, (unsigned long long)timer / 1000,
	       (unsigned long long)idle_fd / 1000, (unsigned long long)fd / 1000,
	       (unsigned long long)written[0] + written[1]);

	ck_assert_uint_lt(timer, idle_timer + NS_PER_MS);
	ck_assert_uint_lt(fd, idle_fd + NS_PER_MS);
	pipeline_fini(&p);
}
END_TEST

/* -- idleness ------------------------------------------------------------------------------- */

#define IDLE_MS 2000

static void on_end(void *user) {
	(void)user;
	stop(STOP_DRAIN);
}

static uint64_t processor_ns(void) {
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS_PER_SECOND +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

/* The goal is 0.1 %; the bound leaves room for sanitizers. */
START_TEST(a_run_that_waits_takes_no_processor_time)
{
	struct loop_timer *end = NULL;
	uint64_t used;

	pipeline_build(&p, ONE("t.tap", "\"count\":3,\"ends\":false"), false);
	expect_ok(loop_timer_new(p.loop, on_end, NULL, &end));
	expect_ok(loop_timer_set(end, IDLE_MS * NS_PER_MS, false));
	used = processor_ns();
	pipeline_run(&p);
	used = processor_ns() - used;
	loop_timer_free(end);
	expect_int(written[0], 3);
	printf("# %.3f %% of a processor in %d ms\n",
	       (double)used * 100 / (IDLE_MS * (double)NS_PER_MS), IDLE_MS);
	ck_assert_uint_lt(used, IDLE_MS * NS_PER_MS / 200);
	pipeline_fini(&p);
}
END_TEST

TEST_MAIN("runners/sources", a_source_that_is_refused_is_resumed, a_source_may_emit_in_resume,
	  a_source_with_room_is_resumed_once, a_source_may_end_before_it_has_emitted,
	  a_drain_takes_what_was_emitted, a_stop_at_once_accepts_no_more,
	  two_sources_on_the_loop_take_turns, a_pulled_source_and_one_on_the_loop_take_turns,
	  a_source_that_waits_is_not_starved, timers_and_descriptors_are_served_under_load,
	  a_run_that_waits_takes_no_processor_time)
