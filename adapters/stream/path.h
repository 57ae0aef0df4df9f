/* SPDX-License-Identifier: Apache-2.0 */
/* What preflight asks of a path before a run, for `check` of an adapter type. Changes nothing. */
#ifndef STREAM_PATH_H
#define STREAM_PATH_H

#include <stdint.h>

/* 0, or a negative errno with a sentence in why. */
int stream_path_readable(const char *path, char *why, uint32_t cap);

/* The file may be written, or may be made in its folder. */
int stream_path_writable(const char *path, char *why, uint32_t cap);

#endif
