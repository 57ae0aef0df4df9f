/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as RFC 3629 has it: no surrogates, nothing above U+10FFFF, shortest form only. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the valid sequence at the start of text, 1..4; 0: none. */
size_t utf8_sequence(const char *text, size_t length);

bool utf8_valid(const char *text, size_t length);

/* Columns that text takes on a terminal, from an own table and not from the locale. */
size_t utf8_columns(const char *text, size_t length);

#endif
