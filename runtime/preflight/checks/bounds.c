/* SPDX-License-Identifier: Apache-2.0 */
/* RYB002, RYB003: numbers of the platform that must fit together. */
#include "preflight/check.h"

static void check_links(struct check_context *context) {
	const struct manifest_platform *platform = &context->manifest->runtime.platform;
	const struct doc_value *links = doc_at(&context->manifest->doc, "/runtime/platform/links");
	const char *member =
		doc_member(links, "capacity_bytes") ? "capacity_bytes" : "max_message_bytes";
	struct finding *f;

	if (platform->links.capacity_bytes >= 4 * platform->links.max_message_bytes)
		return;
	f = diag_add(context->diag, DIAG_RYB002, doc_place(links, member),
		     "links hold %lld bytes, less than four messages of %lld bytes",
		     (long long)platform->links.capacity_bytes,
		     (long long)platform->links.max_message_bytes);
	finding_why(context->diag, f,
		    "what one message causes may take half of a link, and the other half must "
		    "take what waits");
	finding_help(context->diag, f, "set links.capacity_bytes to at least %lld",
		     4 * (long long)platform->links.max_message_bytes);
}

static void check_heartbeat(struct check_context *context, const struct manifest_group *group) {
	struct finding *f;

	if (!group->heartbeat_ms || group->heartbeat_timeout_ms > group->heartbeat_ms)
		return;
	f = diag_add(context->diag, DIAG_RYB003, doc_place(group->head.doc, "heartbeat_timeout_ms"),
		     "group `%s` is given up after %lld ms and beats every %lld ms",
		     group->name ? group->name : "", (long long)group->heartbeat_timeout_ms,
		     (long long)group->heartbeat_ms);
	finding_why(context->diag, f, "a healthy worker would be killed between two beats");
	finding_help(context->diag, f, "make `heartbeat_timeout_ms` several times `heartbeat_ms`");
}

void check_bounds(struct check_context *context) {
	const struct manifest_platform *platform = &context->manifest->runtime.platform;
	const struct manifest_group *groups = platform->process_groups.items;

	check_links(context);
	for (uint32_t i = 0; i < platform->process_groups.count; i++)
		check_heartbeat(context, &groups[i]);
}
