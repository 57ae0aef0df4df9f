/* SPDX-License-Identifier: Apache-2.0 */
/* Every rule of the normaliser: a sound plugin, broken in one way, is refused at that member. */
#include "plugin/loader.h"

#include <string.h>

#include <railyard/kv.h>

#include "plugin/abi.h"
#include "support/test.h"

struct node_config {
	int64_t limit;
	uint8_t on;
	int32_t mode;
	struct {
		int64_t deep;
		const char *text;
	} block;
	struct ry_block_list list;
	const char *path;
};

struct element {
	int64_t weight;
};

/* A plugin of which everything can be changed. */
struct fixture {
	struct arena arena;
	struct ry_config_key limit, on, mode, deep, block, weight, list, path;
	const struct ry_config_key *keys[8], *block_keys[2], *list_keys[2];
	struct ry_port port, second_port;
	const struct ry_port *ports[3];
	struct ry_slot slot;
	const struct ry_slot *slots[3];
	const char *accepts[3], *partition_keys[3], *files[2];
	struct ry_node_ops node_ops;
	struct ry_node_type node;
	struct ry_adapter_ops adapter_ops;
	ry_op *kv_ops[RY_KV_OP_COUNT];
	struct ry_provides provides;
	const struct ry_provides *provided[3];
	struct ry_source_ops source;
	struct ry_sink_ops sink;
	struct ry_resume_ops resume;
	struct ry_transaction_ops transaction;
	struct ry_adapter_type adapter;
	struct ry_partition_key partition;
	const struct ry_partition_key *partitions[3];
	struct ry_message_type message;
	const struct ry_node_type *nodes[3];
	const struct ry_adapter_type *adapters[3];
	const struct ry_message_type *messages[3];
	struct ry_plugin plugin;
};

static struct fixture f;

/* Functions are only looked at, never called. */
static int create(const struct ry_create *c, void **ret_self) {
	(void)c, (void)ret_self;
	return -1;
}
static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	(void)self, (void)task, (void)message;
	return -1;
}
static void destroy(void *self) {
	(void)self;
}
static int op(void *self, const void *request, void *result, struct ry_call *call) {
	(void)self, (void)request, (void)result, (void)call;
	return -1;
}
static int pull(void *self, struct ry_emitter *emitter, uint32_t max) {
	(void)self, (void)emitter, (void)max;
	return -1;
}
static int resume(void *self, struct ry_emitter *emitter) {
	(void)self, (void)emitter;
	return -1;
}
static int plain(void *self) {
	(void)self;
	return -1;
}
static int write_message(void *self, const struct ry_message *message, uint32_t input) {
	(void)self, (void)message, (void)input;
	return -1;
}
static int position(void *self, void *buf, uint32_t cap) {
	(void)self, (void)buf, (void)cap;
	return -1;
}
static int seek(void *self, const void *buf, uint32_t length) {
	(void)self, (void)buf, (void)length;
	return -1;
}
static int64_t encode(const void *data, uint64_t length, void *buf, uint64_t cap) {
	(void)data, (void)length, (void)buf, (void)cap;
	return -1;
}
static int decode(const void *buf, uint64_t length, void **ret_object) {
	(void)buf, (void)length, (void)ret_object;
	return -1;
}
static int get(const void *data, uint64_t length, const void **ret_bytes, uint64_t *ret_length) {
	(void)data, (void)length, (void)ret_bytes, (void)ret_length;
	return -1;
}

static const char *const modes[] = {"slow", "fast", NULL};

#define KEY(key, key_type, at, ...)                                                      \
	f.key = (struct ry_config_key) {                                                 \
		RY_SIZE(ry_config_key), .type = (key_type), .name = #key, .doc = "text", \
					.offset = (uint32_t)(at), __VA_ARGS__            \
	}

static void set_up_keys(void) {
	KEY(limit, RY_CONFIG_INT, offsetof(struct node_config, limit), .fallback = "3",
	    RY_RANGE(1, 10));
	KEY(on, RY_CONFIG_BOOL, offsetof(struct node_config, on), .fallback = "true");
	KEY(mode, RY_CONFIG_ENUM, offsetof(struct node_config, mode), .fallback = "fast",
	    .choices = modes);
	KEY(deep, RY_CONFIG_INT, 0);
	KEY(block, RY_CONFIG_BLOCK, offsetof(struct node_config, block), .keys = f.block_keys);
	KEY(weight, RY_CONFIG_INT, 0);
	KEY(list, RY_CONFIG_BLOCK_LIST, offsetof(struct node_config, list), .keys = f.list_keys,
	    .element_size = sizeof(struct element));
	KEY(path, RY_CONFIG_PATH, offsetof(struct node_config, path));
	f.block_keys[0] = &f.deep;
	f.list_keys[0] = &f.weight;
	f.keys[0] = &f.limit;
	f.keys[1] = &f.on;
	f.keys[2] = &f.mode;
	f.keys[3] = &f.block;
	f.keys[4] = &f.list;
	f.keys[5] = &f.path;
}

static void set_up_node(void) {
	f.accepts[0] = RY_TYPE_LINE;
	f.port = (struct ry_port){RY_SIZE(ry_port), .name = "out", .type = "p.message"};
	f.second_port = (struct ry_port){RY_SIZE(ry_port), .name = "other", .type = RY_TYPE_LINE};
	f.ports[0] = &f.port;
	f.ports[1] = &f.second_port;
	f.slot = (struct ry_slot){
		RY_SIZE(ry_slot), RY_CONSUME, RY_WRITE, 0, 1, 0, .name = "store", .contract = RY_KV,
	};
	f.slots[0] = &f.slot;
	f.partition_keys[0] = "id";
	f.node_ops = (struct ry_node_ops){RY_SIZE(ry_node_ops), .create = create,
					  .process = process, .destroy = destroy};
	f.node = (struct ry_node_type){
		RY_SIZE(ry_node_type),
		.flags = RY_NODE_STATEFUL,
		.config_size = sizeof(struct node_config),
		.name = "p.node",
		.summary = "a node",
		.accepts = f.accepts,
		.ports = f.ports,
		.slots = f.slots,
		.keys = f.keys,
		.partition_keys = f.partition_keys,
		.ops = &f.node_ops,
	};
}

static void set_up_adapter(void) {
	for (int i = 0; i < RY_KV_OP_COUNT; i++)
		f.kv_ops[i] = op;
	f.provides = (struct ry_provides){
		RY_SIZE(ry_provides), RY_OFFERS_CONSUME, RY_KV_MAJOR, RY_KV_MINOR, RY_KV, f.kv_ops,
		RY_KV_OP_COUNT};
	f.provided[0] = &f.provides;
	f.adapter_ops = (struct ry_adapter_ops){RY_SIZE(ry_adapter_ops), .create = create,
						.destroy = destroy};
	f.source = (struct ry_source_ops){RY_SIZE(ry_source_ops), .pull = pull};
	f.sink = (struct ry_sink_ops){RY_SIZE(ry_sink_ops), .write = write_message};
	f.resume = (struct ry_resume_ops){RY_SIZE(ry_resume_ops), .position = position,
					  .seek = seek, .truncate = seek};
	f.transaction = (struct ry_transaction_ops){
		RY_SIZE(ry_transaction_ops), 0, plain, plain, plain, plain, seek, position};
	f.files[0] = "path";
	f.adapter = (struct ry_adapter_type){
		RY_SIZE(ry_adapter_type),
		.flags = RY_ADAPTER_STATEFUL,
		.config_size = sizeof(struct node_config),
		.name = "store.p",
		.summary = "everything that an adapter can be",
		.ops = &f.adapter_ops,
		.provides = f.provided,
		.slots = f.slots,
		.keys = f.keys,
		.ports = f.ports,
		.source = &f.source,
		.accepts = f.accepts,
		.sink = &f.sink,
		.resume = &f.resume,
		.transaction = &f.transaction,
		.writes = f.files,
	};
}

static void set_up(void) {
	memset(&f, 0, sizeof(f));
	set_up_keys();
	set_up_node();
	set_up_adapter();
	f.partition =
		(struct ry_partition_key){RY_SIZE(ry_partition_key), .name = "id", .get = get};
	f.partitions[0] = &f.partition;
	f.message = (struct ry_message_type){
		RY_SIZE(ry_message_type),
		RY_MESSAGE_CUSTOM,
		1,
		0,
		"p.message",
		"a message",
		encode,
		decode,
		destroy,
		f.partitions,
	};
	f.nodes[0] = &f.node;
	f.adapters[0] = &f.adapter;
	f.messages[0] = &f.message;
	f.plugin = (struct ry_plugin){
		RY_PLUGIN_HEADER,	.name = "p",
		.version = "1",		.nodes = f.nodes,
		.adapters = f.adapters, .messages = f.messages,
	};
}

static const struct ry_plugin *expect_sound(void) {
	const struct ry_plugin *ours = NULL;
	struct plugin_error error;

	plugin_normalise(&f.plugin, &f.arena, &ours, &error);
	ck_assert_msg(error.fault == PLUGIN_OK, "%s", error.text);
	return ours;
}

/* After `change`, which is undone by the next set_up. */
static void expect_refused(enum plugin_fault fault, const char *text, const char *change) {
	const struct ry_plugin *ours = NULL;
	struct plugin_error error;

	plugin_normalise(&f.plugin, &f.arena, &ours, &error);
	ck_assert_msg(error.fault == fault, "%s: fault %d: %s", change, error.fault, error.text);
	ck_assert_msg(strstr(error.text, text) != NULL, "%s: no `%s` in: %s", change, text,
		      error.text);
	expect(ours == NULL);
	arena_fini(&f.arena);
}

#define REFUSED(fault, text, change)                           \
	do {                                                   \
		set_up();                                      \
		change;                                        \
		expect_refused(PLUGIN_##fault, text, #change); \
	} while (0)

#define MISSING(text, change) REFUSED(MISSING_MEMBER, text, change)
#define BAD(text, change)     REFUSED(BAD_VALUE, text, change)

START_TEST(a_sound_plugin_is_copied_and_completed)
{
	const struct ry_plugin *ours;
	const struct ry_node_type *node;

	set_up();
	f.nodes[1] = &(struct ry_node_type){RY_SIZE(ry_node_type), .name = "p.bare", .summary = "s",
					    .accepts = f.accepts, .ops = &f.node_ops};
	ours = expect_sound();
	node = ours->nodes[0];
	expect(node != &f.node && node->ops != &f.node_ops && node->ports[0] != &f.port);
	expect_int(node->keys[3]->keys[0]->type, RY_CONFIG_INT);
	expect(node->keys[3]->keys[0] != &f.deep);
	expect_str(ours->adapters[0]->writes[0], "path");
	expect(ours->adapters[0]->provides[0]->ops[RY_KV_GET] == op);
	/* What is absent is an empty list. */
	expect(!ours->nodes[1]->ports[0] && !ours->nodes[1]->slots[0] && !ours->nodes[1]->keys[0]);
	expect(!ours->nodes[1]->partition_keys[0] && !ours->adapters[0]->reads[0]);
	arena_fini(&f.arena);
}
END_TEST

/* A plugin of the same minor whose structs are longer than ours was built by a later patch. */
START_TEST(longer_structs_are_cut)
{
	struct {
		struct ry_node_type type;
		uint64_t more[4];
	} longer;
	const struct ry_plugin *ours;

	set_up();
	longer.type = f.node;
	longer.type.size = sizeof(longer);
	memset(longer.more, 0xff, sizeof(longer.more));
	f.nodes[0] = &longer.type;
	ours = expect_sound();
	expect_int(ours->nodes[0]->size, sizeof(struct ry_node_type));
	arena_fini(&f.arena);
}
END_TEST

START_TEST(headers)
{
	REFUSED(BAD_MAGIC, "0x31594c52", f.plugin.magic = 0);
	REFUSED(ABI_MAJOR, "ABI 9.0", f.plugin.abi_major = 9);
	REFUSED(ABI_MINOR, "ABI 1.7, newer", f.plugin.abi_minor = 7);
	REFUSED(SHORT_TABLE, "struct ry_plugin", f.plugin.size = 40);
	MISSING("`name`", f.plugin.name = NULL);
	BAD("`Bad Name`", f.plugin.name = "Bad Name");
	MISSING("`version`", f.plugin.version = NULL);
	BAD("not UTF-8", f.plugin.summary = "\xff");
	BAD("control character", f.plugin.version = "1\n2");
}
END_TEST

START_TEST(every_struct_has_its_least_size)
{
	REFUSED(SHORT_TABLE, "struct ry_node_type", f.node.size -= 8);
	REFUSED(SHORT_TABLE, "struct ry_node_ops", f.node_ops.size -= 8);
	REFUSED(SHORT_TABLE, "struct ry_adapter_type", f.adapter.size -= 8);
	REFUSED(SHORT_TABLE, "struct ry_adapter_ops", f.adapter_ops.size -= 8);
	REFUSED(SHORT_TABLE, "struct ry_provides", f.provides.size -= 8);
	REFUSED(SHORT_TABLE, "struct ry_source_ops", f.source.size -= 8);
	REFUSED(SHORT_TABLE, "struct ry_sink_ops", f.sink.size -= 8);
	REFUSED(SHORT_TABLE, "struct ry_resume_ops", f.resume.size -= 8);
	REFUSED(SHORT_TABLE, "struct ry_transaction_ops", f.transaction.size -= 8);
	REFUSED(SHORT_TABLE, "struct ry_message_type", f.message.size -= 8);
	REFUSED(SHORT_TABLE, "struct ry_partition_key", f.partition.size -= 8);
	REFUSED(SHORT_TABLE, "struct ry_port", f.port.size -= 8);
	REFUSED(SHORT_TABLE, "struct ry_slot", f.slot.size -= 8);
	REFUSED(SHORT_TABLE, "key `block`: `keys`: struct ry_config_key", f.deep.size = 0);
}
END_TEST

START_TEST(node_types)
{
	MISSING("`name`", f.node.name = NULL);
	BAD("must be `p.`", f.node.name = "q.node");
	BAD("no name", f.node.name = "p..node");
	BAD("no name", f.node.name = "p.");
	MISSING("`summary`", f.node.summary = "");
	BAD("0x80", f.node.flags |= 0x80);
	MISSING("`ops`", f.node.ops = NULL);
	MISSING("`create`", f.node_ops.create = NULL);
	MISSING("`process`", f.node_ops.process = NULL);
	MISSING("`destroy`", f.node_ops.destroy = NULL);
	MISSING("RY_NODE_ASYNC", f.node.flags |= RY_NODE_ASYNC);
	MISSING("RY_NODE_HOLDS", f.node.flags |= RY_NODE_HOLDS);
	MISSING("`accepts`", f.node.accepts = NULL);
	BAD("`accepts` has `railyard.line` twice", f.accepts[1] = RY_TYPE_LINE);
	BAD("RY_NODE_STATEFUL", f.node.flags = 0);
	BAD("`partition_keys` has `id` twice", f.partition_keys[1] = "id");
	BAD("`nodes` has `p.node` twice", f.nodes[1] = &f.node);
	BAD("not the address", f.nodes[0] = (const void *)((const char *)&f.node + 1));
}
END_TEST

START_TEST(ports_and_slots)
{
	MISSING("port ``: `name`", f.port.name = NULL);
	BAD("`name` is `a.b`", f.port.name = "a.b");
	MISSING("`type`", f.port.type = NULL);
	BAD("`ports` has `other` twice", f.port.name = "other");
	BAD("not KEY=VALUE", f.port.when = "mode");
	BAD("key `speed`", f.port.when = "speed=fast");
	BAD("cannot be that", f.port.when = "mode=faster");
	BAD("cannot be that", f.port.when = "limit=3");
	MISSING("`name`", f.slot.name = NULL);
	MISSING("`contract`", f.slot.contract = NULL);
	BAD("`call` is 3", f.slot.call = 3);
	BAD("`access` is 0", f.slot.access = 0);
	BAD("unknown bits", f.slot.flags = 2);
	BAD("`slots` has `store` twice", f.slots[1] = &f.slot);
}
END_TEST

/* Two ports of one name are one port whose type a key decides. */
START_TEST(ports_of_one_name_exclude_each_other)
{
	set_up();
	f.port.name = "other";
	f.port.when = "mode=slow";
	f.second_port.when = "mode=fast";
	expect_sound();
	arena_fini(&f.arena);
	BAD("twice",
	    (f.port.name = "other", f.port.when = "mode=slow", f.second_port.when = "on=true"));
}
END_TEST

START_TEST(config_keys)
{
	MISSING("`name`", f.limit.name = NULL);
	BAD("no name of a key", f.limit.name = "Limit");
	MISSING("`doc`", f.limit.doc = NULL);
	BAD("`type` is 13", f.limit.type = 13);
	BAD("`type` is 0", f.limit.type = 0);
	BAD("unknown bits", f.limit.flags |= 1u << 16);
	BAD("minimum 11 is above", f.limit.minimum = 11);
	BAD("only numbers", f.on.flags = RY_CONFIG_HAS_MIN);
	BAD("needs 8 bytes", f.limit.offset = sizeof(struct node_config) - 4);
	BAD("needs 8 bytes", f.limit.offset = UINT32_MAX);
	BAD("not aligned", f.limit.offset = 4);
	BAD("`keys` has `limit` twice", f.on.name = "limit");
	BAD("but there are no `keys`", f.node.keys = NULL);
	BAD("above the limit", f.node.config_size = 1u << 30);
	MISSING("`choices`", f.mode.choices = NULL);
	BAD("only an ENUM", f.on.choices = modes);
	BAD("only blocks", f.limit.keys = f.block_keys);
	MISSING("`keys`", f.block.keys = NULL);
	BAD("`element_size`", f.list.element_size = 0);
	BAD("only a BLOCK_LIST", f.block.element_size = 8);
	BAD("key `list`, key `weight`", f.weight.offset = 8);
	BAD("key `list`, key `weight`", f.list.element_size = 12);
	BAD("key `block`, key `deep`", f.deep.offset = sizeof(struct node_config));
	BAD("deeper than", (f.block.offset = 0, f.block_keys[0] = &f.block));
}
END_TEST

START_TEST(defaults_fit_their_keys)
{
	BAD("does not fit", f.limit.fallback = "0");
	BAD("does not fit", f.limit.fallback = "11");
	BAD("does not fit", f.limit.fallback = "3x");
	BAD("does not fit", f.limit.fallback = "");
	BAD("does not fit", f.on.fallback = "yes");
	BAD("does not fit", f.mode.fallback = "medium");
	BAD("does not fit", (f.limit.type = RY_CONFIG_NUMBER, f.limit.fallback = "nan"));
	BAD("does not fit", (f.limit.type = RY_CONFIG_NUMBER, f.limit.fallback = "0x3"));
	BAD("required key", f.limit.flags |= RY_CONFIG_REQUIRED);
	BAD("does not fit", f.block.fallback = "{}");
	set_up();
	f.limit.fallback = "10";
	f.mode.fallback = "slow";
	f.path.fallback = "";
	expect_sound();
	arena_fini(&f.arena);
}
END_TEST

START_TEST(adapter_types)
{
	MISSING("`name`", f.adapter.name = NULL);
	BAD("unknown bits", f.adapter.flags |= 1u << 20);
	MISSING("`create`", f.adapter_ops.create = NULL);
	MISSING("`destroy`", f.adapter_ops.destroy = NULL);
	MISSING("`contract`", f.provides.contract = NULL);
	MISSING("offers neither", f.provides.flags = RY_THREAD_SAFE);
	BAD("RY_CONSUME_MAY_BLOCK", f.provides.flags = RY_OFFERS_ACONSUME | RY_CONSUME_MAY_BLOCK);
	MISSING("`ops`", f.provides.ops = NULL);
	MISSING("operation 2", f.kv_ops[2] = NULL);
	MISSING("it has 3 operations, contract kv 1 has 4", f.provides.op_count = 3);
	BAD("`kv` 1 twice", f.provided[1] = &f.provides);
	MISSING("neither a source nor a sink",
		(f.adapter.provides = NULL, f.adapter.source = NULL, f.adapter.ports = NULL,
		 f.adapter.sink = NULL, f.adapter.accepts = NULL));
	BAD("names `speed`", f.files[0] = "speed");
	BAD("names `limit`", f.files[0] = "limit");
	BAD("`adapters` has `store.p` twice", f.adapters[1] = &f.adapter);
}
END_TEST

START_TEST(sources_sinks_and_facets)
{
	MISSING("`source` is missing", f.adapter.source = NULL);
	MISSING("`ports` is empty", f.adapter.ports = NULL);
	MISSING("pull", f.source.pull = NULL);
	MISSING("both or none", f.source.pause = plain);
	BAD("RY_ADAPTER_NEEDS_LOOP",
	    (f.source.pull = NULL, f.source.pause = plain, f.source.resume = resume));
	BAD("one way", (f.source.pause = plain, f.source.resume = resume));
	BAD("PULL_MAY_BLOCK", (f.adapter.source = NULL, f.adapter.ports = NULL,
			       f.adapter.flags |= RY_ADAPTER_PULL_MAY_BLOCK));
	MISSING("`sink` is missing", f.adapter.sink = NULL);
	MISSING("`accepts` is empty", f.adapter.accepts = NULL);
	MISSING("write", f.sink.write = NULL);
	MISSING("position", f.resume.position = NULL);
	MISSING("seek", f.resume.seek = NULL);
	MISSING("truncate", f.resume.truncate = NULL);
	MISSING("begin", f.transaction.begin = NULL);
	MISSING("savepoint", f.transaction.savepoint = NULL);
	MISSING("release", f.transaction.release = NULL);
	MISSING("rollback", f.transaction.rollback = NULL);
	MISSING("commit", f.transaction.commit = NULL);
	MISSING("recover", f.transaction.recover = NULL);
	BAD("RY_ADAPTER_STATEFUL", f.adapter.flags = 0);
}
END_TEST

START_TEST(message_types)
{
	BAD("must be `p.`", f.message.name = "railyard.line");
	MISSING("`summary`", f.message.summary = NULL);
	BAD("`kind` is 4", f.message.kind = 4);
	MISSING("`destroy`", f.message.destroy = NULL);
	MISSING("`decode` is missing", f.message.decode = NULL);
	MISSING("`encode` is missing", f.message.encode = NULL);
	BAD("CUSTOM types only", f.message.kind = RY_MESSAGE_BYTES);
	BAD("PLAIN types only", f.message.data_size = 8);
	MISSING("`data_size` is zero", f.message.kind = RY_MESSAGE_PLAIN);
	MISSING("`partition_keys: get`", f.partition.get = NULL);
	BAD("twice", f.partitions[1] = &f.partition);
}
END_TEST

TEST_MAIN("plugin/normalise", a_sound_plugin_is_copied_and_completed, longer_structs_are_cut,
	  headers, every_struct_has_its_least_size, node_types, ports_and_slots,
	  ports_of_one_name_exclude_each_other, config_keys, defaults_fit_their_keys, adapter_types,
	  sources_sinks_and_facets, message_types)
