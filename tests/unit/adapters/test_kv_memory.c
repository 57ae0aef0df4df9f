/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters.h"

#include <errno.h>
#include <railyard/kv.h>
#include <stdio.h>

#include "kv_memory/siphash.h"
#include "support/fake_host.h"
#include "support/test.h"

static int put(const struct ry_binding *b, const char *key, const char *value, int only_if_absent) {
	struct ry_kv_put_request req = {
		key, strlen(key), value, strlen(value), (uint32_t)only_if_absent, 0};

	return ry_kv_put(b, &req, NULL);
}

static int get(const struct ry_binding *b, const char *key, struct ry_kv_get_result *res) {
	return ry_kv_get(b, &(struct ry_kv_get_request){key, strlen(key)}, res, NULL);
}

static int take(const struct ry_binding *b, const char *key) {
	return ry_kv_remove(b, &(struct ry_kv_remove_request){key, strlen(key)}, NULL);
}

static void expect_value(const struct ry_binding *b, const char *key, const char *want) {
	struct ry_kv_get_result res;

	expect_int(get(b, key, &res), 0);
	expect_int(res.length, strlen(want));
	ck_assert_mem_eq(res.value, want, res.length);
}

START_TEST(siphash_is_the_published_function)
{
	struct siphash_seed seed;
	unsigned char bytes[16];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	memcpy(&seed, bytes, sizeof(seed));
	expect(siphash(&seed, 2, 4, bytes, 0) == 0x726fdb47dd0e0e31ull);
	expect(siphash(&seed, 2, 4, bytes, 15) == 0xa129ca6149be45e5ull);
}
END_TEST

START_TEST(values_are_put_replaced_and_removed)
{
	struct fake_adapter kv = fake_adapter_open(&ry_adapter_kv_memory, NULL);
	struct ry_binding b = fake_adapter_binding(&kv, 0);
	struct ry_kv_get_result res;

	expect_int(get(&b, "a", &res), RY_KV_NOT_FOUND);
	expect_ok(put(&b, "a", "1", 0));
	expect_ok(put(&b, "a", "a value longer than the first one's room", 0));
	expect_value(&b, "a", "a value longer than the first one's room");
	expect_ok(put(&b, "a", "", 0));
	expect_value(&b, "a", "");
	expect_int(put(&b, "a", "x", 1), RY_KV_EXISTS);
	expect_value(&b, "a", "");
	expect_ok(put(&b, "b", "x", 1));
	expect_ok(take(&b, "a"));
	expect_int(take(&b, "a"), RY_KV_NOT_FOUND);
	expect_value(&b, "b", "x");
	expect_ok(fake_adapter_close(&kv));
}
END_TEST

START_TEST(a_value_may_be_put_from_itself)
{
	struct fake_adapter kv = fake_adapter_open(&ry_adapter_kv_memory, NULL);
	struct ry_binding b = fake_adapter_binding(&kv, 0);
	struct ry_kv_get_result res;
	struct ry_kv_put_request req = {"a", 1, NULL, 20, 0, 0};

	expect_ok(put(&b, "a", "0123456789abcdefghijklmnop", 0));
	expect_ok(get(&b, "a", &res));
	req.value = (const char *)res.value + 3;
	expect_ok(ry_kv_put(&b, &req, NULL));
	expect_value(&b, "a", "3456789abcdefghijklm");
	expect_ok(fake_adapter_close(&kv));
}
END_TEST

START_TEST(counters_count_and_do_not_wrap)
{
	struct fake_adapter kv = fake_adapter_open(&ry_adapter_kv_memory, NULL);
	struct ry_binding b = fake_adapter_binding(&kv, 0);
	struct ry_kv_increment_request req = {"n", 1, 5};
	struct ry_kv_increment_result res;

	expect_ok(ry_kv_increment(&b, &req, &res, NULL));
	expect_ok(ry_kv_increment(&b, &req, &res, NULL));
	expect_int(res.value, 10);
	req.delta = INT64_MAX;
	expect_errno(ry_kv_increment(&b, &req, &res, NULL), ERANGE);
	req.delta = -11;
	expect_ok(ry_kv_increment(&b, &req, &res, NULL));
	expect_int(res.value, -1);
	expect_ok(put(&b, "n", "text", 0));
	expect_errno(ry_kv_increment(&b, &req, &res, NULL), EINVAL);
	expect_ok(fake_adapter_close(&kv));
}
END_TEST

START_TEST(keys_have_bounds)
{
	struct fake_adapter kv = fake_adapter_open(&ry_adapter_kv_memory, NULL);
	struct ry_binding b = fake_adapter_binding(&kv, 0);
	char key[513];

	memset(key, 'k', 512);
	key[512] = 0;
	expect_errno(put(&b, key, "v", 0), EINVAL);
	expect_errno(put(&b, "", "v", 0), EINVAL);
	key[511] = 0;
	expect_ok(put(&b, key, "v", 0));
	expect_value(&b, key, "v");
	expect_ok(fake_adapter_close(&kv));
}
END_TEST

/* Random puts and removals against an array: removal must keep every probe chain together. */
START_TEST(it_agrees_with_an_array)
{
	enum { KEYS = 3000, STEPS = 200000 };
	static int model[KEYS];
	struct fake_adapter kv = fake_adapter_open(&ry_adapter_kv_memory, NULL);
	struct ry_binding b = fake_adapter_binding(&kv, 0);
	uint32_t random = 1;

	for (int step = 0; step < STEPS; step++) {
		char key[16], value[16];
		int i;

		random = random * 1664525 + 1013904223;
		i = (int)(random >> 8) % KEYS;
		snprintf(key, sizeof(key), "%d", i);
		snprintf(value, sizeof(value), "%d", step + 1);
		if (random >> 31) {
			expect_int(take(&b, key), model[i] ? 0 : RY_KV_NOT_FOUND);
			model[i] = 0;
		} else {
			expect_ok(put(&b, key, value, 0));
			model[i] = step + 1;
		}
	}
	for (int i = 0; i < KEYS; i++) {
		struct ry_kv_get_result res;
		char key[16], want[16];

		snprintf(key, sizeof(key), "%d", i);
		snprintf(want, sizeof(want), "%d", model[i]);
		if (model[i])
			expect_value(&b, key, want);
		else
			expect_int(get(&b, key, &res), RY_KV_NOT_FOUND);
	}
	expect_ok(fake_adapter_close(&kv));
}
END_TEST

START_TEST(the_memory_limit_holds_and_what_is_there_stays)
{
	struct fake_adapter kv = fake_adapter_open(&ry_adapter_kv_memory, "{\"max_bytes\":65536}");
	struct ry_binding b = fake_adapter_binding(&kv, 0);
	char key[16];
	int n = 0, r;

	do {
		snprintf(key, sizeof(key), "%d", n);
		r = put(&b, key, "value", 0);
		n += r == 0;
	} while (r == 0);
	expect_int(r, -ENOSPC);
	expect(n > 500);
	expect(kv.fake->live_bytes <= 65536);
	for (int i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "%d", i);
		expect_value(&b, key, "value");
	}
	expect_ok(take(&b, "0"));
	expect_ok(put(&b, "new", "value", 0));
	expect_ok(fake_adapter_close(&kv));
}
END_TEST

START_TEST(an_asynchronous_call_is_completed_on_return)
{
	struct fake_adapter kv = fake_adapter_open(&ry_adapter_kv_memory, NULL);
	struct ry_binding b = fake_adapter_binding(&kv, 0);
	struct ry_call call = {RY_SIZE(ry_call)};
	struct ry_kv_put_request req = {"a", 1, "1", 1, 0, 0};

	expect_ok(ry_kv_put(&b, &req, &call)); /* done is NULL: it must not be called */
	expect_value(&b, "a", "1");
	expect_ok(fake_adapter_close(&kv));
}
END_TEST

TEST_MAIN("adapters/kv_memory", siphash_is_the_published_function,
	  values_are_put_replaced_and_removed, a_value_may_be_put_from_itself,
	  counters_count_and_do_not_wrap, keys_have_bounds, it_agrees_with_an_array,
	  the_memory_limit_holds_and_what_is_there_stays,
	  an_asynchronous_call_is_completed_on_return)
