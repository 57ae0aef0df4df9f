/* SPDX-License-Identifier: Apache-2.0 */
/* What the parsers of this room share: hexadecimal digits, and white space around values. */
#ifndef TRACE_TEXT_H
#define TRACE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* 2 n lower-case digits into n bytes. 0, or -EINVAL; ret may then be written in part. */
int text_unhex(const char *text, uint32_t n, uint8_t *ret);

bool text_all_zero(const uint8_t *bytes, uint32_t n);

/* Leaves out the blanks and tabs at both ends (RFC 7230, section 3.2.3: OWS). */
void text_trim(const char **text, uint64_t *length);

#endif
