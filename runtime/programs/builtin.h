/* SPDX-License-Identifier: Apache-2.0 */
/* The components that every manifest can name without a plugin. */
#ifndef PROGRAMS_BUILTIN_H
#define PROGRAMS_BUILTIN_H

#include <railyard/plugin.h>

extern const struct ry_plugin *const builtin_plugins[]; /* NULL-terminated */

#endif
