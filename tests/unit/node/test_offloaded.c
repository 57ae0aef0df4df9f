/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offloaded nodes in a pipeline. The node "o.work" does on a thread of the pool everything that a
 * node may do in `process`; the others stand beside it on the loop, so that ThreadSanitizer sees
 * what is shared.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <railyard/plugin.h>

#include "base/clock.h"
#include "emit/reader.h"
#include "loop/loop.h"
#include "node/bridge.h"
#include "node/host.h"
#include "support/pipeline.h"
#include "support/test.h"

static struct pipeline p;
static pthread_t loop_thread;

/* -- a gate that the test opens ------------------------------------------------------------- */

static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_changed = PTHREAD_COND_INITIALIZER;
static bool gate_open;
static unsigned gate_inside;

static void gate_pass(void) {
	pthread_mutex_lock(&gate_lock);
	gate_inside++;
	pthread_cond_broadcast(&gate_changed);
	while (!gate_open)
		pthread_cond_wait(&gate_changed, &gate_lock);
	gate_inside--;
	pthread_cond_broadcast(&gate_changed);
	pthread_mutex_unlock(&gate_lock);
}

static void gate_set(bool open) {
	pthread_mutex_lock(&gate_lock);
	gate_open = open;
	pthread_cond_broadcast(&gate_changed);
	pthread_mutex_unlock(&gate_lock);
}

/* -- the node ------------------------------------------------------------------------------- */

enum { DO_WORK, DO_FAIL, DO_GATE, DO_RUDE, DO_COMPLETE };

static const char *const do_words[] = {"work", "fail", "gate", "rude", "complete", NULL};

struct settings {
	int32_t what;
	int64_t at; /* for the at-th call; 0: each */
};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct settings, what, RY_CONFIG_ENUM, "what it does", .fallback = "work",
	       .choices = do_words),
	RY_KEY(struct settings, at, RY_CONFIG_INT, "in which call; 0: in each", .fallback = "0"),
	NULL,
};

struct work {
	struct settings settings;
	const struct ry_host *host;
	const struct ry_log_service *log;
	const struct ry_metrics_service *metrics;
	const struct ry_trace_service *trace;
	struct ry_metric *metric;
	int64_t n;
	atomic_int inside;
	struct ry_message *kept; /* the message before */
	struct ry_span_handle *open;
	const struct ry_binding *other; /* o.caller */
};

static int create(const struct ry_create *with, void **ret) {
	struct work *work = calloc(1, sizeof(*work));

	expect(work != NULL);
	if (with->config)
		work->settings = *(const struct settings *)with->config;
	work->host = with->host;
	work->log = work->host->get(work->host, RY_LOG, 1);
	work->metrics = work->host->get(work->host, RY_METRICS, 1);
	work->trace = work->host->get(work->host, RY_TRACE, 1);
	expect_ok(work->metrics->define(work->host, "calls", RY_METRIC_COUNTER, "", "",
					&work->metric));
	*ret = work;
	return 0;
}

#define LAST 4 /* message of which no reference is kept */

/* Everything that touches what belongs to the loop's thread, if it is done wrongly. */
static int work_hard(struct work *work, struct ry_task *task, const struct ry_message *message) {
	struct ry_field field = {RY_SIZE(ry_field), RY_VALUE_INT, "n", {.integer = work->n}};
	const struct ry_field *const fields[] = {&field};
	struct ry_span_handle *child = work->trace->start_child(task, "ended");
	char text[64], parent[64];
	int r;

	snprintf(text, sizeof(text), "%.*s!", (int)message->length, (const char *)message->data);
	work->log->write(work->host, RY_LOG_INFO, "working", fields, 1);
	work->metrics->add(work->metric, 1);
	work->trace->set_attribute(task, &field);
	work->trace->add_event(task, "working", fields, 1);
	expect_int(work->trace->inject(task, parent, sizeof(parent)), 55);
	work->trace->end_child(child);
	(void)work->trace->start_child(task, "left open");
	r = ry_forward(task, 0, message);
	if (r == 0)
		r = ry_emit(task, 0, text, strlen(text));
	if (work->kept) {
		r = r ? r : ry_forward(task, 0, work->kept);
		task->ops->message_unref(task, work->kept);
	}
	work->kept = NULL;
	if (work->n == LAST)
		return r;
	task->ops->message_ref(task, message);
	work->kept = (struct ry_message *)(uintptr_t)message;
	return r;
}

static int be_rude(struct ry_task *task, const struct ry_message *message) {
	struct ry_task *const tasks[] = {task};
	int error = 0;

	expect(!task->ops->stage_from(tasks, 1, 0, 1, &error));
	expect_int(error, -EINVAL);
	expect_errno(task->ops->stage_object_from(tasks, 1, 0, NULL), EINVAL);
	expect_errno(task->ops->release(tasks, 1), EINVAL);
	expect_errno(ry_forward(task, 9, message), EINVAL);
	expect_errno(ry_task_complete(task, 1), EINVAL); /* counted */
	expect_ok(ry_task_complete(task, 0));
	expect_errno(ry_task_complete(task, 0), EALREADY);    /* counted */
	expect_errno(ry_forward(task, 0, message), EALREADY); /* counted */
	return 0;
}

static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	struct work *work = self;
	int r = 0;

	expect(!pthread_equal(pthread_self(), loop_thread));
	expect_int(atomic_fetch_add(&work->inside, 1), 0);
	work->n++;
	if (work->settings.what == DO_WORK || (work->settings.at && work->settings.at != work->n)) {
		r = work->settings.what == DO_WORK ? work_hard(work, task, message)
						   : ry_forward(task, 0, message);
	} else if (work->settings.what == DO_FAIL) {
		r = ry_forward(task, 0, message);
		r = r ? r : -EIO;
	} else if (work->settings.what == DO_GATE) {
		gate_pass();
		r = ry_forward(task, 0, message);
	} else if (work->settings.what == DO_RUDE) {
		r = be_rude(task, message);
	} else {
		r = ry_forward(task, 0, message);
		r = r ? r : ry_task_complete(task, 0);
	}
	work->inside--;
	return r;
}

/* On the loop's thread, while no thread is inside. */
static int stop(void *self) {
	struct work *work = self;

	expect(pthread_equal(pthread_self(), loop_thread));
	expect_int(work->inside, 0);
	return 0;
}

/* -- a provider that is called from the pool ------------------------------------------------ */

struct provider {
	atomic_int inside;
	atomic_uint calls;
	unsigned starts;
};

static atomic_uint n_providers, n_calls;

static int create_provider(const struct ry_create *with, void **ret) {
	struct provider *provider = calloc(1, sizeof(*provider));

	(void)with;
	expect(provider != NULL);
	n_providers++;
	*ret = provider;
	return 0;
}

static int start_provider(void *self) {
	((struct provider *)self)->starts++;
	return 0;
}

static int answer(void *self, const void *request, void *result, struct ry_call *call) {
	struct provider *provider = self;
	const uint64_t *number = request;

	(void)call;
	expect(!pthread_equal(pthread_self(), loop_thread));
	expect_int(atomic_fetch_add(&provider->inside, 1), 0);
	expect_int(provider->starts, 1);
	n_calls++;
	*(uint64_t *)result = *number * 2;
	if (*number % 3 == 0)
		sched_yield();
	provider->inside--;
	return 0;
}

static void destroy_provider(void *self) {
	n_providers--;
	free(self);
}

static const struct ry_provides provides = {
	RY_SIZE(ry_provides),
	.flags = RY_OFFERS_CONSUME | RY_CONSUME_MAY_BLOCK,
	.major = 1,
	.contract = "o.answer",
	.ops = (ry_op *const[]){answer},
	.op_count = 1,
};

static const struct ry_adapter_ops provider_ops = {
	RY_SIZE(ry_adapter_ops),
	.create = create_provider,
	.start = start_provider,
	.destroy = destroy_provider,
};

static const struct ry_adapter_type provider_type = {
	RY_SIZE(ry_adapter_type),
	.name = "o.provider",
	.summary = "answers by consume, from one thread at a time",
	.ops = &provider_ops,
	.provides = (const struct ry_provides *const[]){&provides, NULL},
};

/* Calls it and keeps the call in flight. */
struct caller_job {
	struct ry_call call; /* must be first */
	uint64_t request, result;
	struct ry_task *task;
};

static void on_answer(struct ry_call *call, int status) {
	struct caller_job *job = (struct caller_job *)call;
	struct ry_task *task = job->task;
	uint64_t result = job->result;
	char text[32];
	int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)result);

	expect(pthread_equal(pthread_self(), loop_thread));
	free(job);
	if (status == 0)
		status = ry_emit(task, 0, text, (uint64_t)n);
	expect_ok(ry_task_complete(task, status));
}

static int call_other(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct work *work = self;
	struct caller_job *job = calloc(1, sizeof(*job));
	char text[32] = "";

	memcpy(text, message->data, message->length);
	job->call = (struct ry_call){RY_SIZE(ry_call), .done = on_answer};
	job->request = strtoull(text, NULL, 10);
	job->task = task;
	expect_int(work->other->ops[0](work->other->self, &job->request, &job->result, &job->call),
		   RY_PENDING);
	return RY_PENDING;
}

static int create_caller(const struct ry_create *with, void **ret) {
	int r = create(with, ret);

	((struct work *)*ret)->other = with->bindings[0];
	return r;
}

static void no_cancel(void *self, struct ry_task *task) {
	(void)self;
	(void)task; /* completes when the call does */
}

/* -- the plugin ----------------------------------------------------------------------------- */

static const struct ry_port out = {RY_SIZE(ry_port), .name = "out", .type = RY_TYPE_LINE};
static const struct ry_port *const ports[] = {&out, NULL};
static const char *const accepts[] = {RY_TYPE_LINE, NULL};

static const struct ry_node_ops work_ops = {
	RY_SIZE(ry_node_ops), .create = create, .process = process, .stop = stop, .destroy = free,
};

static const struct ry_node_ops caller_ops = {
	RY_SIZE(ry_node_ops), .create = create_caller, .process = call_other,
	.cancel = no_cancel,  .destroy = free,
};

static const struct ry_node_type work_type = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_MAY_BLOCK,
	.config_size = sizeof(struct settings),
	.name = "o.work",
	.summary = "works on a thread of the pool",
	.accepts = accepts,
	.ports = ports,
	.keys = keys,
	.ops = &work_ops,
};

static const struct ry_slot slot = {
	RY_SIZE(ry_slot), .call = RY_ACONSUME,	  .access = RY_READ,  .major = 1,
	.name = "other",  .contract = "o.answer", .summary = "asked",
};

static const struct ry_node_type caller_type = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_ASYNC,
	.name = "o.caller",
	.summary = "doubles numbers",
	.accepts = accepts,
	.ports = ports,
	.slots = (const struct ry_slot *const[]){&slot, NULL},
	.ops = &caller_ops,
};

static const struct ry_plugin plugin = {
	RY_PLUGIN_HEADER,
	.name = "o",
	.version = "1.0.0",
	.summary = "offloaded nodes",
	.nodes = (const struct ry_node_type *const[]){&work_type, &caller_type, NULL},
	.adapters = (const struct ry_adapter_type *const[]){&provider_type, NULL},
};

/* -- tests ---------------------------------------------------------------------------------- */

#define GROUP(nodes)                                                                             \
	"{\"version\":1,\"runtime\":{\"platform\":{\"lifecycle\":{\"term_timeout_ms\":20},"      \
	"\"process_groups\":[{\"name\":\"g\",\"runner_profile\":\"async\",\"nodes\":[" nodes "]" \
	"}]},\"offload\":{\"threads\":4,\"queue\":2}},"
#define SOURCE(count) "\"source\":{\"type\":\"t.source\",\"settings\":{\"count\":" count "}}"
#define SINK(inputs)  "\"sink\":{\"type\":\"t.sink\",\"inputs\":[" inputs "]}"
#define WORK(config) \
	"\"w\":{\"type\":\"o.work\",\"bridge\":\"offload\",\"inputs\":[\"source\"]," config "}"

static void build(const char *manifest, bool traced) {
	loop_thread = pthread_self();
	p.plugin = &plugin;
	pipeline_build(&p, manifest, traced);
}

static const struct node_counters *counters(const char *node) {
	return &pipeline_node(&p, node)->counters;
}

START_TEST(outputs_leave_in_order_and_nothing_is_shared)
{
	struct metric_reading reading;
	struct emit_reader reader;
	const struct emit_span *span;
	const uint8_t *extras;
	unsigned n_work = 0, n_children = 0;

	build(GROUP("\"source\",\"w\",\"side\",\"sink\"") "\"nodes\":{" WORK(
		      "\"config\":{\"what\":\"work\"}") ","
							"\"side\":{\"type\":\"t.pass\",\"inputs\":["
							"\"source\"]}},"
							"\"adapters\":{" SOURCE("4") "," SINK(
								"\"w\",\"side\"") "}}",
	      true);
	pipeline_run(&p);
	expect_int(p.result.state, RUNNER_STOPPED);
	/* The kept message goes out once more with the next one; branches alternate. */
	expect(strstr(strbuf_text(&p.output), "1,1!") != NULL);
	expect(strstr(strbuf_text(&p.output), "4,4!,3") != NULL);
	expect_int(counters("w")->completed, 4);
	expect_int(counters("w")->emitted, 2 + 3 + 3 + 3);
	expect_int(counters("w")->plugin_errors, 0);
	expect(metrics_read(p.unit->metrics, 0, &reading));
	expect_int(reading.value, 4);
	expect_ok(emit_reader_init(&reader, p.emit));
	while (emit_reader_next(&reader, &span, &extras) == 1) {
		if (span->node != pipeline_node(&p, "w")->index)
			continue;
		if (span->from_node == UINT32_MAX)
			n_children++;
		else
			n_work++;
		expect(span->end_ns >= span->start_ns);
		expect(span->extra_length > 0);
	}
	expect_int(n_work, 4);
	expect_int(n_children, 8);
	pipeline_expect_account(&p);
	pipeline_fini(&p);
}
END_TEST

START_TEST(a_failure_discards_and_is_tried_again)
{
	build(GROUP("\"source\",\"w\",\"sink\"") "\"nodes\":{" WORK(
		      "\"config\":{\"what\":\"fail\",\"at\":2},"
		      "\"on_error\":{\"policy\":\"retry\",\"max_retries\":1,"
		      "\"backoff_ms\":1}") "},"
					   "\"adapters\":{" SOURCE("3") "," SINK("\"w\"") "}}",
	      true);
	pipeline_run(&p);
	expect_int(p.result.state, RUNNER_STOPPED);
	expect_str(strbuf_text(&p.output), "1,2,3");
	expect_int(counters("w")->retries, 1);
	pipeline_expect_account(&p);
	pipeline_fini(&p);
}
END_TEST

START_TEST(a_failure_may_drop_and_may_fail_the_run)
{
	build(GROUP("\"source\",\"w\",\"sink\"") "\"nodes\":{" WORK(
		      "\"config\":{\"what\":\"fail\",\"at\":2},"
		      "\"on_error\":\"drop\"") "},"
					       "\"adapters\":{" SOURCE("3") "," SINK("\"w\"") "}}",
	      false);
	pipeline_run(&p);
	expect_str(strbuf_text(&p.output), "1,3");
	expect_int(counters("w")->dropped, 1);
	pipeline_expect_account(&p);
	pipeline_fini(&p);
	build(GROUP("\"source\",\"w\",\"sink\"") "\"nodes\":{" WORK(
		      "\"config\":{\"what\":\"fail\",\"at\":2}") "},"
								 "\"adapters\":{" SOURCE(
									 "3") "," SINK("\"w\"") "}"
												"}",
	      false);
	pipeline_run(&p);
	expect_int(p.result.state, RUNNER_FAILED);
	expect_int(p.result.error, -EIO);
	expect_int(p.result.source_seq, 2);
	expect_str(strbuf_text(&p.output), "1");
	pipeline_expect_account(&p);
	pipeline_fini(&p);
}
END_TEST

START_TEST(rules_hold_on_a_thread_too)
{
	build(GROUP("\"source\",\"w\",\"sink\"") "\"nodes\":{" WORK(
		      "\"config\":{\"what\":\"rude\"}") "},"
							"\"adapters\":{" SOURCE("2") "," SINK(
								"\"w\"") "}}",
	      false);
	pipeline_run(&p);
	expect_int(p.result.state, RUNNER_STOPPED);
	expect_int(counters("w")->completed, 2);
	expect_int(counters("w")->plugin_errors, 2 * 3);
	expect_str(strbuf_text(&p.output), "");
	pipeline_expect_account(&p);
	pipeline_fini(&p);
	build(GROUP("\"source\",\"w\",\"sink\"") "\"nodes\":{" WORK(
		      "\"config\":{\"what\":\"complete\"}") "},"
							    "\"adapters\":{" SOURCE("2") "," SINK(
								    "\"w\"") "}}",
	      false);
	pipeline_run(&p);
	expect_str(strbuf_text(&p.output), "1,2");
	expect_int(counters("w")->plugin_errors, 0);
	pipeline_expect_account(&p);
	pipeline_fini(&p);
}
END_TEST

/* On the loop: when the runner has given the first message up. */
static void open_when_deserted(void *user) {
	(void)user;
	if (counters("w")->abandoned)
		gate_set(true);
}

START_TEST(a_task_that_is_given_up_keeps_its_thread_and_the_next_one_waits)
{
	struct loop_timer *timer;

	build(GROUP("\"source\",\"w\",\"sink\"") "\"nodes\":{" WORK(
		      "\"config\":{\"what\":\"gate\",\"at\":1},\"timeout_ms\":5,"
		      "\"on_error\":\"drop\"") "},"
					       "\"adapters\":{" SOURCE("3") "," SINK("\"w\"") "}}",
	      true);
	gate_set(false);
	expect_ok(loop_timer_new(p.loop, open_when_deserted, NULL, &timer));
	expect_ok(loop_timer_set(timer, NS_PER_MS, true));
	pipeline_run(&p);
	loop_timer_free(timer);
	expect_int(p.result.state, RUNNER_STOPPED);
	expect_int(counters("w")->abandoned, 1);
	expect_int(counters("w")->plugin_errors, 0);
	expect_int(counters("w")->taken, 3);
	expect(strstr(strbuf_text(&p.output), "1") == NULL);
	expect_int(unit_abandoned_threads(p.unit), 0);
	pipeline_expect_account(&p);
	pipeline_fini(&p);
}
END_TEST

static void stop_now(void) {
	const uint64_t one = 1;

	p.control.stop = STOP_NOW;
	expect_int(write(p.control.wake_fd, &one, sizeof(one)), sizeof(one));
}

static void *stop_when_inside(void *user) {
	(void)user;
	pthread_mutex_lock(&gate_lock);
	while (!gate_inside)
		pthread_cond_wait(&gate_changed, &gate_lock);
	pthread_mutex_unlock(&gate_lock);
	stop_now();
	return NULL;
}

START_TEST(a_thread_that_does_not_come_back_does_not_hold_the_end)
{
	pthread_t stopper;

	build(GROUP("\"source\",\"w\",\"sink\"") "\"nodes\":{" WORK(
		      "\"config\":{\"what\":\"gate\"}") "},"
							"\"adapters\":{" SOURCE("3") "," SINK(
								"\"w\"") "}}",
	      true);
	gate_set(false);
	expect_ok(pthread_create(&stopper, NULL, stop_when_inside, NULL));
	pipeline_run(&p);
	expect_ok(pthread_join(stopper, NULL));
	expect(p.result.stopped_now);
	expect_int(unit_abandoned_threads(p.unit), 1);
	expect_int(counters("w")->abandoned, counters("w")->taken);
	p.unit = unit_free(p.unit); /* stays where the thread is */
	gate_set(true);
	pthread_mutex_lock(&gate_lock);
	while (gate_inside)
		pthread_cond_wait(&gate_changed, &gate_lock);
	pthread_mutex_unlock(&gate_lock);
}
END_TEST

START_TEST(calls_go_to_one_instance_per_thread)
{
	char wanted[4096] = "";
	size_t n = 0;

	for (unsigned i = 1; i <= 200; i++)
		n += (size_t)snprintf(wanted + n, sizeof(wanted) - n, "%s%u", i > 1 ? "," : "",
				      i * 2);
	build(GROUP("\"source\",\"c\",\"sink\"") "\"nodes\":{\"c\":{\"type\":\"o.caller\","
						 "\"inputs\":[\"source\"],"
						 "\"max_in_flight\":16,"
						 "\"bind\":{\"other\":{\"adapter\":\"a\","
						 "\"bridge\":\"offload\"}}}},"
						 "\"adapters\":{" SOURCE(
							 "200") ",\"a\":{\"type\":\"o.provider\"}"
								"," SINK("\"c\"") "}}",
	      false);
	expect_int(n_providers, 4);
	pipeline_run(&p);
	expect_str(strbuf_text(&p.output), wanted);
	expect_int(n_calls, 200);
	pipeline_expect_account(&p);
	pipeline_fini(&p);
	expect_int(n_providers, 0);
}
END_TEST

/* Many nodes, few threads: each of them in order, whatever the others do. */
START_TEST(nodes_share_the_pool)
{
	build(GROUP("\"source\",\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"sink\"") "\"nodes"
											   "\":{"
#define NODE(name, from)                                                                      \
	"\"" name "\":{\"type\":\"o.work\",\"bridge\":\"offload\",\"inputs\":[\"" from "\"]," \
	"\"config\":{\"what\":\"complete\"}}"
	      NODE("a", "source") "," NODE("b", "source") "," NODE("c", "source") "," NODE(
		      "d",
		      "so"
		      "ur"
		      "c"
		      "e") "," NODE("e",
				    "source") "," NODE("f",
						       "source") "," NODE("g",
									  "source") "," NODE("h",
											     "sourc"
											     "e") "},"
												  "\"adapters\":{" SOURCE("100") "," SINK(
													  "\"a"
													  "\","
													  "\"b"
													  "\","
													  "\"c"
													  "\","
													  "\"d"
													  "\","
													  "\"e"
													  "\","
													  "\"f"
													  "\","
													  "\"g"
													  "\","
													  "\"h"
													  "\"") "}}",
	      true);
	pipeline_run(&p);
	expect_int(p.result.state, RUNNER_STOPPED);
	expect_int(p.written, 800);
	pipeline_expect_account(&p);
	pipeline_fini(&p);
}
END_TEST

TEST_MAIN("offload/node", outputs_leave_in_order_and_nothing_is_shared,
	  a_failure_discards_and_is_tried_again, a_failure_may_drop_and_may_fail_the_run,
	  rules_hold_on_a_thread_too,
	  a_task_that_is_given_up_keeps_its_thread_and_the_next_one_waits,
	  a_thread_that_does_not_come_back_does_not_hold_the_end,
	  calls_go_to_one_instance_per_thread, nodes_share_the_pool)
