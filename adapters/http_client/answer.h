/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer while it comes in: header lines and body, both bounded, in memory of the host. Knows
 * nothing of libcurl: what a server sends meets this code alone, so that it can be fuzzed alone.
 */
#ifndef HTTP_CLIENT_ANSWER_H
#define HTTP_CLIENT_ANSWER_H

#include <stdbool.h>

#include <railyard/http_client.h>

/* More than any server has reason to send; Apache takes 100 lines of a client, nginx 32 KiB. */
#define ANSWER_MAX_HEADERS    256u
#define ANSWER_MAX_HEAD_BYTES 65536u

struct answer {
	const struct ry_host *host;
	const struct ry_memory_service *memory;
	uint64_t max_body;
	/* The header block so far: name, NUL, value, NUL, and so on. */
	char *head;
	uint32_t head_length, head_capacity, n_headers;
	bool in_head; /* between a status line and the empty line */
	unsigned char *body;
	uint64_t body_length, body_capacity;
	int error; /* the first one: -EMSGSIZE, -EPROTO, -ENOMEM */
};

void answer_init(struct answer *answer, const struct ry_host *host,
		 const struct ry_memory_service *memory, uint64_t max_body);
void answer_fini(struct answer *answer);

/*
 * One line with its line end: a status line, which forgets the headers before it, a header, the
 * continuation of one, or the empty line. Later lines (trailers) are left out. Returns 0 or the
 * error, which stays.
 */
int answer_line(struct answer *answer, const char *line, size_t length);

/* A part of the body. announced: its whole length, or a negative number. Returns as answer_line. */
int answer_body(struct answer *answer, const void *bytes, size_t length, int64_t announced);

/* Hands all over to the caller's struct, for answer_release. Returns 0 or -ENOMEM. */
int answer_give(struct answer *answer, uint32_t status, struct ry_http_response *ret);

/* Frees what answer_give handed over; the struct is empty then. */
void answer_release(const struct ry_host *host, const struct ry_memory_service *memory,
		    struct ry_http_response *res);

#endif
