/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls on their way: waiting for a connection or for an answer, each with a deadline. One timer
 * serves all deadlines. It is set for the earliest and, when that call has been answered before,
 * left as it is: it fires, finds nothing due, and is set anew. So it costs one timer per timeout
 * and not one per call.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include <event2/event.h>

#include "kv_redis.h"

static struct request *request_of_line(struct link *link) {
	return (struct request *)((char *)link - offsetof(struct request, line));
}

static struct request *request_of_deadline(struct link *link) {
	return (struct request *)((char *)link - offsetof(struct request, deadline));
}

/* -- memory --------------------------------------------------------------------------------- */

static struct request *request_new(struct kv_redis *kv) {
	struct request *request = kv->spare;

	if (request)
		kv->spare = request->line.next ? request_of_line(request->line.next) : NULL;
	else
		request = malloc(sizeof(*request));
	if (!request)
		return NULL;
	*request = (struct request){.kv = kv};
	link_init(&request->line);
	link_init(&request->deadline);
	kv->n_requests++;
	return request;
}

static void request_free(struct request *request) {
	struct kv_redis *kv = request->kv;

	link_remove(&request->line);
	link_remove(&request->deadline);
	request->line.next = kv->spare ? &kv->spare->line : NULL;
	kv->spare = request;
	kv->n_requests--;
}

/* -- the end of a call ---------------------------------------------------------------------- */

/* Nobody waits for it any more. What was sent stays until its answer comes. */
static struct ry_call *request_forget(struct request *request) {
	struct ry_call *call = request->call;

	request->call = NULL;
	link_remove(&request->deadline);
	if (request->state == REQUEST_WAITING)
		request_free(request);
	return call;
}

static void request_end(struct request *request, int status) {
	struct ry_call *call = request->call;

	request_free(request);
	ry_call_complete(call, status); /* may call us again */
}

static void on_cancel(struct ry_call *call) {
	request_forget(call->provider);
}

/* -- deadlines ------------------------------------------------------------------------------ */

static void arm_deadlines(struct kv_redis *kv, uint64_t now) {
	uint64_t due;

	if (link_empty(&kv->deadlines))
		return;
	due = request_of_deadline(kv->deadlines.next)->deadline_ns;
	if (kv->deadline_armed_ns && kv->deadline_armed_ns <= due)
		return;
	kv->deadline_armed_ns = due;
	timer_set(kv->deadline_timer, due > now ? due - now : 0);
}

static void on_deadline(evutil_socket_t fd, short what, void *user) {
	struct kv_redis *kv = user;
	uint64_t now = monotonic_ns();

	(void)fd, (void)what;
	kv->deadline_armed_ns = 0;
	while (!link_empty(&kv->deadlines)) {
		struct request *request = request_of_deadline(kv->deadlines.next);

		if (request->deadline_ns > now)
			break;
		if (kv->metrics)
			kv->metrics->add(kv->timeouts, 1);
		ry_call_complete(request_forget(request), -ETIMEDOUT);
	}
	arm_deadlines(kv, now);
}

/* By time; most are as long as those before, and come last. */
static void insert_deadline(struct kv_redis *kv, struct request *request) {
	struct link *at = kv->deadlines.previous;

	while (at != &kv->deadlines && request_of_deadline(at)->deadline_ns > request->deadline_ns)
		at = at->previous;
	link_after(at, &request->deadline);
}

/* -- sending -------------------------------------------------------------------------------- */

static void on_reply(redisAsyncContext *ac, void *object, void *user);

/* 0 or a negative errno; the request is then as it was. */
static int request_send(struct request *request, bool whole_script) {
	int r = command_send(request, on_reply, whole_script);

	if (r < 0)
		return r;
	link_remove(&request->line);
	request->state = REQUEST_SENT;
	connection_asked(request->kv);
	request->kv->n_sent++;
	return 0;
}

/* The answer of a request, or NULL: the connection ends. hiredis frees the answer afterwards. */
static void on_reply(redisAsyncContext *ac, void *object, void *user) {
	struct request *request = user;
	struct kv_redis *kv = request->kv;
	struct reply *reply = object;
	int status = request->error ? request->error : -ECONNRESET;

	kv->n_sent--;
	if (!reply)
		connection_lost(kv, ac);
	if (!request->call) {
		if (reply && kv->metrics)
			kv->metrics->add(kv->late, 1);
		request_free(request);
		return;
	}
	if (reply)
		status = command_answer(request, reply);
	if (status == -EPROTO)
		connection_drop(kv, ac, "an answer does not fit its command");
	if (status == COMMAND_AGAIN) {
		status = request_send(request, true);
		if (status == 0)
			return;
	}
	request_end(request, status);
}

void requests_send(struct kv_redis *kv) {
	while (kv->connection.state == CONNECTION_READY && !link_empty(&kv->waiting)) {
		struct request *request = request_of_line(kv->waiting.next);
		int r = request_send(request, false);

		if (r < 0)
			request_end(request, r);
	}
}

void requests_fail(struct kv_redis *kv, int error) {
	while (!link_empty(&kv->waiting))
		request_end(request_of_line(kv->waiting.next), error);
}

/* -- beginning ------------------------------------------------------------------------------ */

static int request_place(struct request *request) {
	struct kv_redis *kv = request->kv;

	if (kv->connection.state == CONNECTION_READY && link_empty(&kv->waiting))
		return request_send(request, false);
	link_after(kv->waiting.previous, &request->line);
	return 0;
}

static int may_begin(const struct kv_redis *kv, uint64_t now, const struct ry_call *call) {
	if (call->deadline_ns && call->deadline_ns <= now)
		return -ETIMEDOUT;
	if (kv->connection.refused)
		return kv->connection.refused;
	return kv->n_requests < (uint64_t)kv->config->max_pending ? 0 : -EAGAIN;
}

int request_begin(struct kv_redis *kv, enum ry_kv_op op, const void *what, void *result,
		  struct ry_call *call) {
	struct request *request;
	uint64_t now;
	int r;

	kv->value = reply_free(kv->value);
	if (!call)
		return -EINVAL; /* the host does not bind a caller that waits */
	r = command_check(kv, op, what);
	if (r < 0)
		return r;
	now = monotonic_ns();
	r = may_begin(kv, now, call);
	if (r < 0)
		return r;
	request = request_new(kv);
	if (!request)
		return -ENOMEM;
	request->op = op;
	request->request = what;
	request->result = result;
	request->call = call;
	request->deadline_ns = call->deadline_ns
				       ? call->deadline_ns
				       : now + (uint64_t)kv->config->timeout_ms * NS_PER_MS;
	r = request_place(request);
	if (r < 0) {
		request_free(request);
		return r;
	}
	insert_deadline(kv, request);
	arm_deadlines(kv, now);
	call->cancel = on_cancel;
	call->provider = request;
	return RY_PENDING;
}

/* -- all of them ---------------------------------------------------------------------------- */

void requests_init(struct kv_redis *kv) {
	link_init(&kv->waiting);
	link_init(&kv->deadlines);
}

int requests_start(struct kv_redis *kv, struct event_base *base) {
	kv->deadline_timer = event_new(base, -1, 0, on_deadline, kv);
	return kv->deadline_timer ? 0 : -ENOMEM;
}

void requests_stop(struct kv_redis *kv) {
	while (!link_empty(&kv->deadlines))
		request_forget(request_of_deadline(kv->deadlines.next));
	if (kv->deadline_timer)
		event_free(kv->deadline_timer);
	kv->deadline_timer = NULL;
}

void requests_fini(struct kv_redis *kv) {
	while (kv->spare) {
		struct request *request = kv->spare;

		kv->spare = request->line.next ? request_of_line(request->line.next) : NULL;
		free(request);
	}
}
