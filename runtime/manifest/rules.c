/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds between keys of one block: a key that has no effect beside another one (a knob that
 * is accepted and ignored is a defect), a key that another one needs, bounds that contradict each
 * other. What needs the plan (runners, plugins, other exporters) is preflight's.
 */
#include "manifest/keys.h"

#include <string.h>

struct rules {
	struct manifest *manifest;
	struct bind *bind;
	struct diag *diag;
};

static const struct doc_value *member(const struct doc_value *block, const char *name) {
	return doc_member(block, name);
}

/* block.name is there, but does nothing because of reason. */
static void no_effect(struct rules *r, const struct doc_value *block, const char *name,
		      const char *reason) {
	const struct doc_value *value = member(block, name);
	struct finding *finding;

	if (!value)
		return;
	finding = diag_add(r->diag, DIAG_RYC007, &value->key_place, "`%s` has no effect here: %s",
			   name, reason);
	finding_help(r->diag, finding, "remove it, or change what makes it idle");
}

static void missing(struct rules *r, const struct doc_value *block, const char *name,
		    const char *reason) {
	if (!member(block, name))
		diag_add(r->diag, DIAG_RYC005, doc_place(block, NULL),
			 "the key `%s` is missing: %s", name, reason);
}

/* low must not be above high; the finding stands at the one that was written. */
static void in_order(struct rules *r, const struct doc_value *block, const char *low_name,
		     int64_t low, const char *high_name, int64_t high) {
	const struct doc_value *high_value = member(block, high_name);
	struct finding *finding;

	if (low <= high || (!member(block, low_name) && !high_value))
		return;
	finding = diag_add(r->diag, DIAG_RYC012, doc_place(block, low_name),
			   "`%s` (%lld) is above `%s` (%lld%s)", low_name, (long long)low,
			   high_name, (long long)high, high_value ? "" : ", the default");
	if (high_value)
		finding_second(r->diag, finding, &high_value->place, "`%s` stands here", high_name);
}

static void check_restart(struct rules *r, const struct doc_value *block,
			  const struct manifest_restart *restart) {
	in_order(r, block, "backoff_ms", restart->backoff_ms, "backoff_max_ms",
		 restart->backoff_max_ms);
}

static void check_platform(struct rules *r) {
	const struct manifest_platform *platform = &r->manifest->runtime.platform;
	const struct doc_value *block = doc_at(&r->manifest->doc, "/runtime/platform");
	const struct manifest_group *groups = platform->process_groups.items;

	check_restart(r, member(block, "restart"), &platform->restart);
	if (!platform->poison.dead_letter)
		no_effect(r, member(block, "poison"), "max_deaths",
			  "without `dead_letter` no input is ever skipped");
	for (uint32_t i = 0; i < platform->process_groups.count; i++)
		check_restart(r, member(groups[i].head.doc, "restart"), &groups[i].restart);
}

static void check_on_error(struct rules *r, const struct manifest_node *node) {
	const struct doc_value *block = member(node->head.doc, "on_error");
	const struct manifest_on_error *on_error = &node->on_error;
	bool dead_letter =
		on_error->policy == ON_ERROR_DEAD_LETTER ||
		(on_error->policy == ON_ERROR_RETRY && on_error->then == ON_ERROR_DEAD_LETTER);

	if (!block)
		return;
	if (on_error->policy != ON_ERROR_RETRY) {
		no_effect(r, block, "max_retries", "the policy is not `retry`");
		no_effect(r, block, "backoff_ms", "the policy is not `retry`");
		no_effect(r, block, "then", "the policy is not `retry`");
	}
	if (dead_letter)
		missing(r, block, "dead_letter", "the policy needs the name of an adapter");
	else
		no_effect(r, block, "dead_letter", "the policy sends nothing there");
}

/* -- observability ------------------------------------------------------------------------------ */

static bool sends(const char *kind) {
	return strcmp(kind, "otel_otlp") == 0 || strcmp(kind, "zipkin") == 0;
}

static size_t count(const char *const *names) {
	size_t n = 0;

	while (names[n])
		n++;
	return n;
}

static bool is_one_of(const char *name, const char *const *names) {
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static void unknown_word(struct rules *r, const struct doc_value *value, const char *word,
			 const char *key, const char *const *names) {
	const char *nearest = nearest_name(word, names, count(names));
	char *list = arena_strdup(r->bind->arena, "");
	struct finding *finding = diag_add(r->diag, DIAG_RYC004, &value->place,
					   "`%s` is no value of `%s`", word, key);

	for (size_t i = 0; names[i]; i++)
		list = arena_printf(r->bind->arena, "%s%s`%s`", list, i ? ", " : "", names[i]);
	if (nearest) {
		finding_help(r->diag, finding, "did you mean `%s`? Known are %s", nearest, list);
		finding_fix(r->diag, finding, "\"%s\"", nearest);
	} else {
		finding_help(r->diag, finding, "known are %s", list);
	}
}

/* OBS-CFG-A-01, and the blocks of the backends that are not used. */
static void check_backend(struct rules *r, const struct manifest_exporter *exporter) {
	const struct doc_value *value = member(exporter->head.doc, "backend");
	const char *backend = exporter->backend;

	if (!sends(exporter->kind)) {
		no_effect(r, exporter->head.doc, "backend",
			  "this kind does not send over a network");
		backend = "";
	} else if (value && backend && !bind_unknown(backend) &&
		   !is_one_of(backend, manifest_backends)) {
		unknown_word(r, value, backend, "backend", manifest_backends);
		return;
	} else if (!backend) {
		backend = "curl_multi";
	}
	if (!manifest_exporter_builtin(exporter->kind) || bind_unknown(backend))
		return;
	for (size_t i = 0; manifest_backends[i]; i++)
		if (strcmp(manifest_backends[i], backend) != 0)
			no_effect(r, exporter->settings_doc, manifest_backends[i],
				  "it is the block of another backend");
}

/* Keys of `settings` that only kinds with a network have, or only those with a file. */
static void check_kind(struct rules *r, const struct manifest_exporter *exporter) {
	static const char *const network[] = {
		"endpoint", "headers", "timeout_ms", "compression", "tls", "retry", NULL,
	};
	const struct doc_value *settings = exporter->settings_doc;
	bool grpc = exporter->backend && strcmp(exporter->backend, "grpc") == 0;

	if (sends(exporter->kind))
		no_effect(r, settings, "path", "this kind writes no file");
	for (size_t i = 0; network[i] && !sends(exporter->kind); i++)
		no_effect(r, settings, network[i], "this kind does not send over a network");
	if (strcmp(exporter->kind, "otel_otlp") != 0)
		no_effect(r, settings, "protocol", "only `otel_otlp` has it");
	else if (grpc)
		no_effect(r, settings, "protocol", "that of gRPC comes with the backend");
	if (strcmp(exporter->kind, "jsonl") == 0)
		missing(r, settings ? settings : exporter->head.doc, "path",
			"this kind writes a file");
	else if (!sends(exporter->kind))
		no_effect(r, settings, "path", "this kind writes no file");
}

static void check_tls(struct rules *r, const struct doc_value *tls) {
	const struct doc_value *cert = member(tls, "cert_file"), *key = member(tls, "key_file");

	if (cert && !key)
		missing(r, tls, "key_file", "`cert_file` is of no use without it");
	if (key && !cert)
		missing(r, tls, "cert_file", "`key_file` is of no use without it");
}

static void check_status_names(struct rules *r, const struct manifest_exporter *exporter) {
	static const char *const names[] = {
		"CANCELLED",
		"UNKNOWN",
		"INVALID_ARGUMENT",
		"DEADLINE_EXCEEDED",
		"NOT_FOUND",
		"ALREADY_EXISTS",
		"PERMISSION_DENIED",
		"RESOURCE_EXHAUSTED",
		"FAILED_PRECONDITION",
		"ABORTED",
		"OUT_OF_RANGE",
		"UNIMPLEMENTED",
		"INTERNAL",
		"UNAVAILABLE",
		"DATA_LOSS",
		"UNAUTHENTICATED",
		NULL,
	};
	const struct doc_value *list =
		member(member(exporter->settings_doc, "grpc"), "retryable_status_codes");

	for (size_t i = 0; list && list->kind == DOC_ARRAY && i < list->n_items; i++) {
		const struct doc_value *item = list->items[i];

		if (item->kind == DOC_STRING && !strstr(item->text, "${") &&
		    !is_one_of(item->text, names))
			unknown_word(r, item, item->text, "retryable_status_codes", names);
	}
}

static void check_exporter(struct rules *r, const struct manifest_exporter *exporter) {
	const struct manifest_exporter_settings *settings = &exporter->settings;
	const struct doc_value *block = exporter->settings_doc;

	if (!exporter->kind || bind_unknown(exporter->kind))
		return;
	check_backend(r, exporter);
	if (manifest_exporter_builtin(exporter->kind)) {
		r->bind->outer = exporter_keys;
		bind_check_keys(r->bind, exporter_settings_keys, block);
		check_kind(r, exporter);
	}
	check_tls(r, member(block, "tls"));
	check_status_names(r, exporter);
	if (settings->queue.drop_policy != DROP_BLOCK_WITH_TIMEOUT)
		no_effect(r, member(block, "queue"), "block_timeout_ms",
			  "`drop_policy` is not `block_with_timeout`");
	in_order(r, member(block, "retry"), "backoff_ms", settings->retry.backoff_ms,
		 "backoff_max_ms", settings->retry.backoff_max_ms);
}

static void check_tracing(struct rules *r) {
	const struct manifest_observability *o = &r->manifest->runtime.observability;
	const struct manifest_exporter *exporters = o->tracing.exporters.items;
	const struct doc_value *tracing =
		doc_at(&r->manifest->doc, "/runtime/observability/tracing");

	if (o->tracing.sampler != SAMPLER_TRACEIDRATIO &&
	    o->tracing.sampler != SAMPLER_PARENTBASED_TRACEIDRATIO)
		no_effect(r, tracing, "sampler_arg", "the sampler takes no share");
	for (uint32_t i = 0; i < o->tracing.exporters.count; i++)
		check_exporter(r, &exporters[i]);
}

/* A kind that could not be read is the first word, and has its finding. */
static bool kind_is_read(const struct doc_value *exporter, int32_t kind, const char *first) {
	const struct doc_value *value = member(exporter, "kind");

	return value && (kind != 0 || (value->kind == DOC_STRING && !strcmp(value->text, first)));
}

static void check_log_exporter(struct rules *r, const struct manifest_log_exporter *exporter) {
	const struct doc_value *block = exporter->head.doc, *settings = member(block, "settings");

	if (!kind_is_read(block, exporter->kind, "stderr"))
		return;
	if (exporter->kind == LOG_FILE || exporter->kind == LOG_JSONL)
		missing(r, settings ? settings : block, "path", "this kind writes a file");
	else
		no_effect(r, settings, "path", "this kind writes no file");
}

static void check_metrics_exporter(struct rules *r,
				   const struct manifest_metrics_exporter *exporter) {
	const struct doc_value *block = exporter->head.doc, *settings = member(block, "settings");

	if (!kind_is_read(block, exporter->kind, "prometheus"))
		return;
	if (exporter->kind == METRICS_TEXTFILE) {
		missing(r, settings ? settings : block, "path", "this kind writes a file");
		no_effect(r, settings, "listen", "this kind serves no port");
	} else {
		no_effect(r, settings, "path", "this kind writes no file");
		no_effect(r, settings, "interval_ms", "this kind is asked, it does not write");
	}
}

static void check_logging(struct rules *r) {
	const struct manifest_observability *o = &r->manifest->runtime.observability;
	const struct manifest_log_exporter *logs = o->logging.exporters.items;
	const struct manifest_metrics_exporter *metrics = o->metrics.exporters.items;
	const struct doc_value *logging =
		doc_at(&r->manifest->doc, "/runtime/observability/logging");

	if (o->logging.mode == LOG_MODE_DIRECT) {
		no_effect(r, logging, "queue", "`mode` is `direct`");
		no_effect(r, logging, "backpressure", "`mode` is `direct`");
		no_effect(r, logging, "flush", "`mode` is `direct`");
	}
	for (uint32_t i = 0; i < o->logging.exporters.count; i++)
		check_log_exporter(r, &logs[i]);
	for (uint32_t i = 0; i < o->metrics.exporters.count; i++)
		check_metrics_exporter(r, &metrics[i]);
}

void manifest_check_rules(struct manifest *manifest, struct bind *bind) {
	struct rules r = {.manifest = manifest, .bind = bind, .diag = bind->diag};
	const struct manifest_node *nodes = manifest->nodes.items;

	check_platform(&r);
	for (uint32_t i = 0; i < manifest->nodes.count; i++)
		check_on_error(&r, &nodes[i]);
	check_tracing(&r);
	check_logging(&r);
}
