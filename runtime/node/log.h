/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where components' log lines go. `direct`: one line to a descriptor, at once. Equal lines are
 * limited to 10 a second per call site; how many were left out is said with the next one.
 */
#ifndef NODE_LOG_H
#define NODE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <railyard/host.h>

struct component_log;

#define LOG_NOTHING (RY_LOG_ERROR + 1) /* a level that no line has */

/* fd: borrowed. level: the least that is written. Ends the process without memory: start-up. */
struct component_log *log_new(int fd, uint32_t level);
struct component_log *log_free(struct component_log *log);

bool log_enabled(const struct component_log *log, uint32_t level);

/*
 * site: tells call sites apart; the address of the message's text. trace_id and span_id: NULL
 * outside a task. Thread: any.
 */
void log_write(struct component_log *log, uint32_t level, const void *site, const char *component,
	       const char *message, const struct ry_field *const *fields, uint32_t n,
	       const uint8_t *trace_id, const uint8_t *span_id);

#endif
