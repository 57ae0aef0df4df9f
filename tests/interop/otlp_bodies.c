/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the bodies of one generated batch, as another implementation is to read them:
 *
 *	otlp_bodies SEED PROTOBUF_FILE JSON_FILE
 */
#include <stdio.h>
#include <stdlib.h>

#include "otlp/encoder.h"
#include "support/spans.h"

static int write_body(const struct ry_span_batch *batch, enum otlp_format format,
		      const char *path) {
	struct otlp_encoder encoder;
	struct otlp_body body;
	FILE *file = fopen(path, "wbe");
	int r = -1;

	if (file && otlp_encoder_init(&encoder, format, OTLP_BODY_MAX) == 0) {
		if (otlp_encode(&encoder, batch, 0, &body) == 0 &&
		    fwrite(body.data, 1, body.length, file) == body.length)
			r = 0;
		otlp_encoder_fini(&encoder);
	}
	if (file && fclose(file) != 0)
		r = -1;
	return r;
}

int main(int argc, char **argv) {
	struct choices choices = {.seed = argc == 4 ? strtoull(argv[1], NULL, 10) : 0};
	struct arena arena = ARENA_INIT;
	const struct ry_span_batch *batch;
	int r;

	if (!choices.seed) {
		fputs("usage: otlp_bodies SEED (above 0) PROTOBUF_FILE JSON_FILE\n", stderr);
		return 64;
	}
	batch = spans_generate(&choices, &arena, 12);
	r = write_body(batch, OTLP_PROTOBUF, argv[2]);
	if (r == 0)
		r = write_body(batch, OTLP_JSON, argv[3]);
	arena_fini(&arena);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
