/* SPDX-License-Identifier: Apache-2.0 */
/* What few spans have: a node's own attributes, events and links, and the marks of an error. */
#ifndef EXPORT_RESOLVE_EXTRAS_H
#define EXPORT_RESOLVE_EXTRAS_H

#include "emit/emit.h"
#include "export/chunk.h"

/* At most so many bytes does an error add beyond its extras. */
#define RESOLVE_ERROR_BYTES 512u

/*
 * Adds to span, whose attributes are complete otherwise. What is malformed, or for which there is
 * no memory, is left out and counted in the span's dropped_attributes. Returns the bytes taken.
 */
uint32_t resolve_extras(const struct emit_span *record, const uint8_t *extras,
			uint64_t wall_minus_monotonic_ns, struct chunk *chunk,
			struct ry_span *span);

#endif
