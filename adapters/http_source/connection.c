/* SPDX-License-Identifier: Apache-2.0 */
/* Guards of connections. */
#include "http_source/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>

#include "http_source/delivery.h"

#define SLACK_BYTES (64u << 10) /* what evhttp may have read ahead of a request's end */

static const char busy_answer[] = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\n"
				  "Content-Length: 0\r\nConnection: close\r\n\r\n";
static const char timeout_answer[] = "HTTP/1.1 408 Request Timeout\r\n"
				     "Content-Length: 0\r\nConnection: close\r\n\r\n";
static const char unavailable_answer[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
					 "Content-Length: 0\r\nConnection: close\r\n\r\n";

int64_t connection_now_ms(void) {
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* -- states --------------------------------------------------------------------------------- */

static int64_t limit_ms(const struct connection *connection) {
	const struct http_source_config *config = connection->source->config;

	switch (connection->state) {
	case CONNECTION_IDLE:
		return config->idle_timeout_ms;
	case CONNECTION_WAITING:
		return config->max_wait_ms;
	case CONNECTION_RECEIVING:
	case CONNECTION_ANSWERING:
		break;
	}
	return config->request_timeout_ms;
}

static void arm(struct connection *connection) {
	int64_t ms = limit_ms(connection);
	struct timeval limit = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	event_add(connection->event, &limit);
}

static void enter(struct connection *connection, enum connection_state state) {
	struct http_source *source = connection->source;

	if (connection->state == CONNECTION_IDLE)
		TAILQ_REMOVE(&source->idle, connection, in_idle);
	connection->state = state;
	if (state == CONNECTION_IDLE)
		TAILQ_INSERT_TAIL(&source->idle, connection, in_idle);
	arm(connection);
}

static void hold(struct connection *connection, size_t bytes) {
	connection->source->held += bytes;
	connection->source->held -= connection->held;
	connection->held = bytes;
}

static size_t unread(const struct connection *connection) {
	return evbuffer_get_length(bufferevent_get_input(connection->bev));
}

void connection_received(struct connection *connection) {
	bufferevent_data_cb on_write;
	bufferevent_event_cb on_event;
	void *user;

	/* evhttp takes bytes that come now for a fault of its own and ends the process. */
	bufferevent_getcb(connection->bev, NULL, &on_write, &on_event, &user);
	bufferevent_setcb(connection->bev, NULL, on_write, on_event, user);
	hold(connection, unread(connection));
	enter(connection, CONNECTION_WAITING);
}

static void on_answered(struct evhttp_request *request, void *user) {
	struct connection *connection = user;

	(void)request;
	hold(connection, unread(connection));
	enter(connection, CONNECTION_IDLE);
	if (connection->held)
		enter(connection, CONNECTION_RECEIVING);
}

void connection_answering(struct connection *connection, struct evhttp_request *request) {
	evhttp_request_set_on_complete_cb(request, on_answered, connection);
	connection->delivery = NULL;
	enter(connection, CONNECTION_ANSWERING);
}

void connection_answered(struct connection *connection) {
	bufferevent_disable(connection->bev, EV_READ);
}

/* -- writing past evhttp -------------------------------------------------------------------- */

/* As send(2), through TLS where there is some. */
static ssize_t write_some(struct connection *connection, const void *bytes, size_t length) {
	SSL *ssl = connection->source->tls ? bufferevent_openssl_get_ssl(connection->bev) : NULL;
	int n;

	if (!ssl)
		return send(connection->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (!SSL_is_init_finished(ssl)) {
		errno = ENOTCONN;
		return -1;
	}
	n = SSL_write(ssl, bytes, (int)length);
	if (n <= 0) {
		errno = SSL_get_error(ssl, n) == SSL_ERROR_WANT_WRITE ? EAGAIN : EPIPE;
		return -1;
	}
	return n;
}

static int write_all(struct connection *connection, const void *bytes, size_t length,
		     int64_t deadline_ms) {
	while (length) {
		ssize_t n = write_some(connection, bytes, length);
		int64_t left = deadline_ms - connection_now_ms();
		struct pollfd fd = {.fd = connection->fd, .events = POLLOUT};

		if (n < 0 && (errno != EAGAIN || left <= 0))
			return -errno;
		if (n < 0)
			poll(&fd, 1, (int)left);
		else {
			bytes = (const char *)bytes + n;
			length -= (size_t)n;
		}
	}
	return 0;
}

/* A last word to a client that evhttp has no request of; it may be lost. */
static void end_with(struct connection *connection, const char *answer) {
	if (evbuffer_get_length(bufferevent_get_output(connection->bev)) == 0)
		write_all(connection, answer, strlen(answer), 0);
	connection_end(connection);
}

void connection_finish(struct connection *connection, int64_t deadline_ms) {
	struct evbuffer *output = bufferevent_get_output(connection->bev);
	struct evbuffer_iovec vectors[8];
	int n = evbuffer_peek(output, -1, NULL, vectors, 8), r = 0;

	for (int i = 0; i < n && i < 8 && r == 0; i++)
		r = write_all(connection, vectors[i].iov_base, vectors[i].iov_len, deadline_ms);
	if (connection->state == CONNECTION_RECEIVING && n == 0) {
		http_count(connection->source, METRIC_UNAVAILABLE, 1);
		write_all(connection, unavailable_answer, strlen(unavailable_answer), 0);
	}
}

/* -- what happens to it --------------------------------------------------------------------- */

static void on_input(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *user) {
	struct connection *connection = user;
	struct http_source *source = connection->source;

	(void)buffer;
	if (!info->n_added)
		return;
	if (connection->state == CONNECTION_IDLE)
		enter(connection, CONNECTION_RECEIVING);
	hold(connection, connection->held + info->n_added);
	if (source->held > (uint64_t)source->config->max_pending_bytes &&
	    connection->state == CONNECTION_RECEIVING && !connection->busy) {
		connection->busy = true;
		event_active(connection->event, EV_WRITE, 1); /* it cannot end inside evhttp */
	}
}

/* Answers that evhttp makes without asking are seen here alone. */
static void on_output(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *user) {
	struct connection *connection = user;
	char line[16] = "";
	struct evbuffer_iovec first;
	int code;

	if (connection->state != CONNECTION_RECEIVING || connection->refused || !info->n_added ||
	    evbuffer_peek(buffer, -1, NULL, &first, 1) < 1)
		return;
	memcpy(line, first.iov_base,
	       first.iov_len < sizeof(line) ? first.iov_len : sizeof(line) - 1);
	if (sscanf(line, "HTTP/1.%*d %d", &code) != 1 || code < 400)
		return;
	connection->refused = true;
	http_count_answer(connection->source, code);
}

static void on_limit(struct connection *connection) {
	switch (connection->state) {
	case CONNECTION_IDLE:
		connection_end(connection);
		break;
	case CONNECTION_RECEIVING:
		if (!connection->refused)
			http_count(connection->source, METRIC_CUT_OFF, 1);
		end_with(connection, timeout_answer);
		break;
	case CONNECTION_WAITING:
		delivery_waited(connection->delivery);
		break;
	case CONNECTION_ANSWERING:
		connection_end(connection);
		break;
	}
}

/* Ends the guard alone. */
static void forget(struct connection *connection) {
	struct http_source *source = connection->source;

	TAILQ_REMOVE(&source->connections, connection, all);
	evbuffer_remove_cb_entry(bufferevent_get_input(connection->bev), connection->input_watch);
	evbuffer_remove_cb_entry(bufferevent_get_output(connection->bev), connection->output_watch);
	event_free(connection->event);
	free(connection);
}

static void on_closed(struct evhttp_connection *http, void *user) {
	struct connection *connection = user;
	struct http_source *source = connection->source;

	(void)http;
	if (connection->delivery)
		delivery_abandon(connection->delivery);
	if (connection->state == CONNECTION_IDLE)
		TAILQ_REMOVE(&source->idle, connection, in_idle);
	hold(connection, 0);
	source->by_fd[connection->fd] = NULL;
	source->n_connections--;
	http_count(source, METRIC_CONNECTIONS, -1);
	forget(connection);
}

void connection_end(struct connection *connection) {
	evhttp_connection_free(connection->http); /* on_closed */
}

bool connection_end_idle(struct http_source *source) {
	struct connection *oldest = TAILQ_FIRST(&source->idle);

	if (oldest)
		connection_end(oldest);
	return oldest != NULL;
}

struct connection *connection_of(struct http_source *source, struct evhttp_request *request) {
	struct evhttp_connection *http = evhttp_request_get_connection(request);
	int fd = bufferevent_getfd(evhttp_connection_get_bufferevent(http));

	return fd >= 0 && (size_t)fd < source->n_by_fd ? source->by_fd[fd] : NULL;
}

/* -- how it begins -------------------------------------------------------------------------- */

static int remember_fd(struct http_source *source, struct connection *connection) {
	size_t n = (size_t)connection->fd + 1;
	struct connection **grown;

	if (n > source->n_by_fd) {
		n += 64;
		grown = realloc(source->by_fd, n * sizeof(struct connection *));
		if (!grown)
			return -ENOMEM;
		memset(grown + source->n_by_fd, 0,
		       (n - source->n_by_fd) * sizeof(struct connection *));
		source->by_fd = grown;
		source->n_by_fd = n;
	}
	source->by_fd[connection->fd] = connection;
	return 0;
}

static void admit(struct connection *connection) {
	struct http_source *source = connection->source;
	bool room = source->n_connections < source->config->max_connections ||
		    connection_end_idle(source);

	TAILQ_INSERT_TAIL(&source->idle, connection, in_idle);
	source->n_connections++;
	http_count(source, METRIC_CONNECTIONS, 1);
	evhttp_connection_set_closecb(connection->http, on_closed, connection);
	if (room) {
		arm(connection);
		return;
	}
	http_count(source, METRIC_CONNECTIONS_REFUSED, 1);
	end_with(connection, unavailable_answer);
}

/*
 * evhttp has made its side, or given up. Its connection is the argument of its callbacks: the one
 * way to it before there is a request.
 */
static void attach(struct connection *connection) {
	struct bufferevent *bev = connection->bev;
	void *http = NULL;

	bufferevent_getcb(bev, NULL, NULL, NULL, &http);
	connection->fd = bufferevent_getfd(bev);
	connection->http = http;
	if (!http)
		forget(connection);
	else if (remember_fd(connection->source, connection) < 0) {
		forget(connection);
		evhttp_connection_free(http);
	} else
		admit(connection);
	bufferevent_decref(bev);
}

static void on_event(evutil_socket_t fd, short what, void *user) {
	struct connection *connection = user;

	(void)fd;
	if (!connection->http)
		attach(connection);
	else if (what & EV_TIMEOUT)
		on_limit(connection);
	else if (connection->busy && connection->state == CONNECTION_RECEIVING) {
		if (!connection->refused)
			http_count(connection->source, METRIC_BUSY, 1);
		end_with(connection, busy_answer);
	} else
		arm(connection); /* its call to itself has stopped the timer */
}

static struct bufferevent *new_bufferevent(struct http_source *source) {
	struct bufferevent *bev;
	SSL *ssl;

	if (!source->tls)
		return bufferevent_socket_new(source->base, -1, 0);
	ssl = SSL_new(source->tls);
	if (!ssl)
		return NULL;
	bev = bufferevent_openssl_socket_new(source->base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING,
					     BEV_OPT_CLOSE_ON_FREE);
	if (!bev) {
		SSL_free(ssl);
		return NULL;
	}
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1); /* the body's length is known */
	return bev;
}

/* While an answer is written evhttp reads on, and looks at nothing. */
static void bound_input(const struct http_source *source, struct bufferevent *bev) {
	const struct http_source_config *config = source->config;

	bufferevent_setwatermark(bev, EV_READ, 0,
				 (size_t)(config->max_header_bytes + config->max_body_bytes) +
					 SLACK_BYTES);
}

static bool watch(struct connection *connection) {
	struct bufferevent *bev = connection->bev;

	connection->event = event_new(connection->source->base, -1, 0, on_event, connection);
	connection->input_watch = evbuffer_add_cb(bufferevent_get_input(bev), on_input, connection);
	connection->output_watch =
		evbuffer_add_cb(bufferevent_get_output(bev), on_output, connection);
	return connection->event && connection->input_watch && connection->output_watch;
}

struct bufferevent *connection_new(struct event_base *base, void *user) {
	struct http_source *source = user;
	struct connection *connection = calloc(1, sizeof(*connection));
	struct bufferevent *bev = connection ? new_bufferevent(source) : NULL;

	(void)base;
	if (!bev) {
		free(connection);
		return NULL;
	}
	connection->source = source;
	connection->bev = bev;
	connection->fd = -1;
	bound_input(source, bev);
	if (!watch(connection)) {
		if (connection->event)
			event_free(connection->event);
		bufferevent_free(bev); /* ends the watches; evhttp takes a plain one */
		free(connection);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&source->connections, connection, all);
	bufferevent_incref(bev); /* until attach */
	event_active(connection->event, EV_WRITE, 1);
	return bev;
}

void connection_drop_new(struct http_source *source) {
	struct connection *connection;

	while ((connection = TAILQ_FIRST(&source->connections))) {
		struct bufferevent *bev = connection->bev;

		forget(connection);
		bufferevent_decref(bev);
	}
}
