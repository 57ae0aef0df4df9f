/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a normalised plugin as JSON. One form for equal plugins: members in a fixed order, what
 * is absent, empty or zero left out, two blanks a level, so that a committed file shows small
 * differences.
 */
#include "plugin/probe.h"
#include "plugin/words.h"

struct writer {
	struct strbuf *out;
	unsigned depth;
	bool first; /* nothing stands in the open bracket yet */
};

static void next(struct writer *w, const char *key) {
	if (!w->first)
		strbuf_add_char(w->out, ',');
	strbuf_add_char(w->out, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		strbuf_add(w->out, "  ");
	w->first = false;
	if (key)
		strbuf_printf(w->out, "\"%s\": ", key);
}

static void open_bracket(struct writer *w, const char *key, char bracket) {
	next(w, key);
	strbuf_add_char(w->out, bracket);
	w->depth++;
	w->first = true;
}

static void close_bracket(struct writer *w, char bracket) {
	w->depth--;
	strbuf_add_char(w->out, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		strbuf_add(w->out, "  ");
	strbuf_add_char(w->out, bracket);
	w->first = false;
}

static void text(struct writer *w, const char *key, const char *value) {
	if (!value)
		return;
	next(w, key);
	strbuf_add_json(w->out, value);
}

static void number(struct writer *w, const char *key, int64_t value) {
	if (!value)
		return;
	next(w, key);
	strbuf_printf(w->out, "%lld", (long long)value);
}

/* Short lists stand in one line. */
static void texts(struct writer *w, const char *key, const char *const *list) {
	if (!list || !*list)
		return;
	next(w, key);
	for (const char *const *item = list; *item; item++) {
		strbuf_add(w->out, item == list ? "[" : ", ");
		strbuf_add_json(w->out, *item);
	}
	strbuf_add_char(w->out, ']');
}

static void flags(struct writer *w, uint32_t value, const struct word *words) {
	const char *between = "[";

	if (!value)
		return;
	next(w, "flags");
	for (; words->word; words++)
		if (value & words->value) {
			strbuf_printf(w->out, "%s\"%s\"", between, words->word);
			between = ", ";
		}
	strbuf_add_char(w->out, ']');
}

static void ops(struct writer *w, const char *key, const void *table, const struct word *words) {
	const char *between = "[";

	if (!table)
		return;
	next(w, key);
	for (; words->word; words++)
		if (word_has_op(table, words->value)) {
			strbuf_printf(w->out, "%s\"%s\"", between, words->word);
			between = ", ";
		}
	strbuf_add_char(w->out, ']');
}

/* -- the parts ------------------------------------------------------------------------------ */

static void write_keys(struct writer *w, const struct ry_config_key *const *keys);

static void write_key(struct writer *w, const struct ry_config_key *key) {
	open_bracket(w, NULL, '{');
	text(w, "name", key->name);
	text(w, "type", word_of(words_config_type, key->type));
	flags(w, key->flags, words_config_flag);
	text(w, "doc", key->doc);
	text(w, "unit", key->unit);
	text(w, "default", key->fallback);
	number(w, "minimum", key->minimum);
	number(w, "maximum", key->maximum);
	texts(w, "choices", key->choices);
	number(w, "offset", key->offset);
	number(w, "element_size", key->element_size);
	write_keys(w, key->keys);
	close_bracket(w, '}');
}

static void write_keys(struct writer *w, const struct ry_config_key *const *keys) {
	if (!keys || !*keys)
		return;
	open_bracket(w, "keys", '[');
	for (; *keys; keys++)
		write_key(w, *keys);
	close_bracket(w, ']');
}

static void write_ports(struct writer *w, const struct ry_port *const *ports) {
	if (!*ports)
		return;
	open_bracket(w, "ports", '[');
	for (; *ports; ports++) {
		open_bracket(w, NULL, '{');
		text(w, "name", (*ports)->name);
		text(w, "type", (*ports)->type);
		text(w, "when", (*ports)->when);
		text(w, "summary", (*ports)->summary);
		close_bracket(w, '}');
	}
	close_bracket(w, ']');
}

static void write_slots(struct writer *w, const struct ry_slot *const *slots) {
	if (!*slots)
		return;
	open_bracket(w, "slots", '[');
	for (; *slots; slots++) {
		open_bracket(w, NULL, '{');
		text(w, "name", (*slots)->name);
		text(w, "contract", (*slots)->contract);
		number(w, "major", (*slots)->major);
		number(w, "minor", (*slots)->minor);
		text(w, "call", word_of(words_call, (*slots)->call));
		text(w, "access", word_of(words_access, (*slots)->access));
		flags(w, (*slots)->flags, words_slot_flag);
		text(w, "summary", (*slots)->summary);
		close_bracket(w, '}');
	}
	close_bracket(w, ']');
}

static void write_message(struct writer *w, const struct ry_message_type *type) {
	open_bracket(w, NULL, '{');
	text(w, "name", type->name);
	text(w, "summary", type->summary);
	text(w, "kind", word_of(words_message_kind, type->kind));
	number(w, "version", type->version);
	number(w, "data_size", type->data_size);
	if (type->encode) {
		next(w, "codec");
		strbuf_add(w->out, "true");
	}
	if (type->partition_keys[0]) {
		open_bracket(w, "partition_keys", '[');
		for (size_t i = 0; type->partition_keys[i]; i++)
			text(w, NULL, type->partition_keys[i]->name);
		close_bracket(w, ']');
	}
	close_bracket(w, '}');
}

static void write_node(struct writer *w, const struct ry_node_type *type) {
	open_bracket(w, NULL, '{');
	text(w, "name", type->name);
	text(w, "summary", type->summary);
	flags(w, type->flags, words_node_flag);
	texts(w, "accepts", type->accepts);
	write_ports(w, type->ports);
	write_slots(w, type->slots);
	texts(w, "partition_keys", type->partition_keys);
	number(w, "config_size", type->config_size);
	write_keys(w, type->keys);
	ops(w, "ops", type->ops, words_node_ops);
	close_bracket(w, '}');
}

static void write_provides(struct writer *w, const struct ry_provides *const *provides) {
	if (!*provides)
		return;
	open_bracket(w, "provides", '[');
	for (; *provides; provides++) {
		open_bracket(w, NULL, '{');
		text(w, "contract", (*provides)->contract);
		number(w, "major", (*provides)->major);
		number(w, "minor", (*provides)->minor);
		flags(w, (*provides)->flags, words_provides_flag);
		number(w, "op_count", (*provides)->op_count);
		close_bracket(w, '}');
	}
	close_bracket(w, ']');
}

static void write_adapter(struct writer *w, const struct ry_adapter_type *type) {
	open_bracket(w, NULL, '{');
	text(w, "name", type->name);
	text(w, "summary", type->summary);
	flags(w, type->flags, words_adapter_flag);
	write_provides(w, type->provides);
	write_slots(w, type->slots);
	write_ports(w, type->ports);
	ops(w, "source", type->source, words_source_ops);
	texts(w, "accepts", type->accepts);
	ops(w, "sink", type->sink, words_sink_ops);
	ops(w, "resume", type->resume, words_resume_ops);
	ops(w, "transaction", type->transaction, words_transaction_ops);
	texts(w, "writes", type->writes);
	texts(w, "reads", type->reads);
	texts(w, "listens", type->listens);
	number(w, "config_size", type->config_size);
	write_keys(w, type->keys);
	ops(w, "ops", type->ops, words_adapter_ops);
	close_bracket(w, '}');
}

void descriptor_write(const struct ry_plugin *plugin, struct strbuf *out) {
	struct writer w = {.out = out, .depth = 1, .first = true};

	strbuf_add_char(out, '{');
	number(&w, "format_version", DESCRIPTOR_FORMAT);
	text(&w, "name", plugin->name);
	text(&w, "version", plugin->version);
	text(&w, "summary", plugin->summary);
	number(&w, "abi_major", plugin->abi_major);
	number(&w, "abi_minor", plugin->abi_minor);
	open_bracket(&w, "messages", '[');
	for (size_t i = 0; plugin->messages[i]; i++)
		write_message(&w, plugin->messages[i]);
	close_bracket(&w, ']');
	open_bracket(&w, "nodes", '[');
	for (size_t i = 0; plugin->nodes[i]; i++)
		write_node(&w, plugin->nodes[i]);
	close_bracket(&w, ']');
	open_bracket(&w, "adapters", '[');
	for (size_t i = 0; plugin->adapters[i]; i++)
		write_adapter(&w, plugin->adapters[i]);
	close_bracket(&w, ']');
	close_bracket(&w, '}');
	strbuf_add_char(out, '\n');
}
