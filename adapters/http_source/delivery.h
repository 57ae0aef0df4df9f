/* SPDX-License-Identifier: Apache-2.0 */
/* Whole requests on their way into the pipeline, and their answers. */
#ifndef HTTP_SOURCE_DELIVERY_H
#define HTTP_SOURCE_DELIVERY_H

#include "http_source/http_source.h"

struct delivery {
	TAILQ_ENTRY(delivery) next;
	struct connection *connection;	/* NULL: the client has gone */
	struct evhttp_request *request; /* with connection */
	struct evbuffer *buffer;	/* what body lies in; NULL once it is emitted */
	struct piece body;
	struct cursor cursor;
	char *traceparent, *tracestate, *baggage; /* NULL: none */
	uint64_t last; /* the number of its last message among all of the source */
};

/* For evhttp: a request is whole. */
void delivery_on_request(struct evhttp_request *request, void *user);

/* Emits what there is room for. */
void delivery_emit(struct http_source *source);

/* Answers what is accepted by now. */
void delivery_accepted(struct http_source *source, uint64_t total);

/* Answers what waits for room, all with 503; with `all` what is emitted and not accepted too. */
void delivery_refuse_all(struct http_source *source, bool all);

/* The client has waited long enough: 429, unless something of it is emitted already. */
void delivery_waited(struct delivery *delivery);

/* The client has gone. What was not begun is forgotten. */
void delivery_abandon(struct delivery *delivery);

#endif
