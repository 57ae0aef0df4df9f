/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a descriptor: builds the tables that a plugin of that content would have, with
 * placeholders for its functions, and has them normalised like any plugin's. What comes from a
 * probe or a file is thereby checked by the same rules as a plugin in this process.
 */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/probe.h"
#include "plugin/words.h"

#define DEPTH_LIMIT 32u
#define OP_LIMIT    256u

struct reader {
	struct arena *arena;
	struct plugin_error *error; /* fault PLUGIN_OK: nothing is wrong yet */
};

/* Stands where a described plugin has a function; there is none to be called. */
static void placeholder(void) {
	abort();
}

static void bad(struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The first complaint is kept. */
static void bad(struct reader *r, const char *format, ...) {
	va_list args;

	if (r->error->fault != PLUGIN_OK)
		return;
	r->error->fault = PLUGIN_BAD_DESCRIPTOR;
	va_start(args, format);
	vsnprintf(r->error->text, sizeof(r->error->text), format, args);
	va_end(args);
}

static const char *text(struct reader *r, const json_t *object, const char *key) {
	const json_t *value = json_object_get(object, key);

	if (!value)
		return NULL;
	if (!json_is_string(value)) {
		bad(r, "`%s` is not a string", key);
		return NULL;
	}
	return arena_strdup(r->arena, json_string_value(value));
}

static int64_t integer(struct reader *r, const json_t *object, const char *key) {
	const json_t *value = json_object_get(object, key);

	if (value && !json_is_integer(value))
		bad(r, "`%s` is not an integer", key);
	return json_integer_value(value);
}

static uint32_t number(struct reader *r, const json_t *object, const char *key) {
	int64_t value = integer(r, object, key);

	if (value < 0 || value > UINT32_MAX)
		bad(r, "`%s` is %lld, which is out of range", key, (long long)value);
	return (uint32_t)value;
}

static uint32_t word(struct reader *r, const json_t *object, const char *key,
		     const struct word *words) {
	const char *name = json_string_value(json_object_get(object, key));
	uint32_t value = 0;

	if (!name || !word_value(words, name, &value))
		bad(r, "`%s` is none of its words: `%.48s`", key, name ? name : "");
	return value;
}

/* The array of that name; NULL: absent. */
static const json_t *array(struct reader *r, const json_t *object, const char *key) {
	const json_t *value = json_object_get(object, key);

	if (value && !json_is_array(value)) {
		bad(r, "`%s` is not an array", key);
		return NULL;
	}
	return value;
}

static const char *const *texts(struct reader *r, const json_t *object, const char *key) {
	const json_t *list = array(r, object, key);
	const char **ret;

	if (!list)
		return NULL;
	ret = arena_array(r->arena, const char *, json_array_size(list) + 1);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *item = json_string_value(json_array_get(list, i));

		if (!item) {
			bad(r, "`%s` has an item that is not a string", key);
			break;
		}
		ret[i] = arena_strdup(r->arena, item);
	}
	return ret;
}

static uint32_t flags(struct reader *r, const json_t *object, const struct word *words) {
	const json_t *list = array(r, object, "flags");
	uint32_t all = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		uint32_t value = 0;

		if (!name || !word_value(words, name, &value))
			bad(r, "`flags` has an unknown word: `%.48s`", name ? name : "");
		all |= value;
	}
	return all;
}

/* A table of functions of `size` bytes, or NULL when the descriptor has none. */
static void *ops(struct reader *r, const json_t *object, const char *key, uint32_t size,
		 const struct word *words) {
	const json_t *list = array(r, object, key);
	void (*const there)(void) = placeholder;
	char *table;

	if (!list)
		return NULL;
	table = arena_alloc(r->arena, size);
	memcpy(table, &size, sizeof(size));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		uint32_t offset;

		if (name && word_value(words, name, &offset))
			memcpy(table + offset, &there, sizeof(there));
		else
			bad(r, "`%s` has an unknown operation: `%.48s`", key, name ? name : "");
	}
	return table;
}

/* One struct from its object; depth counts nested blocks. */
typedef void *read_item(struct reader *r, const json_t *object, unsigned depth);

static void *items(struct reader *r, const json_t *object, const char *key, read_item *item,
		   unsigned depth) {
	const json_t *list = array(r, object, key);
	void **ret;

	if (!list)
		return NULL;
	ret = arena_array(r->arena, void *, json_array_size(list) + 1);
	for (size_t i = 0; i < json_array_size(list) && r->error->fault == PLUGIN_OK; i++) {
		const json_t *value = json_array_get(list, i);

		if (!json_is_object(value))
			bad(r, "`%s` has an item that is not an object", key);
		ret[i] = item(r, value, depth);
	}
	return ret;
}

/* -- the parts ------------------------------------------------------------------------------ */

static void *read_key(struct reader *r, const json_t *object, unsigned depth) {
	struct ry_config_key *key = arena_new(r->arena, struct ry_config_key);

	*key = (struct ry_config_key){
		RY_SIZE(ry_config_key),
		.type = word(r, object, "type", words_config_type),
		.flags = flags(r, object, words_config_flag),
		.offset = number(r, object, "offset"),
		.element_size = number(r, object, "element_size"),
		.name = text(r, object, "name"),
		.doc = text(r, object, "doc"),
		.unit = text(r, object, "unit"),
		.fallback = text(r, object, "default"),
		.minimum = integer(r, object, "minimum"),
		.maximum = integer(r, object, "maximum"),
		.choices = texts(r, object, "choices"),
	};
	if (depth == DEPTH_LIMIT)
		bad(r, "`keys` are nested deeper than %u", DEPTH_LIMIT);
	else
		key->keys = items(r, object, "keys", read_key, depth + 1);
	return key;
}

static void *read_port(struct reader *r, const json_t *object, unsigned depth) {
	struct ry_port *port = arena_new(r->arena, struct ry_port);

	(void)depth;
	*port = (struct ry_port){
		RY_SIZE(ry_port),
		.name = text(r, object, "name"),
		.type = text(r, object, "type"),
		.when = text(r, object, "when"),
		.summary = text(r, object, "summary"),
	};
	return port;
}

static void *read_slot(struct reader *r, const json_t *object, unsigned depth) {
	struct ry_slot *slot = arena_new(r->arena, struct ry_slot);

	(void)depth;
	*slot = (struct ry_slot){
		RY_SIZE(ry_slot),
		.call = word(r, object, "call", words_call),
		.access = word(r, object, "access", words_access),
		.flags = flags(r, object, words_slot_flag),
		.major = number(r, object, "major"),
		.minor = number(r, object, "minor"),
		.name = text(r, object, "name"),
		.contract = text(r, object, "contract"),
		.summary = text(r, object, "summary"),
	};
	return slot;
}

static int placeholder_get(const void *data, uint64_t length, const void **ret_bytes,
			   uint64_t *ret_length) {
	(void)data, (void)length, (void)ret_bytes, (void)ret_length;
	abort();
}

static const struct ry_partition_key *const *read_partition_keys(struct reader *r,
								 const json_t *object) {
	const char *const *names = texts(r, object, "partition_keys");
	struct ry_partition_key **ret;
	size_t n = 0;

	if (!names)
		return NULL;
	while (names[n])
		n++;
	ret = arena_array(r->arena, struct ry_partition_key *, n + 1);
	for (size_t i = 0; i < n; i++) {
		ret[i] = arena_new(r->arena, struct ry_partition_key);
		*ret[i] = (struct ry_partition_key){
			RY_SIZE(ry_partition_key),
			.name = names[i],
			.get = placeholder_get,
		};
	}
	return (const struct ry_partition_key *const *)ret;
}

static int64_t placeholder_encode(const void *data, uint64_t length, void *buf, uint64_t cap) {
	(void)data, (void)length, (void)buf, (void)cap;
	abort();
}

static int placeholder_decode(const void *buf, uint64_t length, void **ret_object) {
	(void)buf, (void)length, (void)ret_object;
	abort();
}

static void placeholder_destroy(void *object) {
	(void)object;
	abort();
}

static void *read_message(struct reader *r, const json_t *object, unsigned depth) {
	struct ry_message_type *type = arena_new(r->arena, struct ry_message_type);

	(void)depth;
	*type = (struct ry_message_type){
		RY_SIZE(ry_message_type),
		.kind = word(r, object, "kind", words_message_kind),
		.version = number(r, object, "version"),
		.data_size = number(r, object, "data_size"),
		.name = text(r, object, "name"),
		.summary = text(r, object, "summary"),
		.partition_keys = read_partition_keys(r, object),
	};
	if (type->kind == RY_MESSAGE_CUSTOM)
		type->destroy = placeholder_destroy;
	if (json_is_true(json_object_get(object, "codec"))) {
		type->encode = placeholder_encode;
		type->decode = placeholder_decode;
	}
	return type;
}

static void *read_node(struct reader *r, const json_t *object, unsigned depth) {
	struct ry_node_type *type = arena_new(r->arena, struct ry_node_type);

	*type = (struct ry_node_type){
		RY_SIZE(ry_node_type),
		.flags = flags(r, object, words_node_flag),
		.config_size = number(r, object, "config_size"),
		.name = text(r, object, "name"),
		.summary = text(r, object, "summary"),
		.accepts = texts(r, object, "accepts"),
		.ports = items(r, object, "ports", read_port, depth),
		.slots = items(r, object, "slots", read_slot, depth),
		.keys = items(r, object, "keys", read_key, depth),
		.partition_keys = texts(r, object, "partition_keys"),
		.ops = ops(r, object, "ops", RY_SIZE(ry_node_ops), words_node_ops),
	};
	return type;
}

static int placeholder_op(void *self, const void *request, void *result, struct ry_call *call) {
	(void)self, (void)request, (void)result, (void)call;
	abort();
}

static void *read_provides(struct reader *r, const json_t *object, unsigned depth) {
	struct ry_provides *provides = arena_new(r->arena, struct ry_provides);
	uint32_t n = number(r, object, "op_count");
	ry_op **list;

	(void)depth;
	if (n > OP_LIMIT) {
		bad(r, "`op_count` is %u, above the limit of %u", n, OP_LIMIT);
		n = 0;
	}
	list = arena_array(r->arena, ry_op *, n);
	for (uint32_t i = 0; i < n; i++)
		list[i] = placeholder_op;
	*provides = (struct ry_provides){
		RY_SIZE(ry_provides),
		.flags = flags(r, object, words_provides_flag),
		.major = number(r, object, "major"),
		.minor = number(r, object, "minor"),
		.contract = text(r, object, "contract"),
		.ops = list,
		.op_count = n,
	};
	return provides;
}

static void *read_adapter(struct reader *r, const json_t *object, unsigned depth) {
	struct ry_adapter_type *type = arena_new(r->arena, struct ry_adapter_type);

	*type = (struct ry_adapter_type){
		RY_SIZE(ry_adapter_type),
		.flags = flags(r, object, words_adapter_flag),
		.config_size = number(r, object, "config_size"),
		.name = text(r, object, "name"),
		.summary = text(r, object, "summary"),
		.ops = ops(r, object, "ops", RY_SIZE(ry_adapter_ops), words_adapter_ops),
		.provides = items(r, object, "provides", read_provides, depth),
		.slots = items(r, object, "slots", read_slot, depth),
		.keys = items(r, object, "keys", read_key, depth),
		.ports = items(r, object, "ports", read_port, depth),
		.source = ops(r, object, "source", RY_SIZE(ry_source_ops), words_source_ops),
		.accepts = texts(r, object, "accepts"),
		.sink = ops(r, object, "sink", RY_SIZE(ry_sink_ops), words_sink_ops),
		.resume = ops(r, object, "resume", RY_SIZE(ry_resume_ops), words_resume_ops),
		.transaction = ops(r, object, "transaction", RY_SIZE(ry_transaction_ops),
				   words_transaction_ops),
		.writes = texts(r, object, "writes"),
		.reads = texts(r, object, "reads"),
		.listens = texts(r, object, "listens"),
	};
	return type;
}

/* -- the document --------------------------------------------------------------------------- */

static void read_plugin(struct reader *r, const json_t *root, struct ry_plugin *ret) {
	if (!json_is_object(root))
		bad(r, "it is not a JSON object");
	else if (integer(r, root, "format_version") != DESCRIPTOR_FORMAT)
		bad(r, "its format_version is %lld, this host reads %d",
		    (long long)json_integer_value(json_object_get(root, "format_version")),
		    DESCRIPTOR_FORMAT);
	if (r->error->fault != PLUGIN_OK)
		return;
	*ret = (struct ry_plugin){
		RY_PLUGIN_HEADER,
		.name = text(r, root, "name"),
		.version = text(r, root, "version"),
		.summary = text(r, root, "summary"),
		.nodes = items(r, root, "nodes", read_node, 0),
		.adapters = items(r, root, "adapters", read_adapter, 0),
		.messages = items(r, root, "messages", read_message, 0),
	};
	ret->abi_major = number(r, root, "abi_major");
	ret->abi_minor = number(r, root, "abi_minor");
}

enum plugin_fault descriptor_read(const char *text, size_t length, struct arena *arena,
				  const struct ry_plugin **ret, struct plugin_error *error) {
	struct reader r = {.arena = arena, .error = error};
	struct ry_plugin raw = {.magic = 0};
	json_error_t why;
	json_t *root;

	*error = (struct plugin_error){.fault = PLUGIN_OK};
	root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &why);
	if (root)
		read_plugin(&r, root, &raw);
	else
		bad(&r, "it is not JSON: line %d: %s", why.line, why.text);
	json_decref(root);
	if (error->fault != PLUGIN_OK)
		return error->fault;
	if (plugin_normalise(&raw, arena, ret, error) == PLUGIN_OK)
		return PLUGIN_OK;
	if (error->fault != PLUGIN_ABI_MAJOR && error->fault != PLUGIN_ABI_MINOR)
		error->fault = PLUGIN_BAD_DESCRIPTOR;
	return error->fault;
}
