/* SPDX-License-Identifier: Apache-2.0 */
/* Elements of `runtime.observability.tracing.exporters`. */
#include "manifest/keys.h"

#define SETTINGS(member) BLOCK_TYPE(struct manifest_exporter_settings, member)

const char *const manifest_backends[] = {
	"curl_easy", "curl_session", "curl_multi", "evhttp", "curl_pool", "grpc", "otel_sdk", NULL,
};

static const char *const slices[] = {"all", "business_logic", "platform_internals", NULL};
static const char *const placements[] = {"thread", "runner", NULL};
static const char *const protocols[] = {"http/protobuf", "http/json", NULL};
static const char *const compressions[] = {"none", "gzip", NULL};
static const char *const drop_policies[] = {
	"drop_newest",
	"drop_oldest",
	"block_with_timeout",
	NULL,
};
static const char *const multi_modes[] = {"async", "sync", NULL};

static const struct ry_config_key *const tls_keys[] = {
	RY_KEY(SETTINGS(tls), ca_file, RY_CONFIG_PATH,
	       "certificates to trust; the default are the system's"),
	RY_KEY(SETTINGS(tls), cert_file, RY_CONFIG_PATH, "own certificate, with key_file"),
	RY_KEY(SETTINGS(tls), key_file, RY_CONFIG_PATH, "own private key, with cert_file"),
	RY_KEY(SETTINGS(tls), server_name, RY_CONFIG_STRING,
	       "name to check the server's certificate for, if not that of the endpoint"),
	NULL,
};

static const struct ry_config_key *const batch_keys[] = {
	RY_KEY(struct manifest_batch, max_items, RY_CONFIG_INT,
	       "spans in one request; at most the queue", .unit = "spans", .fallback = "512",
	       RY_RANGE(1, 65536)),
	RY_KEY(struct manifest_batch, flush_interval_ms, RY_CONFIG_INT,
	       "the longest that a span waits for others; 0: only by count and at the end",
	       .unit = "ms", .fallback = "1000", RY_RANGE(0, 3600000)),
	NULL,
};

static const struct ry_config_key *const queue_keys[] = {
	RY_KEY(struct manifest_exporter_queue, max_items, RY_CONFIG_INT,
	       "spans that may wait; 2048 with the backend otel_sdk", .unit = "spans",
	       .fallback = "16384", RY_RANGE(1, 16777216)),
	RY_KEY(struct manifest_exporter_queue, max_bytes, RY_CONFIG_INT,
	       "memory of the spans that may wait", .unit = "bytes", .fallback = "4194304",
	       RY_RANGE(4096, 1073741824)),
	RY_KEY(struct manifest_exporter_queue, drop_policy, RY_CONFIG_ENUM,
	       "what happens when the queue is full; block_with_timeout in sync groups only",
	       .choices = drop_policies, .fallback = "drop_newest"),
	RY_KEY(struct manifest_exporter_queue, block_timeout_ms, RY_CONFIG_INT,
	       "block_with_timeout: the longest wait", .unit = "ms", .fallback = "100",
	       RY_RANGE(1, 60000)),
	NULL,
};

static const struct ry_config_key *const retry_keys[] = {
	RY_KEY(struct manifest_retry, max_retries, RY_CONFIG_INT,
	       "further tries of a request that failed, after the first", .unit = "tries",
	       .fallback = "4", RY_RANGE(0, 100)),
	RY_KEY(struct manifest_retry, backoff_ms, RY_CONFIG_INT,
	       "the longest wait before the second try; doubles, with full jitter", .unit = "ms",
	       .fallback = "500", RY_RANGE(1, 3600000)),
	RY_KEY(struct manifest_retry, backoff_max_ms, RY_CONFIG_INT,
	       "the longest wait before any try", .unit = "ms", .fallback = "30000",
	       RY_RANGE(1, 3600000)),
	NULL,
};

static const struct ry_config_key *const no_keys[] = {NULL};

static const struct ry_config_key *const multi_keys[] = {
	RY_KEY(SETTINGS(curl_multi), mode, RY_CONFIG_ENUM,
	       "async: driven by the event loop; sync: each request is waited for",
	       .choices = multi_modes, .fallback = "async"),
	RY_KEY(SETTINGS(curl_multi), http2, RY_CONFIG_BOOL, "HTTP/2 by ALPN; only with https",
	       .fallback = "false"),
	RY_KEY(SETTINGS(curl_multi), max_connections, RY_CONFIG_INT,
	       "connections at once, and so requests", .unit = "connections", .fallback = "8",
	       RY_RANGE(1, 1024)),
	RY_KEY(SETTINGS(curl_multi), max_keepalive_connections, RY_CONFIG_INT,
	       "idle connections that are kept", .unit = "connections", .fallback = "4",
	       RY_RANGE(0, 1024)),
	NULL,
};

static const struct ry_config_key *const evhttp_keys[] = {
	RY_KEY(SETTINGS(evhttp), connector_limit, RY_CONFIG_INT, "connections at once; 0: no limit",
	       .unit = "connections", .fallback = "100", RY_RANGE(0, 1024)),
	RY_KEY(SETTINGS(evhttp), connector_limit_per_host, RY_CONFIG_INT,
	       "connections at once to one host; 0: no limit", .unit = "connections",
	       .fallback = "0", RY_RANGE(0, 1024)),
	RY_KEY(SETTINGS(evhttp), shutdown_timeout_ms, RY_CONFIG_INT,
	       "the longest that the last requests may take", .unit = "ms", .fallback = "5000",
	       RY_RANGE(0, 600000)),
	NULL,
};

static const struct ry_config_key *const pool_keys[] = {
	RY_KEY(SETTINGS(curl_pool), num_pools, RY_CONFIG_INT,
	       "hosts whose connections are kept; the least recently used goes", .unit = "hosts",
	       .fallback = "10", RY_RANGE(1, 1024)),
	RY_KEY(SETTINGS(curl_pool), maxsize, RY_CONFIG_INT,
	       "sender threads, each with a connection of its own", .unit = "threads",
	       .fallback = "4", RY_RANGE(1, 64)),
	RY_KEY(SETTINGS(curl_pool), block, RY_CONFIG_BOOL,
	       "wait for a free connection (true), or open one for a single use",
	       .fallback = "false"),
	NULL,
};

static const struct ry_config_key *const grpc_keys[] = {
	RY_KEY(SETTINGS(grpc), insecure, RY_CONFIG_BOOL, "HTTP/2 without TLS", .fallback = "false"),
	RY_KEY(SETTINGS(grpc), timeout_ms, RY_CONFIG_INT,
	       "deadline of a call, sent as grpc-timeout; 0: settings.timeout_ms", .unit = "ms",
	       .fallback = "0", RY_RANGE(0, 3600000)),
	RY_KEY(SETTINGS(grpc), retryable_status_codes, RY_CONFIG_STRING_LIST,
	       "names of gRPC status codes that are tried again; the default are OTLP's"),
	RY_KEY(SETTINGS(grpc), keepalive_time_ms, RY_CONFIG_INT,
	       "time between pings on a quiet connection; 0: none", .unit = "ms", .fallback = "0",
	       RY_RANGE(0, 86400000)),
	NULL,
};

const struct ry_config_key *const exporter_settings_keys[] = {
	RY_KEY(struct manifest_exporter_settings, endpoint, RY_CONFIG_STRING,
	       "URL to send to (host:port too, with grpc); the default is OTLP's"),
	RY_KEY(struct manifest_exporter_settings, protocol, RY_CONFIG_ENUM,
	       "encoding of OTLP; that of gRPC comes with the backend", .choices = protocols,
	       .fallback = "http/protobuf"),
	RY_KEY(struct manifest_exporter_settings, headers, RY_CONFIG_STRING_MAP,
	       "further headers of each request", .flags = RY_CONFIG_SECRET),
	RY_KEY(struct manifest_exporter_settings, timeout_ms, RY_CONFIG_INT,
	       "the longest that a whole request may take", .unit = "ms", .fallback = "10000",
	       RY_RANGE(1, 600000)),
	RY_KEY(struct manifest_exporter_settings, compression, RY_CONFIG_ENUM,
	       "compression of the request's body", .choices = compressions, .fallback = "none"),
	RY_KEY(struct manifest_exporter_settings, tls, RY_CONFIG_BLOCK, "TLS of https endpoints",
	       .keys = tls_keys),
	RY_KEY(struct manifest_exporter_settings, batch, RY_CONFIG_BLOCK,
	       "how spans are put together", .keys = batch_keys),
	RY_KEY(struct manifest_exporter_settings, queue, RY_CONFIG_BLOCK,
	       "spans that wait for this exporter; both bounds hold", .keys = queue_keys),
	RY_KEY(struct manifest_exporter_settings, retry, RY_CONFIG_BLOCK, "requests that fail",
	       .keys = retry_keys),
	RY_KEY(struct manifest_exporter_settings, bridge, RY_CONFIG_BOOL,
	       "allow a backend whose nature does not fit the runner", .fallback = "false"),
	RY_KEY(struct manifest_exporter_settings, fallback, RY_CONFIG_STRING_LIST,
	       "kinds of exporters to use while this one fails, in this order"),
	RY_KEY(struct manifest_exporter_settings, path, RY_CONFIG_PATH,
	       "kinds that write a file: its path; {group} and {worker} are replaced"),
	RY_KEY(struct manifest_exporter_settings, curl_multi, RY_CONFIG_BLOCK,
	       "the backend curl_multi", .keys = multi_keys),
	RY_KEY(struct manifest_exporter_settings, evhttp, RY_CONFIG_BLOCK, "the backend evhttp",
	       .keys = evhttp_keys),
	RY_KEY(struct manifest_exporter_settings, curl_pool, RY_CONFIG_BLOCK,
	       "the backend curl_pool", .keys = pool_keys),
	RY_KEY(struct manifest_exporter_settings, grpc, RY_CONFIG_BLOCK, "the backend grpc",
	       .keys = grpc_keys),
	RY_KEY_NAMED("curl_easy", struct manifest_exporter_settings, endpoint, RY_CONFIG_BLOCK,
		     "the backend curl_easy; it has no keys of its own", .keys = no_keys),
	RY_KEY_NAMED("curl_session", struct manifest_exporter_settings, endpoint, RY_CONFIG_BLOCK,
		     "the backend curl_session; it has no keys of its own", .keys = no_keys),
	RY_KEY_NAMED("otel_sdk", struct manifest_exporter_settings, endpoint, RY_CONFIG_BLOCK,
		     "the backend otel_sdk; it has no keys of its own", .keys = no_keys),
	NULL,
};

const struct ry_config_key *const exporter_keys[] = {
	RY_KEY(struct manifest_exporter, kind, RY_CONFIG_STRING,
	       "otel_otlp, zipkin, jsonl, stdout, noop, or one that a plugin brings",
	       .flags = RY_CONFIG_REQUIRED),
	RY_KEY(struct manifest_exporter, enabled, RY_CONFIG_BOOL, "is it used", .fallback = "true"),
	RY_KEY(struct manifest_exporter, backend, RY_CONFIG_STRING,
	       "otel_otlp and zipkin: the way of sending: curl_easy, curl_session, curl_multi (the "
	       "default), evhttp, curl_pool, grpc or otel_sdk"),
	RY_KEY(struct manifest_exporter, slice, RY_CONFIG_ENUM, "which spans it gets",
	       .choices = slices, .fallback = "all"),
	RY_KEY(struct manifest_exporter, placement, RY_CONFIG_ENUM,
	       "on the exporter thread, or on the group's own (for single-threaded runs)",
	       .choices = placements, .fallback = "thread"),
	RY_KEY(struct manifest_exporter, settings, RY_CONFIG_BLOCK, "settings of the exporter",
	       .flags = BIND_OPEN, .keys = exporter_settings_keys),
	NULL,
};
