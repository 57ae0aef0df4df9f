/* SPDX-License-Identifier: Apache-2.0 */
/* http_client.curl on a fake host, by consume or by aconsume, with the server beside it. */
#ifndef HTTP_CLIENT_TESTS_DRIVER_H
#define HTTP_CLIENT_TESTS_DRIVER_H

#include <railyard/http_client.h>

#include "http_client/http_client.h"
#include "support/fake_host.h"
#include "support/fault_server.h"
#include "support/test.h"

#define LONG_MS 20000u /* no test that passes takes as long */

struct driver {
	struct fault_server server;
	struct fake_adapter adapter;
	struct ry_binding binding;
	bool async;
};

/* A request on the loop. */
struct flight {
	struct ry_call call;
	struct ry_http_request request;
	struct ry_http_response response;
	bool done;
	int status;
	void (*then)(struct flight *flight); /* NULL: nothing more */
	void *user;
};

static inline void driver_open(struct driver *d, const char *settings) {
	d->adapter = d->async ? fake_adapter_open_async(&http_client_curl, settings, NULL)
			      : fake_adapter_open(&http_client_curl, settings);
	d->binding = fake_adapter_binding(&d->adapter, 0);
}

static inline void driver_start(struct driver *d, bool async, const char *settings) {
	*d = (struct driver){.async = async};
	fault_server_start(&d->server, NULL);
	driver_open(d, settings);
}

/* The fake host fails the test when a response or a transfer is left. */
static inline void driver_stop(struct driver *d) {
	expect_int(fake_host_metric(d->adapter.fake, "in_flight"), 0);
	expect_ok(fake_adapter_close(&d->adapter));
	fault_server_stop(&d->server);
}

static inline bool is_done(void *user) {
	return ((struct flight *)user)->done;
}

static inline void on_done(struct ry_call *call, int status) {
	struct flight *flight = call->owner;

	ck_assert_msg(!flight->done, "completed twice");
	flight->done = true;
	flight->status = status;
	if (flight->then)
		flight->then(flight);
}

/* flight->request is filled. Returns what the operation returned. */
static inline int flight_begin(struct driver *d, struct flight *flight) {
	flight->request.size = RY_SIZE(ry_http_request);
	if (!flight->request.method)
		flight->request.method = "GET";
	flight->response = (struct ry_http_response){RY_SIZE(ry_http_response)};
	flight->call = (struct ry_call){RY_SIZE(ry_call), .done = on_done, .owner = flight,
					.deadline_ns = flight->call.deadline_ns};
	flight->done = false;
	return ry_http_perform(&d->binding, &flight->request, &flight->response, &flight->call);
}

static inline int perform(struct driver *d, struct ry_http_request request,
			  struct ry_http_response *ret) {
	struct flight flight = {.request = request};
	int r;

	request.size = RY_SIZE(ry_http_request);
	if (!request.method)
		request.method = "GET";
	if (!d->async) {
		*ret = (struct ry_http_response){RY_SIZE(ry_http_response)};
		return ry_http_perform(&d->binding, &request, ret, NULL);
	}
	r = flight_begin(d, &flight);
	if (r != RY_PENDING)
		return r;
	expect(fake_host_until(d->adapter.fake, is_done, &flight, LONG_MS));
	*ret = flight.response;
	return flight.status;
}

static inline int get(struct driver *d, const char *path, struct ry_http_response *ret) {
	return perform(d, (struct ry_http_request){.url = fault_server_url(&d->server, path)}, ret);
}

static inline void expect_body(const struct ry_http_response *res, const char *want) {
	ck_assert_msg(res->body_length == strlen(want) &&
			      (!res->body_length || memcmp(res->body, want, res->body_length) == 0),
		      "body is \"%.*s\", not \"%s\"", (int)res->body_length,
		      res->body ? (const char *)res->body : "", want);
}

/* GET that must answer 200 with that body. */
static inline void expect_get(struct driver *d, const char *path, const char *want) {
	struct ry_http_response res;

	expect_ok(get(d, path, &res));
	expect_int(res.status, 200);
	expect_body(&res, want);
	ry_http_release(&d->binding, &res);
}

/* A number of what the server counts. */
static inline unsigned count_of(struct driver *d, const char *what) {
	struct ry_http_response res;
	char text[512], name[64];
	const char *at;
	unsigned n;

	expect_ok(get(d, "/counts", &res));
	snprintf(text, sizeof(text), "%.*s", (int)res.body_length, (const char *)res.body);
	snprintf(name, sizeof(name), "\"%s\": ", what);
	at = strstr(text, name);
	ck_assert_msg(at, "no %s in %s", what, text);
	n = (unsigned)strtoul(at + strlen(name), NULL, 10);
	ry_http_release(&d->binding, &res);
	return n;
}

/* A test that runs in both ways: NAME(bool async) becomes NAME_consume and NAME_aconsume. */
#define BOTH_WAYS(name)                \
	START_TEST(name##_by_consume)  \
	{ name(false); }               \
	END_TEST                       \
	START_TEST(name##_by_aconsume) \
	{ name(true); }                \
	END_TEST
#define BOTH(name) name##_by_consume, name##_by_aconsume

#endif
