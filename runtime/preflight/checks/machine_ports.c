/* SPDX-License-Identifier: Apache-2.0 */
/* RYE008: ports to listen on are free, and asked for once. */
#include "preflight/check.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/errname.h"

/* "127.0.0.1:9464", "[::1]:9464": numbers only, so that no name server is asked. */
static int parse_address(const char *listen_on, struct addrinfo **ret) {
	struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	char host[256];
	const char *colon = strrchr(listen_on, ':');
	size_t length = colon ? (size_t)(colon - listen_on) : 0;

	if (!colon || length >= sizeof(host))
		return -EINVAL;
	memcpy(host, listen_on, length);
	host[length] = '\0';
	if (length > 1 && host[0] == '[' && host[length - 1] == ']') {
		host[length - 1] = '\0';
		memmove(host, host + 1, length - 1);
	}
	if (strcmp(host, "localhost") == 0)
		strcpy(host, "127.0.0.1");
	return getaddrinfo(length ? host : NULL, colon + 1, &hints, ret) == 0 ? 0 : -EINVAL;
}

static int try_bind(const struct addrinfo *address) {
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1, r = 0;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, address->ai_addr, address->ai_addrlen) < 0 || listen(fd, 1) < 0)
		r = -errno;
	close(fd);
	return r;
}

static void check_listen(struct check_context *context,
			 const struct manifest_metrics_exporter *exporter) {
	const struct place *place = doc_place(doc_member(exporter->head.doc, "settings"), "listen");
	const char *listen_on = exporter->settings.listen;
	struct addrinfo *address = NULL;
	int r;

	if (!listen_on || bind_unknown(listen_on))
		return;
	r = parse_address(listen_on, &address);
	if (r == 0)
		r = try_bind(address);
	if (r < 0)
		diag_add(context->diag, DIAG_RYE008, place, "cannot listen on %s: %s", listen_on,
			 errno_text(r));
	if (address)
		freeaddrinfo(address);
}

void check_machine_ports(struct check_context *context) {
	const struct ry_block_list *list =
		&context->manifest->runtime.observability.metrics.exporters;
	const struct manifest_metrics_exporter *exporters = list->items;

	for (uint32_t i = 0; i < list->count; i++) {
		struct finding *f;

		if (exporters[i].kind != METRICS_PROMETHEUS)
			continue;
		check_listen(context, &exporters[i]);
		for (uint32_t j = 0; j < i; j++) {
			if (exporters[j].kind != METRICS_PROMETHEUS ||
			    !exporters[i].settings.listen || !exporters[j].settings.listen ||
			    strcmp(exporters[i].settings.listen, exporters[j].settings.listen) != 0)
				continue;
			f = diag_add(context->diag, DIAG_RYE008,
				     doc_place(exporters[i].head.doc, "settings"),
				     "two exporters listen on %s", exporters[i].settings.listen);
			finding_second(context->diag, f,
				       doc_place(exporters[j].head.doc, "settings"), "the first");
		}
	}
}
