/* SPDX-License-Identifier: Apache-2.0 */
/* How adapters tell people what went wrong: one structured line with the place and the error. */
#ifndef STREAM_REPORT_H
#define STREAM_REPORT_H

#include <railyard/host.h>

struct report {
	uint32_t level; /* enum ry_log_level */
	const char *message;
	const char *path; /* or another name of the place; NULL: none */
	int error;	  /* a negative errno; 0: none */
	uint64_t line;	  /* from 1 on; 0: none */
	const char *why;  /* what else is known; NULL: nothing */
};

/* Writes it to the log of the component; without a log service, nowhere. */
void report(const struct ry_host *host, const struct report *what);

#endif
