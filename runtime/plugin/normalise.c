/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a plugin's tables safe to use. They come from another build, perhaps of another version,
 * perhaps broken: every struct is copied by the smaller of both sizes into a zeroed one of ours,
 * every list gets an array of our own, and everything that the host relies on later is checked
 * here, once. Text and functions stay where they are: plugins are never closed.
 *
 * A pointer into nowhere cannot be recognised; the probe does this in a process of its own first.
 */
#include "plugin/normalise.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* -- errors --------------------------------------------------------------------------------- */

enum plugin_fault norm_fail(struct norm *n, enum plugin_fault fault, const char *format, ...) {
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	n->error->fault = fault;
	snprintf(n->error->text, sizeof(n->error->text),
		 "%s%s%s (plugin: ABI %u.%u, host: ABI %u.%u)", n->where, *n->where ? ": " : "",
		 text, RY_ABI_MAJOR, n->minor, RY_ABI_MAJOR, RY_ABI_MINOR);
	return fault;
}

size_t norm_enter(struct norm *n, const char *kind, const char *name) {
	size_t mark = strlen(n->where);

	/* A name may be any bytes yet: an overlong one is cut, others are seen when checked. */
	snprintf(n->where + mark, sizeof(n->where) - mark, "%s%s `%.48s`", mark ? ", " : "", kind,
		 name ? name : "");
	return mark;
}

void norm_leave(struct norm *n, size_t mark) {
	n->where[mark] = '\0';
}

void norm_at(struct norm *n, const char *kind, const char *name) {
	norm_leave(n, 0);
	norm_enter(n, kind, name);
}

/* -- structs and lists ---------------------------------------------------------------------- */

enum plugin_fault norm_copy(struct norm *n, enum abi_id id, const void *theirs, const char *member,
			    void **ret) {
	const struct abi_struct *abi = abi_struct(id);
	void *ours;
	uint32_t size;

	if (!theirs)
		return norm_fail(n, PLUGIN_MISSING_MEMBER, "`%s` is missing", member);
	if ((uintptr_t)theirs % sizeof(void *))
		return norm_fail(n, PLUGIN_BAD_VALUE, "`%s` is not the address of a struct %s",
				 member, abi->name);
	if (++n->n_tables > NORM_TABLE_LIMIT)
		return norm_fail(n, PLUGIN_BAD_VALUE, "the plugin has more than %u tables",
				 NORM_TABLE_LIMIT);
	memcpy(&size, (const char *)theirs + (id == ABI_PLUGIN ? sizeof(uint32_t) : 0),
	       sizeof(size));
	ours = arena_alloc(n->arena, abi->size);
	if (abi_copy(abi, n->minor, theirs, size, ours) < 0)
		return norm_fail(n, PLUGIN_SHORT_TABLE,
				 "`%s`: struct %s says that it has %u bytes, ABI %u.%u needs %u",
				 member, abi->name, size, RY_ABI_MAJOR, n->minor,
				 abi_least(abi, n->minor));
	memcpy((char *)ours + (id == ABI_PLUGIN ? sizeof(uint32_t) : 0), &abi->size, sizeof(size));
	*ret = ours;
	return PLUGIN_OK;
}

enum plugin_fault norm_count(struct norm *n, const void *list, const char *member, size_t *ret) {
	const void *const *items = list;
	size_t count = 0;

	if ((uintptr_t)list % sizeof(void *))
		return norm_fail(n, PLUGIN_BAD_VALUE, "`%s` is not the address of a list", member);
	while (items && items[count])
		if (++count > NORM_LIST_LIMIT)
			return norm_fail(n, PLUGIN_BAD_VALUE,
					 "`%s` has more than %u items: is its final NULL missing?",
					 member, NORM_LIST_LIMIT);
	*ret = count;
	return PLUGIN_OK;
}

enum plugin_fault norm_list(struct norm *n, const void *list, const char *member, norm_item *item,
			    const void *owner, const void **ret) {
	const void *const *theirs = list;
	size_t count = 0;
	void **ours;

	NORM_TRY(norm_count(n, list, member, &count));
	ours = arena_alloc_array(n->arena, sizeof(void *), count + 1);
	for (size_t i = 0; i < count; i++)
		NORM_TRY(item(n, theirs[i], owner, &ours[i]));
	*ret = ours;
	return PLUGIN_OK;
}

enum plugin_fault norm_unique(struct norm *n, const void *list, size_t name_offset,
			      const char *member) {
	const char *const *items = list;

	for (size_t i = 0; items[i]; i++) {
		const char *name;

		memcpy(&name, items[i] + name_offset, sizeof(name));
		for (size_t k = 0; k < i; k++) {
			const char *other;

			memcpy(&other, items[k] + name_offset, sizeof(other));
			if (strcmp(name, other) == 0)
				return norm_fail(n, PLUGIN_BAD_VALUE, "`%s` has `%s` twice", member,
						 name);
		}
	}
	return PLUGIN_OK;
}

/* -- text, flags, operations ---------------------------------------------------------------- */

/* The length of a valid name, 0 for what is none. */
static size_t name_length(const char *name, bool dotted) {
	size_t i = 0;

	if (*name < 'a' || *name > 'z')
		return 0;
	for (; name[i]; i++) {
		char c = name[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
		/* A dot stands between two words. */
		bool dot = dotted && c == '.' && name[i - 1] != '.' && name[i + 1];

		if ((!word && !dot) || i == NORM_NAME_LIMIT)
			return 0;
	}
	return i;
}

enum plugin_fault norm_name(struct norm *n, const char *name, const char *member, bool dotted) {
	if (!name)
		return norm_fail(n, PLUGIN_MISSING_MEMBER, "`%s` is missing", member);
	if (name_length(name, dotted))
		return PLUGIN_OK;
	return norm_fail(n, PLUGIN_BAD_VALUE,
			 "`%s` is `%.48s`, which is no name ([a-z][a-z0-9_]*%s)", member, name,
			 dotted ? ", several with dots" : "");
}

enum plugin_fault norm_own_name(struct norm *n, const char *name) {
	size_t length = strlen(n->plugin);

	NORM_TRY(norm_name(n, name, "name", true));
	if (strncmp(name, n->plugin, length) == 0 && name[length] == '.')
		return PLUGIN_OK;
	return norm_fail(n, PLUGIN_BAD_VALUE,
			 "`name` must be `%s.` and a word, for plugin `%s` brings it", n->plugin,
			 n->plugin);
}

enum plugin_fault norm_line(struct norm *n, const char *text, const char *member, bool mandatory) {
	size_t length;

	if (!text || !*text)
		return mandatory ? norm_fail(n, PLUGIN_MISSING_MEMBER, "`%s` is missing", member)
				 : PLUGIN_OK;
	length = strnlen(text, NORM_TEXT_LIMIT + 1);
	if (length > NORM_TEXT_LIMIT)
		return norm_fail(n, PLUGIN_BAD_VALUE, "`%s` is longer than %u bytes", member,
				 NORM_TEXT_LIMIT);
	if (!utf8_valid(text, length))
		return norm_fail(n, PLUGIN_BAD_VALUE, "`%s` is not UTF-8", member);
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 127)
			return norm_fail(n, PLUGIN_BAD_VALUE,
					 "`%s` is not one line: it has a control character",
					 member);
	return PLUGIN_OK;
}

enum plugin_fault norm_names(struct norm *n, const char *const *list, const char *member,
			     bool dotted, const char *const **ret) {
	size_t count = 0;
	const char **ours;

	NORM_TRY(norm_count(n, list, member, &count));
	ours = arena_alloc_array(n->arena, sizeof(char *), count + 1);
	for (size_t i = 0; i < count; i++) {
		NORM_TRY(norm_name(n, list[i], member, dotted));
		for (size_t k = 0; k < i; k++)
			if (strcmp(list[i], list[k]) == 0)
				return norm_fail(n, PLUGIN_BAD_VALUE, "`%s` has `%s` twice", member,
						 list[i]);
		ours[i] = list[i];
	}
	*ret = ours;
	return PLUGIN_OK;
}

enum plugin_fault norm_flags(struct norm *n, uint32_t flags, uint32_t known) {
	if (flags & ~known)
		return norm_fail(n, PLUGIN_BAD_VALUE, "`flags` has unknown bits 0x%x",
				 flags & ~known);
	return PLUGIN_OK;
}

enum plugin_fault norm_op(struct norm *n, bool there, const char *op, const char *because) {
	if (there)
		return PLUGIN_OK;
	return norm_fail(n, PLUGIN_MISSING_MEMBER, "`%s` is missing, which is mandatory%s", op,
			 because);
}

/* -- message types -------------------------------------------------------------------------- */

static enum plugin_fault item_partition_key(struct norm *n, const void *theirs, const void *owner,
					    void **ret) {
	struct ry_partition_key *key;

	(void)owner;
	NORM_TRY(norm_copy(n, ABI_PARTITION_KEY, theirs, "partition_keys", ret));
	key = *ret;
	NORM_TRY(norm_name(n, key->name, "partition_keys: name", false));
	return norm_op(n, key->get, "partition_keys: get", "");
}

static enum plugin_fault check_codec(struct norm *n, const struct ry_message_type *type) {
	if (type->kind != RY_MESSAGE_CUSTOM) {
		if (type->encode || type->decode || type->destroy)
			return norm_fail(
				n, PLUGIN_BAD_VALUE,
				"`encode`, `decode` and `destroy` are for CUSTOM types only");
		return PLUGIN_OK;
	}
	NORM_TRY(norm_op(n, type->destroy, "destroy", " for CUSTOM types"));
	if (!type->encode != !type->decode)
		return norm_fail(
			n, PLUGIN_MISSING_MEMBER, "`%s` is missing, which is mandatory with `%s`",
			type->encode ? "decode" : "encode", type->encode ? "encode" : "decode");
	return PLUGIN_OK;
}

#define PLAIN_SIZE_LIMIT (64u << 20) /* what one task may stage */

enum plugin_fault norm_message(struct norm *n, const void *theirs, const void *owner, void **ret) {
	struct ry_message_type *type;
	const void *keys;

	(void)owner;
	norm_leave(n, 0);
	NORM_TRY(norm_copy(n, ABI_MESSAGE_TYPE, theirs, "messages", ret));
	type = *ret;
	norm_at(n, "message type", type->name);
	NORM_TRY(norm_own_name(n, type->name));
	NORM_TRY(norm_line(n, type->summary, "summary", true));
	if (type->kind < RY_MESSAGE_BYTES || type->kind > RY_MESSAGE_CUSTOM)
		return norm_fail(n, PLUGIN_BAD_VALUE, "`kind` is %u, which is none", type->kind);
	if (type->kind == RY_MESSAGE_PLAIN && !type->data_size)
		return norm_fail(n, PLUGIN_MISSING_MEMBER,
				 "`data_size` is zero, which is mandatory for PLAIN types");
	if (type->kind != RY_MESSAGE_PLAIN && type->data_size)
		return norm_fail(n, PLUGIN_BAD_VALUE, "`data_size` is for PLAIN types only");
	if (type->data_size > PLAIN_SIZE_LIMIT)
		return norm_fail(n, PLUGIN_BAD_VALUE, "`data_size` is %u, above the limit of %u",
				 type->data_size, PLAIN_SIZE_LIMIT);
	NORM_TRY(check_codec(n, type));
	NORM_TRY(norm_list(n, type->partition_keys, "partition_keys", item_partition_key, NULL,
			   &keys));
	NORM_TRY(norm_unique(n, keys, offsetof(struct ry_partition_key, name), "partition_keys"));
	type->partition_keys = keys;
	return PLUGIN_OK;
}

/* -- the plugin ----------------------------------------------------------------------------- */

/* What can be said before anything of the table but its first four numbers may be trusted. */
static enum plugin_fault check_header(struct norm *n, const struct ry_plugin *theirs) {
	struct plugin_error *error = n->error;
	enum plugin_fault fault = PLUGIN_OK;

	if ((uintptr_t)theirs % sizeof(void *) || theirs->magic != RY_PLUGIN_MAGIC) {
		fault = PLUGIN_BAD_MAGIC;
		snprintf(error->text, sizeof(error->text),
			 "what ry_plugin_query returned does not begin with the magic 0x%08x that "
			 "this host (ABI %u.%u) knows",
			 RY_PLUGIN_MAGIC, RY_ABI_MAJOR, RY_ABI_MINOR);
	} else if (theirs->abi_major != RY_ABI_MAJOR) {
		fault = PLUGIN_ABI_MAJOR;
		snprintf(error->text, sizeof(error->text),
			 "the plugin was built for ABI %u.%u, this host speaks ABI %u.%u",
			 theirs->abi_major, theirs->abi_minor, RY_ABI_MAJOR, RY_ABI_MINOR);
	} else if (theirs->abi_minor > RY_ABI_MINOR) {
		fault = PLUGIN_ABI_MINOR;
		snprintf(error->text, sizeof(error->text),
			 "the plugin was built for ABI %u.%u, newer than this host's ABI %u.%u",
			 theirs->abi_major, theirs->abi_minor, RY_ABI_MAJOR, RY_ABI_MINOR);
	}
	error->fault = fault;
	return fault;
}

static enum plugin_fault normalise(struct norm *n, const struct ry_plugin *theirs,
				   struct ry_plugin **ret) {
	const void *nodes, *adapters, *messages;
	struct ry_plugin *ours;
	void *copy = NULL;

	NORM_TRY(check_header(n, theirs));
	n->minor = theirs->abi_minor;
	NORM_TRY(norm_copy(n, ABI_PLUGIN, theirs, "plugin", &copy));
	ours = copy;
	assert(ours);
	NORM_TRY(norm_name(n, ours->name, "name", false));
	n->plugin = ours->name;
	NORM_TRY(norm_line(n, ours->version, "version", true));
	NORM_TRY(norm_line(n, ours->summary, "summary", false));
	NORM_TRY(norm_list(n, ours->messages, "messages", norm_message, NULL, &messages));
	norm_leave(n, 0);
	NORM_TRY(norm_list(n, ours->nodes, "nodes", norm_node, NULL, &nodes));
	norm_leave(n, 0);
	NORM_TRY(norm_list(n, ours->adapters, "adapters", norm_adapter, NULL, &adapters));
	norm_leave(n, 0);
	ours->messages = messages;
	ours->nodes = nodes;
	ours->adapters = adapters;
	NORM_TRY(norm_unique(n, nodes, offsetof(struct ry_node_type, name), "nodes"));
	NORM_TRY(norm_unique(n, adapters, offsetof(struct ry_adapter_type, name), "adapters"));
	NORM_TRY(norm_unique(n, messages, offsetof(struct ry_message_type, name), "messages"));
	*ret = ours;
	return PLUGIN_OK;
}

enum plugin_fault plugin_normalise(const struct ry_plugin *theirs, struct arena *arena,
				   const struct ry_plugin **ret, struct plugin_error *error) {
	struct norm n = {.arena = arena, .error = error};
	struct ry_plugin *ours;

	*error = (struct plugin_error){.fault = PLUGIN_OK};
	NORM_TRY(normalise(&n, theirs, &ours));
	*ret = ours;
	return PLUGIN_OK;
}
