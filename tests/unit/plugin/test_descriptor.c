/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/probe.h"

#include <stdlib.h>
#include <string.h>

#include "support/test.h"

static const struct ry_plugin *open_plugin(const char *name, struct arena *arena) {
	const struct ry_plugin *plugin;
	struct plugin_error error;
	char *path = arena_printf(arena, "%s/%s.so", getenv("RAILYARD_PLUGIN_PATH"), name);
	enum plugin_fault fault = plugin_open(path, arena, &plugin, &error);

	ck_assert_msg(fault == PLUGIN_OK, "%s: %s", path, error.text);
	return plugin;
}

static void expect_bad(const char *text, const char *complaint) {
	struct arena arena = ARENA_INIT;
	const struct ry_plugin *plugin = NULL;
	struct plugin_error error;

	expect_int(descriptor_read(text, strlen(text), &arena, &plugin, &error),
		   PLUGIN_BAD_DESCRIPTOR);
	expect(!plugin);
	ck_assert_msg(strstr(error.text, complaint) != NULL, "no `%s` in: %s", complaint,
		      error.text);
	arena_fini(&arena);
}

START_TEST(what_is_written_reads_back_and_writes_the_same)
{
	static const char *const names[] = {"good", "testnodes"};

	for (size_t i = 0; i < 2; i++) {
		struct arena arena = ARENA_INIT;
		struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;
		const struct ry_plugin *plugin = open_plugin(names[i], &arena), *again;
		struct plugin_error error;

		descriptor_write(plugin, &first);
		ck_assert_msg(descriptor_read(first.text, first.length, &arena, &again, &error) ==
				      PLUGIN_OK,
			      "%s", error.text);
		descriptor_write(again, &second);
		expect_str(second.text, first.text);
		strbuf_fini(&first);
		strbuf_fini(&second);
		arena_fini(&arena);
	}
}
END_TEST

static const struct ry_adapter_type *adapter_named(const struct ry_plugin *plugin,
						   const char *name) {
	for (size_t i = 0; plugin->adapters[i]; i++)
		if (strcmp(plugin->adapters[i]->name, name) == 0)
			return plugin->adapters[i];
	ck_abort_msg("no adapter %s", name);
}

/* Everything that validation looks at survives. */
START_TEST(a_described_plugin_has_what_validation_needs)
{
	struct arena arena = ARENA_INIT;
	struct strbuf text = STRBUF_INIT;
	const struct ry_plugin *plugin;
	const struct ry_adapter_type *generator, *async;
	const struct ry_message_type *point;
	struct plugin_error error;

	descriptor_write(open_plugin("testnodes", &arena), &text);
	expect_int(descriptor_read(text.text, text.length, &arena, &plugin, &error), PLUGIN_OK);
	generator = adapter_named(plugin, "testnodes.generator");
	expect(generator->source->pull && !generator->source->pause);
	expect(generator->resume->seek && !generator->resume->truncate);
	expect_int(generator->keys[0]->type, RY_CONFIG_INT);
	expect_str(generator->keys[0]->fallback, "1000");
	expect_int(generator->keys[0]->maximum, INT64_MAX);
	expect_int(generator->config_size, 32);
	expect_int(generator->keys[1]->offset, 8);
	async = adapter_named(plugin, "testnodes.async_checker");
	expect_int(async->flags, RY_ADAPTER_NEEDS_LOOP | RY_ADAPTER_MULTI_PROCESS);
	expect_int(async->provides[0]->flags, RY_OFFERS_ACONSUME);
	expect_int(async->provides[0]->op_count, 1);
	expect(!async->source && !async->sink && !async->transaction);
	expect(plugin->messages[0]->encode && plugin->messages[0]->destroy);
	expect(!plugin->messages[1]->encode && plugin->messages[1]->destroy);
	point = plugin->messages[2];
	expect_int(point->kind, RY_MESSAGE_PLAIN);
	expect_str(point->partition_keys[0]->name, "id");
	expect(!point->partition_keys[1]);
	strbuf_fini(&text);
	arena_fini(&arena);
}
END_TEST

#define HEAD "{\"format_version\": 1, \"name\": \"x\", \"version\": \"1\", \"abi_major\": 1"

START_TEST(what_is_no_descriptor_is_refused)
{
	expect_bad("", "not JSON");
	expect_bad("[]", "not a JSON object");
	expect_bad("{\"format_version\": 2}", "format_version is 2, this host reads 1");
	expect_bad("{\"format_version\": 1, \"abi_major\": 1}", "`name` is missing");
	expect_bad(HEAD ", \"name\": \"y\"}", "duplicate");
	expect_bad(HEAD ", \"nodes\": 7}", "`nodes` is not an array");
	expect_bad(HEAD ", \"nodes\": [null]}", "not an object");
	expect_bad(HEAD ", \"nodes\": [{\"name\": \"x.n\", \"summary\": \"s\", \"accepts\": "
			"[\"railyard.line\"]}]}",
		   "`ops` is missing");
	expect_bad(HEAD ", \"nodes\": [{\"flags\": [\"strange\"]}]}", "unknown word: `strange`");
	expect_bad(HEAD ", \"nodes\": [{\"ops\": [\"crate\"]}]}", "unknown operation: `crate`");
	expect_bad(HEAD ", \"adapters\": [{\"provides\": [{\"op_count\": 4294967295}]}]}",
		   "above the limit");
	expect_bad(HEAD ", \"nodes\": [{\"config_size\": -1}]}", "out of range");
	expect_bad(HEAD ", \"summary\": \"a\\nb\"}", "control character");
}
END_TEST

/* A key that would be bound beyond its struct is seen, whoever wrote the descriptor. */
START_TEST(offsets_are_checked_as_in_a_plugin)
{
	expect_bad(HEAD ", \"nodes\": [{\"name\": \"x.n\", \"summary\": \"s\", \"config_size\": 8, "
			"\"accepts\": [\"railyard.line\"], \"ops\": [\"create\", \"process\", "
			"\"destroy\"], \"keys\": [{\"name\": \"k\", \"doc\": \"d\", \"type\": "
			"\"int\", \"offset\": 8}]}]}",
		   "offset 8 needs 8 bytes, but the struct has 8");
}
END_TEST

START_TEST(another_abi_keeps_its_fault)
{
	const char text[] = "{\"format_version\": 1, \"abi_major\": 1, \"abi_minor\": 9}";
	struct arena arena = ARENA_INIT;
	const struct ry_plugin *plugin;
	struct plugin_error error;

	expect_int(descriptor_read(text, strlen(text), &arena, &plugin, &error), PLUGIN_ABI_MINOR);
	arena_fini(&arena);
}
END_TEST

/* Built against the headers of 1.0 as they were: the promise of the ABI. */
START_TEST(a_plugin_of_abi_1_0_loads)
{
	struct arena arena = ARENA_INIT;
	const struct ry_plugin *plugin;

	plugin = open_plugin("abi_1_0", &arena);
	expect_int(plugin->abi_major, 1);
	expect_int(plugin->abi_minor, 0);
	expect_str(plugin->nodes[0]->keys[0]->name, "limit");
	expect_str(plugin->nodes[0]->slots[0]->contract, "clock");
	expect(plugin->adapters[0]->sink->write != NULL);
	arena_fini(&arena);
}
END_TEST

TEST_MAIN("plugin/descriptor", what_is_written_reads_back_and_writes_the_same,
	  a_described_plugin_has_what_validation_needs, what_is_no_descriptor_is_refused,
	  offsets_are_checked_as_in_a_plugin, another_abi_keeps_its_fault,
	  a_plugin_of_abi_1_0_loads)
