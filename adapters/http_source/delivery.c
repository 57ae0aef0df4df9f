/* SPDX-License-Identifier: Apache-2.0 */
/* Requests checked, emitted and answered. */
#include "http_source/delivery.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>

#include "http_source/connection.h"

#define WHY_BYTES 256

/* -- answers -------------------------------------------------------------------------------- */

struct answer {
	int code;
	char why[WHY_BYTES]; /* one line for people; "": none */
};

static const char *reason_of(int code) {
	switch (code) {
	case 202:
		return "Accepted";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 413:
		return "Content Too Large";
	case 415:
		return "Unsupported Media Type";
	case 429:
		return "Too Many Requests";
	case 503:
		return "Service Unavailable";
	default:
		return "Bad Request";
	}
}

/* Only these two leave the connection open: after any other answer too little is known of it. */
static bool keeps_connection(int code) {
	return code == 202 || code == 429;
}

static void send_answer(struct http_source *source, struct evhttp_request *request,
			const struct answer *answer) {
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	struct evbuffer *body = NULL;

	if (!keeps_connection(answer->code) || source->paused)
		evhttp_add_header(headers, "Connection", "close");
	if (answer->code == 429 || answer->code == 503)
		evhttp_add_header(headers, "Retry-After", "1");
	if (answer->code == 405)
		evhttp_add_header(headers, "Allow", "POST");
	if (answer->why[0] && evhttp_request_get_command(request) != EVHTTP_REQ_HEAD)
		body = evbuffer_new();
	if (body && evbuffer_add_printf(body, "%s\n", answer->why) > 0)
		evhttp_add_header(headers, "Content-Type", "text/plain; charset=utf-8");
	http_count_answer(source, answer->code);
	evhttp_send_reply(request, answer->code, reason_of(answer->code), body);
	if (body)
		evbuffer_free(body);
}

static void answer_request(struct connection *connection, struct evhttp_request *request,
			   const struct answer *answer) {
	connection_answering(connection, request);
	send_answer(connection->source, request, answer);
	connection_answered(connection);
}

/* -- the end of a delivery ------------------------------------------------------------------ */

static void drop_body(struct http_source *source, struct delivery *delivery) {
	if (!delivery->buffer)
		return;
	evbuffer_free(delivery->buffer);
	delivery->buffer = NULL;
	source->held -= delivery->body.length;
}

/* It is in no list any more. */
static void end(struct http_source *source, struct delivery *delivery,
		const struct answer *answer) {
	if (delivery->connection)
		answer_request(delivery->connection, delivery->request, answer);
	drop_body(source, delivery);
	free(delivery->traceparent);
	free(delivery->tracestate);
	free(delivery->baggage);
	free(delivery);
}

static void end_waiting(struct http_source *source, struct delivery *delivery,
			const struct answer *answer) {
	TAILQ_REMOVE(&source->waiting, delivery, next);
	source->n_waiting--;
	end(source, delivery, answer);
}

void delivery_waited(struct delivery *delivery) {
	struct http_source *source = delivery->connection->source;
	struct answer answer = {429, "the pipeline takes no more now"};

	if (delivery->buffer && delivery->cursor.pieces == 0)
		end_waiting(source, delivery, &answer);
}

void delivery_abandon(struct delivery *delivery) {
	struct http_source *source = delivery->connection->source;

	/* A request that evhttp has let go of is ours; any other ends with its connection. */
	if (!evhttp_request_get_connection(delivery->request))
		evhttp_request_free(delivery->request);
	delivery->connection = NULL;
	delivery->request = NULL;
	http_count(source, METRIC_CUT_OFF, 1);
	if (delivery->buffer && delivery->cursor.pieces == 0)
		end_waiting(source, delivery, NULL);
}

void delivery_refuse_all(struct http_source *source, bool all) {
	struct answer answer = {503, "the pipeline is stopping"};
	struct delivery *delivery;

	while ((delivery = TAILQ_FIRST(&source->waiting)))
		end_waiting(source, delivery, &answer);
	while (all && (delivery = TAILQ_FIRST(&source->emitted))) {
		TAILQ_REMOVE(&source->emitted, delivery, next);
		end(source, delivery, &answer);
	}
}

void delivery_accepted(struct http_source *source, uint64_t total) {
	struct answer answer = {202, ""};
	struct delivery *delivery;

	source->n_accepted = total;
	while ((delivery = TAILQ_FIRST(&source->emitted)) && delivery->last <= total) {
		TAILQ_REMOVE(&source->emitted, delivery, next);
		end(source, delivery, &answer);
	}
}

/* -- emitting ------------------------------------------------------------------------------- */

static int emit_json(struct http_source *source, const struct piece *piece, uint32_t port,
		     const struct ry_emit_options *options, char *why, uint32_t cap) {
	struct ry_json *value;
	int r = source->json->parse(piece->bytes, piece->length, &value, why, cap);

	if (r < 0)
		return r;
	/* With any error but -EINVAL the host has ended the value. */
	r = source->emitter->ops->stage_object(source->emitter, port, value, options);
	if (r == -EINVAL)
		source->json->unref(value);
	return r;
}

static int emit_bytes(struct http_source *source, const struct piece *piece, uint32_t port,
		      const struct ry_emit_options *options) {
	int error = 0;
	void *to = ry_source_stage(source->emitter, port, piece->length, options, &error);

	if (!to)
		return error;
	memcpy(to, piece->bytes, piece->length);
	return 0;
}

static bool is_json(enum body_format format) {
	return format == BODY_JSONL || format == BODY_JSON;
}

static int emit_piece(struct http_source *source, const struct delivery *delivery,
		      const struct piece *piece, char *why, uint32_t cap) {
	enum body_format format = source->rules.format;
	struct ry_emit_options options = {
		RY_SIZE(ry_emit_options),
		.traceparent = delivery->traceparent,
		.tracestate = delivery->tracestate,
		.baggage = delivery->baggage,
	};

	if (is_json(format))
		return emit_json(source, piece, (uint32_t)format, &options, why, cap);
	return emit_bytes(source, piece, (uint32_t)format, &options);
}

static void answer_for(const struct http_source *source, int error, const char *why, uint64_t piece,
		       struct answer *ret) {
	static const char no_room[] = "there is no memory for it";
	const char *what = "body";
	char place[32];

	snprintf(place, sizeof(place), "line %llu", (unsigned long long)piece);
	if (body_has_lines(source->rules.format))
		what = place;
	switch (error) {
	case -EBADMSG:
		ret->code = 400;
		snprintf(ret->why, sizeof(ret->why), "%s: not JSON: %s", what, why);
		return;
	case -EMSGSIZE:
		ret->code = 413;
		snprintf(ret->why, sizeof(ret->why), "%s: too long", what);
		return;
	default:
		ret->code = 503;
		snprintf(ret->why, sizeof(ret->why), "%s: %s", what,
			 error == -ESHUTDOWN ? "the pipeline is stopping" : no_room);
	}
}

/* 1: emitted to its end; 0: there is no room; a negative errno: it is at its end too. */
static int emit_delivery(struct http_source *source, struct delivery *delivery,
			 struct answer *ret) {
	char why[WHY_BYTES / 2] = "";
	struct piece piece;
	struct cursor next;
	int r;

	for (;;) {
		next = delivery->cursor;
		r = body_next(&source->rules, &delivery->body, &next, &piece);
		if (r == 0)
			return 1;
		if (r > 0)
			r = emit_piece(source, delivery, &piece, why, sizeof(why));
		if (r == -ENOBUFS)
			return 0;
		if (r < 0) {
			answer_for(source, r, why, delivery->cursor.pieces + 1, ret);
			return r;
		}
		delivery->cursor = next;
		source->n_emitted++;
	}
}

void delivery_emit(struct http_source *source) {
	struct delivery *delivery;
	struct answer answer;

	while (!source->blocked && (delivery = TAILQ_FIRST(&source->waiting))) {
		int r;

		answer = (struct answer){202, ""};
		r = emit_delivery(source, delivery, &answer);
		if (r == 0) {
			source->blocked = true;
			return;
		}
		delivery->last = source->n_emitted;
		if (r < 0 || delivery->last <= source->n_accepted) {
			end_waiting(source, delivery, &answer);
			continue;
		}
		TAILQ_REMOVE(&source->waiting, delivery, next);
		source->n_waiting--;
		drop_body(source, delivery);
		TAILQ_INSERT_TAIL(&source->emitted, delivery, next);
	}
}

/* -- taking requests ------------------------------------------------------------------------ */

static const char *header(struct evhttp_request *request, const char *name) {
	return evhttp_find_header(evhttp_request_get_input_headers(request), name);
}

static unsigned count_headers(struct evhttp_request *request, const char *name) {
	struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
	struct evkeyval *each;
	unsigned n = 0;

	TAILQ_FOREACH(each, headers, next)
	n += strcasecmp(each->key, name) == 0;
	return n;
}

/*
 * Do all agree where the body ends? A proxy in front that reads it otherwise would take what
 * follows for another request (RFC 9112, 6.1 and 6.3).
 */
static bool framing_is_clear(struct evhttp_request *request) {
	const char *coding = header(request, "Transfer-Encoding");
	const char *length = header(request, "Content-Length");

	if (coding)
		return !length && strcasecmp(coding, "chunked") == 0 &&
		       count_headers(request, "Transfer-Encoding") == 1;
	return !length || (count_headers(request, "Content-Length") == 1 &&
			   length[strspn(length, "0123456789")] == '\0');
}

static bool path_matches(const struct http_source *source, struct evhttp_request *request) {
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;

	return path && strcmp(path, source->config->path) == 0;
}

/* What is wrong with a request before its body is looked at; 0: nothing. */
static struct answer judge(const struct http_source *source, const struct connection *connection,
			   struct evhttp_request *request) {
	const char *coding = header(request, "Content-Encoding");

	if (source->paused)
		return (struct answer){503, "the pipeline is stopping"};
	if (!framing_is_clear(request))
		return (struct answer){400, "the length of the body is not clear"};
	if (!path_matches(source, request))
		return (struct answer){404, "no such path"};
	if (evhttp_request_get_command(request) != EVHTTP_REQ_POST)
		return (struct answer){405, "only POST"};
	if (coding && strcasecmp(coding, "identity") != 0)
		return (struct answer){415, "the body must not be encoded (Content-Encoding)"};
	if (connection->busy || source->n_waiting >= source->config->max_pending_requests)
		return (struct answer){429, "the pipeline takes no more now"};
	return (struct answer){0, ""};
}

/* Nothing of a request is emitted when a part of it is wrong. 0, -EMSGSIZE, -EBADMSG, -ENOMEM. */
static int check_body(const struct http_source *source, const struct piece *body,
		      struct answer *ret) {
	char why[WHY_BYTES / 2] = "";
	struct cursor cursor = {0}, last;
	struct ry_json *value;
	struct piece piece;
	int r;

	for (;;) {
		last = cursor;
		r = body_next(&source->rules, body, &cursor, &piece);
		if (r == 0)
			return 0;
		if (r > 0)
			r = 0;
		/* A lone value is parsed when it is emitted. */
		if (r == 0 && is_json(source->rules.format) &&
		    (last.pieces || cursor.offset < body->length)) {
			r = source->json->parse(piece.bytes, piece.length, &value, why,
						sizeof(why));
			if (r == 0)
				source->json->unref(value);
		}
		if (r < 0) {
			answer_for(source, r, why, last.pieces + 1, ret);
			return r;
		}
	}
}

static const char *trace_header(void *user, const char *name, uint32_t index) {
	struct evkeyvalq *headers = evhttp_request_get_input_headers(user);
	struct evkeyval *each;

	TAILQ_FOREACH(each, headers, next)
	if (strcasecmp(each->key, name) == 0 && index-- == 0)
		return each->value;
	return NULL;
}

static char *copy(const char *text) {
	return text ? strdup(text) : NULL;
}

/* Without memory for it the request goes on without. */
static void copy_trace(struct delivery *delivery, struct evhttp_request *request) {
	const struct http_source *source = delivery->connection->source;
	struct ry_emit_options options = {RY_SIZE(ry_emit_options)};
	char text[RY_TRACE_CONTEXT_MAX];

	if (!source->trace || source->trace->extract(source->host, 0, trace_header, request, text,
						     sizeof(text), &options) < 0)
		return;
	delivery->traceparent = copy(options.traceparent);
	delivery->tracestate = copy(options.tracestate);
	delivery->baggage = copy(options.baggage);
}

/* Takes the body out of the request, in one piece. NULL: no memory. */
static struct delivery *delivery_new(struct connection *connection,
				     struct evhttp_request *request) {
	struct delivery *delivery = calloc(1, sizeof(*delivery));
	struct evbuffer *buffer = delivery ? evbuffer_new() : NULL;

	if (!buffer || evbuffer_add_buffer(buffer, evhttp_request_get_input_buffer(request)) < 0 ||
	    (evbuffer_get_length(buffer) && !evbuffer_pullup(buffer, -1))) {
		if (buffer)
			evbuffer_free(buffer);
		free(delivery);
		return NULL;
	}
	delivery->buffer = buffer;
	delivery->body.length = evbuffer_get_length(buffer);
	if (delivery->body.length)
		delivery->body.bytes = (const char *)evbuffer_pullup(buffer, -1);
	else
		delivery->body.bytes = "";
	delivery->connection = connection;
	delivery->request = request;
	connection->source->held += delivery->body.length;
	copy_trace(delivery, request);
	return delivery;
}

static void take(struct http_source *source, struct connection *connection,
		 struct evhttp_request *request) {
	struct answer answer = {503, "there is no memory for it"};
	struct delivery *delivery = delivery_new(connection, request);

	if (!delivery) {
		answer_request(connection, request, &answer);
		return;
	}
	if (check_body(source, &delivery->body, &answer) < 0) {
		end(source, delivery, &answer);
		return;
	}
	connection->delivery = delivery;
	TAILQ_INSERT_TAIL(&source->waiting, delivery, next);
	source->n_waiting++;
	delivery_emit(source);
}

void delivery_on_request(struct evhttp_request *request, void *user) {
	struct http_source *source = user;
	struct connection *connection = connection_of(source, request);
	struct answer answer = {503, ""};

	if (!connection) {
		send_answer(source, request, &answer);
		return;
	}
	http_count(source, METRIC_BYTES,
		   (int64_t)evbuffer_get_length(evhttp_request_get_input_buffer(request)));
	connection_received(connection);
	answer = judge(source, connection, request);
	if (answer.code)
		answer_request(connection, request, &answer);
	else
		take(source, connection, request);
}
