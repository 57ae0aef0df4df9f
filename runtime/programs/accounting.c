/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/accounting.h"

#include <inttypes.h>

#include "base/errname.h"
#include "node/host.h"

/* -- do the sums come out? ------------------------------------------------------------------ */

static bool source_adds_up(const struct source_counters *c) {
	return c->accepted == c->completed + c->failed + c->abandoned;
}

static bool node_adds_up(const struct node_counters *c) {
	return c->taken == c->completed + c->dropped + c->dead_lettered + c->failed + c->abandoned +
				   c->held + c->pending;
}

static uint64_t lost(const struct export_counters *c) {
	uint64_t n = 0;

	for (int i = 0; i < LOSS_COUNT; i++)
		n += c->dropped[i];
	return n;
}

/* -- for people ----------------------------------------------------------------------------- */

static void write_source(const struct node *node, struct strbuf *out) {
	const struct source_counters *c = &node->source->counters;

	strbuf_add(out, "source ");
	strbuf_add_visible(out, node->plan->name);
	strbuf_printf(out,
		      ": accepted %" PRIu64 " = completed %" PRIu64 " + failed %" PRIu64
		      " + abandoned %" PRIu64 "\n",
		      c->accepted, c->completed, c->failed, c->abandoned);
}

static void write_part(struct strbuf *out, const char *name, uint64_t n) {
	if (n)
		strbuf_printf(out, ", %s %" PRIu64, name, n);
}

static void write_drops(const struct node *node, struct strbuf *out) {
	for (int i = 0; i < NODE_DROP_REASONS && node->drops[i].count; i++)
		strbuf_printf(out, ", dropped{%s} %" PRIu64,
			      node->drops[i].error ? errno_name(node->drops[i].error) : "other",
			      node->drops[i].count);
}

static bool uneventful(const struct node_counters *c) {
	return c->taken == c->completed && !c->unrouted && !c->retries && !c->plugin_errors;
}

static void write_node(const struct node *node, struct strbuf *out) {
	const struct node_counters *c = &node->counters;

	if (uneventful(c))
		return;
	strbuf_add(out, node->plan->kind == PLAN_SINK ? "sink " : "node ");
	strbuf_add_visible(out, node->plan->name);
	strbuf_printf(out, ": taken %" PRIu64 ", completed %" PRIu64, c->taken, c->completed);
	write_drops(node, out);
	write_part(out, "dead-lettered", c->dead_lettered);
	write_part(out, "failed", c->failed);
	write_part(out, "abandoned", c->abandoned);
	write_part(out, "held", c->held);
	write_part(out, "retries", c->retries);
	write_part(out, "emitted to nobody", c->unrouted);
	write_part(out, "plugin errors", c->plugin_errors);
	strbuf_add_char(out, '\n');
}

static void write_sinks(const struct unit *unit, struct strbuf *out) {
	for (uint32_t i = 0; i < unit->n_nodes; i++) {
		const struct node *node = &unit->nodes[i];

		if (node->plan->kind != PLAN_SINK)
			continue;
		strbuf_add(out, "sink ");
		strbuf_add_visible(out, node->plan->name);
		strbuf_printf(out, ": wrote %" PRIu64 "\n", node->counters.completed);
	}
}

/* Returns whether the sum comes out. */
static bool write_exporter(const struct export_counters *c, const struct emit_counters *started,
			   struct strbuf *out) {
	if (c->fallback_only) {
		strbuf_printf(out, "exporter %s: a fallback, %" PRIu64 " batches\n", c->name,
			      c->batches);
		return true;
	}
	strbuf_printf(out,
		      "exporter %s: started %" PRIu64 " = exported %" PRIu64 " + dropped %" PRIu64,
		      c->name, started->started, c->exported, lost(c));
	write_part(out, "filtered", c->filtered);
	write_part(out, "unsampled", started->unsampled);
	write_part(out, "by a fallback", c->exported_fallback);
	for (int i = 0; i < LOSS_COUNT; i++)
		if (c->dropped[i])
			strbuf_printf(out, ", dropped{%s} %" PRIu64, export_loss_names[i],
				      c->dropped[i]);
	strbuf_add_char(out, '\n');
	return started->started == c->exported + lost(c) + c->filtered + c->alive;
}

static bool write_exporters(struct export_pipeline *pipeline, uint32_t n, struct strbuf *out) {
	struct emit_counters started = {0};
	bool right = true;

	if (!pipeline)
		return true;
	export_started(pipeline, &started);
	for (uint32_t i = 0; i < n; i++) {
		struct export_counters c;

		export_counters_read(pipeline, i, &c);
		right = write_exporter(&c, &started, out) && right;
	}
	return right;
}

bool accounting_write(const struct unit *unit, struct export_pipeline *pipeline,
		      uint32_t n_exporters, struct strbuf *out) {
	bool right = true;

	for (uint32_t i = 0; i < unit->n_nodes; i++) {
		const struct node *node = &unit->nodes[i];

		if (node->source) {
			write_source(node, out);
			right = right && source_adds_up(&node->source->counters);
		}
		if (node->plan->kind != PLAN_SOURCE) {
			write_node(node, out);
			right = right && node_adds_up(&node->counters);
		}
	}
	if (unit->n_stalls)
		strbuf_printf(out, "event loop: held too long %" PRIu64 " times\n", unit->n_stalls);
	write_sinks(unit, out);
	right = write_exporters(pipeline, n_exporters, out) && right;
	if (!right)
		strbuf_add(out, "the account does not add up: this is a defect of railyard\n");
	return right;
}

/* -- for programs --------------------------------------------------------------------------- */

static void json_number(struct strbuf *out, const char *name, uint64_t n) {
	strbuf_printf(out, ",\"%s\":%" PRIu64, name, n);
}

static void json_source(const struct source_counters *c, struct strbuf *out) {
	json_number(out, "accepted", c->accepted);
	json_number(out, "completed", c->completed);
	json_number(out, "failed", c->failed);
	json_number(out, "abandoned", c->abandoned);
}

static void json_node(const struct node *node, struct strbuf *out) {
	static const char *const kinds[] = {"node", "source", "sink"};
	const struct node_counters *c = &node->counters;

	strbuf_add(out, "{\"name\":");
	strbuf_add_json(out, node->plan->name);
	strbuf_printf(out, ",\"kind\":\"%s\"", kinds[node->plan->kind]);
	if (node->plan->kind == PLAN_SOURCE) {
		json_source(&node->source->counters, out);
	} else {
		json_number(out, "taken", c->taken);
		json_number(out, "completed", c->completed);
		json_number(out, "dropped", c->dropped);
		json_number(out, "dead_lettered", c->dead_lettered);
		json_number(out, "failed", c->failed);
		json_number(out, "abandoned", c->abandoned);
		json_number(out, "held", c->held);
		json_number(out, "pending", c->pending);
	}
	json_number(out, "emitted", c->emitted);
	json_number(out, "unrouted", c->unrouted);
	json_number(out, "retries", c->retries);
	json_number(out, "plugin_errors", c->plugin_errors);
	json_number(out, "queue_highest", node->queue.highest);
	if (node->source && node->plan->kind != PLAN_SOURCE) {
		strbuf_printf(out, ",\"source\":{\"id\":%" PRIu32, node->plan->source_id);
		json_source(&node->source->counters, out);
		strbuf_add_char(out, '}');
	}
	strbuf_add_char(out, '}');
}

static void json_exporter(struct export_pipeline *pipeline, uint32_t i, struct strbuf *out) {
	struct export_counters c;

	export_counters_read(pipeline, i, &c);
	strbuf_add(out, "{\"name\":");
	strbuf_add_json(out, c.name);
	strbuf_printf(out, ",\"fallback_only\":%s", c.fallback_only ? "true" : "false");
	json_number(out, "exported", c.exported);
	json_number(out, "exported_fallback", c.exported_fallback);
	json_number(out, "filtered", c.filtered);
	json_number(out, "alive", c.alive);
	json_number(out, "batches", c.batches);
	json_number(out, "retries", c.retries);
	strbuf_add(out, ",\"dropped\":{");
	for (int j = 0; j < LOSS_COUNT; j++)
		strbuf_printf(out, "%s\"%s\":%" PRIu64, j ? "," : "", export_loss_names[j],
			      c.dropped[j]);
	strbuf_add(out, "}}");
}

static void json_metrics(const struct metric_table *metrics, struct strbuf *out) {
	struct metric_reading reading;

	for (uint32_t i = 0; metrics_read(metrics, i, &reading); i++) {
		strbuf_add(out, i ? ",{\"component\":" : "{\"component\":");
		strbuf_add_json(out, reading.component);
		strbuf_add(out, ",\"name\":");
		strbuf_add_json(out, reading.name);
		strbuf_add(out, ",\"unit\":");
		strbuf_add_json(out, reading.unit);
		strbuf_printf(out, ",\"value\":%" PRId64 "}", reading.value);
	}
}

void accounting_write_json(const struct unit *unit, struct export_pipeline *pipeline,
			   uint32_t n_exporters, const char *runner, uint64_t runner_cpu_ns,
			   struct strbuf *out) {
	struct emit_counters started = {0};

	strbuf_printf(out, "{\"runner\":\"%s\",\"runner_cpu_ns\":%" PRIu64 ",\"nodes\":[", runner,
		      runner_cpu_ns);
	for (uint32_t i = 0; i < unit->n_nodes; i++) {
		if (i)
			strbuf_add_char(out, ',');
		json_node(&unit->nodes[i], out);
	}
	strbuf_add(out, "],\"exporters\":[");
	for (uint32_t i = 0; pipeline && i < n_exporters; i++) {
		if (i)
			strbuf_add_char(out, ',');
		json_exporter(pipeline, i, out);
	}
	if (pipeline)
		export_started(pipeline, &started);
	strbuf_add(out, "],\"metrics\":[");
	json_metrics(unit->metrics, out);
	strbuf_printf(out, "],\"loop\":{\"stalls\":%" PRIu64 "}", unit->n_stalls);
	strbuf_printf(out,
		      ",\"spans\":{\"started\":%" PRIu64 ",\"unsampled\":%" PRIu64
		      ",\"ring_full\":%" PRIu64 "}}\n",
		      started.started, started.unsampled, started.ring_full);
}
