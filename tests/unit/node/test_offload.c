/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs that block do so on a gate that the test opens: nothing here depends on time. */
#include "node/offload.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "support/test.h"

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool open;
	unsigned inside, most_inside;
};

struct fixture {
	struct loop *loop;
	struct offload *pool;
	struct offload_client *client;
	struct gate gate;
	unsigned n_done, n_cancelled, n_room;
	unsigned order[64];
};

struct work {
	struct offload_job job; /* must be first */
	struct fixture *f;
	unsigned number;
	atomic_uint runs;
	unsigned dones;
	bool gated;
	pthread_t ran_on;
	uint32_t thread;
	struct work *recall_when_done, *resubmit_when_done;
	bool open_when_done; /* the gate */
};

static void gate_enter(struct gate *gate) {
	pthread_mutex_lock(&gate->lock);
	gate->inside++;
	if (gate->inside > gate->most_inside)
		gate->most_inside = gate->inside;
	pthread_cond_broadcast(&gate->changed);
	while (!gate->open)
		pthread_cond_wait(&gate->changed, &gate->lock);
	gate->inside--;
	pthread_mutex_unlock(&gate->lock);
}

static void gate_await(struct gate *gate, unsigned inside) {
	pthread_mutex_lock(&gate->lock);
	while (gate->inside < inside)
		pthread_cond_wait(&gate->changed, &gate->lock);
	pthread_mutex_unlock(&gate->lock);
}

static void gate_open(struct gate *gate, bool open) {
	pthread_mutex_lock(&gate->lock);
	gate->open = open;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
}

static void run(struct offload_job *job, uint32_t thread) {
	struct work *work = (struct work *)job;

	work->ran_on = pthread_self();
	work->thread = thread;
	work->runs++;
	if (work->gated)
		gate_enter(&work->f->gate);
}

static void done(struct offload_job *job, int status) {
	struct work *work = (struct work *)job;
	struct fixture *f = work->f;

	work->dones++;
	if (status == 0)
		f->order[f->n_done++ % 64] = work->number;
	else
		f->n_cancelled++;
	if (status)
		expect_int(status, -ECANCELED);
	if (work->recall_when_done)
		offload_recall(&work->recall_when_done->job);
	if (work->resubmit_when_done)
		(void)offload_submit(f->client, &work->resubmit_when_done->job);
	if (work->open_when_done)
		gate_open(&f->gate, true);
}

static struct work work_of(struct fixture *f, unsigned number, bool gated) {
	return (struct work){
		.job = {.run = run, .done = done}, .f = f, .number = number, .gated = gated};
}

static void fixture_init(struct fixture *f, uint32_t threads, uint32_t queue) {
	*f = (struct fixture){.gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER}};
	expect_ok(loop_new(0, &f->loop));
	expect_ok(offload_new(threads, queue, &f->pool));
	expect_ok(offload_client_new(f->pool, f->loop, &f->client));
	expect_ok(offload_start(f->pool));
}

static void fixture_fini(struct fixture *f) {
	f->pool = offload_free(f->pool);
	f->loop = loop_free(f->loop);
}

static void turn_until(struct fixture *f, unsigned n_done) {
	while (f->n_done < n_done)
		expect_ok(loop_run_once(f->loop));
}

START_TEST(a_job_runs_on_a_thread_and_is_done_on_the_loop)
{
	struct fixture f;
	struct work work;

	fixture_init(&f, 2, 1);
	work = work_of(&f, 1, false);
	for (unsigned i = 1; i <= 3; i++) {
		expect_ok(offload_submit(f.client, &work.job));
		turn_until(&f, i);
		expect(!pthread_equal(work.ran_on, pthread_self()));
		expect(work.thread < 2);
	}
	expect_int(work.runs, 3);
	expect_int(work.dones, 3);
	fixture_fini(&f);
}
END_TEST

START_TEST(with_one_thread_jobs_run_in_order)
{
	struct fixture f;
	struct work works[20];

	fixture_init(&f, 1, 64);
	for (unsigned i = 0; i < 20; i++) {
		works[i] = work_of(&f, i, false);
		expect_ok(offload_submit(f.client, &works[i].job));
	}
	turn_until(&f, 20);
	for (unsigned i = 0; i < 20; i++)
		expect_int(f.order[i], i);
	fixture_fini(&f);
}
END_TEST

struct waiter {
	struct offload_waiter head; /* must be first */
	struct fixture *f;
	struct work *work;
	unsigned told;
};

static void on_room(struct offload_waiter *head) {
	struct waiter *waiter = (struct waiter *)head;
	int r = offload_submit(waiter->f->client, &waiter->work->job);

	waiter->told++;
	if (r == -EAGAIN)
		offload_wait_room(waiter->f->client, head);
	else if (r == -ESHUTDOWN)
		waiter->f->n_cancelled++;
	else
		expect_ok(r);
}

START_TEST(a_full_pool_refuses_and_tells_when_there_is_room)
{
	struct fixture f;
	struct work works[6];
	struct waiter waiters[3];

	fixture_init(&f, 2, 1);
	for (unsigned i = 0; i < 6; i++)
		works[i] = work_of(&f, i, true);
	for (unsigned i = 0; i < 3; i++)
		expect_ok(offload_submit(f.client, &works[i].job));
	for (unsigned i = 0; i < 3; i++) {
		waiters[i] = (struct waiter){{.on_room = on_room}, &f, &works[3 + i], 0};
		expect_errno(offload_submit(f.client, &works[3 + i].job), EAGAIN);
		offload_wait_room(f.client, &waiters[i].head);
		offload_wait_room(f.client, &waiters[i].head); /* once is enough */
	}
	offload_unwait(f.client, &waiters[1].head);
	offload_unwait(f.client, &waiters[1].head);
	gate_await(&f.gate, 2);
	expect_ok(loop_run_ready(f.loop));
	expect_int(waiters[0].told, 0);
	gate_open(&f.gate, true);
	turn_until(&f, 5);
	expect_int(waiters[0].told, 1);
	expect_int(waiters[1].told, 0);
	expect_int(waiters[2].told, 1);
	expect_int(works[4].runs, 0);
	expect_int(f.gate.most_inside, 2);
	fixture_fini(&f);
}
END_TEST

START_TEST(a_job_that_has_not_begun_is_withdrawn)
{
	struct fixture f;
	struct work first, second;
	struct waiter waiter;

	fixture_init(&f, 1, 1);
	first = work_of(&f, 1, true);
	second = work_of(&f, 2, false);
	expect(offload_withdraw(&second.job)); /* never submitted */
	expect_ok(offload_submit(f.client, &first.job));
	gate_await(&f.gate, 1);
	expect_ok(offload_submit(f.client, &second.job));
	expect(!offload_withdraw(&first.job));
	expect(offload_running(&first.job));
	expect(offload_withdraw(&second.job));
	expect(!offload_running(&second.job));
	/* The room that it leaves is told. */
	expect_ok(offload_submit(f.client, &second.job));
	waiter = (struct waiter){{.on_room = on_room}, &f, &second, 0};
	offload_wait_room(f.client, &waiter.head);
	expect(offload_withdraw(&second.job));
	while (!waiter.told)
		expect_ok(loop_run_once(f.loop));
	expect(offload_withdraw(&second.job));
	gate_open(&f.gate, true);
	turn_until(&f, 1);
	expect_int(second.runs, 0);
	expect_int(second.dones, 0);
	fixture_fini(&f);
}
END_TEST

static void *open_soon(void *user) {
	struct fixture *f = user;

	gate_await(&f->gate, 1);
	gate_open(&f->gate, true);
	return NULL;
}

START_TEST(recalling_waits_for_a_job_that_runs)
{
	struct fixture f;
	struct work work, other;
	pthread_t opener;

	fixture_init(&f, 2, 1);
	work = work_of(&f, 1, true);
	expect_ok(offload_submit(f.client, &work.job));
	gate_await(&f.gate, 1);
	expect_ok(pthread_create(&opener, NULL, open_soon, &f));
	offload_recall(&work.job);
	expect_int(work.runs, 1);
	expect_ok(pthread_join(opener, NULL));
	/* One that has ended and is not yet done, from within the one before it. */
	work = work_of(&f, 1, false);
	other = work_of(&f, 2, false);
	work.recall_when_done = &other;
	expect_ok(offload_submit(f.client, &work.job));
	expect_ok(offload_submit(f.client, &other.job));
	turn_until(&f, 1);
	while (work.dones == 0)
		expect_ok(loop_run_once(f.loop));
	expect_ok(loop_run_ready(f.loop));
	expect_int(work.dones, 1);
	expect(other.dones == 0 || f.order[0] == 2);
	fixture_fini(&f);
}
END_TEST

START_TEST(stopping_cancels_what_has_not_begun_and_waits_for_the_rest)
{
	struct fixture f;
	struct work running, queued, again;
	struct waiter waiter;

	fixture_init(&f, 1, 1);
	running = work_of(&f, 1, true);
	queued = work_of(&f, 2, false);
	again = work_of(&f, 3, false);
	queued.resubmit_when_done = &again;
	expect_ok(offload_submit(f.client, &running.job));
	expect_ok(offload_submit(f.client, &queued.job));
	waiter = (struct waiter){{.on_room = on_room}, &f, &again, 0};
	offload_wait_room(f.client, &waiter.head);
	gate_await(&f.gate, 1);
	queued.open_when_done = true;
	expect_int(offload_stop(f.pool, UINT64_MAX), 0);
	expect_int(running.dones, 1);
	expect_int(queued.dones, 1);
	expect_int(queued.runs, 0);
	expect_int(again.runs, 0);
	expect_int(f.n_done, 1);
	expect_int(f.n_cancelled, 2); /* queued, and what waited for room */
	expect_errno(offload_submit(f.client, &again.job), ESHUTDOWN);
	f.loop = loop_free(f.loop); /* it need not outlive the pool */
	fixture_fini(&f);
}
END_TEST

START_TEST(a_thread_that_does_not_come_back_is_abandoned)
{
	static struct fixture f;	/* the thread touches it afterwards */
	static struct work stuck, fine; /* likewise */

	fixture_init(&f, 2, 1);
	stuck = work_of(&f, 1, true);
	fine = work_of(&f, 2, false);
	expect_ok(offload_submit(f.client, &stuck.job));
	gate_await(&f.gate, 1);
	expect_ok(offload_submit(f.client, &fine.job));
	turn_until(&f, 1);
	expect_int(offload_stop(f.pool, 20 * NS_PER_MS), 1);
	expect(offload_running(&stuck.job));
	expect(!offload_running(&fine.job));
	f.loop = loop_free(f.loop);
	offload_free(f.pool);
	gate_open(&f.gate, true);
	while (offload_running(&stuck.job))
		sched_yield(); /* it comes back after all, and disturbs nobody */
	expect_int(stuck.dones, 0);
}
END_TEST

static void look_at_signals(struct offload_job *job, uint32_t thread) {
	struct work *work = (struct work *)job;
	sigset_t blocked;
	char name[16];

	(void)thread;
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	work->runs = (unsigned)(sigismember(&blocked, SIGINT) + sigismember(&blocked, SIGTERM) +
				sigismember(&blocked, SIGALRM));
	pthread_getname_np(pthread_self(), name, sizeof(name));
	work->gated = strncmp(name, "ry-offload-", 11) == 0;
}

START_TEST(threads_have_names_and_leave_signals_alone)
{
	struct fixture f;
	struct work work;
	sigset_t blocked;

	fixture_init(&f, 1, 1);
	work = work_of(&f, 1, false);
	work.job.run = look_at_signals;
	expect_ok(offload_submit(f.client, &work.job));
	turn_until(&f, 1);
	expect_int(work.runs, 3);
	expect(work.gated);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	expect_int(sigismember(&blocked, SIGTERM), 0);
	fixture_fini(&f);
}
END_TEST

START_TEST(two_loops_share_a_pool)
{
	struct fixture f;
	struct offload_client *second;
	struct loop *loop;
	struct work work, other;

	fixture_init(&f, 1, 1);
	expect_ok(loop_new(0, &loop));
	expect_ok(offload_client_new(f.pool, loop, &second));
	work = work_of(&f, 1, false);
	other = work_of(&f, 2, false);
	expect_ok(offload_submit(second, &other.job));
	expect_ok(offload_submit(f.client, &work.job));
	turn_until(&f, 1);
	expect_int(f.order[0], 1);
	while (!other.dones)
		expect_ok(loop_run_once(loop));
	fixture_fini(&f);
	loop_free(loop);
}
END_TEST

static void on_quiet(void *user) {
	struct fixture *f = user;

	expect_int(f->gate.inside, 0);
	f->n_room++;
}

START_TEST(a_quiet_moment_comes_between_jobs)
{
	struct fixture f;
	struct work works[6];

	fixture_init(&f, 2, 8);
	expect_ok(offload_when_quiet(f.client, on_quiet, &f));
	expect_int(f.n_room, 1); /* none runs */
	for (unsigned i = 0; i < 6; i++) {
		works[i] = work_of(&f, i, true);
		expect_ok(offload_submit(f.client, &works[i].job));
	}
	gate_await(&f.gate, 2);
	expect_ok(offload_when_quiet(f.client, on_quiet, &f));
	expect_errno(offload_when_quiet(f.client, on_quiet, &f), EBUSY);
	expect_int(f.n_room, 1);
	gate_open(&f.gate, true);
	while (f.n_room < 2)
		expect_ok(loop_run_once(f.loop));
	expect_int(f.n_done, 2); /* the others have not begun meanwhile */
	turn_until(&f, 6);
	fixture_fini(&f);
}
END_TEST

/* -- stress --------------------------------------------------------------------------------- */

#define STRESS_JOBS  64u
#define STRESS_TURNS 20000u

struct stress_job {
	struct work work; /* must be first */
	struct waiter waiter;
	bool busy;
};

static uint32_t next_random(uint32_t *state) {
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void stress_run(struct offload_job *job, uint32_t thread) {
	struct work *work = (struct work *)job;

	work->thread = thread;
	work->runs++;
	if (work->runs % 7 == 0)
		sched_yield();
}

static void stress_done(struct offload_job *job, int status) {
	struct stress_job *stress = (struct stress_job *)job;

	expect(stress->busy);
	stress->busy = false;
	stress->work.dones++;
	if (status)
		stress->work.f->n_cancelled++;
	else
		stress->work.f->n_done++;
}

static void stress_submit(struct stress_job *job) {
	struct fixture *f = job->work.f;
	int r = offload_submit(f->client, &job->work.job);

	job->busy = true;
	if (r == -EAGAIN)
		offload_wait_room(f->client, &job->waiter.head);
	else
		expect_ok(r);
}

static void stress_room(struct offload_waiter *head) {
	struct waiter *waiter = (struct waiter *)head;
	int r = offload_submit(waiter->f->client, &waiter->work->job);

	if (r == -EAGAIN)
		offload_wait_room(waiter->f->client, head);
	else if (r == -ESHUTDOWN)
		stress_done(&waiter->work->job, -ECANCELED);
	else
		expect_ok(r);
}

/* Submitting, withdrawing, recalling and ending in any order: nothing is lost or done twice. */
START_TEST(every_job_ends_exactly_once)
{
	static struct stress_job jobs[STRESS_JOBS];
	uint32_t random = 0x12345678, taken_back = 0, submitted = 0;
	struct fixture f;

	fixture_init(&f, 4, 8);
	for (unsigned i = 0; i < STRESS_JOBS; i++) {
		jobs[i] = (struct stress_job){.work = work_of(&f, i, false)};
		jobs[i].work.job = (struct offload_job){.run = stress_run, .done = stress_done};
		jobs[i].waiter = (struct waiter){{.on_room = stress_room}, &f, &jobs[i].work, 0};
	}
	for (unsigned turn = 0; turn < STRESS_TURNS; turn++) {
		struct stress_job *job = &jobs[next_random(&random) % STRESS_JOBS];

		if (!job->busy) {
			submitted++;
			stress_submit(job);
		} else if (job->waiter.head.listed) {
			offload_unwait(f.client, &job->waiter.head);
			job->busy = false;
			taken_back++;
		} else if (next_random(&random) % 4 == 0 || offload_withdraw(&job->work.job)) {
			offload_recall(&job->work.job);
			job->busy = false;
			taken_back++;
		}
		if (turn % 5 == 0)
			expect_ok(loop_run_ready(f.loop));
	}
	expect_int(offload_stop(f.pool, UINT64_MAX), 0);
	for (unsigned i = 0; i < STRESS_JOBS; i++)
		expect(!jobs[i].busy);
	expect_int(f.n_done + f.n_cancelled + taken_back, submitted);
	expect(f.n_done > 0);
	fixture_fini(&f);
}
END_TEST

TEST_MAIN("offload/pool", a_job_runs_on_a_thread_and_is_done_on_the_loop,
	  with_one_thread_jobs_run_in_order, a_full_pool_refuses_and_tells_when_there_is_room,
	  a_job_that_has_not_begun_is_withdrawn, recalling_waits_for_a_job_that_runs,
	  stopping_cancels_what_has_not_begun_and_waits_for_the_rest,
	  a_thread_that_does_not_come_back_is_abandoned, threads_have_names_and_leave_signals_alone,
	  two_loops_share_a_pool, a_quiet_moment_comes_between_jobs, every_job_ends_exactly_once)
