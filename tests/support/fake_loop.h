/* SPDX-License-Identifier: Apache-2.0 */
/* The fake host's ry.loop: between fake_host.c and fake_loop.c; tests include fake_host.h. */
#ifndef SUPPORT_FAKE_LOOP_H
#define SUPPORT_FAKE_LOOP_H

#include <railyard/host.h>

struct fake_host;

extern const struct ry_loop_service fake_loop_service;

/* Ends what the host still has on its loop, and with the last host the loop. */
void fake_loop_leave(struct fake_host *fake);

#endif
