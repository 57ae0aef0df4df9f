/* SPDX-License-Identifier: Apache-2.0 */
/* Contract "http_client" 1.0: one HTTP request and its whole answer. */
#ifndef RAILYARD_HTTP_CLIENT_H
#define RAILYARD_HTTP_CLIENT_H

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
	const char *method;  /* "GET", "POST", … */
	const char *url;
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
 * 0: an answer with any status; else a negative errno: -ETIMEDOUT, -ECONNREFUSED, -ECONNRESET,
 * -EHOSTUNREACH (name not resolved), -EMSGSIZE (answer above the adapter's limit), -EPROTO, -EPERM
 * (TLS verification failed); with a call also RY_PENDING.
 */
static inline int ry_http_perform(const struct ry_binding *b, const struct ry_http_request *req,
				  struct ry_http_response *res, struct ry_call *call) {
	return b->ops[RY_HTTP_REQUEST](b->self, req, res, call);
}

/* Frees what the answer points to. Never blocks. */
static inline void ry_http_release(const struct ry_binding *b, struct ry_http_response *res) {
	b->ops[RY_HTTP_RELEASE](b->self, NULL, res, NULL);
}

RY_EXTERN_C_END

#endif
