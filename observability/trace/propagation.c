/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All formats together: the headers of a context, and the context of a request's headers.
 *
 * Where a request has several formats, the first that is asked for and valid holds, in this order:
 * traceparent, b3, the X-B3 headers, uber-trace-id. A tracestate belongs to a traceparent only.
 */
#include <errno.h>
#include <string.h>

#include "trace/propagation.h"

#define ALL                                                                    \
	(RY_TRACE_W3C | RY_TRACE_BAGGAGE | RY_TRACE_B3 | RY_TRACE_B3_HEADERS | \
	 RY_TRACE_UBER_TRACE_ID)
#define DEFAULT (RY_TRACE_W3C | RY_TRACE_BAGGAGE)

#define HEADERS_MAX \
	(sizeof(((struct ry_trace_headers *)0)->header) / sizeof(struct ry_trace_header))
#define TEXT_MAX sizeof(((struct ry_trace_headers *)0)->text)

_Static_assert(HEADERS_MAX >= 8, "traceparent, tracestate, baggage, b3, three of X-B3, uber");
_Static_assert(TEXT_MAX >= TRACEPARENT_LENGTH + 1 + B3_LENGTH + 1 + sizeof(struct b3_texts) +
				   UBER_LENGTH + 1,
	       "the texts of all that is formatted");
_Static_assert(RY_TRACE_CONTEXT_MAX >=
		       TRACEPARENT_LENGTH + 1 + TRACESTATE_LENGTH + 1 + BAGGAGE_LENGTH + 1,
	       "any context");

/* -- inject --------------------------------------------------------------------------------- */

static void add(struct ry_trace_headers *headers, const char *name, const char *value) {
	headers->header[headers->n++] = (struct ry_trace_header){name, value};
}

int propagation_inject(uint32_t formats, const struct trace_parent *parent, const char *tracestate,
		       const char *baggage, struct ry_trace_headers *ret) {
	struct b3_texts *b3;
	char *text = ret->text;

	if (formats & ~ALL || ret->size < sizeof(*ret))
		return -EINVAL;
	if (formats == 0)
		formats = DEFAULT;
	ret->n = 0;
	if (formats & RY_TRACE_W3C) {
		traceparent_format(parent, text);
		add(ret, "traceparent", text);
		text += TRACEPARENT_LENGTH + 1;
		if (tracestate)
			add(ret, "tracestate", tracestate);
	}
	if (formats & RY_TRACE_B3) {
		b3_format(parent, text);
		add(ret, "b3", text);
		text += B3_LENGTH + 1;
	}
	if (formats & RY_TRACE_B3_HEADERS) {
		b3 = (struct b3_texts *)text; /* characters only: any address will do */
		b3_multi_format(parent, b3);
		add(ret, "x-b3-traceid", b3->trace_id);
		add(ret, "x-b3-spanid", b3->span_id);
		add(ret, "x-b3-sampled", b3->sampled);
		text += sizeof(*b3);
	}
	if (formats & RY_TRACE_UBER_TRACE_ID) {
		uber_format(parent, text);
		add(ret, "uber-trace-id", text);
	}
	if (formats & RY_TRACE_BAGGAGE && baggage)
		add(ret, "baggage", baggage);
	return (int)ret->n;
}

/* -- extract -------------------------------------------------------------------------------- */

struct request {
	const char *(*get)(void *user, const char *name, uint32_t index);
	void *user;
};

static const char *first(const struct request *request, const char *name) {
	return request->get(request->user, name, 0);
}

/* NULL also where there are several: none of them is then to be believed. */
static const char *only(const struct request *request, const char *name) {
	return request->get(request->user, name, 1) ? NULL : first(request, name);
}

static bool read_w3c(const struct request *request, struct trace_parent *ret) {
	const char *text = only(request, "traceparent");

	return text && traceparent_parse(text, strlen(text), ret) == 0;
}

static bool read_b3(const struct request *request, struct trace_parent *ret) {
	const char *text = first(request, "b3");

	return text && b3_parse(text, strlen(text), ret) == 0;
}

static bool read_b3_headers(const struct request *request, struct trace_parent *ret) {
	const struct b3_headers headers = {
		.trace_id = first(request, "x-b3-traceid"),
		.span_id = first(request, "x-b3-spanid"),
		.sampled = first(request, "x-b3-sampled"),
		.flags = first(request, "x-b3-flags"),
	};

	return b3_multi_parse(&headers, ret) == 0;
}

static bool read_uber(const struct request *request, struct trace_parent *ret) {
	const char *text = only(request, "uber-trace-id");

	return text && uber_parse(text, strlen(text), ret) == 0;
}

/* In order of precedence. */
static const struct {
	uint32_t format;
	bool (*read)(const struct request *request, struct trace_parent *ret);
} readers[] = {
	{RY_TRACE_W3C, read_w3c},
	{RY_TRACE_B3, read_b3},
	{RY_TRACE_B3_HEADERS, read_b3_headers},
	{RY_TRACE_UBER_TRACE_ID, read_uber},
};

/* Returns the format that it stood in, or 0. */
static uint32_t read_parent(const struct request *request, uint32_t formats,
			    struct trace_parent *ret) {
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (formats & readers[i].format && readers[i].read(request, ret))
			return readers[i].format;
	return 0;
}

#define JOINED_MAX (32 * 514) /* the longest tracestate; more than the longest baggage */

/*
 * The headers of one name as one text (RFC 7230, section 3.2.2): the only one as it is, several
 * joined in buf. NULL: none, or longer than all that could be passed on.
 */
static const char *joined(const struct request *request, const char *name, char buf[JOINED_MAX]) {
	const char *text = only(request, name);
	uint64_t used = 0, length;

	if (text)
		return text;
	for (uint32_t i = 0; (text = request->get(request->user, name, i)); i++) {
		length = strlen(text);
		if (length >= JOINED_MAX - used)
			return NULL;
		memcpy(buf + used, text, length);
		used += length;
		buf[used++] = ',';
	}
	if (used == 0)
		return NULL;
	buf[used - 1] = '\0';
	return buf;
}

/* Writes at most `limit` characters to *at, and moves it behind their NUL. NULL: nothing. */
static const char *read_list(const struct request *request, const char *name,
			     int (*parse)(const char *, uint64_t, char *, uint32_t), uint32_t limit,
			     char **at, const char *end) {
	char buf[JOINED_MAX];
	const char *text = joined(request, name, buf), *start = *at;
	uint32_t room = (uint32_t)(end - *at);
	int n;

	if (!text || room == 0)
		return NULL;
	n = parse(text, strlen(text), *at, room < limit + 1 ? room : limit + 1);
	if (n <= 0)
		return NULL;
	*at += n + 1;
	return start;
}

int propagation_extract(uint32_t formats,
			const char *(*get)(void *user, const char *name, uint32_t index),
			void *user, char *buf, uint32_t cap, struct ry_emit_options *ret) {
	const struct request request = {get, user};
	struct trace_parent parent;
	const char *end = buf + cap;
	uint32_t format;

	if (formats & ~ALL || ret->size < sizeof(*ret))
		return -EINVAL;
	if (cap < TRACEPARENT_LENGTH + 1)
		return -ENOSPC;
	if (formats == 0)
		formats = DEFAULT;
	ret->traceparent = ret->tracestate = ret->baggage = NULL;
	format = read_parent(&request, formats, &parent);
	if (format) {
		traceparent_format(&parent, buf);
		ret->traceparent = buf;
		buf += TRACEPARENT_LENGTH + 1;
	}
	if (format == RY_TRACE_W3C)
		ret->tracestate = read_list(&request, "tracestate", tracestate_parse,
					    TRACESTATE_LENGTH, &buf, end);
	if (formats & RY_TRACE_BAGGAGE)
		ret->baggage =
			read_list(&request, "baggage", baggage_parse, BAGGAGE_LENGTH, &buf, end);
	return format != 0;
}
