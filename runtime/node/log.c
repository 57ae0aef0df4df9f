/* SPDX-License-Identifier: Apache-2.0 */
#include "node/log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "trace/trace.h"

#define LINES_PER_SECOND 10
#define SITES		 64 /* call sites remembered; one that takes another's place takes its count over */

struct site {
	const void *address;
	uint64_t window_ns;
	uint64_t left_out;
	uint32_t lines;
};

struct component_log {
	pthread_mutex_t lock;
	int fd;
	uint32_t level;
	struct site sites[SITES];
	struct strbuf line;
};

static const char *const level_names[] = {"debug", "info", "warning", "error"};

static void report_left_out(struct component_log *log);

struct component_log *log_new(int fd, uint32_t level) {
	struct component_log *log = must_calloc(1, sizeof(*log));

	pthread_mutex_init(&log->lock, NULL);
	log->fd = fd;
	log->level = level;
	return log;
}

struct component_log *log_free(struct component_log *log) {
	if (!log)
		return NULL;
	report_left_out(log);
	pthread_mutex_destroy(&log->lock);
	strbuf_fini(&log->line);
	free(log);
	return NULL;
}

bool log_enabled(const struct component_log *log, uint32_t level) {
	return level >= log->level;
}

/* May this site write now? *ret_left_out: how many lines it could not write before. */
static bool site_admits(struct component_log *log, const void *address, uint64_t *ret_left_out) {
	uintptr_t hash = (uintptr_t)address * 0x9e3779b97f4a7c15u;
	struct site *site = &log->sites[hash >> 58];
	uint64_t now = clock_monotonic_ns();

	*ret_left_out = 0;
	if (site->address != address)
		*site = (struct site){
			.address = address, .window_ns = now, .left_out = site->left_out};
	if (now - site->window_ns >= NS_PER_SECOND) {
		site->window_ns = now;
		site->lines = 0;
	}
	if (site->lines++ >= LINES_PER_SECOND) {
		site->left_out++;
		return false;
	}
	*ret_left_out = site->left_out;
	site->left_out = 0;
	return true;
}

static void add_time(struct strbuf *line) {
	uint64_t now = clock_unix_ns();
	time_t seconds = (time_t)(now / NS_PER_SECOND);
	struct tm tm;
	char text[32];

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	strbuf_printf(line, "%s.%03uZ", text, (unsigned)(now / NS_PER_MS % 1000));
}

/* A line stays a line: control characters become blanks. */
static void add_text(struct strbuf *line, const char *text) {
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20)
			strbuf_add(line, " ");
		else
			strbuf_add_char(line, *text);
	}
}

static void add_field(struct strbuf *line, const struct ry_field *field) {
	strbuf_add_char(line, ' ');
	strbuf_add_visible(line, field->name);
	strbuf_add_char(line, '=');
	switch (field->type) {
	case RY_VALUE_STRING:
		strbuf_add_json(line, field->v.string);
		break;
	case RY_VALUE_BOOL:
		strbuf_add(line, field->v.integer ? "true" : "false");
		break;
	case RY_VALUE_INT:
		strbuf_printf(line, "%" PRId64, field->v.integer);
		break;
	case RY_VALUE_DOUBLE:
		strbuf_printf(line, "%.17g", field->v.number);
		break;
	default:
		strbuf_add(line, "?");
	}
}

static void add_id(struct strbuf *line, const char *name, const uint8_t *id, uint32_t n) {
	char hex[33];

	trace_hex(id, n, hex);
	strbuf_printf(line, " %s=%s", name, hex);
}

void log_write(struct component_log *log, uint32_t level, const void *site, const char *component,
	       const char *message, const struct ry_field *const *fields, uint32_t n,
	       const uint8_t *trace_id, const uint8_t *span_id) {
	struct strbuf *line = &log->line;
	uint64_t left_out;

	if (level > RY_LOG_ERROR || !log_enabled(log, level))
		return;
	pthread_mutex_lock(&log->lock);
	if (site_admits(log, site, &left_out)) {
		strbuf_clear(line);
		add_time(line);
		strbuf_printf(line, " %s ", level_names[level]);
		strbuf_add_visible(line, component);
		strbuf_add(line, ": ");
		add_text(line, message);
		for (uint32_t i = 0; i < n; i++)
			add_field(line, fields[i]);
		if (left_out)
			strbuf_printf(line, " left_out=%" PRIu64, left_out);
		if (trace_id)
			add_id(line, "trace_id", trace_id, 16);
		if (span_id)
			add_id(line, "span_id", span_id, 8);
		strbuf_add_char(line, '\n');
		(void)fd_write_all(log->fd, line->text, line->length);
	}
	pthread_mutex_unlock(&log->lock);
}

/* What the limit held back and no later line has told. */
static void report_left_out(struct component_log *log) {
	uint64_t n = 0;

	for (size_t i = 0; i < SITES; i++)
		n += log->sites[i].left_out;
	if (!n)
		return;
	strbuf_clear(&log->line);
	add_time(&log->line);
	strbuf_printf(&log->line, " warning log: repeated lines left out=%" PRIu64 "\n", n);
	(void)fd_write_all(log->fd, log->line.text, log->line.length);
}
