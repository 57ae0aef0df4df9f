/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exporter `jsonl`: OTLP JSON lines as in the OTLP file format, one ExportTraceServiceRequest
 * per line, appended to a file. It needs no library and no network, so it is the usual fallback.
 * A full disk is an answer like any other: the batch is counted, the file ends in a whole line.
 */
#include "exporters/exporters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <railyard/span_exporter.h>

#include "exporters/text/writer.h"
#include "otlp/encoder.h"

#define KEEP_BYTES (1u << 20) /* of the buffer, after a batch that was longer */

struct jsonl_config {
	const char *path;
};

struct jsonl {
	char *path;
	struct writer writer;
	struct otlp_encoder encoder;
};

/* Replaces one placeholder in path by value. Returns a new string, or NULL. */
static char *replace(const char *path, const char *placeholder, const char *value) {
	const char *at = strstr(path, placeholder);
	char *text = NULL;

	if (!at)
		return strdup(path);
	if (asprintf(&text, "%.*s%s%s", (int)(at - path), path, value, at + strlen(placeholder)) <
	    0)
		return NULL;
	return text;
}

/* `{group}` is the process group, `{worker}` 0: a process of several workers is told its path. */
static char *expand_path(const struct ry_create *create, const char *path) {
	const char *group = create->host->process_group;
	char *with_group, *text;

	with_group = replace(path, "{group}", group && *group ? group : "all");
	if (!with_group)
		return NULL;
	text = replace(with_group, "{worker}", "0");
	free(with_group);
	return text;
}

static int jsonl_create(const struct ry_create *create, void **ret_self) {
	const struct jsonl_config *config = create->config;
	struct jsonl *jsonl = calloc(1, sizeof(*jsonl));

	if (!jsonl)
		return -ENOMEM;
	jsonl->writer = (struct writer)WRITER_INIT;
	otlp_encoder_init(&jsonl->encoder, OTLP_JSON, OTLP_BODY_MAX);
	jsonl->path = expand_path(create, config->path);
	if (!jsonl->path) {
		free(jsonl);
		return -ENOMEM;
	}
	*ret_self = jsonl;
	return 0;
}

/* O_NONBLOCK: a FIFO without a reader, or with a slow one, holds nobody up. */
static int open_file(const char *path) {
	int fd =
		open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644);

	return fd < 0 ? -errno : fd;
}

static int jsonl_start(void *self) {
	struct jsonl *jsonl = self;
	int fd = open_file(jsonl->path);

	if (fd < 0)
		return fd;
	jsonl->writer.fd = fd;
	return 0;
}

static void close_file(struct jsonl *jsonl) {
	if (jsonl->writer.fd >= 0)
		close(jsonl->writer.fd);
	jsonl->writer.fd = -1;
}

static int jsonl_stop(void *self) {
	struct jsonl *jsonl = self;
	int r = jsonl->writer.fd >= 0 ? writer_flush(&jsonl->writer) : 0;

	close_file(jsonl);
	return r;
}

/* The old file stays when the new one cannot be opened. */
static int jsonl_reopen(void *self) {
	struct jsonl *jsonl = self;
	int fd = open_file(jsonl->path);

	if (fd < 0)
		return fd;
	writer_flush(&jsonl->writer);
	close_file(jsonl);
	writer_fini(&jsonl->writer);
	jsonl->writer = (struct writer){.fd = fd};
	return 0;
}

static void jsonl_destroy(void *self) {
	struct jsonl *jsonl = self;

	close_file(jsonl);
	writer_fini(&jsonl->writer);
	otlp_encoder_fini(&jsonl->encoder);
	free(jsonl->path);
	free(jsonl);
}

/* A batch is one line, unless it is larger than any reader of OTLP would take. */
static int jsonl_export(void *self, const void *request, void *result, struct ry_call *call) {
	struct jsonl *jsonl = self;
	const struct ry_span_batch *batch = request;
	struct ry_span_export_result *outcome = result;
	struct otlp_body body;
	int r = 0;

	(void)call;
	for (uint32_t from = 0; from < batch->n_spans && r == 0; from += body.n_spans) {
		body.n_spans = 1;
		r = otlp_encode(&jsonl->encoder, batch, from, &body);
		if (r == -EMSGSIZE) {
			outcome->rejected++;
			r = 0;
		} else if (r == 0) {
			body.data[body.length] = '\n';
			r = writer_write(&jsonl->writer, body.data, body.length + 1);
		}
	}
	otlp_encoder_trim(&jsonl->encoder, KEEP_BYTES);
	return r;
}

static int jsonl_flush(void *self, const void *request, void *result, struct ry_call *call) {
	struct jsonl *jsonl = self;

	(void)request;
	(void)result;
	(void)call;
	return writer_flush(&jsonl->writer);
}

/* With --env: could the file be opened? Nothing is created. */
static int jsonl_check(const void *config, char *why, uint32_t cap) {
	const struct jsonl_config *jsonl = config;
	const char *slash;
	char *folder;
	int r;

	if (strchr(jsonl->path, '{') || access(jsonl->path, W_OK) == 0)
		return 0;
	r = -errno;
	slash = strrchr(jsonl->path, '/');
	if (r == -ENOENT) {
		folder = slash ? strndup(jsonl->path, (size_t)(slash - jsonl->path) + 1)
			       : strdup(".");
		if (!folder)
			return -ENOMEM;
		r = access(folder, W_OK | X_OK) == 0 ? 0 : -errno;
		free(folder);
	}
	if (r < 0)
		snprintf(why, cap, "the file '%s' cannot be written", jsonl->path);
	return r;
}

static ry_op *const operations[RY_SPAN_EXPORTER_OP_COUNT] = {
	[RY_SPAN_EXPORT] = jsonl_export,
	[RY_SPAN_FLUSH] = jsonl_flush,
};

static const struct ry_provides provides = {
	.size = RY_SIZE(ry_provides),
	.flags = RY_OFFERS_CONSUME,
	.major = RY_SPAN_EXPORTER_MAJOR,
	.minor = RY_SPAN_EXPORTER_MINOR,
	.contract = RY_SPAN_EXPORTER,
	.ops = operations,
	.op_count = RY_SPAN_EXPORTER_OP_COUNT,
};

static const struct ry_adapter_ops adapter_ops = {
	.size = RY_SIZE(ry_adapter_ops),
	.create = jsonl_create,
	.start = jsonl_start,
	.stop = jsonl_stop,
	.destroy = jsonl_destroy,
	.check = jsonl_check,
	.reopen = jsonl_reopen,
};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct jsonl_config, path, RY_CONFIG_PATH,
	       "the file that spans are appended to; {group} and {worker} are replaced",
	       .flags = RY_CONFIG_REQUIRED),
	NULL,
};

const struct ry_adapter_type exporter_jsonl_type = {
	.size = RY_SIZE(ry_adapter_type),
	.config_size = sizeof(struct jsonl_config),
	.name = "jsonl",
	.summary = "appends spans to a file as OTLP JSON lines",
	.ops = &adapter_ops,
	.provides = (const struct ry_provides *const[]){&provides, NULL},
	.keys = keys,
	.writes = (const char *const[]){"path", NULL},
};
