/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types that break the rules of node.h and adapter.h at run time, each by its config: the operation
 * `op` returns `returns` instead of what it should. `does` is what a node does against the rules on
 * its way. Each start, stop and destroy is told on standard error, so that a test can count them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <railyard/plugin.h>

enum op {
	OP_NONE,
	OP_CREATE,
	OP_START,
	OP_PROCESS,
	OP_FLUSH,
	OP_DRAIN,
	OP_STOP,
	OP_PULL,
	OP_WAIT,
	OP_WRITE,
	OP_REOPEN,
};

static const char *const op_choices[] = {
	"none", "create", "start", "process", "flush",	"drain",
	"stop", "pull",	  "wait",  "write",   "reopen", NULL,
};

enum deed {
	DOES_NOTHING,
	DOES_COMPLETE, /* completes with `returns` and returns RY_PENDING */
	DOES_HOLD,     /* holds, and never lets go */
	DOES_FOREIGN,  /* releases the running task, which is not held */
	DOES_AFTER,    /* emits after it has completed */
	DOES_NO_SUCH_PORT,
	DOES_COMPLETE_AND_RETURN,
};

static const char *const deed_choices[] = {
	"nothing", "complete", "hold", "foreign", "after", "no_such_port", "complete_and_return",
	NULL,
};

struct config {
	int64_t returns;
	int64_t lines;
	int32_t op;
	int32_t does;
};

struct rogue {
	const struct ry_host *host;
	const struct config *config;
	int64_t sent;
};

#define KEYS                                                                                      \
	RY_KEY(struct config, op, RY_CONFIG_ENUM, "the operation that returns nonsense",          \
	       .fallback = "none", .choices = op_choices),                                        \
		RY_KEY(struct config, returns, RY_CONFIG_INT, "what it returns", .fallback = "0", \
		       RY_RANGE(INT32_MIN, INT32_MAX))

static const struct ry_config_key *const node_keys[] = {
	KEYS,
	RY_KEY(struct config, does, RY_CONFIG_ENUM, "what process does", .fallback = "nothing",
	       .choices = deed_choices),
	NULL,
};

static const struct ry_config_key *const source_keys[] = {
	KEYS,
	RY_KEY(struct config, lines, RY_CONFIG_INT, "how many lines it emits", .fallback = "3",
	       RY_RANGE(0, 1000000)),
	NULL,
};

static const struct ry_config_key *const sink_keys[] = {KEYS, NULL};

/* What the operation is to return; 0: what it should. */
static int told(const struct rogue *rogue, enum op op) {
	return rogue->config->op == (int32_t)op ? (int)rogue->config->returns : 0;
}

static void tell(const struct rogue *rogue, const char *what) {
	fprintf(stderr, "rogue %s %s\n", rogue->host->component, what);
}

static int create(const struct ry_create *create, void **ret_self) {
	struct rogue *rogue = calloc(1, sizeof(*rogue));

	if (!rogue)
		return -ENOMEM;
	rogue->host = create->host;
	rogue->config = create->config;
	if (told(rogue, OP_CREATE) < 0) {
		int r = told(rogue, OP_CREATE);

		free(rogue);
		return r;
	}
	tell(rogue, "created");
	*ret_self = rogue;
	return told(rogue, OP_CREATE);
}

static int start(void *self) {
	tell(self, "started");
	return told(self, OP_START);
}

static int stop(void *self) {
	tell(self, "stopped");
	return told(self, OP_STOP);
}

static void destroy(void *self) {
	tell(self, "destroyed");
	free(self);
}

/* -- node ----------------------------------------------------------------------------------- */

static int misbehave(const struct rogue *rogue, struct ry_task *task,
		     const struct ry_message *message) {
	int r;

	switch ((enum deed)rogue->config->does) {
	case DOES_COMPLETE:
		r = ry_task_complete(task, (int)rogue->config->returns);
		return r < 0 ? r : RY_PENDING;
	case DOES_HOLD:
		return RY_HELD;
	case DOES_FOREIGN:
		return task->ops->release(&task, 1);
	case DOES_AFTER:
		r = ry_task_complete(task, 0);
		if (r == 0 && ry_forward(task, 0, message) != -EALREADY)
			tell(rogue, "could emit after it had completed");
		return RY_PENDING;
	case DOES_NO_SUCH_PORT:
		return ry_forward(task, 7, message);
	case DOES_COMPLETE_AND_RETURN:
		return ry_task_complete(task, (int)rogue->config->returns);
	case DOES_NOTHING:
		break;
	}
	return ry_forward(task, 0, message);
}

static int process(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct rogue *rogue = self;
	int r = misbehave(rogue, task, message);

	return rogue->config->op == OP_PROCESS ? (int)rogue->config->returns : r;
}

static int flush(void *self) {
	return told(self, OP_FLUSH);
}

static int drain(void *self) {
	return told(self, OP_DRAIN);
}

static const struct ry_node_ops node_ops = {
	RY_SIZE(ry_node_ops), .create = create, .start = start, .process = process,
	.flush = flush,	      .drain = drain,	.stop = stop,	.destroy = destroy,
};

static const struct ry_port out = {RY_SIZE(ry_port), .name = "out", .type = RY_TYPE_LINE};
static const struct ry_port *const ports[] = {&out, NULL};
static const char *const lines[] = {RY_TYPE_LINE, NULL};

static const struct ry_node_type node = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_HOLDS,
	.config_size = sizeof(struct config),
	.name = "rogue.node",
	.summary = "breaks the rules of nodes",
	.accepts = lines,
	.ports = ports,
	.keys = node_keys,
	.ops = &node_ops,
};

static const struct ry_node_type plain = {
	RY_SIZE(ry_node_type), .config_size = sizeof(struct config),
	.name = "rogue.plain", .summary = "breaks the rules of nodes, and may not hold",
	.accepts = lines,      .ports = ports,
	.keys = node_keys,     .ops = &node_ops,
};

/* -- source and sink ------------------------------------------------------------------------ */

static int pull(void *self, struct ry_emitter *emitter, uint32_t max) {
	struct rogue *rogue = self;
	int n = 0, error;

	if (rogue->config->op == OP_WAIT && rogue->sent == rogue->config->lines)
		return RY_WAIT;
	while (n < (int)max && rogue->sent < rogue->config->lines) {
		char *to = ry_source_stage(emitter, 0, 1, NULL, &error);

		if (!to)
			return error;
		*to = 'x';
		n++;
		rogue->sent++;
	}
	if (rogue->config->op == OP_PULL)
		return (int)rogue->config->returns;
	return n ? n : RY_EOS;
}

static int wait_fd(void *self, uint32_t *ret_wait_ms) {
	*ret_wait_ms = 1;
	return told(self, OP_WAIT);
}

static int write_message(void *self, const struct ry_message *message, uint32_t input) {
	(void)message;
	(void)input;
	return told(self, OP_WRITE);
}

static int reopen(void *self) {
	return told(self, OP_REOPEN);
}

static const struct ry_adapter_ops adapter_ops = {
	RY_SIZE(ry_adapter_ops), .create = create, .start = start, .stop = stop,
	.destroy = destroy,	 .reopen = reopen,
};

static const struct ry_source_ops source_ops = {
	RY_SIZE(ry_source_ops),
	.pull = pull,
	.wait_fd = wait_fd,
};
static const struct ry_sink_ops sink_ops = {
	RY_SIZE(ry_sink_ops),
	.write = write_message,
	.flush = flush,
};

static const struct ry_adapter_type source = {
	RY_SIZE(ry_adapter_type), .config_size = sizeof(struct config),
	.name = "rogue.source",	  .summary = "breaks the rules of sources",
	.ops = &adapter_ops,	  .keys = source_keys,
	.ports = ports,		  .source = &source_ops,
};

/* Says that it may wait, and has nothing to wait for. */
static const struct ry_source_ops waitless_ops = {RY_SIZE(ry_source_ops), .pull = pull};
static const struct ry_adapter_type waitless = {
	RY_SIZE(ry_adapter_type), .config_size = sizeof(struct config),
	.name = "rogue.waitless", .summary = "waits without wait_fd",
	.ops = &adapter_ops,	  .keys = source_keys,
	.ports = ports,		  .source = &waitless_ops,
};

static const struct ry_adapter_type sink = {
	RY_SIZE(ry_adapter_type), .config_size = sizeof(struct config),
	.name = "rogue.sink",	  .summary = "breaks the rules of sinks",
	.ops = &adapter_ops,	  .keys = sink_keys,
	.accepts = lines,	  .sink = &sink_ops,
};

static const struct ry_plugin plugin = {
	RY_PLUGIN_HEADER,
	.name = "rogue",
	.version = "1.0.0",
	.nodes = (const struct ry_node_type *const[]){&node, &plain, NULL},
	.adapters = (const struct ry_adapter_type *const[]){&source, &waitless, &sink, NULL},
};

RY_PLUGIN_EXPORT const struct ry_plugin *ry_plugin_query(uint32_t host_abi) {
	(void)host_abi;
	return &plugin;
}
