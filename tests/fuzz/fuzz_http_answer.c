/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a server sends, as http_client.curl keeps it: lines up to an empty one, then a body, and so
 * on from the next "HTTP/" line. The first byte is the limit of the body in units of 64 bytes. What
 * is handed over lies within its limits, and nothing is left when it was given back.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "http_client/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned live;

static void *resize(const struct ry_host *host, void *block, uint64_t size) {
	void *resized = realloc(block, size);

	(void)host;
	assert(size && size <= 2 * ANSWER_MAX_HEAD_BYTES + ANSWER_MAX_HEADERS * 32);
	live += !block;
	return resized;
}

static void *alloc(const struct ry_host *host, uint64_t size) {
	return resize(host, NULL, size);
}

static void release(const struct ry_host *host, void *block) {
	(void)host;
	live -= block != NULL;
	free(block);
}

static const struct ry_memory_service memory = {
	RY_SIZE(ry_memory_service),
	.alloc = alloc,
	.resize = resize,
	.release = release,
};

/* As libcurl does: whole lines with their ends, then the body in pieces. */
static int feed(struct answer *answer, const char *data, size_t size) {
	while (size) {
		const char *end = memchr(data, '\n', size);
		size_t length = end ? (size_t)(end - data) + 1 : size;
		int r;

		if (answer->in_head || !strncmp(data, "HTTP/", length < 5 ? length : 5))
			r = answer_line(answer, data, length);
		else
			r = answer_body(answer, data, length, (int64_t)size);
		if (r < 0) {
			assert(r == answer->error && (r == -EMSGSIZE || r == -EPROTO));
			return r;
		}
		data += length;
		size -= length;
	}
	return 0;
}

static void check(const struct ry_http_response *res, uint64_t most) {
	size_t total = 0;

	assert(res->n_headers <= ANSWER_MAX_HEADERS && res->body_length <= most);
	for (uint32_t i = 0; i < res->n_headers; i++) {
		const char *name = res->headers[i].name, *value = res->headers[i].value;

		assert(*name && !strpbrk(name, ":\r\n") && !strpbrk(value, "\r\n"));
		assert(*value != ' ' && (!*value || value[strlen(value) - 1] != ' '));
		total += strlen(name) + strlen(value) + 2;
	}
	assert(total <= ANSWER_MAX_HEAD_BYTES);
	for (uint64_t i = 0; i < res->body_length; i++) /* it is all there */
		assert(((const volatile unsigned char *)res->body)[i] <= 255);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct ry_http_response res = {RY_SIZE(ry_http_response)};
	struct answer answer;
	uint64_t most;

	if (!size)
		return 0;
	most = data[0] * UINT64_C(64);
	answer_init(&answer, NULL, &memory, most);
	if (feed(&answer, (const char *)data + 1, size - 1) == 0) {
		assert(answer_give(&answer, 200, &res) == 0);
		check(&res, most);
		answer_release(NULL, &memory, &res);
		assert(!res.provider && !res.body);
	}
	answer_fini(&answer);
	assert(live == 0);
	return 0;
}
