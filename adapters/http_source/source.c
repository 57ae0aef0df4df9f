/* SPDX-License-Identifier: Apache-2.0 */
/* http.source as an adapter: its settings, and what the runner calls. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "http_source/address.h"
#include "http_source/connection.h"
#include "http_source/delivery.h"
#include "http_source/module.h"
#include "stream/report.h"

static const char *const format_choices[] = {
	[BODY_LINES] = "text/lines",	    [BODY_TEXT_JSONL] = "text/jsonl",
	[BODY_JSONL] = "application/jsonl", [BODY_BYTES] = "application/octet-stream",
	[BODY_JSON] = "application/json",   NULL,
};

static const struct ry_config_key *const tls_keys[] = {
	RY_KEY_NAMED("cert_file", struct http_source_tls, cert_file, RY_CONFIG_PATH,
		     "the certificate and those above it, as PEM", .flags = 0),
	RY_KEY_NAMED("key_file", struct http_source_tls, key_file, RY_CONFIG_PATH,
		     "its private key, as PEM", .flags = 0),
	NULL,
};

#define KEY(member, type, text, ...) \
	RY_KEY(struct http_source_config, member, type, text, __VA_ARGS__)

static const struct ry_config_key *const keys[] = {
	KEY(listen, RY_CONFIG_STRING,
	    "where to listen: an IPv4 address, an IPv6 address in brackets or `localhost`, and a "
	    "port; "
	    "port 0: any free one, which the log names",
	    .fallback = "127.0.0.1:8080"),
	KEY(path, RY_CONFIG_STRING, "the path to post to; others are answered with 404",
	    .fallback = "/"),
	KEY(format, RY_CONFIG_ENUM, "how a body is cut into messages", .fallback = "text/lines",
	    .choices = format_choices),
	KEY(strip_cr, RY_CONFIG_BOOL, "drop one carriage return at the end of a line",
	    .fallback = "false"),
	KEY(max_line_bytes, RY_CONFIG_INT,
	    "the longest line, its terminator not counted; a request with a longer one is refused",
	    .unit = "bytes", .fallback = "1048576", RY_RANGE(1, 64 << 20)),
	KEY(max_body_bytes, RY_CONFIG_INT, "the longest body; a longer one is refused (413)",
	    .unit = "bytes", .fallback = "1048576", RY_RANGE(1, 64 << 20)),
	KEY(max_header_bytes, RY_CONFIG_INT, "the longest request line with all headers",
	    .unit = "bytes", .fallback = "16384", RY_RANGE(256, 1 << 20)),
	KEY(max_pending_requests, RY_CONFIG_INT,
	    "requests that wait for room in the pipeline; beyond: 429", .unit = "items",
	    .fallback = "64", RY_RANGE(1, 1 << 20)),
	KEY(max_pending_bytes, RY_CONFIG_INT,
	    "what requests may hold in memory in sum, those that are arriving and those that wait; "
	    "beyond: 429",
	    .unit = "bytes", .fallback = "16777216", RY_RANGE(4096, 1ll << 40)),
	KEY(max_wait_ms, RY_CONFIG_INT,
	    "how long a request may wait until the first of its messages is taken; then 429",
	    .unit = "ms", .fallback = "10000", RY_RANGE(1, 3600000)),
	KEY(max_connections, RY_CONFIG_INT,
	    "open connections; beyond, the one that has been idle longest is closed, or the new "
	    "one "
	    "is answered with 503",
	    .unit = "items", .fallback = "1024", RY_RANGE(1, 1 << 20)),
	KEY(request_timeout_ms, RY_CONFIG_INT,
	    "from the first byte of a request to its last one, however often a byte comes",
	    .unit = "ms", .fallback = "10000", RY_RANGE(1, 3600000)),
	KEY(idle_timeout_ms, RY_CONFIG_INT, "how long a connection may stay open without a request",
	    .unit = "ms", .fallback = "60000", RY_RANGE(1, 3600000)),
	KEY(tls, RY_CONFIG_BLOCK, "TLS 1.2 or later with this certificate; absent: plain HTTP",
	    .keys = tls_keys),
	KEY(allow_plaintext, RY_CONFIG_BOOL,
	    "may listen without TLS where other machines can reach it", .fallback = "false"),
	NULL,
};

#define PORT(port_name, port_type, condition, text)                                          \
	(&(const struct ry_port){RY_SIZE(ry_port), .name = (port_name), .type = (port_type), \
				 .when = (condition), .summary = (text)})

/* One port a format, as in file.source. */
static const struct ry_port *const ports[] = {
	[BODY_LINES] = PORT("line", RY_TYPE_LINE, "format=text/lines", "each line"),
	[BODY_TEXT_JSONL] = PORT("jsonl", RY_TYPE_LINE, "format=text/jsonl", "each line"),
	[BODY_JSONL] =
		PORT("json", RY_TYPE_JSON, "format=application/jsonl", "the value of each line"),
	[BODY_BYTES] = PORT("bytes", RY_TYPE_BYTES, "format=application/octet-stream", "each body"),
	[BODY_JSON] = PORT("document", RY_TYPE_JSON, "format=application/json",
			   "the value that a body is"),
	NULL,
};

/* -- settings ------------------------------------------------------------------------------- */

/* What must fit together. 0 or -EINVAL with a sentence. */
static int check_settings(const struct http_source_config *config, char *why, size_t cap) {
	struct address address;

	if (address_parse(config->listen, &address) < 0)
		snprintf(why, cap, "`listen` is no numeric address with a port: %s",
			 config->listen);
	else if (config->path[0] != '/')
		snprintf(why, cap, "`path` does not begin with a slash: %s", config->path);
	else if (config->max_pending_bytes < config->max_body_bytes + config->max_header_bytes)
		snprintf(why, cap,
			 "`max_pending_bytes` is less than one request of `max_header_bytes` and "
			 "`max_body_bytes`");
	else if (!config->tls.cert_file != !config->tls.key_file)
		snprintf(why, cap, "`tls` needs both `cert_file` and `key_file`");
	else
		return 0;
	return -EINVAL;
}

static int http_source_check(const void *config, char *why, uint32_t cap) {
	const struct http_source_config *c = config;
	SSL_CTX *tls = NULL;
	int r = check_settings(c, why, cap);

	if (r < 0 || !c->tls.cert_file)
		return r;
	r = server_load_tls(c, &tls, why, cap);
	SSL_CTX_free(tls);
	return r;
}

/* -- life ----------------------------------------------------------------------------------- */

static int init(struct http_source *source, const struct ry_create *create) {
	const struct ry_loop_service *loop = create->host->get(create->host, RY_LOOP, 1);
	char why[256];
	int r;

	source->host = create->host;
	source->config = create->config;
	source->json = create->host->get(create->host, RY_JSON, 1);
	source->metrics_service = create->host->get(create->host, RY_METRICS, 1);
	source->trace = create->host->get(create->host, RY_TRACE, 1);
	if (!loop || !source->json)
		return -ENOTSUP;
	source->base = loop->event_base(create->host);
	source->rules = (struct body_rules){
		.format = (enum body_format)source->config->format,
		.strip_cr = source->config->strip_cr,
		.max_line_bytes = (uint64_t)source->config->max_line_bytes,
	};
	TAILQ_INIT(&source->connections);
	TAILQ_INIT(&source->idle);
	TAILQ_INIT(&source->waiting);
	TAILQ_INIT(&source->emitted);
	r = check_settings(source->config, why, sizeof(why));
	if (r < 0)
		report(source->host, &(struct report){.level = RY_LOG_ERROR,
						      .message = "the settings do not fit",
						      .why = why});
	return r < 0 ? r : http_metrics_define(source);
}

static int http_source_create(const struct ry_create *create, void **ret_self) {
	struct http_source *source = calloc(1, sizeof(*source));
	int r;

	if (!source)
		return -ENOMEM;
	source->blocked = true; /* until resume */
	r = init(source, create);
	if (r < 0) {
		free(source);
		return r;
	}
	*ret_self = source;
	return 0;
}

static int http_source_start(void *self) {
	return server_start(self);
}

static int http_source_stop(void *self) {
	struct http_source *source = self;

	source->paused = true;
	delivery_refuse_all(source, true);
	server_stop(source);
	return 0;
}

static void http_source_destroy(void *self) {
	http_source_stop(self);
	free(self);
}

/* -- as a source on the loop ---------------------------------------------------------------- */

static int http_source_resume(void *self, struct ry_emitter *emitter) {
	struct http_source *source = self;

	source->emitter = emitter;
	source->blocked = false;
	delivery_emit(source);
	return 0;
}

static int http_source_pause(void *self) {
	struct http_source *source = self;

	source->paused = source->blocked = true;
	server_close_listener(source);
	while (connection_end_idle(source))
		;
	delivery_refuse_all(source, false);
	return 0;
}

static void http_source_accepted(void *self, uint64_t total) {
	delivery_accepted(self, total);
}

static const struct ry_adapter_ops ops = {
	RY_SIZE(ry_adapter_ops),  .create = http_source_create,	  .start = http_source_start,
	.stop = http_source_stop, .destroy = http_source_destroy, .check = http_source_check,
};

static const struct ry_source_ops source_ops = {
	RY_SIZE(ry_source_ops),
	.pause = http_source_pause,
	.resume = http_source_resume,
	.accepted = http_source_accepted,
};

static const char *const listens[] = {"listen", NULL};

const struct ry_adapter_type http_source_type = {
	RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_NEEDS_LOOP,
	.config_size = sizeof(struct http_source_config),
	.name = "http.source",
	.summary = "takes messages by POST: lines, JSON values or whole bodies",
	.ops = &ops,
	.keys = keys,
	.ports = ports,
	.source = &source_ops,
	.listens = listens,
};
