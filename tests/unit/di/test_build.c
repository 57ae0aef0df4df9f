/* SPDX-License-Identifier: Apache-2.0 */
/* Builds leave a trace of text: what was built for whom with what, and what ended when. */
#include "di.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "support/test.h"

static struct strbuf trace;
static int serial, alive;
static const char *failing; /* the component whose build fails */

struct object {
	char name[64];
};

static int build(void *user, const struct di_instance_key *key, void *const *needs,
		 void **ret_instance) {
	size_t n_needs = *(const size_t *)user;
	struct object *object;

	if (failing && !strcmp(failing, key->component))
		return -ENOSPC;
	object = calloc(1, sizeof(*object));
	snprintf(object->name, sizeof(object->name), "%s#%d", key->component, ++serial);
	strbuf_printf(&trace, "+%s", object->name);
	if (key->group)
		strbuf_printf(&trace, " in %s", key->group);
	if (key->user)
		strbuf_printf(&trace, " for %s", key->user);
	for (size_t i = 0; i < n_needs; i++)
		strbuf_printf(&trace, " <%s>", needs[i] ? ((struct object *)needs[i])->name : "-");
	strbuf_add(&trace, "\n");
	alive++;
	*ret_instance = object;
	return 0;
}

static void destroy(void *user, void *instance) {
	(void)user;
	strbuf_printf(&trace, "-%s\n", ((struct object *)instance)->name);
	alive--;
	free(instance);
}

static size_t none = 0, one = 1, two = 2;
static const struct di_offer kv[] = {{"kv", 1, 0}};
static const struct di_need needs_kv[] = {{.slot = "store", .contract = "kv", .major = 1}};

static struct di *container(enum di_scope scope) {
	struct di *di = di_new();

	di_add(di, &(struct di_component){.name = "n1",
					  .root = true,
					  .group = "g1",
					  .needs = needs_kv,
					  .n_needs = 1,
					  .user = &one,
					  .build = build,
					  .destroy = destroy});
	di_add(di, &(struct di_component){.name = "n2",
					  .root = true,
					  .group = "g1",
					  .needs = needs_kv,
					  .n_needs = 1,
					  .user = &one,
					  .build = build,
					  .destroy = destroy});
	di_add(di, &(struct di_component){.name = "n3",
					  .root = true,
					  .group = "g2",
					  .needs = needs_kv,
					  .n_needs = 1,
					  .user = &one,
					  .build = build,
					  .destroy = destroy});
	di_add(di, &(struct di_component){.name = "store",
					  .scope = scope,
					  .offers = kv,
					  .n_offers = 1,
					  .user = &none,
					  .build = build,
					  .destroy = destroy});
	expect_ok(di_resolve(di, NULL, NULL));
	return di;
}

static void expect_life(struct di *di, const char *wanted) {
	strbuf_clear(&trace);
	serial = 0;
	expect_ok(di_build(di));
	di_destroy(di);
	expect_str(strbuf_text(&trace), wanted);
	expect_int(alive, 0);
	di_free(di);
	strbuf_fini(&trace);
}

START_TEST(process_scope_is_one_instance)
{
	expect_life(container(DI_PROCESS), "+store#1\n"
					   "+n1#2 in g1 <store#1>\n"
					   "+n2#3 in g1 <store#1>\n"
					   "+n3#4 in g2 <store#1>\n"
					   "-n3#4\n-n2#3\n-n1#2\n-store#1\n");
}
END_TEST

START_TEST(group_scope_is_one_for_each_group)
{
	expect_life(container(DI_GROUP), "+store#1 in g1\n"
					 "+store#2 in g2\n"
					 "+n1#3 in g1 <store#1>\n"
					 "+n2#4 in g1 <store#1>\n"
					 "+n3#5 in g2 <store#2>\n"
					 "-n3#5\n-n2#4\n-n1#3\n-store#2\n-store#1\n");
}
END_TEST

START_TEST(node_scope_is_one_for_each_slot)
{
	expect_life(container(DI_NODE), "+store#1 in g1 for n1.store\n"
					"+store#2 in g1 for n2.store\n"
					"+store#3 in g2 for n3.store\n"
					"+n1#4 in g1 <store#1>\n"
					"+n2#5 in g1 <store#2>\n"
					"+n3#6 in g2 <store#3>\n"
					"-n3#6\n-n2#5\n-n1#4\n-store#3\n-store#2\n-store#1\n");
}
END_TEST

START_TEST(node_scope_under_node_scope_is_its_users)
{
	const struct di_offer cache[] = {{"cache", 1, 0}};
	const struct di_need needs_cache[] = {
		{.slot = "c", .contract = "cache", .major = 1},
		{.slot = "x", .contract = "absent", .major = 1, .optional = true}};
	struct di *di = di_new();

	di_add(di, &(struct di_component){.name = "n",
					  .root = true,
					  .needs = needs_cache,
					  .n_needs = 2,
					  .user = &two,
					  .build = build,
					  .destroy = destroy});
	di_add(di, &(struct di_component){.name = "cache",
					  .scope = DI_NODE,
					  .offers = cache,
					  .n_offers = 1,
					  .needs = needs_kv,
					  .n_needs = 1,
					  .user = &one,
					  .build = build,
					  .destroy = destroy});
	di_add(di, &(struct di_component){.name = "store",
					  .scope = DI_NODE,
					  .offers = kv,
					  .n_offers = 1,
					  .user = &none,
					  .build = build,
					  .destroy = destroy});
	expect_ok(di_resolve(di, NULL, NULL));
	expect_life(di, "+store#1 for n.c/cache.store\n"
			"+cache#2 for n.c <store#1>\n"
			"+n#3 <cache#2> <->\n"
			"-n#3\n-cache#2\n-store#1\n");
}
END_TEST

/*
 * Nodes above a diamond: cache and log share the store. n2's needs have a closure each, those of n3
 * one together.
 */
static struct di *diamond(enum di_scope store_scope) {
	static const struct di_offer cache[] = {{"cache", 1, 0}}, log[] = {{"log", 1, 0}};
	static const struct di_need outer[] = {{.slot = "c", .contract = "cache", .major = 1},
					       {.slot = "l", .contract = "log", .major = 1}};
	static int a, b;
	static const struct di_need own[] = {
		{.slot = "c", .contract = "cache", .major = 1, .own = &a},
		{.slot = "l", .contract = "log", .major = 1, .own = &b}};
	static const struct di_need same[] = {
		{.slot = "c", .contract = "cache", .major = 1, .own = &b},
		{.slot = "l", .contract = "log", .major = 1, .own = &b}};
	const struct di_component components[] = {
		{.name = "n1", .root = true, .group = "g", .needs = outer, .n_needs = 2},
		{.name = "n2", .root = true, .group = "g", .needs = own, .n_needs = 2},
		{.name = "n3", .root = true, .group = "g", .needs = same, .n_needs = 2},
		{.name = "cache", .offers = cache, .n_offers = 1, .needs = needs_kv, .n_needs = 1},
		{.name = "log", .offers = log, .n_offers = 1, .needs = needs_kv, .n_needs = 1},
		{.name = "store", .scope = store_scope, .offers = kv, .n_offers = 1},
	};
	struct di *di = di_new();

	for (size_t i = 0; i < sizeof(components) / sizeof(components[0]); i++) {
		struct di_component component = components[i];

		component.user = component.n_needs == 2 ? &two : component.n_needs ? &one : &none;
		component.build = build;
		component.destroy = destroy;
		di_add(di, &component);
	}
	expect_ok(di_resolve(di, NULL, NULL));
	return di;
}

START_TEST(a_closure_has_instances_of_all_below_it)
{
	expect_life(diamond(DI_PROCESS),
		    "+store#1\n"
		    "+store#2 in g for n2.c/cache.store\n"
		    "+store#3 in g for n2.l/log.store\n"
		    "+store#4 in g for n3.c/cache.store\n"
		    "+cache#5 <store#1>\n"
		    "+cache#6 in g for n2.c <store#2>\n"
		    "+cache#7 in g for n3.c <store#4>\n"
		    "+log#8 <store#1>\n"
		    "+log#9 in g for n2.l <store#3>\n"
		    "+log#10 in g for n3.l <store#4>\n"
		    "+n1#11 in g <cache#5> <log#8>\n"
		    "+n2#12 in g <cache#6> <log#9>\n"
		    "+n3#13 in g <cache#7> <log#10>\n"
		    "-n3#13\n-n2#12\n-n1#11\n-log#10\n-log#9\n-log#8\n"
		    "-cache#7\n-cache#6\n-cache#5\n-store#4\n-store#3\n-store#2\n-store#1\n");
}
END_TEST

START_TEST(node_scope_stays_per_slot_in_a_closure)
{
	struct di *di = diamond(DI_NODE);

	strbuf_clear(&trace);
	expect_ok(di_build(di));
	/* Nodes, caches, logs, and a store for each of the last two. */
	expect_int(alive, 3 + 3 + 3 + 6);
	di_free(di);
	strbuf_fini(&trace);
}
END_TEST

static int build_owned(void *user, const struct di_instance_key *key, void *const *needs,
		       void **ret_instance) {
	(void)needs;
	strbuf_printf(&trace, "%s%s%zu ", key->component, key->own == user ? " own" : "",
		      key->closure);
	*ret_instance = user;
	return 0;
}

static void destroy_nothing(void *user, void *instance) {
	(void)user;
	(void)instance;
}

START_TEST(a_closure_has_a_tag_and_a_root_is_there_once)
{
	const struct di_offer offers[] = {{"kv", 1, 0}, {"sink", 1, 0}};
	const struct di_need needs[] = {{.slot = "s", .contract = "kv", .major = 1, .own = &one},
					{.slot = "o", .contract = "sink", .major = 1, .own = &one}};
	struct di_component component = {.root = true,
					 .name = "n",
					 .needs = needs,
					 .n_needs = 2,
					 .user = &one,
					 .build = build_owned,
					 .destroy = destroy_nothing};
	struct di *di = di_new();

	di_add(di, &component);
	component.name = "out";
	component.needs = NULL;
	component.n_needs = 0;
	component.offers = &offers[1];
	component.n_offers = 1;
	di_add(di, &component);
	component.name = "store";
	component.root = false;
	component.offers = &offers[0];
	di_add(di, &component);
	expect_ok(di_resolve(di, NULL, NULL));
	expect_ok(di_build(di));
	expect_str(strbuf_text(&trace), "store own1 out0 n0 ");
	di_free(di);
	strbuf_fini(&trace);
}
END_TEST

START_TEST(what_no_root_needs_is_not_built)
{
	struct di *di = container(DI_PROCESS);

	di_free(di);
	di = di_new();
	di_add(di, &(struct di_component){.name = "store",
					  .offers = kv,
					  .n_offers = 1,
					  .user = &none,
					  .build = build,
					  .destroy = destroy});
	expect_ok(di_resolve(di, NULL, NULL));
	expect_life(di, "");
}
END_TEST

START_TEST(a_failure_undoes_what_was_built)
{
	struct di *di = container(DI_GROUP);

	failing = "n2";
	expect_errno(di_build(di), ENOSPC);
	expect_str(strbuf_text(&trace), "+store#1 in g1\n"
					"+store#2 in g2\n"
					"+n1#3 in g1 <store#1>\n"
					"-n1#3\n-store#2\n-store#1\n");
	expect_int(alive, 0);
	expect(di_root_instance(di, 0) == NULL);
	failing = NULL;
	expect_ok(di_build(di)); /* and it can be built again */
	expect_int(alive, 5);
	expect_str(((struct object *)di_root_instance(di, 0))->name, "n1#6");
	di_free(di); /* ends what is still built */
	expect_int(alive, 0);
	strbuf_fini(&trace);
}
END_TEST

static void count(void *user, size_t component, void *instance) {
	struct strbuf *seen = user;

	strbuf_printf(seen, "%zu:%s ", component, ((struct object *)instance)->name);
}

START_TEST(each_goes_in_construction_order)
{
	struct strbuf seen = STRBUF_INIT;
	struct di *di = container(DI_GROUP);

	expect_ok(di_build(di));
	expect_errno(di_build(di), EINVAL);
	di_each(di, count, &seen);
	expect_str(strbuf_text(&seen), "3:store#1 3:store#2 0:n1#3 1:n2#4 2:n3#5 ");
	strbuf_fini(&seen);
	di_free(di);
	strbuf_fini(&trace);
}
END_TEST

START_TEST(scopes_that_multiply_without_end_are_refused)
{
	enum { N = 40 };
	static char names[N + 1][8];
	static struct di_offer offers[N + 1];
	static struct di_need needs[N][2];
	struct di *di = di_new();

	for (size_t i = 0; i <= N; i++) {
		snprintf(names[i], sizeof(names[i]), "c%zu", i);
		offers[i] = (struct di_offer){names[i], 1, 0};
	}
	for (size_t i = 0; i <= N; i++) {
		for (size_t n = 0; i < N && n < 2; n++)
			needs[i][n] = (struct di_need){
				.slot = n ? "a" : "b", .contract = names[i + 1], .major = 1};
		di_add(di, &(struct di_component){.name = names[i],
						  .root = !i,
						  .scope = i ? DI_NODE : DI_PROCESS,
						  .offers = &offers[i],
						  .n_offers = 1,
						  .needs = i < N ? needs[i] : NULL,
						  .n_needs = i < N ? 2 : 0,
						  .user = &two,
						  .build = build,
						  .destroy = destroy});
	}
	expect_ok(di_resolve(di, NULL, NULL));
	expect_errno(di_build(di), E2BIG);
	di_free(di);
}
END_TEST

TEST_MAIN("di/build", a_closure_has_instances_of_all_below_it,
	  node_scope_stays_per_slot_in_a_closure, a_closure_has_a_tag_and_a_root_is_there_once,
	  process_scope_is_one_instance, group_scope_is_one_for_each_group,
	  node_scope_is_one_for_each_slot, node_scope_under_node_scope_is_its_users,
	  what_no_root_needs_is_not_built, a_failure_undoes_what_was_built,
	  each_goes_in_construction_order, scopes_that_multiply_without_end_are_refused)
