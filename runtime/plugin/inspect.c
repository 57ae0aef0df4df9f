/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/inspect.h"

#include "plugin/words.h"

static void line(struct strbuf *out, unsigned depth, const char *label, const char *text) {
	strbuf_printf(out, "%*s%-*s %s\n", (int)(2 * depth), "", 14 - (int)(2 * depth), label,
		      text);
}

static void words_line(struct strbuf *out, unsigned depth, const char *label, uint32_t flags,
		       const struct word *words) {
	struct strbuf list = STRBUF_INIT;

	for (; words->word; words++)
		if (flags & words->value)
			strbuf_printf(&list, "%s%s", list.length ? ", " : "", words->word);
	if (list.length)
		line(out, depth, label, list.text);
	strbuf_fini(&list);
}

static void names_line(struct strbuf *out, unsigned depth, const char *label,
		       const char *const *names) {
	struct strbuf list = STRBUF_INIT;

	for (; *names; names++)
		strbuf_printf(&list, "%s%s", list.length ? ", " : "", *names);
	if (list.length)
		line(out, depth, label, list.text);
	strbuf_fini(&list);
}

/* -- config keys ---------------------------------------------------------------------------- */

static void add_bounds(struct strbuf *out, const struct ry_config_key *key) {
	bool low = key->flags & RY_CONFIG_HAS_MIN, high = key->flags & RY_CONFIG_HAS_MAX;

	if (low && high)
		strbuf_printf(out, ", %lld..%lld", (long long)key->minimum,
			      (long long)key->maximum);
	else if (low)
		strbuf_printf(out, ", at least %lld", (long long)key->minimum);
	else if (high)
		strbuf_printf(out, ", at most %lld", (long long)key->maximum);
}

/* "rate (int, ms, 1..1000, default 3): how often" */
static void write_key(const struct ry_config_key *key, unsigned depth, struct strbuf *out) {
	strbuf_printf(out, "%*s%s (%s", (int)(2 * depth), "", key->name,
		      word_of(words_config_type, key->type));
	if (key->unit)
		strbuf_printf(out, ", %s", key->unit);
	for (size_t i = 0; key->choices && key->choices[i]; i++)
		strbuf_printf(out, "%s%s", i ? "|" : ": ", key->choices[i]);
	add_bounds(out, key);
	if (key->flags & RY_CONFIG_REQUIRED)
		strbuf_add(out, ", required");
	if (key->flags & RY_CONFIG_SECRET)
		strbuf_add(out, ", secret");
	if (key->fallback)
		strbuf_printf(out, ", default %s", *key->fallback ? key->fallback : "\"\"");
	strbuf_printf(out, "): %s\n", key->doc);
	for (size_t i = 0; key->keys && key->keys[i]; i++)
		write_key(key->keys[i], depth + 1, out);
}

static void write_keys(const struct ry_config_key *const *keys, const char *title,
		       struct strbuf *out) {
	if (*keys)
		strbuf_printf(out, "  %s:\n", title);
	for (; *keys; keys++)
		write_key(*keys, 2, out);
}

/* -- ports and slots ------------------------------------------------------------------------ */

static void write_ports(const struct ry_port *const *ports, struct strbuf *out) {
	for (; *ports; ports++) {
		const struct ry_port *port = *ports;

		strbuf_printf(out, "  %-12s %s: %s", "emits", port->name, port->type);
		if (port->when)
			strbuf_printf(out, " (when %s)", port->when);
		if (port->summary)
			strbuf_printf(out, "; %s", port->summary);
		strbuf_add_char(out, '\n');
	}
}

static void write_slots(const struct ry_slot *const *slots, struct strbuf *out) {
	for (; *slots; slots++) {
		const struct ry_slot *slot = *slots;

		strbuf_printf(out, "  %-12s %s: %s %u.%u by %s, %s%s", "needs", slot->name,
			      slot->contract, slot->major, slot->minor,
			      word_of(words_call, slot->call), word_of(words_access, slot->access),
			      slot->flags & RY_SLOT_OPTIONAL ? ", optional" : "");
		if (slot->summary)
			strbuf_printf(out, "; %s", slot->summary);
		strbuf_add_char(out, '\n');
	}
}

/* -- types ---------------------------------------------------------------------------------- */

static void write_node(const struct ry_node_type *type, struct strbuf *out) {
	strbuf_printf(out, "\nnode %s\n  %s\n", type->name, type->summary);
	words_line(out, 1, "is", type->flags, words_node_flag);
	names_line(out, 1, "accepts", type->accepts);
	write_ports(type->ports, out);
	write_slots(type->slots, out);
	names_line(out, 1, "separable by", type->partition_keys);
	write_keys(type->keys, "config", out);
}

static void write_adapter(const struct ry_adapter_type *type, struct strbuf *out) {
	strbuf_printf(out, "\nadapter %s\n  %s\n", type->name, type->summary);
	words_line(out, 1, "is", type->flags, words_adapter_flag);
	for (size_t i = 0; type->provides[i]; i++) {
		const struct ry_provides *p = type->provides[i];

		strbuf_printf(out, "  %-12s %s %u.%u", "provides", p->contract, p->major, p->minor);
		for (const struct word *w = words_provides_flag; w->word; w++)
			if (p->flags & w->value)
				strbuf_printf(out, ", %s", w->word);
		strbuf_add_char(out, '\n');
	}
	write_slots(type->slots, out);
	write_ports(type->ports, out);
	names_line(out, 1, "accepts", type->accepts);
	if (type->resume)
		line(out, 1, "can",
		     type->source ? "replay from a position" : "cut back to a position");
	if (type->transaction)
		line(out, 1, "can", "undo writes together (transactions)");
	names_line(out, 1, "writes file", type->writes);
	names_line(out, 1, "reads file", type->reads);
	names_line(out, 1, "listens on", type->listens);
	write_keys(type->keys, "settings", out);
}

static void write_message(const struct ry_message_type *type, struct strbuf *out) {
	strbuf_printf(out, "\nmessage type %s, version %u\n  %s\n", type->name, type->version,
		      type->summary);
	line(out, 1, "kind", word_of(words_message_kind, type->kind));
	if (type->kind == RY_MESSAGE_CUSTOM)
		line(out, 1, "codec", type->encode ? "yes" : "no: it cannot leave its process");
	for (size_t i = 0; type->partition_keys[i]; i++)
		line(out, 1, "key", type->partition_keys[i]->name);
}

void inspect_write_text(const struct ry_plugin *plugin, struct strbuf *out) {
	strbuf_printf(out, "plugin %s %s, built for ABI %u.%u\n", plugin->name, plugin->version,
		      plugin->abi_major, plugin->abi_minor);
	if (plugin->summary)
		strbuf_printf(out, "  %s\n", plugin->summary);
	for (size_t i = 0; plugin->nodes[i]; i++)
		write_node(plugin->nodes[i], out);
	for (size_t i = 0; plugin->adapters[i]; i++)
		write_adapter(plugin->adapters[i], out);
	for (size_t i = 0; plugin->messages[i]; i++)
		write_message(plugin->messages[i], out);
}
