/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/answer_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "otlp_trace_service.pb-c.h"
#include "rpc_status.pb-c.h"

typedef Opentelemetry__Proto__Collector__Trace__V1__ExportTraceServiceResponse pb_response;
typedef Opentelemetry__Proto__Collector__Trace__V1__ExportTracePartialSuccess pb_partial_success;

/* -- what both formats say -------------------------------------------------------------------- */

/* C0, DEL, and C1 as two bytes: a terminal would obey them. */
static bool is_control(const char *text, size_t n) {
	const unsigned char *s = (const unsigned char *)text;

	return (n == 1 && (s[0] < 0x20 || s[0] == 0x7f)) || (n == 2 && s[0] == 0xc2 && s[1] < 0xa0);
}

void answer_message(struct otlp_answer *answer, const char *text, size_t length) {
	size_t at = 0;

	while (length) {
		size_t n = utf8_sequence(text, length), step = n ? n : 1;
		bool shown = n && !is_control(text, n);
		size_t more = shown ? n : 1;

		if (at + more >= sizeof(answer->message))
			break;
		memcpy(answer->message + at, shown ? text : "?", more);
		at += more;
		text += step;
		length -= step;
	}
	answer->message[at] = '\0';
}

int answer_rejected(struct otlp_answer *answer, int64_t rejected) {
	if (rejected < 0)
		return -EBADMSG;
	answer->rejected_spans = (uint64_t)rejected;
	return 0;
}

void answer_retry(struct otlp_answer *answer, int64_t seconds, int32_t nanos) {
	const int64_t most = OTLP_RETRY_MAX_MS / 1000;

	if (seconds < 0 || nanos < 0 || nanos > 999999999)
		return;
	answer->has_retry = true;
	if (seconds >= most)
		answer->retry_after_ms = OTLP_RETRY_MAX_MS;
	else /* rounded up: not earlier */
		answer->retry_after_ms =
			(uint64_t)seconds * 1000 + ((uint64_t)nanos + 999999) / 1000000;
}

bool answer_is_retry_info(const char *type_url) {
	const char *slash = strrchr(type_url, '/');

	return slash && strcmp(slash + 1, OTLP_RETRY_INFO) == 0;
}

/* -- protobuf --------------------------------------------------------------------------------- */

/*
 * A message of two bytes on the wire becomes a hundred in memory; so the decoder is given what is
 * proportionate to the answer and no more.
 */
struct budget {
	size_t left;
	bool spent;
	bool no_memory;
};

static void *budget_alloc(void *data, size_t size) {
	struct budget *budget = data;
	void *memory;

	if (size > budget->left) {
		budget->spent = true;
		return NULL;
	}
	memory = malloc(size);
	if (memory)
		budget->left -= size;
	else
		budget->no_memory = true;
	return memory;
}

static void budget_free(void *data, void *memory) {
	(void)data;
	free(memory);
}

#define BUDGET_BASE (64u << 10)

static int unpack(const ProtobufCMessageDescriptor *descriptor, const void *data, size_t length,
		  ProtobufCMessage **ret) {
	struct budget budget = {.left = length + BUDGET_BASE};
	ProtobufCAllocator allocator = {budget_alloc, budget_free, &budget};
	ProtobufCMessage *message;

	message = protobuf_c_message_unpack(descriptor, &allocator, length, data);
	if (!message)
		return budget.no_memory ? -ENOMEM : budget.spent ? -EMSGSIZE : -EBADMSG;
	*ret = message;
	return 0;
}

static void discard(ProtobufCMessage *message) {
	struct budget none = {0};
	ProtobufCAllocator allocator = {budget_alloc, budget_free, &none};

	protobuf_c_message_free_unpacked(message, &allocator);
}

static int protobuf_success(const void *data, size_t length, struct otlp_answer *answer) {
	const pb_partial_success *partial;
	ProtobufCMessage *message;
	int r;

	r = unpack(
		&opentelemetry__proto__collector__trace__v1__export_trace_service_response__descriptor,
		data, length, &message);
	if (r < 0)
		return r;
	partial = ((const pb_response *)message)->partial_success;
	if (partial) {
		r = answer_rejected(answer, partial->rejected_spans);
		answer_message(answer, partial->error_message, strlen(partial->error_message));
	}
	discard(message);
	return r;
}

static void protobuf_retry(const Google__Rpc__Any *detail, struct otlp_answer *answer) {
	const Google__Rpc__RetryInfo *info;
	ProtobufCMessage *message;

	/* A detail that cannot be read is none. */
	if (!answer_is_retry_info(detail->type_url) ||
	    unpack(&google__rpc__retry_info__descriptor, detail->value.data, detail->value.len,
		   &message) < 0)
		return;
	info = (const Google__Rpc__RetryInfo *)message;
	if (info->retry_delay)
		answer_retry(answer, info->retry_delay->seconds, info->retry_delay->nanos);
	discard(message);
}

static int protobuf_refusal(const void *data, size_t length, struct otlp_answer *answer) {
	const Google__Rpc__Status *status;
	ProtobufCMessage *message;
	int r;

	r = unpack(&google__rpc__status__descriptor, data, length, &message);
	if (r < 0)
		return r;
	status = (const Google__Rpc__Status *)message;
	answer->code = status->code;
	answer_message(answer, status->message, strlen(status->message));
	for (size_t i = 0; i < status->n_details; i++)
		protobuf_retry(status->details[i], answer);
	discard(message);
	return 0;
}

/* -- both ------------------------------------------------------------------------------------- */

int otlp_read_success(enum otlp_format format, const void *data, size_t length,
		      struct otlp_answer *ret) {
	struct otlp_answer answer = {0};
	int r = 0;

	if (length > OTLP_ANSWER_MAX)
		return -EMSGSIZE;
	if (length)
		r = format == OTLP_PROTOBUF ? protobuf_success(data, length, &answer)
					    : answer_json_success(data, length, &answer);
	if (r == 0)
		*ret = answer;
	return r;
}

int otlp_read_refusal(enum otlp_format format, const void *data, size_t length,
		      struct otlp_answer *ret) {
	struct otlp_answer answer = {0};
	int r = 0;

	if (length > OTLP_ANSWER_MAX)
		return -EMSGSIZE;
	if (length)
		r = format == OTLP_PROTOBUF ? protobuf_refusal(data, length, &answer)
					    : answer_json_refusal(data, length, &answer);
	if (r == 0)
		*ret = answer;
	return r;
}
