/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.source on a loop, without a runner: what a runner does, whoever holds standard input does.
 *
 *	serve SETTINGS-AS-JSON
 *
 * Commands, one a line; each is answered with lines and then "ok":
 *
 *	resume N	there is room for N messages (0: any number)
 *	manual, auto	messages are accepted on `accept`, or at once (as in the beginning)
 *	accept N	the first N of all are accepted
 *	outputs		what was emitted since the last time, a JSON object each
 *	count		how many messages were emitted in all
 *	metrics		name=value
 *	log		what was logged
 *	pause, stop
 *	files N		no more than N open files
 *
 * It ends at the end of standard input, or after `stop` and the end of standard input.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "http_source/module.h"
#include "message/json.h"
#include "support/fake_host.h"
#include "support/test.h"

struct server {
	struct fake_adapter adapter;
	struct fake_task task; /* its emitter, and what was emitted */
	const struct ry_loop_service *loop;
	struct ry_io *commands;
	uint64_t before; /* messages that the task has forgotten */
	uint64_t told;
	bool automatic, stopped, ended;
	char input[4096];
	size_t n_input;
};

static const struct ry_source_ops *ops_of(const struct server *server) {
	return server->adapter.type->source;
}

static uint64_t emitted(const struct server *server) {
	return server->before + server->task.n_outputs;
}

static void accept_to(struct server *server, uint64_t total) {
	if (total == server->told || server->stopped)
		return;
	server->told = total;
	ops_of(server)->accepted(server->adapter.self, total);
}

/* -- commands ------------------------------------------------------------------------------- */

static void print_bytes(const char *bytes, uint64_t length) {
	for (uint64_t i = 0; i < length; i++)
		printf("%02x", (unsigned char)bytes[i]);
}

static void print_output(const struct fake_output *output) {
	char text[4096];
	int64_t n;

	printf("{\"port\":%u,\"traceparent\":\"%s\",\"tracestate\":\"%s\",\"baggage\":\"%s\","
	       "\"hex\":\"",
	       output->port, output->traceparent, output->tracestate, output->baggage);
	if (output->message.type->kind == RY_MESSAGE_CUSTOM) {
		n = json_service.format(output->message.data, text, sizeof(text));
		expect(n >= 0 && (size_t)n <= sizeof(text));
		print_bytes(text, (uint64_t)n);
	} else {
		print_bytes(output->message.data, output->message.length);
	}
	printf("\"}\n");
}

static void forget_outputs(struct server *server) {
	server->before = emitted(server);
	fake_task_reset(&server->task);
}

static void print_outputs(struct server *server) {
	for (uint32_t i = 0; i < server->task.n_outputs; i++)
		print_output(&server->task.outputs[i]);
	forget_outputs(server);
}

static void print_metrics(const struct fake_host *fake) {
	static const char *const names[] = {
		"requests_accepted", "requests_busy",  "requests_refused", "requests_unavailable",
		"requests_cut_off",  "received_bytes", "connections",	   "connections_refused",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		printf("%s=%" PRId64 "\n", names[i], fake_host_metric(fake, names[i]));
}

static void print_log(const struct fake_host *fake) {
	for (uint32_t i = 0; i < fake->n_log && i < FAKE_LOG_LINES; i++)
		printf("%u %s\n", fake->log[i].level, fake->log[i].text);
}

static void set_room(struct server *server, uint32_t room) {
	forget_outputs(server);
	server->task.max_outputs = room;
	expect_ok(ops_of(server)->resume(server->adapter.self, &server->task.task.emitter));
}

static void limit_files(uint64_t n) {
	struct rlimit limit;

	expect_ok(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = n;
	expect_ok(setrlimit(RLIMIT_NOFILE, &limit));
}

static void stop(struct server *server) {
	server->stopped = true;
	expect_ok(server->adapter.type->ops->stop(server->adapter.self));
}

static bool is(const char *line, const char *word) {
	return strcmp(line, word) == 0;
}

static void obey(struct server *server, const char *line) {
	char word[16] = "";
	uint64_t n = 0;

	expect(sscanf(line, "%15s %" SCNu64, word, &n) >= 1);
	if (is(word, "resume"))
		set_room(server, (uint32_t)n);
	else if (is(word, "manual") || is(word, "auto"))
		server->automatic = is(word, "auto");
	else if (is(word, "accept"))
		accept_to(server, n);
	else if (is(word, "outputs"))
		print_outputs(server);
	else if (is(word, "count"))
		printf("%" PRIu64 "\n", emitted(server));
	else if (is(word, "metrics"))
		print_metrics(server->adapter.fake);
	else if (is(word, "log"))
		print_log(server->adapter.fake);
	else if (is(word, "pause"))
		expect_ok(ops_of(server)->pause(server->adapter.self));
	else if (is(word, "stop"))
		stop(server);
	else if (is(word, "files"))
		limit_files(n);
	else
		ck_abort_msg("no such command: %s", line);
	printf("ok\n");
	fflush(stdout);
}

static void on_commands(void *user, uint32_t events) {
	struct server *server = user;
	char *line = server->input, *newline;
	ssize_t n;

	(void)events;
	n = read(STDIN_FILENO, line + server->n_input, sizeof(server->input) - server->n_input);
	server->ended = n <= 0;
	server->n_input += n > 0 ? (size_t)n : 0;
	while ((newline = memchr(line, '\n', server->n_input))) {
		size_t length = (size_t)(newline - line) + 1;

		*newline = '\0';
		obey(server, line);
		server->n_input -= length;
		memmove(line, line + length, server->n_input);
	}
}

/* -- the program ---------------------------------------------------------------------------- */

static void run(struct server *server) {
	while (!server->ended) {
		fake_host_turn(server->adapter.fake, 1000);
		if (server->automatic)
			accept_to(server, emitted(server));
	}
}

static const char *settings;
static bool refused; /* its start */

/* Assertions, those of the fake host as well, need a test around them. */
START_TEST(serve)
{
	struct server server = {.automatic = true};

	server.adapter = fake_adapter_create_async(&http_source_type, settings, NULL);
	server.task = fake_task_new(http_source_type.ports);
	server.loop = server.adapter.fake->host.get(&server.adapter.fake->host, RY_LOOP, 1);
	refused = http_source_type.ops->start(server.adapter.self) < 0;
	expect_ok(server.loop->io_start(&server.adapter.fake->host, STDIN_FILENO, RY_IO_READ,
					on_commands, &server, &server.commands));
	print_log(server.adapter.fake);
	if (!refused) {
		printf("ok\n");
		fflush(stdout);
		run(&server);
	}
	server.loop->io_stop(server.commands);
	fake_task_fini(&server.task);
	fake_adapter_close(&server.adapter);
}
END_TEST

int main(int argc, char **argv) {
	SRunner *runner = srunner_create(suite_create("serve"));
	TCase *tcase = tcase_create("serve");
	Suite *suite = suite_create("serve");
	TestResult **results;
	int failed;

	if (argc != 2)
		return 64;
	settings = argv[1];
	signal(SIGPIPE, SIG_IGN);
	tcase_add_test(tcase, serve);
	suite_add_tcase(suite, tcase);
	srunner_add_suite(runner, suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	results = srunner_results(runner);
	if (failed)
		fprintf(stderr, "%s:%d: %s\n", tr_lfile(results[0]), tr_lno(results[0]),
			tr_msg(results[0]));
	free(results);
	srunner_free(runner);
	return failed || refused;
}
