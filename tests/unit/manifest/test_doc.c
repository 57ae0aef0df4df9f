/* SPDX-License-Identifier: Apache-2.0 */
/* Values and their places, and files that are none. */
#include "manifest/doc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/diag.h"

static struct doc doc;
static struct diag diag;

static void parse(const char *text) {
	expect_ok(doc_parse(&doc, "m.json", text, strlen(text), &diag));
	expect_no_findings(&diag);
}

static void done(void) {
	doc_fini(&doc);
	diag_fini(&diag);
}

static void expect_place(const struct place *place, uint32_t line, uint32_t column,
			 uint32_t length) {
	expect_str(place->file, "m.json");
	expect_int(place->line, line);
	expect_int(place->column, column);
	expect_int(place->length, length);
}

START_TEST(values_are_decoded)
{
	parse("{\"a\": [null, true, false, -7, 2.5e3, \"x\\u00e9\\n\"], \"b\": {}}");
	const struct doc_value *a = doc_member(doc.root, "a");

	expect_int(a->n_items, 6);
	expect_int(a->items[0]->kind, DOC_NULL);
	expect(a->items[1]->boolean);
	expect(!a->items[2]->boolean);
	expect_int(a->items[3]->integer, -7);
	expect(a->items[3]->real == -7.0);
	expect(a->items[4]->real == 2500.0);
	expect_str(a->items[5]->text, "x\xc3\xa9\n");
	expect_int(doc_member(doc.root, "b")->kind, DOC_OBJECT);
	expect(doc_member(doc.root, "c") == NULL);
	expect(doc_member(a, "a") == NULL);
	expect(doc_member(NULL, "a") == NULL);
	done();
}
END_TEST

START_TEST(columns_count_characters_and_comments_keep_places)
{
	parse("// é\n{ /* äöü */ \"gr\xc3\xb6\xc3\x9f\x65\": \"\xe2\x82\xac\xe2\x82\xac\", \"n\":\n"
	      "\t12.5 }\n");
	const struct doc_value *size = doc_member(doc.root, "gr\xc3\xb6\xc3\x9f\x65");

	expect_place(&doc.root->place, 2, 1, 1);
	expect_place(&size->key_place, 2, 13, 7);
	expect_place(&size->place, 2, 22, 4);
	expect_place(&doc_member(doc.root, "n")->key_place, 2, 28, 3);
	expect_place(&doc_member(doc.root, "n")->place, 3, 2, 4);
	expect_int(doc.text[size->place.offset], '"');
	done();
}
END_TEST

START_TEST(slashes_inside_strings_are_no_comments)
{
	parse("{\"url\": \"http://x/*y*/\", \"q\": \"\\\"//\"}");
	expect_str(doc_member(doc.root, "url")->text, "http://x/*y*/");
	expect_str(doc_member(doc.root, "q")->text, "\"//");
	done();
}
END_TEST

START_TEST(members_keep_their_order_and_parents)
{
	parse("{\"z\": 1, \"a\": {\"k\": 2}, \"m\": 3}");
	expect_str(doc.root->items[0]->key, "z");
	expect_str(doc.root->items[1]->key, "a");
	expect_str(doc.root->items[2]->key, "m");
	expect(doc.root->items[1]->items[0]->parent == doc.root->items[1]);
	expect(doc.root->parent == NULL);
	done();
}
END_TEST

START_TEST(findings_are_shown_where_a_member_is_or_would_be)
{
	parse("{\"a\": {\"k\": 2}}");
	const struct doc_value *a = doc_member(doc.root, "a");

	expect_int(doc_place(a, "k")->column, 13);
	expect_int(doc_place(a, "none")->column, 2);
	expect_int(doc_place(doc.root, "none")->column, 1);
	expect(doc_place(NULL, "none")->file == NULL);
	done();
}
END_TEST

START_TEST(a_duplicate_key_shows_both_places_and_the_last_holds)
{
	const char text[] = "{\"a\": 1, \"b\": 2,\n \"\\u0061\": 3, \"c\": 4, \"a\": 5}";

	expect_ok(doc_parse(&doc, "m.json", text, strlen(text), &diag));
	expect_int(diag.n_findings, 2);
	expect_finding(&diag, DIAG_RYS011, 2, 2);
	expect_finding(&diag, DIAG_RYS011, 2, 23);
	expect_place(&diag.findings[0]->second, 1, 2, 3);
	expect_int(doc.root->n_items, 3);
	expect_int(doc_member(doc.root, "a")->integer, 5);
	expect_int(doc_member(doc.root, "b")->integer, 2);
	expect_int(doc_member(doc.root, "c")->integer, 4);
	done();
}
END_TEST

static void expect_unreadable(const char *path, const char *words) {
	expect_errno(doc_load(&doc, path, &diag), EBADMSG);
	expect_finding(&diag, DIAG_RYS001, 0, 0);
	expect(strstr(diag.findings[0]->text, words) != NULL);
	expect(doc.root == NULL);
	done();
}

START_TEST(what_is_no_file_is_a_finding)
{
	char dir[] = "/tmp/railyard-doc-XXXXXX", path[64];

	expect(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/m.json", dir);
	expect_unreadable(path, "no such file");
	expect_unreadable(dir, "is a directory");
	expect_ok(mkfifo(path, 0600));
	expect_unreadable(path, "not a regular file");
	unlink(path);
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	expect_ok(ftruncate(fd, 100 << 20));
	close(fd);
	expect_unreadable(path, "above 64 MiB");
	unlink(path);
	rmdir(dir);
}
END_TEST

START_TEST(a_file_is_loaded)
{
	char path[] = "/tmp/railyard-doc-XXXXXX";
	int fd = mkstemp(path);

	expect_int(write(fd, "{\"a\": 1}\n", 9), 9);
	close(fd);
	expect_ok(doc_load(&doc, path, &diag));
	expect_str(doc.file, path);
	expect_int(doc.length, 9);
	expect_int(doc_member(doc.root, "a")->integer, 1);
	unlink(path);
	done();
}
END_TEST

START_TEST(standard_input_is_loaded)
{
	int fds[2];

	expect_ok(pipe(fds));
	expect_int(write(fds[1], "[1]", 3), 3);
	close(fds[1]);
	expect_int(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	expect_ok(doc_load(&doc, "-", &diag));
	expect_str(doc.file, "<stdin>");
	expect_int(doc.root->n_items, 1);
	close(fds[0]);
	done();
}
END_TEST

TEST_MAIN("manifest/doc", values_are_decoded, columns_count_characters_and_comments_keep_places,
	  slashes_inside_strings_are_no_comments, members_keep_their_order_and_parents,
	  findings_are_shown_where_a_member_is_or_would_be,
	  a_duplicate_key_shows_both_places_and_the_last_holds, what_is_no_file_is_a_finding,
	  a_file_is_loaded, standard_input_is_loaded)
