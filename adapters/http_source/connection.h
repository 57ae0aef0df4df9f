/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard of one connection. It watches the bufferevent from below evhttp, because evhttp speaks
 * only of whole requests:
 *
 *	IDLE -> RECEIVING -> WAITING -> ANSWERING -> IDLE
 *
 * IDLE: no byte of a request is there; ends after idle_timeout_ms. RECEIVING: from the first byte
 * to the last one of the request; ends after request_timeout_ms, however often a byte comes.
 * WAITING: a delivery has the request; nothing is read. ANSWERING: from the answer's making until
 * it is written; ends after request_timeout_ms.
 */
#ifndef HTTP_SOURCE_CONNECTION_H
#define HTTP_SOURCE_CONNECTION_H

#include "http_source/http_source.h"

enum connection_state {
	CONNECTION_IDLE,
	CONNECTION_RECEIVING,
	CONNECTION_WAITING,
	CONNECTION_ANSWERING,
};

struct connection {
	TAILQ_ENTRY(connection) all;
	TAILQ_ENTRY(connection) in_idle;
	struct http_source *source;
	struct bufferevent *bev;
	struct evhttp_connection *http; /* NULL: evhttp has not made it yet */
	struct evbuffer_cb_entry *input_watch, *output_watch;
	struct event *event; /* its timer, and its calls to itself */
	enum connection_state state;
	bool busy;    /* refused with 429 before its request was whole */
	bool refused; /* by evhttp, and counted */
	int fd;
	size_t held;		   /* bytes of it in the source's sum */
	struct delivery *delivery; /* WAITING */
};

/* For evhttp: a bufferevent with a guard, or NULL. */
struct bufferevent *connection_new(struct event_base *base, void *user);

/* The guard below a request; NULL: there was no memory for one. */
struct connection *connection_of(struct http_source *source, struct evhttp_request *request);

/* evhttp has handed over the whole request: WAITING. */
void connection_received(struct connection *connection);

/*
 * An answer to the request goes to evhttp now: ANSWERING. Afterwards: evhttp would read on while it
 * writes, without bounds, and drop the answer when the client has closed its side.
 */
void connection_answering(struct connection *connection, struct evhttp_request *request);
void connection_answered(struct connection *connection);

/* Closes it with what it has received and not answered. */
void connection_end(struct connection *connection);

/* Closes the one that has been idle longest. False: none is. */
bool connection_end_idle(struct http_source *source);

/* Before all end: writes what can be written of answers, at most until the deadline. */
void connection_finish(struct connection *connection, int64_t deadline_ms);
int64_t connection_now_ms(void);

/* After evhttp has ended: the guards of those that it has not told us of yet. */
void connection_drop_new(struct http_source *source);

#endif
