/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with dependencies, said in the manifest's words (RYD). */
#include "plan/depend.h"

#include <assert.h>
#include <string.h>

#include "base/strbuf.h"
#include <railyard/dead_letter.h>

#define MAX_SHOWN 8

/* -- before resolving ----------------------------------------------------------------------- */

/* "known are `a`, `b`": what could have been meant. */
static void say_known(struct build *b, struct finding *f, const char *const *names, uint32_t n) {
	const char *text = "";

	for (uint32_t i = 0; i < n && i < MAX_SHOWN; i++)
		text = arena_printf(b->arena, "%s%s`%s`", text, i ? ", " : "", names[i]);
	finding_help(b->diag, f, "known %s %s%s", n == 1 ? "is" : "are", text,
		     n > MAX_SHOWN ? ", …" : "");
}

static void check_binding(struct build *b, struct unit *unit,
			  const struct manifest_binding *binding) {
	const struct ry_slot *const *slots = unit_slots(unit);
	uint32_t n = list_length(slots);
	const struct unit *meant;
	const char **names = arena_array(b->arena, const char *, n);
	struct finding *f;

	for (uint32_t i = 0; i < n; i++) {
		names[i] = slots[i]->name;
		if (!strcmp(slots[i]->name, binding->head.name))
			return;
	}
	f = diag_add(b->diag, DIAG_RYD008, &binding->head.doc->key_place, "`%s` has no slot `%s`",
		     unit->name, binding->head.name);
	say_plugin(b, f, unit->type ? (const void *)unit->type : unit->adapter,
		   "declares its slots");
	say_meant(b, f, nearest_name(binding->head.name, names, n));
	if (!f->help && !n)
		finding_help(b->diag, f, "it depends on nothing; leave `bind` out");
	else if (!f->help)
		say_known(b, f, names, n);
	if (!unit->misbound)
		unit->misbound = f;
	meant = binding->adapter ? unit_adapter(b, binding->adapter) : NULL;
	if (meant && meant->component != PLAN_NONE)
		b->wanted[meant->component] = true;
}

void check_bindings(struct build *b, struct unit *unit) {
	const struct ry_block_list *list = unit_bindings(unit);
	const struct manifest_binding *bindings = list->items;
	struct finding *f;

	if (unit->component == PLAN_NONE)
		return;
	for (uint32_t i = 0; i < list->count; i++)
		check_binding(b, unit, &bindings[i]);
	if (unit->manifest && unit->vertex != PLAN_NONE && doc_member(unit->doc, "scope")) {
		f = diag_add(b->diag, DIAG_RYD010, doc_place(unit->doc, "scope"),
			     "`%s` is a source or sink: it has one instance, in its group",
			     unit->name);
		finding_help(b->diag, f, "leave `scope` out");
	}
}

/* -- problems of the container -------------------------------------------------------------- */

struct need {
	struct build *b;
	const struct unit *unit;
	const struct ry_slot *slot; /* NULL: the dead letter */
	const struct place *place; /* of the adapter's name where it is written, else of the unit */
	const char *text;	   /* "slot `windows` of `evaluate`" */
	const char *contract;
	uint32_t major, minor;
	const char *adapter; /* as bound, or NULL */
	const void *type;
};

static void describe_dead_letter(struct need *n) {
	const struct doc_value *block = doc_member(n->unit->doc, "on_error");

	n->text = arena_printf(n->b->arena, "the dead letter of `%s`", n->unit->name);
	n->contract = RY_DEAD_LETTER;
	n->major = RY_DEAD_LETTER_MAJOR;
	n->minor = RY_DEAD_LETTER_MINOR;
	n->adapter = n->unit->node->on_error.dead_letter;
	n->place = doc_place(block, "dead_letter");
}

static void describe_slot(struct need *n, const char *name) {
	const struct ry_slot *const *slots = unit_slots(n->unit);
	const struct manifest_binding *binding = find_binding(n->unit, name);

	while (strcmp((*slots)->name, name) != 0)
		slots++;
	n->slot = *slots;
	n->text = arena_printf(n->b->arena, "slot `%s` of `%s`", name, n->unit->name);
	n->contract = n->slot->contract;
	n->major = n->slot->major;
	n->minor = n->slot->minor;
	n->place = unit_place(n->unit);
	if (!binding)
		return;
	n->adapter = binding->adapter;
	n->place = binding->head.doc->kind == DOC_OBJECT ? doc_place(binding->head.doc, "adapter")
							 : &binding->head.doc->place;
}

static struct finding *add(const struct need *n, enum diag_code slot, const char *what) {
	return diag_add(n->b->diag, n->slot ? slot : DIAG_RYD009, n->place, "%s %s", n->text, what);
}

/* "add an adapter of type `kv.memory` or `kv.lmdb`" */
static void say_who_provides(const struct need *n, struct finding *f) {
	struct strbuf text = STRBUF_INIT;
	uint32_t shown = 0;
	size_t count, n_hints;
	const char *const *names = catalog_adapter_names(n->b->catalog, &count);
	const struct catalog_hint *hints = catalog_hints(n->b->catalog, &n_hints);

	for (size_t i = 0; i < count && shown < MAX_SHOWN; i++) {
		const struct ry_adapter_type *type = catalog_adapter(n->b->catalog, names[i]);

		for (uint32_t p = 0; p < list_length(type->provides); p++) {
			const struct ry_provides *offer = type->provides[p];

			if (strcmp(offer->contract, n->contract) != 0 || offer->major != n->major ||
			    offer->minor < n->minor)
				continue;
			strbuf_printf(&text, "%s`%s`", shown++ ? " or " : "", names[i]);
			break;
		}
	}
	for (size_t i = 0; i < n_hints && shown < MAX_SHOWN; i++)
		if (hints[i].contract && !strcmp(hints[i].contract, n->contract))
			strbuf_printf(&text, "%s`%s`", shown++ ? " or " : "", hints[i].name);
	if (shown)
		finding_help(n->b->diag, f, "add an adapter of type %s%s", strbuf_text(&text),
			     n->slot ? "" : " and name it");
	else
		finding_help(n->b->diag, f, "no plugin that is named here brings one that does");
	strbuf_fini(&text);
}

static void say_slot(const struct need *n, struct finding *f) {
	if (n->slot)
		say_plugin(n->b, f, n->type, "declares the slot");
}

static void report_missing(const struct need *n) {
	struct finding *f;

	if (n->b->unsure)
		return;
	f = add(n, DIAG_RYD001,
		arena_printf(n->b->arena,
			     "needs the contract `%s` %u.%u, and no adapter provides it",
			     n->contract, n->major, n->minor));
	say_slot(n, f);
	say_who_provides(n, f);
	f->cause = n->unit->misbound ? n->unit->misbound : n->b->doubt;
}

static void report_ambiguous(const struct need *n, const struct di_problem *problem) {
	struct build *b = n->b;
	struct strbuf names = STRBUF_INIT;
	const struct unit *first = NULL;
	uint32_t shown = 0;
	struct finding *f;

	for (size_t i = 0; i < problem->n_others; i++) {
		const struct unit *unit = b->components[problem->others[i]];

		b->wanted[problem->others[i]] = true;
		if (unit == n->unit)
			continue;
		first = first ? first : unit;
		if (shown < MAX_SHOWN)
			strbuf_printf(&names, "%s`%s`", shown ? ", " : "", unit->name);
		shown++;
	}
	assert(first); /* one provider alone is not ambiguous */
	if (shown > MAX_SHOWN)
		strbuf_printf(&names, " and %u more", shown - MAX_SHOWN);
	f = add(n, DIAG_RYD002,
		arena_printf(b->arena, "could be bound to each of %u adapters: %s", shown,
			     strbuf_text(&names)));
	f->cause = n->slot ? n->unit->misbound : NULL;
	finding_second(b->diag, f, unit_place(first), "one of them");
	finding_why(b->diag, f, "they all provide `%s` %u.%u", n->contract, n->major, n->minor);
	if (n->slot)
		finding_help(b->diag, f, "say which: \"bind\": {\"%s\": \"%s\"}", n->slot->name,
			     first->name);
	strbuf_fini(&names);
}

/* Roots that offer nothing are no names to the container: here they are told from typos. */
static void report_unknown_name(const struct need *n) {
	struct build *b = n->b;
	const struct unit *unit = unit_adapter(b, n->adapter);
	const struct unit *node = unit ? NULL : unit_named(b, n->adapter);
	struct finding *f;

	if (unit) {
		f = add(n, DIAG_RYD004,
			arena_printf(b->arena, "is bound to `%s`, which does not provide `%s`",
				     n->adapter, n->contract));
		finding_second(b->diag, f, unit_place(unit), "provides no contract");
		return;
	}
	f = add(n, DIAG_RYD003,
		arena_printf(b->arena, "is bound to `%s`, which is no adapter", n->adapter));
	if (node)
		finding_second(b->diag, f, unit_place(node), "a node");
	else
		say_meant(b, f, unit_nearest(b, n->adapter, true));
}

static const char *provides_text(struct build *b, const struct unit *unit, const char *contract) {
	const struct ry_provides *const *provides = unit->adapter->provides;
	const char *text = NULL;

	for (; provides && *provides; provides++) {
		if (contract && strcmp((*provides)->contract, contract) != 0)
			continue;
		text = arena_printf(b->arena, "%s%s`%s` %u.%u", text ? text : "", text ? ", " : "",
				    (*provides)->contract, (*provides)->major, (*provides)->minor);
	}
	return text ? text : "nothing";
}

static void report_not_offered(const struct need *n, const struct di_problem *problem) {
	struct build *b = n->b;
	const struct unit *other = b->components[problem->others[0]];
	struct finding *f =
		add(n, DIAG_RYD004,
		    arena_printf(b->arena, "is bound to `%s`, which does not provide `%s`",
				 other->name, n->contract));

	b->wanted[problem->others[0]] = true;
	finding_second(b->diag, f, unit_place(other), "provides %s", provides_text(b, other, NULL));
	say_who_provides(n, f);
}

static void report_version(const struct need *n, const struct di_problem *problem) {
	struct build *b = n->b;
	const struct unit *other = NULL;
	struct finding *f;

	for (size_t i = 0; i < problem->n_others; i++) {
		const struct unit *unit = b->components[problem->others[i]];

		b->wanted[problem->others[i]] = true;
		if (!other && unit != n->unit)
			other = unit;
	}
	if (!other) /* bound to itself */
		other = n->unit;
	f = add(n, DIAG_RYD005,
		arena_printf(b->arena, "needs `%s` %u.%u, and `%s` provides %s", n->contract,
			     n->major, n->minor, other->name,
			     provides_text(b, other, n->contract)));
	finding_second(b->diag, f, unit_place(other), "the adapter");
	finding_why(b->diag, f, "versions fit with the same major and at least that minor");
}

static void report_scope(const struct need *n, const struct di_problem *problem) {
	struct build *b = n->b;
	const struct unit *other = b->components[problem->others[0]];
	struct finding *f = add(n, DIAG_RYD007,
				arena_printf(b->arena,
					     "needs `%s`, of which there is one for each group, "
					     "but `%s` itself belongs to no group",
					     other->name, n->unit->name));

	finding_second(b->diag, f, doc_place(other->doc, "scope"), "scope of `%s`", other->name);
	finding_help(b->diag, f, "give `%s` the scope group too, or `%s` the scope process",
		     n->unit->name, other->name);
}

static void report_cycle(struct build *b, const struct di_problem *problem) {
	const struct unit *first = b->components[problem->others[0]];
	const struct unit *last = b->components[problem->others[problem->n_others - 2]];
	struct strbuf path = STRBUF_INIT;
	struct finding *f;

	for (size_t i = 0; i + 1 < problem->n_others; i++)
		strbuf_printf(&path, "`%s` -> ", b->components[problem->others[i]]->name);
	f = diag_add(b->diag, DIAG_RYD006, unit_place(first),
		     "adapters depend on one another in a cycle: %s`%s`", strbuf_text(&path),
		     first->name);
	finding_second(b->diag, f, unit_place(last), "depends on `%s` again", first->name);
	finding_why(b->diag, f, "none of them can be built first");
	finding_help(b->diag, f, "bind one of their slots to another adapter");
	strbuf_fini(&path);
}

static const char *need_name(const struct need *n, size_t index) {
	const struct ry_slot *const *slots = unit_slots(n->unit);
	size_t need = 0;

	for (uint32_t i = 0; i < n->unit->n_slots; i++) {
		if (slot_unresolved(n->b, n->unit, slots[i]->name))
			continue;
		if (need++ == index)
			return slots[i]->name;
	}
	return NULL;
}

void report_problem(void *user, const struct di_problem *problem) {
	struct need n = {.b = user};
	const char *slot;

	if (problem->kind == DI_CYCLE) {
		report_cycle(n.b, problem);
		return;
	}
	n.unit = n.b->components[problem->component];
	n.type = n.unit->type ? (const void *)n.unit->type : n.unit->adapter;
	slot = need_name(&n, problem->need);
	if (slot)
		describe_slot(&n, slot);
	else
		describe_dead_letter(&n);
	switch (problem->kind) {
	case DI_MISSING:
		report_missing(&n);
		break;
	case DI_WRONG_VERSION:
		report_version(&n, problem);
		break;
	case DI_AMBIGUOUS:
		report_ambiguous(&n, problem);
		break;
	case DI_UNKNOWN_NAME:
		report_unknown_name(&n);
		break;
	case DI_NOT_OFFERED:
		report_not_offered(&n, problem);
		break;
	case DI_SCOPE:
		report_scope(&n, problem);
		break;
	case DI_CYCLE:
		break;
	}
}

/* -- the poison block ----------------------------------------------------------------------- */

void check_poison(struct build *b) {
	const char *name = b->manifest->runtime.platform.poison.dead_letter;
	const struct place *place =
		doc_place(doc_at(&b->manifest->doc, "/runtime/platform/poison"), "dead_letter");
	const struct unit *unit = name ? unit_adapter(b, name) : NULL;
	const struct ry_provides *const *provides;
	struct finding *f;

	b->plan->poison_dead_letter = PLAN_NONE;
	if (!name || is_unresolved(b, name))
		return;
	if (!unit) {
		f = diag_add(b->diag, DIAG_RYD009, place,
			     "the dead letter for poison is `%s`, which is no adapter", name);
		say_meant(b, f, unit_nearest(b, name, true));
		return;
	}
	for (provides = unit->adapter->provides; provides && *provides; provides++)
		if (!strcmp((*provides)->contract, RY_DEAD_LETTER) &&
		    (*provides)->major == RY_DEAD_LETTER_MAJOR)
			b->plan->poison_dead_letter = unit->index;
	if (b->plan->poison_dead_letter != PLAN_NONE)
		return;
	f = diag_add(b->diag, DIAG_RYD009, place,
		     "the dead letter for poison is `%s`, which does not provide `%s` %u.%u", name,
		     RY_DEAD_LETTER, RY_DEAD_LETTER_MAJOR, RY_DEAD_LETTER_MINOR);
	finding_second(b->diag, f, unit_place(unit), "the adapter");
}
