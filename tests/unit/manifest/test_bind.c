/* SPDX-License-Identifier: Apache-2.0 */
/* The binder over a table that has everything a component may have. */
#include "manifest/bind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/diag.h"

struct inner {
	int64_t depth;
	uint8_t on;
};

struct item {
	const char *name;
	int64_t weight;
};

struct config {
	uint8_t flag;
	int64_t count;
	double ratio;
	const char *text, *path, *node, *token;
	int32_t word;
	struct ry_decimal amount;
	struct ry_string_list list;
	struct ry_string_map map;
	struct inner inner;
	struct ry_block_list items;
};

static const char *const words[] = {"slow", "fast", "", NULL};

static const struct ry_config_key *const inner_keys[] = {
	RY_KEY(struct inner, depth, RY_CONFIG_INT, "how deep", .fallback = "7"),
	RY_KEY(struct inner, on, RY_CONFIG_BOOL, "is it on", .fallback = "true"),
	NULL,
};

static const struct ry_config_key *const item_keys[] = {
	RY_KEY(struct item, name, RY_CONFIG_STRING, "its name", .flags = RY_CONFIG_REQUIRED),
	RY_KEY(struct item, weight, RY_CONFIG_INT, "its weight", .fallback = "1"),
	NULL,
};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct config, flag, RY_CONFIG_BOOL, "a flag"),
	RY_KEY(struct config, count, RY_CONFIG_INT, "how many", .unit = "items", .fallback = "3",
	       RY_RANGE(1, 10)),
	RY_KEY(struct config, ratio, RY_CONFIG_NUMBER, "a share", .fallback = "0.5",
	       RY_RANGE(0, 1)),
	RY_KEY(struct config, text, RY_CONFIG_STRING, "a text"),
	RY_KEY(struct config, path, RY_CONFIG_PATH, "a path", .fallback = "data"),
	RY_KEY(struct config, node, RY_CONFIG_NODE_REF, "a node"),
	RY_KEY(struct config, token, RY_CONFIG_STRING, "a secret", .flags = RY_CONFIG_SECRET),
	RY_KEY(struct config, word, RY_CONFIG_ENUM, "a word", .choices = words, .fallback = "fast"),
	RY_KEY(struct config, amount, RY_CONFIG_DECIMAL, "an amount", .fallback = "5000.00",
	       RY_RANGE(0, 9000)),
	RY_KEY(struct config, list, RY_CONFIG_STRING_LIST, "a list"),
	RY_KEY(struct config, map, RY_CONFIG_STRING_MAP, "a map"),
	RY_KEY(struct config, inner, RY_CONFIG_BLOCK, "a block", .keys = inner_keys),
	RY_KEY(struct config, items, RY_CONFIG_BLOCK_LIST, "blocks",
	       .element_size = sizeof(struct item), .keys = item_keys),
	NULL,
};

/* The block around it. */
static const struct ry_config_key *const around[] = {
	RY_KEY_NAMED("max_in_flight", struct inner, depth, RY_CONFIG_INT, "one"),
	RY_KEY_NAMED("beside", struct config, inner, RY_CONFIG_BLOCK, "two", .keys = item_keys),
	NULL,
};

static struct doc doc;
static struct diag diag;
static struct arena arena;
static struct config config;
static struct bind options;

/* Binds text by the table; the result of bind_block. */
static int bind_text(const char *text) {
	struct bind bind = options;
	int r;

	bind.arena = &arena;
	bind.diag = &diag;
	bind.manifest_dir = "/m";
	bind.working_dir = "/w";
	memset(&config, 0, sizeof(config));
	expect_ok(doc_parse(&doc, "m.json", text, strlen(text), &diag));
	r = bind_block(&bind, keys, doc.root, &config);
	expect(r == 0 || r == -EINVAL);
	expect_int(r != 0, diag.n_errors != 0);
	bind_fini(&bind);
	return r;
}

static void done(void) {
	doc_fini(&doc);
	diag_fini(&diag);
	arena_fini(&arena);
}

struct bad {
	const char *text;
	enum diag_code code;
	uint32_t column;
	const char *words, *fix;
};

static bool says(const struct finding *f, const char *words_of_it) {
	return strstr(f->text, words_of_it) || (f->help && strstr(f->help, words_of_it));
}

static void expect_bad(const struct bad *bad, size_t n) {
	for (size_t i = 0; i < n; i++) {
		expect_errno(bind_text(bad[i].text), EINVAL);
		if (diag.n_findings != 1)
			ck_abort_msg("%zu findings: %s", diag.n_findings, bad[i].text);
		expect_finding(&diag, bad[i].code, 1, bad[i].column);
		if (bad[i].words && !says(diag.findings[0], bad[i].words))
			ck_abort_msg("no `%s` in: %s; %s", bad[i].words, diag.findings[0]->text,
				     diag.findings[0]->help);
		if (bad[i].fix)
			expect_str(diag.findings[0]->fix, bad[i].fix);
		done();
	}
}
#define EXPECT_BAD(table) expect_bad((table), sizeof(table) / sizeof((table)[0]))

START_TEST(an_absent_block_holds_all_defaults)
{
	expect_ok(bind_text("{}"));
	expect_int(config.flag, 0);
	expect_int(config.count, 3);
	expect(config.ratio == 0.5);
	expect(config.text == NULL);
	expect_str(config.path, "/m/data");
	expect_int(config.word, 1);
	expect_int(config.amount.coefficient, 500000);
	expect_int(config.amount.scale, 2);
	expect_int(config.list.count, 0);
	expect_int(config.inner.depth, 7);
	expect_int(config.inner.on, 1);
	expect_int(config.items.count, 0);
	done();
}
END_TEST

START_TEST(every_type_is_bound)
{
	expect_ok(bind_text(
		"{\"flag\": true, \"count\": 10, \"ratio\": 1, \"text\": \"t\","
		"\"path\": \"../p\", \"node\": \"n\", \"token\": \"s\", \"word\": \"slow\","
		"\"amount\": \"12.5\", \"list\": [\"a\", \"b\"], \"map\": {\"k\": \"v\"},"
		"\"inner\": {\"on\": false}, \"items\": [{\"name\": \"x\", \"weight\": -4},"
		"{\"name\": \"y\"}]}"));
	const struct item *items = config.items.items;

	expect_int(config.flag, 1);
	expect_int(config.count, 10);
	expect(config.ratio == 1.0);
	expect_str(config.text, "t");
	expect_str(config.path, "/m/../p");
	expect_str(config.node, "n");
	expect_int(config.word, 0);
	expect_int(config.amount.coefficient, 125);
	expect_int(config.amount.scale, 1);
	expect_int(config.list.count, 2);
	expect_str(config.list.items[1], "b");
	expect_str(config.map.keys[0], "k");
	expect_str(config.map.values[0], "v");
	expect_int(config.inner.depth, 7);
	expect_int(config.inner.on, 0);
	expect_int(config.items.count, 2);
	expect_int(items[0].weight, -4);
	expect_str(items[1].name, "y");
	expect_int(items[1].weight, 1);
	done();
}
END_TEST

START_TEST(wrong_types_are_findings)
{
	static const struct bad table[] = {
		{"{\"count\": true}", DIAG_RYC002, 11, "must be an integer, not a boolean"},
		{"{\"count\": 1.0}", DIAG_RYC002, 11, "not a number"},
		{"{\"count\": \"5\"}", DIAG_RYC002, 11, "without quotes"},
		{"{\"flag\": 1}", DIAG_RYC002, 10, "true or false, not an integer"},
		{"{\"flag\": \"true\"}", DIAG_RYC002, 10, "without quotes"},
		{"{\"ratio\": false}", DIAG_RYC002, 11, "not a boolean"},
		{"{\"text\": 5}", DIAG_RYC002, 10, "a string, not an integer"},
		{"{\"text\": null}", DIAG_RYC002, 10, "not null"},
		{"{\"amount\": 12.5}", DIAG_RYC002, 12, "double quotes"},
		{"{\"amount\": 12}", DIAG_RYC002, 12, "not exact"},
		{"{\"list\": \"a\"}", DIAG_RYC002, 10, "an array of strings"},
		{"{\"list\": [1]}", DIAG_RYC002, 11, "must be strings"},
		{"{\"map\": {\"k\": 1}}", DIAG_RYC002, 15, "must be strings"},
		{"{\"map\": []}", DIAG_RYC002, 9, "not an array"},
		{"{\"inner\": 3}", DIAG_RYC002, 11, "an object, not an integer"},
		{"{\"items\": {}}", DIAG_RYC002, 11, "an array of objects"},
		{"{\"items\": [7]}", DIAG_RYC002, 12, "must be an object"},
		{"[]", DIAG_RYC002, 1, "an object must stand here"},
	};

	EXPECT_BAD(table);
}
END_TEST

START_TEST(bounds_words_and_decimals_are_checked)
{
	static const struct bad table[] = {
		{"{\"count\": 0}", DIAG_RYC003, 11, "from 1 to 10 items, not 0"},
		{"{\"count\": 11}", DIAG_RYC003, 11, "not 11"},
		{"{\"ratio\": 1.0000001}", DIAG_RYC003, 11, "from 0 to 1"},
		{"{\"amount\": \"9000.01\"}", DIAG_RYC003, 12, "not 9000.01"},
		{"{\"amount\": \"-0.01\"}", DIAG_RYC003, 12, "not -0.01"},
		{"{\"amount\": \"1,50\"}", DIAG_RYC006, 12, "no decimal"},
		{"{\"amount\": \"1e3\"}", DIAG_RYC006, 12, "no decimal"},
		{"{\"amount\": \"\"}", DIAG_RYC006, 12, "no decimal"},
		{"{\"amount\": \"0.0000000000000000001\"}", DIAG_RYC006, 12, "18 digits"},
		{"{\"word\": \"fats\"}", DIAG_RYC004, 10, "did you mean `fast`", "\"fast\""},
		{"{\"word\": \"other\"}", DIAG_RYC004, 10, "known are `slow` or `fast`"},
		{"{\"word\": \"\"}", DIAG_RYC004, 10, "known are"},
		{"{\"items\": [{}]}", DIAG_RYC005, 12, "the key `name` is missing"},
	};

	EXPECT_BAD(table);
}
END_TEST

START_TEST(unknown_keys_are_told_where_they_belong)
{
	static const struct bad table[] = {
		{"{\"cuont\": 1}", DIAG_RYC001, 2, "did you mean `count`", "\"count\""},
		{"{\"inner\": {\"ratio\": 1}}", DIAG_RYC001, 12, "one level up"},
		{"{\"depth\": 1}", DIAG_RYC001, 2, "one level down, into `inner`"},
		{"{\"inner\": {\"zzzzzzzz\": 1}}", DIAG_RYC001, 12, "known are `depth`, `on`"},
		{"{\"items\": [{\"name\": \"x\", \"wieght\": 1}]}", DIAG_RYC001, 26, "`weight`"},
	};

	static const struct bad outer[] = {
		{"{\"max_in_flight\": 1}", DIAG_RYC001, 2, "one level up"},
		{"{\"weight\": 1}", DIAG_RYC001, 2, "into `beside`"},
	};

	EXPECT_BAD(table);
	options.outer = around;
	EXPECT_BAD(outer);
}
END_TEST

START_TEST(keys_of_another_owner_are_no_mistakes)
{
	options.also = item_keys;
	expect_ok(bind_text("{\"weight\": 1, \"name\": 2}"));
	expect_no_findings(&diag);
	done();
}
END_TEST

START_TEST(all_findings_come_in_one_run_and_the_rest_is_bound)
{
	expect_errno(bind_text("{\"count\": 99, \"flag\": 3, \"word\": \"slow\", \"nope\": {}}"),
		     EINVAL);
	expect_int(diag.n_findings, 3);
	expect_int(config.count, 3);
	expect_int(config.word, 0);
	done();
}
END_TEST

START_TEST(a_component_without_its_block_is_shown_at_its_owner)
{
	static const char text[] = "{\"n\": {}}";
	struct item item = {0};
	struct bind bind = {.arena = &arena, .diag = &diag};

	expect_ok(doc_parse(&doc, "m.json", text, strlen(text), &diag));
	bind.owner = doc_member(doc.root, "n");
	expect_errno(bind_block(&bind, item_keys, NULL, &item), EINVAL);
	expect_finding(&diag, DIAG_RYC005, 1, 2);
	expect(strstr(diag.findings[0]->text, "`name` is missing in `n`") != NULL);
	expect_int(item.weight, 1);
	done();
}
END_TEST

/* -- references --------------------------------------------------------------------------------- */

START_TEST(references_are_put_in_and_converted)
{
	setenv("RY_T_N", "9", 1);
	setenv("RY_T_EMPTY", "", 1);
	unsetenv("RY_T_UNSET");
	expect_ok(bind_text(
		"{\"count\": \"${env:RY_T_N}\", \"flag\": \"${env:RY_T_UNSET:-true}\","
		"\"ratio\": \"0.${env:RY_T_N}\", \"word\": \"${env:RY_T_EMPTY:-slow}\","
		"\"amount\": \"${env:RY_T_N}.50\", \"path\": \"/x/${env:RY_T_N}\","
		"\"text\": \"a${env:RY_T_EMPTY}b$${env:RY_T_N}$c}\","
		"\"list\": [\"${env:RY_T_N}\"], \"map\": {\"k\": \"${env:RY_T_UNSET:-}\"}}"));
	expect_no_findings(&diag);
	expect_int(config.count, 9);
	expect_int(config.flag, 1);
	expect(config.ratio == 0.9);
	expect_int(config.word, 0);
	expect_int(config.amount.coefficient, 950);
	expect_str(config.path, "/x/9");
	expect_str(config.text, "ab${env:RY_T_N}$c}");
	expect_str(config.list.items[0], "9");
	expect_str(config.map.values[0], "");
	done();
}
END_TEST

START_TEST(what_is_unset_offline_fits_any_type)
{
	unsetenv("RY_T_UNSET");
	expect_ok(bind_text("{\"count\": \"${env:RY_T_UNSET}\", \"flag\": \"${env:RY_T_UNSET}\","
			    "\"word\": \"x${file:/nowhere}\", \"amount\": \"${env:RY_T_UNSET}\","
			    "\"text\": \"a${env:RY_T_UNSET}\", \"path\": \"${file:p}/x\"}"));
	expect_no_findings(&diag);
	expect_int(config.count, 3);
	expect_int(config.word, 1);
	expect_int(config.amount.coefficient, 500000);
	expect(bind_unknown(config.text));
	expect_str(config.path, "${file:p}/x");
	expect(!bind_unknown("a$${env:X}") && !bind_unknown("plain") && !bind_unknown(NULL));
	done();
}
END_TEST

START_TEST(with_resolve_what_is_unset_is_a_finding)
{
	static const struct bad table[] = {
		{"{\"text\": \"${env:RY_T_UNSET}\"}", DIAG_RYC009, 10, "`RY_T_UNSET` is not set"},
		{"{\"text\": \"${file:/nowhere/at/all}\"}", DIAG_RYC011, 10, "no such file"},
		{"{\"text\": \"${file:/}\"}", DIAG_RYC011, 10, "directory"},
	};

	unsetenv("RY_T_UNSET");
	options.resolve = true;
	EXPECT_BAD(table);
}
END_TEST

START_TEST(malformed_references_are_findings)
{
	static const struct bad table[] = {
		{"{\"text\": \"${HOME}\"}", DIAG_RYC008, 10, "neither ${env:…} nor ${file:…}"},
		{"{\"text\": \"${env:A\"}", DIAG_RYC008, 10, "is not closed"},
		{"{\"text\": \"${}\"}", DIAG_RYC008, 10, "neither"},
		{"{\"text\": \"${env:}\"}", DIAG_RYC008, 10, "name of a variable"},
		{"{\"text\": \"${env:1A}\"}", DIAG_RYC008, 10, "name of a variable"},
		{"{\"text\": \"${env:A:b}\"}", DIAG_RYC008, 10, "name of a variable"},
		{"{\"text\": \"${env:A:-${env:B}}\"}", DIAG_RYC008, 10, "another reference"},
		{"{\"text\": \"${file:}\"}", DIAG_RYC008, 10, "names no file"},
		{"{\"list\": [\"${x}\"]}", DIAG_RYC008, 11, "`$${`"},
	};

	EXPECT_BAD(table);
}
END_TEST

START_TEST(files_are_taken_in_without_their_last_line_break)
{
	char path[] = "/tmp/railyard-secret-XXXXXX", text[128];
	int fd = mkstemp(path);

	options.resolve = true;
	expect_int(write(fd, "se\ncret\n", 8), 8);
	snprintf(text, sizeof(text), "{\"token\": \"<${file:%s}>\"}", path);
	expect_ok(bind_text(text));
	expect_str(config.token, "<se\ncret>");
	done();
	expect_int(write(fd, "\xff", 1), 1);
	expect_errno(bind_text(text), EINVAL);
	expect(says(diag.findings[0], "not UTF-8"));
	done();
	expect_ok(ftruncate(fd, 65537));
	expect_errno(bind_text(text), EINVAL);
	expect(says(diag.findings[0], "above 64 KiB"));
	done();
	close(fd);
	unlink(path);
}
END_TEST

static void expect_not_shown(const char *secret) {
	for (size_t i = 0; i < diag.n_findings; i++) {
		const struct finding *f = diag.findings[i];

		expect(!strstr(f->text, secret));
		expect(!f->why || !strstr(f->why, secret));
		expect(!f->help || !strstr(f->help, secret));
		expect(!f->fix || !strstr(f->fix, secret));
	}
	expect(diag.n_findings > 0);
}

START_TEST(what_is_put_in_is_never_shown)
{
	static const char *const names[] = {"count", "flag", "ratio", "word", "amount"};
	char text[64];

	setenv("RY_T_SECRET", "hunter2", 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(text, sizeof(text), "{\"%s\": \"${env:RY_T_SECRET}\"}", names[i]);
		expect_errno(bind_text(text), EINVAL);
		expect_not_shown("hunter2");
		done();
	}
	setenv("RY_T_SECRET", "7777", 1);
	expect_errno(bind_text("{\"count\": \"${env:RY_T_SECRET}\"}"), EINVAL);
	expect_not_shown("7777");
	done();
}
END_TEST

START_TEST(paths_from_the_command_line_are_relative_to_the_working_folder)
{
	struct bind bind = {
		.arena = &arena, .diag = &diag, .manifest_dir = "/m", .working_dir = "/w"};

	expect_ok(doc_parse(&doc, "m.json", "{}", 2, &diag));
	expect_ok(doc_set(&doc, "/path=p", &diag));
	expect_ok(bind_block(&bind, keys, doc.root, &config));
	expect_str(config.path, "/w/p");
	done();
}
END_TEST

START_TEST(settings_are_formatted_and_secrets_masked)
{
	static const char *const want[] = {
		"true", "10", "0.25", "t", "/p", "", "***", "slow", "-0.05", "a, b", "k=v",
	};

	expect_errno(
		bind_text("{\"flag\": true, \"count\": 10, \"ratio\": 0.25, \"text\": \"t\","
			  "\"path\": \"/p\", \"token\": \"s\", \"word\": \"slow\", \"amount\": "
			  "\"-0.05\", \"list\": [\"a\", \"b\"], \"map\": {\"k\": \"v\"}}"),
		EINVAL);
	expect_int(diag.n_findings, 1);
	config.amount = (struct ry_decimal){.coefficient = -5, .scale = 2};
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		expect_str(bind_format(keys[i], &config, &arena), want[i]);
	done();
}
END_TEST

START_TEST(decimals_are_exact)
{
	struct ry_decimal d = {.coefficient = 42};

	expect_ok(decimal_parse("-9223372036854775808", &d));
	expect(d.coefficient == INT64_MIN);
	expect_ok(decimal_parse("9.223372036854775807", &d));
	expect(d.coefficient == INT64_MAX);
	expect_int(d.scale, 18);
	expect_errno(decimal_parse("9223372036854775808", &d), ERANGE);
	expect_errno(decimal_parse("1.0000000000000000000", &d), ERANGE);
	for (const char *const *bad = (const char *const[]){"", "-", ".5", "5.", "1.2.3", "+1",
							    "1 ", " 1", "0x1", "1e2", NULL};
	     *bad; bad++)
		expect_errno(decimal_parse(*bad, &d), EINVAL);
	expect(d.coefficient == INT64_MAX);
}
END_TEST

TEST_MAIN("manifest/bind", an_absent_block_holds_all_defaults, every_type_is_bound,
	  wrong_types_are_findings, bounds_words_and_decimals_are_checked,
	  unknown_keys_are_told_where_they_belong, keys_of_another_owner_are_no_mistakes,
	  all_findings_come_in_one_run_and_the_rest_is_bound,
	  a_component_without_its_block_is_shown_at_its_owner, references_are_put_in_and_converted,
	  what_is_unset_offline_fits_any_type, with_resolve_what_is_unset_is_a_finding,
	  malformed_references_are_findings, files_are_taken_in_without_their_last_line_break,
	  what_is_put_in_is_never_shown,
	  paths_from_the_command_line_are_relative_to_the_working_folder,
	  settings_are_formatted_and_secrets_masked, decimals_are_exact)
