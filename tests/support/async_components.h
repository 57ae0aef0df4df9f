/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asynchronous nodes for support/components.c.
 *
 *	t.later  {batch, reverse, every, error, attempts}: has up to `batch` messages pending and
 *		 forwards them when they are there or no more come, backwards if `reverse`; each
 *		 every-th source sequence fails the first `attempts` times; every 0: none
 *	t.stuck  {obeys}: completes no task before it is cancelled, and then only if it obeys
 */
#ifndef SUPPORT_ASYNC_COMPONENTS_H
#define SUPPORT_ASYNC_COMPONENTS_H

#include <railyard/node.h>

extern const struct ry_node_type later_type;
extern const struct ry_node_type stuck_type;

#endif
