/* SPDX-License-Identifier: Apache-2.0 */
/* A pipeline in memory for measuring: source -> n nodes -> sink, without files or plugins. */
#ifndef BENCH_PIPELINE_H
#define BENCH_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

enum bench_node {
	BENCH_FORWARD, /* passes its input on */
	BENCH_COPY,    /* emits 64 bytes of its own */
	BENCH_ASYNC,   /* asynchronous: passes its input on and completes at once */
};

struct bench_pipeline {
	enum bench_node node;
	uint32_t n_nodes;
	uint64_t messages;
	bool traced; /* every span into an emit ring that is drained in the same thread */
	bool async;  /* on the async runner, whatever the nodes are */
};

struct bench_result {
	double seconds; /* CPU time of the runner's thread, of the run alone */
	uint64_t
		allocations; /* of messages, tasks and ingress records after the first 1000 messages */
	uint64_t spans;
};

/* Runs it once. Ends the process with a message when anything is not as it should be. */
struct bench_result bench_pipeline_run(const struct bench_pipeline *pipeline);

#endif
