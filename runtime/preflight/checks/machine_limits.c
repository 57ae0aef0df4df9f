/* SPDX-License-Identifier: Apache-2.0 */
/* RYE004..007: users, open files, and what the kernel lends: memfd and eventfd. */
#include "preflight/check.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/errname.h"

#define FILES_OF_A_PROCESS 32 /* standard streams, event base, control, signals, libraries */
#define FILES_OF_AN_END	   2  /* a source, a sink, an adapter */
#define FILES_OF_A_LINK	   4  /* ring, page, two bells */
#define FILES_OF_EXPORTERS 16 /* connections and wake-ups of one exporter */

static void check_user(struct check_context *context, const struct manifest_group *group) {
	const struct place *place = doc_place(doc_member(group->head.doc, "limits"), "user");
	const char *user = group->limits.user;
	const struct passwd *entry;
	struct finding *f;

	if (!user || bind_unknown(user))
		return;
	errno = 0;
	entry = getpwnam(user);
	if (!entry) {
		diag_add(context->diag, DIAG_RYE004, place, "there is no user `%s`", user);
	} else if (geteuid() != 0 && entry->pw_uid != geteuid()) {
		f = diag_add(context->diag, DIAG_RYE004, place,
			     "the workers of group `%s` cannot become user `%s`",
			     group->name ? group->name : "", user);
		finding_why(context->diag, f, "only root may start processes of another user");
	}
}

static rlim_t files_needed(const struct check_context *context) {
	const struct plan *plan = context->plan;
	rlim_t exporters = context->manifest->runtime.observability.tracing.exporters.count;
	rlim_t links = 0;

	for (uint32_t i = 0; !plan->inline_mode && i < plan->n_edges; i++)
		links += plan->edges[i].crosses_group;
	return FILES_OF_A_PROCESS + FILES_OF_AN_END * context->manifest->adapters.count +
	       FILES_OF_A_LINK * links + FILES_OF_EXPORTERS * exporters;
}

static void check_open_files(struct check_context *context) {
	const struct manifest_platform *platform = &context->manifest->runtime.platform;
	const struct manifest_group *groups = platform->process_groups.items;
	rlim_t need = files_needed(context);
	struct finding *f;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max != RLIM_INFINITY &&
	    limit.rlim_max < need) {
		f = diag_add(context->diag, DIAG_RYE005,
			     doc_place(context->manifest->doc.root, "runtime"),
			     "a process may need %llu open files, and the hard limit here is %llu",
			     (unsigned long long)need, (unsigned long long)limit.rlim_max);
		finding_help(context->diag, f, "raise it (ulimit -Hn, LimitNOFILE=)");
	}
	for (uint32_t i = 0; i < platform->process_groups.count; i++) {
		rlim_t own = (rlim_t)groups[i].limits.open_files;

		if (!own || own >= need)
			continue;
		diag_add(context->diag, DIAG_RYE005,
			 doc_place(doc_member(groups[i].head.doc, "limits"), "open_files"),
			 "a worker may need %llu open files, and group `%s` allows %llu",
			 (unsigned long long)need, groups[i].name ? groups[i].name : "",
			 (unsigned long long)own);
	}
}

static void check_memfd(struct check_context *context) {
	struct finding *f;
	int fd;

	if (context->plan->inline_mode)
		return; /* inline uses anonymous memory where there is no memfd */
	fd = memfd_create("railyard-check", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd >= 0) {
		close(fd);
		return;
	}
	f = diag_add(context->diag, DIAG_RYE006,
		     doc_place(doc_at(&context->manifest->doc, "/runtime/platform"), "bootstrap"),
		     "groups need shared memory, and memfd_create is refused here: %s",
		     errno_text(errno));
	finding_help(context->diag, f, "run it with --inline, or allow the system call");
}

static void check_eventfd(struct check_context *context) {
	struct finding *f;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd >= 0) {
		close(fd);
		return;
	}
	f = diag_add(context->diag, DIAG_RYE007, doc_place(context->manifest->doc.root, "runtime"),
		     "threads need eventfd to wake each other, and it is refused here: %s",
		     errno_text(errno));
	finding_help(context->diag, f, "allow the system call eventfd2");
}

void check_machine_limits(struct check_context *context) {
	const struct ry_block_list *groups = &context->manifest->runtime.platform.process_groups;

	for (uint32_t i = 0; i < groups->count; i++)
		check_user(context, &((const struct manifest_group *)groups->items)[i]);
	check_open_files(context);
	check_memfd(context);
	check_eventfd(context);
}
