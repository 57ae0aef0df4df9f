/* SPDX-License-Identifier: Apache-2.0 */
/* Contract "http_client" 1.0: one HTTP request and its whole answer. */
#ifndef RAILYARD_HTTP_CLIENT_H
#define RAILYARD_HTTP_CLIENT_H

#include <strings.h>

#include <railyard/node.h>

RY_EXTERN_C_BEGIN

#define RY_HTTP_CLIENT	     "http_client"
#define RY_HTTP_CLIENT_MAJOR 1u
#define RY_HTTP_CLIENT_MINOR 0u

enum ry_http_client_op {
	RY_HTTP_REQUEST = 0,
	RY_HTTP_RELEASE = 1,
	RY_HTTP_CLIENT_OP_COUNT = 2,
};

struct ry_http_header {
	const char *name;
	const char *value;
};

struct ry_http_request {
	uint32_t size;
	uint32_t timeout_ms; /* whole request; 0: the adapter's setting */
	const char *method;  /* "GET", "POST", …: in capitals; what HTTP calls a token */
	const char *url;     /* http:// or https:// */
	/* Without Content-Length and Transfer-Encoding, which the provider sets. */
	const struct ry_http_header *headers;
	uint32_t n_headers;
	uint32_t reserved;
	const void *body;
	uint64_t body_length;
};

/* Zero it before the request; give it back with ry_http_release when the request succeeded. */
struct ry_http_response {
	uint32_t size;
	uint32_t status; /* 100..599 */
	const struct ry_http_header *headers;
	uint32_t n_headers;
	uint32_t reserved;
	const void *body;
	uint64_t body_length;
	void *provider; /* the provider's */
};

/*
 * 0: an answer with any status; else a negative errno, and the response is as it was: -ETIMEDOUT,
 * -ECONNREFUSED, -ECONNRESET (also an end before the whole answer was there), -EHOSTUNREACH (name
 * not resolved), -EMSGSIZE (answer above the adapter's limits), -EPROTO (no HTTP), -EPERM (TLS
 * verification failed), -EINVAL (a request that cannot be sent), -ENOMEM; with a call also
 * RY_PENDING. The body is as it was sent: a Content-Encoding is the caller's to undo.
 */
static inline int ry_http_perform(const struct ry_binding *b, const struct ry_http_request *req,
				  struct ry_http_response *res, struct ry_call *call) {
	return b->ops[RY_HTTP_REQUEST](b->self, req, res, call);
}

/* Frees what the answer points to. Never blocks. */
static inline void ry_http_release(const struct ry_binding *b, struct ry_http_response *res) {
	b->ops[RY_HTTP_RELEASE](b->self, NULL, res, NULL);
}

/* The value of the first header of that name, in any case of letters; NULL: none. */
static inline const char *ry_http_header_value(const struct ry_http_response *res,
					       const char *name) {
	for (uint32_t i = 0; i < res->n_headers; i++)
		if (strcasecmp(res->headers[i].name, name) == 0)
			return res->headers[i].value;
	return NULL;
}

RY_EXTERN_C_END

#endif
