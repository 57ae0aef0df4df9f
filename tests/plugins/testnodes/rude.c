/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes that use what is theirs, and what is not: each `how` is one way in which a task ends, or
 * does not. What the host answers is checked here: where it is not what the ABI says, the task fails
 * with -EPROTO. And a node that emits by itself.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "testnodes.h"

enum how {
	NEVER,	       /* does not end, not even when cancelled */
	OBEYS,	       /* ends only when cancelled, inside cancel */
	BLOCKS_CANCEL, /* the same, and holds the loop meanwhile */
	INSIDE,	       /* ends inside process */
	TWICE,	       /* is completed a second time */
	LATE,	       /* emits after it was completed */
	THREAD,	       /* is completed on another thread, and then as it should be */
	POSTED,	       /* from another thread through post */
	BLOCKS,	       /* process holds the loop */
	BLOCKS_LATER /* a timer's callback does */,
	STARTED,  /* process returns an error, and completes all the same */
	POSITIVE, /* is completed with a positive status first */
};

static const char *const how_words[] = {
	"never",  "obeys",  "blocks_cancel", "inside",	"twice",    "late", "thread",
	"posted", "blocks", "blocks_later",  "started", "positive", NULL};

struct rude_config {
	int32_t how;
	int64_t every, block_ms;
};

struct rude {
	struct rude_config config;
	const struct ry_host *host;
	const struct ry_loop_service *loop;
	uint64_t n;
	/* One at a time: */
	struct ry_task *task;
	struct ry_timer *timer;
	pthread_t thread;
	int answer; /* of what the thread tried */
};

static const struct ry_config_key *const rude_keys[] = {
	RY_KEY(struct rude_config, how, RY_CONFIG_ENUM, "what it does to a task",
	       .fallback = "never", .choices = how_words),
	RY_KEY(struct rude_config, every, RY_CONFIG_INT,
	       "with which lines; the others are forwarded at once", .fallback = "1",
	       RY_RANGE(1, 1000000)),
	RY_KEY(struct rude_config, block_ms, RY_CONFIG_INT, "how long it holds the loop",
	       .unit = "ms", .fallback = "300", RY_RANGE(0, 60000)),
	NULL,
};

static int create_rude(const struct ry_create *create, void **ret_self) {
	struct rude *rude;
	int r = make_instance(create, sizeof(*rude), sizeof(rude->config), ret_self);

	if (r < 0)
		return r;
	rude = *ret_self;
	rude->host = create->host;
	rude->loop = create->host->get(create->host, RY_LOOP, 1);
	if (rude->loop)
		return 0;
	free_instance(rude);
	return -EOPNOTSUPP;
}

/* Forwards the line and completes the task, if the host has answered rightly. */
static void end(struct rude *rude, int right) {
	struct ry_task *task = rude->task;

	rude->task = NULL;
	ry_task_complete(task, right ? ry_forward(task, 0, task->message) : -EPROTO);
}

static void on_due(void *user) {
	struct rude *rude = user;
	struct ry_task *task = rude->task;

	rude->loop->timer_stop(rude->timer);
	rude->timer = NULL;
	switch ((enum how)rude->config.how) {
	case TWICE:
		end(rude, 1);
		if (ry_task_complete(task, -EIO) != -EALREADY)
			abort();
		break;
	case LATE:
		end(rude, 1);
		if (ry_forward(task, 0, task->message) != -EALREADY)
			abort();
		break;
	case STARTED:
		rude->task = NULL;
		if (ry_task_complete(task, 0) != -EALREADY)
			abort();
		break;
	case POSITIVE:
		end(rude, ry_task_complete(task, 5) == -EINVAL);
		break;
	case BLOCKS_LATER:
		spin_us(rude->config.block_ms * 1000);
		end(rude, 1);
		break;
	default:
		abort();
	}
}

static void on_posted(void *user) {
	struct rude *rude = user;

	pthread_join(rude->thread, NULL);
	end(rude, rude->answer == (rude->config.how == THREAD ? -EPERM : 0));
}

static void *run_outside(void *user) {
	struct rude *rude = user;

	if (rude->config.how == THREAD)
		rude->answer = ry_task_complete(rude->task, 0);
	if (rude->loop->post(rude->host, on_posted, rude) < 0)
		abort();
	return NULL;
}

static int begin(struct rude *rude, struct ry_task *task) {
	int r = 0;

	rude->task = task;
	rude->answer = 0;
	switch ((enum how)rude->config.how) {
	case INSIDE:
		end(rude, 1);
		break;
	case BLOCKS:
		spin_us(rude->config.block_ms * 1000);
		end(rude, 1);
		break;
	case THREAD:
	case POSTED:
		r = -pthread_create(&rude->thread, NULL, run_outside, rude);
		break;
	case NEVER:
	case OBEYS:
	case BLOCKS_CANCEL:
		break;
	default:
		r = rude->loop->timer_start(rude->host, 1000000, 0, on_due, rude, &rude->timer);
	}
	return r < 0 ? r : RY_PENDING;
}

static int process_rude(void *self, struct ry_task *task, const struct ry_message *message) {
	struct rude *rude = self;
	int r;

	if (++rude->n % (uint64_t)rude->config.every)
		return ry_forward(task, 0, message);
	r = begin(rude, task);
	return r == RY_PENDING && rude->config.how == STARTED ? -EIO : r;
}

static void cancel_rude(void *self, struct ry_task *task) {
	const struct rude *rude = self;

	if (rude->config.how == BLOCKS_CANCEL)
		spin_us(rude->config.block_ms * 1000);
	if (rude->config.how != NEVER)
		ry_task_complete(task, -ECANCELED);
}

static const struct ry_node_ops rude_ops = {
	RY_SIZE(ry_node_ops),  .create = create_rude,	 .process = process_rude,
	.cancel = cancel_rude, .destroy = free_instance,
};

const struct ry_node_type node_rude = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_ASYNC | RY_NODE_NEEDS_LOOP,
	.config_size = sizeof(struct rude_config),
	.name = "testnodes.rude",
	.summary = "forwards lines, and breaks a rule with some of them",
	.accepts = accepts_line,
	.ports = ports_line,
	.keys = rude_keys,
	.ops = &rude_ops,
};

/* -- ticker --------------------------------------------------------------------------------- */

struct ticker_config {
	int64_t count, every_ms;
};

struct ticker {
	struct ticker_config config;
	const struct ry_host *host;
	const struct ry_loop_service *loop;
	struct ry_emitter *emitter;
	struct ry_timer *timer;
	int64_t n;
};

static const struct ry_config_key *const ticker_keys[] = {
	RY_KEY(struct ticker_config, count, RY_CONFIG_INT, "lines of its own", .fallback = "3",
	       RY_RANGE(0, 1000000)),
	RY_KEY(struct ticker_config, every_ms, RY_CONFIG_INT, "between them", .unit = "ms",
	       .fallback = "1", RY_RANGE(1, 60000)),
	NULL,
};

static int create_ticker(const struct ry_create *create, void **ret_self) {
	struct ticker *ticker;
	int r = make_instance(create, sizeof(*ticker), sizeof(ticker->config), ret_self);

	if (r < 0)
		return r;
	ticker = *ret_self;
	ticker->host = create->host;
	ticker->loop = create->host->get(create->host, RY_LOOP, 1);
	if (ticker->loop)
		return 0;
	free_instance(ticker);
	return -EOPNOTSUPP;
}

/* -ENOBUFS: there is no room now; it is tried again with the next tick. */
static void on_tick(void *user) {
	struct ticker *ticker = user;
	char text[32];
	int error = 0, length = snprintf(text, sizeof(text), "tick %d", (int)ticker->n + 1);
	void *to = NULL;

	if (ticker->n < ticker->config.count)
		to = ry_source_stage(ticker->emitter, 0, (uint64_t)length, NULL, &error);
	if (to) {
		memcpy(to, text, (size_t)length);
		ticker->n++;
	}
	if (error == -ENOBUFS || (to && ticker->n < ticker->config.count))
		return;
	ticker->loop->timer_stop(ticker->timer);
	ticker->timer = NULL;
	if (ry_source_end(ticker->emitter) < 0)
		abort();
}

static int start_ticker(void *self) {
	struct ticker *ticker = self;
	const struct ry_source_service *source = ticker->host->get(ticker->host, RY_SOURCE, 1);

	ticker->emitter = source ? source->emitter(ticker->host) : NULL;
	if (!ticker->emitter)
		return -EOPNOTSUPP;
	return ticker->loop->timer_start(ticker->host, (uint64_t)ticker->config.every_ms * 1000000u,
					 1, on_tick, ticker, &ticker->timer);
}

static int process_ticker(void *self, struct ry_task *task, const struct ry_message *message) {
	(void)self;
	return ry_forward(task, 0, message);
}

static const struct ry_node_ops ticker_ops = {
	RY_SIZE(ry_node_ops),	   .create = create_ticker,  .start = start_ticker,
	.process = process_ticker, .destroy = free_instance,
};

const struct ry_node_type node_ticker = {
	RY_SIZE(ry_node_type),
	.flags = RY_NODE_IS_SOURCE | RY_NODE_NEEDS_LOOP,
	.config_size = sizeof(struct ticker_config),
	.name = "testnodes.ticker",
	.summary = "forwards lines and emits some of its own, by a timer",
	.accepts = accepts_line,
	.ports = ports_line,
	.keys = ticker_keys,
	.ops = &ticker_ops,
};
