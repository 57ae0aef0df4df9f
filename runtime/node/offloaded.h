/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An offloaded node (`bridge: offload`): its `process` runs on a thread of the pool, one task at a
 * time and in order; to the runner it looks like an asynchronous node with one task in flight.
 *
 * The thread works on a shadow of the task: what it stages, adds to the span and completes stays in
 * the shadow, in memory of its own, until the loop's thread takes it over. So nothing that belongs
 * to the loop's thread is touched by the other: no pool, no reference count, no ring of spans.
 */
#ifndef NODE_OFFLOADED_H
#define NODE_OFFLOADED_H

#include "node/node.h"
#include "node/offload.h"

struct offloaded;

/* Makes a node that has been created run on the pool. 0 or a negative errno. */
int offloaded_new(struct node *node, struct offload_client *client);

/* After offload_stop. Accepts NULL, returns NULL. */
struct offloaded *offloaded_free(struct offloaded *offloaded);

/* Is a thread inside `process`? */
bool offloaded_running(struct offloaded *offloaded);

/* -- what a call finds on a thread of the pool ---------------------------------------------- */

/* The shadow of the task that this thread runs; NULL: another thread. */
struct task *offloaded_task(void);

/* Where it allocates its messages. */
struct message_pool *offloaded_pool(struct offloaded *offloaded);

/* Like message_share, but for the reference, which is taken on the loop's thread. */
struct message *offloaded_share(struct offloaded *offloaded, struct message *other);

/* Takes a child span that has ended, for its record. Its task's node is offloaded. */
void offloaded_child_ended(struct ry_span_handle *child);

struct trace_random *offloaded_random(struct offloaded *offloaded);

/* Counts a broken rule, as node_misused does, once the loop's thread has the task back. */
void offloaded_misused(struct offloaded *offloaded);

#endif
