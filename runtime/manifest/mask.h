/* SPDX-License-Identifier: Apache-2.0 */
/* A document as JSON for people and logs, its secrets as "***". */
#ifndef MANIFEST_MASK_H
#define MANIFEST_MASK_H

#include <railyard/config.h>

#include "base/strbuf.h"
#include "manifest/doc.h"

/*
 * The table of the object that a component describes (`config`, `settings`), or NULL when it is
 * not known: then every string in it is masked, for it may be a secret.
 */
typedef const struct ry_config_key *const *mask_table_fn(void *user,
							 const struct doc_value *object);

/*
 * Writes a value that `keys` describes, indented by two blanks. Text stands as it was written:
 * references are not resolved. Keys that no table knows are masked as well. find: NULL: no
 * component's table is known.
 */
void mask_write(struct strbuf *out, const struct doc_value *value,
		const struct ry_config_key *const *keys, mask_table_fn *find, void *user);

#endif
