/* SPDX-License-Identifier: Apache-2.0 */
#include "http_client/answer.h"

#include <errno.h>
#include <string.h>

#define LEAST_BODY   4096u
#define BODY_ON_WORD (UINT64_C(1) << 20) /* what is reserved on the word of a Content-Length */

/* What `provider` of an answer points to: one block with the headers and their text. */
struct given {
	void *body;
	struct ry_http_header headers[];
};

void answer_init(struct answer *answer, const struct ry_host *host,
		 const struct ry_memory_service *memory, uint64_t max_body) {
	*answer = (struct answer){.host = host, .memory = memory, .max_body = max_body};
}

void answer_fini(struct answer *answer) {
	if (!answer->memory)
		return;
	answer->memory->release(answer->host, answer->head);
	answer->memory->release(answer->host, answer->body);
	answer->head = NULL;
	answer->body = NULL;
}

static int fail(struct answer *answer, int error) {
	if (!answer->error)
		answer->error = error;
	return answer->error;
}

/* -- headers -------------------------------------------------------------------------------- */

static int head_reserve(struct answer *answer, size_t more) {
	uint32_t capacity = answer->head_capacity ? answer->head_capacity : 512;
	char *head;

	if (more > ANSWER_MAX_HEAD_BYTES - answer->head_length)
		return fail(answer, -EMSGSIZE);
	while (capacity < answer->head_length + more)
		capacity *= 2;
	if (capacity == answer->head_capacity)
		return 0;
	head = answer->memory->resize(answer->host, answer->head, capacity);
	if (!head)
		return fail(answer, -ENOMEM);
	answer->head = head;
	answer->head_capacity = capacity;
	return 0;
}

/* Room was reserved. */
static void head_add(struct answer *answer, const char *text, size_t length) {
	memcpy(answer->head + answer->head_length, text, length);
	answer->head_length += (uint32_t)length;
	answer->head[answer->head_length++] = '\0';
}

static bool is_blank(char c) {
	return c == ' ' || c == '\t';
}

static void trim(const char **text, size_t *length) {
	while (*length && is_blank((*text)[*length - 1]))
		--*length;
	while (*length && is_blank(**text)) {
		++*text;
		--*length;
	}
}

/* A line that begins with a blank goes on with the value before it, behind one space. */
static int fold(struct answer *answer, const char *text, size_t length) {
	int r;

	if (!answer->n_headers)
		return fail(answer, -EPROTO);
	trim(&text, &length);
	r = head_reserve(answer, length + 1);
	if (r < 0 || !length)
		return r;
	answer->head_length--;
	if (answer->head[answer->head_length - 1]) /* else the value is empty so far */
		answer->head[answer->head_length++] = ' ';
	head_add(answer, text, length);
	return 0;
}

static int add_header(struct answer *answer, const char *line, size_t length) {
	const char *colon = memchr(line, ':', length), *value;
	size_t name_length, value_length;
	int r;

	name_length = colon ? (size_t)(colon - line) : 0;
	while (name_length && is_blank(line[name_length - 1]))
		name_length--;
	if (!name_length)
		return fail(answer, -EPROTO);
	if (answer->n_headers == ANSWER_MAX_HEADERS)
		return fail(answer, -EMSGSIZE);
	value = colon + 1;
	value_length = length - (size_t)(value - line);
	trim(&value, &value_length);
	r = head_reserve(answer, name_length + value_length + 2);
	if (r < 0)
		return r;
	head_add(answer, line, name_length);
	head_add(answer, value, value_length);
	answer->n_headers++;
	return 0;
}

int answer_line(struct answer *answer, const char *line, size_t length) {
	if (answer->error)
		return answer->error;
	while (length && (line[length - 1] == '\n' || line[length - 1] == '\r'))
		length--;
	if (memchr(line, '\0', length) || memchr(line, '\r', length))
		return fail(answer, -EPROTO); /* RFC 9110, 5.5 */
	if (length >= 5 && !memcmp(line, "HTTP/", 5)) {
		answer->in_head = true;
		answer->head_length = answer->n_headers = 0;
		return 0;
	}
	if (!answer->in_head)
		return 0;
	if (!length) {
		answer->in_head = false;
		return 0;
	}
	return is_blank(*line) ? fold(answer, line, length) : add_header(answer, line, length);
}

/* -- the body ------------------------------------------------------------------------------- */

static int body_reserve(struct answer *answer, uint64_t need, int64_t announced) {
	uint64_t capacity = answer->body_capacity;
	unsigned char *body;

	if (need <= capacity)
		return 0;
	if (!capacity && announced > 0)
		capacity = (uint64_t)announced < BODY_ON_WORD ? (uint64_t)announced : BODY_ON_WORD;
	else
		capacity = capacity ? 2 * capacity : LEAST_BODY;
	while (capacity < need)
		capacity *= 2;
	if (capacity > answer->max_body)
		capacity = answer->max_body;
	body = answer->memory->resize(answer->host, answer->body, capacity);
	if (!body)
		return fail(answer, -ENOMEM);
	answer->body = body;
	answer->body_capacity = capacity;
	return 0;
}

int answer_body(struct answer *answer, const void *bytes, size_t length, int64_t announced) {
	int r;

	if (answer->error || !length)
		return answer->error;
	if (length > answer->max_body - answer->body_length)
		return fail(answer, -EMSGSIZE);
	r = body_reserve(answer, answer->body_length + length, announced);
	if (r < 0)
		return r;
	memcpy(answer->body + answer->body_length, bytes, length);
	answer->body_length += length;
	return 0;
}

/* -- handing over --------------------------------------------------------------------------- */

static struct given *make_given(const struct answer *answer) {
	size_t table = sizeof(struct given) + answer->n_headers * sizeof(struct ry_http_header);
	struct given *given = answer->memory->alloc(answer->host, table + answer->head_length);
	char *text;

	if (!given)
		return NULL;
	text = (char *)given + table;
	if (answer->head_length)
		memcpy(text, answer->head, answer->head_length);
	for (uint32_t i = 0; i < answer->n_headers; i++) {
		given->headers[i].name = text;
		text += strlen(text) + 1;
		given->headers[i].value = text;
		text += strlen(text) + 1;
	}
	return given;
}

int answer_give(struct answer *answer, uint32_t status, struct ry_http_response *ret) {
	struct given *given = make_given(answer);
	void *body = answer->body;

	if (!given)
		return -ENOMEM;
	if (answer->body_length < answer->body_capacity)
		body = answer->memory->resize(answer->host, body, answer->body_length);
	given->body = body ? body : answer->body; /* it only got smaller */
	ret->status = status;
	ret->headers = given->headers;
	ret->n_headers = answer->n_headers;
	ret->body = given->body;
	ret->body_length = answer->body_length;
	ret->provider = given;
	answer->body = NULL;
	answer_fini(answer);
	return 0;
}

void answer_release(const struct ry_host *host, const struct ry_memory_service *memory,
		    struct ry_http_response *res) {
	struct given *given = res->provider;

	if (!given)
		return;
	memory->release(host, given->body);
	memory->release(host, given);
	res->headers = NULL;
	res->n_headers = 0;
	res->body = NULL;
	res->body_length = 0;
	res->provider = NULL;
}
