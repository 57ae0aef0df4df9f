/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kv.redis: the contract "kv" on a Redis server, asynchronously, over one connection.
 *
 * A call becomes a request. While the connection is there a request is sent at once (hiredis
 * gathers what one turn of the loop sends into one write) and waits for its answer in hiredis' list
 * of callbacks; otherwise it waits in ours until a connection is there. Either way it ends by an
 * answer, at its deadline, by cancel, or with the connection:
 *
 *	waiting --send--> sent --answer--> done(status)
 *	   |               |
 *	   |               +--connection lost--> done(-ECONNRESET): a write may have happened
 *	   |               +--deadline, cancel--> forgotten: nobody waits; ends with its answer
 *	   +--deadline--> done(-ETIMEDOUT); --cancel--> gone
 *
 * A forgotten request stays counted until its answer has come, so that a server which has stopped
 * answering cannot make the list grow beyond max_pending.
 *
 * The connection:
 *
 *	down --timer--> connecting --handshake accepted--> ready --lost, silent--> down
 *			     +--error, refused, connect_timeout_ms--> down
 */
#ifndef KV_REDIS_KV_REDIS_H
#define KV_REDIS_KV_REDIS_H

#include <stdbool.h>
#include <stdint.h>

#include <hiredis/async.h>

#include <railyard/adapter.h>
#include <railyard/kv.h>

#include "reply.h"

#define MAX_KEY_BYTES	 511u
#define MAX_PREFIX_BYTES 256u
#define MAX_ADDRESSES	 8u
#define SCRIPT_ID_BYTES	 40u
#define NS_PER_MS	 1000000ull
#define DEFAULT_HOST	 "127.0.0.1"
#define DEFAULT_PORT	 6379

struct event;

struct kv_redis_config {
	const char *host; /* NULL: 127.0.0.1, unless there is unix_path */
	int64_t port;	  /* 0: 6379 */
	const char *unix_path;
	const char *username;
	const char *password;
	int64_t db;
	const char *key_prefix;
	int64_t timeout_ms;
	int64_t connect_timeout_ms;
	int64_t silence_ms;
	int64_t max_pending;
	int64_t max_value_bytes;
};

struct link {
	struct link *next, *previous;
};

enum request_state {
	REQUEST_WAITING,
	REQUEST_SENT,
};

struct request {
	struct link line;     /* WAITING: in kv->waiting */
	struct link deadline; /* in kv->deadlines, while somebody waits for it */
	struct kv_redis *kv;
	struct ry_call *call; /* NULL: nobody waits any more */
	const void *request;
	void *result;
	uint64_t deadline_ns;
	enum ry_kv_op op;
	enum request_state state;
	int error; /* what ended the connection, when it was this one's answer */
};

enum connection_state {
	CONNECTION_DOWN,
	CONNECTION_CONNECTING,
	CONNECTION_READY,
};

/* A numeric address, so that hiredis does not ask a name server on the loop. */
struct address {
	char host[64];
};

struct connection {
	enum connection_state state;
	redisAsyncContext *ac; /* NULL when down */
	struct event *timer;   /* down: try again; connecting: limit; ready: silence */
	struct address addresses[MAX_ADDRESSES];
	uint32_t n_addresses, n_attempts;
	uint32_t backoff_ms;
	uint64_t heard_ns; /* when the server last said something, or was first asked */
	bool suspect;	   /* it has been silent for too long, unless the loop was late */
	int handshake;	   /* the first error of the present handshake */
	int refused;	   /* the lasting error of the last handshake; calls fail with it */
	char script[SCRIPT_ID_BYTES + 1]; /* "": EVALSHA cannot be used */
};

struct kv_redis {
	const struct ry_host *host;
	const struct ry_loop_service *loop;
	const struct kv_redis_config *config;
	const struct ry_metrics_service *metrics; /* NULL: none */
	struct ry_metric *connects, *timeouts, *late;
	struct connection connection;
	struct link waiting;
	struct link deadlines; /* by time */
	struct event *deadline_timer;
	uint64_t deadline_armed_ns; /* 0: not armed */
	struct request *spare;	    /* a list by line.next */
	uint32_t n_requests;	    /* waiting and sent */
	uint32_t n_sent;
	struct reply *value; /* what the last `get` returned */
};

/* -- lists ---------------------------------------------------------------------------------- */

static inline void link_init(struct link *link) {
	link->next = link->previous = link;
}

static inline bool link_empty(const struct link *head) {
	return head->next == head;
}

static inline void link_after(struct link *at, struct link *link) {
	link->previous = at;
	link->next = at->next;
	at->next->previous = link;
	at->next = link;
}

static inline void link_remove(struct link *link) {
	link->previous->next = link->next;
	link->next->previous = link->previous;
	link_init(link);
}

/* -- request.c ------------------------------------------------------------------------------ */

void requests_init(struct kv_redis *kv);
int requests_start(struct kv_redis *kv, struct event_base *base);
void requests_stop(struct kv_redis *kv); /* nobody waits any more; before connection_stop */
void requests_fini(struct kv_redis *kv);

/* Takes a call. RY_PENDING or a negative errno. */
int request_begin(struct kv_redis *kv, enum ry_kv_op op, const void *what, void *result,
		  struct ry_call *call);

/* Sends, or ends, all that wait; in their order. */
void requests_send(struct kv_redis *kv);
void requests_fail(struct kv_redis *kv, int error);

/* -- command.c ------------------------------------------------------------------------------ */

extern const char command_increment_script[];

/* Is the request one that can be sent? 0, -EINVAL, -EMSGSIZE. */
int command_check(const struct kv_redis *kv, enum ry_kv_op op, const void *request);

/*
 * Hands the command of a request to hiredis, which copies it. `whole_script`: for an increment the
 * script itself instead of its name. 0 or -ENOMEM.
 */
int command_send(struct request *request, redisCallbackFn *on_reply, bool whole_script);

/*
 * Writes the result and returns the status for the caller, or COMMAND_AGAIN: send the request once
 * more with the whole script. May keep the answer.
 */
#define COMMAND_AGAIN 1000
int command_answer(struct request *request, struct reply *reply);

/* -- connection.c --------------------------------------------------------------------------- */

/* Resolves the host and begins to connect. 0 or a negative errno; reports. */
int connection_start(struct kv_redis *kv, struct event_base *base);
void connection_stop(struct kv_redis *kv);

/* A request is being sent, before it is counted: from now on the server owes something. */
void connection_asked(struct kv_redis *kv);

/* hiredis gives the connection up; the first to hear of it calls this. */
void connection_lost(struct kv_redis *kv, const redisAsyncContext *ac);

/* Closes it from our side, in a callback of hiredis but for that of connecting. */
void connection_drop(struct kv_redis *kv, const redisAsyncContext *ac, const char *why);

/* -- check.c -------------------------------------------------------------------------------- */

/* Do the settings fit together? 0 or -EINVAL. */
int config_check(const struct kv_redis_config *config, char *why, uint32_t cap);

/* See struct ry_adapter_ops. Connects, logs in, and leaves. */
int kv_redis_check(const void *settings, char *why, uint32_t cap);

/* -- shared --------------------------------------------------------------------------------- */

uint64_t monotonic_ns(void);
void timer_set(struct event *timer, uint64_t after_ns);
void kv_redis_log(const struct kv_redis *kv, uint32_t level, const char *message, const char *why);

#endif
