/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aconsume: libcurl's multi socket interface on the host's loop. libcurl says which descriptors it
 * waits for (on_socket) and when it wants to be called (on_timeout); both become watches and a timer
 * of ry.loop, and each event is told to curl_multi_socket_action.
 *
 * What makes this safe to call from anywhere on the loop's thread:
 * - libcurl's callbacks only start and stop watches and timers and store what comes in. None of
 *   them calls libcurl's multi functions (but curl_multi_assign, which may be), and no caller's code
 *   runs in them.
 * - A caller's `done` runs last of all: after the easy handle has left the multi handle and the
 *   transfer has been put aside. It may start the next request or cancel another one; a completion
 *   that libcurl has queued for that one leaves the queue with its handle.
 * - libcurl starts a handle's own time limit when it gets a connection. Requests that wait for one
 *   behind others would wait for ever, so each call's deadline is a timer of its own here.
 */
#include "http_client/client.h"

#include <errno.h>

#define NS_PER_MS UINT64_C(1000000)

/* A descriptor that libcurl waits for. */
struct watch {
	struct http_client *client;
	struct watch *next, *previous;
	struct ry_io *io;
	curl_socket_t fd;
};

/* -- what libcurl waits for ----------------------------------------------------------------- */

static void turn(struct http_client *client, curl_socket_t fd, int events);

static void on_io(void *user, uint32_t events) {
	const struct watch *watch = user; /* it may be gone after the turn */

	turn(watch->client, watch->fd,
	     (events & RY_IO_READ ? CURL_CSELECT_IN : 0) |
		     (events & RY_IO_WRITE ? CURL_CSELECT_OUT : 0));
}

static struct watch *watch_new(struct http_client *client, curl_socket_t fd) {
	struct watch *watch = client->memory->alloc(client->host, sizeof(*watch));

	if (!watch)
		return NULL;
	*watch = (struct watch){.client = client, .next = client->watches, .fd = fd};
	if (watch->next)
		watch->next->previous = watch;
	client->watches = watch;
	curl_multi_assign(client->multi, fd, watch);
	return watch;
}

static void watch_free(struct watch *watch) {
	struct http_client *client = watch->client;

	client->loop->io_stop(watch->io);
	if (watch->next)
		watch->next->previous = watch->previous;
	if (watch->previous)
		watch->previous->next = watch->next;
	else
		client->watches = watch->next;
	client->memory->release(client->host, watch);
}

static int watch_set(struct watch *watch, int what) {
	const struct http_client *client = watch->client;
	uint32_t events = (what & CURL_POLL_IN ? (uint32_t)RY_IO_READ : 0) |
			  (what & CURL_POLL_OUT ? (uint32_t)RY_IO_WRITE : 0);
	struct ry_io *io = watch->io;

	watch->io = NULL;
	client->loop->io_stop(io);
	if (!events)
		return 0;
	return client->loop->io_start(client->host, watch->fd, events, on_io, watch, &watch->io);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *assigned) {
	struct http_client *client = user;
	struct watch *watch = assigned;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (watch)
			watch_free(watch);
		curl_multi_assign(client->multi, fd, NULL);
		return 0;
	}
	if (!watch)
		watch = watch_new(client, fd);
	return watch && watch_set(watch, what) == 0 ? 0 : -1;
}

static void timer_stop(struct http_client *client) {
	client->loop->timer_stop(client->timer);
	client->timer = NULL;
}

static void on_timer(void *user) {
	struct http_client *client = user;

	timer_stop(client);
	turn(client, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timeout(CURLM *multi, long timeout_ms, void *user) {
	struct http_client *client = user;

	(void)multi;
	timer_stop(client);
	if (timeout_ms < 0)
		return 0;
	return client->loop->timer_start(client->host, (uint64_t)timeout_ms * NS_PER_MS, 0,
					 on_timer, client, &client->timer);
}

/* -- transfers in flight -------------------------------------------------------------------- */

static void count_flight(struct http_client *client, int64_t change) {
	client->metrics.n_in_flight += change;
	if (client->metrics.service)
		client->metrics.service->set(client->metrics.in_flight,
					     client->metrics.n_in_flight);
}

static void flight_add(struct http_client *client, struct transfer *t) {
	t->previous = NULL;
	t->next = client->flight;
	if (t->next)
		t->next->previous = t;
	client->flight = t;
	count_flight(client, 1);
}

/* Out of the multi handle and of the list; its connection closes unless it has ended well. */
static void land(struct transfer *t) {
	struct http_client *client = t->client;

	curl_multi_remove_handle(client->multi, t->easy);
	client->loop->timer_stop(t->deadline);
	t->deadline = NULL;
	if (t->next)
		t->next->previous = t->previous;
	if (t->previous)
		t->previous->next = t->next;
	else
		client->flight = t->next;
	count_flight(client, -1);
}

/* The last thing that its caller does: `done` may do anything but stop the client. */
static void complete(struct transfer *t, int status) {
	struct ry_call *call = t->call;

	transfer_end(t);
	ry_call_complete(call, status);
}

static void on_deadline(void *user) {
	struct transfer *t = user;

	land(t);
	complete(t, transfer_conclude(t, CURLE_OPERATION_TIMEDOUT));
}

static void on_cancel(struct ry_call *call) {
	struct transfer *t = call->provider;

	land(t);
	transfer_end(t);
}

static void collect(struct http_client *client) {
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(client->multi, &left))) {
		CURLcode code = message->data.result;
		struct transfer *t = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
		land(t);
		complete(t, transfer_conclude(t, code));
	}
}

static void turn(struct http_client *client, curl_socket_t fd, int events) {
	int running;

	curl_multi_socket_action(client->multi, fd, events, &running);
	collect(client);
}

int multi_begin(struct http_client *client, struct transfer *t, struct ry_call *call,
		uint64_t after_ns) {
	int r;

	t->call = call;
	curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, 0L); /* what a consume may have left */
	r = client->loop->timer_start(client->host, after_ns, 0, on_deadline, t, &t->deadline);
	if (r < 0) {
		transfer_end(t);
		return r;
	}
	if (curl_multi_add_handle(client->multi, t->easy) != CURLM_OK) {
		client->loop->timer_stop(t->deadline);
		t->deadline = NULL;
		transfer_end(t);
		return -ENOMEM;
	}
	flight_add(client, t);
	call->provider = t;
	call->cancel = on_cancel;
	return RY_PENDING;
}

/* -- the multi handle ----------------------------------------------------------------------- */

#define SET(option, value) failed |= curl_multi_setopt(client->multi, option, value) != CURLM_OK

int multi_start(struct http_client *client) {
	const struct http_settings *s = client->settings;
	bool failed = false;

	client->multi = curl_multi_init();
	if (!client->multi)
		return -ENOMEM;
	SET(CURLMOPT_SOCKETFUNCTION, on_socket);
	SET(CURLMOPT_SOCKETDATA, client);
	SET(CURLMOPT_TIMERFUNCTION, on_timeout);
	SET(CURLMOPT_TIMERDATA, client);
	SET(CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)s->max_connections);
	SET(CURLMOPT_MAX_HOST_CONNECTIONS, (long)s->max_connections_per_host);
	SET(CURLMOPT_MAXCONNECTS, (long)s->max_connections);
	if (!failed)
		return 0;
	multi_stop(client);
	return -ENOMEM;
}

void multi_stop(struct http_client *client) {
	if (!client->multi)
		return;
	while (client->flight) {
		struct transfer *t = client->flight;

		t->call->cancel = NULL;
		land(t);
		transfer_end(t);
	}
	/* Idle connections close now, and libcurl still says so. */
	curl_multi_cleanup(client->multi);
	timer_stop(client);
	while (client->watches)
		watch_free(client->watches);
	client->multi = NULL;
}
