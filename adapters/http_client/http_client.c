/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_client.curl: the contract "http_client" by libcurl. consume runs an easy handle and blocks;
 * aconsume is multi.c. An instance offers both; a synchronous group has consume alone.
 */
#include "http_client/http_client.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "http_client/client.h"
#include "stream/report.h"

#define NS_PER_MS UINT64_C(1000000)

static const char *const versions[] = {"1.1", "2", NULL};

static const struct ry_config_key *const tls_keys[] = {
	RY_KEY(struct http_tls, ca_file, RY_CONFIG_PATH,
	       "certificates (PEM) that servers are verified by, instead of the system's",
	       .unit = NULL),
	RY_KEY(struct http_tls, cert_file, RY_CONFIG_PATH,
	       "the client's certificate (PEM), for servers that ask for one", .unit = NULL),
	RY_KEY(struct http_tls, key_file, RY_CONFIG_PATH,
	       "its key (PEM, without a passphrase); by default in cert_file", .unit = NULL),
	NULL,
};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct http_settings, timeout_ms, RY_CONFIG_INT,
	       "a whole request, from the call to the last byte, waiting for a connection included",
	       .unit = "ms", .fallback = "30000", RY_RANGE(1, 86400000)),
	RY_KEY(struct http_settings, connect_timeout_ms, RY_CONFIG_INT,
	       "name, connection and TLS handshake", .unit = "ms", .fallback = "5000",
	       RY_RANGE(1, 3600000)),
	RY_KEY(struct http_settings, max_connections, RY_CONFIG_INT,
	       "open connections, idle ones included; further requests wait", .unit = "items",
	       .fallback = "64", RY_RANGE(1, 10000)),
	RY_KEY(struct http_settings, max_connections_per_host, RY_CONFIG_INT,
	       "of these to one host and port; 0: all", .unit = "items", .fallback = "0",
	       RY_RANGE(0, 10000)),
	RY_KEY(struct http_settings, keep_alive, RY_CONFIG_BOOL,
	       "connections are kept for the next request", .fallback = "true"),
	RY_KEY(struct http_settings, max_response_bytes, RY_CONFIG_INT,
	       "the body of an answer; a longer one is EMSGSIZE", .unit = "bytes",
	       .fallback = "8388608", RY_RANGE(0, INT64_C(1) << 30)),
	RY_KEY(struct http_settings, http_version, RY_CONFIG_ENUM,
	       "2: HTTP/2 where a server offers it over TLS, else 1.1", .fallback = "1.1",
	       .choices = versions),
	RY_KEY(struct http_settings, follow_redirects, RY_CONFIG_BOOL,
	       "up to 10, never from https to http; otherwise the answer is the redirect",
	       .fallback = "false"),
	RY_KEY(struct http_settings, user_agent, RY_CONFIG_STRING,
	       "of requests that bring none of their own", .fallback = "railyard/" RY_VERSION),
	RY_KEY(struct http_settings, proxy, RY_CONFIG_STRING,
	       "URL of a proxy; \"\": none; by default http_proxy, HTTPS_PROXY, ALL_PROXY and "
	       "NO_PROXY of the environment decide",
	       .flags = RY_CONFIG_SECRET),
	RY_KEY(struct http_settings, tls, RY_CONFIG_BLOCK, "certificates", .keys = tls_keys),
	NULL,
};

/* -- an instance ---------------------------------------------------------------------------- */

static int define_metrics(struct http_client *client) {
	const struct {
		const char *name, *unit, *help;
		uint32_t kind;
		struct ry_metric **metric;
	} rows[] = {
		{"requests", "requests", "requests begun", RY_METRIC_COUNTER,
		 &client->metrics.requests},
		{"failures", "requests", "requests that ended without an answer", RY_METRIC_COUNTER,
		 &client->metrics.failures},
		{"connections", "connections", "connections opened", RY_METRIC_COUNTER,
		 &client->metrics.connections},
		{"in_flight", "requests", "requests that wait or run on the loop", RY_METRIC_GAUGE,
		 &client->metrics.in_flight},
	};
	const struct ry_metrics_service *service = client->host->get(client->host, RY_METRICS, 1);
	int r = 0;

	if (!service)
		return 0;
	for (size_t i = 0; r == 0 && i < sizeof(rows) / sizeof(rows[0]); i++)
		r = service->define(client->host, rows[i].name, rows[i].kind, rows[i].unit,
				    rows[i].help, rows[i].metric);
	client->metrics.service = service;
	return r;
}

static void destroy(void *self) {
	struct http_client *client = self;

	multi_stop(client);
	transfers_free(client);
	client->memory->release(client->host, client);
	global_release();
}

static int create(const struct ry_create *with, void **ret) {
	const struct ry_memory_service *memory = with->host->get(with->host, RY_MEMORY, 1);
	struct http_client *client;
	int r;

	if (!memory)
		return -ENOTSUP;
	r = global_acquire();
	if (r < 0)
		return r;
	client = memory->alloc(with->host, sizeof(*client));
	if (!client) {
		global_release();
		return -ENOMEM;
	}
	*client = (struct http_client){
		.host = with->host,
		.memory = memory,
		.loop = with->host->get(with->host, RY_LOOP, 1),
		.settings = with->config,
	};
	r = define_metrics(client);
	if (r < 0)
		destroy(client);
	else
		*ret = client;
	return r;
}

static int refuse(const struct http_client *client, const char *why) {
	report(client->host, &(struct report){.level = RY_LOG_ERROR,
					      .message = "the HTTP client cannot start",
					      .why = why});
	return -EINVAL;
}

static int start(void *self) {
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
	struct http_client *client = self;
	char why[256];

	if (check_settings(client->settings, why, sizeof(why)) < 0)
		return refuse(client, why);
	if (!(curl->features & CURL_VERSION_SSL))
		return refuse(client, "this libcurl has no TLS");
	if (client->settings->http_version == HTTP_VERSION_2 &&
	    !(curl->features & CURL_VERSION_HTTP2))
		return refuse(client, "this libcurl has no HTTP/2");
	if (!client->loop)
		return 0;
	if (!(curl->features & CURL_VERSION_ASYNCHDNS))
		return refuse(client, "this libcurl would block the loop while it resolves names");
	return multi_start(client);
}

static int stop(void *self) {
	struct http_client *client = self;

	multi_stop(client);
	transfers_free(client);
	return 0;
}

/* -- the contract --------------------------------------------------------------------------- */

static uint64_t now_ns(void) {
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 * NS_PER_MS + (uint64_t)now.tv_nsec;
}

/* The time that a request may take; 0: none is left. */
static uint64_t time_for(const struct http_client *client, const struct ry_http_request *req,
			 const struct ry_call *call) {
	uint64_t limit = NS_PER_MS * (req->timeout_ms ? req->timeout_ms
						      : (uint64_t)client->settings->timeout_ms);
	uint64_t now;

	if (!call || !call->deadline_ns)
		return limit;
	now = now_ns();
	if (call->deadline_ns <= now)
		return 0;
	return call->deadline_ns - now < limit ? call->deadline_ns - now : limit;
}

static int consume(struct transfer *t, uint64_t limit_ns) {
	int r;

	curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)(limit_ns / NS_PER_MS));
	r = transfer_conclude(t, curl_easy_perform(t->easy));
	transfer_end(t);
	return r;
}

static int on_request(void *self, const void *request, void *result, struct ry_call *call) {
	struct http_client *client = self;
	const struct ry_http_request *req = request;
	struct transfer *t;
	uint64_t limit;
	int r;

	if (call && !client->multi)
		return -ENOTSUP;
	limit = time_for(client, req, call);
	if (!limit)
		return -ETIMEDOUT;
	r = transfer_new(client, req, result, &t);
	if (r < 0)
		return r;
	return call ? multi_begin(client, t, call, limit) : consume(t, limit);
}

static int on_release(void *self, const void *request, void *result, struct ry_call *call) {
	const struct http_client *client = self;

	(void)request, (void)call;
	answer_release(client->host, client->memory, result);
	return 0;
}

static ry_op *const ops[RY_HTTP_CLIENT_OP_COUNT] = {
	[RY_HTTP_REQUEST] = on_request,
	[RY_HTTP_RELEASE] = on_release,
};

static const struct ry_provides http_client = {
	RY_SIZE(ry_provides),
	.flags = RY_OFFERS_CONSUME | RY_OFFERS_ACONSUME | RY_CONSUME_MAY_BLOCK,
	.major = RY_HTTP_CLIENT_MAJOR,
	.minor = RY_HTTP_CLIENT_MINOR,
	.contract = RY_HTTP_CLIENT,
	.ops = ops,
	.op_count = RY_HTTP_CLIENT_OP_COUNT,
};

static const struct ry_adapter_ops adapter_ops = {
	RY_SIZE(ry_adapter_ops), .create = create,	  .start = start, .stop = stop,
	.destroy = destroy,	 .check = check_settings,
};

const struct ry_adapter_type http_client_curl = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_MULTI_PROCESS,
	.config_size = sizeof(struct http_settings),
	.name = "http_client.curl",
	.summary = "HTTP and HTTPS requests by libcurl",
	.ops = &adapter_ops,
	.provides = (const struct ry_provides *const[]){&http_client, NULL},
	.keys = keys,
};
