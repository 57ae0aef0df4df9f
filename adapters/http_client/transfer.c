/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request as a libcurl easy handle. An easy handle is set up from the settings once and then
 * kept: what follows from a request is set anew for each. Strings are copied by libcurl but for the
 * body, which stays the caller's until the end.
 */
#include "http_client/client.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "stream/report.h"

#define LONGEST_METHOD 32u
#define MAX_REDIRECTS  10L

/* -- what libcurl calls --------------------------------------------------------------------- */

static size_t on_header(char *line, size_t size, size_t n, void *user) {
	struct transfer *t = user;

	return answer_line(&t->answer, line, size * n) < 0 ? 0 : size * n;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *user) {
	struct transfer *t = user;
	curl_off_t announced = -1;

	if (!t->answer.body)
		curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
	return answer_body(&t->answer, bytes, size * n, announced) < 0 ? 0 : size * n;
}

/* libcurl's own would stay open in processes that are started meanwhile. */
static curl_socket_t on_open(void *user, curlsocktype purpose, struct curl_sockaddr *address) {
	(void)user, (void)purpose;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* -- the handle ----------------------------------------------------------------------------- */

#define SET(option, value) failed |= curl_easy_setopt(easy, option, value) != CURLE_OK

static bool set_tls(CURL *easy, const struct http_settings *s) {
	bool failed = false;

	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (s->tls.ca_file) { /* instead of what the system trusts, not beside it */
		SET(CURLOPT_CAINFO, s->tls.ca_file);
		SET(CURLOPT_CAPATH, NULL);
		SET(CURLOPT_PROXY_CAINFO, s->tls.ca_file);
		SET(CURLOPT_PROXY_CAPATH, NULL);
	}
	if (s->tls.cert_file) {
		SET(CURLOPT_SSLCERT, s->tls.cert_file);
		SET(CURLOPT_SSLKEY, s->tls.key_file ? s->tls.key_file : s->tls.cert_file);
		SET(CURLOPT_KEYPASSWD, ""); /* else OpenSSL asks on the terminal */
	}
	return failed;
}

static bool set_limits(CURL *easy, const struct http_settings *s) {
	bool failed = false;

	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)s->connect_timeout_ms);
	SET(CURLOPT_MAXCONNECTS, (long)s->max_connections);
	SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)s->max_response_bytes);
	SET(CURLOPT_FORBID_REUSE, s->keep_alive ? 0L : 1L);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_FOLLOWLOCATION, s->follow_redirects ? 1L : 0L);
	SET(CURLOPT_MAXREDIRS, MAX_REDIRECTS);
	/* A resolver thread that still waits is left behind, not waited for. */
	SET(CURLOPT_QUICK_EXIT, 1L);
	return failed;
}

/* What follows from the settings. Returns whether libcurl refused something. */
static bool set_up(struct transfer *t) {
	const struct http_settings *s = t->client->settings;
	bool failed = false;
	CURL *easy = t->easy;

	SET(CURLOPT_PRIVATE, t);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_ERRORBUFFER, t->words);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_HTTP_VERSION, s->http_version == HTTP_VERSION_2 ? (long)CURL_HTTP_VERSION_2TLS
								    : (long)CURL_HTTP_VERSION_1_1);
	/* Many requests on one connection where the server can; only HTTP/2 waits to know. */
	SET(CURLOPT_PIPEWAIT, s->http_version == HTTP_VERSION_2 ? 1L : 0L);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_USERAGENT, s->user_agent);
	SET(CURLOPT_PROXY, s->proxy);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, t);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, t);
	return set_limits(easy, s) || set_tls(easy, s) || failed;
}

/* -- the request ---------------------------------------------------------------------------- */

/* RFC 9110, token */
static bool is_token(const char *text) {
	const char *c = text;

	while (isalnum((unsigned char)*c) || (*c && strchr("!#$%&'*+-.^_`|~", *c)))
		c++;
	return c > text && !*c;
}

static bool is_value(const char *text) {
	while (*text && *text != '\r' && *text != '\n')
		text++;
	return !*text;
}

static bool is_url(const char *url) {
	size_t length = strncasecmp(url, "http", 4) ? 0 : 4;

	length += length && tolower((unsigned char)url[length]) == 's';
	return length && !strncmp(url + length, "://", 3);
}

static bool is_request(const struct ry_http_request *req) {
	if (req->size < sizeof(*req) || !req->method || strlen(req->method) > LONGEST_METHOD ||
	    !is_token(req->method) || !req->url || !is_url(req->url) ||
	    (req->n_headers && !req->headers) || (req->body_length && !req->body) ||
	    req->body_length > INT64_MAX)
		return false;
	return !req->body_length || strcmp(req->method, "HEAD") != 0;
}

static int add_line(struct transfer *t, const char *line) {
	struct curl_slist *list = curl_slist_append(t->headers, line);

	if (!list)
		return -ENOMEM;
	t->headers = list;
	return 0;
}

static int add_header(struct transfer *t, const struct ry_http_header *header) {
	size_t name = header->name ? strlen(header->name) : 0;
	size_t value = header->value ? strlen(header->value) : 0;
	char *line;
	int r;

	/* How long the body is, and how it is sent, is not the caller's to say. */
	if (!name || !header->value || !is_token(header->name) || !is_value(header->value) ||
	    !strcasecmp(header->name, "content-length") ||
	    !strcasecmp(header->name, "transfer-encoding"))
		return -EINVAL;
	line = malloc(name + value + 3);
	if (!line)
		return -ENOMEM;
	/* The semicolon is how libcurl wants to be told of an empty value. */
	snprintf(line, name + value + 3, "%s%s%s", header->name, value ? ": " : ";", header->value);
	r = add_line(t, line);
	free(line);
	return r;
}

/* The caller's headers, and no others that libcurl would add for a body. */
static int add_headers(struct transfer *t, const struct ry_http_request *req) {
	bool has_type = false;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < req->n_headers; i++) {
		r = add_header(t, &req->headers[i]);
		has_type |= r == 0 && !strcasecmp(req->headers[i].name, "content-type");
	}
	if (r == 0 && !has_type)
		r = add_line(t, "Content-Type:");
	return r < 0 ? r : add_line(t, "Expect:");
}

static bool has_body(const struct ry_http_request *req) {
	static const char *const always[] = {"POST", "PUT", "PATCH"};

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (!strcmp(req->method, always[i]))
			return true;
	return req->body_length > 0;
}

static bool set_method(CURL *easy, const struct ry_http_request *req) {
	const char *implied = "GET";
	bool failed = false;

	if (!strcmp(req->method, "HEAD")) {
		implied = "HEAD";
		SET(CURLOPT_NOBODY, 1L);
	} else if (has_body(req)) {
		implied = "POST";
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDS, req->body_length ? req->body : "");
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body_length);
	} else {
		SET(CURLOPT_HTTPGET, 1L);
	}
	/* Only what libcurl would not say by itself: it changes the methods that it knows as a
	 * redirect demands. */
	SET(CURLOPT_CUSTOMREQUEST, strcmp(req->method, implied) ? req->method : NULL);
	return failed;
}

static int set_request(struct transfer *t, const struct ry_http_request *req) {
	bool failed = false, secure = tolower((unsigned char)req->url[4]) == 's';
	CURL *easy = t->easy;
	int r = add_headers(t, req);

	if (r < 0)
		return r;
	SET(CURLOPT_URL, req->url);
	SET(CURLOPT_HTTPHEADER, t->headers);
	/* What began encrypted does not go on in the clear. */
	SET(CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
	return set_method(easy, req) || failed ? -ENOMEM : 0;
}

/* -- its life ------------------------------------------------------------------------------- */

static struct transfer *transfer_free(struct transfer *t) {
	if (!t)
		return NULL;
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	t->client->memory->release(t->client->host, t);
	return NULL;
}

static struct transfer *make(struct http_client *client) {
	struct transfer *t = client->memory->alloc(client->host, sizeof(*t));

	if (!t)
		return NULL;
	*t = (struct transfer){.client = client, .easy = curl_easy_init()};
	if (!t->easy || set_up(t))
		return transfer_free(t);
	return t;
}

int transfer_new(struct http_client *client, const struct ry_http_request *req,
		 struct ry_http_response *res, struct transfer **ret) {
	struct transfer *t = client->spare;
	int r;

	if (!is_request(req) || res->size < sizeof(*res))
		return -EINVAL;
	if (t) {
		client->spare = t->next;
		client->n_spare--;
	} else {
		t = make(client);
	}
	if (!t)
		return -ENOMEM;
	answer_init(&t->answer, client->host, client->memory,
		    (uint64_t)client->settings->max_response_bytes);
	t->res = res;
	t->words[0] = '\0';
	r = set_request(t, req);
	if (r < 0) {
		transfer_end(t);
		return r;
	}
	count(client, client->metrics.requests, 1);
	*ret = t;
	return 0;
}

void transfer_end(struct transfer *t) {
	struct http_client *client = t->client;

	answer_fini(&t->answer);
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, NULL);
	curl_slist_free_all(t->headers);
	t->headers = NULL;
	if (client->n_spare >= client->settings->max_connections) {
		transfer_free(t);
		return;
	}
	t->next = client->spare;
	client->spare = t;
	client->n_spare++;
}

void transfers_free(struct http_client *client) {
	while (client->spare) {
		struct transfer *t = client->spare;

		client->spare = t->next;
		transfer_free(t);
	}
	client->n_spare = 0;
}

/* -- what became of it ---------------------------------------------------------------------- */

/* No connection: which of the ways the system knows. */
static int connect_error(CURL *easy) {
	long error = 0;

	curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
	switch (error) {
	case ETIMEDOUT:
	case ECONNRESET:
	case EHOSTUNREACH:
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case EACCES:
		return -(int)error;
	case ENETUNREACH:
		return -EHOSTUNREACH;
	default:
		return -ECONNREFUSED;
	}
}

/* libcurl has one code for a reset and for chunks that are none, but words for each. */
static int receive_error(const struct transfer *t) {
	return strstr(t->words, "chunked-encoding") ? -EPROTO : -ECONNRESET;
}

static int error_of(const struct transfer *t, CURLcode code) {
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return -ETIMEDOUT;
	case CURLE_COULDNT_CONNECT:
		return connect_error(t->easy);
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return -EHOSTUNREACH;
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_SEND_ERROR:
		return -ECONNRESET;
	case CURLE_RECV_ERROR:
		return receive_error(t);
	case CURLE_FILESIZE_EXCEEDED:
		return -EMSGSIZE;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_ISSUER_ERROR:
		return -EPERM;
	case CURLE_URL_MALFORMAT:
		return -EINVAL;
	case CURLE_OUT_OF_MEMORY:
		return -ENOMEM;
	default: /* among them: no HTTP, bad framing, no common version of TLS, redirects in a ring */
		return -EPROTO;
	}
}

/* What no errno can say. Which server it was may hold a secret and is the node's to tell. */
static void report_failure(const struct transfer *t, int error) {
	bool certificate = error == -EPERM;

	report(t->client->host,
	       &(struct report){
		       .level = certificate ? RY_LOG_WARNING : RY_LOG_DEBUG,
		       .message = certificate ? "a certificate was refused" : "a request failed",
		       .error = error,
		       .why = t->words[0] ? t->words : NULL,
	       });
}

int transfer_conclude(struct transfer *t, CURLcode code) {
	const struct http_client *client = t->client;
	long status = 0, connects = 0;
	int r = 0;

	curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &connects);
	count(client, client->metrics.connections, connects);
	if (t->answer.error)
		r = t->answer.error;
	else if (code != CURLE_OK)
		r = error_of(t, code);
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (r == 0 && (status < 100 || status > 599))
		r = -EPROTO;
	if (r == 0)
		r = answer_give(&t->answer, (uint32_t)status, t->res);
	if (r < 0) {
		count(client, client->metrics.failures, 1);
		report_failure(t, r);
	}
	return r;
}
