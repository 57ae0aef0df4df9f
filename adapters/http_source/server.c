/* SPDX-License-Identifier: Apache-2.0 */
/* The listening socket, TLS, and evhttp between them. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/listener.h>
#include <openssl/err.h>

#include "http_source/address.h"
#include "http_source/connection.h"
#include "http_source/delivery.h"
#include "stream/report.h"

#define BACKLOG		511
#define ACCEPT_AGAIN_MS 100 /* after no descriptor was free */
#define FINISH_MS	1000

static int fail(const struct http_source *source, const char *message, int error, const char *why) {
	report(source->host, &(struct report){.level = RY_LOG_ERROR,
					      .message = message,
					      .path = source->config->listen,
					      .error = why ? 0 : error,
					      .why = why});
	return error;
}

/* -- TLS ------------------------------------------------------------------------------------ */

/* The reason that stands first, which is the cause of the others. */
static int tls_error(const char *what, const char *file, char *why, size_t cap) {
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	snprintf(why, cap, "%s %s: %s", what, file, reason ? reason : strerrordesc_np(errno));
	ERR_clear_error();
	return -EINVAL;
}

int server_load_tls(const struct http_source_config *config, SSL_CTX **ret, char *why, size_t cap) {
	const char *cert = config->tls.cert_file, *key = config->tls.key_file;
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	int r = 0;

	if (!tls)
		return -ENOMEM;
	ERR_clear_error();
	SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
	SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
	if (SSL_CTX_use_certificate_chain_file(tls, cert) != 1)
		r = tls_error("cannot use the certificate", cert, why, cap);
	else if (SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
		r = tls_error("cannot use the key", key, why, cap);
	if (r < 0) {
		SSL_CTX_free(tls);
		return r;
	}
	*ret = tls;
	return 0;
}

static int start_tls(struct http_source *source) {
	char why[512] = "";
	int r;

	if (!source->config->tls.cert_file)
		return 0;
	r = server_load_tls(source->config, &source->tls, why, sizeof(why));
	return r < 0 ? fail(source, "cannot set up TLS", r, why) : 0;
}

/* -- listening ------------------------------------------------------------------------------ */

static int open_socket(const struct address *address, int *ret) {
	int fd, on = 1, r = 0;

	fd = socket(address->socket.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address->socket.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* what it accepts inherits it */
	if (bind(fd, (const struct sockaddr *)&address->socket, address->length) < 0 ||
	    listen(fd, BACKLOG) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	*ret = fd;
	return 0;
}

static void on_accept_again(evutil_socket_t fd, short what, void *user) {
	struct http_source *source = user;

	(void)fd, (void)what;
	if (source->bound)
		evconnlistener_enable(evhttp_bound_socket_get_listener(source->bound));
}

/* Those that listen on this thread: a listener knows of evhttp alone. */
static _Thread_local LIST_HEAD(, http_source) listening;

static struct http_source *source_of(const struct evconnlistener *listener) {
	struct http_source *source;

	LIST_FOREACH(source, &listening, in_listening)
	if (evhttp_bound_socket_get_listener(source->bound) == listener)
		break;
	return source;
}

/* No descriptor or memory is free. The listener would be called again at once, and for ever. */
static void on_accept_error(struct evconnlistener *listener, void *http) {
	const struct timeval soon = {.tv_usec = ACCEPT_AGAIN_MS * 1000};
	struct http_source *source = source_of(listener);
	int error = errno;

	(void)http;
	report(source->host, &(struct report){.level = RY_LOG_WARNING,
					      .message = "cannot accept a connection",
					      .path = source->config->listen,
					      .error = -error});
	evconnlistener_disable(listener);
	connection_end_idle(source);
	event_add(source->accept_again, &soon);
}

/* Says the port where the manifest left it to the kernel. */
static void report_listening(const struct http_source *source, int fd) {
	struct address address = {.length = sizeof(address.socket)};
	char text[ADDRESS_TEXT];

	if (getsockname(fd, (struct sockaddr *)&address.socket, &address.length) < 0)
		return;
	address_format(&address, text);
	report(source->host,
	       &(struct report){.level = RY_LOG_INFO,
				.message = source->tls ? "listening with TLS" : "listening",
				.path = text});
}

static int listen_on(struct http_source *source, const struct address *address) {
	struct evconnlistener *listener;
	int fd = -1, r = open_socket(address, &fd);

	if (r < 0)
		return fail(source, "cannot listen", r, NULL);
	listener = evconnlistener_new(source->base, NULL, source,
				      LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!listener) {
		close(fd);
		return -ENOMEM;
	}
	source->bound = evhttp_bind_listener(source->http, listener);
	if (!source->bound) {
		evconnlistener_free(listener);
		return -ENOMEM;
	}
	evconnlistener_set_error_cb(listener, on_accept_error);
	LIST_INSERT_HEAD(&listening, source, in_listening);
	report_listening(source, fd);
	return 0;
}

void server_close_listener(struct http_source *source) {
	if (!source->bound)
		return;
	LIST_REMOVE(source, in_listening);
	evhttp_del_accept_socket(source->http, source->bound);
	source->bound = NULL;
}

/* -- the server ----------------------------------------------------------------------------- */

static int new_http(struct http_source *source) {
	const struct http_source_config *config = source->config;
	const struct timeval idle = {.tv_sec = config->idle_timeout_ms / 1000 + 1};

	source->http = evhttp_new(source->base);
	source->accept_again = event_new(source->base, -1, 0, on_accept_again, source);
	if (!source->http || !source->accept_again)
		return -ENOMEM;
	evhttp_set_allowed_methods(source->http, UINT16_MAX);
	evhttp_set_max_headers_size(source->http, config->max_header_bytes);
	evhttp_set_max_body_size(source->http, config->max_body_bytes);
	evhttp_set_default_content_type(source->http, NULL);
	evhttp_set_timeout_tv(source->http, &idle); /* for those without a guard */
	evhttp_set_bevcb(source->http, connection_new, source);
	evhttp_set_gencb(source->http, delivery_on_request, source);
	return 0;
}

int server_start(struct http_source *source) {
	struct address address;
	int r = address_parse(source->config->listen, &address);

	if (r < 0)
		return fail(source, "not a numeric address with a port", r, NULL);
	r = start_tls(source);
	if (r == 0)
		r = new_http(source);
	if (r == 0)
		r = listen_on(source, &address);
	return r;
}

void server_stop(struct http_source *source) {
	int64_t deadline_ms = connection_now_ms() + FINISH_MS;
	struct connection *connection;

	if (source->http) {
		server_close_listener(source);
		TAILQ_FOREACH(connection, &source->connections, all)
		if (connection->http)
			connection_finish(connection, deadline_ms);
		evhttp_free(source->http);
		connection_drop_new(source);
	}
	if (source->accept_again)
		event_free(source->accept_again);
	SSL_CTX_free(source->tls);
	free(source->by_fd);
	source->http = NULL;
	source->accept_again = NULL;
	source->tls = NULL;
	source->by_fd = NULL;
	source->n_by_fd = 0;
}
