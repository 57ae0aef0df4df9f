/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes without a state of their own: lines in, lines out. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "testnodes.h"

static int create_plain(const struct ry_create *create, void **ret_self) {
	return make_instance(create, 1, 0, ret_self);
}

/* -- pass, upper ---------------------------------------------------------------------------- */

static int pass(void *self, struct ry_task *task, const struct ry_message *message) {
	(void)self;
	return ry_forward(task, 0, message);
}

static const struct ry_node_ops pass_ops = {
	RY_SIZE(ry_node_ops),
	.create = create_plain,
	.process = pass,
	.destroy = free_instance,
};

const struct ry_node_type node_pass = {
	RY_SIZE(ry_node_type),	  .flags = RY_NODE_DETERMINISTIC,
	.name = "testnodes.pass", .summary = "forwards each line as it is",
	.accepts = accepts_line,  .ports = ports_line,
	.ops = &pass_ops,
};

static int upper(void *self, struct ry_task *task, const struct ry_message *message) {
	const char *from = message->data;
	int error = 0;
	char *to = ry_stage(task, 0, message->length, &error);

	(void)self;
	if (!to)
		return error;
	for (uint64_t i = 0; i < message->length; i++) {
		to[i] = from[i];
		if (from[i] >= 'a' && from[i] <= 'z')
			to[i] = (char)(from[i] - 32);
	}
	return 0;
}

static const struct ry_node_ops upper_ops = {
	RY_SIZE(ry_node_ops),
	.create = create_plain,
	.process = upper,
	.destroy = free_instance,
};

const struct ry_node_type node_upper = {
	RY_SIZE(ry_node_type),	   .flags = RY_NODE_DETERMINISTIC,
	.name = "testnodes.upper", .summary = "makes a..z upper case",
	.accepts = accepts_line,   .ports = ports_line,
	.ops = &upper_ops,
};

/* -- fail ----------------------------------------------------------------------------------- */

struct fail_config {
	int64_t every;
	int64_t attempts;
	int32_t error;
	uint8_t emit_first;
};

static const char *const fail_words[] = {"EIO",	    "EAGAIN", "EINVAL",	   "ENOSPC",
					 "EBADMSG", "EPERM",  "ETIMEDOUT", NULL};
static const int fail_errors[] = {EIO, EAGAIN, EINVAL, ENOSPC, EBADMSG, EPERM, ETIMEDOUT};

static const struct ry_config_key *const fail_keys[] = {
	RY_KEY(struct fail_config, every, RY_CONFIG_INT,
	       "fails messages whose source sequence is a multiple of this; 0: none",
	       .fallback = "1", RY_RANGE(0, INT64_MAX)),
	RY_KEY(struct fail_config, attempts, RY_CONFIG_INT,
	       "fails only the first so many attempts at a message; 0: every attempt",
	       .fallback = "0", RY_RANGE(0, 1000000)),
	RY_KEY(struct fail_config, error, RY_CONFIG_ENUM, "the error", .fallback = "EIO",
	       .choices = fail_words),
	RY_KEY(struct fail_config, emit_first, RY_CONFIG_BOOL,
	       "emits the line before it fails: it must not arrive", .fallback = "false"),
	NULL,
};

static int create_fail(const struct ry_create *create, void **ret_self) {
	return make_instance(create, sizeof(struct fail_config), sizeof(struct fail_config),
			     ret_self);
}

static int fail(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct fail_config *config = self;
	bool hit = config->every && message->source_seq % (uint64_t)config->every == 0 &&
		   (!config->attempts || task->attempt <= config->attempts);
	int r = 0;

	if (!hit || config->emit_first)
		r = ry_forward(task, 0, message);
	return hit ? -fail_errors[config->error] : r;
}

static const struct ry_node_ops fail_ops = {
	RY_SIZE(ry_node_ops),
	.create = create_fail,
	.process = fail,
	.destroy = free_instance,
};

const struct ry_node_type node_fail = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_DETERMINISTIC,
	.config_size = sizeof(struct fail_config),
	.name = "testnodes.fail",
	.summary = "forwards lines, but fails some",
	.accepts = accepts_line,
	.ports = ports_line,
	.keys = fail_keys,
	.ops = &fail_ops,
};

/* -- burst ---------------------------------------------------------------------------------- */

struct burst_config {
	int64_t count;
};

static const struct ry_config_key *const burst_keys[] = {
	RY_KEY(struct burst_config, count, RY_CONFIG_INT, "lines per line", .unit = "items",
	       .fallback = "2", RY_RANGE(0, 1000000)),
	NULL,
};

static int create_burst(const struct ry_create *create, void **ret_self) {
	return make_instance(create, sizeof(struct burst_config), sizeof(struct burst_config),
			     ret_self);
}

static int burst(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct burst_config *config = self;

	for (int64_t i = 0; i < config->count; i++) {
		char number[24];
		int n = snprintf(number, sizeof(number), "#%lld", (long long)i);
		int error = 0;
		char *to = ry_stage(task, 0, message->length + (uint64_t)n, &error);

		if (!to)
			return error;
		memcpy(to, message->data, message->length);
		memcpy(to + message->length, number, (size_t)n);
	}
	return 0;
}

static const struct ry_node_ops burst_ops = {
	RY_SIZE(ry_node_ops),
	.create = create_burst,
	.process = burst,
	.destroy = free_instance,
};

const struct ry_node_type node_burst = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_DETERMINISTIC,
	.config_size = sizeof(struct burst_config),
	.name = "testnodes.burst",
	.summary = "emits several lines for one, numbered from #0 on",
	.accepts = accepts_line,
	.ports = ports_line,
	.keys = burst_keys,
	.ops = &burst_ops,
};

/* -- split ---------------------------------------------------------------------------------- */

static const struct ry_port port_even = {
	RY_SIZE(ry_port),
	.name = "even",
	.type = RY_TYPE_LINE,
	.summary = "lines of an even source sequence",
};
static const struct ry_port port_odd = {
	RY_SIZE(ry_port),
	.name = "odd",
	.type = RY_TYPE_LINE,
	.summary = "lines of an odd source sequence",
};

static int split(void *self, struct ry_task *task, const struct ry_message *message) {
	(void)self;
	return ry_forward(task, message->source_seq % 2 ? 1 : 0, message);
}

static const struct ry_node_ops split_ops = {
	RY_SIZE(ry_node_ops),
	.create = create_plain,
	.process = split,
	.destroy = free_instance,
};

const struct ry_node_type node_split = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_DETERMINISTIC,
	.name = "testnodes.split",
	.summary = "sends each line to one of two ports",
	.accepts = accepts_line,
	.ports = (const struct ry_port *const[]){&port_even, &port_odd, NULL},
	.ops = &split_ops,
};

/* -- slow, block ---------------------------------------------------------------------------- */

struct delay_config {
	int64_t us;
};

static const struct ry_config_key *const delay_keys[] = {
	RY_KEY(struct delay_config, us, RY_CONFIG_INT, "how long each line takes", .unit = "us",
	       .fallback = "10", RY_RANGE(0, 60000000)),
	NULL,
};

static int create_delay(const struct ry_create *create, void **ret_self) {
	return make_instance(create, sizeof(struct delay_config), sizeof(struct delay_config),
			     ret_self);
}

static int slow(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct delay_config *config = self;

	spin_us(config->us);
	return ry_forward(task, 0, message);
}

static const struct ry_node_ops slow_ops = {
	RY_SIZE(ry_node_ops),
	.create = create_delay,
	.process = slow,
	.destroy = free_instance,
};

const struct ry_node_type node_slow = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_DETERMINISTIC,
	.config_size = sizeof(struct delay_config),
	.name = "testnodes.slow",
	.summary = "forwards each line after some work",
	.accepts = accepts_line,
	.ports = ports_line,
	.keys = delay_keys,
	.ops = &slow_ops,
};

static int block(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct delay_config *config = self;

	usleep((useconds_t)config->us);
	return ry_forward(task, 0, message);
}

static const struct ry_node_ops block_ops = {
	RY_SIZE(ry_node_ops),
	.create = create_delay,
	.process = block,
	.destroy = free_instance,
};

const struct ry_node_type node_block = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_DETERMINISTIC | RY_NODE_MAY_BLOCK,
	.config_size = sizeof(struct delay_config),
	.name = "testnodes.block",
	.summary = "forwards each line after it has slept",
	.accepts = accepts_line,
	.ports = ports_line,
	.keys = delay_keys,
	.ops = &block_ops,
};

/* -- crash ---------------------------------------------------------------------------------- */

enum crash_how { CRASH_SEGV, CRASH_ABORT, CRASH_KILL, CRASH_EXIT, CRASH_HANG };

struct crash_config {
	int64_t at;
	int32_t how;
	int32_t reserved;
	const char *once;
};

static const char *const crash_words[] = {"segv", "abort", "kill", "exit", "hang", NULL};

static const struct ry_config_key *const crash_keys[] = {
	RY_KEY(struct crash_config, at, RY_CONFIG_INT, "source sequence at which it crashes",
	       .fallback = "1", RY_RANGE(1, INT64_MAX)),
	RY_KEY(struct crash_config, how, RY_CONFIG_ENUM, "how", .fallback = "segv",
	       .choices = crash_words),
	RY_KEY(struct crash_config, once, RY_CONFIG_PATH,
	       "crashes only while this file does not exist, and makes it first"),
	NULL,
};

static int create_crash(const struct ry_create *create, void **ret_self) {
	return make_instance(create, sizeof(struct crash_config), sizeof(struct crash_config),
			     ret_self);
}

static void crash_now(int32_t how) {
	switch (how) {
	case CRASH_SEGV:
		signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would turn it into an exit */
		raise(SIGSEGV);
		break;
	case CRASH_ABORT:
		signal(SIGABRT, SIG_DFL);
		abort();
	case CRASH_KILL:
		raise(SIGKILL);
		break;
	case CRASH_EXIT:
		_exit(3);
	default:
		for (;;)
			pause();
	}
}

static int crash(void *self, struct ry_task *task, const struct ry_message *message) {
	const struct crash_config *config = self;
	bool now = message->source_seq == (uint64_t)config->at;

	if (now && config->once) {
		int fd = open(config->once, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);

		now = fd >= 0;
		if (fd >= 0)
			close(fd);
	}
	if (now)
		crash_now(config->how);
	return ry_forward(task, 0, message);
}

static const struct ry_node_ops crash_ops = {
	RY_SIZE(ry_node_ops),
	.create = create_crash,
	.process = crash,
	.destroy = free_instance,
};

const struct ry_node_type node_crash = {
	RY_SIZE(ry_node_type),	   .config_size = sizeof(struct crash_config),
	.name = "testnodes.crash", .summary = "forwards lines, but ends its process at one",
	.accepts = accepts_line,   .ports = ports_line,
	.keys = crash_keys,	   .ops = &crash_ops,
};
