/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.source: messages by POST.
 *
 * libevent's evhttp reads and writes HTTP on the loop of the group. It has no hook before a whole
 * request is in memory, no limit to connections and no deadline, so each of its connections has a
 * guard (connection.c) that sits on the bufferevent below it: it counts what is held, cuts off who
 * is slow, and answers where evhttp cannot.
 *
 * A whole request becomes a delivery (delivery.c), which is checked before anything of it is
 * emitted. Deliveries are emitted in order of arrival, as far as the runner has room; one that is
 * emitted to its end is answered with 202 as soon as the runner has accepted its last message.
 *
 *	arriving -> waiting for room -> emitted -> accepted: 202
 *
 * What is held in memory is bounded in sum by max_pending_bytes (headers and what has arrived of
 * bodies count as well), what waits by max_pending_requests; beyond either: 429. The rest is
 * max_connections times the few KiB of a connection.
 *
 * Everything runs on the loop's thread.
 */
#ifndef HTTP_SOURCE_HTTP_SOURCE_H
#define HTTP_SOURCE_HTTP_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include <event2/event.h>
#include <event2/http.h>
#include <openssl/ssl.h>
#include <railyard/adapter.h>
#include <railyard/config.h>
#include <railyard/host.h>
#include <railyard/json.h>

#include "http_source/body.h"

struct connection;
struct delivery;

TAILQ_HEAD(connections, connection);
TAILQ_HEAD(deliveries, delivery);

struct http_source_tls {
	const char *cert_file;
	const char *key_file;
};

struct http_source_config {
	const char *listen;
	const char *path;
	int32_t format; /* enum body_format */
	uint8_t strip_cr;
	uint8_t allow_plaintext; /* read by preflight */
	int64_t max_line_bytes;
	int64_t max_body_bytes;
	int64_t max_header_bytes;
	int64_t max_pending_requests;
	int64_t max_pending_bytes;
	int64_t max_wait_ms;
	int64_t max_connections;
	int64_t request_timeout_ms;
	int64_t idle_timeout_ms;
	struct http_source_tls tls; /* NULL and NULL: none */
};

/* Counters and one gauge; see metrics.c. */
enum http_metric {
	METRIC_ACCEPTED,
	METRIC_BUSY,
	METRIC_REFUSED,
	METRIC_UNAVAILABLE,
	METRIC_CUT_OFF,
	METRIC_BYTES,
	METRIC_CONNECTIONS,
	METRIC_CONNECTIONS_REFUSED,
	METRIC_COUNT,
};

struct http_source {
	const struct ry_host *host;
	const struct http_source_config *config;
	const struct ry_json_service *json;
	const struct ry_metrics_service *metrics_service; /* NULL: none */
	const struct ry_trace_service *trace;		  /* NULL: none */
	struct ry_metric *metrics[METRIC_COUNT];
	struct body_rules rules;

	/* The server, between start and stop. */
	struct event_base *base;
	struct evhttp *http;
	struct evhttp_bound_socket *bound;    /* NULL: not listening (any more) */
	LIST_ENTRY(http_source) in_listening; /* with bound */
	struct event *accept_again;
	SSL_CTX *tls; /* NULL: plain */

	struct connections connections;
	struct connections idle;   /* those without a request, the longest idle first */
	struct connection **by_fd; /* those that evhttp has made, by descriptor */
	size_t n_by_fd;
	int64_t n_connections;
	uint64_t held; /* bytes of connections and deliveries */

	struct ry_emitter *emitter; /* NULL: not resumed yet */
	struct deliveries waiting;  /* not emitted to their end; the first one perhaps in part */
	struct deliveries emitted;  /* not accepted to their end */
	int64_t n_waiting;
	uint64_t n_emitted, n_accepted; /* messages */
	bool blocked;			/* until resume */
	bool paused;
};

/* metrics.c */
int http_metrics_define(struct http_source *source);
void http_count(struct http_source *source, enum http_metric metric, int64_t n);

/* By the code of an answer. */
void http_count_answer(struct http_source *source, int code);

/* server.c: 0 or a negative errno, reported. server_stop accepts what is not started. */
int server_start(struct http_source *source);
void server_close_listener(struct http_source *source);
void server_stop(struct http_source *source);
int server_load_tls(const struct http_source_config *config, SSL_CTX **ret, char *why, size_t cap);

#endif
