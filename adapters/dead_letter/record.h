/* SPDX-License-Identifier: Apache-2.0 */
/* One dead letter as one line of JSON. */
#ifndef DEAD_LETTER_RECORD_H
#define DEAD_LETTER_RECORD_H

#include <stddef.h>

#include <railyard/dead_letter.h>

/* A text that grows; zeroed at first, its text is to be freed. */
struct record_text {
	char *text;
	size_t length, capacity;
	int error; /* the first that occurred; the text is of no use then */
};

/*
 * Puts the record into out, with its newline. The payload is a string where it is valid UTF-8, and
 * base64 under another key where not. Returns 0 or -ENOMEM.
 */
int record_format(const struct ry_dead_letter_record *record, struct record_text *out);

#endif
