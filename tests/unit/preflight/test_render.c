/* SPDX-License-Identifier: Apache-2.0 */
#include "preflight/render.h"

#include <stdio.h>
#include <string.h>

#include "support/test.h"

/* The place of a part of a text, with its line and column counted. */
static struct place place_of(const char *text, const char *part) {
	const char *at = strstr(text, part);
	struct place place = {.file = "a.json", .line = 1, .column = 1};

	place.offset = (uint32_t)(at - text);
	for (const char *c = text; c < at; c++) {
		bool next = *c == '\n';

		place.line += next;
		place.column = next ? 1 : place.column + (((unsigned char)*c & 0xc0) != 0x80);
	}
	for (const char *c = part; *c; c++)
		place.length += ((unsigned char)*c & 0xc0) != 0x80;
	return place;
}

static char *render(const struct diag *diag, const char *text, bool colour) {
	struct render_source source = {"a.json", text, text ? strlen(text) : 0, NULL};
	struct strbuf out = STRBUF_INIT;

	render_findings(&diag, &source, 1, RENDER_HUMAN, colour, &out);
	return out.text ? out.text : calloc(1, 1);
}

#define EXPLAIN "   = explain: railyard explain RYS001\n\n"

static void expect_render(const struct diag *diag, const char *text, const char *want) {
	char *got = render(diag, text, false);

	expect_str(got, want);
	free(got);
}

START_TEST(a_finding_shows_its_line_and_what_to_do)
{
	const char *text = "{\n  \"version\": 1,\n  \"a\": [\"parse\", \"lookup\"]\n}\n";
	struct diag diag = DIAG_INIT;
	struct place place = place_of(text, "\"lookup\"");
	struct finding *f = diag_add(&diag, DIAG_RYS001, &place, "node `lookup` may block");

	finding_label(&diag, f, "needs `db`");
	finding_why(&diag, f, "one call would stall others");
	finding_help(&diag, f, "offload it");
	expect_render(&diag, text,
		      "error[RYS001]: node `lookup` may block\n"
		      " --> a.json:3:18\n"
		      "  |\n"
		      "3 |   \"a\": [\"parse\", \"lookup\"]\n"
		      "  |                  ^^^^^^^^ needs `db`\n"
		      "  = why: one call would stall others\n"
		      "  = help: offload it\n"
		      "  = explain: railyard explain RYS001\n\n");
	diag_fini(&diag);
}
END_TEST

START_TEST(a_second_place_is_shown_below_or_under_its_own_heading)
{
	const char *text = "{\n  \"a\": 1,\n\n\n\n\n\n\n\n  \"b\": 2\n}\n";
	struct diag diag = DIAG_INIT;
	struct place place = place_of(text, "1"), second = place_of(text, "\"b\"");
	struct finding *f = diag_add(&diag, DIAG_RYS001, &place, "two");

	finding_second(&diag, f, &second, "the other");
	expect_render(&diag, text,
		      "error[RYS001]: two\n"
		      "  --> a.json:2:8\n"
		      "   |\n"
		      " 2 |   \"a\": 1,\n"
		      "   |        ^\n"
		      "...\n"
		      "10 |   \"b\": 2\n"
		      "   |   --- the other\n" EXPLAIN);
	f->second = (struct place){.file = "--set /a"};
	expect_render(&diag, text,
		      "error[RYS001]: two\n"
		      " --> a.json:2:8\n"
		      "  |\n"
		      "2 |   \"a\": 1,\n"
		      "  |        ^\n"
		      " ::: --set /a\n"
		      "   the other\n"
		      "  = explain: railyard explain RYS001\n\n");
	diag_fini(&diag);
}
END_TEST

START_TEST(carets_stand_under_tabs_and_wide_characters)
{
	const char *text = "\t\"価格é\": x";
	struct diag diag = DIAG_INIT;
	struct place place = place_of(text, "価格é");

	diag_add(&diag, DIAG_RYS001, &place, "wide");
	expect_render(&diag, text,
		      "error[RYS001]: wide\n"
		      " --> a.json:1:3\n"
		      "  |\n"
		      "1 |         \"価格é\": x\n"
		      "  |          ^^^^^\n"
		      "  = explain: railyard explain RYS001\n\n");
	diag_fini(&diag);
}
END_TEST

START_TEST(a_long_line_is_cut_around_the_caret)
{
	char text[5001], *got, *line, *carets;
	struct diag diag = DIAG_INIT;
	struct place place;

	memset(text, 'x', 5000);
	text[5000] = '\0';
	memcpy(text + 2500, "HERE", 4);
	place = place_of(text, "HERE");
	diag_add(&diag, DIAG_RYS001, &place, "long");
	got = render(&diag, text, false);
	line = strstr(got, "1 | ");
	expect(line && strncmp(line + 4, "…", 3) == 0);
	carets = strchr(line, '\n') + 1;
	/* The cut takes three bytes for one column. */
	expect_int(strstr(line, "HERE") - line - 2, strstr(carets, "^^^^") - carets);
	expect(strchr(line, '\n') - line < 110);
	expect(strstr(carets, "^^^^^") == NULL);
	free(got);
	diag_fini(&diag);
}
END_TEST

START_TEST(a_manifest_cannot_write_to_the_terminal)
{
	const char *text = "\"\x1b[2Jé\xff\xe2\x80\xae\" x";
	struct diag diag = DIAG_INIT;
	struct place place = place_of(text, "x");

	diag_add(&diag, DIAG_RYS001, &place, "name `\x1b[2J`");
	expect_render(&diag, text,
		      "error[RYS001]: name `\\x1b[2J`\n"
		      " --> a.json:1:11\n"
		      "  |\n"
		      "1 | \"\xef\xbf\xbd[2Jé\xef\xbf\xbd\xef\xbf\xbd\" x\n"
		      "  |           ^\n"
		      "  = explain: railyard explain RYS001\n\n");
	diag_fini(&diag);
}
END_TEST

START_TEST(places_beyond_the_text_and_without_line_do_no_harm)
{
	struct diag diag = DIAG_INIT;
	struct place place = {.file = "a.json", .line = 9, .column = 3, .offset = 4000};

	diag_add(&diag, DIAG_RYS001, &place, "beyond");
	expect_render(&diag, "{}",
		      "error[RYS001]: beyond\n --> a.json:9:3\n  |\n"
		      "  = explain: railyard explain RYS001\n\n");
	diag.findings[0]->place = (struct place){.file = "a.json"};
	expect_render(&diag, "{}",
		      "error[RYS001]: beyond\n --> a.json\n"
		      "  = explain: railyard explain RYS001\n\n");
	expect_render(&diag, NULL,
		      "error[RYS001]: beyond\n --> a.json\n"
		      "  = explain: railyard explain RYS001\n\n");
	diag_fini(&diag);
}
END_TEST

START_TEST(consequences_are_folded_under_their_first_cause)
{
	struct diag diag = DIAG_INIT;
	struct diag *diags[] = {&diag};
	struct finding *cause = diag_add(&diag, DIAG_RYS001, NULL, "cause"), *f;
	struct strbuf counts = STRBUF_INIT;

	f = diag_add(&diag, DIAG_RYS001, NULL, "first");
	f->cause = cause;
	f = diag_add(&diag, DIAG_RYS001, NULL, "second");
	f->cause = diag.findings[1];
	expect_render(&diag, NULL,
		      "error[RYS001]: cause\n"
		      "  = 2 more follow from RYS001\n"
		      "  = explain: railyard explain RYS001\n\n");
	render_counts((const struct diag *const *)diags, 1, &counts);
	expect_str(strbuf_text(&counts), "1 error");
	strbuf_fini(&counts);
	diag_fini(&diag);
}
END_TEST

START_TEST(findings_stand_in_the_order_of_their_places)
{
	struct diag diag = DIAG_INIT;
	struct place late = {.file = "a.json", .line = 7, .column = 1};
	struct place early = {.file = "a.json", .line = 2, .column = 4};
	const struct finding **sorted;

	diag_add(&diag, DIAG_RYS001, &late, "late");
	diag_add(&diag, DIAG_RYS001, &early, "early");
	sorted = findings_sorted(&diag);
	expect_str(sorted[0]->text, "early");
	expect_str(sorted[1]->text, "late");
	expect_int(finding_phase(sorted[0]), 1);
	free(sorted);
	diag_fini(&diag);
}
END_TEST

START_TEST(programs_get_an_envelope_with_pointers)
{
	const char *text = "{\"a\": {\"b/c\": [1, 2]}}";
	struct diag diag = DIAG_INIT;
	const struct diag *diags[] = {&diag};
	struct doc doc = {0};
	struct render_source source = {"a.json", text, strlen(text), &doc};
	struct place place;
	struct strbuf out = STRBUF_INIT;
	struct finding *f;

	expect_ok(doc_parse(&doc, "a.json", text, strlen(text), &diag));
	place = doc.root->items[0]->items[0]->items[1]->place;
	f = diag_add(&diag, DIAG_RYS001, &place, "say \"two\"");
	finding_help(&diag, f, "h");
	f = diag_add(&diag, DIAG_RYS001, &place, "next");
	f->cause = diag.findings[0];
	render_findings(diags, &source, 1, RENDER_JSON, false, &out);
	expect_str(strbuf_text(&out),
		   "{\"format_version\":1,\"valid\":false,\"error_count\":2,\"warning_count\":0,"
		   "\"findings\":[\n"
		   "{\"code\":\"RYS001\",\"severity\":\"error\",\"text\":\"say \\\"two\\\"\","
		   "\"file\":\"a.json\",\"line\":1,\"column\":19,\"length\":1,"
		   "\"pointer\":\"/a/b~1c/1\",\"help\":\"h\"},\n"
		   "{\"code\":\"RYS001\",\"severity\":\"error\",\"text\":\"next\","
		   "\"file\":\"a.json\",\"line\":1,\"column\":19,\"length\":1,"
		   "\"pointer\":\"/a/b~1c/1\",\"follows_from\":\"RYS001\"}\n]}\n");
	strbuf_fini(&out);
	doc_fini(&doc);
	diag_fini(&diag);
}
END_TEST

START_TEST(colour_is_only_where_it_was_asked_for)
{
	struct diag diag = DIAG_INIT;
	char *got;

	diag_add(&diag, DIAG_RYS001, NULL, "x");
	got = render(&diag, NULL, true);
	expect(strstr(got, "\x1b[1;31merror[RYS001]") == got);
	free(got);
	got = render(&diag, NULL, false);
	expect(strchr(got, '\x1b') == NULL);
	free(got);
	diag_fini(&diag);
}
END_TEST

TEST_MAIN("preflight/render", a_finding_shows_its_line_and_what_to_do,
	  a_second_place_is_shown_below_or_under_its_own_heading,
	  carets_stand_under_tabs_and_wide_characters, a_long_line_is_cut_around_the_caret,
	  a_manifest_cannot_write_to_the_terminal,
	  places_beyond_the_text_and_without_line_do_no_harm,
	  consequences_are_folded_under_their_first_cause,
	  findings_stand_in_the_order_of_their_places, programs_get_an_envelope_with_pointers,
	  colour_is_only_where_it_was_asked_for)
