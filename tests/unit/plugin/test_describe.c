/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/describe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "plugin/inspect.h"
#include "plugin/probe.h"
#include "support/diag.h"

struct fixture {
	struct manifest manifest;
	struct catalog catalog;
	struct diag diag;
};

static void load(struct fixture *f, const char *text, bool resolve) {
	const struct manifest_options options = {.resolve = resolve};

	*f = (struct fixture){.catalog = CATALOG_INIT};
	expect_ok(manifest_parse(&f->manifest, "m.json", text, strlen(text), &options, &f->diag));
	/* Only what is said of plugins counts here. */
	diag_fini(&f->diag);
}

static void fini(struct fixture *f) {
	catalog_fini(&f->catalog);
	manifest_fini(&f->manifest);
	diag_fini(&f->diag);
}

#define MANIFEST(plugins)                                                                  \
	"{\"version\": 1, \"scenario\": {\"name\": \"s\"},\n\"plugins\": [" plugins "],\n" \
	"\"nodes\": {}, \"adapters\": {}}"

static const struct ry_message_type line = {
	RY_SIZE(ry_message_type), .kind = RY_MESSAGE_BYTES, .version = 1,
	.name = RY_TYPE_LINE,	  .summary = "a line",
};
static const struct ry_plugin core = {
	RY_PLUGIN_HEADER,
	.name = "railyard",
	.version = "1",
	.messages = (const struct ry_message_type *const[]){&line, NULL},
};

static const struct plugin_own nothing = {.builtins = NULL};

START_TEST(described_plugins_and_builtins_are_in_the_catalog)
{
	const struct plugin_own own = {.builtins = (const struct ry_plugin *const[]){&core, NULL}};
	struct fixture f;

	load(&f, MANIFEST("\"good\", \"testnodes\""), false);
	plugins_describe(&f.manifest, &own, &f.catalog, &f.diag);
	expect_no_findings(&f.diag);
	expect(!f.catalog.incomplete);
	expect(catalog_message(&f.catalog, RY_TYPE_LINE) != NULL);
	expect(catalog_node(&f.catalog, "good.pass") != NULL);
	expect_int(
		catalog_owner(&f.catalog, catalog_node(&f.catalog, "testnodes.hold"))->place.line,
		2);
	fini(&f);
}
END_TEST

START_TEST(every_bad_plugin_is_a_finding_at_its_string)
{
	struct fixture f;
	const struct finding *finding;

	load(&f, MANIFEST("\"good\", \"abi_major\",\n\"crashing_query\",\n\"not_there\""), false);
	plugins_describe(&f.manifest, &nothing, &f.catalog, &f.diag);
	expect_int(f.diag.n_findings, 3);
	expect_finding(&f.diag, DIAG_RYP006, 2, 21);
	expect_finding(&f.diag, DIAG_RYP011, 3, 1);
	expect_finding(&f.diag, DIAG_RYP001, 4, 1);
	finding = find_finding(&f.diag, DIAG_RYP006);
	expect_str(finding->text,
		   "plugin `abi_major` was built for another major version of the ABI");
	expect_str(finding->why, "the plugin was built for ABI 2.4, this host speaks ABI 1.0");
	expect(strstr(finding->label, "abi_major.so") != NULL);
	expect(f.catalog.incomplete);
	expect(f.catalog.incomplete_cause == finding);
	expect(strstr(find_finding(&f.diag, DIAG_RYP001)->why, "not_there.so, ") != NULL);
	expect(catalog_node(&f.catalog, "good.pass") != NULL);
	fini(&f);
}
END_TEST

START_TEST(loading_gives_callable_tables_or_the_same_findings)
{
	struct fixture f;

	load(&f, MANIFEST("\"good\""), true);
	expect_ok(plugins_load(&f.manifest, &nothing, &f.catalog, &f.diag));
	expect(catalog_node(&f.catalog, "good.pass")->ops->create != NULL);
	fini(&f);
	load(&f, MANIFEST("\"no_symbol\", \"not_there\", \"good\""), true);
	expect_errno(plugins_load(&f.manifest, &nothing, &f.catalog, &f.diag), EINVAL);
	expect_finding(&f.diag, DIAG_RYP003, 2, 13);
	expect_finding(&f.diag, DIAG_RYP001, 2, 26);
	expect(catalog_node(&f.catalog, "good.pass") != NULL);
	fini(&f);
}
END_TEST

/* -- descriptors that stand in -------------------------------------------------------------- */

static void write_file(const char *path, const char *text) {
	FILE *file = fopen(path, "we");

	expect(file != NULL);
	fputs(text, file);
	expect(fclose(file) == 0);
}

/* A folder with a descriptor of `testnodes` under the name `absent`. */
static void make_descriptor(char *dir, const char *content) {
	struct arena arena = ARENA_INIT;
	char *path;

	strcpy(dir, "/tmp/railyard-describe-XXXXXX");
	expect(mkdtemp(dir) != NULL);
	path = arena_printf(&arena, "%s/absent.desc.json", dir);
	write_file(path, content);
	arena_fini(&arena);
}

static void remove_descriptor(const char *dir) {
	struct arena arena = ARENA_INIT;

	expect(unlink(arena_printf(&arena, "%s/absent.desc.json", dir)) == 0);
	expect(rmdir(dir) == 0);
	arena_fini(&arena);
}

static void describe_in(struct fixture *f, const char *dir, const char *text, bool resolve) {
	load(f, text, resolve);
	f->manifest.dir = dir;
	plugins_describe(&f->manifest, &nothing, &f->catalog, &f->diag);
}

static char *good_descriptor(void) {
	const struct ry_plugin *plugin;
	struct arena arena = ARENA_INIT;
	struct strbuf text = STRBUF_INIT;
	struct plugin_error error;

	expect_int(plugin_open(arena_printf(&arena, "%s/good.so", getenv("RAILYARD_PLUGIN_PATH")),
			       &arena, &plugin, &error),
		   PLUGIN_OK);
	descriptor_write(plugin, &text);
	arena_fini(&arena);
	return text.text;
}

START_TEST(a_descriptor_stands_in_with_a_warning)
{
	char dir[64], *text = good_descriptor();
	struct fixture f;

	make_descriptor(dir, text);
	describe_in(&f, dir, MANIFEST("\"absent\""), false);
	expect_int(f.diag.n_findings, 1);
	expect_int(find_finding(&f.diag, DIAG_RYP015)->severity, SEVERITY_WARNING);
	expect(catalog_node(&f.catalog, "good.pass") != NULL);
	fini(&f);
	/* A path names the library: its descriptor stands beside it. */
	describe_in(&f, dir, MANIFEST("\"./absent.so\""), false);
	expect_finding(&f.diag, DIAG_RYP015, 2, 13);
	fini(&f);
	remove_descriptor(dir);
	free(text);
}
END_TEST

/* What is to start needs the plugin itself. */
START_TEST(a_descriptor_does_not_stand_in_for_a_start)
{
	char dir[64], *text = good_descriptor();
	struct fixture f;

	make_descriptor(dir, text);
	describe_in(&f, dir, MANIFEST("\"absent\""), true);
	expect_int(f.diag.n_findings, 1);
	expect(strstr(find_finding(&f.diag, DIAG_RYP001)->why, "cannot stand in") != NULL);
	fini(&f);
	remove_descriptor(dir);
	free(text);
}
END_TEST

START_TEST(a_broken_descriptor_is_a_finding)
{
	char dir[64];
	struct fixture f;

	make_descriptor(dir, "{\"format_version\": 3}");
	describe_in(&f, dir, MANIFEST("\"absent\""), false);
	expect_finding(&f.diag, DIAG_RYP014, 2, 13);
	expect(strstr(find_finding(&f.diag, DIAG_RYP014)->why, "this host reads 1") != NULL);
	fini(&f);
	remove_descriptor(dir);
}
END_TEST

/* -- modules -------------------------------------------------------------------------------- */

#define ADAPTERS(plugins, adapters)                                                        \
	"{\"version\": 1, \"scenario\": {\"name\": \"s\"},\n\"plugins\": [" plugins "],\n" \
	"\"nodes\": {}, \"adapters\": {\n" adapters "}}"

/* One plugin of the tests as a module of two types, and two that are not there. */
static const struct plugin_own with_modules = {
	.modules = (const struct plugin_module[]){
		{"testnodes.checker", "kv", "testnodes", "libneeded1", "libneeded-dev", true},
		{"testnodes.blocking_checker", "kv", "testnodes", "libneeded1", "libneeded-dev",
		 true},
		{"absent.store", "kv", "absent", "libabsent1", "libabsent-dev", true},
		{"left_out.store", "kv", "left_out", "libleft1", "libleft-dev", false},
		{"broken.store", "kv", "not_elf", "libbroken1", "libbroken-dev", true},
		{.type = NULL},
	}};

static bool is_hinted(const struct catalog *catalog, const char *name) {
	size_t n;
	const struct catalog_hint *hints = catalog_hints(catalog, &n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(hints[i].name, name))
			return true;
	return false;
}

START_TEST(a_module_is_there_when_one_of_its_types_is_named)
{
	static const char text[] =
		ADAPTERS("", "\"a\": {\"type\": \"testnodes.checker\"},\n"
			     "\"b\": {\"type\": \"testnodes.blocking_checker\"}");
	struct fixture f;

	load(&f, text, false);
	plugins_describe(&f.manifest, &with_modules, &f.catalog, &f.diag);
	expect_no_findings(&f.diag);
	expect_int(f.catalog.n_plugins, 1);
	expect(catalog_adapter(&f.catalog, "testnodes.blocking_checker") != NULL);
	expect_int(f.catalog.plugins[0].place.line, 4);
	expect(strstr(f.catalog.plugins[0].path, "/testnodes.so") != NULL);
	fini(&f);
	load(&f, text, true);
	expect_ok(plugins_load(&f.manifest, &with_modules, &f.catalog, &f.diag));
	expect(catalog_adapter(&f.catalog, "testnodes.checker")->ops->create != NULL);
	fini(&f);
}
END_TEST

START_TEST(a_module_that_nothing_names_is_only_a_hint)
{
	struct fixture f;

	load(&f, ADAPTERS("\"good\"", "\"a\": {\"type\": \"testnodes.chekker\"}"), false);
	plugins_describe(&f.manifest, &with_modules, &f.catalog, &f.diag);
	expect_no_findings(&f.diag);
	expect_int(f.catalog.n_plugins, 1);
	expect(!catalog_adapter(&f.catalog, "testnodes.checker"));
	expect(is_hinted(&f.catalog, "testnodes.checker"));
	expect(is_hinted(&f.catalog, "absent.store"));
	fini(&f);
}
END_TEST

START_TEST(a_module_that_is_missing_says_how_to_get_it)
{
	static const char text[] = ADAPTERS("", "\"a\": {\"type\": \"absent.store\"},\n"
						"\"b\": {\"type\": \"left_out.store\"}");
	const struct finding *f;
	struct fixture x;

	load(&x, text, false);
	plugins_describe(&x.manifest, &with_modules, &x.catalog, &x.diag);
	expect_int(x.diag.n_findings, 2);
	f = find_finding(&x.diag, DIAG_RYP018);
	expect_int(f->place.line, 4);
	expect(strstr(f->text, "`a`") && strstr(f->text, "`absent.store`"));
	expect(strstr(f->why, "/absent.so") != NULL);
	expect(strstr(f->help, "libabsent1") != NULL);
	expect(x.catalog.incomplete && x.catalog.incomplete_cause == f);
	f = x.diag.findings[1];
	expect_int(f->place.line, 5);
	expect(strstr(f->why, "made without it") != NULL);
	expect(strstr(f->help, "libleft-dev") && strstr(f->help, "-Dleft_out=enabled"));
	fini(&x);
	load(&x, text, true);
	expect_errno(plugins_load(&x.manifest, &with_modules, &x.catalog, &x.diag), EINVAL);
	expect_int(x.diag.n_findings, 2);
	fini(&x);
}
END_TEST

START_TEST(a_module_that_cannot_be_opened_names_what_it_needs)
{
	const struct finding *f;
	struct fixture x;

	load(&x, ADAPTERS("", "\"a\": {\"type\": \"broken.store\"}"), false);
	plugins_describe(&x.manifest, &with_modules, &x.catalog, &x.diag);
	f = find_finding(&x.diag, DIAG_RYP002);
	expect(f && strstr(f->help, "libbroken1"));
	fini(&x);
}
END_TEST

/* A module is not looked for in the manifest's folder, where anybody may leave a file. */
START_TEST(a_module_is_not_taken_from_the_folder_of_the_manifest)
{
	struct fixture f;

	load(&f, ADAPTERS("", "\"a\": {\"type\": \"absent.store\"}"), false);
	f.manifest.dir = "/some/folder";
	plugins_describe(&f.manifest, &with_modules, &f.catalog, &f.diag);
	expect(!strstr(find_finding(&f.diag, DIAG_RYP018)->why, "/some/folder"));
	fini(&f);
}
END_TEST

START_TEST(a_plugin_of_the_list_takes_the_place_of_a_module)
{
	const struct plugin_own own = {
		.modules = (const struct plugin_module[]){
			{"testnodes.checker", "kv", "absent", "libabsent1", "libabsent-dev", true},
			{.type = NULL},
		}};
	static const char text[] =
		ADAPTERS("\"testnodes\"", "\"a\": {\"type\": \"testnodes.checker\"}");
	struct fixture f;

	load(&f, text, false);
	plugins_describe(&f.manifest, &own, &f.catalog, &f.diag);
	expect_no_findings(&f.diag);
	expect_int(f.catalog.n_plugins, 1);
	fini(&f);
	load(&f, text, true);
	expect_ok(plugins_load(&f.manifest, &own, &f.catalog, &f.diag));
	fini(&f);
	/* The module itself may stand in the list: it is there once. */
	load(&f, text, true);
	expect_ok(plugins_load(&f.manifest, &with_modules, &f.catalog, &f.diag));
	expect_int(f.catalog.n_plugins, 1);
	fini(&f);
}
END_TEST

/* -- settings and pages --------------------------------------------------------------------- */

START_TEST(the_page_of_a_plugin_names_all_that_it_holds)
{
	static const char *const wanted[] = {
		"plugin testnodes 1.0.0, built for ABI 1.0\n",
		"node testnodes.split\n",
		"emits        even: railyard.line; lines of an even source sequence\n",
		"needs        store: kv 1.0 by consume, write; counts per line\n",
		"provides     testnodes.checker 1.0, offers_aconsume\n",
		"count (int, items, 1..4096, default 3): lines that make one\n",
		"error (enum: EIO|EAGAIN|",
		"message type testnodes.token, version 1\n",
		"codec        no: it cannot leave its process\n",
		"can          replay from a position\n",
	};
	const struct ry_plugin *plugin;
	struct arena arena = ARENA_INIT;
	struct strbuf text = STRBUF_INIT;
	struct plugin_error error;

	expect_int(
		plugin_open(arena_printf(&arena, "%s/testnodes.so", getenv("RAILYARD_PLUGIN_PATH")),
			    &arena, &plugin, &error),
		PLUGIN_OK);
	inspect_write_text(plugin, &text);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		ck_assert_msg(strstr(text.text, wanted[i]) != NULL, "no `%s` in:\n%s", wanted[i],
			      text.text);
	strbuf_fini(&text);
	arena_fini(&arena);
}
END_TEST

struct settings {
	int64_t integer;
	double number;
	const char *text;
	int32_t word;
	uint8_t on;
	struct ry_decimal decimal;
	struct ry_string_list list;
	struct ry_string_map map;
	struct ry_block_list blocks;
	struct {
		int64_t deep;
	} block;
};

static const char *const words[] = {"one", "two", NULL};
static const struct ry_config_key *const block_keys[] = {
	&(const struct ry_config_key){RY_SIZE(ry_config_key), .type = RY_CONFIG_INT, .name = "deep",
				      .doc = "d"},
	NULL,
};
static const struct ry_config_key *const settings_keys[] = {
	RY_KEY(struct settings, integer, RY_CONFIG_INT, "d", .unit = NULL),
	RY_KEY(struct settings, number, RY_CONFIG_NUMBER, "d", .unit = NULL),
	RY_KEY(struct settings, text, RY_CONFIG_STRING, "d", .unit = NULL),
	RY_KEY(struct settings, word, RY_CONFIG_ENUM, "d", .choices = words),
	RY_KEY(struct settings, on, RY_CONFIG_BOOL, "d", .unit = NULL),
	RY_KEY(struct settings, decimal, RY_CONFIG_DECIMAL, "d", .unit = NULL),
	RY_KEY(struct settings, list, RY_CONFIG_STRING_LIST, "d", .unit = NULL),
	RY_KEY(struct settings, map, RY_CONFIG_STRING_MAP, "d", .unit = NULL),
	RY_KEY(struct settings, blocks, RY_CONFIG_BLOCK_LIST, "d", .element_size = sizeof(int64_t),
	       .keys = block_keys),
	RY_KEY(struct settings, block, RY_CONFIG_BLOCK, "d", .keys = block_keys),
	NULL,
};

/* What is bound points into the document. */
static void bind_text(const char *text, struct doc *doc, struct arena *arena,
		      struct settings *ret) {
	struct diag diag = DIAG_INIT;
	struct bind bind = {.arena = arena,
			    .diag = &diag,
			    .manifest_dir = "/",
			    .working_dir = "/",
			    .resolve = true};

	expect_ok(doc_parse(doc, "s", text, strlen(text), &diag));
	bind_block(&bind, settings_keys, doc->root, ret);
	expect_no_findings(&diag);
	bind_fini(&bind);
	diag_fini(&diag);
}

/* Bound, written and bound again is the same; what was taken in is not taken in again. */
START_TEST(settings_survive_the_way_to_the_probe)
{
	struct arena arena = ARENA_INIT;
	struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;
	struct settings settings = {0}, again = {0};
	struct doc doc = {.file = NULL}, doc_again = {.file = NULL};

	setenv("RY_TEST_TEXT", "${env:NOT_SET} and $${more}", 1);
	bind_text("{\"integer\": -7, \"number\": 0.1, \"text\": \"${env:RY_TEST_TEXT}\", "
		  "\"word\": \"two\", \"on\": true, \"decimal\": \"-0.05\", "
		  "\"list\": [\"a\", \"b\\\"\"], \"map\": {\"k\": \"v\"}, "
		  "\"blocks\": [{\"deep\": 1}, {\"deep\": 2}], \"block\": {\"deep\": 3}}",
		  &doc, &arena, &settings);
	expect_str(settings.text, "${env:NOT_SET} and $${more}");
	probe_settings(settings_keys, &settings, &first);
	bind_text(first.text, &doc_again, &arena, &again);
	expect_str(again.text, settings.text);
	expect(again.number == 0.1);
	expect_int(again.decimal.coefficient, -5);
	expect_int(again.decimal.scale, 2);
	expect_str(again.list.items[1], "b\"");
	expect_int(((const int64_t *)again.blocks.items)[1], 2);
	expect_int(again.block.deep, 3);
	probe_settings(settings_keys, &again, &second);
	expect_str(second.text, first.text);
	strbuf_fini(&first);
	strbuf_fini(&second);
	doc_fini(&doc);
	doc_fini(&doc_again);
	arena_fini(&arena);
}
END_TEST

TEST_MAIN("plugin/describe", described_plugins_and_builtins_are_in_the_catalog,
	  every_bad_plugin_is_a_finding_at_its_string,
	  loading_gives_callable_tables_or_the_same_findings, a_descriptor_stands_in_with_a_warning,
	  a_descriptor_does_not_stand_in_for_a_start, a_broken_descriptor_is_a_finding,
	  a_module_is_there_when_one_of_its_types_is_named,
	  a_module_that_nothing_names_is_only_a_hint, a_module_that_is_missing_says_how_to_get_it,
	  a_module_that_cannot_be_opened_names_what_it_needs,
	  a_module_is_not_taken_from_the_folder_of_the_manifest,
	  a_plugin_of_the_list_takes_the_place_of_a_module,
	  the_page_of_a_plugin_names_all_that_it_holds, settings_survive_the_way_to_the_probe)
