/* SPDX-License-Identifier: Apache-2.0 */
#include "node/host.h"

#include <stdlib.h>
#include <string.h>

#include <railyard/json.h>

#include "message/json.h"
#include "node/log.h"
#include "node/offloaded.h"

static const struct host *host_of(const struct ry_host *head) {
	return (const struct host *)head;
}

/* -- ry.log --------------------------------------------------------------------------------- */

/* The task in which this component is called on this thread; NULL: none is known. */
static const struct task *running_task(const struct host *host) {
	const struct task *offloaded = offloaded_task();

	if (!host->node)
		return NULL;
	if (offloaded)
		return offloaded->node == host->node ? offloaded : NULL;
	return unit_on_thread(host->unit) ? host->node->current : NULL;
}

static void host_log(const struct ry_host *head, uint32_t level, const char *message,
		     const struct ry_field *const *fields, uint32_t n) {
	const struct host *host = host_of(head);
	const struct task *task = running_task(host);
	const struct ry_message *in = task && task->message ? &task->message->head : NULL;

	log_write(host->unit->log, level, message, head->component, message, fields, n,
		  in ? in->trace_id : NULL, task && task->recording ? task->span_id.bytes : NULL);
}

static int host_log_enabled(const struct ry_host *head, uint32_t level) {
	return log_enabled(host_of(head)->unit->log, level);
}

static const struct ry_log_service log_service = {
	RY_SIZE(ry_log_service),
	.write = host_log,
	.enabled = host_log_enabled,
};

/* -- ry.memory ------------------------------------------------------------------------------ */

static void *host_alloc(const struct ry_host *head, uint64_t size) {
	(void)head;
	return malloc(size ? size : 1);
}

static void *host_resize(const struct ry_host *head, void *block, uint64_t size) {
	(void)head;
	return realloc(block, size ? size : 1);
}

static void host_release(const struct ry_host *head, void *block) {
	(void)head;
	free(block);
}

static const struct ry_memory_service memory_service = {
	RY_SIZE(ry_memory_service),
	.alloc = host_alloc,
	.resize = host_resize,
	.release = host_release,
};

/* -- ry.source ------------------------------------------------------------------------------ */

static struct ry_emitter *host_emitter(const struct ry_host *head) {
	return &host_of(head)->node->source->emitter;
}

static const struct ry_source_service source_service = {
	RY_SIZE(ry_source_service),
	.emitter = host_emitter,
};

/* -- by name -------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	uint32_t major;
	const void *table;
} services[] = {
	{RY_LOG, 1, &log_service},	    {RY_METRICS, 1, &host_metrics_service},
	{RY_TRACE, 1, &task_trace_service}, {RY_MEMORY, 1, &memory_service},
	{RY_JSON, 1, &json_service},	    {RY_LOOP, 1, &host_loop_service},
	{RY_SOURCE, 1, &source_service},
};

static const void *host_get(const struct ry_host *head, const char *name, uint32_t major) {
	const struct host *host = host_of(head);

	if (strcmp(name, RY_LOOP) == 0 && !host->loop)
		return NULL;
	if (strcmp(name, RY_SOURCE) == 0 && !(host->node && host->node->source))
		return NULL;
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (services[i].major == major && strcmp(services[i].name, name) == 0)
			return services[i].table;
	return NULL;
}

void host_init(struct host *host, struct unit *unit, const char *component, const char *group,
	       struct node *node) {
	host->head = (struct ry_host){
		RY_SIZE(ry_host),
		.abi = RY_ABI_VERSION,
		.component = component,
		.process_group = group,
		.scenario = unit->plan->manifest->scenario.name,
		.get = host_get,
	};
	host->unit = unit;
	host->loop = unit->loop;
	host->node = node;
}
