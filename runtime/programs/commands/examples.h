/* SPDX-License-Identifier: Apache-2.0 */
/* The manifests of tests/golden, embedded by embed.c when the program is built. */
#ifndef COMMANDS_EXAMPLES_H
#define COMMANDS_EXAMPLES_H

#include <stddef.h>

struct example {
	const char *code; /* "RYS001" */
	const char *file; /* "bad.json", "good.json" */
	const char *text; /* NUL-terminated */
};

extern const struct example examples[]; /* by code, then file */
extern const size_t n_examples;

#endif
