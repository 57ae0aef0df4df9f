/* SPDX-License-Identifier: Apache-2.0 */
/* `runtime.observability`: traces, logs, metrics; exporters of traces stand in keys_exporter.c. */
#include "manifest/keys.h"

#define OBSERVABILITY(member) BLOCK_TYPE(struct manifest_observability, member)

static const char *const samplers[] = {
	"always_on",
	"always_off",
	"traceidratio",
	"parentbased_always_on",
	"parentbased_always_off",
	"parentbased_traceidratio",
	NULL,
};
static const char *const log_modes[] = {"direct", "buffered", NULL};
static const char *const log_backpressures[] = {"drop_newest", "drop_oldest", "block", NULL};
static const char *const log_kinds[] = {"stderr", "stdout", "file", "jsonl", NULL};
static const char *const log_scopes[] = {"lifecycle", "all", NULL};
static const char *const log_levels[] = {"debug", "info", "warning", "error", NULL};
static const char *const metrics_kinds[] = {"prometheus", "textfile", NULL};

static const struct ry_config_key *const resource_keys[] = {
	RY_KEY(OBSERVABILITY(resource), service_name, RY_CONFIG_STRING,
	       "service.name; the default is the scenario's name"),
	RY_KEY(OBSERVABILITY(resource), service_namespace, RY_CONFIG_STRING, "service.namespace"),
	RY_KEY(OBSERVABILITY(resource), service_version, RY_CONFIG_STRING, "service.version"),
	RY_KEY(OBSERVABILITY(resource), deployment_environment, RY_CONFIG_STRING,
	       "deployment.environment.name"),
	RY_KEY(OBSERVABILITY(resource), by_group, RY_CONFIG_BOOL,
	       "add the process group to service.name", .fallback = "false"),
	RY_KEY(OBSERVABILITY(resource), attributes, RY_CONFIG_STRING_MAP,
	       "further resource attributes"),
	NULL,
};

static const struct ry_config_key *const tracing_keys[] = {
	RY_KEY(OBSERVABILITY(tracing), sampler, RY_CONFIG_ENUM, "which traces are recorded",
	       .choices = samplers, .fallback = "parentbased_always_on"),
	RY_KEY(OBSERVABILITY(tracing), sampler_arg, RY_CONFIG_NUMBER,
	       "the share of traces for the traceidratio samplers", .fallback = "1",
	       RY_RANGE(0, 1)),
	RY_KEY(OBSERVABILITY(tracing), emit_capacity_bytes, RY_CONFIG_INT,
	       "memory of each thread for spans that are not exported yet", .unit = "bytes",
	       .fallback = "8388608", RY_RANGE(65536, 1073741824)),
	RY_KEY(OBSERVABILITY(tracing), exporters, RY_CONFIG_BLOCK_LIST, "where spans go",
	       .flags = BIND_NAMED, .element_size = sizeof(struct manifest_exporter),
	       .keys = exporter_keys),
	NULL,
};

static const struct ry_config_key *const log_queue_keys[] = {
	RY_KEY(OBSERVABILITY(logging.queue), max_items, RY_CONFIG_INT, "lines that may wait",
	       .unit = "lines", .fallback = "4096", RY_RANGE(1, 1048576)),
	NULL,
};

static const struct ry_config_key *const flush_keys[] = {
	RY_KEY(OBSERVABILITY(logging.flush), max_batch, RY_CONFIG_INT,
	       "lines that are written together at most", .unit = "lines", .fallback = "256",
	       RY_RANGE(1, 65536)),
	RY_KEY(OBSERVABILITY(logging.flush), interval_ms, RY_CONFIG_INT,
	       "the longest that a line waits for others", .unit = "ms", .fallback = "200",
	       RY_RANGE(1, 3600000)),
	NULL,
};

static const struct ry_config_key *const log_settings_keys[] = {
	RY_KEY(BLOCK_TYPE(struct manifest_log_exporter, settings), path, RY_CONFIG_PATH,
	       "file and jsonl: the file to append to"),
	NULL,
};

static const struct ry_config_key *const log_exporter_keys[] = {
	RY_KEY(struct manifest_log_exporter, kind, RY_CONFIG_ENUM, "where lines go",
	       .flags = RY_CONFIG_REQUIRED, .choices = log_kinds),
	RY_KEY(struct manifest_log_exporter, mode, RY_CONFIG_ENUM,
	       "lifecycle events only, or all lines", .choices = log_scopes, .fallback = "all"),
	RY_KEY(struct manifest_log_exporter, settings, RY_CONFIG_BLOCK, "settings of the kind",
	       .keys = log_settings_keys),
	NULL,
};

static const struct ry_config_key *const lifecycle_events_keys[] = {
	RY_KEY(OBSERVABILITY(logging.lifecycle_events), enabled, RY_CONFIG_BOOL,
	       "write a line when a group or worker changes its state", .fallback = "true"),
	RY_KEY(OBSERVABILITY(logging.lifecycle_events), level, RY_CONFIG_ENUM,
	       "the least level of lifecycle events that are written", .choices = log_levels,
	       .fallback = "info"),
	NULL,
};

static const struct ry_config_key *const logging_keys[] = {
	RY_KEY(OBSERVABILITY(logging), mode, RY_CONFIG_ENUM,
	       "direct: each line is written at once; buffered: by the exporter thread",
	       .choices = log_modes, .fallback = "buffered"),
	RY_KEY(OBSERVABILITY(logging), queue, RY_CONFIG_BLOCK, "buffered: lines that wait",
	       .keys = log_queue_keys),
	RY_KEY(OBSERVABILITY(logging), backpressure, RY_CONFIG_ENUM,
	       "buffered: what happens when the queue is full", .choices = log_backpressures,
	       .fallback = "drop_newest"),
	RY_KEY(OBSERVABILITY(logging), flush, RY_CONFIG_BLOCK, "buffered: when lines are written",
	       .keys = flush_keys),
	RY_KEY(OBSERVABILITY(logging), exporters, RY_CONFIG_BLOCK_LIST,
	       "where lines go; the default is stderr", .flags = BIND_NAMED,
	       .element_size = sizeof(struct manifest_log_exporter), .keys = log_exporter_keys),
	RY_KEY(OBSERVABILITY(logging), lifecycle_events, RY_CONFIG_BLOCK,
	       "events of groups and workers", .keys = lifecycle_events_keys),
	NULL,
};

static const struct ry_config_key *const metrics_settings_keys[] = {
	RY_KEY(BLOCK_TYPE(struct manifest_metrics_exporter, settings), listen, RY_CONFIG_STRING,
	       "prometheus: address and port to serve on", .fallback = "127.0.0.1:9464"),
	RY_KEY(BLOCK_TYPE(struct manifest_metrics_exporter, settings), path, RY_CONFIG_PATH,
	       "textfile: the file to replace"),
	RY_KEY(BLOCK_TYPE(struct manifest_metrics_exporter, settings), interval_ms, RY_CONFIG_INT,
	       "textfile: how often", .unit = "ms", .fallback = "10000", RY_RANGE(100, 3600000)),
	NULL,
};

static const struct ry_config_key *const metrics_exporter_keys[] = {
	RY_KEY(struct manifest_metrics_exporter, kind, RY_CONFIG_ENUM, "how metrics are offered",
	       .flags = RY_CONFIG_REQUIRED, .choices = metrics_kinds),
	RY_KEY(struct manifest_metrics_exporter, settings, RY_CONFIG_BLOCK, "settings of the kind",
	       .keys = metrics_settings_keys),
	NULL,
};

static const struct ry_config_key *const metrics_keys[] = {
	RY_KEY(OBSERVABILITY(metrics), exporters, RY_CONFIG_BLOCK_LIST, "how metrics are offered",
	       .flags = BIND_NAMED, .element_size = sizeof(struct manifest_metrics_exporter),
	       .keys = metrics_exporter_keys),
	NULL,
};

const struct ry_config_key *const observability_keys[] = {
	RY_KEY(struct manifest_observability, resource, RY_CONFIG_BLOCK,
	       "what the telemetry says about its origin", .keys = resource_keys),
	RY_KEY(struct manifest_observability, shutdown_timeout_ms, RY_CONFIG_INT,
	       "the longest that the last flush may take, after the drain", .unit = "ms",
	       .fallback = "5000", RY_RANGE(0, 600000)),
	RY_KEY(struct manifest_observability, tracing, RY_CONFIG_BLOCK, "spans",
	       .keys = tracing_keys),
	RY_KEY(struct manifest_observability, logging, RY_CONFIG_BLOCK, "log lines",
	       .keys = logging_keys),
	RY_KEY(struct manifest_observability, metrics, RY_CONFIG_BLOCK, "counters and gauges",
	       .keys = metrics_keys),
	NULL,
};
