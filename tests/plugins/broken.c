/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugins that are wrong, each in one way: built once per variant with -DBROKEN_<variant>. All
 * begin as one sound node type; a variant changes its table or what the query does.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <railyard/plugin.h>

static int create(const struct ry_create *create, void **ret_self) {
	(void)create;
	*ret_self = NULL;
	return 0;
}

static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	(void)self;
	return ry_forward(task, 0, message);
}

static void destroy(void *self) {
	(void)self;
}

static struct ry_node_ops ops = {
	RY_SIZE(ry_node_ops),
	.create = create,
	.process = process,
	.destroy = destroy,
};

static struct ry_port port = {RY_SIZE(ry_port), .name = "out", .type = RY_TYPE_LINE};
static const struct ry_port *const ports[] = {&port, NULL};
static const char *const accepts[] = {RY_TYPE_LINE, NULL};

static struct ry_node_type node = {
	RY_SIZE(ry_node_type),
	.name = BROKEN_NAME ".node",
	.summary = "is sound but for what the variant changes",
	.accepts = accepts,
	.ports = ports,
	.ops = &ops,
};
static const struct ry_node_type *nodes[] = {&node, NULL};

static struct ry_plugin plugin = {
	RY_PLUGIN_HEADER,
	.name = BROKEN_NAME,
	.version = "1.0.0",
	.nodes = nodes,
};
static const struct ry_plugin *answer = &plugin;

#if defined(BROKEN_slow_query)
/* Slow, but in time. */
static void vary(void) {
	usleep(50000);
}
#elif defined(BROKEN_crashing_query)
static void vary(void) {
	raise(SIGSEGV);
}
#elif defined(BROKEN_aborting_query)
static void vary(void) {
	abort();
}
#elif defined(BROKEN_hanging_query)
static void vary(void) {
	for (;;)
		pause();
}
#elif defined(BROKEN_abi_major)
static void vary(void) {
	plugin.abi_major = RY_ABI_MAJOR + 1;
	plugin.abi_minor = 4;
	plugin.nodes = (void *)1; /* must not be looked at */
}
#elif defined(BROKEN_abi_minor)
static void vary(void) {
	plugin.abi_minor = RY_ABI_MINOR + 1;
	plugin.nodes = (void *)1;
}
#elif defined(BROKEN_short_table)
static void vary(void) {
	node.size = offsetof(struct ry_node_type, slots);
}
#elif defined(BROKEN_bad_magic)
static void vary(void) {
	plugin.magic = 0x12345678;
}
#elif defined(BROKEN_missing_op)
static void vary(void) {
	ops.process = NULL;
}
#elif defined(BROKEN_missing_cancel)
static void vary(void) {
	node.flags = RY_NODE_ASYNC;
}
#elif defined(BROKEN_unknown_flag)
static void vary(void) {
	node.flags = 1u << 30;
}
#elif defined(BROKEN_garbage_pointers)
static void vary(void) {
	nodes[0] = (const void *)(uintptr_t)0x10;
}
#elif defined(BROKEN_endless_list)
static const struct ry_node_type *many[8192];

static void vary(void) {
	for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++)
		many[i] = &node;
	plugin.nodes = many;
}
#elif defined(BROKEN_noisy)
/* What it prints must not mix with its descriptor: it is sound. */
static void vary(void) {
	for (int i = 0; i < 1000; i++) {
		printf("{\"format_version\": 1, \"garbage\": true}\n");
		fprintf(stderr, "!4 garbage\n");
	}
	fflush(stdout);
}
#elif defined(BROKEN_exiting_query)
static void vary(void) {
	exit(0);
}
#elif defined(BROKEN_failing_query)
static void vary(void) {
	_exit(7);
}
#elif defined(BROKEN_writes_to_fds)
/* Into every descriptor that it can find. */
static void vary(void) {
	for (int fd = 3; fd < 1024; fd++)
		if (write(fd, "mine", 4) < 0)
			continue;
}
#elif defined(BROKEN_floods_fds)
static void vary(void) {
	static char flood[1 << 16];

	for (int i = 0; i < 200; i++)
		for (int fd = 3; fd < 256; fd++)
			if (write(fd, flood, sizeof(flood)) < 0)
				continue;
}
#elif defined(BROKEN_closes_fds)
static void vary(void) {
	for (int fd = 0; fd < 1024; fd++)
		close(fd);
	for (;;)
		pause();
}
#elif defined(BROKEN_wrong_prefix)
static void vary(void) {
	node.name = "other.node";
}
#elif defined(BROKEN_twin)
/* Brings a type that is built in. */
static int write_message(void *self, const struct ry_message *message, uint32_t input) {
	(void)self, (void)message, (void)input;
	return 0;
}

static const struct ry_adapter_ops adapter_ops = {
	RY_SIZE(ry_adapter_ops),
	.create = create,
	.destroy = destroy,
};
static const struct ry_sink_ops sink = {RY_SIZE(ry_sink_ops), .write = write_message};
static const struct ry_adapter_type adapter = {
	RY_SIZE(ry_adapter_type), .name = "file.sink", .summary = "has the name of another adapter",
	.ops = &adapter_ops,	  .accepts = accepts,  .sink = &sink,
};
static const struct ry_adapter_type *const adapters[] = {&adapter, NULL};

static void vary(void) {
	plugin.adapters = adapters;
}
#elif defined(BROKEN_null_query)
static void vary(void) {
	answer = NULL;
}
#elif defined(BROKEN_no_symbol)
static void vary(void) {
}
#else
#error "which variant?"
#endif

#if defined(BROKEN_no_symbol)
RY_PLUGIN_EXPORT const struct ry_plugin *another_symbol(uint32_t host_abi);
#define ry_plugin_query another_symbol
#endif

RY_PLUGIN_EXPORT const struct ry_plugin *ry_plugin_query(uint32_t host_abi) {
	(void)host_abi;
	vary();
	return answer;
}
