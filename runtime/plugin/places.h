/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where what belongs to the running program lies: beside it (a build folder), or where it would be
 * installed, seen from where the program is. An installation may thus be moved or staged. Under
 * AT_SECURE there are no such places: the path of the program is the caller's choice.
 */
#ifndef PLUGIN_PLACES_H
#define PLUGIN_PLACES_H

#include "base/arena.h"

/* NAME in the folder of the running program; NULL: not known. */
char *place_beside(const char *name, struct arena *arena);

/*
 * BELOW (relative) under the prefix of the running program; NULL when it lies in no folder where
 * programs are installed, or below is absolute.
 */
char *place_installed(const char *below, struct arena *arena);

#endif
