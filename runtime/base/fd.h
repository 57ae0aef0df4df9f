/* SPDX-License-Identifier: Apache-2.0 */
/* File descriptors: CLOEXEC at birth, -1 when empty. */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stddef.h>
#include <sys/types.h>

/* Closes *fd unless it is -1, sets it to -1, keeps errno. */
void fd_close(int *fd);

/*
 * Opens the null device on each of the descriptors 0 to 2 that the caller of the program left
 * closed: a file that is opened later must not take the place of standard error. First in main.
 */
void fd_fill_standard(void);

/* Writes all of it, going on after EINTR and short writes; blocks. 0 or a negative errno. */
int fd_write_all(int fd, const void *data, size_t length);

/*
 * Reads a whole file of at most limit bytes. *ret_data is NUL-terminated and to be freed.
 * Errors: of open and read; -EISDIR, -EFBIG (above limit), -ENXIO (not a regular file).
 */
int fd_read_file(const char *path, size_t limit, char **ret_data, size_t *ret_length);

#endif
