/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of adapters as log lines with fields. */
#include "stream/report.h"

#include <string.h>

static struct ry_field string_field(const char *name, const char *text) {
	return (struct ry_field){RY_SIZE(ry_field), .type = RY_VALUE_STRING, .name = name,
				 .v.string = text};
}

static struct ry_field integer_field(const char *name, int64_t value) {
	return (struct ry_field){RY_SIZE(ry_field), .type = RY_VALUE_INT, .name = name,
				 .v.integer = value};
}

static const char *error_text(int error) {
	const char *text = strerrordesc_np(-error);

	return text ? text : "unknown error";
}

void report(const struct ry_host *host, const struct report *what) {
	const struct ry_log_service *log = host->get(host, RY_LOG, 1);
	struct ry_field fields[4];
	const struct ry_field *list[4];
	uint32_t n = 0;

	if (!log)
		return;
	if (what->path)
		fields[n++] = string_field("path", what->path);
	if (what->line)
		fields[n++] = integer_field("line", (int64_t)what->line);
	if (what->error)
		fields[n++] = string_field("error", error_text(what->error));
	if (what->why)
		fields[n++] = string_field("why", what->why);
	for (uint32_t i = 0; i < n; i++)
		list[i] = &fields[i];
	log->write(host, what->level, what->message, n ? list : NULL, n);
}
