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
	BIND_ANY = 100,	      /* const struct doc_value *, an object that another table describes */
	BIND_BLOCK_MAP = 101, /* struct ry_block_list; each element starts with struct bind_named */
	BIND_WORD_OR_BLOCK =
		102, /* embedded struct with `keys`; a plain string sets its first key */
};

/* Flags of the host's own tables, beside enum ry_config_flag. */
enum bind_flag {
	BIND_NAMED = 1u << 16, /* BLOCK_LIST: elements start with struct bind_named */
	BIND_WORDS = 1u << 17, /* BIND_BLOCK_MAP: a string as element sets its first key */
	BIND_OPEN = 1u << 18,  /* BLOCK: unknown keys are another table's (exporter settings) */
};

/*
 * In `choices` of the host's tables an empty string is no word: it keeps a number free for what
 * cannot be written.
 */

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
	const struct doc_value *owner; /* NULL, or where to show what an absent block lacks */
	/* NULL, or tables of other owners of the block, whose keys are no mistakes here. */
	const struct ry_config_key *const *also;
	/* NULL, or the table of the block around it: "belongs one level up". */
	const struct ry_config_key *const *outer;
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

/*
 * Reports the keys of an object that neither this table nor bind->also knows: for blocks that
 * were bound as BIND_OPEN and turned out to be closed.
 */
void bind_check_keys(struct bind *bind, const struct ry_config_key *const *keys,
		     const struct doc_value *object);

/* Is it the text of a setting that is not known offline (`${env:…}` unset, `${file:…}`)? */
bool bind_unknown(const char *text);

/* Adds the names of unset variables without default in all strings below value to unknown_env. */
void bind_collect_unknown(struct bind *bind, const struct doc_value *value);

/* The exact decimal in text ("5000.00"), or -EINVAL, -ERANGE. */
int decimal_parse(const char *text, struct ry_decimal *ret);

#endif
