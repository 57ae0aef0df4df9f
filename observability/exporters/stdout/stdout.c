/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exporter `stdout`: one line per span, for people.
 *
 *	2026-01-02T03:04:05.678901Z  1.234 ms  check  error: no space left on device (ENOSPC)
 *		trace=… span=… parent=… railyard.process_group=policy who="me"
 *
 * all on one line. Standard output may be a slow pipe that others use too: writing never blocks,
 * and lines are whole.
 */
#include "exporters/exporters.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <railyard/span_exporter.h>

#include "exporters/text/writer.h"
#include "otlp/text.h"

struct stdout_exporter {
	struct writer writer;
	struct text lines;
};

static int stdout_create(const struct ry_create *create, void **ret_self) {
	struct stdout_exporter *self = calloc(1, sizeof(*self));

	(void)create;
	if (!self)
		return -ENOMEM;
	self->writer.fd = STDOUT_FILENO;
	*ret_self = self;
	return 0;
}

static void stdout_destroy(void *user) {
	struct stdout_exporter *self = user;

	writer_fini(&self->writer);
	text_fini(&self->lines);
	free(self);
}

static void put_format(struct text *text, const char *buf, int n, size_t cap) {
	if (n > 0)
		text_put(text, buf, (size_t)n < cap ? (size_t)n : cap - 1);
}

static void put_time(struct text *text, uint64_t unix_ns) {
	const time_t seconds = (time_t)(unix_ns / 1000000000);
	const unsigned us = (unsigned)(unix_ns % 1000000000 / 1000);
	char buf[64];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm))
		return;
	put_format(text, buf,
		   snprintf(buf, sizeof(buf), "%04d-%02d-%02dT%02d:%02d:%02d.%06uZ",
			    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			    tm.tm_sec, us),
		   sizeof(buf));
}

static void put_duration(struct text *text, const struct ry_span *span) {
	const double ns = (double)(int64_t)(span->end_unix_ns - span->start_unix_ns);
	char buf[64];

	put_format(text, buf, snprintf(buf, sizeof(buf), "  %.3f ms  ", ns / 1e6), sizeof(buf));
}

static void put_field(struct text *text, const struct ry_field *field) {
	text_literal(text, " ");
	text_json_chars(text, field->name);
	text_literal(text, "=");
	switch (field->type) {
	case RY_VALUE_STRING:
		text_literal(text, "\"");
		text_json_chars(text, field->v.string);
		text_literal(text, "\"");
		break;
	case RY_VALUE_BOOL:
		if (field->v.integer)
			text_literal(text, "true");
		else
			text_literal(text, "false");
		break;
	case RY_VALUE_INT:
		text_signed(text, field->v.integer);
		break;
	case RY_VALUE_DOUBLE:
		text_json_double(text, field->v.number);
		break;
	}
}

static void put_span(struct text *text, const struct ry_span *span) {
	put_time(text, span->start_unix_ns);
	put_duration(text, span);
	text_json_chars(text, span->name);
	if (span->status == RY_SPAN_ERROR) {
		text_literal(text, "  error: ");
		text_json_chars(text, span->status_message ? span->status_message : "failed");
	}
	text_literal(text, "  trace=");
	text_hex(text, span->trace_id, sizeof(span->trace_id));
	text_literal(text, " span=");
	text_hex(text, span->span_id, sizeof(span->span_id));
	text_literal(text, " parent=");
	text_hex(text, span->parent_span_id, sizeof(span->parent_span_id));
	for (uint32_t i = 0; i < span->n_attributes; i++)
		put_field(text, span->attributes[i]);
	text_literal(text, "\n");
}

static int stdout_export(void *user, const void *request, void *result, struct ry_call *call) {
	const struct ry_span_batch *batch = request;
	struct stdout_exporter *self = user;

	(void)result;
	(void)call;
	text_clear(&self->lines);
	for (uint32_t i = 0; i < batch->n_spans; i++)
		put_span(&self->lines, batch->spans[i]);
	if (self->lines.failed)
		return -ENOMEM;
	return writer_write(&self->writer, self->lines.data, self->lines.length);
}

static int stdout_flush(void *user, const void *request, void *result, struct ry_call *call) {
	struct stdout_exporter *self = user;

	(void)request;
	(void)result;
	(void)call;
	return writer_flush(&self->writer);
}

static ry_op *const operations[RY_SPAN_EXPORTER_OP_COUNT] = {
	[RY_SPAN_EXPORT] = stdout_export,
	[RY_SPAN_FLUSH] = stdout_flush,
};

static const struct ry_provides provides = {
	.size = RY_SIZE(ry_provides),
	.flags = RY_OFFERS_CONSUME,
	.major = RY_SPAN_EXPORTER_MAJOR,
	.minor = RY_SPAN_EXPORTER_MINOR,
	.contract = RY_SPAN_EXPORTER,
	.ops = operations,
	.op_count = RY_SPAN_EXPORTER_OP_COUNT,
};

static const struct ry_adapter_ops adapter_ops = {
	.size = RY_SIZE(ry_adapter_ops),
	.create = stdout_create,
	.destroy = stdout_destroy,
};

const struct ry_adapter_type exporter_stdout_type = {
	.size = RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_STDIO | RY_ADAPTER_MULTI_PROCESS,
	.name = "stdout",
	.summary = "prints one line per span",
	.ops = &adapter_ops,
	.provides = (const struct ry_provides *const[]){&provides, NULL},
};
