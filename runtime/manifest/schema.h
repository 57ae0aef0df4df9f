/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key tables as JSON Schema 2020-12 and as reference pages in Markdown: `railyard schema`,
 * schemas/manifest.schema.json, docs/reference/manifest.md, and the pages of plugins.
 */
#ifndef MANIFEST_SCHEMA_H
#define MANIFEST_SCHEMA_H

#include <railyard/config.h>

#include "base/strbuf.h"

/* The schema of a whole manifest. */
void schema_write(struct strbuf *out);

/* The schema of a component's `config` or `settings`. keys NULL: it has none. */
void schema_write_table(struct strbuf *out, const char *title, const char *description,
			const struct ry_config_key *const *keys);

/* The reference page of the manifest. */
void reference_write(struct strbuf *out);

/*
 * The tables of a component's keys, one for each block, under headings of the given level
 * (1: "#") that begin with name.
 */
void reference_write_table(struct strbuf *out, const char *name, unsigned level,
			   const struct ry_config_key *const *keys);

#endif
