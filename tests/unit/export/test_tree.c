/* SPDX-License-Identifier: Apache-2.0 */
#include "export/tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "support/test.h"

#define TRACE_A "0af7651916cd43dd8448eb211c80319c"
#define TRACE_B "0bf7651916cd43dd8448eb211c80319c"

static struct strbuf in, out;
static char why[200];

/* Adds a line with one span; extra: further members, with a comma in front. */
static void line(const char *trace, unsigned id, unsigned parent, const char *name, unsigned start,
		 unsigned end, const char *extra) {
	strbuf_printf(&in,
		      "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"%s\","
		      "\"spanId\":\"%016x\",\"name\":\"%s\",\"startTimeUnixNano\":"
		      "\"17000000000%08u\",\"endTimeUnixNano\":\"17000000000%08u\"",
		      trace, id, name, start, end);
	if (parent)
		strbuf_printf(&in, ",\"parentSpanId\":\"%016x\"", parent);
	strbuf_printf(&in, "%s}]}]}]}\n", extra);
}

static int render(const char *trace_id) {
	int r;

	strbuf_clear(&out);
	why[0] = '\0';
	r = trace_tree_render_text(strbuf_text(&in), in.length, "FILE", trace_id, false, &out, why,
				   sizeof(why));
	expect(utf8_valid(strbuf_text(&out), out.length));
	return r;
}

START_TEST(a_trace_is_a_tree)
{
	line(TRACE_A, 3, 2, "sink", 3000, 3500, "");
	line(TRACE_A, 1, 0, "source", 0, 4000000, "");
	line(TRACE_A, 2, 1, "check", 1000, 2500000,
	     ",\"attributes\":[{\"key\":\"railyard.process_group\",\"value\":{\"stringValue\":"
	     "\"policy\"}},{\"key\":\"railyard.attempt\",\"value\":{\"intValue\":\"2\"}},"
	     "{\"key\":\"railyard.node\",\"value\":{\"stringValue\":\"check\"}},"
	     "{\"key\":\"amount\",\"value\":{\"doubleValue\":1.5}}],"
	     "\"status\":{\"code\":2,\"message\":\"too much\"}");
	line(TRACE_A, 4, 1, "audit", 500, 900, "");
	expect_ok(render(NULL));
	expect_str(strbuf_text(&out),
		   "trace " TRACE_A "  4 spans, 1 error    4.00 ms  2023-11-14T22:13:20.000Z\n"
		   "source      +     0.0 us    4.00 ms\n"
		   "\xe2\x94\x9c\xe2\x94\x80 audit    +     0.5 us     0.4 us\n"
		   "\xe2\x94\x94\xe2\x94\x80 check    +     1.0 us    2.50 ms  policy  error: too "
		   "much  "
		   "attempt=2 amount=1.5\n"
		   "   \xe2\x94\x94\xe2\x94\x80 sink  +     3.0 us     0.5 us\n");
}
END_TEST

START_TEST(several_traces_are_listed)
{
	line(TRACE_B, 1, 0, "later", 5000, 6000, "");
	line(TRACE_A, 1, 0, "first", 1000, 2000, ",\"status\":{\"code\":2}");
	line(TRACE_A, 2, 1, "second", 1000, 3000, "");
	expect_ok(render(NULL));
	expect_str(strbuf_text(&out), TRACE_A
		   "  2023-11-14T22:13:20.000Z     2.0 us  first, 2 spans, 1 error\n" TRACE_B
		   "  2023-11-14T22:13:20.000Z     1.0 us  later, 1 span\n");
	expect_ok(render("0bf"));
	expect(strstr(strbuf_text(&out), "trace " TRACE_B) == strbuf_text(&out));
	expect_ok(render("0AF7651916cd43dd8448eb211c80319c"));
	expect(strstr(strbuf_text(&out), "trace " TRACE_A) == strbuf_text(&out));
	expect_errno(render("0"), EINVAL);
	expect_str(why, "several traces in FILE begin with '0'");
	expect_errno(render("f00"), ENOENT);
	expect_str(why, "no trace in FILE begins with 'f00'");
}
END_TEST

START_TEST(orphans_and_rings_are_shown)
{
	line(TRACE_A, 1, 77, "orphan", 1000, 2000, "");
	line(TRACE_A, 2, 3, "ring_a", 2000, 3000, "");
	line(TRACE_A, 3, 4, "ring_b", 3000, 4000, "");
	line(TRACE_A, 4, 2, "ring_c", 4000, 5000, "");
	line(TRACE_A, 5, 5, "self", 5000, 6000, "");
	expect_ok(render(NULL));
	for (int i = 0; i < 5; i++) {
		static const char *const names[] = {"orphan", "ring_a", "ring_b", "ring_c", "self"};
		const char *at = strstr(strbuf_text(&out), names[i]);

		ck_assert_msg(at != NULL && !strstr(at + 1, names[i]), "%s not shown once",
			      names[i]);
	}
	expect(strstr(strbuf_text(&out), "(its parent is not above)") != NULL);
}
END_TEST

START_TEST(what_is_not_otlp_is_counted)
{
	line(TRACE_A, 1, 0, "good", 1000, 2000, "");
	line(TRACE_A, 1, 0, "good", 1000, 2000, ""); /* resent */
	strbuf_add(&in, "garbage\n\n  \n{}\n[1]\n{\"resourceSpans\":7}\n");
	line("zz", 1, 0, "bad id", 1000, 2000, "");
	strbuf_add(&in, "{\"resourceSpans\":[7,{\"scopeSpans\":[null,{\"spans\":{}}]}]}\n");
	strbuf_add(&in, "{\"resourceSpans\":["); /* torn at the end */
	expect_ok(render(NULL));
	expect(strstr(strbuf_text(&out), "1 span ") != NULL);
	expect(strstr(strbuf_text(&out),
		      "6 lines are not OTLP and left out\n1 repeated span left out\n") != NULL);
}
END_TEST

START_TEST(nothing_steers_the_terminal)
{
	line(TRACE_A, 1, 0, "a\\u001b[31mb\\u009bc\\u007f\\nd", 1000, 2000,
	     ",\"status\":{\"code\":2,\"message\":\"\\u001b]0;x\\u0007\"}");
	expect_ok(render(NULL));
	for (size_t i = 0; i < out.length; i++)
		expect((unsigned char)out.text[i] >= 0x20 || out.text[i] == '\n');
	expect(!strstr(strbuf_text(&out), "\xc2\x9b"));
	expect(strstr(strbuf_text(&out), "a [31mb c  d") != NULL);
}
END_TEST

START_TEST(colours_only_when_asked)
{
	line(TRACE_A, 1, 0, "x", 1000, 2000, ",\"status\":{\"code\":2}");
	expect_ok(trace_tree_render_text(strbuf_text(&in), in.length, "FILE", NULL, true, &out, why,
					 sizeof(why)));
	expect(strstr(strbuf_text(&out), "\x1b[31mx\x1b[0m") != NULL);
}
END_TEST

START_TEST(a_long_chain_does_not_recurse)
{
	for (unsigned i = 1; i <= 50000; i++)
		line(TRACE_A, i, i - 1, "n", i, i + 1, "");
	expect_ok(render(NULL));
	expect(strstr(strbuf_text(&out), "(deeper) n") != NULL);
	expect(strstr(strbuf_text(&out), "50000 spans") != NULL);
}
END_TEST

START_TEST(files_that_cannot_be_read)
{
	expect_errno(trace_tree_render("/no/such/file", NULL, false, &out, why, sizeof(why)),
		     ENOENT);
	expect(strstr(why, "/no/such/file: ") == why);
	expect_errno(trace_tree_render("/dev/null", NULL, false, &out, why, sizeof(why)), ENXIO);
	expect_errno(render(NULL), ENODATA);
	expect_str(why, "there are no spans in FILE");
}
END_TEST

TEST_MAIN("export/tree", a_trace_is_a_tree, several_traces_are_listed, orphans_and_rings_are_shown,
	  what_is_not_otlp_is_counted, nothing_steers_the_terminal, colours_only_when_asked,
	  a_long_chain_does_not_recurse, files_that_cannot_be_read)
