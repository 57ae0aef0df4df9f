/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the parts of http_client.curl:
 *
 *	http_client.c	the adapter type: settings, instance, operations; consume
 *	transfer.c	one request as a libcurl easy handle, and what became of it
 *	multi.c		aconsume: libcurl's multi socket interface on the host's loop
 *	answer.c	an answer while it comes in
 *	check.c		what can be said of settings before a start
 *	global.c	libcurl's process-wide start and end
 */
#ifndef HTTP_CLIENT_CLIENT_H
#define HTTP_CLIENT_CLIENT_H

#include <curl/curl.h>

#include <railyard/adapter.h>
#include <railyard/http_client.h>

#include "http_client/answer.h"

enum http_version { HTTP_VERSION_1_1, HTTP_VERSION_2 };

struct http_tls {
	const char *ca_file, *cert_file, *key_file;
};

struct http_settings {
	int64_t timeout_ms, connect_timeout_ms;
	int64_t max_connections, max_connections_per_host;
	int64_t max_response_bytes;
	int32_t http_version; /* enum http_version */
	uint8_t keep_alive, follow_redirects;
	const char *user_agent;
	const char *proxy; /* NULL: as the environment says; "": none */
	struct http_tls tls;
};

struct http_client;

/* One request. Kept with its easy handle when it has ended, for the next one. */
struct transfer {
	struct http_client *client;
	struct transfer *next, *previous; /* in flight, or (next alone) spare */
	CURL *easy;
	struct curl_slist *headers;
	struct answer answer;
	struct ry_http_response *res;
	char words[CURL_ERROR_SIZE]; /* of libcurl, about an error */
	/* aconsume only: */
	struct ry_call *call;
	struct ry_timer *deadline;
};

struct http_metrics {
	const struct ry_metrics_service *service; /* NULL: none, and no metrics either */
	struct ry_metric *requests, *failures, *connections, *in_flight;
	int64_t n_in_flight;
};

struct http_client {
	const struct ry_host *host;
	const struct ry_memory_service *memory;
	const struct ry_loop_service *loop; /* NULL: a synchronous group, consume only */
	const struct http_settings *settings;
	struct http_metrics metrics;
	struct transfer *spare;
	uint32_t n_spare;
	/* multi.c: */
	CURLM *multi; /* NULL: not on a loop, or not started */
	struct transfer *flight;
	struct watch *watches;
	struct ry_timer *timer; /* when libcurl wants to be called; NULL: not */
};

static inline void count(const struct http_client *client, struct ry_metric *metric, int64_t n) {
	if (client->metrics.service)
		client->metrics.service->add(metric, n);
}

/* -- transfer.c ----------------------------------------------------------------------------- */

/*
 * A transfer with its easy handle ready to run, or a negative errno: -EINVAL (a request that
 * cannot be sent), -ENOMEM. What req points to stays the caller's and must live as long.
 */
int transfer_new(struct http_client *client, const struct ry_http_request *req,
		 struct ry_http_response *res, struct transfer **ret);

/* After libcurl has ended it: fills the response. Returns 0 or the contract's errno. */
int transfer_conclude(struct transfer *transfer, CURLcode code);

/* Keeps or frees it. The easy handle is in no multi handle. */
void transfer_end(struct transfer *transfer);

/* Frees those that are kept. */
void transfers_free(struct http_client *client);

/* -- multi.c -------------------------------------------------------------------------------- */

int multi_start(struct http_client *client);
/* Also ends what is in flight, without a word to its caller. Accepts one that was not started. */
void multi_stop(struct http_client *client);

/* Starts a transfer, which is the multi's then. deadline_ns: CLOCK_MONOTONIC. RY_PENDING or errno. */
int multi_begin(struct http_client *client, struct transfer *transfer, struct ry_call *call,
		uint64_t after_ns);

/* -- global.c, check.c ---------------------------------------------------------------------- */

/* Balanced; any thread. 0 or -ENOMEM. */
int global_acquire(void);
void global_release(void);

int check_settings(const void *config, char *why, uint32_t cap);

#endif
