/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slots to adapters, through the container (di/di.h): every adapter is a component that offers its
 * contracts, every node, source and sink a root. A `bind` becomes a qualifier; where there is none
 * the only adapter that fits is taken. A node's dead letter is one more need of it.
 */
#include "plan/depend.h"

#include <string.h>

#include "base/alloc.h"
#include <railyard/dead_letter.h>

const char dead_letter_slot[] = "on_error.dead_letter";

const struct ry_slot *const *unit_slots(const struct unit *unit) {
	if (unit->type)
		return unit->type->slots;
	return unit->adapter ? unit->adapter->slots : NULL;
}

const struct ry_block_list *unit_bindings(const struct unit *unit) {
	return unit->node ? &unit->node->bind : &unit->manifest->bind;
}

const struct manifest_binding *find_binding(const struct unit *unit, const char *slot) {
	const struct ry_block_list *list = unit_bindings(unit);
	const struct manifest_binding *bindings = list->items;

	for (uint32_t i = 0; i < list->count; i++)
		if (!strcmp(bindings[i].head.name, slot))
			return &bindings[i];
	return NULL;
}

bool wants_dead_letter(const struct unit *unit) {
	const struct manifest_on_error *on_error = unit->node ? &unit->node->on_error : NULL;

	return on_error &&
	       (on_error->policy == ON_ERROR_DEAD_LETTER ||
		(on_error->policy == ON_ERROR_RETRY && on_error->then == ON_ERROR_DEAD_LETTER));
}

/*
 * Is an adapter named of which nothing is known: its type is unknown, the name is not known
 * offline, or it is missing? Then all has been said that can be.
 */
bool is_unresolved(struct build *b, const char *adapter) {
	const struct unit *unit = adapter ? unit_adapter(b, adapter) : NULL;

	if (!adapter || (!unit && text_unknown(b, adapter))) {
		b->unsure = true;
		return true;
	}
	return unit && !unit->adapter;
}

bool slot_unresolved(struct build *b, const struct unit *unit, const char *slot) {
	const struct manifest_binding *binding = find_binding(unit, slot);

	return binding && is_unresolved(b, binding->adapter);
}

/* -- components ----------------------------------------------------------------------------- */

static void add_offers(struct build *b, const struct unit *unit, struct di_component *c) {
	const struct ry_provides *const *provides = unit->adapter ? unit->adapter->provides : NULL;
	uint32_t n = list_length(provides);
	struct di_offer *offers = arena_array(b->arena, struct di_offer, n);

	for (uint32_t i = 0; provides && provides[i]; i++)
		offers[i] = (struct di_offer){provides[i]->contract, provides[i]->major,
					      provides[i]->minor};
	c->offers = offers;
	c->n_offers = n;
}

static void add_needs(struct build *b, const struct unit *unit, struct di_component *c) {
	const struct ry_slot *const *slots = unit_slots(unit);
	struct di_need *needs = arena_array(b->arena, struct di_need, unit->n_slots + 1);

	for (uint32_t i = 0; i < unit->n_slots; i++) {
		const struct manifest_binding *binding = find_binding(unit, slots[i]->name);

		if (slot_unresolved(b, unit, slots[i]->name))
			continue;
		needs[c->n_needs++] = (struct di_need){
			.slot = slots[i]->name,
			.contract = slots[i]->contract,
			.major = slots[i]->major,
			.minor = slots[i]->minor,
			.optional = slots[i]->flags & RY_SLOT_OPTIONAL,
			.qualifier = binding ? binding->adapter : NULL,
		};
	}
	if (wants_dead_letter(unit) && !is_unresolved(b, unit->node->on_error.dead_letter))
		needs[c->n_needs++] = (struct di_need){
			.slot = dead_letter_slot,
			.contract = RY_DEAD_LETTER,
			.major = RY_DEAD_LETTER_MAJOR,
			.minor = RY_DEAD_LETTER_MINOR,
			.qualifier = unit->node->on_error.dead_letter,
		};
	c->needs = needs;
}

static enum di_scope scope_of(const struct unit *unit) {
	if (!unit->manifest || unit->vertex != PLAN_NONE)
		return DI_PROCESS;
	switch (unit->manifest->scope) {
	case SCOPE_GROUP:
		return DI_GROUP;
	case SCOPE_NODE:
		return DI_NODE;
	default:
		return DI_PROCESS;
	}
}

static void add_component(struct build *b, struct unit *unit) {
	const struct plan_node *node =
		unit->vertex == PLAN_NONE ? NULL : &b->plan->nodes[unit->vertex];
	struct di_component c = {
		.name = unit->name,
		.scope = scope_of(unit),
		.root = node,
		.group = node ? b->plan->groups[node->group].name : NULL,
	};

	unit->n_slots = list_length(unit_slots(unit));
	add_offers(b, unit, &c);
	add_needs(b, unit, &c);
	unit->component = (uint32_t)di_add(b->di, &c);
	b->components[unit->component] = unit;
}

/* Adapters first: their order among themselves is that of the manifest where it can be. */
static void add_components(struct build *b) {
	b->components = arena_array(b->arena, struct unit *, b->n_units);
	b->wanted = arena_array(b->arena, bool, b->n_units);
	for (uint32_t i = b->n_nodes; i < b->n_units; i++)
		if (b->units[i].adapter)
			add_component(b, &b->units[i]);
	for (uint32_t i = 0; i < b->n_nodes; i++)
		if (b->units[i].type)
			add_component(b, &b->units[i]);
}

/* -- results -------------------------------------------------------------------------------- */

static void add_adapters(struct build *b) {
	size_t n;
	const size_t *order = di_order(b->di, &n);

	b->plan->adapters = arena_array(b->arena, struct plan_adapter, n);
	for (size_t i = 0; i < n; i++) {
		struct unit *unit = b->components[order[i]];

		if (!unit->adapter || !list_length(unit->adapter->provides))
			continue;
		unit->index = b->plan->n_adapters++;
		b->plan->adapters[unit->index] = (struct plan_adapter){
			.index = unit->index,
			.name = unit->name,
			.type = unit->adapter,
			.manifest = unit->manifest,
			.config = unit->config,
			.plan_node = unit->vertex,
		};
	}
}

static const struct ry_provides *find_provides(const struct ry_adapter_type *type,
					       const struct ry_slot *slot) {
	for (uint32_t i = 0; i < list_length(type->provides); i++) {
		const struct ry_provides *p = type->provides[i];

		if (!strcmp(p->contract, slot->contract) && p->major == slot->major &&
		    p->minor >= slot->minor)
			return p;
	}
	return NULL;
}

static struct unit *resolved_to(const struct build *b, const struct unit *unit, uint32_t need) {
	size_t target = di_resolved(b->di, unit->component, need);

	return target == SIZE_MAX ? NULL : b->components[target];
}

static void fill_slots(struct build *b, struct unit *unit) {
	const struct ry_slot *const *slots = unit_slots(unit);
	uint32_t need = 0;

	unit->slots = arena_array(b->arena, struct plan_slot, unit->n_slots);
	for (uint32_t i = 0; i < unit->n_slots; i++) {
		struct plan_slot *slot = &unit->slots[i];
		const struct unit *target = NULL;

		slot->slot = slots[i];
		slot->binding = find_binding(unit, slots[i]->name);
		slot->bridge = slot->binding ? (enum bridge)slot->binding->bridge : BRIDGE_NONE;
		slot->adapter = PLAN_NONE;
		if (!slot_unresolved(b, unit, slots[i]->name))
			target = resolved_to(b, unit, need++);
		if (!target)
			continue;
		slot->adapter = target->index;
		slot->provides = find_provides(target->adapter, slots[i]);
	}
	if (wants_dead_letter(unit) && unit->vertex != PLAN_NONE &&
	    !is_unresolved(b, unit->node->on_error.dead_letter)) {
		const struct unit *target = resolved_to(b, unit, need);

		b->plan->nodes[unit->vertex].dead_letter = target ? target->index : PLAN_NONE;
	}
}

static void hand_over(struct build *b, struct unit *unit) {
	fill_slots(b, unit);
	if (unit->vertex != PLAN_NONE) {
		b->plan->nodes[unit->vertex].slots = unit->slots;
		b->plan->nodes[unit->vertex].n_slots = unit->n_slots;
	}
	if (unit->index != PLAN_NONE) {
		b->plan->adapters[unit->index].slots = unit->slots;
		b->plan->adapters[unit->index].n_slots = unit->n_slots;
	}
}

static void use_slots(struct plan *plan, const struct plan_slot *slots, uint32_t n) {
	for (uint32_t i = 0; i < n; i++)
		if (slots[i].adapter != PLAN_NONE)
			plan->adapters[slots[i].adapter].used = true;
}

/* Used is what something in the graph needs, at whatever distance. Users come first here. */
static void mark_used(struct plan *plan) {
	if (plan->poison_dead_letter != PLAN_NONE)
		plan->adapters[plan->poison_dead_letter].used = true;
	for (uint32_t i = 0; i < plan->n_nodes; i++) {
		use_slots(plan, plan->nodes[i].slots, plan->nodes[i].n_slots);
		if (plan->nodes[i].dead_letter != PLAN_NONE)
			plan->adapters[plan->nodes[i].dead_letter].used = true;
	}
	for (uint32_t i = plan->n_adapters; i-- > 0;) {
		struct plan_adapter *adapter = &plan->adapters[i];

		if (adapter->plan_node != PLAN_NONE)
			adapter->used = true;
		if (adapter->used)
			use_slots(plan, adapter->slots, adapter->n_slots);
	}
}

void plan_depend(struct build *b) {
	b->di = di_new();
	add_components(b);
	for (uint32_t i = 0; i < b->n_units; i++)
		check_bindings(b, &b->units[i]);
	di_resolve(b->di, report_problem, b);
	add_adapters(b);
	for (uint32_t i = 0; i < b->n_units; i++)
		if (b->units[i].component != PLAN_NONE)
			hand_over(b, &b->units[i]);
	check_poison(b);
	mark_used(b->plan);
	b->di = di_free(b->di);
}
