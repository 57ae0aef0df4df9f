/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest as a model: every platform block bound by its key table (manifest/keys.c, the
 * single source for validation, defaults, schema and reference), with the JSON it came from for
 * the places of findings. Types of nodes and adapters are not known here: their `config` and
 * `settings` are bound by the plan.
 *
 * Member types follow <railyard/config.h>: uint8_t for booleans, int64_t, int32_t for words.
 */
#ifndef MANIFEST_MANIFEST_H
#define MANIFEST_MANIFEST_H

#include "manifest/bind.h"
#include "manifest/doc.h"

enum bootstrap_mode { BOOTSTRAP_UNSET, BOOTSTRAP_INLINE, BOOTSTRAP_PROCESS_SUPERVISOR };
enum runner_profile { RUNNER_AUTO, RUNNER_SYNC, RUNNER_ASYNC };
enum sink_mode { SINK_SOURCE_SEQ, SINK_COMPLETION };
enum bridge { BRIDGE_NONE, BRIDGE_WAIT, BRIDGE_OFFLOAD };
enum adapter_scope { SCOPE_PROCESS, SCOPE_GROUP, SCOPE_NODE };
enum restart_policy { RESTART_NEVER, RESTART_ON_FAILURE, RESTART_ALWAYS };
enum crash_loop_policy { CRASH_LOOP_RETRY, CRASH_LOOP_ESCALATE };
enum on_error { ON_ERROR_FAIL, ON_ERROR_DROP, ON_ERROR_RETRY, ON_ERROR_DEAD_LETTER };
enum exporter_placement { PLACEMENT_THREAD, PLACEMENT_RUNNER };
enum exporter_slice { SLICE_ALL, SLICE_BUSINESS_LOGIC, SLICE_PLATFORM_INTERNALS };
enum drop_policy { DROP_NEWEST, DROP_OLDEST, DROP_BLOCK_WITH_TIMEOUT };
enum sampler {
	SAMPLER_ALWAYS_ON,
	SAMPLER_ALWAYS_OFF,
	SAMPLER_TRACEIDRATIO,
	SAMPLER_PARENTBASED_ALWAYS_ON,
	SAMPLER_PARENTBASED_ALWAYS_OFF,
	SAMPLER_PARENTBASED_TRACEIDRATIO,
};
enum log_mode { LOG_MODE_DIRECT, LOG_MODE_BUFFERED };
enum log_backpressure { LOG_DROP_NEWEST, LOG_DROP_OLDEST, LOG_BLOCK };
enum log_kind { LOG_STDERR, LOG_STDOUT, LOG_FILE, LOG_JSONL };
enum log_scope { LOG_SCOPE_LIFECYCLE, LOG_SCOPE_ALL };
enum metrics_kind { METRICS_PROMETHEUS, METRICS_TEXTFILE };

struct manifest_restart {
	int32_t policy; /* enum restart_policy */
	int32_t on_crash_loop;
	int64_t backoff_ms, backoff_max_ms, max_restarts, window_ms;
};

struct manifest_limits {
	int64_t memory_bytes, open_files, processes, cpu_seconds; /* 0: none */
	const char *user;
};

struct manifest_group {
	struct bind_named head; /* head.doc: the group's object */
	const char *name;
	struct ry_string_list nodes;
	int32_t runner_profile; /* enum runner_profile */
	int64_t workers;
	const char *partition_by;
	int64_t heartbeat_ms, heartbeat_timeout_ms;
	struct manifest_restart restart;
	struct manifest_limits limits;
	struct ry_string_map env;
};

struct manifest_platform {
	struct {
		int32_t mode; /* enum bootstrap_mode */
	} bootstrap;
	struct {
		int64_t ready_timeout_ms, drain_timeout_ms, term_timeout_ms;
	} lifecycle;
	struct manifest_restart restart;
	struct {
		int32_t transport, delivery; /* one word each yet */
		int64_t capacity_bytes, max_message_bytes;
	} links;
	struct {
		int64_t max_deaths;
		const char *dead_letter;
	} poison;
	const char *state_dir;
	struct ry_block_list process_groups; /* struct manifest_group */
};

struct manifest_on_error {
	int32_t policy; /* enum on_error; the word when the key is a plain string */
	int32_t then;	/* RETRY: after the last attempt; enum on_error without RETRY */
	int64_t max_retries, backoff_ms;
	const char *dead_letter; /* an adapter's name */
};

struct manifest_binding {
	struct bind_named head; /* head.name: the slot */
	const char *adapter;
	int32_t bridge; /* enum bridge */
};

struct manifest_node {
	struct bind_named head; /* head.name: the node's name */
	const char *type;	/* the node's name when absent */
	const struct doc_value *config;
	struct ry_block_list bind; /* struct manifest_binding */
	int32_t bridge;		   /* NONE or OFFLOAD */
	struct ry_string_list inputs;
	uint8_t has_inputs; /* set after binding: `inputs` is there, if only empty */
	uint8_t ordered;
	int64_t max_in_flight, timeout_ms /* -1: by the node's nature */, max_outputs;
	struct manifest_on_error on_error;
};

struct manifest_adapter {
	struct bind_named head; /* head.name: the adapter's name */
	const char *type;
	const struct doc_value *settings;
	struct ry_block_list bind; /* struct manifest_binding */
	int32_t scope;		   /* enum adapter_scope */
	struct ry_string_list inputs;
	uint8_t has_inputs;
};

struct manifest_batch {
	int64_t max_items, flush_interval_ms;
};

struct manifest_exporter_queue {
	int64_t max_items, max_bytes, block_timeout_ms;
	int32_t drop_policy; /* enum drop_policy */
};

struct manifest_retry {
	int64_t max_retries, backoff_ms, backoff_max_ms;
};

struct manifest_exporter_settings {
	const char *endpoint;
	int32_t protocol;	      /* 0 http/protobuf, 1 http/json */
	int32_t compression;	      /* 0 none, 1 gzip */
	struct ry_string_map headers; /* secret */
	int64_t timeout_ms;
	struct {
		const char *ca_file, *cert_file, *key_file, *server_name;
	} tls;
	struct manifest_batch batch;
	struct manifest_exporter_queue queue;
	struct manifest_retry retry;
	uint8_t bridge;
	struct ry_string_list fallback;
	const char *path;
	/* The backends' own blocks; curl_easy, curl_session and otel_sdk have no keys yet. */
	struct {
		int32_t mode; /* 0 async, 1 sync */
		uint8_t http2;
		int64_t max_connections, max_keepalive_connections;
	} curl_multi;
	struct {
		int64_t connector_limit;	  /* 0: none */
		int64_t connector_limit_per_host; /* 0: none */
		int64_t shutdown_timeout_ms;
	} evhttp;
	struct {
		int64_t num_pools, maxsize;
		uint8_t block;
	} curl_pool;
	struct {
		uint8_t insecure;
		int64_t timeout_ms; /* 0: settings.timeout_ms */
		struct ry_string_list retryable_status_codes;
		int64_t keepalive_time_ms; /* 0: off */
	} grpc;
};

struct manifest_exporter {
	struct bind_named head;
	const char *kind; /* otel_otlp, zipkin, jsonl, stdout, noop, or a plugin's adapter type */
	const char *backend; /* NULL: absent; the default for otel_otlp and zipkin is curl_multi */
	uint8_t enabled;
	int32_t slice, placement;
	struct manifest_exporter_settings settings;
	const struct doc_value *settings_doc; /* for keys that only the kind or backend knows */
};

struct manifest_log_exporter {
	struct bind_named head;
	int32_t kind, mode; /* enum log_kind, enum log_scope */
	struct {
		const char *path;
	} settings;
};

struct manifest_metrics_exporter {
	struct bind_named head;
	int32_t kind; /* enum metrics_kind */
	struct {
		const char *listen, *path;
		int64_t interval_ms;
	} settings;
};

struct manifest_observability {
	struct {
		const char *service_name, *service_namespace, *service_version;
		const char *deployment_environment;
		uint8_t by_group;
		struct ry_string_map attributes;
	} resource;
	int64_t shutdown_timeout_ms;
	struct {
		int32_t sampler;
		double sampler_arg; /* traceidratio: 0..1 */
		int64_t emit_capacity_bytes;
		struct ry_block_list exporters; /* struct manifest_exporter */
	} tracing;
	struct {
		int32_t mode, backpressure;
		struct {
			int64_t max_items;
		} queue;
		struct {
			int64_t max_batch, interval_ms;
		} flush;
		struct ry_block_list exporters; /* struct manifest_log_exporter */
		struct {
			uint8_t enabled;
			int32_t level; /* enum ry_log_level */
		} lifecycle_events;
	} logging;
	struct {
		struct ry_block_list exporters; /* struct manifest_metrics_exporter */
	} metrics;
};

struct manifest_runtime {
	uint8_t strict;
	struct {
		int32_t sink_mode;
	} ordering;
	struct {
		int64_t max_items;
	} queues;
	int64_t stall_warning_ms;
	struct {
		int64_t threads, queue;
	} offload;
	struct manifest_platform platform;
	struct manifest_observability observability;
};

struct manifest {
	struct doc doc;
	struct arena arena;
	const char *dir;	 /* absolute folder of the file */
	const char *working_dir; /* absolute; "." when it was removed */
	const char *schema;	 /* `$schema`, which editors read */
	int64_t version;
	struct {
		const char *name, *description;
	} scenario;
	struct ry_string_list plugins; /* names or paths, as written */
	struct manifest_runtime runtime;
	struct ry_block_list nodes;    /* struct manifest_node, in the order of the text */
	struct ry_block_list adapters; /* struct manifest_adapter */
	bool inline_forced;	       /* `--inline` */
	bool resolve;		       /* `run` and `validate --env` */
	const char **unknown_env;      /* see struct bind */
	size_t n_unknown_env;
};

struct manifest_options {
	const char *const *sets; /* `--set` in order */
	size_t n_sets;
	bool resolve;
	bool force_inline;
};

/*
 * Loads, patches and binds: phases 1 and 2. Findings in diag. Returns 0 with a model as complete as
 * the findings allow, or -EBADMSG when there is no document at all. manifest: zeroed by the
 * caller; manifest_fini in either case.
 */
int manifest_load(struct manifest *manifest, const char *path,
		  const struct manifest_options *options, struct diag *diag);
/* The same from memory, for tests and fuzzing. */
int manifest_parse(struct manifest *manifest, const char *file, const char *text, size_t length,
		   const struct manifest_options *options, struct diag *diag);
void manifest_fini(struct manifest *manifest);

/* Binds a component's `config` or `settings`: bind_block with the manifest's folders. */
int manifest_bind(struct manifest *manifest, const struct ry_config_key *const *keys,
		  const struct doc_value *object, const struct doc_value *owner, void *config,
		  struct diag *diag);

/*
 * The same for what a kind of exporter has of its own in `settings`: the keys that the pipeline
 * takes care of (batch, queue, retry, fallback, bridge, timeouts) are no mistakes there.
 */
int manifest_bind_exporter(struct manifest *manifest, const struct ry_config_key *const *keys,
			   const struct manifest_exporter *exporter, void *config,
			   struct diag *diag);

/* Is this one of the kinds that need no plugin (otel_otlp, zipkin, jsonl, stdout, noop)? */
bool manifest_exporter_builtin(const char *kind);

/* The ways of sending (observability.md), NULL-terminated. */
extern const char *const manifest_backends[];

/* The table of the whole document, for the schema and the reference page. */
extern const struct ry_config_key *const manifest_keys[];

#endif
