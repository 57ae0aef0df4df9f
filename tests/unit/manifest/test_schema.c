/* SPDX-License-Identifier: Apache-2.0 */
/* What is made from key tables for a component, and dumps without secrets. */
#include "manifest/schema.h"

#include <string.h>

#include "manifest/manifest.h"
#include "manifest/mask.h"
#include "support/diag.h"

struct config {
	int64_t count;
	const char *token;
	struct ry_decimal amount;
};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct config, count, RY_CONFIG_INT, "how | many", .unit = "items", .fallback = "-1",
	       RY_RANGE(0, 9)),
	RY_KEY(struct config, token, RY_CONFIG_STRING, "a secret",
	       .flags = RY_CONFIG_SECRET | RY_CONFIG_REQUIRED),
	RY_KEY(struct config, amount, RY_CONFIG_DECIMAL, "an amount", .fallback = "1.50"),
	NULL,
};

/* A schema is JSON, and says what the table says. */
START_TEST(a_component_has_a_schema)
{
	struct strbuf out = STRBUF_INIT;
	struct diag diag = DIAG_INIT;
	struct doc doc = {.root = NULL};
	const struct doc_value *count;

	schema_write_table(&out, "a.node", "does \"this\"", keys);
	expect_ok(doc_parse(&doc, "s.json", out.text, out.length, &diag));
	count = doc_at(&doc, "/properties/count");
	expect_str(doc_member(count, "description")->text, "how | many (items)");
	expect(doc_member(count, "default") == NULL);
	expect_int(doc_at(&doc, "/properties/count/anyOf/0/maximum")->integer, 9);
	expect(doc_at(&doc, "/properties/token/writeOnly")->boolean);
	expect_str(doc_at(&doc, "/properties/amount/default")->text, "1.50");
	expect_str(doc_at(&doc, "/required/0")->text, "token");
	expect(!doc_at(&doc, "/additionalProperties")->boolean);
	strbuf_clear(&out);
	schema_write_table(&out, "none", NULL, NULL);
	doc_fini(&doc);
	expect_ok(doc_parse(&doc, "s.json", out.text, out.length, &diag));
	expect_int(doc_at(&doc, "/properties")->n_items, 0);
	doc_fini(&doc);
	diag_fini(&diag);
	strbuf_fini(&out);
}
END_TEST

START_TEST(a_component_has_a_reference_table)
{
	struct strbuf out = STRBUF_INIT;

	reference_write_table(&out, "a.node", 3, keys);
	expect_str(
		out.text,
		"\n### `a.node`\n\n| key | value | default | what it is |\n|---|---|---|---|\n"
		"| `count` | an integer, from 0 to 9 items |  | how \\| many |\n"
		"| `token` | a string; secret | required | a secret |\n"
		"| `amount` | a decimal in a string, such as \"12.50\" | `1.50` | an amount |\n");
	strbuf_clear(&out);
	reference_write_table(&out, "b", 1, NULL);
	expect_str(out.text, "\n# `b`\n\nNo keys.\n");
	strbuf_fini(&out);
}
END_TEST

static const struct ry_config_key *const *find_table(void *user, const struct doc_value *object) {
	(void)user;
	return strcmp(object->parent->key, "known") == 0 ? keys : NULL;
}

START_TEST(dumps_show_no_secret)
{
	static const char text[] =
		"{\"version\": 1, \"runtime\": {\"platform\": {\"process_groups\": [{\"name\": "
		"\"g\","
		"\"nodes\": [], \"env\": {\"K\": \"HIDE\"}}]}, \"observability\": {\"tracing\": "
		"{\"exporters\": [{\"kind\": \"otel_otlp\", \"settings\": {\"endpoint\": "
		"\"show-1\","
		"\"headers\": {\"auth\": \"HIDE\"}, \"unknown\": [\"HIDE\", 12]}}]}}},"
		"\"nodes\": {\"known\": {\"config\": {\"token\": \"HIDE\", \"count\": 3}, "
		"\"on_error\": "
		"\"drop\"}, \"other\": {\"config\": {\"any\": {\"deep\": \"HIDE\", \"n\": 34}},"
		"\"bind\": {\"s\": \"show-2\"}}}}";
	static const char *const shown[] = {"show-1",	"show-2",   "12", "34",
					    "\"drop\"", "\"auth\"", "***"};
	struct strbuf out = STRBUF_INIT;
	struct diag diag = DIAG_INIT;
	struct doc doc = {.root = NULL}, again = {.root = NULL};

	expect_ok(doc_parse(&doc, "m.json", text, strlen(text), &diag));
	mask_write(&out, doc.root, manifest_keys, find_table, NULL);
	expect(strstr(out.text, "HIDE") == NULL);
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (!strstr(out.text, shown[i]))
			ck_abort_msg("no %s in %s", shown[i], out.text);
	expect_ok(doc_parse(&again, "m.json", out.text, out.length, &diag));
	expect_no_findings(&diag);
	expect_int(doc_at(&again, "/nodes/known/config/count")->integer, 3);
	doc_fini(&doc);
	doc_fini(&again);
	strbuf_fini(&out);
}
END_TEST

TEST_MAIN("manifest/schema", a_component_has_a_schema, a_component_has_a_reference_table,
	  dumps_show_no_secret)
