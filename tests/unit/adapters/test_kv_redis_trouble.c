/* SPDX-License-Identifier: Apache-2.0 */
/* kv.redis with a server that goes away, stands still, or does not want us. */
#include "redis_server.h"

static bool is_logged(const struct store *store, const char *text) {
	return fake_host_logged(store->adapter.fake, RY_LOG_WARNING, text) != NULL;
}

/* -- the server goes away ------------------------------------------------------------------- */

START_TEST(calls_in_flight_end_with_the_connection)
{
	struct server server = server_new();
	struct store store = store_on(&server, "");
	struct trial trials[64], trial;
	int64_t got;

	expect_ok(put(&store, "key", "value", 5));
	server_signal(&server, SIGSTOP);
	for (size_t i = 0; i < 64; i++) {
		trials[i] = trial_new(LIMIT_MS);
		expect_int(begin_increment(&store, &trials[i], "counter", 1), RY_PENDING);
	}
	fake_host_turn(store.adapter.fake, 10); /* sent */
	server_kill(&server);
	for (size_t i = 0; i < 64; i++)
		expect_errno(finish(&store, &trials[i], RY_PENDING), ECONNRESET);
	expect(is_logged(&store, "lost the connection"));

	/* Calls wait for its successor. */
	trial = trial_new(LIMIT_MS);
	expect_int(begin_get(&store, &trial, "key", 3), RY_PENDING);
	server_start(&server, NULL, NULL);
	expect_int(finish(&store, &trial, RY_PENDING), RY_KV_NOT_FOUND);
	expect_ok(increment(&store, "counter", 1, &got));
	expect_int(got, 1);
	expect_int(fake_host_metric(store.adapter.fake, "connects"), 2);
	store_fini(&store);
	server_fini(&server);
}
END_TEST

START_TEST(a_server_that_is_not_there_is_waited_for_until_the_deadline)
{
	struct server server = server_new();
	struct store store;
	struct trial trial = trial_new(60), later = trial_new(LIMIT_MS);

	server_kill(&server);
	unlink(server.path);
	store = store_on(&server, "");
	expect_int(begin_get(&store, &later, "key", 3), RY_PENDING);
	expect_errno(finish(&store, &trial, begin_get(&store, &trial, "key", 3)), ETIMEDOUT);
	expect(clock_monotonic_ns() >= trial.call.deadline_ns);
	expect_errno(begin_get(&store, &trial, "key", 3), ETIMEDOUT); /* a past deadline */
	expect_int(later.n_done, 0);
	expect_int(fake_host_metric(store.adapter.fake, "timeouts"), 1);
	server_start(&server, NULL, NULL);
	expect_int(finish(&store, &later, RY_PENDING), RY_KV_NOT_FOUND);
	store_fini(&store);
	server_fini(&server);
}
END_TEST

static void on_reset_try_again(struct ry_call *call, int status) {
	struct trial *trial = (struct trial *)call;
	struct store *store = call->owner;

	expect_errno(status, ECONNRESET);
	trial->call.done = on_done;
	expect_int(begin_put(store, trial, "key", "again", 5, false), RY_PENDING);
}

/* A call that is made in the `done` of a lost one waits for the next connection. */
START_TEST(a_lost_call_may_be_made_again_at_once)
{
	struct server server = server_new();
	struct store store = store_on(&server, "");
	struct trial trial = trial_new(LIMIT_MS), read;

	expect_ok(put(&store, "key", "value", 5));
	server_signal(&server, SIGSTOP);
	trial.call.done = on_reset_try_again;
	trial.call.owner = &store;
	expect_int(begin_put(&store, &trial, "key", "once", 4, false), RY_PENDING);
	fake_host_turn(store.adapter.fake, 10);
	server_kill(&server);
	server_start(&server, NULL, NULL);
	expect_ok(finish(&store, &trial, RY_PENDING));
	expect_ok(get(&store, "key", &read));
	expect(!memcmp(read.value, "again", 5));
	store_fini(&store);
	server_fini(&server);
}
END_TEST

/* -- the server stands still ---------------------------------------------------------------- */

static bool three_late(void *user) {
	return fake_host_metric(((struct store *)user)->adapter.fake, "late_answers") == 3;
}

START_TEST(late_answers_are_nobodys)
{
	struct server server = server_new();
	struct store store = store_on(&server, ", \"timeout_ms\": 40");
	struct trial *trials = calloc(3, sizeof(*trials)), trial;

	expect_ok(put(&store, "key", "value", 5));
	server_signal(&server, SIGSTOP);
	for (size_t i = 0; i < 3; i++) {
		trials[i] = trial_new(0); /* the adapter's own limit */
		expect_int(begin_get(&store, &trials[i], "key", 3), RY_PENDING);
	}
	for (size_t i = 0; i < 3; i++)
		expect_errno(finish(&store, &trials[i], RY_PENDING), ETIMEDOUT);
	free(trials); /* a late answer must not reach it */
	trial = trial_new(LIMIT_MS);
	expect_int(begin_put(&store, &trial, "key", "new", 3, false), RY_PENDING);
	server_signal(&server, SIGCONT);
	expect_ok(finish(&store, &trial, RY_PENDING));
	expect(fake_host_until(store.adapter.fake, three_late, &store, LIMIT_MS));
	expect_ok(get(&store, "key", &trial));
	expect(!memcmp(trial.value, "new", 3));
	expect_int(fake_host_metric(store.adapter.fake, "connects"), 1);
	store_fini(&store);
	server_fini(&server);
}
END_TEST

START_TEST(deadlines_come_in_their_order)
{
	struct server server = server_new();
	struct store store = store_on(&server, "");
	const unsigned limits[] = {90, 30, 60, 30, 120};
	struct trial trials[5], trial;

	expect_ok(put(&store, "key", "value", 5));
	server_signal(&server, SIGSTOP);
	for (size_t i = 0; i < 5; i++) {
		trials[i] = trial_new(limits[i]);
		expect_int(begin_get(&store, &trials[i], "key", 3), RY_PENDING);
	}
	expect_errno(finish(&store, &trials[3], RY_PENDING), ETIMEDOUT);
	expect_int(trials[1].n_done, 1);
	expect_int(trials[4].n_done, 0);
	expect_errno(finish(&store, &trials[2], RY_PENDING), ETIMEDOUT);
	expect_errno(finish(&store, &trials[4], RY_PENDING), ETIMEDOUT);
	expect_int(trials[0].n_done, 1);
	expect(clock_monotonic_ns() >= trials[4].call.deadline_ns);
	server_signal(&server, SIGCONT);
	expect_ok(get(&store, "key", &trial));
	store_fini(&store);
	server_fini(&server);
}
END_TEST

START_TEST(a_silent_connection_is_given_up)
{
	struct server server = server_new();
	struct store store = store_on(&server, ", \"silence_ms\": 60, \"connect_timeout_ms\": 100");
	struct trial trial = trial_new(LIMIT_MS);

	expect_ok(put(&store, "key", "value", 5));
	server_signal(&server, SIGSTOP);
	expect_errno(finish(&store, &trial, begin_get(&store, &trial, "key", 3)), ECONNRESET);
	expect(is_logged(&store, "does not answer"));

	/* The kernel still accepts for it; the handshake has its own limit. */
	trial = trial_new(250);
	expect_errno(finish(&store, &trial, begin_get(&store, &trial, "key", 3)), ETIMEDOUT);
	expect(is_logged(&store, "connect_timeout_ms"));
	server_signal(&server, SIGCONT);
	expect_ok(get(&store, "key", &trial));
	store_fini(&store);
	server_fini(&server);
}
END_TEST

/* An idle connection owes nothing, however long. */
START_TEST(an_idle_connection_stays)
{
	struct server server = server_new();
	struct store store = store_on(&server, ", \"silence_ms\": 20");
	struct trial trial = trial_new(0);

	expect_ok(put(&store, "key", "value", 5));
	expect(!fake_host_until(store.adapter.fake, is_done, &trial, 150));
	expect_ok(get(&store, "key", &trial));
	expect_int(fake_host_metric(store.adapter.fake, "connects"), 1);
	store_fini(&store);
	server_fini(&server);
}
END_TEST

/* -- giving up ------------------------------------------------------------------------------ */

START_TEST(cancelled_calls_are_never_done)
{
	struct server server = server_new();
	struct store store = store_on(&server, "");
	struct trial *waiting = calloc(1, sizeof(*waiting)), *sent = calloc(1, sizeof(*sent));
	struct trial trial;

	*waiting = trial_new(0);
	expect_int(begin_put(&store, waiting, "key", "waiting", 7, false), RY_PENDING);
	ry_call_cancel(&waiting->call);
	expect_int(waiting->n_done, 0);
	free(waiting); /* nothing may reach it */
	expect_int(get(&store, "key", &trial), RY_KV_NOT_FOUND);

	*sent = trial_new(0);
	expect_int(begin_put(&store, sent, "key", "sent", 4, false), RY_PENDING);
	ry_call_cancel(&sent->call);
	expect_int(sent->n_done, 0);
	free(sent);
	expect_ok(get(&store, "key", &trial)); /* it has happened nevertheless */
	expect(!memcmp(trial.value, "sent", 4));
	expect_int(fake_host_metric(store.adapter.fake, "late_answers"), 1);
	store_fini(&store);
	server_fini(&server);
}
END_TEST

static void on_done_cancel_other(struct ry_call *call, int status) {
	struct trial *other = call->owner;

	on_done(call, status);
	ry_call_cancel(&other->call);
}

START_TEST(a_call_may_be_cancelled_in_the_done_of_another)
{
	struct server server = server_new();
	struct store store = store_on(&server, "");
	struct trial first = trial_new(0), second = trial_new(0), trial;

	first.call.done = on_done_cancel_other;
	first.call.owner = &second;
	expect_int(begin_put(&store, &first, "key", "a", 1, false), RY_PENDING);
	expect_int(begin_put(&store, &second, "key", "b", 1, false), RY_PENDING);
	expect_ok(finish(&store, &first, RY_PENDING));
	expect_ok(get(&store, "key", &trial));
	expect_int(second.n_done, 0);
	/* And by the death of the connection. */
	server_signal(&server, SIGSTOP);
	first = trial_new(LIMIT_MS);
	second = trial_new(LIMIT_MS);
	first.call.done = on_done_cancel_other;
	first.call.owner = &second;
	expect_int(begin_put(&store, &first, "key", "a", 1, false), RY_PENDING);
	expect_int(begin_put(&store, &second, "key", "b", 1, false), RY_PENDING);
	fake_host_turn(store.adapter.fake, 10);
	server_kill(&server);
	expect_errno(finish(&store, &first, RY_PENDING), ECONNRESET);
	expect_int(second.n_done, 0);
	store_fini(&store);
	server_fini(&server);
}
END_TEST

START_TEST(what_is_pending_is_bounded)
{
	struct server server = server_new();
	struct store store = store_on(&server, ", \"max_pending\": 2");
	struct trial first, second, third;

	expect_ok(put(&store, "key", "value", 5));
	server_signal(&server, SIGSTOP);
	first = trial_new(20);
	second = trial_new(LIMIT_MS);
	third = trial_new(0);
	expect_int(begin_get(&store, &first, "key", 3), RY_PENDING);
	expect_int(begin_get(&store, &second, "key", 3), RY_PENDING);
	expect_errno(begin_get(&store, &third, "key", 3), EAGAIN);
	/* Given up is not answered. */
	expect_errno(finish(&store, &first, RY_PENDING), ETIMEDOUT);
	ry_call_cancel(&second.call);
	expect_errno(begin_get(&store, &third, "key", 3), EAGAIN);
	server_signal(&server, SIGCONT);
	while (fake_host_metric(store.adapter.fake, "late_answers") < 2)
		expect(fake_host_turn(store.adapter.fake, LIMIT_MS));
	expect_ok(finish(&store, &third, begin_get(&store, &third, "key", 3)));
	store_fini(&store);
	server_fini(&server);
}
END_TEST

/* After stop nobody is told; the calls' memory is not touched. */
START_TEST(stopping_ends_what_is_pending)
{
	struct server server = server_new();
	struct store store = store_on(&server, "");
	struct trial *sent = calloc(1, sizeof(*sent)), *waiting = calloc(1, sizeof(*waiting));

	expect_ok(put(&store, "key", "value", 5));
	*sent = trial_new(0);
	expect_int(begin_get(&store, sent, "key", 3), RY_PENDING);
	free(sent);
	store_fini(&store);
	store = store_on(&server, "");
	*waiting = trial_new(0);
	expect_int(begin_get(&store, waiting, "key", 3), RY_PENDING);
	free(waiting);
	store_fini(&store);
	server_fini(&server);
}
END_TEST

/* -- the server does not want us ------------------------------------------------------------ */

START_TEST(a_wrong_password_fails_calls_at_once)
{
	struct server server = server_new();
	struct store store;
	struct trial trial = trial_new(LIMIT_MS);

	server_do(&server, "CONFIG SET requirepass right");
	store = store_on(&server, ", \"password\": \"wrong-secret\"");
	expect_errno(finish(&store, &trial, begin_get(&store, &trial, "key", 3)), EACCES);
	expect_errno(begin_get(&store, &trial, "key", 3), EACCES);
	expect(is_logged(&store, "WRONGPASS"));
	expect(!is_logged(&store, "wrong-secret"));
	store_fini(&store);

	/* None at all. */
	store = store_on(&server, "");
	trial = trial_new(LIMIT_MS);
	expect_errno(finish(&store, &trial, begin_get(&store, &trial, "key", 3)), EACCES);
	store_fini(&store);

	store = store_on(&server, ", \"password\": \"right\", \"db\": 2");
	expect_int(get(&store, "key", &trial), RY_KV_NOT_FOUND);
	store_fini(&store);
	server_fini(&server);
}
END_TEST

static bool is_accepted(void *user) {
	return fake_host_metric(((struct store *)user)->adapter.fake, "connects") == 1;
}

START_TEST(a_refusal_ends_when_the_server_changes_its_mind)
{
	struct server server = server_new();
	struct store store;
	struct trial trial = trial_new(LIMIT_MS);

	store = store_on(&server, ", \"username\": \"alice\", \"password\": \"in-wonderland\"");
	expect_errno(finish(&store, &trial, begin_get(&store, &trial, "key", 3)), EACCES);
	server_do(&server, "ACL SETUSER alice on >in-wonderland ~* +@all");
	expect(fake_host_until(store.adapter.fake, is_accepted, &store, LIMIT_MS));
	expect_int(get(&store, "key", &trial), RY_KV_NOT_FOUND);
	store_fini(&store);
	server_fini(&server);
}
END_TEST

START_TEST(a_user_without_scripts_may_do_the_rest)
{
	struct server server = server_new();
	struct store store;
	struct trial trial;
	int64_t got;

	server_do(&server, "ACL SETUSER bob on >hunter2 ~* +get +set");
	store = store_on(&server, ", \"username\": \"bob\", \"password\": \"hunter2\"");
	expect_ok(put(&store, "key", "value", 5));
	expect_ok(get(&store, "key", &trial));
	expect_errno(increment(&store, "counter", 1, &got), EACCES);
	expect(is_logged(&store, "NOPERM"));
	store_fini(&store);

	/* EVAL alone, without loading, is enough for increments. */
	server_do(&server, "ACL SETUSER carol on >hunter2 ~* +get +set +setrange +eval");
	store = store_on(&server, ", \"username\": \"carol\", \"password\": \"hunter2\"");
	expect_ok(increment(&store, "counter", 41, &got));
	expect_ok(increment(&store, "counter", 1, &got));
	expect_int(got, 42);
	store_fini(&store);
	server_fini(&server);
}
END_TEST

START_TEST(a_database_that_is_not_there_is_refused)
{
	struct server server = server_new();
	struct store store = store_on(&server, ", \"db\": 999");
	struct trial trial = trial_new(LIMIT_MS);

	expect_errno(finish(&store, &trial, begin_get(&store, &trial, "key", 3)), EINVAL);
	expect(is_logged(&store, "out of range"));
	store_fini(&store);
	server_fini(&server);
}
END_TEST

START_TEST(errors_of_the_server_have_errnos)
{
	struct server server = server_new();
	struct store store = store_on(&server, "");
	struct trial trial;

	expect_ok(put(&store, "key", "value", 5));
	server_do(&server, "CONFIG SET maxmemory 1");
	expect_errno(put(&store, "key", "value", 5), ENOSPC);
	server_do(&server, "CONFIG SET maxmemory 0");
	server_do(&server, "REPLICAOF 127.0.0.1 1");
	expect_errno(put(&store, "key", "value", 5), EROFS);
	expect_ok(get(&store, "key", &trial));
	store_fini(&store);
	server_fini(&server);
}
END_TEST

START_TEST(a_full_server_is_tried_again)
{
	struct server server = server_new();
	struct store store;
	struct trial trial = trial_new(LIMIT_MS);
	redisContext *admin = redisConnectUnix(server.path);

	freeReplyObject(redisCommand(admin, "CONFIG SET maxclients 1"));
	store = store_on(&server, "");
	expect_int(begin_get(&store, &trial, "key", 3), RY_PENDING);
	while (!is_logged(&store, "max number of clients"))
		expect(fake_host_turn(store.adapter.fake, LIMIT_MS));
	expect_int(trial.n_done, 0);
	redisFree(admin);
	expect_int(finish(&store, &trial, RY_PENDING), RY_KV_NOT_FOUND);
	store_fini(&store);
	server_fini(&server);
}
END_TEST

START_TEST(a_host_without_an_address_does_not_start)
{
	struct fake_adapter adapter = fake_adapter_create_async(
		store_type(), "{\"host\": \"no-such-host.invalid\"}", NULL);

	signal(SIGPIPE, SIG_IGN);
	expect_errno(adapter.type->ops->start(adapter.self), EHOSTUNREACH);
	expect(fake_host_logged(adapter.fake, RY_LOG_ERROR, "no-such-host.invalid"));
	fake_adapter_close(&adapter);
}
END_TEST

TEST_MAIN("adapters/kv_redis_trouble", calls_in_flight_end_with_the_connection,
	  a_server_that_is_not_there_is_waited_for_until_the_deadline,
	  a_lost_call_may_be_made_again_at_once, late_answers_are_nobodys,
	  deadlines_come_in_their_order, a_silent_connection_is_given_up, an_idle_connection_stays,
	  cancelled_calls_are_never_done, a_call_may_be_cancelled_in_the_done_of_another,
	  what_is_pending_is_bounded, stopping_ends_what_is_pending,
	  a_wrong_password_fails_calls_at_once, a_refusal_ends_when_the_server_changes_its_mind,
	  a_user_without_scripts_may_do_the_rest, a_database_that_is_not_there_is_refused,
	  errors_of_the_server_have_errnos, a_full_server_is_tried_again,
	  a_host_without_an_address_does_not_start)
