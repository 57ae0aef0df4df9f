/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OTLP encoder of the hot path: a batch of spans to the body of one request, or of several when
 * it is too large for one, in protobuf or in JSON. One pass over the spans, no allocation once the
 * buffer has grown to what is usual. For the thread that exports; one encoder per request in work.
 *
 *	for (uint32_t from = 0; from < batch->n_spans; from += body.n_spans) {
 *		r = otlp_encode(&encoder, batch, from, &body);
 *		if (r == -EMSGSIZE)
 *			…count one span as `encode`, from += 1
 *		…send body.data, body.length
 *	}
 *
 * Strings that are not UTF-8 come out valid, with U+FFFD for each byte that fits nowhere: a strict
 * peer would refuse the whole request. Resource and scope are encoded anew with each body, as the
 * contract promises them for one batch only: well below a nanosecond per span of a usual batch.
 */
#ifndef OTLP_ENCODER_H
#define OTLP_ENCODER_H

#include "otlp/cache.h"
#include "otlp/otlp.h"
#include "otlp/protobuf.h"

struct otlp_encoder {
	enum otlp_format format;
	size_t max_bytes;
	struct text text;
	struct protobuf_prefix prefix;
	struct cache cache;
};

/* Bytes that the caller may write before and behind a body: a gRPC prefix, a newline. */
#define OTLP_HEADROOM 8u
#define OTLP_TAILROOM 8u

struct otlp_body {
	char *data; /* the encoder's, until its next otlp_encode, trim or fini */
	size_t length;
	uint32_t n_spans; /* that it holds, at least 1 */
};

/* max_bytes: of a body, 1 to OTLP_BODY_MAX. Allocates nothing yet. 0 or -EINVAL. */
int otlp_encoder_init(struct otlp_encoder *encoder, enum otlp_format format, size_t max_bytes);
void otlp_encoder_fini(struct otlp_encoder *encoder);

/* Gives memory back when the buffer is larger than that, after a batch out of the usual. */
void otlp_encoder_trim(struct otlp_encoder *encoder, size_t keep_bytes);

/*
 * Encodes the spans of the batch from that one on, as many as fit: from + ret->n_spans says where
 * the next body begins. -EMSGSIZE: not even that one fits; -ENOMEM.
 */
int otlp_encode(struct otlp_encoder *encoder, const struct ry_span_batch *batch, uint32_t from,
		struct otlp_body *ret);

#endif
