/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From needs to components. Four passes, each linear in components and needs: match every need by
 * name or contract; order the components by a depth-first walk, which finds the cycles; look for
 * needs of a component that outlives what it needs; report in the order of the components.
 */
#include "internal.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/alloc.h"

struct report {
	struct di *di;
	struct di_problem *problems;
	size_t count, capacity;
};

static void report(struct report *report, enum di_problem_kind kind, size_t component, size_t need,
		   const size_t *others, size_t n_others) {
	report->problems = must_grow(report->problems, report->count, &report->capacity,
				     sizeof(struct di_problem));
	report->problems[report->count++] =
		(struct di_problem){kind, component, need, others, n_others};
}

static const size_t *one(struct di *di, size_t component) {
	size_t *list = arena_array(&di->arena, size_t, 1);

	*list = component;
	return list;
}

/* -- matching ------------------------------------------------------------------------------- */

static bool offers(const struct di_component *c, const char *contract) {
	for (size_t i = 0; i < c->n_offers; i++)
		if (!strcmp(c->offers[i].contract, contract))
			return true;
	return false;
}

static bool fits(const struct di_component *c, const char *contract, uint32_t major,
		 uint32_t minor) {
	for (size_t i = 0; i < c->n_offers; i++)
		if (!strcmp(c->offers[i].contract, contract) && c->offers[i].major == major &&
		    c->offers[i].minor >= minor)
			return true;
	return false;
}

static const struct fit *fit_of(struct di *di, struct contract *contract,
				const struct di_need *need) {
	struct fit *fit;

	for (fit = contract->fits; fit; fit = fit->next)
		if (fit->major == need->major && fit->minor == need->minor)
			return fit;
	fit = arena_new(&di->arena, struct fit);
	fit->major = need->major;
	fit->minor = need->minor;
	fit->components = arena_array(&di->arena, size_t, contract->count);
	for (size_t i = 0; i < contract->count; i++)
		if (fits(&di->entries[contract->components[i]].c, need->contract, need->major,
			 need->minor))
			fit->components[fit->count++] = contract->components[i];
	fit->next = contract->fits;
	contract->fits = fit;
	return fit;
}

static bool contains(const size_t *ascending, size_t count, size_t wanted) {
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ascending[middle] < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && ascending[low] == wanted;
}

static size_t match_named(struct report *r, size_t component, size_t index) {
	struct di *di = r->di;
	const struct di_need *need = &di->entries[component].c.needs[index];
	size_t named = strmap_get(&di->names, need->qualifier);
	const struct di_component *c;

	if (named == STRMAP_NONE) {
		report(r, DI_UNKNOWN_NAME, component, index, NULL, 0);
		return NONE;
	}
	c = &di->entries[named].c;
	if (fits(c, need->contract, need->major, need->minor))
		return named;
	report(r, offers(c, need->contract) ? DI_WRONG_VERSION : DI_NOT_OFFERED, component, index,
	       one(di, named), 1);
	return NONE;
}

/* The only one that fits; a component is never its own provider unless it says so by name. */
static size_t match_fitting(struct report *r, size_t component, size_t index) {
	struct di *di = r->di;
	const struct di_need *need = &di->entries[component].c.needs[index];
	size_t at = strmap_get(&di->contract_names, need->contract);
	struct contract none = {0};
	struct contract *contract = at == STRMAP_NONE ? &none : &di->contracts[at];
	const struct fit *fit = fit_of(di, contract, need);
	bool self = contains(fit->components, fit->count, component);
	size_t count = fit->count - self;

	if (count == 1)
		return fit->components[self && fit->components[0] == component];
	if (count > 1) {
		report(r, DI_AMBIGUOUS, component, index, fit->components, fit->count);
		return NONE;
	}
	if (need->optional)
		return NONE;
	self = contains(contract->components, contract->count, component);
	if (contract->count - self)
		report(r, DI_WRONG_VERSION, component, index, contract->components,
		       contract->count);
	else
		report(r, DI_MISSING, component, index, NULL, 0);
	return NONE;
}

static void match(struct report *r) {
	struct di *di = r->di;

	di->resolved = arena_array(&di->arena, size_t, di->n_needs);
	for (size_t i = 0; i < di->count; i++) {
		const struct entry *entry = &di->entries[i];

		for (size_t n = 0; n < entry->c.n_needs; n++)
			di->resolved[entry->first_need + n] = entry->c.needs[n].qualifier
								      ? match_named(r, i, n)
								      : match_fitting(r, i, n);
	}
}

/* -- order and cycles ----------------------------------------------------------------------- */

enum { WHITE, GREY, BLACK };

struct walk {
	struct report *report;
	size_t *stack; /* the components on the way down */
	size_t *next;  /* of each of them: its next need to look at */
	size_t depth;
	uint8_t *colour;
	bool *in_cycle; /* reported as part of one */
	size_t ordered;
};

/* The stack from `from` to its top is a cycle. It is shown from its first component on. */
static void report_cycle(struct walk *w, size_t from) {
	struct di *di = w->report->di;
	size_t n = w->depth - from, first = 0;
	const size_t *cycle = &w->stack[from];
	size_t *path;
	bool known = true;

	for (size_t i = 0; i < n; i++) {
		known = known && w->in_cycle[cycle[i]];
		first = cycle[i] < cycle[first] ? i : first;
	}
	if (known)
		return;
	path = arena_array(&di->arena, size_t, n + 1);
	for (size_t i = 0; i <= n; i++) {
		path[i] = cycle[(first + i) % n];
		w->in_cycle[path[i]] = true;
	}
	report(w->report, DI_CYCLE, path[0], NONE, path, n + 1);
}

static void enter(struct walk *w, size_t component) {
	w->colour[component] = GREY;
	w->next[w->depth] = 0;
	w->stack[w->depth++] = component;
}

static void step(struct walk *w) {
	struct di *di = w->report->di;
	size_t component = w->stack[w->depth - 1];
	const struct entry *entry = &di->entries[component];
	size_t need = w->next[w->depth - 1]++, target;

	if (need == entry->c.n_needs) {
		w->colour[component] = BLACK;
		di->order[w->ordered++] = component;
		w->depth--;
		return;
	}
	target = di->resolved[entry->first_need + need];
	if (target == NONE || w->colour[target] == BLACK)
		return;
	if (w->colour[target] == GREY) {
		size_t from = w->depth - 1;

		while (w->stack[from] != target)
			from--;
		report_cycle(w, from);
		return;
	}
	enter(w, target);
}

static void order(struct report *r) {
	struct di *di = r->di;
	struct walk w = {
		.report = r,
		.stack = must_calloc(di->count, sizeof(size_t)),
		.next = must_calloc(di->count, sizeof(size_t)),
		.colour = must_calloc(di->count, 1),
		.in_cycle = must_calloc(di->count, sizeof(bool)),
	};

	di->order = arena_array(&di->arena, size_t, di->count);
	for (size_t i = 0; i < di->count; i++) {
		if (w.colour[i] == WHITE)
			enter(&w, i);
		while (w.depth)
			step(&w);
	}
	free(w.stack);
	free(w.next);
	free(w.colour);
	free(w.in_cycle);
}

/* -- scopes --------------------------------------------------------------------------------- */

/*
 * A group's instance is out of reach for whoever stands in no group: a process-wide component, and
 * one of node scope that such a component uses. Users come first here, so that the second is known.
 */
static void check_scopes(struct report *r) {
	struct di *di = r->di;
	bool *groupless = must_calloc(di->count, sizeof(bool));

	for (size_t i = di->count; i-- > 0;) {
		size_t at = di->order[i];
		const struct di_component *c = &di->entries[at].c;

		if (c->scope == DI_PROCESS && !(c->root && c->group))
			groupless[at] = true;
		for (size_t n = 0; groupless[at] && n < c->n_needs; n++) {
			size_t target = di->resolved[di->entries[at].first_need + n];

			if (target == NONE)
				continue;
			if (di->entries[target].c.scope == DI_GROUP)
				report(r, DI_SCOPE, at, n, one(di, target), 1);
			else if (di->entries[target].c.scope == DI_NODE)
				groupless[target] = true;
		}
	}
	free(groupless);
}

/* -- all of it ------------------------------------------------------------------------------ */

static int by_component(const void *a, const void *b) {
	const struct di_problem *p = a, *q = b;

	if (p->component != q->component)
		return p->component < q->component ? -1 : 1;
	if (p->need != q->need)
		return p->need < q->need ? -1 : 1;
	return (int)p->kind - (int)q->kind;
}

int di_resolve(struct di *di, void (*on_problem)(void *user, const struct di_problem *problem),
	       void *user) {
	struct report r = {.di = di};

	assert(!di->resolved);
	match(&r);
	order(&r);
	check_scopes(&r);
	if (r.count)
		qsort(r.problems, r.count, sizeof(struct di_problem), by_component);
	for (size_t i = 0; on_problem && i < r.count; i++)
		on_problem(user, &r.problems[i]);
	free(r.problems);
	di->sound = !r.count;
	return di->sound ? 0 : -EINVAL;
}
