/* SPDX-License-Identifier: Apache-2.0 */
/* A child span that a node has started and whose record has not been written. */
#ifndef NODE_SPAN_HANDLE_H
#define NODE_SPAN_HANDLE_H

#include "emit/extras.h"
#include "node/task.h"

struct ry_span_handle {
	struct task *task;
	struct ry_span_handle *next; /* of the same task */
	struct span_id span_id;
	uint64_t start_ns;
	uint64_t end_ns;      /* 0: not ended */
	struct extras extras; /* its name */
};

/* Writes its record and frees it. The loop's thread; it is in no list. */
void span_handle_end(struct ry_span_handle *child);

#endif
