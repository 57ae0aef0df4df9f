/* SPDX-License-Identifier: Apache-2.0 */
#include "preflight/listeners.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* "127.0.0.1:9464", "[::1]:9464": numbers only, so that no name server is asked. */
static bool parse_address(const char *text, struct listener *to) {
	struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found = NULL;
	const char *colon = strrchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0;
	char host[256];

	if (!colon || length >= sizeof(host))
		return false;
	memcpy(host, text, length);
	host[length] = '\0';
	if (length > 1 && host[0] == '[' && host[length - 1] == ']') {
		host[length - 1] = '\0';
		memmove(host, host + 1, length - 1);
	}
	if (strcmp(host, "localhost") == 0)
		strcpy(host, "127.0.0.1");
	if (getaddrinfo(length ? host : NULL, colon + 1, &hints, &found) != 0)
		return false;
	memcpy(&to->address, found->ai_addr, found->ai_addrlen);
	to->length = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

static struct listener *add(struct listeners *listeners, const char *text,
			    const struct place *place, const char *user) {
	struct listener *new;

	if (!text || bind_unknown(text))
		return NULL;
	listeners->items = must_grow(listeners->items, listeners->count, &listeners->capacity,
				     sizeof(*listeners->items));
	new = &listeners->items[listeners->count++];
	*new = (struct listener){.user = user, .text = text, .place = place};
	new->is_address = parse_address(text, new);
	return new;
}

static const struct ry_config_key *find_key(const struct ry_adapter_type *type, const char *name) {
	for (size_t i = 0; type->keys && type->keys[i]; i++)
		if (strcmp(type->keys[i]->name, name) == 0)
			return type->keys[i];
	return NULL;
}

static bool is_true(const struct ry_adapter_type *type, const void *config, const char *name) {
	const struct ry_config_key *key = find_key(type, name);

	return key && key->type == RY_CONFIG_BOOL && *((const uint8_t *)config + key->offset);
}

static void add_adapter(struct listeners *listeners, const struct ry_adapter_type *type,
			const void *config, const char *name, const struct doc_value *doc) {
	const struct doc_value *settings = doc_member(doc, "settings");

	for (size_t i = 0; config && type->listens && type->listens[i]; i++) {
		const struct ry_config_key *key = find_key(type, type->listens[i]);
		const struct place *place = doc_member(settings, type->listens[i])
						    ? doc_place(settings, type->listens[i])
						    : doc_place(doc, "settings");
		struct listener *new;

		if (!key)
			continue;
		new = add(listeners, *(const char *const *)((const char *)config + key->offset),
			  place, arena_printf(&listeners->arena, "adapter `%s`", name));
		if (!new)
			continue;
		new->is_adapter = true;
		new->has_tls = doc_member(settings, "tls") != NULL;
		new->allows_plaintext = is_true(type, config, "allow_plaintext");
	}
}

static void add_exporters(struct listeners *listeners, const struct manifest *manifest) {
	const struct ry_block_list *list = &manifest->runtime.observability.metrics.exporters;
	const struct manifest_metrics_exporter *exporters = list->items;

	for (uint32_t i = 0; i < list->count; i++)
		if (exporters[i].kind == METRICS_PROMETHEUS)
			add(listeners, exporters[i].settings.listen,
			    doc_place(doc_member(exporters[i].head.doc, "settings"), "listen"),
			    "a metrics exporter");
}

void listeners_collect(struct listeners *listeners, const struct check_context *context) {
	const struct plan *plan = context->plan;

	for (uint32_t i = 0; i < plan->n_nodes; i++)
		if (plan->nodes[i].kind != PLAN_NODE && plan->nodes[i].adapter)
			add_adapter(listeners, plan->nodes[i].adapter, plan->nodes[i].config,
				    plan->nodes[i].name, plan->nodes[i].doc);
	for (uint32_t i = 0; i < plan->n_adapters; i++)
		if (plan->adapters[i].plan_node == PLAN_NONE && plan->adapters[i].type)
			add_adapter(listeners, plan->adapters[i].type, plan->adapters[i].config,
				    plan->adapters[i].name, plan->adapters[i].manifest->head.doc);
	add_exporters(listeners, context->manifest);
}

void listeners_fini(struct listeners *listeners) {
	free(listeners->items);
	arena_fini(&listeners->arena);
}

/* The host and the port of an address, out of either family. */
struct parts {
	bool any, local;
	uint16_t port;
	unsigned char host[16];
};

static struct parts parts_of(const struct listener *listener) {
	struct parts parts = {0};
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	if (listener->address.ss_family == AF_INET6) {
		memcpy(&in6, &listener->address, sizeof(in6));
		parts.any = IN6_IS_ADDR_UNSPECIFIED(&in6.sin6_addr);
		parts.local = IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr) ||
			      (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr) &&
			       in6.sin6_addr.s6_addr[12] == IN_LOOPBACKNET);
		parts.port = ntohs(in6.sin6_port);
		memcpy(parts.host, &in6.sin6_addr, sizeof(in6.sin6_addr));
		return parts;
	}
	memcpy(&in, &listener->address, sizeof(in));
	parts.any = in.sin_addr.s_addr == htonl(INADDR_ANY);
	parts.local = ntohl(in.sin_addr.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET;
	parts.port = ntohs(in.sin_port);
	memcpy(parts.host, &in.sin_addr, sizeof(in.sin_addr));
	return parts;
}

bool listener_is_local(const struct listener *listener) {
	return parts_of(listener).local;
}

bool listeners_collide(const struct listener *a, const struct listener *b) {
	struct parts first = parts_of(a), second = parts_of(b);

	return a->is_address && b->is_address && a->address.ss_family == b->address.ss_family &&
	       first.port == second.port && first.port != 0 &&
	       (first.any || second.any ||
		memcmp(first.host, second.host, sizeof(first.host)) == 0);
}
