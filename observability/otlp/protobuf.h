/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spans as OTLP in protobuf, in one pass: opentelemetry/proto/trace/v1/trace.proto; the numbers
 * stand in schemas/otlp_*.proto. Fields come in the order of their numbers, defaults are left out
 * and lengths are as short as they can be: byte for byte what protobuf-c packs.
 *
 * Lengths without a second pass: most are known before anything is written, as a few additions
 * from the lengths of strings. For a span and an event a guess of the length's size is left open
 * and the content moved when it was wrong, for spans below 128 bytes and above 16 KiB. The lengths
 * around all spans stand before the first of them, in room kept for that. Lengths padded to a fixed
 * width would be legal and save the moving; measured, they save nothing (49 and 46 ns per span), and
 * strict peers need not be trusted to take them.
 */
#ifndef OTLP_PROTOBUF_H
#define OTLP_PROTOBUF_H

#include <railyard/span_exporter.h>

#include "otlp/cache.h"

/* What is before the spans: two messages, encoded, without the lengths of what holds them. */
struct protobuf_prefix {
	struct text text;
	size_t resource; /* bytes of the resource; the scope is the rest */
};

void protobuf_prefix(struct protobuf_prefix *prefix, const struct ry_span_batch *batch);

/* Room to be kept before the first span for protobuf_close. */
size_t protobuf_headroom(const struct protobuf_prefix *prefix);

/* Bytes of the whole request with so many bytes of spans. */
size_t protobuf_size(const struct protobuf_prefix *prefix, size_t spans);

/* false: no room; what it left behind is the caller's to cut off. */
bool protobuf_span(struct text *text, struct cache *cache, const struct ry_span *span);

/* Writes all before the spans, which begin at first; returns where the request begins. */
size_t protobuf_close(const struct protobuf_prefix *prefix, struct text *text, size_t first);

#endif
