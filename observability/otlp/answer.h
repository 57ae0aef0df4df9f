/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a collector answers, from outside and so to be distrusted: ExportTraceServiceResponse with
 * an accepted request, google.rpc.Status with a refused one; protobuf through protobuf-c, JSON
 * through jansson. What an answer makes us allocate is bounded by its length and a constant.
 */
#ifndef OTLP_ANSWER_H
#define OTLP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "otlp/otlp.h"

#define OTLP_MESSAGE_SIZE 256u

struct otlp_answer {
	uint64_t rejected_spans; /* partial success: so many were not taken */
	int32_t code;		 /* enum google.rpc.Code of a refusal; 0: none was named */
	bool has_retry;		 /* a refusal came with RetryInfo */
	uint64_t retry_after_ms; /* with has_retry: at most OTLP_RETRY_MAX_MS */
	/* For people, "" when there is none: valid UTF-8 without control characters, cut to fit. */
	char message[OTLP_MESSAGE_SIZE];
};

#define OTLP_RETRY_MAX_MS (24u * 3600 * 1000) /* longer ones are not to be believed */

/*
 * Reads the answer to an accepted request. An empty one, as all members are optional, says that
 * everything was taken. 0; -EBADMSG: it is none; -EMSGSIZE: larger than OTLP_ANSWER_MAX, or of more
 * parts than any real answer has; -ENOMEM. *ret is written with 0 only.
 */
int otlp_read_success(enum otlp_format format, const void *data, size_t length,
		      struct otlp_answer *ret);

/* Reads the answer to a refused request, or `grpc-status-details-bin`. As above. */
int otlp_read_refusal(enum otlp_format format, const void *data, size_t length,
		      struct otlp_answer *ret);

#endif
