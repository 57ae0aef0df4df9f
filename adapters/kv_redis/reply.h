/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a server says, guarded. hiredis 0.14 trusts its server: its asynchronous interface ends the
 * process by an assertion when a reply comes that nobody asked for, and allocates what an array's
 * header claims. Its parser asks these functions for each object; refusing one ends the connection
 * with an error instead. No command that is sent here is answered with an array.
 */
#ifndef KV_REDIS_REPLY_H
#define KV_REDIS_REPLY_H

#include <stdbool.h>

#include <hiredis/async.h>

struct reply {
	redisReply head; /* first: hiredis reads its type */
	bool kept;	 /* by reply_keep */
	char bytes[];
};

/* Makes the connection's parser use the guarded objects. */
void reply_guard(redisAsyncContext *ac);

/* Takes a reply out of hiredis' hands: it stays until reply_free. */
void reply_keep(struct reply *reply);
struct reply *reply_free(struct reply *reply); /* accepts NULL; returns NULL */

/* The errno for an error reply of the server, by its first word. */
int reply_errno(const struct reply *reply);

#endif
