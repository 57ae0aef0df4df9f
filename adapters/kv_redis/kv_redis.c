/* SPDX-License-Identifier: Apache-2.0 */
/* kv.redis: the adapter type, and the module that brings it. */
#include "kv_redis.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <event2/event.h>

#include <railyard/plugin.h>

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct kv_redis_config, host, RY_CONFIG_STRING,
	       "name or address of the server; 127.0.0.1 unless there is unix_path; a name is "
	       "resolved once, at the start"),
	RY_KEY(struct kv_redis_config, port, RY_CONFIG_INT, "TCP port of the server; 0: 6379",
	       .fallback = "0", RY_RANGE(0, 65535)),
	RY_KEY(struct kv_redis_config, unix_path, RY_CONFIG_PATH,
	       "socket of the server, instead of host and port"),
	RY_KEY(struct kv_redis_config, username, RY_CONFIG_STRING,
	       "user to log in as, with password; the server's default user without"),
	RY_KEY(struct kv_redis_config, password, RY_CONFIG_STRING, "password to log in with",
	       .flags = RY_CONFIG_SECRET),
	RY_KEY(struct kv_redis_config, db, RY_CONFIG_INT, "number of the database", .fallback = "0",
	       RY_RANGE(0, 1000000)),
	RY_KEY(struct kv_redis_config, key_prefix, RY_CONFIG_STRING,
	       "stands before every key on the server; at most 256 bytes", .fallback = ""),
	RY_KEY(struct kv_redis_config, timeout_ms, RY_CONFIG_INT,
	       "deadline of a call that brings none", .unit = "ms", .fallback = "1000",
	       RY_RANGE(1, 3600000)),
	RY_KEY(struct kv_redis_config, connect_timeout_ms, RY_CONFIG_INT,
	       "an attempt to connect and log in ends after this", .unit = "ms", .fallback = "2000",
	       RY_RANGE(1, 3600000)),
	RY_KEY(struct kv_redis_config, silence_ms, RY_CONFIG_INT,
	       "a connection that owes an answer and brings nothing for so long is closed",
	       .unit = "ms", .fallback = "10000", RY_RANGE(1, 3600000)),
	RY_KEY(struct kv_redis_config, max_pending, RY_CONFIG_INT,
	       "calls that wait for a connection or an answer; beyond it they fail with EAGAIN",
	       .unit = "items", .fallback = "1024", RY_RANGE(1, 65536)),
	RY_KEY(struct kv_redis_config, max_value_bytes, RY_CONFIG_INT,
	       "longest value to write or read", .unit = "bytes", .fallback = "16777216",
	       RY_RANGE(64, 536870912)),
	NULL,
};

/* -- shared --------------------------------------------------------------------------------- */

uint64_t monotonic_ns(void) {
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void timer_set(struct event *timer, uint64_t after_ns) {
	uint64_t us = (after_ns + 999) / 1000;
	struct timeval after = {.tv_sec = (time_t)(us / 1000000),
				.tv_usec = (suseconds_t)(us % 1000000)};

	event_add(timer, &after);
}

void kv_redis_log(const struct kv_redis *kv, uint32_t level, const char *message, const char *why) {
	const struct ry_log_service *log = kv->host->get(kv->host, RY_LOG, 1);
	const struct ry_field field = {RY_SIZE(ry_field), RY_VALUE_STRING, "why", {.string = why}};
	const struct ry_field *const fields[] = {&field};

	if (log)
		log->write(kv->host, level, message, fields, why && *why ? 1 : 0);
}

/* -- the contract --------------------------------------------------------------------------- */

static int kv_get(void *self, const void *request, void *result, struct ry_call *call) {
	return request_begin(self, RY_KV_GET, request, result, call);
}

static int kv_put(void *self, const void *request, void *result, struct ry_call *call) {
	return request_begin(self, RY_KV_PUT, request, result, call);
}

static int kv_remove(void *self, const void *request, void *result, struct ry_call *call) {
	return request_begin(self, RY_KV_REMOVE, request, result, call);
}

static int kv_increment(void *self, const void *request, void *result, struct ry_call *call) {
	return request_begin(self, RY_KV_INCREMENT, request, result, call);
}

/* -- the adapter ---------------------------------------------------------------------------- */

static int define_metrics(struct kv_redis *kv) {
	const struct ry_metrics_service *metrics = kv->host->get(kv->host, RY_METRICS, 1);
	int r;

	if (!metrics)
		return 0;
	r = metrics->define(kv->host, "connects", RY_METRIC_COUNTER, "1",
			    "connections that the server accepted", &kv->connects);
	if (r == 0)
		r = metrics->define(kv->host, "timeouts", RY_METRIC_COUNTER, "1",
				    "calls that ended at their deadline", &kv->timeouts);
	if (r == 0)
		r = metrics->define(kv->host, "late_answers", RY_METRIC_COUNTER, "1",
				    "answers to calls that had been given up", &kv->late);
	if (r == 0)
		kv->metrics = metrics;
	return r;
}

static void destroy(void *self) {
	struct kv_redis *kv = self;

	requests_stop(kv);
	connection_stop(kv);
	requests_fini(kv);
	reply_free(kv->value);
	free(kv);
}

static int create(const struct ry_create *create_with, void **ret_self) {
	struct kv_redis *kv;
	char why[128];
	int r;

	kv = calloc(1, sizeof(*kv));
	if (!kv)
		return -ENOMEM;
	kv->host = create_with->host;
	kv->config = create_with->config;
	kv->loop = kv->host->get(kv->host, RY_LOOP, 1);
	requests_init(kv);
	r = kv->loop ? config_check(kv->config, why, sizeof(why)) : -ENOTSUP;
	if (r < 0)
		kv_redis_log(kv, RY_LOG_ERROR, "cannot be made",
			     kv->loop ? why : "there is no event loop here");
	if (r == 0)
		r = define_metrics(kv);
	if (r < 0) {
		destroy(kv);
		return r;
	}
	*ret_self = kv;
	return 0;
}

static int start(void *self) {
	struct kv_redis *kv = self;
	struct event_base *base = kv->loop->event_base(kv->host);
	int r = requests_start(kv, base);

	return r < 0 ? r : connection_start(kv, base);
}

static int stop(void *self) {
	requests_stop(self);
	connection_stop(self);
	return 0;
}

static const struct ry_adapter_ops ops = {
	RY_SIZE(ry_adapter_ops), .create = create,	  .start = start, .stop = stop,
	.destroy = destroy,	 .check = kv_redis_check,
};

static ry_op *const kv_ops[RY_KV_OP_COUNT] = {
	[RY_KV_GET] = kv_get,
	[RY_KV_PUT] = kv_put,
	[RY_KV_REMOVE] = kv_remove,
	[RY_KV_INCREMENT] = kv_increment,
};

static const struct ry_provides provides_kv = {
	RY_SIZE(ry_provides),	    .flags = RY_OFFERS_ACONSUME, .major = RY_KV_MAJOR,
	.minor = RY_KV_MINOR,	    .contract = RY_KV,		 .ops = kv_ops,
	.op_count = RY_KV_OP_COUNT,
};

static const struct ry_provides *const provides[] = {&provides_kv, NULL};

static const struct ry_adapter_type kv_redis = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_NEEDS_LOOP | RY_ADAPTER_STATEFUL | RY_ADAPTER_SURVIVES_CRASH |
		 RY_ADAPTER_MULTI_PROCESS,
	.config_size = sizeof(struct kv_redis_config),
	.name = "kv.redis",
	.summary = "keys and values on a Redis server",
	.ops = &ops,
	.provides = provides,
	.keys = keys,
};

static const struct ry_plugin module = {
	RY_PLUGIN_HEADER,
	.name = "kv_redis",
	.version = "1.0.0",
	.summary = "kv.redis: keys and values on a Redis server",
	.adapters = (const struct ry_adapter_type *const[]){&kv_redis, NULL},
};

RY_PLUGIN_EXPORT const struct ry_plugin *ry_plugin_query(uint32_t host_abi) {
	(void)host_abi;
	return &module;
}
