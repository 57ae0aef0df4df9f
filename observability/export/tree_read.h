/* SPDX-License-Identifier: Apache-2.0 */
/* The spans of a file of OTLP JSON lines, as far as the tree shows them. */
#ifndef EXPORT_TREE_READ_H
#define EXPORT_TREE_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct tree_span {
	uint8_t trace_id[16];
	uint8_t span_id[8];
	uint8_t parent_id[8];
	bool has_parent;
	bool error;
	uint64_t start_ns, end_ns;
	uint64_t order;	     /* in the file */
	const char *name;    /* all texts: printable, without control characters */
	const char *group;   /* railyard.process_group, else service.name; NULL */
	const char *message; /* of the error; NULL */
	const char *details; /* "key=value …", what else is worth seeing; "" */
	/* Filled by the tree: */
	struct tree_span *parent, *first_child, *last_child, *next;
	bool shown;
};

struct tree_file {
	struct arena arena;
	struct tree_span **spans; /* by trace and span id, each once */
	size_t n_spans, capacity;
	uint64_t bad_lines; /* that are not OTLP */
	uint64_t repeated;  /* spans that stood there already */
};

void tree_read(struct tree_file *file, const char *text, size_t length);
void tree_file_fini(struct tree_file *file);

/* By trace id and span id. */
int tree_span_compare(const struct tree_span *a, const struct tree_span *b);

#endif
