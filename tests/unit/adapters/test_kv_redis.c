/* SPDX-License-Identifier: Apache-2.0 */
/* kv.redis with a server that does what it should: what the operations do. */
#include "redis_server.h"

/* -- operations ----------------------------------------------------------------------------- */

START_TEST(values_are_put_and_got_and_removed)
{
	struct server server = server_new();
	struct store store = store_on(&server, "");
	struct trial trial;
	const char bytes[] = "a\0b\r\n\xff";

	expect_int(get(&store, "key", &trial), RY_KV_NOT_FOUND);
	expect_ok(put(&store, "key", bytes, sizeof(bytes)));
	expect_ok(get(&store, "key", &trial));
	expect_int(trial.result.get.length, sizeof(bytes));
	expect(!memcmp(trial.value, bytes, sizeof(bytes)));
	expect_ok(put(&store, "key", NULL, 0));
	expect_ok(get(&store, "key", &trial));
	expect_int(trial.result.get.length, 0);

	trial = trial_new(0);
	trial.request.remove = (struct ry_kv_remove_request){"key", 3};
	expect_ok(finish(&store, &trial,
			 ry_kv_remove(&store.binding, &trial.request.remove, &trial.call)));
	trial = trial_new(0);
	trial.request.remove = (struct ry_kv_remove_request){"key", 3};
	expect_int(finish(&store, &trial,
			  ry_kv_remove(&store.binding, &trial.request.remove, &trial.call)),
		   RY_KV_NOT_FOUND);
	expect_int(get(&store, "key", &trial), RY_KV_NOT_FOUND);
	store_fini(&store);
	server_fini(&server);
}
END_TEST

START_TEST(only_if_absent_leaves_what_is_there)
{
	struct server server = server_new();
	struct store store = store_on(&server, "");
	struct trial trial = trial_new(0);

	expect_ok(finish(&store, &trial, begin_put(&store, &trial, "key", "first", 5, true)));
	trial = trial_new(0);
	expect_int(finish(&store, &trial, begin_put(&store, &trial, "key", "second", 6, true)),
		   RY_KV_EXISTS);
	expect_ok(get(&store, "key", &trial));
	expect_int(trial.result.get.length, 5);
	expect(!memcmp(trial.value, "first", 5));
	expect_ok(put(&store, "key", "third", 5));
	expect_ok(get(&store, "key", &trial));
	expect(!memcmp(trial.value, "third", 5));
	store_fini(&store);
	server_fini(&server);
}
END_TEST

START_TEST(keys_are_bytes_behind_a_prefix)
{
	struct server server = server_new();
	struct store store = store_on(&server, ", \"key_prefix\": \"orders:\"");
	const char one[] = {'k', '\0', '1'}, two[] = {'k', '\0', '2'};
	char longest[512];
	struct trial trial = trial_new(0);
	redisReply *reply;

	trial.request.put = (struct ry_kv_put_request){one, 3, "one", 3, 0, 0};
	expect_ok(
		finish(&store, &trial, ry_kv_put(&store.binding, &trial.request.put, &trial.call)));
	trial = trial_new(0);
	expect_int(finish(&store, &trial, begin_get(&store, &trial, two, 3)), RY_KV_NOT_FOUND);
	trial = trial_new(0);
	expect_ok(finish(&store, &trial, begin_get(&store, &trial, one, 3)));
	reply = server_ask(&server, "GET orders:%b", one, (size_t)3);
	expect_int(reply->len, 3);
	expect(!memcmp(reply->str, "one", 3));
	freeReplyObject(reply);

	memset(longest, 'x', sizeof(longest));
	trial = trial_new(0);
	expect_int(finish(&store, &trial, begin_get(&store, &trial, longest, 511)),
		   RY_KV_NOT_FOUND);
	expect_errno(begin_get(&store, &trial, longest, 512), EINVAL);
	expect_errno(begin_get(&store, &trial, longest, 0), EINVAL);
	expect_errno(begin_get(&store, &trial, NULL, 3), EINVAL);
	expect_errno(begin_put(&store, &trial, "key", NULL, 3, false), EINVAL);
	store_fini(&store);
	server_fini(&server);
}
END_TEST

START_TEST(a_caller_that_waits_is_refused)
{
	struct server server = server_new();
	struct store store = store_on(&server, "");
	const struct ry_kv_get_request request = {"key", 3};
	struct ry_kv_get_result result;

	expect_errno(ry_kv_get(&store.binding, &request, &result, NULL), EINVAL);
	store_fini(&store);
	server_fini(&server);
}
END_TEST

/* Valid in `done`, and beyond it until something else is done with the adapter. */
START_TEST(a_value_outlives_done)
{
	struct server server = server_new();
	struct store store = store_on(&server, "");
	struct trial trial;

	expect_ok(put(&store, "key", "value", 5));
	expect_ok(get(&store, "key", &trial));
	expect(!memcmp(trial.result.get.value, "value", 5));
	server_kill(&server);
	for (int i = 0; i < 3; i++)
		fake_host_turn(store.adapter.fake, 20);
	expect(!memcmp(trial.result.get.value, "value", 5));
	store_fini(&store);
	server_fini(&server);
}
END_TEST

START_TEST(databases_are_apart_and_tcp_works)
{
	struct server server = server_new();
	struct store first = store_on(&server, ", \"db\": 3");
	struct trial trial;
	char settings[64];
	struct store second;

	snprintf(settings, sizeof(settings), "\"host\": \"localhost\", \"port\": %d", server.port);
	second = store_new(settings);
	expect_ok(put(&first, "key", "in three", 8));
	expect_int(get(&second, "key", &trial), RY_KV_NOT_FOUND);
	expect_ok(put(&second, "key", "in none", 7));
	expect_ok(get(&first, "key", &trial));
	expect(!memcmp(trial.value, "in three", 8));
	store_fini(&first);
	store_fini(&second);
	server_fini(&server);
}
END_TEST

/* -- increment ------------------------------------------------------------------------------ */

START_TEST(increments_are_exact_in_64_bits)
{
	static const int64_t values[] = {
		0,
		1,
		-1,
		42,
		INT64_C(0xffffffff),
		INT64_MAX,
		INT64_MIN,
		INT64_MAX - 1,
		INT64_MIN + 1,
		INT64_C(1) << 53,
		(INT64_C(1) << 53) + 1,
		-(INT64_C(1) << 53) - 1,
		INT64_C(0x100000000),
		-INT64_C(0x100000000),
		INT64_C(0x7fffffff80000001),
		-7,
	};
	const size_t n = sizeof(values) / sizeof(values[0]);
	struct server server = server_new();
	struct store store = store_on(&server, "");
	struct trial trial;
	int64_t got = 0, want, stored;

	expect_ok(increment(&store, "absent", -5, &got));
	expect_int(got, -5);
	for (size_t i = 0; i < n * n; i++) {
		int64_t value = values[i / n], delta = values[i % n];

		expect_ok(put(&store, "key", &value, sizeof(value)));
		if (__builtin_add_overflow(value, delta, &want)) {
			expect_errno(increment(&store, "key", delta, &got), ERANGE);
			want = value;
		} else {
			expect_ok(increment(&store, "key", delta, &got));
			expect_int(got, want);
		}
		expect_ok(get(&store, "key", &trial));
		expect_int(trial.result.get.length, sizeof(stored));
		memcpy(&stored, trial.value, sizeof(stored));
		expect_int(stored, want);
	}
	store_fini(&store);
	server_fini(&server);
}
END_TEST

START_TEST(what_is_no_counter_is_not_incremented)
{
	struct server server = server_new();
	struct store store = store_on(&server, "");
	struct trial trial;
	int64_t got;

	expect_ok(put(&store, "short", "1234567", 7));
	expect_errno(increment(&store, "short", 1, &got), EINVAL);
	expect_ok(put(&store, "long", "123456789", 9));
	expect_errno(increment(&store, "long", 1, &got), EINVAL);
	expect_ok(put(&store, "empty", "", 0));
	expect_errno(increment(&store, "empty", 1, &got), EINVAL);
	server_do(&server, "RPUSH list a");
	expect_errno(increment(&store, "list", 1, &got), EINVAL);
	expect_errno(get(&store, "list", &trial), EINVAL);
	expect_ok(get(&store, "short", &trial));
	expect(!memcmp(trial.value, "1234567", 7));
	store_fini(&store);
	server_fini(&server);
}
END_TEST

START_TEST(a_counter_keeps_its_time_to_live)
{
	struct server server = server_new();
	struct store store = store_on(&server, "");
	redisReply *reply;
	int64_t got;

	expect_ok(increment(&store, "key", 1, &got));
	server_do(&server, "EXPIRE key 1000");
	expect_ok(increment(&store, "key", 1, &got));
	reply = server_ask(&server, "TTL key");
	expect(reply->integer > 900);
	freeReplyObject(reply);
	store_fini(&store);
	server_fini(&server);
}
END_TEST

START_TEST(a_server_that_forgets_scripts_is_told_again)
{
	struct server server = server_new();
	struct store store = store_on(&server, "");
	struct trial trials[8];
	int64_t got = 0;

	expect_ok(increment(&store, "key", 1, &got));
	server_do(&server, "SCRIPT FLUSH");
	for (size_t i = 0; i < 8; i++) {
		trials[i] = trial_new(0);
		expect_int(begin_increment(&store, &trials[i], "key", 1), RY_PENDING);
	}
	for (size_t i = 0; i < 8; i++)
		expect_ok(finish(&store, &trials[i], RY_PENDING));
	expect_ok(increment(&store, "key", 1, &got));
	expect_int(got, 10);
	store_fini(&store);
	server_fini(&server);
}
END_TEST

/* -- many at a time ------------------------------------------------------------------------- */

#define IN_FLIGHT 64

/* Keeps IN_FLIGHT increments of two stores in the air until each has done all of its own. */
struct stream {
	struct store *store;
	unsigned n_begun, n_done;
	struct stream_call {
		struct trial trial; /* first */
		struct stream *stream;
	} calls[IN_FLIGHT];
};

#define EACH 2000u

static void begin_one(struct stream_call *one);

static void on_one_done(struct ry_call *call, int status) {
	struct stream_call *one = (struct stream_call *)call;

	expect_ok(status);
	one->stream->n_done++;
	begin_one(one); /* out of done */
}

static void begin_one(struct stream_call *one) {
	struct stream *stream = one->stream;
	char *key = one->trial.value;

	if (stream->n_begun == EACH)
		return;
	snprintf(key, sizeof(one->trial.value), "key%u", stream->n_begun++ % 7);
	one->trial.call = trial_new(0).call;
	one->trial.call.done = on_one_done;
	expect_int(begin_increment(stream->store, &one->trial, key, 1), RY_PENDING);
}

static bool both_done(void *user) {
	struct stream *streams = user;

	return streams[0].n_done == EACH && streams[1].n_done == EACH;
}

START_TEST(increments_of_two_connections_lose_nothing)
{
	struct server server = server_new();
	struct store first = store_on(&server, ""), second;
	struct stream streams[2] = {{.store = &first}, {.store = &second}};
	char settings[128];
	int64_t sum = 0, got;

	snprintf(settings, sizeof(settings), "{\"unix_path\": \"%s\"}", server.path);
	second.adapter = fake_adapter_open_async(store_type(), settings, first.adapter.fake);
	second.binding = fake_adapter_binding(&second.adapter, 0);
	for (size_t i = 0; i < 2 * IN_FLIGHT; i++) {
		streams[i % 2].calls[i / 2].stream = &streams[i % 2];
		begin_one(&streams[i % 2].calls[i / 2]);
	}
	expect(fake_host_until(first.adapter.fake, both_done, streams, LIMIT_MS));
	for (int i = 0; i < 7; i++) {
		char key[8];

		snprintf(key, sizeof(key), "key%d", i);
		expect_ok(increment(&first, key, 0, &got));
		sum += got;
	}
	expect_int(sum, 2 * EACH);
	store_fini(&first);
	store_fini(&second);
	server_fini(&server);
}
END_TEST

/* Calls that wait for the connection and those that come when it is there keep their order. */
START_TEST(calls_keep_their_order)
{
	struct server server = server_new();
	struct store store = store_on(&server, "");
	struct trial trials[3];

	for (size_t i = 0; i < 3; i++)
		trials[i] = trial_new(0);
	expect_int(begin_put(&store, &trials[0], "key", "first", 5, false), RY_PENDING);
	expect_int(begin_get(&store, &trials[1], "key", 3), RY_PENDING);
	expect_int(begin_put(&store, &trials[2], "key", "second", 6, false), RY_PENDING);
	expect_ok(finish(&store, &trials[2], RY_PENDING));
	expect_int(trials[0].n_done + trials[1].n_done, 2);
	expect(!memcmp(trials[1].value, "first", 5));
	store_fini(&store);
	server_fini(&server);
}
END_TEST

/* -- before a run --------------------------------------------------------------------------- */

static int check(const char *settings, char *why) {
	const struct ry_adapter_type *type = store_type();
	void *config = fake_config_new(type->keys, type->config_size, settings);
	int r = type->ops->check(config, why, 256);

	fake_config_free(config);
	return r;
}

START_TEST(settings_are_checked_with_the_server)
{
	struct server server = server_new();
	char settings[256], why[256] = "";

	snprintf(settings, sizeof(settings), "{\"unix_path\": \"%s\", \"db\": 1}", server.path);
	expect_ok(check(settings, why));
	snprintf(settings, sizeof(settings), "{\"port\": %d}", server.port);
	expect_ok(check(settings, why));
	snprintf(settings, sizeof(settings), "{\"port\": %d, \"db\": 999}", server.port);
	expect_errno(check(settings, why), EACCES);
	expect(strstr(why, "SELECT"));
	snprintf(settings, sizeof(settings), "{\"port\": %d, \"password\": \"hush\"}", server.port);
	expect_errno(check(settings, why), EACCES);
	expect(strstr(why, "AUTH") && !strstr(why, "hush"));
	server_kill(&server);
	expect_errno(check(settings, why), ECONNREFUSED);
	expect(strstr(why, "refused"));
	server_fini(&server);
}
END_TEST

START_TEST(settings_that_do_not_fit_together_are_refused)
{
	char why[256], settings[512];

	expect_errno(check("{\"unix_path\": \"/tmp/r\", \"host\": \"h\"}", why), EINVAL);
	expect(strstr(why, "instead of host"));
	expect_errno(check("{\"unix_path\": \"/tmp/r\", \"port\": 1}", why), EINVAL);
	expect_errno(check("{\"host\": \"\"}", why), EINVAL);
	expect_errno(check("{\"username\": \"u\"}", why), EINVAL);
	snprintf(settings, sizeof(settings), "{\"unix_path\": \"/%0200d\"}", 0);
	expect_errno(check(settings, why), EINVAL);
	snprintf(settings, sizeof(settings), "{\"key_prefix\": \"%0257d\"}", 0);
	expect_errno(check(settings, why), EINVAL);
	expect(strstr(why, "256"));
}
END_TEST

TEST_MAIN("adapters/kv_redis", values_are_put_and_got_and_removed,
	  only_if_absent_leaves_what_is_there, keys_are_bytes_behind_a_prefix,
	  a_caller_that_waits_is_refused, a_value_outlives_done, databases_are_apart_and_tcp_works,
	  increments_are_exact_in_64_bits, what_is_no_counter_is_not_incremented,
	  a_counter_keeps_its_time_to_live, a_server_that_forgets_scripts_is_told_again,
	  increments_of_two_connections_lose_nothing, calls_keep_their_order,
	  settings_are_checked_with_the_server, settings_that_do_not_fit_together_are_refused)
