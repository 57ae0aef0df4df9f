/* SPDX-License-Identifier: Apache-2.0 */
/* Bridges by hand: a provider of this file, and loops that the tests turn. */
#include "node/bridge.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "node/bridge_ops.h"
#include "support/test.h"

/* One provider for both: answers at once, on a timer of its loop, or when a gate opens. */
struct provider {
	struct loop *loop;
	struct loop_timer *timer;
	struct ry_call *call; /* pending */
	int *answer;	      /* the result of a pending call */
	int given;
	unsigned n_calls, n_cancelled;
	int at_once; /* 0: RY_PENDING */
	/* offload */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool gated, open;
	atomic_uint inside, runs;
	unsigned most_inside;
	bool on_loop_thread;
	pthread_t loop_thread;
};

static void on_timer(void *user) {
	struct provider *provider = user;
	struct ry_call *call = provider->call;

	provider->timer = loop_timer_free(provider->timer);
	provider->call = NULL;
	*provider->answer = provider->given;
	ry_call_complete(call, 0);
}

static void on_cancel(struct ry_call *call) {
	struct provider *provider = call->provider;

	provider->n_cancelled++;
	provider->timer = loop_timer_free(provider->timer);
	provider->call = NULL;
}

/* The answer is ten times the request, and the number of the operation. */
static int answer(struct provider *provider, uint32_t op, const void *request, void *result) {
	provider->given = *(const int *)request * 1000 + (int)op;
	provider->answer = result;
	return 0;
}

static int later_call(void *self, uint32_t op, const void *request, void *result,
		      struct ry_call *call) {
	struct provider *provider = self;

	expect(call != NULL);
	provider->n_calls++;
	if (provider->at_once)
		return provider->at_once;
	answer(provider, op, request, result);
	expect_ok(loop_timer_new(provider->loop, on_timer, provider, &provider->timer));
	expect_ok(loop_timer_set(provider->timer, NS_PER_MS, false));
	provider->call = call;
	call->provider = provider;
	call->cancel = on_cancel;
	return RY_PENDING;
}

BRIDGE_OPS(later, later_call);

static struct ry_binding binding_of(struct provider *provider, ry_op *const *ops) {
	return (struct ry_binding){RY_SIZE(ry_binding), .op_count = BRIDGE_MAX_OPS, .ops = ops,
				   .self = provider,	.adapter = "provider",	    .major = 1};
}

/* -- wait ----------------------------------------------------------------------------------- */

struct stop {
	atomic_bool now;
	atomic_uint looks;
	struct bridge_interrupt interrupt;
};

static bool requested(void *user) {
	struct stop *stop = user;

	stop->looks++;
	return stop->now;
}

static void stop_init(struct stop *stop) {
	*stop = (struct stop){.interrupt = {.requested = requested, .user = stop}};
	stop->interrupt.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	expect(stop->interrupt.fd >= 0);
}

static bool is_readable(int fd) {
	uint64_t count;

	return read(fd, &count, sizeof(count)) == (ssize_t)sizeof(count);
}

START_TEST(each_operation_waits_for_its_answer)
{
	struct provider provider = {0};
	struct ry_binding inner = binding_of(&provider, later_ops), binding;
	struct wait_bridge *bridge;

	expect_ok(wait_bridge_new(NULL, &bridge));
	provider.loop = wait_bridge_loop(bridge);
	expect_ok(wait_bridge_bind(bridge, &inner, &binding));
	expect_str(binding.adapter, "provider");
	expect_int(binding.op_count, BRIDGE_MAX_OPS);
	for (int op = 0; op < (int)BRIDGE_MAX_OPS; op++) {
		int request = op + 1, result = 0;

		expect_ok(binding.ops[op](binding.self, &request, &result, NULL));
		expect_int(result, request * 1000 + op);
	}
	expect_int(provider.n_calls, BRIDGE_MAX_OPS);
	wait_bridge_free(bridge);
}
END_TEST

START_TEST(an_answer_at_once_needs_no_wait)
{
	struct provider provider = {.at_once = -ENOENT};
	struct ry_binding inner = binding_of(&provider, later_ops), binding;
	struct wait_bridge *bridge;
	struct ry_call call = {RY_SIZE(ry_call)};
	int request = 1, result;

	expect_ok(wait_bridge_new(NULL, &bridge));
	expect_ok(wait_bridge_bind(bridge, &inner, &binding));
	expect_errno(binding.ops[0](binding.self, &request, &result, NULL), ENOENT);
	provider.at_once = 5; /* a positive word of the contract */
	expect_int(binding.ops[0](binding.self, &request, &result, NULL), 5);
	expect_errno(binding.ops[0](binding.self, &request, &result, &call), EINVAL);
	expect_int(provider.n_calls, 2);
	wait_bridge_free(bridge);
}
END_TEST

START_TEST(too_many_operations_are_refused)
{
	struct provider provider = {0};
	struct ry_binding inner = binding_of(&provider, later_ops), binding;
	struct wait_bridge *wait;
	struct offload_bridge *offload;
	void *selves[] = {&provider};

	inner.op_count = BRIDGE_MAX_OPS + 1;
	expect_ok(wait_bridge_new(NULL, &wait));
	expect_errno(wait_bridge_bind(wait, &inner, &binding), E2BIG);
	wait_bridge_free(wait);
	expect_ok(offload_bridge_new(NULL, NULL, &offload));
	expect_errno(offload_bridge_bind(offload, &inner, selves, 1, &binding), E2BIG);
	offload_bridge_free(offload);
}
END_TEST

struct nested {
	struct provider provider; /* must be first */
	struct ry_binding *binding;
	int inner_status;
};

static void call_again(void *user) {
	struct nested *nested = user;
	int request = 1, result;

	nested->inner_status =
		nested->binding->ops[0](nested->binding->self, &request, &result, NULL);
}

START_TEST(a_wait_inside_a_wait_is_refused)
{
	struct nested nested = {0};
	struct ry_binding inner = binding_of(&nested.provider, later_ops), binding;
	struct wait_bridge *bridge;
	int request = 1, result = 0;

	/* Refused only if the first call is pending: the second would overwrite the provider's. */
	expect_ok(wait_bridge_new(NULL, &bridge));
	nested.provider.loop = wait_bridge_loop(bridge);
	nested.binding = &binding;
	expect_ok(wait_bridge_bind(bridge, &inner, &binding));
	expect_ok(loop_post(nested.provider.loop, call_again, &nested));
	expect_ok(binding.ops[0](binding.self, &request, &result, NULL));
	expect_int(nested.inner_status, -EDEADLK);
	expect_int(result, 1000);
	wait_bridge_free(bridge);
}
END_TEST

static void *stop_now(void *user) {
	struct stop *stop = user;
	const uint64_t one = 1;

	while (!stop->looks) /* the wait has begun */
		sched_yield();
	stop->now = true;
	expect_int(write(stop->interrupt.fd, &one, sizeof(one)), sizeof(one));
	return NULL;
}

/* Never answers. */
static int never_call(void *self, uint32_t op, const void *request, void *result,
		      struct ry_call *call) {
	struct provider *provider = self;

	(void)op;
	(void)request;
	(void)result;
	provider->n_calls++;
	provider->call = call;
	call->provider = provider;
	call->cancel = on_cancel;
	return RY_PENDING;
}

BRIDGE_OPS(never, never_call);

START_TEST(a_forced_stop_ends_a_wait)
{
	struct provider provider = {0};
	struct ry_binding inner = binding_of(&provider, never_ops), binding;
	struct wait_bridge *bridge;
	struct stop stop;
	pthread_t stopper;
	int request = 1, result;

	stop_init(&stop);
	expect_ok(wait_bridge_new(&stop.interrupt, &bridge));
	expect_ok(wait_bridge_bind(bridge, &inner, &binding));
	expect_ok(pthread_create(&stopper, NULL, stop_now, &stop));
	expect_errno(binding.ops[0](binding.self, &request, &result, NULL), ECANCELED);
	expect_ok(pthread_join(stopper, NULL));
	expect_int(provider.n_cancelled, 1);
	/* And what begins after it does not wait at all. */
	expect_errno(binding.ops[0](binding.self, &request, &result, NULL), ECANCELED);
	expect_int(provider.n_cancelled, 2);
	wait_bridge_free(bridge);
	close(stop.interrupt.fd);
}
END_TEST

/* A drain makes the descriptor readable and is not what ends a wait. */
START_TEST(a_drain_neither_ends_a_wait_nor_gets_lost_nor_turns_the_loop)
{
	struct provider provider = {0};
	struct ry_binding inner = binding_of(&provider, later_ops), binding;
	struct wait_bridge *bridge;
	const uint64_t one = 1;
	struct stop stop;
	int request = 1, result = 0;

	stop_init(&stop);
	expect_ok(wait_bridge_new(&stop.interrupt, &bridge));
	provider.loop = wait_bridge_loop(bridge);
	expect_ok(wait_bridge_bind(bridge, &inner, &binding));
	expect_int(write(stop.interrupt.fd, &one, sizeof(one)), sizeof(one));
	expect_ok(binding.ops[3](binding.self, &request, &result, NULL));
	expect_int(result, 1003);
	/* At most: before the first turn, after the descriptor, after the timer and a spare one. */
	expect(stop.looks <= 4);
	expect(is_readable(stop.interrupt.fd));
	stop.looks = 0;
	expect_ok(binding.ops[3](binding.self, &request, &result, NULL));
	expect(!is_readable(stop.interrupt.fd));
	wait_bridge_free(bridge);
	close(stop.interrupt.fd);
}
END_TEST

/* -- offload -------------------------------------------------------------------------------- */

static int blocking_call(void *self, uint32_t op, const void *request, void *result,
			 struct ry_call *call) {
	struct provider *provider = self;

	expect(!call);
	pthread_mutex_lock(&provider->lock);
	provider->runs++;
	if (++provider->inside > provider->most_inside)
		provider->most_inside = provider->inside;
	provider->on_loop_thread =
		provider->on_loop_thread || pthread_equal(pthread_self(), provider->loop_thread);
	pthread_cond_broadcast(&provider->changed);
	while (provider->gated && !provider->open)
		pthread_cond_wait(&provider->changed, &provider->lock);
	provider->inside--;
	pthread_mutex_unlock(&provider->lock);
	*(int *)result = *(const int *)request * 1000 + (int)op;
	return provider->at_once;
}

BRIDGE_OPS(blocking, blocking_call);

struct caller {
	struct ry_call call; /* must be first */
	int request, result;
	unsigned n_done;
	int status;
	struct ry_call *then_cancel;
	struct provider *then_open; /* its gate */
};

struct offloaded {
	struct loop *loop;
	struct offload *pool;
	struct offload_client *client;
	struct offload_bridge *bridge;
	struct provider providers[8];
	void *selves[8];
	struct ry_binding inner, binding;
};

static void offloaded_init(struct offloaded *o, uint32_t threads, uint32_t queue, uint32_t selves) {
	*o = (struct offloaded){0};
	for (uint32_t i = 0; i < 8; i++) {
		o->providers[i] = (struct provider){.lock = PTHREAD_MUTEX_INITIALIZER,
						    .changed = PTHREAD_COND_INITIALIZER,
						    .loop_thread = pthread_self()};
		o->selves[i] = &o->providers[i];
	}
	o->inner = binding_of(&o->providers[0], blocking_ops);
	expect_ok(loop_new(0, &o->loop));
	expect_ok(offload_new(threads, queue, &o->pool));
	expect_ok(offload_client_new(o->pool, o->loop, &o->client));
	expect_ok(offload_bridge_new(o->client, o->loop, &o->bridge));
	expect_ok(offload_bridge_bind(o->bridge, &o->inner, o->selves, selves, &o->binding));
	expect_ok(offload_start(o->pool));
}

static void offloaded_fini(struct offloaded *o) {
	expect_int(offload_stop(o->pool, UINT64_MAX), 0);
	expect(!offload_bridge_running(o->bridge));
	o->bridge = offload_bridge_free(o->bridge);
	o->pool = offload_free(o->pool);
	o->loop = loop_free(o->loop);
}

static void set_gate(struct provider *provider, bool gated, bool open) {
	pthread_mutex_lock(&provider->lock);
	provider->gated = gated;
	provider->open = open;
	pthread_cond_broadcast(&provider->changed);
	pthread_mutex_unlock(&provider->lock);
}

static void on_done(struct ry_call *call, int status) {
	struct caller *caller = (struct caller *)call;

	caller->n_done++;
	caller->status = status;
	if (caller->then_cancel)
		ry_call_cancel(caller->then_cancel);
	if (caller->then_open)
		set_gate(caller->then_open, true, true);
}

static int begin(struct offloaded *o, struct caller *caller, uint32_t op, int request) {
	caller->call = (struct ry_call){RY_SIZE(ry_call), .done = on_done};
	caller->request = request;
	caller->result = 0;
	caller->n_done = 0;
	return o->binding.ops[op](o->binding.self, &caller->request, &caller->result,
				  &caller->call);
}

static void await(struct offloaded *o, const struct caller *caller) {
	while (!caller->n_done)
		expect_ok(loop_run_once(o->loop));
}

static void await_inside(struct provider *provider, unsigned n) {
	pthread_mutex_lock(&provider->lock);
	while (provider->inside < n)
		pthread_cond_wait(&provider->changed, &provider->lock);
	pthread_mutex_unlock(&provider->lock);
}

START_TEST(each_operation_is_called_on_a_thread)
{
	struct offloaded o;
	struct caller caller = {0};

	offloaded_init(&o, 2, 4, 1);
	for (uint32_t op = 0; op < BRIDGE_MAX_OPS; op++) {
		expect_int(begin(&o, &caller, op, (int)op + 1), RY_PENDING);
		await(&o, &caller);
		expect_int(caller.status, 0);
		expect_int(caller.result, ((int)op + 1) * 1000 + (int)op);
	}
	expect(!o.providers[0].on_loop_thread);
	o.providers[0].at_once = -EIO;
	expect_int(begin(&o, &caller, 1, 1), RY_PENDING);
	await(&o, &caller);
	expect_int(caller.status, -EIO);
	o.providers[0].at_once = RY_PENDING; /* which it must not say without a call */
	expect_int(begin(&o, &caller, 1, 1), RY_PENDING);
	await(&o, &caller);
	expect_int(caller.status, -EPROTO);
	expect_errno(o.binding.ops[0](o.binding.self, &caller.request, &caller.result, NULL),
		     EINVAL);
	offloaded_fini(&o);
}
END_TEST

/* More calls than the pool takes: they wait in the bridge, in order, and all are answered. */
START_TEST(calls_wait_for_room)
{
	struct offloaded o;
	struct caller callers[40] = {0};

	offloaded_init(&o, 2, 2, 1);
	set_gate(&o.providers[0], true, false);
	for (int i = 0; i < 40; i++)
		expect_int(begin(&o, &callers[i], 5, i + 1), RY_PENDING);
	await_inside(&o.providers[0], 2);
	expect_ok(loop_run_ready(o.loop));
	expect_int(callers[0].n_done, 0);
	set_gate(&o.providers[0], false, true);
	for (int i = 0; i < 40; i++) {
		await(&o, &callers[i]);
		expect_int(callers[i].result, (i + 1) * 1000 + 5);
		expect_int(callers[i].n_done, 1);
	}
	expect_int(o.providers[0].most_inside, 2);
	offloaded_fini(&o);
}
END_TEST

START_TEST(one_instance_per_thread_is_called_by_that_thread_alone)
{
	struct offloaded o;
	struct caller callers[200] = {0};
	unsigned runs = 0;

	offloaded_init(&o, 4, 200, 4);
	for (int i = 0; i < 200; i++)
		expect_int(begin(&o, &callers[i], 0, i), RY_PENDING);
	for (int i = 0; i < 200; i++)
		await(&o, &callers[i]);
	for (unsigned i = 0; i < 4; i++) {
		expect(o.providers[i].most_inside <= 1);
		runs += o.providers[i].runs;
	}
	expect_int(runs, 200);
	offloaded_fini(&o);
}
END_TEST

static void *open_soon(void *user) {
	set_gate(user, true, true);
	return NULL;
}

START_TEST(cancelling_drops_what_has_not_begun_and_waits_for_what_has)
{
	struct offloaded o;
	struct caller running = {0}, queued = {0}, waiting = {0}, last = {0};
	pthread_t opener;

	offloaded_init(&o, 1, 1, 1);
	set_gate(&o.providers[0], true, false);
	expect_int(begin(&o, &running, 0, 1), RY_PENDING);
	await_inside(&o.providers[0], 1);
	expect_int(begin(&o, &queued, 0, 2), RY_PENDING);
	expect_int(begin(&o, &waiting, 0, 3), RY_PENDING);
	expect_int(begin(&o, &last, 0, 4), RY_PENDING);
	ry_call_cancel(&waiting.call);
	ry_call_cancel(&queued.call);
	expect_int(pthread_create(&opener, NULL, open_soon, &o.providers[0]), 0);
	ry_call_cancel(&running.call);
	expect_int(running.result, 1000); /* the thread has left the caller's memory */
	expect_int(o.providers[0].inside, 0);
	expect_ok(pthread_join(opener, NULL));
	await(&o, &last);
	expect_int(last.result, 4000);
	expect_int(running.n_done + queued.n_done + waiting.n_done, 0);
	expect_int(o.providers[0].runs, 2);
	offloaded_fini(&o);
}
END_TEST

START_TEST(a_patient_caller_is_not_made_to_wait)
{
	struct offloaded o;
	struct caller running = {0}, queued = {0};

	offloaded_init(&o, 1, 1, 1);
	set_gate(&o.providers[0], true, false);
	expect_int(begin(&o, &running, 0, 1), RY_PENDING);
	running.call.flags = RY_CALL_PATIENT;
	await_inside(&o.providers[0], 1);
	expect_int(begin(&o, &queued, 0, 2), RY_PENDING);
	queued.call.flags = RY_CALL_PATIENT;
	expect_ok(ry_call_cancel(&queued.call));
	expect_errno(ry_call_cancel(&running.call), EINPROGRESS);
	expect_errno(ry_call_cancel(&running.call), EINPROGRESS);
	expect_int(running.n_done, 0);
	set_gate(&o.providers[0], true, true);
	await(&o, &running);
	expect_int(running.status, 0);
	expect_int(running.result, 1000);
	expect_ok(ry_call_cancel(&running.call)); /* it has ended */
	expect_int(queued.n_done, 0);
	offloaded_fini(&o);
}
END_TEST

START_TEST(a_deadline_ends_what_has_not_begun)
{
	struct offloaded o;
	struct caller running = {0}, queued = {0}, waiting = {0}, patient = {0};
	uint64_t deadline = clock_monotonic_ns() + 5 * NS_PER_MS;
	struct caller *const late[] = {&running, &queued, &waiting};

	offloaded_init(&o, 1, 1, 1);
	set_gate(&o.providers[0], true, false);
	for (size_t i = 0; i < 3; i++) {
		late[i]->call = (struct ry_call){RY_SIZE(ry_call), .done = on_done};
		late[i]->call.deadline_ns =
			i ? deadline - i : clock_monotonic_ns() + 3600 * NS_PER_SECOND;
		late[i]->request = 1;
		expect_int(o.binding.ops[0](o.binding.self, &late[i]->request, &late[i]->result,
					    &late[i]->call),
			   RY_PENDING);
		if (i == 0)
			await_inside(&o.providers[0], 1);
	}
	expect_int(begin(&o, &patient, 0, 4), RY_PENDING);
	queued.then_cancel = NULL;
	await(&o, &queued);
	await(&o, &waiting);
	expect(clock_monotonic_ns() >= deadline - 2);
	expect_int(queued.status, -ETIMEDOUT);
	expect_int(waiting.status, -ETIMEDOUT);
	expect_int(running.n_done, 0);
	set_gate(&o.providers[0], true, true);
	await(&o, &running);
	await(&o, &patient);
	expect_int(running.status, 0);
	expect_int(patient.status, 0);
	/* One whose deadline has passed when it is called. */
	running.n_done = 0;
	running.call = (struct ry_call){RY_SIZE(ry_call), .done = on_done, .deadline_ns = 1};
	expect_int(
		o.binding.ops[0](o.binding.self, &running.request, &running.result, &running.call),
		RY_PENDING);
	await(&o, &running);
	expect_int(running.status, -ETIMEDOUT);
	expect_int(o.providers[0].runs, 2);
	offloaded_fini(&o);
}
END_TEST

START_TEST(a_call_that_expires_may_cancel_another_that_does)
{
	struct offloaded o;
	struct caller running = {0}, first = {0}, second = {0};

	offloaded_init(&o, 1, 1, 1);
	set_gate(&o.providers[0], true, false);
	expect_int(begin(&o, &running, 0, 1), RY_PENDING);
	await_inside(&o.providers[0], 1);
	for (int i = 0; i < 2; i++) {
		struct caller *caller = i ? &second : &first;

		caller->call = (struct ry_call){RY_SIZE(ry_call), .done = on_done};
		caller->call.deadline_ns = clock_monotonic_ns() + NS_PER_MS;
		caller->then_cancel = i ? &first.call : &second.call;
		expect_int(o.binding.ops[0](o.binding.self, &caller->request, &caller->result,
					    &caller->call),
			   RY_PENDING);
	}
	while (first.n_done + second.n_done == 0)
		expect_ok(loop_run_once(o.loop));
	expect_int(first.n_done + second.n_done, 1);
	set_gate(&o.providers[0], true, true);
	await(&o, &running);
	expect_int(first.n_done + second.n_done, 1);
	offloaded_fini(&o);
}
END_TEST

START_TEST(stopping_the_pool_ends_all_calls)
{
	struct offloaded o;
	struct caller callers[4] = {0};

	offloaded_init(&o, 1, 1, 1);
	set_gate(&o.providers[0], true, false);
	for (int i = 0; i < 4; i++) {
		expect_int(begin(&o, &callers[i], 0, i), RY_PENDING);
		if (i == 0)
			await_inside(&o.providers[0], 1);
	}
	callers[1].then_open = &o.providers[0]; /* once it has been turned away */
	expect_int(offload_stop(o.pool, UINT64_MAX), 0);
	for (int i = 0; i < 4; i++) {
		expect_int(callers[i].n_done, 1);
		expect_int(callers[i].status, i ? -ECANCELED : 0);
	}
	expect_errno(begin(&o, &callers[0], 0, 1), ECANCELED);
	offloaded_fini(&o);
}
END_TEST

/* -- stress --------------------------------------------------------------------------------- */

#define CALLERS 48u

static uint32_t next_random(uint32_t *state) {
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Beginning, cancelling, expiring: each call ends once, and never after it was cancelled. */
START_TEST(every_call_ends_once)
{
	static struct caller callers[CALLERS];
	bool busy[CALLERS] = {false};
	unsigned begun = 0, ended = 0, cancelled = 0;
	uint32_t random = 0xabcdef01;
	struct offloaded o;

	offloaded_init(&o, 4, 8, 1);
	for (unsigned turn = 0; turn < 20000; turn++) {
		uint32_t i = next_random(&random) % CALLERS;
		struct caller *caller = &callers[i];

		if (busy[i] && caller->n_done) {
			expect_int(caller->n_done, 1);
			expect(caller->status == -ETIMEDOUT ||
			       caller->result == (int)i * 1000 + (int)(i % BRIDGE_MAX_OPS));
			ended++;
			busy[i] = false;
		} else if (busy[i] && next_random(&random) % 4 == 0) {
			ry_call_cancel(&caller->call);
			expect_int(caller->n_done, 0);
			cancelled++;
			busy[i] = false;
		} else if (!busy[i]) {
			caller->call = (struct ry_call){RY_SIZE(ry_call), .done = on_done};
			if (turn % 3 == 0)
				caller->call.deadline_ns =
					clock_monotonic_ns() + next_random(&random) % 50000;
			caller->request = (int)i;
			caller->n_done = 0;
			expect_int(
				o.binding.ops[i % BRIDGE_MAX_OPS](o.binding.self, &caller->request,
								  &caller->result, &caller->call),
				RY_PENDING);
			begun++;
			busy[i] = true;
		}
		if (turn % 7 == 0)
			expect_ok(loop_run_ready(o.loop));
	}
	expect_int(offload_stop(o.pool, UINT64_MAX), 0);
	for (unsigned i = 0; i < CALLERS; i++) {
		expect_int(busy[i], busy[i] && callers[i].n_done == 1);
		ended += busy[i];
	}
	expect_int(ended + cancelled, begun);
	expect(ended > 0 && cancelled > 0);
	offloaded_fini(&o);
}
END_TEST

TEST_MAIN("offload/bridge", each_operation_waits_for_its_answer, an_answer_at_once_needs_no_wait,
	  too_many_operations_are_refused, a_wait_inside_a_wait_is_refused,
	  a_forced_stop_ends_a_wait, a_drain_neither_ends_a_wait_nor_gets_lost_nor_turns_the_loop,
	  each_operation_is_called_on_a_thread, calls_wait_for_room,
	  one_instance_per_thread_is_called_by_that_thread_alone,
	  cancelling_drops_what_has_not_begun_and_waits_for_what_has,
	  a_patient_caller_is_not_made_to_wait, a_deadline_ends_what_has_not_begun,
	  a_call_that_expires_may_cancel_another_that_does, stopping_the_pool_ends_all_calls,
	  every_call_ends_once)
