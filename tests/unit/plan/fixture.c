/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <stddef.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "message/core_types.h"

/* -- a plugin ------------------------------------------------------------------------------- */

struct mode_config {
	int32_t mode;
};
static const char *const modes[] = {"plain", "split", NULL};
static const struct ry_config_key *const mode_keys[] = {
	RY_KEY(struct mode_config, mode, RY_CONFIG_ENUM, "mode", .choices = modes,
	       .fallback = "plain"),
	NULL,
};

struct ref_config {
	const char *target;
	struct {
		const char *target;
	} inner;
	struct ry_block_list list;
};
struct ref_element {
	const char *target;
};
static const struct ry_config_key *const inner_keys[] = {
	RY_KEY(struct ref_element, target, RY_CONFIG_NODE_REF, "a node"),
	NULL,
};
static const struct ry_config_key *const ref_keys[] = {
	RY_KEY(struct ref_config, target, RY_CONFIG_NODE_REF, "a node"),
	RY_KEY(struct ref_config, inner, RY_CONFIG_BLOCK, "a block", .keys = inner_keys),
	RY_KEY(struct ref_config, list, RY_CONFIG_BLOCK_LIST, "blocks", .keys = inner_keys,
	       .element_size = sizeof(struct ref_element)),
	NULL,
};

#define LIST(type, ...) ((const type *const[]){__VA_ARGS__, NULL})
#define TYPES(...)	((const char *const[]){__VA_ARGS__, NULL})
#define PORT(port_name, port_type, ...)                                                  \
	(&(const struct ry_port){RY_SIZE(ry_port), .name = port_name, .type = port_type, \
				 __VA_ARGS__})
#define PORTS(...) LIST(struct ry_port, __VA_ARGS__)
#define SLOT(slot_name, slot_contract, how, ...)                                                 \
	(&(const struct ry_slot){RY_SIZE(ry_slot), .name = slot_name, .contract = slot_contract, \
				 .call = how, .access = RY_READ, .major = 1, __VA_ARGS__})
#define SLOTS(...) LIST(struct ry_slot, __VA_ARGS__)
#define NODE(node_name, ...)                                                                       \
	(&(const struct ry_node_type){RY_SIZE(ry_node_type), .name = node_name, .summary = "test", \
				      __VA_ARGS__})
#define PROVIDES(contract_name, major_version, minor_version, offers)                 \
	(&(const struct ry_provides){RY_SIZE(ry_provides), .contract = contract_name, \
				     .major = major_version, .minor = minor_version,  \
				     .flags = offers})
#define OFFERS(...) LIST(struct ry_provides, __VA_ARGS__)
#define ADAPTER(adapter_name, ...)                                                       \
	(&(const struct ry_adapter_type){RY_SIZE(ry_adapter_type), .name = adapter_name, \
					 .summary = "test", __VA_ARGS__})
#define MESSAGE(message_name)                                                            \
	(&(const struct ry_message_type){RY_SIZE(ry_message_type), .name = message_name, \
					 .kind = RY_MESSAGE_BYTES, .version = 1,         \
					 .summary = "test"})

#define STEP(step_name, from, to, ...) \
	NODE(step_name, .accepts = TYPES(from), .ports = PORTS(PORT("out", to)), __VA_ARGS__)

static const struct ry_node_type *const nodes[] = {
	STEP("fl.parse", RY_TYPE_LINE, "fl.attempt"),
	STEP("fl.keys", "fl.attempt", "fl.keyed"),
	STEP("fl.gate", "fl.keyed", "fl.gated", .slots = SLOTS(SLOT("seen", "kv", RY_CONSUME))),
	STEP("fl.features", "fl.gated", "fl.featured",
	     .slots = SLOTS(SLOT("primes", "prime", RY_CONSUME))),
	STEP("fl.policies", "fl.featured", "fl.decided",
	     .slots = SLOTS(SLOT("windows", "kv", RY_CONSUME))),
	STEP("fl.windows", "fl.decided", "fl.applied",
	     .slots = SLOTS(SLOT("windows", "kv", RY_CONSUME))),
	STEP("fl.format", "fl.applied", RY_TYPE_LINE),
	STEP("make", RY_TYPE_LINE, "item"),
	STEP("make2", RY_TYPE_LINE, "item"),
	STEP("print", "item", RY_TYPE_LINE),
	STEP("filter", "item", "item"),
	STEP("upper", RY_TYPE_LINE, RY_TYPE_LINE),
	STEP("ping", "item", "pong"),
	STEP("pong", "pong", "item"),
	NODE("split", .accepts = TYPES(RY_TYPE_LINE), .keys = mode_keys,
	     .config_size = sizeof(struct mode_config),
	     .ports = PORTS(PORT("good", "item"), PORT("errors", "fault", .when = "mode=split"))),
	STEP("report", "fault", RY_TYPE_LINE),
	NODE("both", .accepts = TYPES("item", "fault"), .ports = PORTS(PORT("out", RY_TYPE_LINE))),
	NODE("swallow", .accepts = TYPES("item")),
	NODE("deaf", .ports = PORTS(PORT("out", "item"))),
	NODE("timer", .ports = PORTS(PORT("out", "item")), .flags = RY_NODE_IS_SOURCE),
	STEP("later", RY_TYPE_LINE, RY_TYPE_LINE, .flags = RY_NODE_ASYNC),
	STEP("looping", RY_TYPE_LINE, RY_TYPE_LINE, .flags = RY_NODE_NEEDS_LOOP),
	STEP("fetch", RY_TYPE_LINE, RY_TYPE_LINE,
	     .slots = SLOTS(SLOT("http", "http", RY_ACONSUME))),
	STEP("maybe", RY_TYPE_LINE, RY_TYPE_LINE,
	     .slots = SLOTS(SLOT("http", "http", RY_ACONSUME, .flags = RY_SLOT_OPTIONAL))),
	STEP("store", RY_TYPE_LINE, RY_TYPE_LINE, .slots = SLOTS(SLOT("kv", "kv", RY_CONSUME))),
	STEP("newer", RY_TYPE_LINE, RY_TYPE_LINE,
	     .slots = SLOTS(SLOT("kv", "kv", RY_CONSUME, .minor = 9))),
	STEP("cached", RY_TYPE_LINE, RY_TYPE_LINE,
	     .slots = SLOTS(SLOT("cache", "cache", RY_CONSUME))),
	STEP("ring", RY_TYPE_LINE, RY_TYPE_LINE, .slots = SLOTS(SLOT("a", "ring_a", RY_CONSUME))),
	STEP("refers", RY_TYPE_LINE, RY_TYPE_LINE, .keys = ref_keys,
	     .config_size = sizeof(struct ref_config)),
	STEP("foreign", RY_TYPE_LINE, "nobody.knows"),
	NULL,
};

static const struct ry_adapter_type *const adapters[] = {
	ADAPTER("in", .ports = PORTS(PORT("lines", RY_TYPE_LINE))),
	ADAPTER("in.items", .ports = PORTS(PORT("items", "item"))),
	ADAPTER("in.loop", .ports = PORTS(PORT("lines", RY_TYPE_LINE)),
		.flags = RY_ADAPTER_NEEDS_LOOP),
	ADAPTER("out", .accepts = TYPES(RY_TYPE_LINE, RY_TYPE_BYTES)),
	ADAPTER("out.items", .accepts = TYPES("item")),
	ADAPTER("inout", .accepts = TYPES(RY_TYPE_LINE), .ports = PORTS(PORT("o", RY_TYPE_LINE))),
	ADAPTER("in.kv", .ports = PORTS(PORT("lines", RY_TYPE_LINE)),
		.provides = OFFERS(PROVIDES("kv", 1, 0, RY_OFFERS_CONSUME))),
	ADAPTER("kv", .provides = OFFERS(PROVIDES("kv", 1, 0, RY_OFFERS_CONSUME))),
	ADAPTER("kv2", .provides = OFFERS(PROVIDES("kv", 2, 0, RY_OFFERS_CONSUME))),
	ADAPTER("kv.loop", .provides = OFFERS(PROVIDES("kv", 1, 2, RY_OFFERS_ACONSUME)),
		.flags = RY_ADAPTER_NEEDS_LOOP),
	ADAPTER("primes", .provides = OFFERS(PROVIDES("prime", 1, 0, RY_OFFERS_CONSUME))),
	ADAPTER("http", .provides = OFFERS(PROVIDES("http", 1, 0, RY_OFFERS_ACONSUME))),
	ADAPTER("cache", .provides = OFFERS(PROVIDES("cache", 1, 0, RY_OFFERS_CONSUME)),
		.slots = SLOTS(SLOT("store", "kv", RY_CONSUME))),
	ADAPTER("cache.http", .provides = OFFERS(PROVIDES("cache", 1, 0, RY_OFFERS_CONSUME)),
		.slots = SLOTS(SLOT("http", "http", RY_ACONSUME))),
	ADAPTER("ring_a", .provides = OFFERS(PROVIDES("ring_a", 1, 0, RY_OFFERS_CONSUME)),
		.slots = SLOTS(SLOT("b", "ring_b", RY_CONSUME))),
	ADAPTER("ring_b", .provides = OFFERS(PROVIDES("ring_b", 1, 0, RY_OFFERS_CONSUME)),
		.slots = SLOTS(SLOT("a", "ring_a", RY_CONSUME),
			       SLOT("http", "http", RY_ACONSUME, .flags = RY_SLOT_OPTIONAL))),
	ADAPTER("letters", .provides = OFFERS(PROVIDES("dead_letter", 1, 0, RY_OFFERS_CONSUME))),
	ADAPTER("useless", .config_size = 0),
	NULL,
};

static const struct ry_message_type *const messages[] = {
	MESSAGE("fl.attempt"), MESSAGE("fl.keyed"),
	MESSAGE("fl.gated"),   MESSAGE("fl.featured"),
	MESSAGE("fl.decided"), MESSAGE("fl.applied"),
	MESSAGE("item"),       MESSAGE("fault"),
	MESSAGE("pong"),       NULL,
};

const struct ry_plugin test_plugin = {
	RY_PLUGIN_HEADER, .name = "test",	.version = "1.0.0",
	.nodes = nodes,	  .adapters = adapters, .messages = messages,
};

/* -- plans ---------------------------------------------------------------------------------- */

void fixture_begin(struct fixture *f, const char *text, const struct manifest_options *options) {
	struct place plugin = {.file = "m.json", .line = 1, .column = 1};

	memset(f, 0, sizeof(*f));
	f->text = must_strdup(text);
	for (char *c = f->text; *c; c++)
		if (*c == '\'')
			*c = '"';
	expect_ok(manifest_parse(&f->manifest, "m.json", f->text, strlen(f->text), options,
				 &f->diag));
	expect_int(f->diag.n_errors, 0);
	catalog_add(&f->catalog, &test_plugin, "test.so", &plugin, &f->diag);
	f->r = plan_build(&f->plan, &f->manifest, &f->catalog, &f->diag);
}

void fixture_end(struct fixture *f) {
	plan_fini(&f->plan);
	catalog_fini(&f->catalog);
	manifest_fini(&f->manifest);
	diag_fini(&f->diag);
	free(f->text);
}

void fixture_good(struct fixture *f, const char *text) {
	fixture_begin(f, text, NULL);
	expect_no_findings(&f->diag);
	expect_ok(f->r);
}

const struct finding *fixture_bad(struct fixture *f, const char *text, enum diag_code code,
				  uint32_t line, uint32_t column, const char *part) {
	const struct finding *found;

	fixture_begin(f, text, NULL);
	expect_finding(&f->diag, code, line, column);
	for (size_t i = 0; i < f->diag.n_findings; i++) {
		const struct finding *other = f->diag.findings[i];

		if (other->code != code && !other->cause)
			ck_abort_msg("also %s at %u:%u: %s", diag_info(other->code)->code,
				     other->place.line, other->place.column, other->text);
	}
	found = find_finding(&f->diag, code);
	ck_assert_msg(strstr(found->text, part) != NULL, "`%s` not in: %s", part, found->text);
	expect_int(f->r, found->severity == SEVERITY_ERROR ? -22 : 0);
	return found;
}

char *edges_text(const struct plan *plan) {
	struct strbuf text = STRBUF_INIT;

	for (uint32_t i = 0; i < plan->n_edges; i++) {
		const struct plan_edge *edge = &plan->edges[i];
		const struct plan_node *from = &plan->nodes[edge->from];

		strbuf_printf(&text, "%s%s.%s>%s", i ? " " : "", from->name,
			      from->ports[edge->port].name, plan->nodes[edge->to].name);
	}
	return text.text ? text.text : must_strdup("");
}
