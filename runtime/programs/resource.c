/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/resource.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/hex.h"
#include "trace/trace.h"

#define FROM_ENVIRONMENT 64 /* pairs at most */
#define OWN		 16

static const struct ry_field *text_field(struct arena *arena, const char *name, const char *value) {
	struct ry_field *field = arena_new(arena, struct ry_field);

	*field = (struct ry_field){RY_SIZE(ry_field), RY_VALUE_STRING, name, {.string = value}};
	return field;
}

/* -- OTEL_RESOURCE_ATTRIBUTES --------------------------------------------------------------- */

/* Decodes in place; false: a percent sign without two hex digits. */
static bool percent_decode(char *text) {
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (*from == '%') {
			int high = hex_value(from[1]), low = high < 0 ? -1 : hex_value(from[2]);

			if (low < 0 || !(high | low))
				return false;
			*to++ = (char)(high << 4 | low);
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return true;
}

static char *trim(char *text) {
	size_t n;

	text += strspn(text, " \t");
	n = strlen(text);
	while (n && (text[n - 1] == ' ' || text[n - 1] == '\t'))
		text[--n] = '\0';
	return text;
}

uint32_t resource_parse(const char *text, struct arena *arena, const struct ry_field **fields,
			uint32_t room) {
	char *rest = arena_strdup(arena, text), *pair;
	uint32_t n = 0;

	while ((pair = strsep(&rest, ","))) {
		char *name = trim(strsep(&pair, "=")), *value = pair ? trim(pair) : NULL;

		if (!*name && !value && !rest && n)
			break; /* a comma at the end */
		if (!*name || !value || !percent_decode(value) || n == room)
			return 0;
		fields[n++] = text_field(arena, name, value);
	}
	return n;
}

/* -- the resource --------------------------------------------------------------------------- */

/* A later value of a name takes the place of an earlier one. */
static void put(struct resource *resource, const struct ry_field *field) {
	uint32_t i = 0;

	while (i < resource->n && strcmp(resource->fields[i]->name, field->name) != 0)
		i++;
	resource->fields[i] = field;
	if (i == resource->n)
		resource->n++;
}

static void put_text(struct resource *resource, struct arena *arena, const char *name,
		     const char *value) {
	if (value)
		put(resource, text_field(arena, name, value));
}

static void put_pid(struct resource *resource, struct arena *arena) {
	struct ry_field *field = arena_new(arena, struct ry_field);

	*field = (struct ry_field){
		RY_SIZE(ry_field), RY_VALUE_INT, "process.pid", {.integer = getpid()}};
	put(resource, field);
}

static const char *own_path(struct arena *arena) {
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	return n > 0 ? arena_strndup(arena, path, (size_t)n) : NULL;
}

/* Names: OpenTelemetry semantic conventions, resource. */
static void put_machine(struct resource *resource, struct arena *arena) {
	struct trace_random random;
	struct utsname host;
	char id[33];

	if (trace_random_init(&random) == 0) {
		trace_hex(trace_id_new(&random).bytes, 16, id);
		put_text(resource, arena, "service.instance.id", arena_strdup(arena, id));
	}
	if (uname(&host) == 0)
		put_text(resource, arena, "host.name", arena_strdup(arena, host.nodename));
	put_pid(resource, arena);
	put_text(resource, arena, "process.executable.path", own_path(arena));
	put_text(resource, arena, "telemetry.sdk.name", "railyard");
	put_text(resource, arena, "telemetry.sdk.language", "c");
	put_text(resource, arena, "telemetry.sdk.version", RY_VERSION);
}

void resource_make(const struct manifest *manifest, struct arena *arena, struct resource *ret) {
	const struct manifest_observability *o = &manifest->runtime.observability;
	const char *variable = getenv("OTEL_RESOURCE_ATTRIBUTES");

	ret->fields = arena_array(arena, const struct ry_field *,
				  OWN + FROM_ENVIRONMENT + o->resource.attributes.count);
	ret->n = 0;
	put_text(ret, arena, "service.name", manifest->scenario.name);
	put_machine(ret, arena);
	if (variable) {
		const struct ry_field *fields[FROM_ENVIRONMENT];
		uint32_t n = resource_parse(variable, arena, fields, FROM_ENVIRONMENT);

		for (uint32_t i = 0; i < n; i++)
			put(ret, fields[i]);
	}
	put_text(ret, arena, "service.name", o->resource.service_name);
	put_text(ret, arena, "service.namespace", o->resource.service_namespace);
	put_text(ret, arena, "service.version", o->resource.service_version);
	put_text(ret, arena, "deployment.environment.name", o->resource.deployment_environment);
	for (uint32_t i = 0; i < o->resource.attributes.count; i++)
		put_text(ret, arena, o->resource.attributes.keys[i],
			 o->resource.attributes.values[i]);
}
