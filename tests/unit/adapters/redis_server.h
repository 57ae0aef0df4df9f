/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A redis-server of the test's own, in a temporary folder, and an open kv.redis. The server ends
 * with the test's process, whatever becomes of that.
 */
#ifndef ADAPTERS_REDIS_SERVER_H
#define ADAPTERS_REDIS_SERVER_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <railyard/kv.h>
#include <railyard/plugin.h>

#include "base/clock.h"
#include "support/fake_host.h"
#include "support/port.h"
#include "support/test.h"

#define LIMIT_MS 20000 /* nothing here takes so long, unless it is broken */

/* -- the server ----------------------------------------------------------------------------- */

struct server {
	pid_t pid; /* 0: it does not run */
	int port;
	char dir[64];
	char path[96]; /* of its socket */
};

static inline void find_redis_server(void) {
	if (system("command -v redis-server >/dev/null 2>&1") != 0)
		skip_test("redis-server is not installed");
}

/* Reads the server's log until it says so; it then listens. */
static inline void wait_until_ready(int fd) {
	char log[16384];
	size_t used = 0;

	for (;;) {
		ssize_t n = read(fd, log + used, sizeof(log) - 1 - used);

		ck_assert_msg(n > 0, "redis-server ended: %.*s", (int)used, log);
		used += (size_t)n;
		log[used] = '\0';
		if (strstr(log, "Ready to accept connections"))
			return;
	}
}

/* Starts it where it was before, or anew. `more` is an option and its value; NULL: none. */
static inline void server_start(struct server *server, const char *option, const char *value) {
	char port[16];
	int ends[2];

	if (!server->dir[0]) {
		strcpy(server->dir, "/tmp/railyard-redis-XXXXXX");
		expect(mkdtemp(server->dir));
		snprintf(server->path, sizeof(server->path), "%s/redis.sock", server->dir);
		server->port = free_port();
	}
	snprintf(port, sizeof(port), "%d", server->port);
	expect_ok(pipe2(ends, O_CLOEXEC));
	server->pid = fork();
	if (server->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[1], 1);
		execlp("redis-server", "redis-server", "--save", "", "--appendonly", "no", "--dir",
		       server->dir, "--bind", "127.0.0.1", "--port", port, "--unixsocket",
		       server->path, option, value, NULL);
		_exit(127);
	}
	close(ends[1]);
	wait_until_ready(ends[0]);
	/* Its later lines go nowhere; it ignores the error. */
	close(ends[0]);
}

static inline struct server server_new(void) {
	struct server server = {0};

	find_redis_server();
	signal(SIGPIPE, SIG_IGN);
	server_start(&server, NULL, NULL);
	return server;
}

static inline void server_signal(const struct server *server, int number) {
	int status;

	expect_ok(kill(server->pid, number));
	if (number == SIGSTOP)
		expect_int(waitpid(server->pid, &status, WUNTRACED), server->pid);
}

static inline void server_kill(struct server *server) {
	int status;

	if (server->pid) {
		expect_ok(kill(server->pid, SIGKILL));
		expect_int(waitpid(server->pid, &status, 0), server->pid);
	}
	server->pid = 0;
}

static inline void server_fini(struct server *server) {
	server_kill(server);
	unlink(server->path);
	expect_ok(rmdir(server->dir));
}

/* -- beside the adapter --------------------------------------------------------------------- */

/* One command on a connection of its own; the answer is to be freed. */
static inline redisReply *server_ask(const struct server *server, const char *format, ...) {
	redisContext *c = redisConnectUnix(server->path);
	redisReply *reply;
	va_list list;

	ck_assert_msg(c && !c->err, "%s", c ? c->errstr : "out of memory");
	va_start(list, format);
	reply = redisvCommand(c, format, list);
	va_end(list);
	expect(reply);
	ck_assert_msg(reply->type != REDIS_REPLY_ERROR, "%s: %s", format, reply->str);
	redisFree(c);
	return reply;
}

#define server_do(server, ...) freeReplyObject(server_ask(server, __VA_ARGS__))

/* -- the adapter ---------------------------------------------------------------------------- */

struct store {
	struct fake_adapter adapter;
	struct ry_binding binding;
};

static inline const struct ry_adapter_type *store_type(void) {
	return ry_plugin_query(RY_ABI_VERSION)->adapters[0];
}

/* With these settings, as the inside of a JSON object. */
static inline struct store store_new(const char *settings) {
	struct store store;
	char json[512];

	snprintf(json, sizeof(json), "{%s}", settings);
	store.adapter = fake_adapter_open_async(store_type(), json, NULL);
	store.binding = fake_adapter_binding(&store.adapter, 0);
	return store;
}

/* On the server's socket, with more settings ("" or ", \"key\": …"). */
static inline struct store store_on(const struct server *server, const char *more) {
	char settings[400];

	snprintf(settings, sizeof(settings), "\"unix_path\": \"%s\"%s", server->path, more);
	return store_new(settings);
}

static inline void store_fini(struct store *store) {
	expect_ok(fake_adapter_close(&store->adapter));
}

/* -- calls ---------------------------------------------------------------------------------- */

#define NOT_DONE 1000000

/* One call with all that it points to. */
struct trial {
	struct ry_call call; /* first */
	int status;	     /* NOT_DONE before */
	unsigned n_done;
	union {
		struct ry_kv_get_request get;
		struct ry_kv_put_request put;
		struct ry_kv_remove_request remove;
		struct ry_kv_increment_request increment;
	} request;
	struct {
		struct ry_kv_get_result get;
		struct ry_kv_increment_result increment;
	} result;
	char value[256]; /* of get; copied in done */
};

static inline void on_done(struct ry_call *call, int status) {
	struct trial *trial = (struct trial *)call;

	trial->n_done++;
	trial->status = status;
	if (status == 0 && trial->result.get.value && trial->result.get.length < 256)
		memcpy(trial->value, trial->result.get.value, trial->result.get.length);
}

static inline struct trial trial_new(uint64_t limit_ms) {
	return (struct trial){
		.call = {.size = RY_SIZE(ry_call),
			 .done = on_done,
			 .deadline_ns = limit_ms ? clock_monotonic_ns() + limit_ms * NS_PER_MS : 0},
		.status = NOT_DONE,
	};
}

static inline bool is_done(void *user) {
	return ((struct trial *)user)->n_done > 0;
}

/* Turns the loop until the call is done, and returns its status. */
static inline int finish(struct store *store, struct trial *trial, int r) {
	if (r != RY_PENDING)
		return r;
	expect(fake_host_until(store->adapter.fake, is_done, trial, LIMIT_MS));
	expect_int(trial->n_done, 1);
	expect(!trial->call.cancel);
	return trial->status;
}

static inline int begin_get(struct store *store, struct trial *trial, const void *key,
			    uint64_t length) {
	trial->request.get = (struct ry_kv_get_request){key, length};
	return ry_kv_get(&store->binding, &trial->request.get, &trial->result.get, &trial->call);
}

static inline int begin_increment(struct store *store, struct trial *trial, const char *key,
				  int64_t delta) {
	trial->request.increment = (struct ry_kv_increment_request){key, strlen(key), delta};
	return ry_kv_increment(&store->binding, &trial->request.increment, &trial->result.increment,
			       &trial->call);
}

static inline int begin_put(struct store *store, struct trial *trial, const char *key,
			    const void *value, uint64_t length, bool only_if_absent) {
	trial->request.put =
		(struct ry_kv_put_request){key, strlen(key), value, length, only_if_absent, 0};
	return ry_kv_put(&store->binding, &trial->request.put, &trial->call);
}

static inline int put(struct store *store, const char *key, const void *value, uint64_t length) {
	struct trial trial = trial_new(LIMIT_MS);

	return finish(store, &trial, begin_put(store, &trial, key, value, length, false));
}

static inline int get(struct store *store, const char *key, struct trial *trial) {
	*trial = trial_new(LIMIT_MS);
	return finish(store, trial, begin_get(store, trial, key, strlen(key)));
}

static inline int increment(struct store *store, const char *key, int64_t delta, int64_t *ret) {
	struct trial trial = trial_new(LIMIT_MS);
	int r = finish(store, &trial, begin_increment(store, &trial, key, delta));

	if (r == 0)
		*ret = trial.result.increment.value;
	return r;
}

#endif
