/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole pipeline in a test: manifest text and a plugin's tables in, a run, counters out. The
 * components of support/components.c are there under the plugin name `t`:
 *
 *	t.source  {count}: emits the lines 1..count; {ends: false}: waits instead of ending;
 *		  {traceparent, tracestate, baggage}: of every message
 *	t.sink    collects lines, with ',' between them, in pipeline.output; {fail_at, error}
 *	t.mark    adds an m
 *	t.headers {n}: the headers of its trace, in these formats, and its traceparent
 *	t.pass    forwards; t.fail {every, error, attempts}: fails each every-th message, the first
 *		  `attempts` times; t.burst {n}: n messages from one; t.hold {n}: joins n with '+'
 *	t.split   ports even and odd; t.drop: no output; t.rude {how}: breaks a rule
 */
#ifndef SUPPORT_PIPELINE_H
#define SUPPORT_PIPELINE_H

#include "base/strbuf.h"
#include "emit/emit.h"
#include "runner.h"

struct pipeline {
	struct diag diag;
	struct manifest manifest;
	struct catalog catalog;
	struct plan plan;
	struct emit *emit; /* NULL: tracing off */
	struct component_log *log;
	int log_fd;	   /* a memfd with what was logged */
	struct loop *loop; /* of an asynchronous unit */
	struct unit *unit;
	struct runner *runner;
	struct runner_control control;
	struct runner_result result;
	const struct ry_plugin *plugin; /* before pipeline_build: of the test, too; NULL: none */
	uint64_t drain_timeout_ns;	/* before pipeline_build; 0: 10 s */
	struct strbuf output;		/* of all sinks */
	void (*on_write)(struct pipeline *pipeline, uint64_t nth); /* NULL: nothing */
	uint64_t written;
};

extern const struct ry_plugin components_plugin;

/* The pipeline that the components of this process talk to. */
extern struct pipeline *components_pipeline;

/* Aborts the test when the manifest has errors. traced: with an emit ring of 1 MiB. */
void pipeline_build(struct pipeline *pipeline, const char *manifest, bool traced);
void pipeline_run(struct pipeline *pipeline); /* start, run; result in pipeline->result */
void pipeline_fini(struct pipeline *pipeline);

struct node *pipeline_node(struct pipeline *pipeline, const char *name);

/* Every sum of the account comes out. */
void pipeline_expect_account(struct pipeline *pipeline);

#endif
