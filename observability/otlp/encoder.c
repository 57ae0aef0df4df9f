/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/encoder.h"

#include <assert.h>
#include <errno.h>

#include "otlp/json.h"

/* What encoding asks for beyond what it uses, so that a body may be filled to the last byte. */
#define SLACK 256u

const char *const otlp_content_types[2] = {
	[OTLP_PROTOBUF] = "application/x-protobuf",
	[OTLP_JSON] = "application/json",
};

int otlp_encoder_init(struct otlp_encoder *encoder, enum otlp_format format, size_t max_bytes) {
	if (max_bytes == 0 || max_bytes > OTLP_BODY_MAX)
		return -EINVAL;
	*encoder = (struct otlp_encoder){.format = format, .max_bytes = max_bytes};
	encoder->prefix.text.limit = max_bytes + SLACK;
	return 0;
}

void otlp_encoder_fini(struct otlp_encoder *encoder) {
	text_fini(&encoder->text);
	text_fini(&encoder->prefix.text);
}

void otlp_encoder_trim(struct otlp_encoder *encoder, size_t keep_bytes) {
	if (encoder->text.capacity > keep_bytes)
		text_fini(&encoder->text);
}

/* Everything that stands before the spans, or the room for it. */
static int begin(struct otlp_encoder *encoder, const struct ry_span_batch *batch) {
	struct text *text = &encoder->text, *prefix = &encoder->prefix.text;
	size_t room = OTLP_HEADROOM;

	text_clear(text);
	cache_clear(&encoder->cache);
	if (encoder->format == OTLP_PROTOBUF) {
		protobuf_prefix(&encoder->prefix, batch);
		room += protobuf_headroom(&encoder->prefix);
	}
	text->limit = room + encoder->max_bytes + SLACK;
	if (text_room(text, room + OTLP_TAILROOM))
		text->length = room;
	if (encoder->format == OTLP_JSON)
		otlp_json_begin(text, batch);
	if (text->failed || prefix->failed)
		return -ENOMEM;
	return text->full || prefix->full ? -EMSGSIZE : 0;
}

/* Bytes of the body, if it ended here; first is where the spans begin. */
static inline size_t body_size(const struct otlp_encoder *encoder, size_t first) {
	if (encoder->format == OTLP_PROTOBUF)
		return protobuf_size(&encoder->prefix, encoder->text.length - first);
	return encoder->text.length - OTLP_HEADROOM + OTLP_JSON_END;
}

static inline bool put_span(struct otlp_encoder *encoder, const struct ry_span *span) {
	if (encoder->format == OTLP_PROTOBUF)
		return protobuf_span(&encoder->text, &encoder->cache, span);
	return otlp_json_span(&encoder->text, &encoder->cache, span);
}

static void end(struct otlp_encoder *encoder, size_t first, struct otlp_body *ret) {
	struct text *text = &encoder->text;
	size_t begins = OTLP_HEADROOM;

	if (encoder->format == OTLP_PROTOBUF)
		begins = protobuf_close(&encoder->prefix, text, first);
	else
		otlp_json_end(text);
	ret->data = text->data + begins;
	ret->length = text->length - begins;
}

int otlp_encode(struct otlp_encoder *encoder, const struct ry_span_batch *batch, uint32_t from,
		struct otlp_body *ret) {
	struct text *text = &encoder->text;
	size_t first, fits;
	uint32_t n;
	int r;

	assert(from < batch->n_spans);
	r = begin(encoder, batch);
	if (r < 0)
		return r;
	first = fits = text->length;
	for (n = 0; n < batch->n_spans - from; n++, fits = text->length)
		if (!put_span(encoder, batch->spans[from + n]) ||
		    body_size(encoder, first) > encoder->max_bytes)
			break;
	text->length = fits;
	if (text->failed)
		return -ENOMEM;
	if (n == 0)
		return -EMSGSIZE;
	/* The room is there: limits are beyond max_bytes, and a span left out stood there. */
	if (!text_room(text, OTLP_JSON_END + OTLP_TAILROOM))
		return -ENOMEM;
	end(encoder, first, ret);
	ret->n_spans = n;
	return 0;
}
