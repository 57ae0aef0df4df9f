/* SPDX-License-Identifier: Apache-2.0 */
/* Between depend.c, which resolves, and depend_report.c, which says what is wrong. */
#ifndef PLAN_DEPEND_H
#define PLAN_DEPEND_H

#include "plan/build.h"

extern const char dead_letter_slot[];

const struct ry_slot *const *unit_slots(const struct unit *unit);
const struct ry_block_list *unit_bindings(const struct unit *unit);
const struct manifest_binding *find_binding(const struct unit *unit, const char *slot);

/* Is the slot bound to what is not known? It is then no need of its component. */
bool slot_unresolved(struct build *b, const struct unit *unit, const char *slot);
bool is_unresolved(struct build *b, const char *adapter);

/* Does a node's on_error lead to a dead letter? */
bool wants_dead_letter(const struct unit *unit);

/* `bind`, `scope` and `on_error` against the unit's type. */
void check_bindings(struct build *b, struct unit *unit);

/* For di_resolve; user: the build. */
void report_problem(void *user, const struct di_problem *problem);

/* `runtime.platform.poison.dead_letter`. */
void check_poison(struct build *b);

#endif
