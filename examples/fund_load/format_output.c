/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format_output: one line for each attempt (E1-E4). The line says only whether it was accepted;
 * the reason is counted, and stands on the span where one is recorded.
 */
#include <errno.h>
#include <stdlib.h>

#include "nodes.h"
#include "record.h"

static const char *const reasons[FL_REASONS] = {
	[FL_ACCEPTED] = "accepted",
	[FL_INPUT_PARSE_ERROR] = "input_parse_error",
	[FL_INVALID_ID_FORMAT] = "invalid_id_format",
	[FL_INVALID_TIMESTAMP] = "invalid_timestamp",
	[FL_INVALID_AMOUNT_FORMAT] = "invalid_amount_format",
	[FL_ID_DUPLICATE_REPLAY] = "id_duplicate_replay",
	[FL_ID_DUPLICATE_CONFLICT] = "id_duplicate_conflict",
	[FL_DAILY_ATTEMPT_LIMIT] = "daily_attempt_limit",
	[FL_PRIME_AMOUNT_CAP] = "prime_amount_cap",
	[FL_PRIME_DAILY_GLOBAL_LIMIT] = "prime_daily_global_limit",
	[FL_DAILY_AMOUNT_LIMIT] = "daily_amount_limit",
	[FL_WEEKLY_AMOUNT_LIMIT] = "weekly_amount_limit",
};

struct format_output {
	const struct ry_metrics_service *metrics; /* NULL: none */
	const struct ry_trace_service *trace;	  /* NULL: none */
	struct ry_metric *decided[FL_REASONS];
};

static int create(const struct ry_create *create_with, void **ret_self) {
	const struct ry_host *host = create_with->host;
	struct format_output *node = calloc(1, sizeof(*node));
	int r = 0;

	if (!node)
		return -ENOMEM;
	node->metrics = host->get(host, RY_METRICS, 1);
	node->trace = host->get(host, RY_TRACE, 1);
	for (int i = 0; node->metrics && r == 0 && i < FL_REASONS; i++)
		r = node->metrics->define(host, reasons[i], RY_METRIC_COUNTER, "1",
					  "attempts decided so", &node->decided[i]);
	if (r < 0) {
		free(node);
		return r;
	}
	*ret_self = node;
	return 0;
}

static void note_reason(const struct format_output *node, struct ry_task *task, uint32_t reason) {
	const struct ry_field field = {RY_SIZE(ry_field), .type = RY_VALUE_STRING,
				       .name = "fund_load.reason", .v.string = reasons[reason]};

	if (node->metrics)
		node->metrics->add(node->decided[reason], 1);
	if (reason != FL_ACCEPTED && node->trace && node->trace->recording(task))
		node->trace->set_attribute(task, &field);
}

/* -- the line ------------------------------------------------------------------------------- */

/* The letter of a two-character escape; 0: the character has none. */
static char short_escape(char c) {
	static const char from[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *at = c ? strchr(from, c) : NULL;

	if (!at)
		return '\0';
	return letters[at - from];
}

static size_t escaped_length(const char *text, size_t length) {
	size_t n = length;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c == '"' || c == '\\')
			n += short_escape(text[i]) ? 1 : 5;
	}
	return n;
}

static char *put(char *to, const char *text, size_t length) {
	memcpy(to, text, length);
	return to + length;
}

static char *put_escaped(char *to, const char *text, size_t length) {
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		char letter;

		if (c >= 0x20 && c != '"' && c != '\\') {
			*to++ = text[i];
			continue;
		}
		*to++ = '\\';
		letter = short_escape(text[i]);
		if (letter) {
			*to++ = letter;
			continue;
		}
		to = put(to, "u00", 3);
		*to++ = hex[c >> 4];
		*to++ = hex[c & 15];
	}
	return to;
}

#define PUT_LITERAL(to, text) put((to), (text), sizeof(text) - 1)

static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	static const char head[] = "{\"id\":\"", middle[] = "\",\"customer_id\":\"";
	static const char yes[] = "\",\"accepted\":true}", no[] = "\",\"accepted\":false}";
	const struct fl_record *record = message->data;
	bool accepted = record->reason == FL_ACCEPTED;
	size_t length =
		sizeof(head) - 1 + sizeof(middle) - 1 + (accepted ? sizeof(yes) : sizeof(no)) - 1 +
		escaped_length(record->text, record->id_length + record->customer_id_length);
	int r = 0;
	char *to = ry_stage(task, 0, length, &r);

	if (!to)
		return r;
	to = PUT_LITERAL(to, head);
	to = put_escaped(to, fl_id(record), record->id_length);
	to = PUT_LITERAL(to, middle);
	to = put_escaped(to, fl_customer_id(record), record->customer_id_length);
	if (accepted)
		PUT_LITERAL(to, yes);
	else
		PUT_LITERAL(to, no);
	note_reason(self, task, record->reason);
	return 0;
}

static const char *const accepts[] = {FL_RECORDED_DECISION, NULL};
static const struct ry_port *const ports[] = {FL_PORT(RY_TYPE_LINE, "one for each attempt"), NULL};

static const struct ry_node_ops ops = {
	RY_SIZE(ry_node_ops),
	.create = create,
	.process = process,
	.destroy = free,
};

const struct ry_node_type fl_format_output = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_DETERMINISTIC,
	.name = "fund_load.format_output",
	.summary = "writes the decision as a line of JSON",
	.accepts = accepts,
	.ports = ports,
	.ops = &ops,
};
