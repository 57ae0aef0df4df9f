/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of any bytes. The first one chooses what they are taken for. A failure changes nothing; a
 * success has a message that may be printed.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/utf8.h"
#include "otlp/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct otlp_answer *answer) {
	const char *message = answer->message, *end = memchr(message, '\0', OTLP_MESSAGE_SIZE);

	assert(end && utf8_valid(message, (size_t)(end - message)));
	for (; message < end; message++)
		assert((unsigned char)*message >= 0x20 && *message != 0x7f);
	assert(answer->has_retry || answer->retry_after_ms == 0);
	assert(answer->retry_after_ms <= OTLP_RETRY_MAX_MS);
	assert(answer->rejected_spans <= INT64_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct otlp_answer untouched, answer;
	enum otlp_format format;
	int r;

	if (!size)
		return 0;
	format = data[0] & 1 ? OTLP_JSON : OTLP_PROTOBUF;
	memset(&untouched, 0xa5, sizeof(untouched));
	memcpy(&answer, &untouched, sizeof(answer));
	r = data[0] & 2 ? otlp_read_refusal(format, data + 1, size - 1, &answer)
			: otlp_read_success(format, data + 1, size - 1, &answer);
	if (r == 0) {
		check(&answer);
	} else {
		assert(r == -EBADMSG || r == -EMSGSIZE);
		assert(memcmp(&answer, &untouched, sizeof(answer)) == 0);
	}
	return 0;
}
