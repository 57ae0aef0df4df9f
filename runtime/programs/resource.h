/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OpenTelemetry resource of a run: who sends these spans. From the manifest, the machine and
 * OTEL_RESOURCE_ATTRIBUTES; the manifest beats the variable.
 */
#ifndef PROGRAMS_RESOURCE_H
#define PROGRAMS_RESOURCE_H

#include <railyard/host.h>

#include "manifest/manifest.h"

struct resource {
	const struct ry_field **fields;
	uint32_t n;
};

/* Everything lives in the arena or in the manifest. */
void resource_make(const struct manifest *manifest, struct arena *arena, struct resource *ret);

/*
 * Adds the pairs of OTEL_RESOURCE_ATTRIBUTES (OpenTelemetry specification, Resource SDK):
 * `key=value,key=value`, values percent-encoded. A text that is not so is ignored whole, as the
 * specification says. Returns how many were added. room: for that many fields.
 */
uint32_t resource_parse(const char *text, struct arena *arena, const struct ry_field **fields,
			uint32_t room);

#endif
