/* SPDX-License-Identifier: Apache-2.0 */
/* What everything about OTLP shares: OpenTelemetry Protocol specification 1.x. */
#ifndef OTLP_OTLP_H
#define OTLP_OTLP_H

enum otlp_format { OTLP_PROTOBUF, OTLP_JSON };

/* The value of the header `content-type`, for HTTP. */
extern const char *const otlp_content_types[2];

#define OTLP_BODY_MAX	(64u << 20) /* no larger request is sent */
#define OTLP_ANSWER_MAX (4u << 20)  /* no larger answer is read, decompressed */

/*
 * Bits of Span.flags and Link.flags that have a meaning: trace flags 0 to 7, and whether the parent
 * is remote, 8 (it is known) and 9 (it is). The others are reserved and sent as 0.
 */
#define OTLP_FLAGS 0x3ffu

#endif
