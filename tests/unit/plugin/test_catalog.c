/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/catalog.h"

#include <stdio.h>

#include "support/diag.h"

static const struct ry_node_type node_x = {RY_SIZE(ry_node_type), .name = "a.x"};
static const struct ry_node_type node_y = {RY_SIZE(ry_node_type), .name = "a.y"};
static const struct ry_adapter_type adapter_x = {RY_SIZE(ry_adapter_type), .name = "a.x"};
static const struct ry_adapter_type adapter_z = {RY_SIZE(ry_adapter_type), .name = "a.x"};
static const struct ry_message_type message_m = {RY_SIZE(ry_message_type), .name = "a.m"};

static const struct ry_plugin a = {
	RY_PLUGIN_HEADER,
	.name = "a",
	.version = "1",
	.nodes = (const struct ry_node_type *const[]){&node_x, &node_y, NULL},
	.adapters = (const struct ry_adapter_type *const[]){&adapter_x, NULL},
	.messages = (const struct ry_message_type *const[]){&message_m, NULL},
};
static const struct ry_plugin b = {
	RY_PLUGIN_HEADER,
	.name = "b",
	.version = "2",
	.adapters = (const struct ry_adapter_type *const[]){&adapter_z, NULL},
};

START_TEST(an_empty_catalog_knows_nothing)
{
	struct catalog catalog = CATALOG_INIT;
	size_t n = 1;

	expect(!catalog_node(&catalog, "a.x"));
	expect(!catalog_owner(&catalog, &node_x));
	expect(catalog_node_names(&catalog, &n) != NULL);
	expect_int(n, 0);
	catalog_fini(&catalog);
}
END_TEST

START_TEST(types_are_found_by_name_and_kind)
{
	struct catalog catalog = CATALOG_INIT;
	struct diag diag = DIAG_INIT;
	struct place place = {.file = "m.json", .line = 3, .column = 15};
	size_t n;

	catalog_add(&catalog, &a, "/p/a.so", &place, &diag);
	expect_no_findings(&diag);
	expect(catalog_node(&catalog, "a.x") == &node_x);
	expect(catalog_node(&catalog, "a.y") == &node_y);
	expect(catalog_adapter(&catalog, "a.x") == &adapter_x);
	expect(catalog_message(&catalog, "a.m") == &message_m);
	expect(!catalog_node(&catalog, "a.m"));
	expect_str(catalog_node_names(&catalog, &n)[1], "a.y");
	expect_int(n, 2);
	expect_str(catalog_adapter_names(&catalog, &n)[0], "a.x");
	expect_int(n, 1);
	expect_str(catalog_owner(&catalog, &adapter_x)->path, "/p/a.so");
	expect_int(catalog_owner(&catalog, &node_y)->place.line, 3);
	expect(catalog_owner(&catalog, &node_y)->nodes[2] == NULL);
	catalog_fini(&catalog);
	diag_fini(&diag);
}
END_TEST

START_TEST(a_type_of_two_plugins_is_a_finding_that_names_both)
{
	struct catalog catalog = CATALOG_INIT;
	struct diag diag = DIAG_INIT;
	struct place first = {.file = "m.json", .line = 3, .column = 15};
	struct place second = {.file = "m.json", .line = 3, .column = 20};
	const struct finding *f;

	catalog_add(&catalog, &a, "/p/a.so", &first, &diag);
	catalog_add(&catalog, &b, NULL, &second, &diag);
	expect_finding(&diag, DIAG_RYP016, 3, 20);
	f = find_finding(&diag, DIAG_RYP016);
	expect_str(f->text, "adapter type `a.x` is brought by plugin `a` and by plugin `b`");
	expect_str(f->why, "`a` 1 (/p/a.so) and `b` 2 (built in) both declare it");
	expect_int(f->second.column, 15);
	/* The first one stays. */
	expect(catalog_adapter(&catalog, "a.x") == &adapter_x);
	expect_str(catalog_owner(&catalog, &adapter_z)->plugin->name, "b");
	catalog_fini(&catalog);
	diag_fini(&diag);
}
END_TEST

START_TEST(a_plugin_twice_is_one_finding)
{
	struct catalog catalog = CATALOG_INIT;
	struct diag diag = DIAG_INIT;
	struct place second = {.file = "m.json", .line = 4};

	catalog_add(&catalog, &a, NULL, NULL, &diag);
	catalog_add(&catalog, &a, "/p/a.so", &second, &diag);
	expect_int(diag.n_findings, 1);
	expect_finding(&diag, DIAG_RYP017, 4, 0);
	expect_int(catalog.n_plugins, 1);
	catalog_fini(&catalog);
	diag_fini(&diag);
}
END_TEST

START_TEST(ten_thousand_types_are_all_found)
{
	enum { N = 10000 };
	static struct ry_node_type types[N];
	static const struct ry_node_type *list[N + 1];
	static char names[N][16];
	const struct ry_plugin many = {RY_PLUGIN_HEADER, .name = "m", .version = "1",
				       .nodes = list};
	struct catalog catalog = CATALOG_INIT;
	struct diag diag = DIAG_INIT;

	for (int i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "m.n%d", i);
		types[i] = (struct ry_node_type){RY_SIZE(ry_node_type), .name = names[i]};
		list[i] = &types[i];
	}
	catalog_add(&catalog, &many, NULL, NULL, &diag);
	for (int i = 0; i < N; i++)
		expect(catalog_node(&catalog, names[i]) == &types[i]);
	expect(!catalog_node(&catalog, "m.n10000"));
	catalog_fini(&catalog);
	diag_fini(&diag);
}
END_TEST

TEST_MAIN("plugin/catalog", an_empty_catalog_knows_nothing, types_are_found_by_name_and_kind,
	  a_type_of_two_plugins_is_a_finding_that_names_both, a_plugin_twice_is_one_finding,
	  ten_thousand_types_are_all_found)
