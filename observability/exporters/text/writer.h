/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes whole lines to a descriptor without ever blocking. What a pipe does not take at once is
 * kept and goes first the next time; a file that cannot take a line whole is cut back to where the
 * line began.
 */
#ifndef EXPORTERS_WRITER_H
#define EXPORTERS_WRITER_H

#include "otlp/text.h"

struct writer {
	int fd;		  /* the owner's; -1: none */
	struct text tail; /* the rest of a line that has begun */
	size_t done;	  /* bytes of the tail that are written */
	bool torn;	  /* the file ends in a broken line that could not be cut off */
};

#define WRITER_INIT \
	{ .fd = -1 }

void writer_fini(struct writer *writer); /* does not close fd */

/*
 * Writes lines, which end in a newline. 0: all of it is written, or its rest is kept; -EAGAIN: the
 * other side is slow, nothing was taken; another negative errno: nothing was taken.
 */
int writer_write(struct writer *writer, const char *lines, size_t length);

/* Writes what is kept. 0: nothing is left; -EAGAIN or another negative errno: something is. */
int writer_flush(struct writer *writer);

#endif
