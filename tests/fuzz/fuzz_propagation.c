/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The input is the headers of a request, `name: value` a line. The context that they make is
 * written in all formats, and each of these is read as the same context again.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "trace/propagation.h"

#define ALL                                                                    \
	(RY_TRACE_W3C | RY_TRACE_BAGGAGE | RY_TRACE_B3 | RY_TRACE_B3_HEADERS | \
	 RY_TRACE_UBER_TRACE_ID)
#define LINES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct request {
	char *names[LINES];
	char *values[LINES];
	uint32_t n;
};

static const char *get_line(void *user, const char *name, uint32_t index) {
	const struct request *request = user;

	for (uint32_t i = 0; i < request->n; i++)
		if (!strcasecmp(request->names[i], name) && index-- == 0)
			return request->values[i];
	return NULL;
}

static const char *get_injected(void *user, const char *name, uint32_t index) {
	const struct ry_trace_headers *headers = user;

	for (uint32_t i = 0; i < headers->n; i++)
		if (!strcmp(headers->header[i].name, name) && index-- == 0)
			return headers->header[i].value;
	return NULL;
}

static void split(struct request *request, char *text) {
	char *save = NULL, *colon;

	for (char *line = strtok_r(text, "\r\n", &save); line && request->n < LINES;
	     line = strtok_r(NULL, "\r\n", &save)) {
		colon = strchr(line, ':');
		if (!colon)
			continue;
		*colon++ = '\0';
		request->names[request->n] = line;
		request->values[request->n++] = colon + strspn(colon, " ");
	}
}

static bool same(const char *one, const char *other) {
	return one && other ? strcmp(one, other) == 0 : one == other;
}

static void check_again(const struct ry_emit_options *first) {
	static char buf[RY_TRACE_CONTEXT_MAX];
	struct ry_trace_headers headers = {.size = sizeof(headers)};
	struct ry_emit_options options = {.size = sizeof(options)};
	struct trace_parent parent;

	assert(traceparent_parse(first->traceparent, TRACEPARENT_LENGTH, &parent) == 0);
	assert(propagation_inject(ALL, &parent, first->tracestate, first->baggage, &headers) >= 6);
	for (uint32_t format = 1; format & ALL; format <<= 1) {
		assert(propagation_extract(format, get_injected, &headers, buf, sizeof(buf),
					   &options) == (format != RY_TRACE_BAGGAGE));
		if (format == RY_TRACE_W3C)
			assert(same(options.traceparent, first->traceparent) &&
			       same(options.tracestate, first->tracestate));
		else if (format == RY_TRACE_BAGGAGE)
			assert(same(options.baggage, first->baggage));
		else
			assert(!memcmp(options.traceparent, first->traceparent, 52));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static char buf[RY_TRACE_CONTEXT_MAX];
	struct request request = {.n = 0};
	struct ry_emit_options options = {.size = sizeof(options)};
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	split(&request, text);
	if (propagation_extract(ALL, get_line, &request, buf, sizeof(buf), &options) == 1)
		check_again(&options);
	else
		assert(!options.traceparent && !options.tracestate);
	free(text);
	return 0;
}
