/* SPDX-License-Identifier: Apache-2.0 */
/* Reply objects for hiredis' parser, and what error replies mean. */
#include "reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct reply *reply_new(const redisReadTask *task, size_t length) {
	const redisAsyncContext *ac = task->privdata;
	struct reply *reply;

	if (!ac->replies.head || task->parent)
		return NULL; /* nobody asked */
	reply = malloc(sizeof(*reply) + length + 1);
	if (reply)
		*reply = (struct reply){.head = {.type = task->type}};
	return reply;
}

static void *create_string(const redisReadTask *task, char *bytes, size_t length) {
	struct reply *reply = reply_new(task, length);

	if (!reply)
		return NULL;
	memcpy(reply->bytes, bytes, length);
	reply->bytes[length] = '\0';
	reply->head.str = reply->bytes;
	reply->head.len = length;
	return reply;
}

static void *create_array(const redisReadTask *task, int elements) {
	(void)task, (void)elements;
	return NULL;
}

static void *create_integer(const redisReadTask *task, long long value) {
	struct reply *reply = reply_new(task, 0);

	if (reply)
		reply->head.integer = value;
	return reply;
}

static void *create_nil(const redisReadTask *task) {
	struct reply *reply = reply_new(task, 0);

	if (reply)
		reply->head.type = REDIS_REPLY_NIL; /* the task's is that of what is not there */
	return reply;
}

static void free_object(void *object) {
	struct reply *reply = object;

	if (reply && !reply->kept)
		free(reply);
}

void reply_guard(redisAsyncContext *ac) {
	static redisReplyObjectFunctions guarded = {
		.createString = create_string,
		.createArray = create_array,
		.createInteger = create_integer,
		.createNil = create_nil,
		.freeObject = free_object,
	};

	ac->c.reader->fn = &guarded;
	ac->c.reader->privdata = ac;
}

void reply_keep(struct reply *reply) {
	reply->kept = true;
}

struct reply *reply_free(struct reply *reply) {
	free(reply);
	return NULL;
}

int reply_errno(const struct reply *reply) {
	static const struct {
		const char *word;
		int error;
	} words[] = {
		{"WRONGTYPE", -EINVAL},	  {"NOAUTH", -EACCES},	 {"WRONGPASS", -EACCES},
		{"NOPERM", -EACCES},	  {"OOM", -ENOSPC},	 {"READONLY", -EROFS},
		{"LOADING", -EAGAIN},	  {"BUSY", -EAGAIN},	 {"MASTERDOWN", -EAGAIN},
		{"CLUSTERDOWN", -EAGAIN}, {"TRYAGAIN", -EAGAIN}, {"NOREPLICAS", -EAGAIN},
		{"MOVED", -EOPNOTSUPP},	  {"ASK", -EOPNOTSUPP},
	};
	size_t length = strcspn(reply->head.str, " ");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == length &&
		    !memcmp(words[i].word, reply->head.str, length))
			return words[i].error;
	return -EIO;
}
