/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4), for ids that are longer than a key of a store. */
#ifndef FUND_LOAD_SHA256_H
#define FUND_LOAD_SHA256_H

#include <stddef.h>

#define SHA256_BYTES 32

void sha256(const void *data, size_t length, unsigned char *ret_digest);

#endif
