/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RYG030: settings that only processes can honour, in a manifest that runs in one process.
 * With `--inline` the user said that they do not matter now: then they are notes.
 */
#include "preflight/check.h"

#include <stdio.h>

static bool runs_inline(const struct manifest *manifest) {
	const struct manifest_platform *platform = &manifest->runtime.platform;

	return manifest->inline_forced || platform->bootstrap.mode == BOOTSTRAP_INLINE ||
	       (platform->bootstrap.mode == BOOTSTRAP_UNSET && platform->process_groups.count < 2);
}

static void report(struct check_context *context, const struct doc_value *block, const char *owner,
		   const char *member) {
	const struct manifest *manifest = context->manifest;
	struct finding *f;

	if (!doc_member(block, member))
		return;
	f = diag_add(context->diag, DIAG_RYG030, doc_place(block, member),
		     "%s`%s` has no effect in one process", owner, member);
	if (manifest->inline_forced)
		finding_severity(context->diag, f, SEVERITY_NOTE);
	if (manifest->inline_forced)
		finding_why(context->diag, f, "--inline runs all groups in one process");
	else if (manifest->runtime.platform.bootstrap.mode == BOOTSTRAP_INLINE)
		finding_why(context->diag, f, "bootstrap.mode is `inline`");
	else
		finding_why(context->diag, f,
			    "one group runs inline unless bootstrap.mode says "
			    "`process_supervisor`");
	if (!manifest->inline_forced)
		finding_help(context->diag, f,
			     "leave it out, or set bootstrap.mode to `process_supervisor`");
}

static void check_group(struct check_context *context, const struct manifest_group *group) {
	static const char *const members[] = {
		"partition_by", "heartbeat_ms", "heartbeat_timeout_ms", "restart", "limits", "env"};
	char owner[160];

	snprintf(owner, sizeof(owner), "group `%.100s`: ", group->name ? group->name : "");
	if (group->workers != 1)
		report(context, group->head.doc, owner, "workers");
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		report(context, group->head.doc, owner, members[i]);
}

void check_inline_settings(struct check_context *context) {
	static const char *const members[] = {"restart", "poison", "state_dir"};
	const struct manifest_platform *platform = &context->manifest->runtime.platform;
	const struct manifest_group *groups = platform->process_groups.items;
	const struct doc_value *doc;

	if (!runs_inline(context->manifest))
		return;
	doc = doc_member(doc_member(context->manifest->doc.root, "runtime"), "platform");
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		report(context, doc, "", members[i]);
	report(context, doc_member(doc, "lifecycle"), "lifecycle.", "ready_timeout_ms");
	/* On the async runner it is also how long a node has after `cancel`. */
	if (!context->plan || context->plan->inline_profile != RUNNER_ASYNC)
		report(context, doc_member(doc, "lifecycle"), "lifecycle.", "term_timeout_ms");
	report(context, doc_at(&context->manifest->doc, "/runtime/observability/resource"),
	       "resource.", "by_group");
	for (uint32_t i = 0; i < platform->process_groups.count; i++)
		check_group(context, &groups[i]);
}
