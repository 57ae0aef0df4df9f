/* SPDX-License-Identifier: Apache-2.0 */
#include "support/pipeline.h"

#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "loop/loop.h"
#include "node/log.h"
#include "support/diag.h"

struct pipeline *components_pipeline;

void pipeline_build(struct pipeline *p, const char *manifest, bool traced) {
	static const struct place nowhere = {.file = "components"};
	struct manifest_options options = {.force_inline = true, .resolve = true};
	struct runner_options runner_options = {
		.control = &p->control,
		.drain_timeout_ns = p->drain_timeout_ns ? p->drain_timeout_ns : 10 * NS_PER_SECOND,
	};
	struct trace_sampler sampler;
	struct unit_options unit_options = {.sampler = &sampler};
	bool async;

	components_pipeline = p;
	p->log_fd = memfd_create("log", MFD_CLOEXEC);
	p->log = log_new(p->log_fd, RY_LOG_DEBUG);
	p->control.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	catalog_add(&p->catalog, &components_plugin, NULL, &nowhere, &p->diag);
	if (p->plugin)
		catalog_add(&p->catalog, p->plugin, NULL, &nowhere, &p->diag);
	(void)manifest_parse(&p->manifest, "test.json", manifest, strlen(manifest), &options,
			     &p->diag);
	(void)plan_build(&p->plan, &p->manifest, &p->catalog, &p->diag);
	if (p->diag.n_errors)
		expect_no_findings(&p->diag);
	trace_sampler_init(&sampler, TRACE_ALWAYS_ON, true, 1.0);
	if (traced)
		expect_ok(emit_new(1u << 20, &p->emit));
	unit_options.emit = p->emit;
	unit_options.log = p->log;
	async = p->plan.inline_profile == RUNNER_ASYNC;
	if (async)
		expect_ok(loop_new(LOOP_PRECISE, &p->loop));
	unit_options.loop = p->loop;
	expect_ok(unit_new(&p->plan, &unit_options, &p->unit));
	expect_ok(runner_new(async ? &runner_async : &runner_sync, p->unit, &runner_options,
			     &p->runner));
}

void pipeline_run(struct pipeline *p) {
	expect_ok(runner_start(p->runner));
	runner_run(p->runner, &p->result);
}

void pipeline_fini(struct pipeline *p) {
	p->runner = runner_free(p->runner);
	p->unit = unit_free(p->unit);
	p->loop = loop_free(p->loop);
	p->emit = emit_free(p->emit);
	p->log = log_free(p->log);
	fd_close(&p->log_fd);
	fd_close(&p->control.wake_fd);
	plan_fini(&p->plan);
	manifest_fini(&p->manifest);
	catalog_fini(&p->catalog);
	diag_fini(&p->diag);
	strbuf_fini(&p->output);
	*p = (struct pipeline){0};
	components_pipeline = NULL;
}

struct node *pipeline_node(struct pipeline *p, const char *name) {
	const struct plan_node *node = plan_node_named(&p->plan, name);

	ck_assert_msg(node != NULL, "no node %s", name);
	return &p->unit->nodes[node->index];
}

void pipeline_expect_account(struct pipeline *p) {
	uint64_t n_abandoned = 0;

	for (uint32_t i = 0; i < p->unit->n_nodes; i++) {
		const struct node *node = &p->unit->nodes[i];
		const struct node_counters *c = &node->counters;

		expect_int(c->taken, c->completed + c->dropped + c->dead_lettered + c->failed +
					     c->abandoned + c->held + c->pending);
		expect_int(c->held, 0);
		ck_assert_uint_le(node->queue.highest, node->queue.capacity);
		if (node->source)
			expect_int(node->source->counters.accepted,
				   node->source->counters.completed +
					   node->source->counters.failed +
					   node->source->counters.abandoned);
	}
	/* All gone, but for the message of each task that its node has not given back. */
	for (const struct task *task = p->unit->abandoned_tasks; task; task = task->next)
		n_abandoned++;
	ck_assert_uint_le(p->unit->pool.live, n_abandoned);
}
