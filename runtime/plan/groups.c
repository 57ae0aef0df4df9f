/* SPDX-License-Identifier: Apache-2.0 */
/* Which node stands in which process group (RYG001..006). */
#include "plan/build.h"

#include "base/alloc.h"

static void report_unknown(struct build *b, const char *group, const char *name,
			   const struct place *place) {
	struct finding *f =
		diag_add(b->diag, DIAG_RYG003, place,
			 "group `%s` names `%s`, which is no node, source or sink", group, name);

	say_meant(b, f, unit_nearest(b, name, false));
}

static void put(struct build *b, struct unit *unit, uint32_t group, const char *group_name,
		const struct place *place) {
	struct finding *f;

	if (unit->group == PLAN_NONE) {
		unit->group = group;
		unit->group_place = place;
		return;
	}
	f = diag_add(b->diag, DIAG_RYG002, place, "`%s` stands in group `%s` and %s `%s`",
		     unit->name, b->plan->groups[unit->group].name,
		     unit->group == group ? "again in" : "in", group_name);
	finding_second(b->diag, f, unit->group_place, "first named here");
	finding_help(b->diag, f, "name it in one group, once");
}

static void fill(struct build *b, uint32_t index) {
	const struct manifest_group *group = b->plan->groups[index].manifest;
	struct finding *f;

	for (uint32_t i = 0; i < group->nodes.count; i++) {
		const char *name = group->nodes.items[i];
		const struct place *place = list_place(group->head.doc, "nodes", i);
		struct unit *unit = unit_named(b, name);

		if (!unit && text_unknown(b, name)) {
			b->homes_unknown = true;
		} else if (!unit) {
			report_unknown(b, group->name, name, place);
		} else if (unit->adapter && unit->vertex == PLAN_NONE) {
			f = diag_add(b->diag, DIAG_RYG004, place,
				     "group `%s` names adapter `%s`, which is no source or sink",
				     group->name, name);
			finding_help(b->diag, f, "leave it out: it is there where its users are");
		} else {
			put(b, unit, index, group->name, place);
		}
	}
	if (!group->nodes.count) {
		f = diag_add(b->diag, DIAG_RYG006, doc_place(group->head.doc, "nodes"),
			     "group `%s` has no nodes", group->name);
		finding_help(b->diag, f, "leave the group out");
	}
}

static void add_groups(struct build *b) {
	const struct ry_block_list *list = &b->manifest->runtime.platform.process_groups;
	const struct manifest_group *groups = list->items;
	struct strmap names = STRMAP_INIT;

	b->plan->n_groups = list->count ? list->count : 1;
	b->plan->groups = arena_array(b->arena, struct plan_group, b->plan->n_groups);
	b->plan->groups[0] = (struct plan_group){.name = "default", .workers = 1};
	for (uint32_t i = 0; i < list->count; i++) {
		b->plan->groups[i] = (struct plan_group){
			.name = groups[i].name ? groups[i].name : "",
			.manifest = &groups[i],
			.workers = (uint32_t)groups[i].workers,
		};
		if (!strmap_add(&names, b->plan->groups[i].name, i)) {
			size_t first = strmap_get(&names, b->plan->groups[i].name);
			struct finding *f = diag_add(
				b->diag, DIAG_RYG005, doc_place(groups[i].head.doc, "name"),
				"two groups are called `%s`", b->plan->groups[i].name);

			finding_second(b->diag, f, doc_place(groups[first].head.doc, "name"),
				       "the first");
			finding_help(b->diag, f, "rename one, or put their nodes together");
		}
		fill(b, i);
	}
	strmap_fini(&names);
}

static void report_homeless(struct build *b, const struct unit *unit) {
	struct finding *f = diag_add(b->diag, DIAG_RYG001, unit_place(unit),
				     "`%s` stands in no group", unit->name);

	finding_second(b->diag, f,
		       doc_place(doc_at(&b->manifest->doc, "/runtime/platform"), "process_groups"),
		       "the groups");
	finding_why(b->diag, f, "with `process_groups` every node, source and sink stands in one");
	finding_help(b->diag, f, "add \"%s\" to the `nodes` of a group", unit->name);
}

static void list_members(struct build *b) {
	struct plan *plan = b->plan;
	uint32_t **lists = must_calloc(plan->n_groups, sizeof(uint32_t *));

	for (uint32_t i = 0; i < plan->n_nodes; i++)
		plan->groups[plan->nodes[i].group].n_nodes++;
	for (uint32_t g = 0; g < plan->n_groups; g++) {
		lists[g] = arena_array(b->arena, uint32_t, plan->groups[g].n_nodes);
		plan->groups[g].nodes = lists[g];
	}
	for (uint32_t i = 0; i < plan->n_nodes; i++)
		*lists[plan->nodes[i].group]++ = i;
	free(lists);
}

void plan_group(struct build *b) {
	struct plan *plan = b->plan;
	bool named = b->manifest->runtime.platform.process_groups.count;

	add_groups(b);
	for (uint32_t i = 0; i < plan->n_nodes; i++) {
		const struct unit *unit = b->vertices[i].unit;

		if (named && unit->group == PLAN_NONE && !b->homes_unknown)
			report_homeless(b, unit);
		plan->nodes[i].group = unit->group == PLAN_NONE ? 0 : unit->group;
	}
	for (uint32_t i = 0; i < plan->n_edges; i++) {
		struct plan_edge *edge = &plan->edges[i];

		edge->crosses_group = plan->nodes[edge->from].group != plan->nodes[edge->to].group;
	}
	list_members(b);
}
