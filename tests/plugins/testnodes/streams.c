/* SPDX-License-Identifier: Apache-2.0 */
/* A source that makes lines and sinks that take them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "testnodes.h"

/* -- generator ------------------------------------------------------------------------------ */

struct generator_config {
	int64_t count;
	int64_t seed;
	int64_t length;
	int64_t fail_at;
};

struct generator {
	struct generator_config config;
	uint64_t made;
};

static const struct ry_config_key *const generator_keys[] = {
	RY_KEY(struct generator_config, count, RY_CONFIG_INT, "lines", .unit = "items",
	       .fallback = "1000", RY_RANGE(0, INT64_MAX)),
	RY_KEY(struct generator_config, seed, RY_CONFIG_INT, "the same seed gives the same lines",
	       .fallback = "1"),
	RY_KEY(struct generator_config, length, RY_CONFIG_INT,
	       "bytes of a line: its number, a blank and letters", .unit = "bytes",
	       .fallback = "64", RY_RANGE(24, 1048576)),
	RY_KEY(struct generator_config, fail_at, RY_CONFIG_INT,
	       "instead of this line, from 1 on, it fails with EIO; 0: never", .fallback = "0",
	       RY_RANGE(0, INT64_MAX)),
	NULL,
};

static int create_generator(const struct ry_create *create, void **ret_self) {
	return make_instance(create, sizeof(struct generator), sizeof(struct generator_config),
			     ret_self);
}

/* Sixteen letters by a number: SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t x) {
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static void make_line(const struct generator *generator, char *to) {
	uint64_t length = (uint64_t)generator->config.length;
	char number[24];
	uint64_t n = (uint64_t)snprintf(number, sizeof(number), "%" PRIu64 " ", generator->made);
	uint64_t bits = mix((uint64_t)generator->config.seed ^ mix(generator->made));

	memcpy(to, number, n);
	for (uint64_t i = n; i < length; i++) {
		to[i] = (char)('a' + (bits & 15));
		bits = (bits >> 4) | (bits << 60);
	}
}

static int pull(void *self, struct ry_emitter *emitter, uint32_t max) {
	struct generator *generator = self;
	uint32_t n;

	for (n = 0; n < max && generator->made < (uint64_t)generator->config.count; n++) {
		int error = 0;
		char *to;

		if (generator->config.fail_at &&
		    generator->made + 1 == (uint64_t)generator->config.fail_at)
			return n ? (int)n : -EIO;
		to = ry_source_stage(emitter, 0, (uint64_t)generator->config.length, NULL, &error);
		if (!to)
			return n ? (int)n : error;
		generator->made++;
		make_line(generator, to);
	}
	return n ? (int)n : RY_EOS;
}

static int generator_position(void *self, void *buf, uint32_t cap) {
	const struct generator *generator = self;

	if (cap < sizeof(generator->made))
		return -ENOSPC;
	memcpy(buf, &generator->made, sizeof(generator->made));
	return sizeof(generator->made);
}

static int generator_seek(void *self, const void *position, uint32_t length) {
	struct generator *generator = self;

	if (length != sizeof(generator->made))
		return -EINVAL;
	memcpy(&generator->made, position, length);
	return 0;
}

static const struct ry_adapter_ops generator_ops = {
	RY_SIZE(ry_adapter_ops),
	.create = create_generator,
	.destroy = free_instance,
};
static const struct ry_source_ops generator_source = {RY_SIZE(ry_source_ops), .pull = pull};
static const struct ry_resume_ops generator_resume = {
	RY_SIZE(ry_resume_ops),
	.position = generator_position,
	.seek = generator_seek,
};

const struct ry_adapter_type adapter_generator = {
	RY_SIZE(ry_adapter_type),
	.config_size = sizeof(struct generator_config),
	.name = "testnodes.generator",
	.summary = "makes lines from a seed, as fast as they are taken",
	.ops = &generator_ops,
	.keys = generator_keys,
	.ports = ports_line,
	.source = &generator_source,
	.resume = &generator_resume,
};

/* -- sinks ---------------------------------------------------------------------------------- */

struct slow_sink_config {
	int64_t us;
};

static const struct ry_config_key *const slow_sink_keys[] = {
	RY_KEY(struct slow_sink_config, us, RY_CONFIG_INT, "how long each line takes", .unit = "us",
	       .fallback = "100", RY_RANGE(0, 60000000)),
	NULL,
};

static int create_slow_sink(const struct ry_create *create, void **ret_self) {
	return make_instance(create, sizeof(struct slow_sink_config),
			     sizeof(struct slow_sink_config), ret_self);
}

static int write_slowly(void *self, const struct ry_message *message, uint32_t input) {
	const struct slow_sink_config *config = self;

	(void)message;
	(void)input;
	spin_us(config->us);
	return 0;
}

static const struct ry_adapter_ops slow_sink_ops = {
	RY_SIZE(ry_adapter_ops),
	.create = create_slow_sink,
	.destroy = free_instance,
};
static const struct ry_sink_ops slow_sink_sink = {RY_SIZE(ry_sink_ops), .write = write_slowly};

const struct ry_adapter_type adapter_slow_sink = {
	RY_SIZE(ry_adapter_type),      .config_size = sizeof(struct slow_sink_config),
	.name = "testnodes.slow_sink", .summary = "takes lines slowly and forgets them",
	.ops = &slow_sink_ops,	       .keys = slow_sink_keys,
	.accepts = accepts_line,       .sink = &slow_sink_sink,
};

struct counting_sink_config {
	const char *path;
};

struct counting_sink {
	struct counting_sink_config config;
	uint64_t lines, bytes;
	uint64_t sum; /* over all lines in their order */
};

static const struct ry_config_key *const counting_sink_keys[] = {
	RY_KEY(struct counting_sink_config, path, RY_CONFIG_PATH,
	       "file that gets LINES BYTES SUM at the end; absent: none"),
	NULL,
};

static int create_counting_sink(const struct ry_create *create, void **ret_self) {
	return make_instance(create, sizeof(struct counting_sink),
			     sizeof(struct counting_sink_config), ret_self);
}

static int write_counting(void *self, const struct ry_message *message, uint32_t input) {
	struct counting_sink *sink = self;
	const unsigned char *data = message->data;

	(void)input;
	sink->lines++;
	sink->bytes += message->length;
	for (uint64_t i = 0; i < message->length; i++)
		sink->sum = sink->sum * 31 + data[i];
	sink->sum = sink->sum * 31 + '\n';
	return 0;
}

static int stop_counting_sink(void *self) {
	const struct counting_sink *sink = self;
	FILE *file;

	if (!sink->config.path)
		return 0;
	file = fopen(sink->config.path, "we");
	if (!file)
		return -errno;
	fprintf(file, "%" PRIu64 " %" PRIu64 " %016" PRIx64 "\n", sink->lines, sink->bytes,
		sink->sum);
	return fclose(file) == 0 ? 0 : -errno;
}

static const struct ry_adapter_ops counting_sink_ops = {
	RY_SIZE(ry_adapter_ops),
	.create = create_counting_sink,
	.stop = stop_counting_sink,
	.destroy = free_instance,
};
static const struct ry_sink_ops counting_sink_sink = {
	RY_SIZE(ry_sink_ops),
	.write = write_counting,
};

const struct ry_adapter_type adapter_counting_sink = {
	RY_SIZE(ry_adapter_type),
	.config_size = sizeof(struct counting_sink_config),
	.name = "testnodes.counting_sink",
	.summary = "counts lines and bytes and sums them up in their order",
	.ops = &counting_sink_ops,
	.keys = counting_sink_keys,
	.accepts = accepts_line,
	.sink = &counting_sink_sink,
	.writes = (const char *const[]){"path", NULL},
};
