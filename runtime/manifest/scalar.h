/* SPDX-License-Identifier: Apache-2.0 */
/* One scalar of a key table: from text, and its bounds. Inside this room. */
#ifndef MANIFEST_SCALAR_H
#define MANIFEST_SCALAR_H

#include "manifest/bind.h"

bool scalar_type(uint32_t type);

/*
 * Reads a default, or a text that was interpolated, into the member. Strings are not copied.
 * 0, -EINVAL (of another form), -ERANGE (too large for the type).
 */
int scalar_read(const struct ry_config_key *key, const char *text, void *member);

/* Does the member keep the key's bounds? */
bool scalar_in_range(const struct ry_config_key *key, const void *member);

/* "from 1 to 65536 items", "at least 0 ms": for findings and reference pages. */
char *scalar_bounds(const struct ry_config_key *key, struct arena *arena);

/* The index of a word, or -1; ret_n: how many numbers there are. */
int choice_index(const struct ry_config_key *key, const char *word);

/* "`a`, `b` or `c`". */
char *choice_list(const struct ry_config_key *key, struct arena *arena);

/* "a boolean", "one of …": what the key wants. */
const char *type_name(const struct ry_config_key *key);

#endif
