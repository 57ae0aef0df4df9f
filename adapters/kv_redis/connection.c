/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection: made, introduced, watched, and made again (kv_redis.h shows the states).
 *
 * The handshake sends AUTH, SELECT and SCRIPT LOAD in one go; the answer to the last one decides.
 * A refusal that waiting does not mend (wrong password, no such database) is kept: calls fail with
 * it at once, until a later attempt is accepted. Anything else leaves calls waiting.
 *
 * What to know about hiredis 0.14: a context is gone when a call to it has returned an error, and
 * when redisAsyncHandleRead or -Write have found one; before that its callbacks run with a reply
 * of NULL. It must not be freed in its connect callback. It reads a reply of any length into
 * memory before it shows it, so its read event is replaced by one that looks at the length.
 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include <hiredis/adapters/libevent.h>

#include "kv_redis.h"

#define FIRST_BACKOFF_MS   50u
#define LARGEST_BACKOFF_MS 5000u
#define SUSPECT_MS	   20u
#define MORE_THAN_A_VALUE  65536u /* what may stand behind or around a value in the read buffer */

/* -- down ----------------------------------------------------------------------------------- */

/* Longer each time, and not the same in all processes that lost one server. */
static uint64_t next_backoff_ns(struct connection *connection) {
	uint64_t ms = connection->backoff_ms ? connection->backoff_ms : FIRST_BACKOFF_MS;
	uint64_t part = monotonic_ns() / 1000 % (ms / 2 + 1);

	connection->backoff_ms =
		ms * 2 < LARGEST_BACKOFF_MS ? (uint32_t)ms * 2 : LARGEST_BACKOFF_MS;
	return (ms - part / 2) * NS_PER_MS;
}

static void go_down(struct kv_redis *kv) {
	struct connection *connection = &kv->connection;

	connection->ac = NULL;
	connection->state = CONNECTION_DOWN;
	connection->suspect = false;
	timer_set(connection->timer, next_backoff_ns(connection));
}

/* From our side. Not in hiredis' connect callback. */
static void drop(struct kv_redis *kv, const char *why) {
	redisAsyncContext *ac = kv->connection.ac;

	kv_redis_log(kv, RY_LOG_WARNING, "closed the connection", why);
	go_down(kv);
	redisAsyncFree(ac); /* ends what was sent; in one of its callbacks: after that */
}

void connection_drop(struct kv_redis *kv, const redisAsyncContext *ac, const char *why) {
	if (ac == kv->connection.ac)
		drop(kv, why);
}

void connection_lost(struct kv_redis *kv, const redisAsyncContext *ac) {
	if (ac != kv->connection.ac)
		return; /* known */
	kv_redis_log(kv, RY_LOG_WARNING,
		     kv->connection.state == CONNECTION_READY ? "lost the connection"
							      : "cannot connect",
		     ac->c.errstr);
	go_down(kv);
}

/* -- the handshake -------------------------------------------------------------------------- */

static bool starts_with(const struct reply *reply, const char *word) {
	return !strncmp(reply->head.str, word, strlen(word));
}

/* Will the server say something else later? */
static bool is_passing(const struct reply *reply) {
	return reply_errno(reply) == -EAGAIN || starts_with(reply, "ERR max number of clients");
}

/* One answer of the handshake is an error, which means `error` unless it says something better. */
static void note_refusal(struct kv_redis *kv, const struct reply *reply, int error) {
	if (kv->connection.handshake)
		return; /* the first one is the cause of the others */
	kv->connection.handshake = is_passing(reply) ? -EAGAIN : error;
	kv_redis_log(kv, RY_LOG_ERROR, "the server refuses the connection", reply->head.str);
}

static bool is_error(const struct reply *reply) {
	return reply->head.type == REDIS_REPLY_ERROR;
}

static void on_reply_of_login(redisAsyncContext *ac, void *object, void *user) {
	struct kv_redis *kv = user;

	if (!object)
		connection_lost(kv, ac);
	else if (is_error(object))
		note_refusal(kv, object, -EACCES);
}

static void on_reply_of_select(redisAsyncContext *ac, void *object, void *user) {
	struct kv_redis *kv = user;

	if (!object)
		connection_lost(kv, ac);
	else if (is_error(object))
		note_refusal(kv, object, starts_with(object, "NO") ? -EACCES : -EINVAL);
}

static void accepted(struct kv_redis *kv) {
	struct connection *connection = &kv->connection;

	connection->state = CONNECTION_READY;
	connection->backoff_ms = 0;
	connection->refused = 0;
	event_del(connection->timer);
	if (kv->metrics)
		kv->metrics->add(kv->connects, 1);
	requests_send(kv);
}

static void refused(struct kv_redis *kv, int error) {
	redisAsyncContext *ac = kv->connection.ac;

	go_down(kv);
	redisAsyncFree(ac);
	if (error == -EAGAIN)
		return;
	kv->connection.refused = error;
	requests_fail(kv, error);
}

/* Without a name for the script it is sent with each increment. */
static void note_script(struct kv_redis *kv, const struct reply *reply) {
	struct connection *connection = &kv->connection;

	connection->script[0] = '\0';
	if (reply->head.type == REDIS_REPLY_STRING && reply->head.len == SCRIPT_ID_BYTES)
		memcpy(connection->script, reply->head.str, SCRIPT_ID_BYTES + 1);
	else if (!is_error(reply))
		connection->handshake = -EPROTO;
	else if (starts_with(reply, "NOAUTH"))
		note_refusal(kv, reply, -EACCES);
	else if (!starts_with(reply, "NOPERM") && !starts_with(reply, "ERR unknown command"))
		note_refusal(kv, reply, -EAGAIN);
}

static void on_reply_of_load(redisAsyncContext *ac, void *object, void *user) {
	struct kv_redis *kv = user;

	if (!object) {
		connection_lost(kv, ac);
		return;
	}
	note_script(kv, object);
	if (kv->connection.handshake == -EPROTO)
		connection_drop(kv, ac, "what answers is not a Redis server");
	else if (kv->connection.handshake)
		refused(kv, kv->connection.handshake);
	else
		accepted(kv);
}

static int send_login(struct kv_redis *kv, redisAsyncContext *ac) {
	const struct kv_redis_config *config = kv->config;

	if (!config->password)
		return REDIS_OK;
	if (!config->username)
		return redisAsyncCommand(ac, on_reply_of_login, kv, "AUTH %s", config->password);
	return redisAsyncCommand(ac, on_reply_of_login, kv, "AUTH %s %s", config->username,
				 config->password);
}

static int send_select(struct kv_redis *kv, redisAsyncContext *ac) {
	if (!kv->config->db)
		return REDIS_OK;
	return redisAsyncCommand(ac, on_reply_of_select, kv, "SELECT %lld",
				 (long long)kv->config->db);
}

static void on_connect(const redisAsyncContext *connected, int status) {
	redisAsyncContext *ac = (redisAsyncContext *)connected;
	struct kv_redis *kv = ac->data;

	if (ac != kv->connection.ac)
		return;
	if (status != REDIS_OK) {
		connection_lost(kv, ac);
		return;
	}
	/* A failure would stay in the context; with another kind of socket it always fails. */
	if (ac->c.connection_type == REDIS_CONN_TCP && redisEnableKeepAlive(&ac->c) != REDIS_OK)
		ac->c.err = 0;
	kv->connection.handshake = 0;
	/* Out of memory: the timer ends the attempt. */
	if (send_login(kv, ac) == REDIS_OK && send_select(kv, ac) == REDIS_OK)
		(void)redisAsyncCommand(ac, on_reply_of_load, kv, "SCRIPT LOAD %s",
					command_increment_script);
}

static void on_disconnect(const redisAsyncContext *ac, int status) {
	(void)status;
	connection_lost(ac->data, ac);
}

/* -- reading -------------------------------------------------------------------------------- */

/* The call whose answer is too long is told so; the others learn that the connection is gone. */
static void refuse_length(struct kv_redis *kv, redisAsyncContext *ac) {
	if (kv->connection.state == CONNECTION_READY && ac->replies.head)
		((struct request *)ac->replies.head->privdata)->error = -EMSGSIZE;
	drop(kv, "an answer is longer than max_value_bytes");
}

static void on_readable(evutil_socket_t fd, short what, void *user) {
	redisAsyncContext *ac = user;
	struct kv_redis *kv = ac->data;
	size_t most = (size_t)kv->config->max_value_bytes + MORE_THAN_A_VALUE;

	(void)fd, (void)what;
	kv->connection.heard_ns = monotonic_ns();
	kv->connection.suspect = false;
	if (ac->c.reader->len - ac->c.reader->pos > most)
		refuse_length(kv, ac);
	else
		redisAsyncHandleRead(ac);
}

/* 0 or -ENOMEM. */
static int attach(struct kv_redis *kv, redisAsyncContext *ac, struct event_base *base) {
	struct event *readable = event_new(base, ac->c.fd, EV_READ, on_readable, ac);
	redisLibeventEvents *events;

	if (!readable || redisLibeventAttach(ac, base) != REDIS_OK) {
		if (readable)
			event_free(readable);
		return -ENOMEM;
	}
	events = ac->ev.data;
	event_free(events->rev);
	events->rev = readable;
	event_add(readable, NULL);
	ac->data = kv;
	reply_guard(ac);
	redisAsyncSetConnectCallback(ac, on_connect);
	redisAsyncSetDisconnectCallback(ac, on_disconnect);
	return 0;
}

/* -- connecting ----------------------------------------------------------------------------- */

static redisAsyncContext *new_context(const struct kv_redis *kv) {
	const struct connection *connection = &kv->connection;
	uint32_t turn;

	if (kv->config->unix_path)
		return redisAsyncConnectUnix(kv->config->unix_path);
	turn = connection->n_attempts % connection->n_addresses;
	return redisAsyncConnect(connection->addresses[turn].host,
				 kv->config->port ? (int)kv->config->port : DEFAULT_PORT);
}

static void try_again(struct kv_redis *kv, const char *why) {
	kv_redis_log(kv, RY_LOG_WARNING, "cannot connect", why);
	go_down(kv);
}

static void try_to_connect(struct kv_redis *kv) {
	struct connection *connection = &kv->connection;
	redisAsyncContext *ac = new_context(kv);

	connection->n_attempts++;
	if (!ac || ac->err) {
		try_again(kv, ac ? ac->errstr : "out of memory");
	} else if (attach(kv, ac, event_get_base(connection->timer)) < 0) {
		try_again(kv, "out of memory");
	} else {
		connection->ac = ac;
		connection->state = CONNECTION_CONNECTING;
		timer_set(connection->timer, (uint64_t)kv->config->connect_timeout_ms * NS_PER_MS);
		return;
	}
	if (ac)
		redisAsyncFree(ac);
}

/* -- silence -------------------------------------------------------------------------------- */

void connection_asked(struct kv_redis *kv) {
	struct connection *connection = &kv->connection;

	if (kv->n_sent)
		return;
	connection->heard_ns = monotonic_ns();
	if (!event_pending(connection->timer, EV_TIMEOUT, NULL))
		timer_set(connection->timer, (uint64_t)kv->config->silence_ms * NS_PER_MS);
}

/* The loop may have been late itself: what has arrived meanwhile is read before this is decided. */
static void on_silence(struct kv_redis *kv) {
	struct connection *connection = &kv->connection;
	uint64_t limit = (uint64_t)kv->config->silence_ms * NS_PER_MS;
	uint64_t silent = monotonic_ns() - connection->heard_ns;

	if (!kv->n_sent)
		return;
	if (silent < limit) {
		timer_set(connection->timer, limit - silent);
	} else if (!connection->suspect) {
		connection->suspect = true;
		timer_set(connection->timer, SUSPECT_MS * NS_PER_MS);
	} else {
		drop(kv, "the server does not answer");
	}
}

static void on_timer(evutil_socket_t fd, short what, void *user) {
	struct kv_redis *kv = user;

	(void)fd, (void)what;
	switch (kv->connection.state) {
	case CONNECTION_DOWN:
		try_to_connect(kv);
		break;
	case CONNECTION_CONNECTING:
		drop(kv, "no connection within connect_timeout_ms");
		break;
	case CONNECTION_READY:
		on_silence(kv);
		break;
	}
}

/* -- start and stop ------------------------------------------------------------------------- */

static int resolve(struct connection *connection, const char *host) {
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	int r = getaddrinfo(host, NULL, &hints, &found);

	if (r != 0)
		return r == EAI_MEMORY ? -ENOMEM : -EHOSTUNREACH;
	for (struct addrinfo *i = found; i && connection->n_addresses < MAX_ADDRESSES;
	     i = i->ai_next) {
		struct address *to = &connection->addresses[connection->n_addresses];

		if (getnameinfo(i->ai_addr, i->ai_addrlen, to->host, sizeof(to->host), NULL, 0,
				NI_NUMERICHOST) == 0)
			connection->n_addresses++;
	}
	freeaddrinfo(found);
	return connection->n_addresses ? 0 : -EHOSTUNREACH;
}

int connection_start(struct kv_redis *kv, struct event_base *base) {
	struct connection *connection = &kv->connection;
	const char *host = kv->config->host ? kv->config->host : DEFAULT_HOST;
	int r = kv->config->unix_path ? 0 : resolve(connection, host);

	if (r < 0) {
		kv_redis_log(kv, RY_LOG_ERROR, "there is no address for this host", host);
		return r;
	}
	connection->timer = event_new(base, -1, 0, on_timer, kv);
	if (!connection->timer)
		return -ENOMEM;
	try_to_connect(kv);
	return 0;
}

void connection_stop(struct kv_redis *kv) {
	struct connection *connection = &kv->connection;
	redisAsyncContext *ac = connection->ac;

	connection->ac = NULL;
	connection->state = CONNECTION_DOWN;
	if (ac)
		redisAsyncFree(ac);
	if (connection->timer)
		event_free(connection->timer);
	connection->timer = NULL;
}
