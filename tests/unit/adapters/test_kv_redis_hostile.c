/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kv.redis with servers that are none: they answer nonsense, too much, too early, or not at all.
 * The fake is a process that plays a script to each connection.
 */
#include "redis_server.h"

#define LOADED "$40\r\n0123456789012345678901234567890123456789\r\n"

struct fake {
	pid_t pid;
	int port;
};

/* What the fake does with each connection. */
struct manners {
	bool speaks_first;  /* `first` at once; else when it was spoken to */
	const char *first;  /* in answer to the handshake; NULL: hangs up */
	const char *second; /* in answer to the next thing it hears; NULL: hangs up */
	size_t repeat;	    /* how often `second` */
	bool hangs_up;	    /* after that; else waits for the other side to do so */
};

static void say(int fd, const char *text, size_t repeat) {
	size_t length = text ? strlen(text) : 0;

	for (size_t i = 0; i < repeat; i++)
		for (size_t said = 0; said < length;) {
			ssize_t n = write(fd, text + said, length - said);

			if (n <= 0)
				return;
			said += (size_t)n;
		}
}

static bool hear(int fd) {
	char buf[65536];

	return read(fd, buf, sizeof(buf)) > 0;
}

static void serve(int fd, const struct manners *manners) {
	if ((!manners->speaks_first && !hear(fd)) || !manners->first)
		return;
	say(fd, manners->first, 1);
	if (!hear(fd) || !manners->second)
		return;
	say(fd, manners->second, manners->repeat ? manners->repeat : 1);
	while (!manners->hangs_up && hear(fd))
		;
}

static struct fake fake_start(const struct manners *manners) {
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct fake fake;

	signal(SIGPIPE, SIG_IGN);
	expect_ok(bind(listener, (struct sockaddr *)&address, sizeof(address)));
	expect_ok(listen(listener, 16));
	expect_ok(getsockname(listener, (struct sockaddr *)&address, &length));
	fake.port = ntohs(address.sin_port);
	fake.pid = fork();
	if (fake.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			int fd = accept(listener, NULL, NULL);

			if (fd < 0)
				_exit(1);
			serve(fd, manners);
			close(fd);
		}
	}
	close(listener);
	return fake;
}

static struct store store_at(const struct fake *fake, const char *more) {
	char settings[200];

	snprintf(settings, sizeof(settings), "\"port\": %d%s", fake->port, more);
	return store_new(settings);
}

static void end(struct fake *fake, struct store *store) {
	int status;

	store_fini(store);
	expect_ok(kill(fake->pid, SIGKILL));
	expect_int(waitpid(fake->pid, &status, 0), fake->pid);
}

/* A get against such a server: its status, and what must stand in the log. */
static void expect_get(const struct manners *manners, unsigned limit_ms, int status,
		       const char *logged) {
	struct fake fake = fake_start(manners);
	struct store store = store_at(&fake, ", \"connect_timeout_ms\": 500");
	struct trial trial = trial_new(limit_ms);

	expect_int(finish(&store, &trial, begin_get(&store, &trial, "key", 3)), status);
	if (logged && !fake_host_logged(store.adapter.fake, RY_LOG_WARNING, logged)) {
		for (uint32_t i = 0; i < store.adapter.fake->n_log && i < FAKE_LOG_LINES; i++)
			printf("# %s\n", store.adapter.fake->log[i].text);
		ck_abort_msg("not in the log: %s", logged);
	}
	end(&fake, &store);
}

/* -- in the handshake ----------------------------------------------------------------------- */

#define SHORT 200u /* ms that a call waits for a server that never accepts */

START_TEST(no_protocol)
{
	const struct manners http = {.first = "HTTP/1.1 400 Bad Request\r\n\r\n"};
	const struct manners ssh = {.speaks_first = true, .first = "SSH-2.0-OpenSSH_9.2\r\n"};
	const struct manners binary = {.first = "\x15\x03\x01\x02\x02\x16"};

	expect_get(&http, SHORT, -ETIMEDOUT, "Protocol error");
	expect_get(&ssh, SHORT, -ETIMEDOUT, "Protocol error");
	expect_get(&binary, SHORT, -ETIMEDOUT, "Protocol error");
}
END_TEST

START_TEST(another_answer_than_to_the_handshake)
{
	const struct manners status = {.first = "+OK\r\n"};
	const struct manners nil = {.first = "$-1\r\n"};
	const struct manners number = {.first = ":9223372036854775807\r\n"};

	expect_get(&status, SHORT, -ETIMEDOUT, "not a Redis server");
	expect_get(&nil, SHORT, -ETIMEDOUT, "not a Redis server");
	expect_get(&number, SHORT, -ETIMEDOUT, "not a Redis server");
}
END_TEST

START_TEST(hanging_up_and_keeping_still)
{
	const struct manners hangs_up = {.first = NULL};
	const struct manners half = {.first = "$40\r\n01234", .second = NULL};
	struct manners still = {.first = "", .second = ""};

	expect_get(&hangs_up, SHORT, -ETIMEDOUT, "closed the connection");
	expect_get(&half, 700, -ETIMEDOUT, "connect_timeout_ms");
	expect_get(&still, 700, -ETIMEDOUT, "connect_timeout_ms");
}
END_TEST

/* hiredis itself would end the process by an assertion. */
START_TEST(answers_that_nobody_asked_for)
{
	const struct manners early = {.speaks_first = true, .first = "+OK\r\n+OK\r\n+OK\r\n"};
	const struct manners twice = {.first = LOADED, .second = "$1\r\na\r\n+OK\r\n$1\r\nb\r\n"};

	expect_get(&early, SHORT, -ETIMEDOUT, NULL);
	expect_get(&twice, LIMIT_MS, 0, NULL);
}
END_TEST

START_TEST(an_answer_too_many_ends_the_connection_only)
{
	const struct manners manners = {.first = LOADED, .second = "$1\r\na\r\n+OK\r\n"};
	struct fake fake = fake_start(&manners);
	struct store store = store_at(&fake, "");
	struct trial trial;

	for (int i = 0; i < 3; i++) {
		expect_ok(get(&store, "key", &trial));
		expect(trial.value[0] == 'a');
		while (fake_host_metric(store.adapter.fake, "connects") < i + 2)
			expect(fake_host_turn(store.adapter.fake, LIMIT_MS));
	}
	end(&fake, &store);
}
END_TEST

/* -- afterwards ----------------------------------------------------------------------------- */

START_TEST(an_answer_that_does_not_fit)
{
	const struct manners number = {.first = LOADED, .second = ":1\r\n"};
	const struct manners status = {.first = LOADED, .second = "+OK\r\n"};
	const struct manners array = {.first = LOADED, .second = "*1\r\n$1\r\na\r\n"};
	const struct manners huge_array = {.first = LOADED, .second = "*2147483647\r\n"};
	const struct manners nested = {.first = LOADED, .second = "*1\r\n", .repeat = 1000};
	const struct manners no_array = {.first = LOADED, .second = "*-1\r\n"};

	expect_get(&number, LIMIT_MS, -EPROTO, "does not fit");
	expect_get(&status, LIMIT_MS, -EPROTO, "does not fit");
	expect_get(&array, LIMIT_MS, -ECONNRESET, "lost the connection");
	expect_get(&huge_array, LIMIT_MS, -ECONNRESET, "lost the connection");
	expect_get(&nested, LIMIT_MS, -ECONNRESET, "lost the connection");
	expect_get(&no_array, LIMIT_MS, RY_KV_NOT_FOUND, NULL);
}
END_TEST

START_TEST(lengths_that_are_none)
{
	const struct manners negative = {.first = LOADED, .second = "$-2\r\n"};
	const struct manners beyond = {.first = LOADED, .second = "$99999999999999999999\r\n"};
	const struct manners word = {.first = LOADED, .second = "$abc\r\n"};
	const struct manners wrong = {.first = LOADED, .second = "$3\r\nabcdefgh\r\n"};

	expect_get(&negative, LIMIT_MS, -ECONNRESET, "lost the connection");
	expect_get(&beyond, LIMIT_MS, -ECONNRESET, "lost the connection");
	expect_get(&word, LIMIT_MS, -ECONNRESET, "lost the connection");
	/* The value itself is believed; what stands behind it ends the connection. */
	expect_get(&wrong, LIMIT_MS, 0, NULL);
}
END_TEST

START_TEST(hanging_up_in_the_middle)
{
	const struct manners at_once = {.first = LOADED, .second = NULL};
	const struct manners half = {.first = LOADED, .second = "$9\r\nabc", .hangs_up = true};

	expect_get(&at_once, LIMIT_MS, -ECONNRESET, "lost the connection");
	expect_get(&half, LIMIT_MS, -ECONNRESET, "lost the connection");
}
END_TEST

/* 64 MiB of a value that claims 2 GB; memory stays near max_value_bytes. */
START_TEST(a_value_without_end)
{
	static char block[65536];
	struct manners manners = {.first = LOADED, .second = block, .repeat = 1024};
	struct fake fake;
	struct store store;
	struct trial trial = trial_new(LIMIT_MS);

	memset(block, 'x', sizeof(block) - 1);
	memcpy(block, "$2000000000\r\n", 13);
	fake = fake_start(&manners);
	store = store_at(&fake, ", \"max_value_bytes\": 100000");
	expect_errno(finish(&store, &trial, begin_get(&store, &trial, "key", 3)), EMSGSIZE);
	expect(fake_host_logged(store.adapter.fake, RY_LOG_WARNING, "max_value_bytes"));
	end(&fake, &store);
}
END_TEST

/* -- the same limit with a real server ------------------------------------------------------ */

START_TEST(values_beyond_the_limit_are_refused)
{
	struct server server = server_new();
	struct store store = store_on(&server, ", \"max_value_bytes\": 1000");
	struct trial trials[2], trial;
	char value[1001] = {0};

	expect_errno(put(&store, "key", value, 1001), EMSGSIZE);
	expect_ok(put(&store, "key", value, 1000));
	expect_ok(get(&store, "key", &trial));
	expect_int(trial.result.get.length, 1000);
	server_do(&server, "SETRANGE longer 1000 x");
	expect_errno(get(&store, "longer", &trial), EMSGSIZE);
	expect_int(fake_host_metric(store.adapter.fake, "connects"), 1);
	server_do(&server, "SETRANGE large 3000000 x");
	for (size_t i = 0; i < 2; i++)
		trials[i] = trial_new(LIMIT_MS);
	expect_int(begin_get(&store, &trials[0], "large", 5), RY_PENDING);
	expect_int(begin_get(&store, &trials[1], "key", 3), RY_PENDING);
	expect_errno(finish(&store, &trials[0], RY_PENDING), EMSGSIZE);
	expect_errno(finish(&store, &trials[1], RY_PENDING), ECONNRESET);
	expect_ok(get(&store, "key", &trial));
	store_fini(&store);
	server_fini(&server);
}
END_TEST

TEST_MAIN("adapters/kv_redis_hostile", no_protocol, another_answer_than_to_the_handshake,
	  hanging_up_and_keeping_still, answers_that_nobody_asked_for,
	  an_answer_too_many_ends_the_connection_only, an_answer_that_does_not_fit,
	  lengths_that_are_none, hanging_up_in_the_middle, a_value_without_end,
	  values_beyond_the_limit_are_refused)
