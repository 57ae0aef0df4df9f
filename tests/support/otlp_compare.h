/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is an encoded request what the batch says? Decoded by libraries that know nothing of our encoder,
 * protobuf-c and jansson, and compared field by field. Both return NULL, or what differs.
 */
#ifndef SUPPORT_OTLP_COMPARE_H
#define SUPPORT_OTLP_COMPARE_H

#include "otlp/encoder.h"

/* Also: packed again by protobuf-c it is the same, byte for byte. */
const char *otlp_compare_protobuf(const struct ry_span_batch *batch, uint32_t from,
				  const struct otlp_body *body);
const char *otlp_compare_json(const struct ry_span_batch *batch, uint32_t from,
			      const struct otlp_body *body);

/* What a string must come out as: U+FFFD for bytes that are not UTF-8. To be freed. */
char *otlp_expected_string(const char *text);

#endif
