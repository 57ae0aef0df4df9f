/* SPDX-License-Identifier: Apache-2.0 */
/* Where a key could belong that a block does not know. Inside this room. */
#ifndef MANIFEST_LEVELS_H
#define MANIFEST_LEVELS_H

#include "manifest/bind.h"

/* A block while it is bound, and the ones around it up to the next list or map. */
struct level {
	const struct level *up; /* NULL: none that is a table */
	const struct ry_config_key *const *keys;
	const char *name; /* its key; NULL: bound alone */
	bool open;	  /* another table knows the rest */
};

/* Reports each key that neither the level nor bind->also knows; was there one? */
bool report_unknown_keys(struct bind *bind, const struct level *level,
			 const struct doc_value *object);

/* bind_format for a member itself. */
char *bind_format_member(const struct ry_config_key *key, const void *member, struct arena *arena);

#endif
