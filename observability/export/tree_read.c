/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading of OTLP JSON lines with jansson. Missing or odd members are read as absent; a span
 * without valid ids makes its line a bad one.
 */
#include "export/tree_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#define MAX_VALUE 80u /* characters of an attribute's value that are shown */

int tree_span_compare(const struct tree_span *a, const struct tree_span *b) {
	int r = memcmp(a->trace_id, b->trace_id, sizeof(a->trace_id));

	return r ? r : memcmp(a->span_id, b->span_id, sizeof(a->span_id));
}

/* Adds text without what could steer a terminal: controls become blanks. */
static void add_printable(struct strbuf *buf, const char *text, size_t limit) {
	size_t rest = strlen(text), shown = 0;

	for (; rest && shown < limit; shown++) {
		size_t n = utf8_sequence(text, rest);
		unsigned char c = (unsigned char)*text;
		bool c1 = n == 2 && c == 0xc2 && (unsigned char)text[1] < 0xa0;

		if (n == 0 || c < 0x20 || c == 0x7f || c1)
			strbuf_add_char(buf, ' ');
		else
			strbuf_add_bytes(buf, text, n);
		n = n ? n : 1;
		text += n;
		rest -= n;
	}
	if (rest)
		strbuf_add(buf, "\xe2\x80\xa6");
}

static const char *printable(struct tree_file *file, const char *text, size_t limit) {
	struct strbuf buf = STRBUF_INIT;
	const char *copy;

	if (!text)
		return NULL;
	add_printable(&buf, text, limit);
	copy = arena_strdup(&file->arena, strbuf_text(&buf));
	strbuf_fini(&buf);
	return copy;
}

static const char *string_of(const json_t *object, const char *key) {
	return json_string_value(json_object_get(object, key));
}

/* An id of n bytes that is not all zero. */
static bool read_id(const char *text, uint8_t *to, size_t n) {
	uint8_t any = 0;

	if (!text || strlen(text) != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		to[i] = (uint8_t)(high << 4 | low);
		any |= to[i];
	}
	return any;
}

/* 64-bit integers are strings in OTLP's JSON; numbers are accepted, as its specification says. */
static uint64_t read_time(const json_t *value) {
	const char *text = json_string_value(value);

	if (text)
		return strtoull(text, NULL, 10);
	return json_is_integer(value) ? (uint64_t)json_integer_value(value) : 0;
}

/* Members of `value` by the type they have. */
static void add_value(struct strbuf *buf, const json_t *value) {
	const json_t *number = json_object_get(value, "intValue");
	const char *text = string_of(value, "stringValue");

	if (text)
		add_printable(buf, text, MAX_VALUE);
	else if (json_is_string(number))
		add_printable(buf, json_string_value(number), MAX_VALUE);
	else if (json_is_integer(number))
		strbuf_printf(buf, "%lld", (long long)json_integer_value(number));
	else if (json_is_boolean(json_object_get(value, "boolValue")))
		strbuf_add(buf,
			   json_is_true(json_object_get(value, "boolValue")) ? "true" : "false");
	else if (json_is_number(json_object_get(value, "doubleValue")))
		strbuf_printf(buf, "%g", json_number_value(json_object_get(value, "doubleValue")));
	else
		strbuf_add(buf, "?");
}

static const json_t *attribute(const json_t *attributes, const char *key) {
	const json_t *item;
	size_t i;

	json_array_foreach(attributes, i, item) {
		const char *name = string_of(item, "key");

		if (name && !strcmp(name, key))
			return json_object_get(item, "value");
	}
	return NULL;
}

/* Of our own attributes only an attempt after the first tells anything that is not seen anyway. */
static bool worth_seeing(const char *key, const json_t *value) {
	const json_t *number = json_object_get(value, "intValue");

	if (!strcmp(key, "railyard.attempt"))
		return read_time(number) > 1;
	return strncmp(key, "railyard.", 9) != 0 || !strcmp(key, "railyard.lost");
}

static const char *read_details(struct tree_file *file, const json_t *attributes) {
	struct strbuf buf = STRBUF_INIT;
	const json_t *item;
	const char *text;
	size_t i;

	json_array_foreach(attributes, i, item) {
		const char *key = string_of(item, "key");
		const json_t *value = json_object_get(item, "value");

		if (!key || !worth_seeing(key, value))
			continue;
		if (buf.length)
			strbuf_add_char(&buf, ' ');
		add_printable(&buf, strncmp(key, "railyard.", 9) ? key : key + 9, MAX_VALUE);
		strbuf_add_char(&buf, '=');
		add_value(&buf, value);
	}
	text = arena_strdup(&file->arena, strbuf_text(&buf));
	strbuf_fini(&buf);
	return text;
}

static void add_span(struct tree_file *file, struct tree_span *span) {
	if (file->n_spans == file->capacity)
		file->spans = must_grow(file->spans, file->n_spans, &file->capacity,
					sizeof(*file->spans));
	span->order = file->n_spans;
	file->spans[file->n_spans++] = span;
}

static int read_span(struct tree_file *file, const json_t *json, const char *service) {
	struct tree_span *span = arena_new(&file->arena, struct tree_span);
	const json_t *attributes = json_object_get(json, "attributes");
	const json_t *status = json_object_get(json, "status");
	const json_t *code = json_object_get(status, "code");
	const char *parent = string_of(json, "parentSpanId"), *group, *name;

	if (!read_id(string_of(json, "traceId"), span->trace_id, sizeof(span->trace_id)) ||
	    !read_id(string_of(json, "spanId"), span->span_id, sizeof(span->span_id)))
		return -EINVAL;
	span->has_parent = read_id(parent, span->parent_id, sizeof(span->parent_id));
	span->start_ns = read_time(json_object_get(json, "startTimeUnixNano"));
	span->end_ns = read_time(json_object_get(json, "endTimeUnixNano"));
	span->error =
		json_integer_value(code) == 2 ||
		(json_is_string(code) && !strcmp(json_string_value(code), "STATUS_CODE_ERROR"));
	group = string_of(attribute(attributes, "railyard.process_group"), "stringValue");
	name = string_of(json, "name");
	span->name = printable(file, name && *name ? name : "(no name)", MAX_VALUE);
	span->group = printable(file, group ? group : service, MAX_VALUE);
	span->message = printable(file, string_of(status, "message"), 200);
	span->details = read_details(file, attributes);
	add_span(file, span);
	return 0;
}

/* Older files say instrumentationLibrarySpans; nobody here ever wrote one. */
static int read_resource(struct tree_file *file, const json_t *resource) {
	const json_t *attributes =
		json_object_get(json_object_get(resource, "resource"), "attributes");
	const char *service = string_of(attribute(attributes, "service.name"), "stringValue");
	const json_t *scope, *span;
	size_t i, k;
	int r = 0;

	json_array_foreach(json_object_get(resource, "scopeSpans"), i, scope)
		json_array_foreach(json_object_get(scope, "spans"), k,
				   span) if (read_span(file, span, service) < 0) r = -EINVAL;
	return r;
}

static int read_line(struct tree_file *file, const char *line, size_t length) {
	json_t *root = json_loadb(line, length, 0, NULL), *resources, *resource;
	size_t i;
	int r = 0;

	resources = json_object_get(root, "resourceSpans");
	if (!json_is_array(resources))
		r = -EINVAL;
	json_array_foreach(resources, i, resource) if (read_resource(file, resource) < 0) r =
		-EINVAL;
	json_decref(root);
	return r;
}

static int by_id(const void *a, const void *b) {
	const struct tree_span *x = *(struct tree_span *const *)a;
	const struct tree_span *y = *(struct tree_span *const *)b;
	int r = tree_span_compare(x, y);

	return r ? r : (x->order > y->order) - (x->order < y->order);
}

/* A span that was sent twice stands there twice: the first stays. */
static void sort_and_unite(struct tree_file *file) {
	size_t n = 0;

	if (file->n_spans == 0)
		return;
	qsort(file->spans, file->n_spans, sizeof(*file->spans), by_id);
	for (size_t i = 0; i < file->n_spans; i++) {
		if (n && !tree_span_compare(file->spans[n - 1], file->spans[i]))
			file->repeated++;
		else
			file->spans[n++] = file->spans[i];
	}
	file->n_spans = n;
}

static bool is_blank(const char *line, size_t length) {
	for (size_t i = 0; i < length; i++)
		if (!strchr(" \t\r", line[i]) || !line[i])
			return false;
	return true;
}

void tree_read(struct tree_file *file, const char *text, size_t length) {
	const char *end = text + length;

	*file = (struct tree_file){.arena = ARENA_INIT};
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;
		size_t size = (size_t)(stop - text);

		if (!is_blank(text, size) && read_line(file, text, size) < 0)
			file->bad_lines++;
		text = newline ? newline + 1 : end;
	}
	sort_and_unite(file);
}

void tree_file_fini(struct tree_file *file) {
	free(file->spans);
	arena_fini(&file->arena);
	*file = (struct tree_file){.arena = ARENA_INIT};
}
