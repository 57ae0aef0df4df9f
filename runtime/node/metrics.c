/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics that components define: a list that only grows during start, of atomic values. */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "node/host.h"

struct ry_metric {
	struct ry_metric *next;
	const char *component;
	char *name;
	char *unit;
	char *help;
	uint32_t kind;
	_Atomic int64_t value;
};

struct metric_table {
	struct ry_metric *first, **end;
};

struct metric_table *metrics_new(void) {
	struct metric_table *table = must_calloc(1, sizeof(*table));

	table->end = &table->first;
	return table;
}

struct metric_table *metrics_free(struct metric_table *table) {
	if (!table)
		return NULL;
	while (table->first) {
		struct ry_metric *next = table->first->next;

		free(table->first->name);
		free(table->first->unit);
		free(table->first->help);
		free(table->first);
		table->first = next;
	}
	free(table);
	return NULL;
}

bool metrics_read(const struct metric_table *table, uint32_t n, struct metric_reading *ret) {
	const struct ry_metric *metric = table->first;

	while (metric && n--)
		metric = metric->next;
	if (!metric)
		return false;
	*ret = (struct metric_reading){
		.component = metric->component,
		.name = metric->name,
		.unit = metric->unit,
		.help = metric->help,
		.kind = metric->kind,
		.value = atomic_load_explicit(&metric->value, memory_order_relaxed),
	};
	return true;
}

static bool is_metric_name(const char *name) {
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.");

	return n > 0 && n <= 64 && name[n] == '\0' && name[0] >= 'a' && name[0] <= 'z';
}

static int host_define(const struct ry_host *head, const char *name, uint32_t kind,
		       const char *unit, const char *help, struct ry_metric **ret) {
	struct metric_table *table = ((const struct host *)head)->unit->metrics;
	struct ry_metric *metric;

	if (!is_metric_name(name) || (kind != RY_METRIC_COUNTER && kind != RY_METRIC_GAUGE))
		return -EINVAL;
	for (metric = table->first; metric; metric = metric->next)
		if (strcmp(metric->name, name) == 0 &&
		    strcmp(metric->component, head->component) == 0) {
			*ret = metric;
			return 0;
		}
	metric = must_calloc(1, sizeof(*metric));
	metric->component = head->component;
	metric->name = must_strdup(name);
	metric->unit = must_strdup(unit ? unit : "");
	metric->help = must_strdup(help ? help : "");
	metric->kind = kind;
	*table->end = metric;
	table->end = &metric->next;
	*ret = metric;
	return 0;
}

/* Several writers: threads of the offload pool count too. */
static void host_add(struct ry_metric *metric, int64_t delta) {
	atomic_fetch_add_explicit(&metric->value, delta, memory_order_relaxed);
}

static void host_set(struct ry_metric *metric, int64_t value) {
	atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

const struct ry_metrics_service host_metrics_service = {
	RY_SIZE(ry_metrics_service),
	.define = host_define,
	.add = host_add,
	.set = host_set,
};
