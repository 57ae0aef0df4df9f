/* SPDX-License-Identifier: Apache-2.0 */
#include "di.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/test.h"

static const struct di_offer kv[] = {{"kv", 1, 2}};
static const struct di_offer kv_both[] = {{"kv", 1, 0}, {"kv", 2, 3}};
static const struct di_offer clock_only[] = {{"clock", 1, 0}};
static const struct di_need needs_kv[] = {{.slot = "store", .contract = "kv", .major = 1}};

struct seen {
	struct di_problem problems[16];
	size_t n;
};

static void on_problem(void *user, const struct di_problem *problem) {
	struct seen *seen = user;

	ck_assert_uint_lt(seen->n, 16);
	seen->problems[seen->n++] = *problem;
}

static void expect_one(struct di *di, enum di_problem_kind kind, size_t component, size_t n_others,
		       const size_t *others) {
	struct seen seen = {0};

	expect_errno(di_resolve(di, on_problem, &seen), EINVAL);
	expect_int(seen.n, 1);
	expect_int(seen.problems[0].kind, kind);
	expect_int(seen.problems[0].component, component);
	expect_int(seen.problems[0].n_others, n_others);
	for (size_t i = 0; i < n_others; i++)
		expect_int(seen.problems[0].others[i], others[i]);
	di_free(di);
}

static size_t add(struct di *di, const char *name, const struct di_offer *offers, size_t n_offers,
		  const struct di_need *needs, size_t n_needs) {
	return di_add(di, &(struct di_component){
				  .name = name,
				  .offers = offers,
				  .n_offers = n_offers,
				  .needs = needs,
				  .n_needs = n_needs,
			  });
}

START_TEST(the_only_one_that_fits_is_taken)
{
	struct di *di = di_new();
	size_t user = add(di, "user", NULL, 0, needs_kv, 1), n;

	add(di, "clock", clock_only, 1, NULL, 0);
	add(di, "two", (const struct di_offer[]){{"kv", 2, 0}}, 1, NULL, 0);
	size_t one = add(di, "one", kv, 1, NULL, 0);

	expect_ok(di_resolve(di, NULL, NULL));
	expect_int(di_resolved(di, user, 0), one);
	/* Needs first, else as added. */
	expect_int(di_order(di, &n)[0], one);
	expect_int(n, 4);
	expect_int(di_order(di, &n)[1], user);
	expect_int(di_order(di, &n)[2], 1);
	expect_int(di_order(di, &n)[3], 2);
	di_free(di);
}
END_TEST

START_TEST(the_qualifier_beats_the_rest)
{
	const struct di_need need[] = {
		{.slot = "store", .contract = "kv", .major = 1, .qualifier = "b"}};
	struct di *di = di_new();
	size_t user = add(di, "user", NULL, 0, need, 1);

	add(di, "a", kv, 1, NULL, 0);
	size_t b = add(di, "b", kv, 1, NULL, 0);

	expect_ok(di_resolve(di, NULL, NULL));
	expect_int(di_resolved(di, user, 0), b);
	di_free(di);
}
END_TEST

START_TEST(two_versions_of_one_component_are_one_candidate)
{
	const struct di_need need[] = {{.slot = "a", .contract = "kv", .major = 1},
				       {.slot = "b", .contract = "kv", .major = 2, .minor = 3}};
	struct di *di = di_new();
	size_t user = add(di, "user", NULL, 0, need, 2);
	size_t both = add(di, "both", kv_both, 2, NULL, 0);

	expect_ok(di_resolve(di, NULL, NULL));
	expect_int(di_resolved(di, user, 0), both);
	expect_int(di_resolved(di, user, 1), both);
	di_free(di);
}
END_TEST

START_TEST(an_optional_need_stays_open)
{
	const struct di_need need[] = {
		{.slot = "store", .contract = "kv", .major = 1, .optional = true}};
	struct di *di = di_new();

	add(di, "user", NULL, 0, need, 1);
	expect_ok(di_resolve(di, NULL, NULL));
	expect(di_resolved(di, 0, 0) == SIZE_MAX);
	di_free(di);
}
END_TEST

START_TEST(a_component_is_not_its_own_provider)
{
	struct di *di = di_new();

	add(di, "cache", kv, 1, needs_kv, 1);
	size_t store = add(di, "store", kv, 1, NULL, 0);

	expect_ok(di_resolve(di, NULL, NULL));
	expect_int(di_resolved(di, 0, 0), store);
	di_free(di);

	di = di_new();
	add(di, "cache", kv, 1, needs_kv, 1);
	expect_one(di, DI_MISSING, 0, 0, NULL);
}
END_TEST

START_TEST(nobody_offers_it)
{
	struct di *di = di_new();

	add(di, "clock", clock_only, 1, NULL, 0);
	add(di, "user", NULL, 0, needs_kv, 1);
	expect_one(di, DI_MISSING, 1, 0, NULL);
}
END_TEST

START_TEST(several_offer_it)
{
	struct di *di = di_new();

	add(di, "a", kv, 1, NULL, 0);
	add(di, "user", NULL, 0, needs_kv, 1);
	add(di, "b", kv, 1, NULL, 0);
	expect_one(di, DI_AMBIGUOUS, 1, 2, (const size_t[]){0, 2});
}
END_TEST

START_TEST(the_version_does_not_fit)
{
	const struct di_need minor[] = {
		{.slot = "store", .contract = "kv", .major = 1, .minor = 3, .qualifier = "a"}};
	const struct di_need major[] = {{.slot = "store", .contract = "kv", .major = 2}};
	struct di *di = di_new();

	add(di, "a", kv, 1, NULL, 0);
	add(di, "user", NULL, 0, minor, 1);
	expect_one(di, DI_WRONG_VERSION, 1, 1, (const size_t[]){0});

	di = di_new();
	add(di, "a", kv, 1, NULL, 0);
	add(di, "user", NULL, 0, major, 1);
	expect_one(di, DI_WRONG_VERSION, 1, 1, (const size_t[]){0});
}
END_TEST

START_TEST(the_qualifier_names_nothing_or_what_does_not_fit)
{
	const struct di_need unknown[] = {
		{.slot = "store", .contract = "kv", .major = 1, .qualifier = "x"}};
	const struct di_need wrong[] = {
		{.slot = "store", .contract = "kv", .major = 1, .qualifier = "clock"}};
	struct di *di = di_new();

	add(di, "user", NULL, 0, unknown, 1);
	expect_one(di, DI_UNKNOWN_NAME, 0, 0, NULL);

	di = di_new();
	add(di, "user", NULL, 0, wrong, 1);
	add(di, "clock", clock_only, 1, NULL, 0);
	expect_one(di, DI_NOT_OFFERED, 0, 1, (const size_t[]){1});
}
END_TEST

START_TEST(a_cycle_is_shown_whole_and_once)
{
	const char *const names[] = {"a", "b", "c"};
	const struct di_offer offers[3][1] = {{{"a", 1, 0}}, {{"b", 1, 0}}, {{"c", 1, 0}}};
	const struct di_need needs[3][1] = {{{.slot = "s", .contract = "b", .major = 1}},
					    {{.slot = "s", .contract = "c", .major = 1}},
					    {{.slot = "s", .contract = "a", .major = 1}}};
	const struct di_need entry[] = {{.slot = "s", .contract = "c", .major = 1}};
	struct di *di = di_new();

	add(di, "user", NULL, 0, entry, 1); /* enters the cycle at c; it is still shown from a on */
	for (size_t i = 0; i < 3; i++)
		add(di, names[i], offers[i], 1, needs[i], 1);
	expect_one(di, DI_CYCLE, 1, 4, (const size_t[]){1, 2, 3, 1});
}
END_TEST

START_TEST(what_lives_longer_cannot_need_a_group)
{
	struct di_component per_group = {
		.name = "store", .scope = DI_GROUP, .offers = kv, .n_offers = 1};
	struct di_component user = {.name = "user", .needs = needs_kv, .n_needs = 1};
	struct di *di = di_new();

	di_add(di, &per_group);
	di_add(di, &user);
	expect_one(di, DI_SCOPE, 1, 1, (const size_t[]){0});

	user.root = true;
	user.group = "g";
	di = di_new();
	di_add(di, &per_group);
	di_add(di, &user);
	expect_ok(di_resolve(di, NULL, NULL));
	di_free(di);
}
END_TEST

START_TEST(nor_can_what_it_owns)
{
	const struct di_offer cache[] = {{"cache", 1, 0}};
	const struct di_need needs_cache[] = {{.slot = "c", .contract = "cache", .major = 1}};
	struct di *di = di_new();

	di_add(di, &(struct di_component){
			   .name = "store", .scope = DI_GROUP, .offers = kv, .n_offers = 1});
	di_add(di, &(struct di_component){.name = "cache",
					  .scope = DI_NODE,
					  .offers = cache,
					  .n_offers = 1,
					  .needs = needs_kv,
					  .n_needs = 1});
	di_add(di, &(struct di_component){.name = "shared", .needs = needs_cache, .n_needs = 1});
	expect_one(di, DI_SCOPE, 1, 1, (const size_t[]){0});
}
END_TEST

START_TEST(problems_come_in_the_order_of_the_components)
{
	const struct di_need two[] = {{.slot = "a", .contract = "x", .major = 1},
				      {.slot = "b", .contract = "kv", .major = 1}};
	struct seen seen = {0};
	struct di *di = di_new();

	add(di, "first", NULL, 0, two, 2);
	add(di, "second", NULL, 0, needs_kv, 1);
	expect_errno(di_resolve(di, on_problem, &seen), EINVAL);
	expect_int(seen.n, 3);
	expect_int(seen.problems[0].need, 0);
	expect_int(seen.problems[1].need, 1);
	expect_int(seen.problems[2].component, 1);
	expect_errno(di_build(di), EINVAL);
	di_free(di);
}
END_TEST

START_TEST(a_chain_of_ten_thousand)
{
	enum { N = 10000 };
	static char names[N][8];
	static struct di_offer offers[N];
	static struct di_need needs[N];
	struct di *di = di_new();
	size_t n;

	for (size_t i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "c%zu", i);
		offers[i] = (struct di_offer){names[i], 1, 0};
		needs[i] = (struct di_need){.slot = "s", .major = 1};
	}
	for (size_t i = 0; i < N; i++) {
		needs[i].contract = names[(i + 1) % N];
		add(di, names[i], &offers[i], 1, &needs[i], i + 1 < N);
	}
	expect_ok(di_resolve(di, NULL, NULL));
	for (size_t i = 0; i < N; i++)
		expect_int(di_order(di, &n)[i], N - 1 - i);
	di_free(di);
}
END_TEST

TEST_MAIN("di/resolve", the_only_one_that_fits_is_taken, the_qualifier_beats_the_rest,
	  two_versions_of_one_component_are_one_candidate, an_optional_need_stays_open,
	  a_component_is_not_its_own_provider, nobody_offers_it, several_offer_it,
	  the_version_does_not_fit, the_qualifier_names_nothing_or_what_does_not_fit,
	  a_cycle_is_shown_whole_and_once, what_lives_longer_cannot_need_a_group,
	  nor_can_what_it_owns, problems_come_in_the_order_of_the_components,
	  a_chain_of_ten_thousand)
