/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans from text for the tests of this room. Manifests are written with ' for ", their types come
 * from a plugin of static tables (fixture.c).
 */
#ifndef TESTS_PLAN_FIXTURE_H
#define TESTS_PLAN_FIXTURE_H

#include <string.h>

#include "plan/plan.h"
#include "support/diag.h"

struct fixture {
	struct diag diag;
	struct manifest manifest;
	struct catalog catalog;
	struct plan plan;
	char *text;
	int r; /* of plan_build */
};

/* options NULL: none. To be ended by fixture_end. */
void fixture_begin(struct fixture *f, const char *text, const struct manifest_options *options);
void fixture_end(struct fixture *f);

/* Begins and expects a plan without any finding. */
void fixture_good(struct fixture *f, const char *text);

/*
 * Begins and expects as its only finding without a cause this one, at this line and column, with
 * this text in it.
 */
const struct finding *fixture_bad(struct fixture *f, const char *text, enum diag_code code,
				  uint32_t line, uint32_t column, const char *part);

/* All edges: "in.lines>make make.items>print …" in plan order. To be freed. */
char *edges_text(const struct plan *plan);

extern const struct ry_plugin test_plugin;

#endif
