/* SPDX-License-Identifier: Apache-2.0 */
/* parse_load_attempt: one line to one attempt, or to the reason why it is none (J1-J9, V1-A4). */
#include <errno.h>
#include <stdlib.h>

#include "civil_time.h"
#include "load_line.h"
#include "money.h"
#include "nodes.h"
#include "record.h"

struct parse_load_attempt {
	struct load_line_parser parser;
};

static int create(const struct ry_create *create_with, void **ret_self) {
	struct parse_load_attempt *node = calloc(1, sizeof(*node));

	(void)create_with;
	if (!node)
		return -ENOMEM;
	*ret_self = node;
	return 0;
}

static void destroy(void *self) {
	struct parse_load_attempt *node = self;

	load_line_parser_fini(&node->parser);
	free(node);
}

static bool is_id(const struct text *text) {
	if (!text->length)
		return false;
	for (size_t i = 0; i < text->length; i++)
		if (text->bytes[i] < '0' || text->bytes[i] > '9')
			return false;
	return true;
}

static bool parse_time(const struct text *text, struct fl_record *record) {
	struct civil_time time;

	if (!text->bytes || !civil_time_parse(text->bytes, text->length, &time))
		return false;
	record->seconds = time.seconds;
	record->nanoseconds = time.nanoseconds;
	return true;
}

/* Ids, time, amount: the first failure is the reason. */
static enum fl_reason validate(const struct load_line *line, struct fl_record *record) {
	const struct text *amount = &line->fields[LOAD_LINE_AMOUNT];

	if (!is_id(&line->fields[LOAD_LINE_ID]) || !is_id(&line->fields[LOAD_LINE_CUSTOMER_ID]))
		return FL_INVALID_ID_FORMAT;
	if (!parse_time(&line->fields[LOAD_LINE_TIME], record))
		return FL_INVALID_TIMESTAMP;
	if (!amount->bytes || !money_parse(amount->bytes, amount->length, &record->amount))
		return FL_INVALID_AMOUNT_FORMAT;
	return FL_ACCEPTED;
}

static void add_text(struct fl_record *record, size_t at, const struct text *text) {
	if (text->length)
		memcpy(record->text + at, text->bytes, text->length);
}

static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	struct parse_load_attempt *node = self;
	struct load_line line = {0};
	const struct text *id = &line.fields[LOAD_LINE_ID];
	const struct text *customer_id = &line.fields[LOAD_LINE_CUSTOMER_ID];
	struct fl_record *record;
	int malformed = load_line_parse(&node->parser, message->data, message->length, &line);
	int r = 0;

	if (malformed < 0)
		return malformed;
	record = ry_stage(task, 0, sizeof(*record) + id->length + customer_id->length, &r);
	if (!record)
		return r;
	*record = (struct fl_record){
		.id_length = (uint32_t)id->length,
		.customer_id_length = (uint32_t)customer_id->length,
	};
	add_text(record, 0, id);
	add_text(record, id->length, customer_id);
	record->reason = malformed ? FL_INPUT_PARSE_ERROR : validate(&line, record);
	return 0;
}

static const char *const accepts[] = {RY_TYPE_LINE, NULL};
static const struct ry_port *const ports[] = {FL_PORT(FL_ATTEMPT, "one for each line"), NULL};

static const struct ry_node_ops ops = {
	RY_SIZE(ry_node_ops),
	.create = create,
	.process = process,
	.destroy = destroy,
};

const struct ry_node_type fl_parse_load_attempt = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_DETERMINISTIC,
	.name = "fund_load.parse_load_attempt",
	.summary = "reads a load attempt from a line of JSON",
	.accepts = accepts,
	.ports = ports,
	.ops = &ops,
};
