/* SPDX-License-Identifier: Apache-2.0 */
/* The exporters through their adapter tables, as the container uses them. */
#include "exporters/exporters.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/span_sample.h"

struct path_config {
	const char *path;
};

static const struct ry_host host = {.size = RY_SIZE(ry_host), .process_group = "policy"};

static void *create(const struct ry_adapter_type *type, const char *path) {
	const struct path_config config = {path};
	const struct ry_create create = {
		.size = RY_SIZE(ry_create), .host = &host, .config = &config};
	void *self = NULL;

	expect_ok(type->ops->create(&create, &self));
	if (type->ops->start)
		expect_ok(type->ops->start(self));
	return self;
}

static int export(const struct ry_adapter_type *type, void *self) {
	struct ry_span_export_result result = {.size = RY_SIZE(ry_span_export_result)};

	return type->provides[0]->ops[RY_SPAN_EXPORT](self, &sample_batch, &result, NULL);
}

static void destroy(const struct ry_adapter_type *type, void *self) {
	expect_ok(type->provides[0]->ops[RY_SPAN_FLUSH](self, NULL, NULL, NULL));
	if (type->ops->stop)
		expect_ok(type->ops->stop(self));
	type->ops->destroy(self);
}

static char folder[] = "/tmp/railyard-exporters-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_folder(void) {
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Gone when the test's process ends. */
static char *make_folder(void) {
	expect(mkdtemp(folder) != NULL);
	atexit(remove_folder);
	return folder;
}

/* Lines of the file, each of which is JSON. */
static unsigned count_lines(const char *path) {
	FILE *file = fopen(path, "r");
	unsigned n = 0;
	json_t *value;

	ck_assert_msg(file != NULL, "no %s", path);
	while ((value = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL))) {
		expect_int(fgetc(file), '\n');
		json_decref(value);
		n++;
	}
	fclose(file);
	return n;
}

START_TEST(all_of_them_are_span_exporters)
{
	const struct ry_adapter_type *const types[] = {&exporter_jsonl_type, &exporter_stdout_type,
						       &exporter_noop_type};
	static const char *const names[] = {"jsonl", "stdout", "noop"};

	for (size_t i = 0; i < 3; i++) {
		const struct ry_provides *provides = types[i]->provides[0];

		expect_str(types[i]->name, names[i]);
		expect_str(provides->contract, RY_SPAN_EXPORTER);
		expect_int(provides->major, RY_SPAN_EXPORTER_MAJOR);
		expect_int(provides->op_count, RY_SPAN_EXPORTER_OP_COUNT);
		expect(provides->flags & RY_OFFERS_CONSUME);
		expect(!types[i]->provides[1]);
	}
}
END_TEST

START_TEST(jsonl_appends_lines)
{
	char path[256];
	void *self;

	snprintf(path, sizeof(path), "%s/spans.{group}.{worker}.jsonl", make_folder());
	self = create(&exporter_jsonl_type, path);
	expect_ok(export(&exporter_jsonl_type, self));
	expect_ok(export(&exporter_jsonl_type, self));
	destroy(&exporter_jsonl_type, self);
	self = create(&exporter_jsonl_type, path);
	expect_ok(export(&exporter_jsonl_type, self));
	destroy(&exporter_jsonl_type, self);
	memcpy(strstr(path, "{group}"), "policy.0.jsonl", sizeof("policy.0.jsonl"));
	expect_int(count_lines(path), 3);
}
END_TEST

START_TEST(jsonl_reopens_its_path)
{
	char path[256], moved[300];
	void *self;

	snprintf(path, sizeof(path), "%s/spans.jsonl", make_folder());
	snprintf(moved, sizeof(moved), "%s.1", path);
	self = create(&exporter_jsonl_type, path);
	expect_ok(export(&exporter_jsonl_type, self));
	expect_ok(rename(path, moved));
	expect_ok(export(&exporter_jsonl_type, self)); /* still into the old one */
	expect_ok(exporter_jsonl_type.ops->reopen(self));
	expect_ok(export(&exporter_jsonl_type, self));
	destroy(&exporter_jsonl_type, self);
	expect_int(count_lines(moved), 2);
	expect_int(count_lines(path), 1);
}
END_TEST

START_TEST(jsonl_reports_what_goes_wrong)
{
	const struct path_config config = {"/tmp/no/such/folder/spans.jsonl"};
	const struct ry_create create_args = {
		.size = RY_SIZE(ry_create), .host = &host, .config = &config};
	const struct path_config good = {"/tmp/spans.jsonl"};
	char why[128] = "";
	void *self;

	expect_ok(exporter_jsonl_type.ops->create(&create_args, &self));
	expect_errno(exporter_jsonl_type.ops->start(self), ENOENT);
	exporter_jsonl_type.ops->destroy(self);
	expect_errno(exporter_jsonl_type.ops->check(&config, why, sizeof(why)), ENOENT);
	expect(strstr(why, config.path) != NULL);
	expect_ok(exporter_jsonl_type.ops->check(&good, why, sizeof(why)));
	if (access("/dev/full", W_OK) == 0) {
		self = create(&exporter_jsonl_type, "/dev/full");
		expect_errno(export(&exporter_jsonl_type, self), ENOSPC);
		destroy(&exporter_jsonl_type, self);
	}
}
END_TEST

START_TEST(jsonl_does_not_wait_for_a_fifo)
{
	char path[256];
	void *self = NULL;
	const struct path_config config = {path};
	const struct ry_create create_args = {
		.size = RY_SIZE(ry_create), .host = &host, .config = &config};

	snprintf(path, sizeof(path), "%s/fifo", make_folder());
	expect_ok(mkfifo(path, 0600));
	expect_ok(exporter_jsonl_type.ops->create(&create_args, &self));
	expect_errno(exporter_jsonl_type.ops->start(self), ENXIO);
	exporter_jsonl_type.ops->destroy(self);
}
END_TEST

START_TEST(stdout_prints_one_line_per_span)
{
	char got[4096];
	int fds[2], saved;
	ssize_t n;
	void *self;

	expect_ok(pipe(fds));
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	dup2(fds[1], STDOUT_FILENO);
	self = create(&exporter_stdout_type, NULL);
	expect_ok(export(&exporter_stdout_type, self));
	destroy(&exporter_stdout_type, self);
	dup2(saved, STDOUT_FILENO);
	n = read(fds[0], got, sizeof(got) - 1);
	expect(n > 0);
	got[n] = '\0';
	expect(!strncmp(got,
			"2023-11-14T22:13:20.000000Z  1.500 ms  check  error: broken  "
			"trace=0123456789abcdef00000000000000ff span=0102030405060708 "
			"parent=0000000000000009 text=\"q\\\"b",
			strlen("2023-11-14T22:13:20.000000Z  1.500 ms  check  error: broken  "
			       "trace=0123456789abcdef00000000000000ff span=0102030405060708 "
			       "parent=0000000000000009 text=\"q\\\"b")));
	expect(strstr(got, "\n1970-01-01T00:00:00.000000Z  0.000 ms  plain  trace=01") != NULL);
	expect_int(got[n - 1], '\n');
	expect(strchr(got, '\n') != got + n - 1);
}
END_TEST

START_TEST(noop_takes_everything)
{
	void *self = create(&exporter_noop_type, NULL);

	expect_ok(export(&exporter_noop_type, self));
	destroy(&exporter_noop_type, self);
}
END_TEST

TEST_MAIN("exporters/exporters", all_of_them_are_span_exporters, jsonl_appends_lines,
	  jsonl_reopens_its_path, jsonl_reports_what_goes_wrong, jsonl_does_not_wait_for_a_fifo,
	  stdout_prints_one_line_per_span, noop_takes_everything)
