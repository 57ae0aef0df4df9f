/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a trace travels between processes beside traceparent and tracestate (trace.h): B3 in one
 * header and in several, Jaeger's uber-trace-id, W3C baggage; and all of them together, as ry.trace
 * offers them. Pure functions: no memory of their own, any thread.
 *
 * Sources: github.com/openzipkin/b3-propagation; jaegertracing.io, "Propagation format"; W3C
 * Baggage, "HTTP header format"; OpenTelemetry specification, Propagators API.
 */
#ifndef TRACE_PROPAGATION_H
#define TRACE_PROPAGATION_H

#include <railyard/node.h>

#include "trace/trace.h"

/* -- B3 ------------------------------------------------------------------------------------- */

/*
 * The header b3: {trace id}-{span id}[-{0|1|d}[-{parent span id}]], lower-case hex. A trace id of 16
 * digits is filled up with zeros at its left. `d`, debug, is sampled; no decision is not sampled.
 * 0; -ENODATA: well-formed, but only a decision, without ids; -EINVAL. *ret is then untouched.
 */
int b3_parse(const char *text, uint64_t length, struct trace_parent *ret);
#define B3_LENGTH 51
void b3_format(const struct trace_parent *parent, char buf[B3_LENGTH + 1]);

/* The values of X-B3-TraceId, -SpanId, -Sampled and -Flags; NULL: there is no such header. */
struct b3_headers {
	const char *trace_id;
	const char *span_id;
	const char *sampled; /* 0 or 1; the false and true of old tracers too */
	const char *flags;   /* 1: debug; anything else means nothing */
};

/* As b3_parse; -ENODATA: no ids. */
int b3_multi_parse(const struct b3_headers *headers, struct trace_parent *ret);

struct b3_texts {
	char trace_id[33];
	char span_id[17];
	char sampled[2];
};

void b3_multi_format(const struct trace_parent *parent, struct b3_texts *ret);

/* -- uber-trace-id -------------------------------------------------------------------------- */

/*
 * {trace id}:{span id}:{parent span id}:{flags}, hex of either case, zeros at the left left out or
 * not; a colon may be written %3A, as some clients do. Flag bit 0: sampled. 0 or -EINVAL, with *ret
 * untouched.
 */
int uber_parse(const char *text, uint64_t length, struct trace_parent *ret);
#define UBER_LENGTH 53
void uber_format(const struct trace_parent *parent, char buf[UBER_LENGTH + 1]);

/* -- baggage -------------------------------------------------------------------------------- */

#define BAGGAGE_MEMBERS 64
#define BAGGAGE_LENGTH	8192

/*
 * Copies the members of a baggage header without the white space around their parts. What is not a
 * member by the grammar is left out, and so is what goes beyond BAGGAGE_MEMBERS, BAGGAGE_LENGTH or
 * cap - 1 characters, always whole members. Values stay percent-encoded. Returns the length written
 * (0: none), or -EINVAL when cap is 0.
 */
int baggage_parse(const char *text, uint64_t length, char *buf, uint32_t cap);

/* -- all of them ---------------------------------------------------------------------------- */

#define TRACESTATE_LENGTH 512 /* as much must be passed on (W3C Trace Context, 3.3.1.5) */

/*
 * ry_trace_service.inject_headers and .extract (railyard/host.h). tracestate and baggage: NULL:
 * none; they are not copied.
 */
int propagation_inject(uint32_t formats, const struct trace_parent *parent, const char *tracestate,
		       const char *baggage, struct ry_trace_headers *ret);
int propagation_extract(uint32_t formats,
			const char *(*get)(void *user, const char *name, uint32_t index),
			void *user, char *buf, uint32_t cap, struct ry_emit_options *ret);

#endif
