/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin with one node, http_enrich.enrich: each line becomes an HTTP request, and comes out with
 * what was answered behind it.
 *
 * It is the example of an asynchronous node. What such a node has to see to:
 *
 * - `process` begins the work and returns RY_PENDING. The task is completed once, later, on the
 *   loop's thread. Work that ends at once, well or not, is returned like that of any other node.
 * - All that one task needs until then is in one job, which hangs on task->user: the call, the
 *   request with all it points to, the answer. The message stays valid for as long as the task.
 * - `cancel` gives the call up, after which its `done` does not run, and completes the task.
 *
 * How many tasks are in flight, the order of results, time limits, and what becomes of a failure are
 * the manifest's (`max_in_flight`, `ordered`, `timeout_ms`, `on_error`): there is no code for them.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <railyard/http_client.h>
#include <railyard/plugin.h>

#define PLACE	     "{line}"
#define PLACE_LENGTH (sizeof(PLACE) - 1)

#define TRACE_FORMATS (RY_TRACE_W3C | RY_TRACE_BAGGAGE) /* at most three headers */

enum method {
	METHOD_GET = 0,
	METHOD_POST = 1,
};

enum take {
	TAKE_FIRST_LINE = 0,
	TAKE_BODY = 1,
	TAKE_STATUS = 2,
};

static const char *const methods[] = {[METHOD_GET] = "GET", [METHOD_POST] = "POST", NULL};
static const char *const takes[] = {
	[TAKE_FIRST_LINE] = "first_line",
	[TAKE_BODY] = "body",
	[TAKE_STATUS] = "status",
	NULL,
};

struct enrich_config {
	const char *url;
	const char *separator;
	int32_t method;
	int32_t take;
};

static const struct ry_config_key *const keys[] = {
	RY_KEY(struct enrich_config, url, RY_CONFIG_STRING,
	       "of each request; " PLACE " in it becomes the line, percent-encoded",
	       .flags = RY_CONFIG_REQUIRED),
	RY_KEY(struct enrich_config, method, RY_CONFIG_ENUM, "POST: the line is the body too",
	       .fallback = "GET", .choices = methods),
	RY_KEY(struct enrich_config, take, RY_CONFIG_ENUM,
	       "what comes behind the line: the first line of the answer, the whole answer with "
	       "blanks for line ends, or its status, which then may be any",
	       .fallback = "first_line", .choices = takes),
	RY_KEY(struct enrich_config, separator, RY_CONFIG_STRING, "between the two",
	       .fallback = " "),
	NULL,
};

struct enrich {
	const struct enrich_config *config;
	const struct ry_binding *http;
	const struct ry_host *host;
	const struct ry_log_service *log;     /* NULL: this host has none */
	const struct ry_trace_service *trace; /* NULL: this host has none */
	uint64_t places;		      /* how often the URL has PLACE */
};

/* One request, from `process` to the end of the task. */
struct job {
	struct ry_call call;
	struct ry_http_request request;
	struct ry_http_response response;
	struct ry_http_header headers[4]; /* up to three of the trace's, one of the body's */
	struct ry_trace_headers trace;
	const struct enrich *enrich;
	struct ry_task *task;
	char url[];
};

/* -- the request ---------------------------------------------------------------------------- */

/* Unreserved characters stand for themselves in any part of a URL (RFC 3986, 2.3). */
static bool is_unreserved(unsigned char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

static char *put_encoded(char *to, const unsigned char *text, uint64_t length) {
	static const char digits[] = "0123456789ABCDEF";

	for (uint64_t i = 0; i < length; i++) {
		if (is_unreserved(text[i])) {
			*to++ = (char)text[i];
			continue;
		}
		*to++ = '%';
		*to++ = digits[text[i] >> 4];
		*to++ = digits[text[i] & 15];
	}
	return to;
}

static void put_url(char *to, const char *from, const struct ry_message *line) {
	const char *place;

	while ((place = strstr(from, PLACE))) {
		memcpy(to, from, (size_t)(place - from));
		to = put_encoded(to + (place - from), line->data, line->length);
		from = place + PLACE_LENGTH;
	}
	memcpy(to, from, strlen(from) + 1);
}

/* These would be steps to another place, encoded or not (RFC 3986, 6.2.2). */
static bool is_dot_segment(const struct ry_message *line) {
	return (line->length == 1 || line->length == 2) && !memcmp(line->data, "..", line->length);
}

static void add_header(struct job *job, const char *name, const char *value) {
	job->headers[job->request.n_headers++] = (struct ry_http_header){name, value};
}

static void fill_request(struct job *job) {
	const struct enrich *enrich = job->enrich;
	const struct ry_message *line = job->task->message;

	put_url(job->url, enrich->config->url, line);
	job->request = (struct ry_http_request){
		.size = RY_SIZE(ry_http_request),
		.method = methods[enrich->config->method],
		.url = job->url,
		.headers = job->headers,
	};
	/* The server's spans are then children of this task's. */
	if (enrich->trace &&
	    enrich->trace->inject_headers(job->task, TRACE_FORMATS, &job->trace) > 0)
		for (uint32_t i = 0; i < job->trace.n; i++)
			add_header(job, job->trace.header[i].name, job->trace.header[i].value);
	if (enrich->config->method == METHOD_POST) {
		add_header(job, "Content-Type", "text/plain");
		job->request.body = line->data;
		job->request.body_length = line->length;
	}
}

static void on_answer(struct ry_call *call, int status);

static int job_new(const struct enrich *enrich, struct ry_task *task, struct job **ret) {
	const struct ry_message *line = task->message;
	uint64_t most = strlen(enrich->config->url) + enrich->places * line->length * 3 + 1;
	struct job *job;

	if (enrich->places && is_dot_segment(line))
		return -EINVAL;
	job = malloc(sizeof(*job) + most);
	if (!job)
		return -ENOMEM;
	*job = (struct job){
		.call = {RY_SIZE(ry_call), .flags = RY_CALL_PATIENT, .done = on_answer,
			 .owner = job},
		.response = {.size = RY_SIZE(ry_http_response)},
		.trace = {.size = RY_SIZE(ry_trace_headers)},
		.enrich = enrich,
		.task = task,
	};
	fill_request(job);
	*ret = job;
	return 0;
}

/* -- the answer ----------------------------------------------------------------------------- */

static bool is_line_end(char c) {
	return c == '\n' || c == '\r';
}

/* How much of the body is taken. */
static uint64_t taken_length(const struct ry_http_response *answer, int32_t take) {
	const char *body = answer->body;
	uint64_t length = 0;

	if (take == TAKE_FIRST_LINE) {
		while (length < answer->body_length && !is_line_end(body[length]))
			length++;
		return length;
	}
	length = answer->body_length;
	while (length && is_line_end(body[length - 1]))
		length--;
	return length;
}

static int emit(struct job *job, const char *taken, uint64_t length) {
	const struct ry_message *line = job->task->message;
	const char *separator = job->enrich->config->separator;
	uint64_t before = line->length + strlen(separator);
	int error = 0;
	char *to = ry_stage(job->task, 0, before + length, &error);

	if (!to)
		return error;
	memcpy(to, line->data, line->length);
	memcpy(to + line->length, separator, strlen(separator));
	for (uint64_t i = 0; i < length; i++)
		to[before + i] = (char)(is_line_end(taken[i]) ? ' ' : taken[i]);
	return 0;
}

/* `on_error` decides; what the status was stands in the log and on the span. */
static int refuse(const struct enrich *enrich, const struct ry_field *status) {
	const struct ry_field *const fields[] = {status};

	if (enrich->log)
		enrich->log->write(enrich->host, RY_LOG_WARNING, "an answer is not a success",
				   fields, 1);
	return -EPROTO;
}

static int use(struct job *job) {
	const struct enrich *enrich = job->enrich;
	const struct ry_http_response *answer = &job->response;
	const struct ry_field status = {RY_SIZE(ry_field),
					RY_VALUE_INT,
					"http.response.status_code",
					{.integer = answer->status}};
	char text[12];

	if (enrich->trace && enrich->trace->recording(job->task))
		(void)enrich->trace->set_attribute(job->task, &status);
	if (enrich->config->take == TAKE_STATUS)
		return emit(job, text,
			    (uint64_t)snprintf(text, sizeof(text), "%u", answer->status));
	if (answer->status < 200 || answer->status > 299)
		return refuse(enrich, &status);
	return emit(job, answer->body, taken_length(answer, enrich->config->take));
}

/* Ends a job whose call is over. Returns how its task ends. */
static int job_end(struct job *job, int status) {
	if (status == 0) {
		status = use(job);
		ry_http_release(job->enrich->http, &job->response);
	}
	job->task->user = NULL;
	free(job);
	return status;
}

static void on_answer(struct ry_call *call, int status) {
	struct job *job = call->owner;
	struct ry_task *task = job->task;

	ry_task_complete(task, job_end(job, status));
}

/* -- the node ------------------------------------------------------------------------------- */

static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	struct enrich *enrich = self;
	struct job *job;
	int r;

	(void)message; /* it is task->message, now and later */
	r = job_new(enrich, task, &job);
	if (r < 0)
		return r;
	task->user = job;
	r = ry_http_perform(enrich->http, &job->request, &job->response, &job->call);
	return r == RY_PENDING ? r : job_end(job, r);
}

static void cancel(void *self, struct ry_task *task) {
	struct job *job = task->user;

	(void)self;
	if (ry_call_cancel(&job->call) == 0) /* else on_answer ends the task */
		ry_task_complete(task, job_end(job, -ECANCELED));
}

static int create(const struct ry_create *create, void **ret_self) {
	struct enrich *enrich = calloc(1, sizeof(*enrich));

	if (!enrich)
		return -ENOMEM;
	enrich->config = create->config;
	enrich->http = create->bindings[0];
	enrich->host = create->host;
	enrich->log = create->host->get(create->host, RY_LOG, 1);
	enrich->trace = create->host->get(create->host, RY_TRACE, 1);
	for (const char *at = enrich->config->url; (at = strstr(at, PLACE)); at += PLACE_LENGTH)
		enrich->places++;
	*ret_self = enrich;
	return 0;
}

/* No task is pending any more: each has completed, after a `cancel` if need be. */
static void destroy(void *self) {
	free(self);
}

static const struct ry_slot http_slot = {
	.size = RY_SIZE(ry_slot),
	.call = RY_ACONSUME,
	.access = RY_READ,
	.major = RY_HTTP_CLIENT_MAJOR,
	.minor = RY_HTTP_CLIENT_MINOR,
	.name = "http",
	.contract = RY_HTTP_CLIENT,
	.summary = "makes the requests",
};

static const struct ry_port out = {
	.size = RY_SIZE(ry_port),
	.name = "out",
	.type = RY_TYPE_LINE,
	.summary = "the line, the separator, what was answered",
};

static const struct ry_node_ops enrich_ops = {
	.size = RY_SIZE(ry_node_ops),
	.create = create,
	.process = process,
	.cancel = cancel,
	.destroy = destroy,
};

/* Not RY_NODE_DETERMINISTIC: the server may answer what it likes. */
static const struct ry_node_type enrich_type = {
	.size = RY_SIZE(ry_node_type),
	.flags = RY_NODE_ASYNC,
	.config_size = sizeof(struct enrich_config),
	.name = "http_enrich.enrich",
	.summary = "asks an HTTP server about each line",
	.accepts = (const char *const[]){RY_TYPE_LINE, NULL},
	.ports = (const struct ry_port *const[]){&out, NULL},
	.slots = (const struct ry_slot *const[]){&http_slot, NULL},
	.keys = keys,
	.ops = &enrich_ops,
};

static const struct ry_plugin plugin = {
	RY_PLUGIN_HEADER,
	.name = "http_enrich",
	.version = "1.0.0",
	.summary = "lines with what an HTTP server says about them",
	.nodes = (const struct ry_node_type *const[]){&enrich_type, NULL},
};

RY_PLUGIN_EXPORT const struct ry_plugin *ry_plugin_query(uint32_t host_abi) {
	(void)host_abi;
	return &plugin;
}
