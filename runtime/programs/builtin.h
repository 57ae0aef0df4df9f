/* SPDX-License-Identifier: Apache-2.0 */
/* The components that every manifest can name without listing a plugin. */
#ifndef PROGRAMS_BUILTIN_H
#define PROGRAMS_BUILTIN_H

#include "plugin/describe.h"

extern const struct plugin_own builtin;

#endif
