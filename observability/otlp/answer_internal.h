/* SPDX-License-Identifier: Apache-2.0 */
/* The two readers behind answer.h. */
#ifndef OTLP_ANSWER_INTERNAL_H
#define OTLP_ANSWER_INTERNAL_H

#include "otlp/answer.h"

/* The type of RetryInfo in google.protobuf.Any, behind the last '/' of its URL. */
#define OTLP_RETRY_INFO "google.rpc.RetryInfo"

/* Copies text for people. */
void answer_message(struct otlp_answer *answer, const char *text, size_t length);

/* -EBADMSG when the number cannot be. */
int answer_rejected(struct otlp_answer *answer, int64_t rejected);

/* A google.protobuf.Duration; a negative one is none. */
void answer_retry(struct otlp_answer *answer, int64_t seconds, int32_t nanos);

bool answer_is_retry_info(const char *type_url);

int answer_json_success(const char *data, size_t length, struct otlp_answer *answer);
int answer_json_refusal(const char *data, size_t length, struct otlp_answer *answer);

#endif
