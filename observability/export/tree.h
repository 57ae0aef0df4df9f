/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `railyard trace FILE [ID]`: reads a file of OTLP JSON lines and shows one trace as a tree, or the
 * list of the traces when there are several and none is asked for.
 *
 * The file comes from outside: whatever stands in it, the result is text that is safe to print.
 */
#ifndef EXPORT_TREE_H
#define EXPORT_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

/*
 * trace_id: the whole hexadecimal id or its unique beginning, NULL for the only one or the list.
 * colour: with terminal escapes. Lines that are not OTLP are left out and counted below the tree.
 * Returns 0, or a negative errno with a sentence in why: what reading the file said, -EFBIG (above
 * 256 MiB), -ENODATA (no spans), -ENOENT (no such trace), -EINVAL (several traces begin so).
 */
int trace_tree_render(const char *path, const char *trace_id, bool colour, struct strbuf *out,
		      char *why, size_t cap);

/* The same for a text in memory; named so in messages. */
int trace_tree_render_text(const char *text, size_t length, const char *name, const char *trace_id,
			   bool colour, struct strbuf *out, char *why, size_t cap);

#endif
