/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "manifest/doc.h"
#include "support/diag.h"

static struct doc doc;
static struct diag diag;

static void parse(const char *text) {
	expect_ok(doc_parse(&doc, "m.json", text, strlen(text), &diag));
}

static void done(void) {
	doc_fini(&doc);
	diag_fini(&diag);
}

START_TEST(pointers_go_both_ways)
{
	static const char *const pointers[] = {"", "/a", "/a/0", "/a/1/x~1y", "/a/1/t~0", "/~01"};

	parse("{\"a\": [1, {\"x/y\": 2, \"t~\": 3}], \"~1\": 4}");
	for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++) {
		const struct doc_value *value = doc_at(&doc, pointers[i]);

		expect(value != NULL);
		expect_str(doc_pointer(value, &doc.arena), pointers[i]);
	}
	expect(doc_at(&doc, "/a/2") == NULL);
	expect(doc_at(&doc, "/a/00") == NULL);
	expect(doc_at(&doc, "/a/-") == NULL);
	expect(doc_at(&doc, "/b/c") == NULL);
	expect(doc_at(&doc, "a") == NULL);
	done();
}
END_TEST

START_TEST(set_replaces_makes_and_appends)
{
	parse("{\"runtime\": {\"strict\": true}, \"plugins\": [\"a\", \"b\"]}");
	expect_ok(doc_set(&doc, "/runtime/strict=false", &diag));
	expect_ok(doc_set(&doc, "/runtime/platform/bootstrap/mode=inline", &diag));
	expect_ok(doc_set(&doc, "/plugins/1={\"x\": [1]}", &diag));
	expect_ok(doc_set(&doc, "/plugins/-=a=b", &diag));
	expect_ok(doc_set(&doc, "/plugins/3=", &diag));
	expect_no_findings(&diag);
	expect(!doc_at(&doc, "/runtime/strict")->boolean);
	expect_str(doc_at(&doc, "/runtime/platform/bootstrap/mode")->text, "inline");
	expect_int(doc_at(&doc, "/plugins/1/x/0")->integer, 1);
	expect(doc_at(&doc, "/plugins/1/x/0")->from_command_line);
	expect_str(doc_at(&doc, "/plugins/2")->text, "a=b");
	expect_str(doc_at(&doc, "/plugins/3")->text, "");
	expect_str(doc_at(&doc, "/plugins/1")->place.file, "--set /plugins/1");
	expect_int(doc_at(&doc, "/plugins/1")->place.line, 0);
	expect(!doc_at(&doc, "/plugins/0")->from_command_line);
	done();
}
END_TEST

START_TEST(set_says_why_it_cannot)
{
	static const char *const bad[] = {
		"strict=1",	"/runtime",	     "=1",	"/plugins/7=x",
		"/plugins/x=1", "/plugins/0/deep=1", "/\xff=1", "/a=\xff",
	};

	parse("{\"plugins\": [\"a\"]}");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect_errno(doc_set(&doc, bad[i], &diag), EINVAL);
		expect_int(diag.n_findings, i + 1);
		expect_int(diag.findings[i]->code, DIAG_RYS013);
	}
	expect_int(doc.root->n_items, 1);
	expect_int(doc.root->items[0]->n_items, 1);
	done();
}
END_TEST

TEST_MAIN("manifest/pointer", pointers_go_both_ways, set_replaces_makes_and_appends,
	  set_says_why_it_cannot)
