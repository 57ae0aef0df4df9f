/* SPDX-License-Identifier: Apache-2.0 */
/* Is the decimal number in a text prime? The definition is that of RULES.md, F6 and F7. */
#ifndef FUND_LOAD_PRIME_H
#define FUND_LOAD_PRIME_H

#include <stdbool.h>
#include <stddef.h>

#define PRIME_MAX_DIGITS 1024

/* digits: ASCII digits only. Deterministic; allocates nothing; 1024 digits take milliseconds. */
bool prime_text(const char *digits, size_t length);

#endif
