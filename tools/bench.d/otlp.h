/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encoding a batch of 512 spans of 244 bytes each in OTLP, as the pipeline makes them: nanoseconds
 * of CPU per span, over at least n spans.
 */
#ifndef BENCH_OTLP_H
#define BENCH_OTLP_H

#include <stdint.h>

double bench_otlp_protobuf(uint64_t n);
double bench_otlp_protobuf_unshared(uint64_t n); /* each span has attributes of its own */
double bench_otlp_json(uint64_t n);
double bench_otlp_protobuf_c(uint64_t n); /* the floor of others: size and pack, structs given */

#endif
