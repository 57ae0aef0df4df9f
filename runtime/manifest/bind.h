/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binds a JSON object to a C struct by a key table (<railyard/config.h>): checks names, types,
 * ranges and words, resolves `${env:…}` and `${file:…}`, fills defaults, makes paths absolute.
 * Everything wrong becomes a finding (RYC) at its place; unknown keys get the nearest known name
 * and, where it fits, "belongs one level up".
 *
 * Tables of the host's own blocks may use three more types than plugins.
 */
#ifndef MANIFEST_BIND_H
#define MANIFEST_BIND_H

#include <stdbool.h>

#include <railyard/config.h>

#include "manifest/doc.h"

enum bind_type {
	BIND_ANY = 100,	      /* const struct doc_value *, unchecked: `config`, `settings` */
	BIND_BLOCK_MAP = 101, /* struct ry_block_list; each element starts with struct bind_named */
	BIND_WORD_OR_BLOCK =
		102, /* embedded struct with `keys`; a plain string sets its first key */
};

/* First member of the elements of a BIND_BLOCK_MAP, and of a BLOCK_LIST that wants its places. */
struct bind_named {
	const char *name;	     /* the key in the map; NULL in a list */
	const struct doc_value *doc; /* the element's object */
};

struct bind {
	struct arena *arena; /* of the results */
	struct diag *diag;
	const char *manifest_dir; /* absolute; base of paths in the manifest */
	const char *working_dir;  /* absolute; base of paths given by --set */
	bool resolve; /* open ${file:…} and treat an unset ${env:…} as an error (`--env`, `run`) */
	/* Out: names of unset variables without default that were met with resolve false. */
	const char **unknown_env;
	size_t n_unknown_env, unknown_capacity;
};

void bind_fini(struct bind *bind); /* frees the list of names only */

/*
 * Fills *config, which the caller zeroed. object NULL: an absent block, all defaults. Findings in
 * bind->diag; returns 0, or -EINVAL when there was an error (then *config holds what could be
 * bound, and defaults).
 */
int bind_block(struct bind *bind, const struct ry_config_key *const *keys,
	       const struct doc_value *object, void *config);

/*
 * One scalar of a table as text for people, secrets as "***": for dumps and reference pages.
 */
char *bind_format(const struct ry_config_key *key, const void *config, struct arena *arena);

/* The exact decimal in text ("5000.00"), or -EINVAL, -ERANGE. */
int decimal_parse(const char *text, struct ry_decimal *ret);

#endif
