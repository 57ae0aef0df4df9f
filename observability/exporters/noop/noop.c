/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter `noop`: takes every span and does nothing; to measure what the rest costs. */
#include "exporters/exporters.h"

#include <railyard/span_exporter.h>

static int noop_export(void *self, const void *request, void *result, struct ry_call *call) {
	(void)self;
	(void)request;
	(void)result;
	(void)call;
	return 0;
}

static int noop_create(const struct ry_create *create, void **ret_self) {
	static char nothing;

	(void)create;
	*ret_self = &nothing;
	return 0;
}

static void noop_destroy(void *self) {
	(void)self;
}

static ry_op *const operations[RY_SPAN_EXPORTER_OP_COUNT] = {
	[RY_SPAN_EXPORT] = noop_export,
	[RY_SPAN_FLUSH] = noop_export,
};

static const struct ry_provides provides = {
	.size = RY_SIZE(ry_provides),
	.flags = RY_OFFERS_CONSUME | RY_OFFERS_ACONSUME | RY_THREAD_SAFE,
	.major = RY_SPAN_EXPORTER_MAJOR,
	.minor = RY_SPAN_EXPORTER_MINOR,
	.contract = RY_SPAN_EXPORTER,
	.ops = operations,
	.op_count = RY_SPAN_EXPORTER_OP_COUNT,
};

static const struct ry_adapter_ops adapter_ops = {
	.size = RY_SIZE(ry_adapter_ops),
	.create = noop_create,
	.destroy = noop_destroy,
};

const struct ry_adapter_type exporter_noop_type = {
	.size = RY_SIZE(ry_adapter_type),
	.flags = RY_ADAPTER_MULTI_PROCESS,
	.name = "noop",
	.summary = "takes spans and forgets them",
	.ops = &adapter_ops,
	.provides = (const struct ry_provides *const[]){&provides, NULL},
};
